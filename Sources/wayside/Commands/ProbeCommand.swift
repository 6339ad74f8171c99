internal import ArgumentParser
internal import Glibc
internal import MediaProbe
internal import UnixSignals
internal import WaysideFiles
internal import WaysideReports

/// Looks at streams once (视频流拨测).
struct ProbeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "probe",
        abstract: "Look at streams once: does media really arrive, and where does it stop if not.",
        discussion: """
            Goes through every stage up to the first whole key frame, says how long each took, and leaves politely:

              wayside probe rtsp://198.18.2.1/live
              wayside probe rtsp://198.18.2.1/live --credential dome-viewer --format json
              wayside probe rtsp://198.18.2.1/live --user viewer --password -

            With --window it stays and measures loss, jitter, rate and key-frame interval as well:

              wayside probe rtsp://198.18.2.1/live --window 10

            With --watch it looks again and again until Ctrl-C; a line a stream and a round, unless --format says \
            otherwise:

              wayside probe https://platform.example/cam-0001.flv --watch --every 30

            A recording is measured over its first ten seconds, or over the window:

              wayside probe recording.mp4 file:///var/lib/recorder/2026-03-01.ts

            Many are read from a list, which keeps the passwords inside them out of the list of processes:

              wayside probe --from cameras.txt --format csv

            Reads RTSP, RTMP, HTTP-FLV, HLS and bare transport streams over HTTP, each over TLS as well, and files in \
            the usual containers. Ctrl-C gives the sessions back that are open, and what was seen so far is printed.

            No account is locked by it: where a server refuses a credential, no other address of that server is asked \
            with the same, and --watch asks the refused one again after 5 minutes, then 10, 20 and so on up to an \
            hour. A stream that was busy is asked again after twice --every, then after twice as long each time, up to \
            5 minutes. What is not asked is unknown, and its line says why.

            Ends with 0 when no stream is down: those that are up, abnormal (auth_failed among it), or unknown for a \
            reason of their own (busy, locked_out) or because they were not asked; with 1 when any stream is down; \
            with 2 when asked wrongly; with 3 when none is known to be down and at one at least we could not look \
            (self_overloaded, self_network, or told to stop). --watch judges each stream by the last look that was not \
            cut short.

            With a window a stream is judged as the service does with its usual thresholds: loss_high, bitrate_low, \
            timestamps_jump.

            No password is ever printed, also not one inside an address. But everybody who may list this machine's \
            processes sees a command line: use --credential, --password - or --from. In a password inside an address / \
            is written %2F, ? %3F, # %23 and @ %40; with --credential it is written as it is.
            """
    )

    @Argument(
        help: ArgumentHelp(
            "Addresses: rtsp://host:554/path, rtmp://host/app/name, https://host/live.flv or live.m3u8; or files.",
            valueName: "url"
        )
    )
    var urls: [String] = []

    @Option(
        help: ArgumentHelp(
            "More addresses, one a line; # begins a comment; - is standard input.",
            valueName: "file"
        )
    )
    var from: String?

    @Option(help: ArgumentHelp("The user's name.", valueName: "name"))
    var user: String?

    @Option(help: ArgumentHelp("The password, or - for a line of standard input.", valueName: "password"))
    var password: SecretArgument?

    @OptionGroup
    var named: NamedCredential

    @Option(
        help: ArgumentHelp(
            "A probe's longest time, 0.1 to 600; 15, or the window and 15, unless given. Each stage has its share.",
            valueName: "seconds"
        )
    )
    var deadline: Seconds?

    @Option(help: ArgumentHelp("Measure for so long after the first packet, 2 to 60.", valueName: "seconds"))
    var window: Seconds?

    @Option(help: ArgumentHelp("Certificates (PEM) to trust beside the system's.", valueName: "file"))
    var authorities: String?

    @Option(
        help: ArgumentHelp(
            "Whether a certificate must verify: verify, or report_only to look on all the same.",
            valueName: "policy"
        )
    )
    var certificates: CertificateChoice = .verify

    @Option(help: ArgumentHelp("Over RTSP: how to ask for packets first, tcp or udp.", valueName: "way"))
    var transport: TransportChoice?

    @Flag(help: "Look again and again until Ctrl-C.")
    var watch = false

    @Option(help: ArgumentHelp("With --watch: from one round to the next, 1 to 3600.", valueName: "seconds"))
    var every: Seconds?

    @Option(help: ArgumentHelp("With --watch: so many rounds and no more.", valueName: "count"))
    var rounds: Int?

    @Option(help: "table, json or csv.")
    var format: Format = .table

    func run() async throws {
        let limits = try self.limits()
        let targets = try self.targets()
        let pace = try self.pace()
        let prober = MediaProber(authorities: self.authorities)
        if let file = self.authorities, let problem = prober.authoritiesProblem {
            throw Ending.asked(
                "--authorities \(file) cannot be used (\(problem)); name a file with certificates in PEM"
            )
        }
        let cancellation = try Self.cancellation()
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
        let listener = Task {
            for await _ in signals {
                // Whoever asks a second time does not want to wait for goodbyes.
                if cancellation.isCancelled { _exit(128 + SIGINT) }
                cancellation.cancel()
            }
        }
        defer { listener.cancel() }
        var run = ProbeRun(
            of: targets,
            prober: prober,
            limits: limits,
            pace: self.watch ? pace : nil
        )
        if self.watch {
            try await self.watch(&run, every: pace, cancellation)
        } else {
            let report = ProbeCommandReport(await run.look(cancellation, start: .now))
            switch self.format {
            case .table: Output.print(report.text)
            case .csv: Output.print(report.table.csv)
            case .json: Output.say(try report.json())
            }
        }
        if let ending = run.ending { throw ending }
    }

    private func watch(
        _ run: inout ProbeRun,
        every pace: Duration,
        _ cancellation: MediaCancellation
    ) async throws {
        for round in 1...(self.rounds ?? .max) {
            let start = ContinuousClock.now
            let report = ProbeCommandReport(await run.look(cancellation, start: start))
            Output.print(try report.lines(self.format, isFirst: round == 1, at: WallClock.now()))
            guard round != self.rounds else { return }
            while ContinuousClock.now < start + pace, !cancellation.isCancelled {
                try await Task.sleep(for: min(start + pace - .now, .milliseconds(100)))
            }
            if cancellation.isCancelled { return }
        }
    }

    private static func cancellation() throws(ExitCode) -> MediaCancellation {
        do {
            return try MediaCancellation()
        } catch {
            throw Ending.ours("no descriptor is left to be told to stop by; close some, or raise ulimit -n")
        }
    }

    private func pace() throws(ExitCode) -> Duration {
        guard self.watch || (self.every == nil && self.rounds == nil) else {
            throw Ending.asked("--every and --rounds go with --watch")
        }
        if let rounds = self.rounds, rounds < 1 { throw Ending.asked("--rounds takes 1 or more") }
        let pace = self.every?.duration ?? .seconds(10)
        guard (Duration.seconds(1)...Duration.seconds(3_600)).contains(pace) else {
            throw Ending.asked("--every takes 1 to 3600 seconds")
        }
        return pace
    }

    private func limits() throws(ExitCode) -> MediaLimits {
        var limits = MediaLimits.availability
        if let window = self.window {
            guard (Duration.seconds(2)...Duration.seconds(60)).contains(window.duration) else {
                throw Ending.asked("--window takes 2 to 60 seconds")
            }
            limits = .quality(window: window.duration)
        }
        if let deadline = self.deadline?.duration {
            limits = MediaLimits(total: deadline)
            limits.window = self.window?.duration
            if let window = limits.window, deadline < window + .seconds(1) {
                throw Ending.asked(
                    "--deadline leaves no time for the window; give it at least a second more than --window"
                )
            }
        }
        return limits
    }

    private func targets() throws -> [MediaTarget] {
        let credential = try self.opening()
        let urls =
            self.urls.enumerated().map { ("address \($0.offset + 1)", $0.element) } + (try self.listed())
        guard !urls.isEmpty else {
            throw Ending.asked(
                "no address is given; name one such as rtsp://host:554/path, or a list with --from FILE"
            )
        }
        var problems: [String] = []
        let targets = urls.compactMap { place, url -> MediaTarget? in
            do {
                var target =
                    Self.isFile(url)
                    ? try MediaTarget(file: url) : try MediaTarget(url, credential: credential)
                target.certificatePolicy = self.certificates.policy
                target.hints.transport = self.transport?.transport
                return target
            } catch {
                // The address itself may hold a password, so only its place is told.
                problems.append(
                    "\(place): \(error); write one such as rtsp://host:554/path, or a file that is there"
                )
                return nil
            }
        }
        guard problems.isEmpty else { throw Ending.asked(problems.joined(separator: "\n         ")) }
        return targets
    }

    /// The addresses of the list, each with its place.
    private func listed() throws -> [(String, String)] {
        guard let file = self.from else { return [] }
        let bytes: [UInt8]
        do {
            bytes = try InputFile.bytes(of: file == "-" ? "/dev/stdin" : file, limit: 16 << 20)
        } catch {
            throw Ending.asked("--from: \(error)")
        }
        let name = file == "-" ? "standard input" : file
        return String(decoding: bytes, as: UTF8.self).split(
            omittingEmptySubsequences: false,
            whereSeparator: \.isNewline
        )
        .enumerated().compactMap { offset, line in
            let text = line.trimmingPrefix { $0.isWhitespace || $0 == "\u{FEFF}" }
            guard let last = text.lastIndex(where: { !$0.isWhitespace }), !text.hasPrefix("#") else {
                return nil
            }
            return ("\(name):\(offset + 1)", String(text[...last]))
        }
    }

    /// A `file:` URL, or what is no URL and names something that is there.
    private static func isFile(_ url: String) -> Bool {
        if MediaTarget.isFileURL(url) { return true }
        return !url.contains("://") && access(url, F_OK) == 0
    }

    private func opening() throws -> MediaCredential? {
        let named = try self.named.opened(\.streams)
        guard let user = self.user else {
            guard self.password == nil else { throw Ending.asked("--password goes with --user NAME") }
            return named.map { MediaCredential(user: $0.user, password: $0.password.revealed) }
        }
        guard named == nil else {
            throw Ending.asked("both --user and --credential are given; give one of them")
        }
        return MediaCredential(user: user, password: try self.password?.revealed("password") ?? "")
    }
}
