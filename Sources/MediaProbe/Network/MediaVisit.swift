internal import Cryptography

/// What every visit to a stream has, whatever the protocol: the limits by our clock, an ear for cancellation, the time
/// line, and the way in.
final class MediaVisit {
    let limits: MediaLimits
    let waiting: Waiting
    let start = Instant.now
    /// Never shown, wherever it turns up.
    private let hidden: HiddenWords
    /// From one picture to the next, as earlier visits learned it.
    let knownSpacing: Duration?
    /// Whether it is a file of this machine.
    let isFile: Bool
    /// Whether the other side said beforehand how long it is, so that its end is no finding.
    var isRecording = false
    private let trust: Trust
    var log = ProbeLog()
    /// Whether the last certificate verified; nil without TLS.
    private(set) var certificateVerified: Bool?

    init(_ target: MediaTarget, limits: MediaLimits, cancellation: MediaCancellation?, trust: Trust) {
        self.limits = limits
        self.waiting = Waiting(cancellation: cancellation)
        self.knownSpacing = target.hints.frameSpacing
        self.isFile = target.scheme == .file
        self.hidden = HiddenWords(target)
        self.trust = trust
    }

    /// Up to when a stage that begins now may last; the farewell's share is kept back.
    func end(of limit: Duration) -> Instant {
        min(.now + limit, self.start + self.limits.total - self.limits.farewellShare)
    }

    /// Runs what may fail on the wire, and says what its failure means in the stage under way.
    func attempt<Result>(_ body: () throws(TransportFailure) -> Result) throws(ProbeFailure) -> Result {
        do throws(TransportFailure) {
            return try body()
        } catch {
            throw self.log.failure(error)
        }
    }

    /// The stages `resolve`, `connect` and `tls`.
    func connect(to target: MediaTarget) throws(ProbeFailure) -> ProtectedConnection {
        var addresses: [SocketAddress] = []
        if let address = NameResolution.numeric(target.host, port: target.port) {
            addresses = [address]
        } else {
            self.log.begin(.resolve, at: .now)
            let end = self.end(of: self.limits.resolve)
            let (host, port) = (target.host, target.port)
            addresses = try self.attempt { () throws(TransportFailure) in
                try NameResolution.addresses(of: host, port: port, until: end, waiting: self.waiting)
            }
        }
        self.log.begin(.connect, at: .now)
        var end = self.end(of: self.limits.connect)
        let socket = try self.attempt { () throws(TransportFailure) in
            try TCPSocket.connect(to: addresses, until: end, waiting: self.waiting)
        }
        var tls: TLSClient?
        if target.scheme.isProtected {
            self.log.begin(.tls, at: .now)
            end = self.end(of: self.limits.tls)
            do {
                let context = try self.trust.context(for: target.certificatePolicy)
                tls = try TLSClient(context, host: target.host)
            } catch {
                throw ProbeFailure(cause: .selfOverloaded, detail: error.reason)
            }
        }
        let connection = try self.attempt { () throws(TransportFailure) in
            try ProtectedConnection(
                socket,
                tls: tls,
                policy: target.certificatePolicy,
                until: end,
                waiting: self.waiting
            )
        }
        self.certificateVerified = connection.isCertificateTrusted
        return connection
    }

    /// Ends the time line and puts it, with the conclusion, into the report.
    func conclude(_ failure: ProbeFailure?, in report: inout MediaReport) {
        if let failure {
            report.failedStage = failure.stage ?? self.log.current?.stage
            report.verdict = MediaVerdict(failure.cause)
            report.detail = failure.detail.map { shown($0, hiding: self.hidden) }
        } else {
            report.verdict = .up
        }
        self.log.end(at: .now)
        report.certificateVerified = self.certificateVerified
    }
}
