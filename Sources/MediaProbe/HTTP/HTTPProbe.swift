/// One visit to a stream over HTTP: HTTP-FLV, told from anything else by its first bytes.
final class HTTPProbe {
    private let visit: MediaVisit
    private let target: MediaTarget
    private let client: HTTPClient
    private var report: MediaReport
    /// What came before it was known what it is.
    private var start: [UInt8] = []

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
            self.visit.conclude(error, in: &self.report)
        }
        self.client.leave()
        self.report.stages = self.visit.log.stages
        self.report.took = .now - self.visit.start
        return self.report
    }

    private func look() throws(ProbeFailure) {
        _ = try self.client.get(self.target, stage: .play)
        try self.watchFLV()
    }

    private func watchFLV() throws(ProbeFailure) {
        var reader = FLVReader(byteLimit: self.visit.limits.frameByteCount)
        var media = FLVMedia(limits: self.visit.limits)
        defer {
            self.report.fill(from: media.watch, limits: self.visit.limits, hiding: self.target.credential)
        }
        try self.visit.watch(spacing: self.target.hints.frameSpacing) {
            media.watch
        } read: { (end) throws(ProbeFailure) in
            try self.client.read(until: end) { (bytes) throws(ProbeFailure) in
                reader.append(bytes)
                let now = Instant.now
                do throws(StreamSyntaxError) {
                    while let tag = try reader.next() {
                        reader.withBody(of: tag) {
                            media.receive(tag.kind, timestamp: tag.timestamp, $0, at: now)
                        }
                    }
                } catch {
                    throw self.visit.log.failure(error)
                }
            }
        }
    }
}
