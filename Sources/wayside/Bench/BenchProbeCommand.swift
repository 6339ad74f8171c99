internal import ArgumentParser
internal import Foundation
internal import MediaProbe
internal import WaysideReports

/// Measures what it costs to look at streams.
struct BenchProbeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "probe",
        abstract:
            "What one look at a stream costs: processor time, memory, lateness, and what hung cameras do to it.",
        discussion: """
            Looks at the streams again and again; Deploy/bench/streams starts some, and peers on them in the same run:

              Deploy/bench/streams --quick
              wayside bench probe rtsp://127.0.0.1:8554/1 rtsp://127.0.0.1:8554/2 --rounds 50 --concurrency 2
              wayside bench probe --file urls.txt --rounds 5 --hung 1000 --deadline 4

            With --hung the streams are measured by turns alone and while so many cameras that take the connection and
            never speak are looked at side by side, so that whatever else the machine does falls on both; how much later the
            first key frame comes beside them is first_key_p99_ratio. Their sockets are the program's own. A hung camera's overshoot counts
            from the moment at which its probe means to give up, which is before the deadline.
            Times are of this machine as it is; compare figures of one run.
            """
    )

    @Argument(help: ArgumentHelp("Addresses, such as rtsp://host:554/path.", valueName: "url"))
    var urls: [String] = []

    @Option(help: ArgumentHelp("A file of addresses, one a line.", valueName: "file"))
    var file: String?

    @Option(help: "How often each stream is looked at, 1 to 100000.") var rounds = 10
    @Option(help: "Looks at once, 1 to 512.") var concurrency = 8
    @Option(help: "Hung cameras looked at beside them, 0 to 2000.") var hung = 0
    @Option(help: "With --hung: turns of both measurements, 1 to 20; --rounds is for each.") var turns = 3
    @Option(help: ArgumentHelp("A probe's longest time.", valueName: "seconds")) var deadline: Seconds?
    @Option(help: ArgumentHelp("Measure packets for so long as well, 2 to 60.", valueName: "seconds"))
    var window: Seconds?
    @Option(help: ArgumentHelp("Certificates (PEM) to trust beside the system's.", valueName: "file"))
    var authorities: String?
    @Option(help: "table, json or csv.") var format: Format = .table

    func validate() throws {
        guard (1...100_000).contains(self.rounds), (1...512).contains(self.concurrency),
            (0...2_000).contains(self.hung), (1...20).contains(self.turns)
        else {
            throw ValidationError(
                "--rounds is 1 to 100000, --concurrency 1 to 512, --hung 0 to 2000, --turns 1 to 20"
            )
        }
        if let window, !(Duration.seconds(2)...Duration.seconds(60)).contains(window.duration) {
            throw ValidationError("--window takes 2 to 60 seconds")
        }
    }

    func run() async throws {
        let bench = BenchProbe(
            targets: try self.targets(),
            limits: self.limits,
            prober: MediaProber(authorities: self.authorities),
            rounds: self.rounds,
            concurrency: self.concurrency
        )
        bench.warmUp()
        let rows = self.hung > 0 ? try await self.byTurns(bench) : [Self.alone(await bench.measure(), bench)]
        Output.print(self.table(of: rows), as: self.format)
    }

    private static func alone(_ stretch: BenchProbe.Stretch, _ bench: BenchProbe) -> BenchProbe.Figures {
        bench.figures("streams", stretch, giveUp: bench.limits.total, isAlone: true)
    }

    private func byTurns(_ bench: BenchProbe) async throws -> [BenchProbe.Figures] {
        guard let cameras = HungCameras(room: self.hung) else {
            throw Ending.ours(
                "\(self.hung) hung cameras take \(2 * self.hung + 64) descriptors; raise the limit (ulimit -n)"
            )
        }
        defer { cameras.close() }
        var (alone, beside, hung) = (BenchProbe.Stretch(), BenchProbe.Stretch(), BenchProbe.Stretch())
        for _ in 0..<self.turns {
            alone.add(await bench.measure())
            let both = await bench.measure(beside: self.hung, cameras)
            beside.add(both.streams)
            hung.add(both.hung)
        }
        let first = Self.alone(alone, bench)
        let total = bench.limits.total
        var second = bench.figures("streams beside \(self.hung) hung", beside, giveUp: total, isAlone: false)
        if let one = first.firstKey.share(0.99), let other = second.firstKey.share(0.99), one > 0 {
            second.firstKeyRatio = other / one
        }
        return [first, second, bench.figures("hung", hung, giveUp: bench.hungGiveUp, isAlone: false)]
    }

    private var limits: MediaLimits {
        var limits = MediaLimits.availability
        if let window { limits = .quality(window: window.duration) }
        if let deadline { limits.total = deadline.duration }
        return limits
    }

    private func targets() throws -> [MediaTarget] {
        var addresses = self.urls
        if let file {
            do {
                let text = try String(contentsOfFile: file, encoding: .utf8)
                addresses += text.split(whereSeparator: \.isNewline).map(String.init)
            } catch {
                throw Ending.asked("\(file) cannot be read; it holds one address a line")
            }
        }
        guard !addresses.isEmpty else { throw Ending.asked("give addresses, or --file with one a line") }
        return try addresses.enumerated().map { index, address in
            do {
                return try MediaTarget(address)
            } catch {
                // The address itself may hold a password, so only its place is told.
                throw Ending.asked("address \(index + 1): \(error); write one such as rtsp://host:554/path")
            }
        }
    }

    private func table(of rows: [BenchProbe.Figures]) -> Table {
        Table(
            columns: [
                Table.Column("what", "测项"), Table.Column("probes", "拨测", isNumeric: true),
                Table.Column("probes_per_second", "拨测/秒", isNumeric: true),
                Table.Column("cpu_ms", "CPU 毫秒/次", isNumeric: true),
                Table.Column("user_ms", "用户态", isNumeric: true),
                Table.Column("system_ms", "内核态", isNumeric: true),
                Table.Column("took_p50_ms", "用时 p50", isNumeric: true),
                Table.Column("first_key_p50_ms", "首关键帧 p50", isNumeric: true),
                Table.Column("first_key_p99_ms", "首关键帧 p99", isNumeric: true),
                Table.Column("first_key_max_ms", "首关键帧最大", isNumeric: true),
                Table.Column("first_key_p99_ratio", "p99 与单独之比", isNumeric: true),
                Table.Column("overshoot_p50_ms", "超时 p50", isNumeric: true),
                Table.Column("overshoot_p99_ms", "超时 p99", isNumeric: true),
                Table.Column("resident_mb", "常驻 MB", isNumeric: true),
                Table.Column("resident_early_mb", "开始时", isNumeric: true),
                Table.Column("resident_peak_mb", "峰值", isNumeric: true),
                Table.Column("outcomes", "结果"), Table.Column("load_average", "平均负载", isNumeric: true),
            ],
            rows: rows.map { figures in
                [
                    .text(figures.what), .integer(Int64(figures.probes)),
                    .text(Self.decimal(figures.probesPerSecond)),
                    Table.Cell(
                        figures.cpu.map { Self.decimal(($0.user + $0.system) / Double(figures.probes)) }
                    ),
                    Table.Cell(figures.cpu.map { Self.decimal($0.user / Double(figures.probes)) }),
                    Table.Cell(figures.cpu.map { Self.decimal($0.system / Double(figures.probes)) }),
                    Table.Cell(figures.took.share(0.5).map(Self.decimal)),
                    Table.Cell(figures.firstKey.share(0.5).map(Self.decimal)),
                    Table.Cell(figures.firstKey.share(0.99).map(Self.decimal)),
                    Table.Cell(figures.firstKey.share(1).map(Self.decimal)),
                    Table.Cell(figures.firstKeyRatio.map(Self.decimal)),
                    Table.Cell(figures.overshoot.share(0.5).map(Self.decimal)),
                    Table.Cell(figures.overshoot.share(0.99).map(Self.decimal)),
                    .text(Self.decimal(figures.resident)), .text(Self.decimal(figures.residentEarly)),
                    .text(Self.decimal(figures.residentPeak)), .text(figures.outcomes),
                    .text(Self.decimal(figures.loadAverage)),
                ]
            }
        )
    }

    private static func decimal(_ value: Double) -> String { String(format: "%.2f", value) }
}
