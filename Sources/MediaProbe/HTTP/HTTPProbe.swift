/// One visit to a stream over HTTP. What it is, FLV, HLS or a bare transport stream, is told by its first bytes.
final class HTTPProbe {
    private let visit: MediaVisit
    private let target: MediaTarget
    private let client: HTTPClient
    private var report: MediaReport
    /// Where the first question ended, when that is not where the address leads.
    private var sentOnTo: MediaTarget?

    init(_ target: MediaTarget, limits: MediaLimits, cancellation: MediaCancellation?, trust: Trust) {
        self.visit = MediaVisit(target, limits: limits, cancellation: cancellation, trust: trust)
        self.target = target
        self.client = HTTPClient(self.visit, target: target)
        self.report = MediaReport(target: target, verdict: .up)
    }

    func run() -> MediaReport {
        do throws(ProbeFailure) {
            try self.look()
            self.visit.conclude(nil, in: &self.report)
        } catch {
            self.visit.conclude(self.explained(error), in: &self.report)
        }
        self.client.leave()
        self.report.learned.access = self.client.acceptedAccess
        self.report.stages = self.visit.log.stages
        self.report.took = .now - self.visit.start
        return self.report
    }

    /// Says where it failed, when that is not where the address leads.
    private func explained(_ failure: ProbeFailure) -> ProbeFailure {
        var failure = failure
        // The place may have secrets of its own, which its server sends back.
        failure.detail = failure.detail.map { shown($0, hiding: HiddenWords(self.client.place)) }
        guard let place = self.client.isSentOn ? self.client.place : self.sentOnTo else { return failure }
        let words = "sent on to \(place.redactedURL)"
        failure.detail = failure.detail.map { "\($0); \(words)" } ?? words
        return failure
    }

    private func look() throws(ProbeFailure) {
        let answer = try self.client.get(self.target, stage: self.expectsPlaylist ? .playlist : .play)
        self.visit.isRecording = answer.first("content-length") != nil
        if self.client.isSentOn { self.sentOnTo = self.client.place }
        let start = try self.readStart()
        if M3U8.recognizes(start) == true {
            try self.follow(start, answer)
        } else if FLVReader.recognizes(start) == true {
            try self.watchFLV(start)
        } else if TransportStream.recognizes(start) == true {
            try self.watchTransportStream(start)
        } else if start.isEmpty {
            throw ProbeFailure(cause: .noMedia, detail: "an empty answer", stage: .firstPacket)
        } else {
            let detail = "neither FLV, nor a playlist, nor a transport stream"
            throw ProbeFailure(cause: .protocolError, detail: detail)
        }
    }

    /// Whether the path ends as those of playlists do; matters only for the name of the first stage.
    private var expectsPlaylist: Bool {
        let path = self.target.resource.prefix { $0 != "?" }.lowercased()
        return path.hasSuffix(".m3u8") || path.hasSuffix(".m3u")
    }

    /// So much of the body that it can be told what it is; all of it when it ends before.
    private func readStart() throws(ProbeFailure) -> [UInt8] {
        var start: [UInt8] = []
        // A camera that answers and then sends nothing has agreed to play.
        if !self.expectsPlaylist { self.visit.log.begin(.firstPacket, at: .now) }
        let patience = min(self.target.hints.frameSpacing ?? .zero, .seconds(60)) * 3
        let end = self.visit.end(of: max(self.visit.limits.firstPacket, patience))
        let kinds: [([UInt8]) -> Bool?] = [M3U8.recognizes, FLVReader.recognizes, TransportStream.recognizes]
        var isOpen = true
        while isOpen, !kinds.contains(where: { $0(start) == true }),
            kinds.contains(where: { $0(start) == nil })
        {
            isOpen = try self.client.read(until: end) { (bytes) throws(ProbeFailure) in
                bytes.withUnsafeBytes { start.append(contentsOf: $0) }
            }
        }
        self.hasEnded = !isOpen
        return start
    }

    private var hasEnded = false

    // MARK: What it may be

    private func follow(_ start: [UInt8], _ answer: ServerAnswer) throws(ProbeFailure) {
        self.visit.log.rename(as: .playlist)
        let hls = HLSProbe(self.visit, client: self.client, hints: self.target.hints)
        defer {
            self.report.fill(from: hls.watch, limits: self.visit.limits, hiding: self.target.credential)
            if hls.hasUnseenSound, hls.watch.sound == nil { self.report.audio = nil }
            self.report.learned.playlist = hls.mark
        }
        let end = self.visit.end(of: self.visit.limits.answer)
        let bytes = self.hasEnded ? start : try self.client.readPlaylist(until: end, startingWith: start)
        try hls.run(bytes, answer)
    }

    private func watchFLV(_ start: [UInt8]) throws(ProbeFailure) {
        var reader = FLVReader(byteLimit: self.visit.limits.frameByteCount)
        var media = FLVMedia(limits: self.visit.limits)
        defer {
            self.report.fill(from: media.watch, limits: self.visit.limits, hiding: self.target.credential)
        }
        try self.watch(start) {
            media.watch
        } take: { (bytes) throws(StreamSyntaxError) in
            reader.append(bytes)
            let now = Instant.now
            while let tag = try reader.next() {
                reader.withBody(of: tag) { media.receive(tag.kind, timestamp: tag.timestamp, $0, at: now) }
            }
        }
    }

    private func watchTransportStream(_ start: [UInt8]) throws(ProbeFailure) {
        var stream = TransportStream(byteLimit: self.visit.limits.frameByteCount)
        var watch = PictureWatch(clockRate: 90_000, isPaced: true, limits: self.visit.limits)
        defer { self.report.fill(from: watch, limits: self.visit.limits, hiding: self.target.credential) }
        try self.watch(start) {
            watch
        } take: { (bytes) throws(StreamSyntaxError) in
            try stream.receive(bytes, into: &watch, at: .now)
        } finish: {
            stream.finish(into: &watch)
        }
    }

    /// Hands over what was read already, and then what comes, and says when nothing more will.
    private func watch(
        _ start: [UInt8],
        seen watch: () -> PictureWatch,
        take: (RawSpan) throws(StreamSyntaxError) -> Void,
        finish: () -> Void = {}
    ) throws(ProbeFailure) {
        var start: [UInt8]? = start
        func hand(_ bytes: RawSpan) throws(ProbeFailure) {
            do throws(StreamSyntaxError) {
                try take(bytes)
            } catch {
                throw self.visit.log.failure(error)
            }
        }
        try self.visit.watch(spacing: self.target.hints.frameSpacing, seen: watch) {
            (end) throws(ProbeFailure) in
            var isOpen = !self.hasEnded
            if let bytes = start {
                start = nil
                try hand(bytes.span.bytes)
            } else {
                isOpen = try self.client.read(until: end) { (bytes) throws(ProbeFailure) in try hand(bytes) }
            }
            if !isOpen { finish() }
            return isOpen
        }
    }
}

extension HTTPClient {
    /// The rest of a playlist.
    ///
    /// - Throws: When it is beyond the limit, or does not come in time.
    func readPlaylist(until end: Instant, startingWith start: [UInt8] = []) throws(ProbeFailure) -> [UInt8] {
        var bytes = start
        let limit = self.playlistByteCount
        while try self.read(
            until: end,
            { (piece) throws(ProbeFailure) in
                guard bytes.count + piece.byteCount <= limit else {
                    throw ProbeFailure(
                        cause: .protocolError,
                        detail: "the playlist is too long",
                        stage: .playlist
                    )
                }
                piece.withUnsafeBytes { bytes.append(contentsOf: $0) }
            }
        ) {}
        return bytes
    }
}
