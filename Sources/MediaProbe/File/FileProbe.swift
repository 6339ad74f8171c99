/// One look at a file: what container it is, whether whole key frames can be read from it, and what its pictures are
/// like. A recording comes as fast as it is read, so that it is measured even when no window was asked for.
final class FileProbe {
    /// Of its own clock, for a recording that nobody gave a window.
    private static let usualWindow = Duration.seconds(10)
    /// So much of the end is read to tell how long a recording without a head is, in bytes.
    private static let tailByteCount: Int64 = 1 << 20
    private static let pieceByteCount = 64 << 10

    private let visit: MediaVisit
    private let path: String
    private var report: MediaReport

    init(_ target: MediaTarget, limits: MediaLimits, cancellation: MediaCancellation?, trust: Trust) {
        var limits = limits
        if limits.window == nil, MediaFile.isRecording(target.resource) { limits.window = Self.usualWindow }
        self.visit = MediaVisit(target, limits: limits, cancellation: cancellation, trust: trust)
        self.path = target.resource
        self.report = MediaReport(target: target, verdict: .up)
    }

    func run() -> MediaReport {
        var note: String?
        do throws(ProbeFailure) {
            note = try self.look()
            self.visit.conclude(nil, in: &self.report)
            self.report.detail = note
        } catch {
            self.visit.conclude(error, in: &self.report)
        }
        self.report.stages = self.visit.log.stages
        self.report.took = .now - self.visit.start
        return self.report
    }

    /// Gives what is to be said about a file that can be read all the same.
    private func look() throws(ProbeFailure) -> String? {
        self.visit.log.begin(.open, at: .now)
        let end = self.visit.end(of: self.visit.limits.answer)
        let file = try MediaFile(self.path, until: end, waiting: self.visit.waiting)
        let start = try self.visit.attempt { () throws(TransportFailure) in try file.peek(8) }
        guard !start.isEmpty else { throw ProbeFailure(cause: .noMedia, detail: "it is empty") }
        // Debian's libavformat reads no H.265 in FLV; we do.
        if FLVReader.recognizes(start) == true {
            try self.watchFLV(file)
            return nil
        }
        return try self.watchContainer(file)
    }

    /// What the end of the file means.
    private func end(_ seen: PictureWatch) throws(ProbeFailure) -> Bool {
        guard !seen.hasPicture else { return false }
        throw seen.packetCount == 0
            ? ProbeFailure(cause: .noMedia, detail: "it holds no picture")
            : ProbeFailure(cause: .noKeyFrame, detail: "it ends before a whole key frame")
    }

    // MARK: FLV

    private func watchFLV(_ file: MediaFile) throws(ProbeFailure) {
        self.report.container = "flv"
        let limits = self.visit.limits
        var reader = FLVReader(byteLimit: limits.frameByteCount)
        var media = FLVMedia(limits: limits, isPaced: file.size == nil)
        var first: UInt32?
        defer {
            self.report.fill(from: media.watch, limits: limits, hiding: nil)
            self.report.duration = first.flatMap { self.flvDuration(file, since: $0, media.watch) }
        }
        try self.visit.watch(spacing: nil) {
            media.watch
        } read: { (end) throws(ProbeFailure) in
            file.end = end
            let piece = try self.visit.attempt { () throws(TransportFailure) in
                try file.read(atMost: Self.pieceByteCount)
            }
            reader.append(piece.span.bytes)
            let now = Instant.now
            do throws(StreamSyntaxError) {
                while let tag = try reader.next() {
                    if tag.kind == .picture { first = first ?? tag.timestamp }
                    reader.withBody(of: tag) {
                        media.receive(tag.kind, timestamp: tag.timestamp, $0, at: now)
                    }
                }
            } catch {
                throw self.visit.log.failure(error)
            }
            guard piece.isEmpty else { return true }
            return try self.end(media.watch)
        }
    }

    /// By the last tag, whose size stands behind it; nil when the file does not end with a tag.
    private func flvDuration(_ file: MediaFile, since first: UInt32, _ watch: PictureWatch) -> Duration? {
        guard let size = file.size, size > 28 else { return nil }
        func bytes(at place: Int64, _ count: Int) -> [UInt8]? {
            // Why the end cannot be read is thrown away: how long the file is stays unknown, and no more.
            guard file.seek(to: place) != nil, let bytes = try? file.peek(count) else { return nil }
            return bytes.count == count ? bytes : nil
        }
        file.end = self.visit.end(of: self.visit.limits.answer)
        guard let back = bytes(at: size - 4, 4) else { return nil }
        let place = size - 4 - Int64(back.span.bytes.thirtyTwo(0))
        guard place >= 13, let head = bytes(at: place, 8), FLVReader.Kind(rawValue: head[0] & 0x1f) != nil
        else { return nil }
        let last = UInt32(head[7]) << 24 | head.span.bytes.thirtyTwo(3) & 0xff_ffff
        guard last >= first else { return nil }
        return .milliseconds(Int64(last - first)) + (watch.gauge.frameSpacing ?? .zero)
    }

    // MARK: Other containers

    private func watchContainer(_ file: MediaFile) throws(ProbeFailure) -> String? {
        guard let library = ContainerLibrary.loaded else {
            let detail = "what reads files is not installed: \(ContainerLibrary.mend)"
            throw ProbeFailure(cause: .selfOverloaded, detail: detail)
        }
        let input = try self.attempt { () throws(InputFailure) in try MediaInput(file, library) }
        self.report.container = input.container
        var pictures = ContainerPictures(limits: self.visit.limits)
        var chosen: Int?
        defer {
            pictures.announce(sound: input.sound ?? "none")
            self.fill(from: pictures)
        }
        try self.visit.watch(spacing: nil) {
            pictures.watch
        } read: { (end) throws(ProbeFailure) in
            file.end = end
            if chosen == nil, let (number, track) = input.pictureTrack {
                chosen = number
                pictures.announce(track, at: .now)
                guard !pictures.watch.isForeign else { return true }
            }
            let isOpen = try self.attempt { () throws(InputFailure) in
                try input.next { packet, bytes in
                    guard packet.track == chosen else { return }
                    pictures.receive(
                        bytes,
                        time: packet.time,
                        isKey: packet.isKey,
                        isDamaged: packet.isDamaged,
                        at: .now
                    )
                }
            }
            guard isOpen else { return try self.end(pictures.watch) }
            // Without times nothing more can be measured.
            return !(pictures.isClockless && pictures.watch.hasPicture)
        }
        self.report.duration = input.duration ?? self.duration(of: input, file, chosen, pictures)
        return input.isCutOff(track: chosen ?? 0) ? "it is cut off: its index goes on beyond its end" : nil
    }

    private func attempt<Result>(
        _ body: () throws(InputFailure) -> Result
    ) throws(ProbeFailure) -> Result {
        do throws(InputFailure) {
            return try body()
        } catch {
            if let failure = error.transport { throw self.visit.log.failure(failure) }
            let isMedia = self.visit.log.current?.stage == .firstKeyFrame
            throw ProbeFailure(cause: isMedia ? .noKeyFrame : .protocolError, detail: error.words)
        }
    }

    private func fill(from pictures: ContainerPictures) {
        var limits = self.visit.limits
        if pictures.isClockless { limits.window = nil }
        self.report.fill(from: pictures.watch, limits: limits, hiding: nil)
        guard pictures.watch.codec == nil, let track = pictures.track else { return }
        self.report.codec = track.name
        self.report.profile = track.profile
        (self.report.width, self.report.height) = (track.size?.width, track.size?.height)
    }

    /// From the first picture to the last, which stands near the end.
    private func duration(
        of input: MediaInput,
        _ file: MediaFile,
        _ track: Int?,
        _ pictures: ContainerPictures
    ) -> Duration? {
        guard !pictures.isClockless, let size = file.size, let times = pictures.times else { return nil }
        var last = times.last
        file.end = self.visit.end(of: self.visit.limits.answer)
        guard input.seek(toByte: max(0, size - Self.tailByteCount)) else { return nil }
        do throws(InputFailure) {
            while try input.next({ packet, _ in
                if packet.track == track, let time = packet.time { last = max(last, time) }
            }) {}
        } catch {
            // How long it is stays unknown when its end cannot be read.
            return nil
        }
        return .seconds(Double(last - times.first) / 90_000) + (pictures.watch.gauge.frameSpacing ?? .zero)
    }
}
