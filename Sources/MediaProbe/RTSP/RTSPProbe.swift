internal import Cryptography

/// One visit to an RTSP server (RFC 2326): describe, set up, play, watch, leave. The shell around the
/// machines: it owns the connection and asks the clock.
final class RTSPProbe {
    let visit: MediaVisit
    private let original: MediaTarget

    private(set) var target: MediaTarget
    var inbox: RTSPInbox
    var connection: ProtectedConnection?
    /// Where the connection leads, or led.
    private var remote: SocketAddress?
    private var access: AccessNegotiation
    private(set) var sequence = 0
    /// The number of the sign of life that was not answered yet.
    var signOfLife: Int?

    var session: RTSPSession?
    var receiver: RTPReceiver?
    var datagrams: DatagramPair?
    private var report: MediaReport
    private var redirections = 0

    /// How often one visit may be sent on.
    private static let redirectionLimit = 3

    init(_ target: MediaTarget, limits: MediaLimits, cancellation: MediaCancellation?, trust: Trust) {
        self.target = target
        self.original = target
        self.visit = MediaVisit(target, limits: limits, cancellation: cancellation, trust: trust)
        self.inbox = RTSPInbox(headByteCount: limits.headByteCount, bodyByteCount: limits.bodyByteCount)
        self.report = MediaReport(target: target, verdict: .up)
        self.access = AccessNegotiation(
            accepted: target.hints.access,
            isProtected: target.scheme.isProtected
        )
    }

    var limits: MediaLimits { self.visit.limits }
    var waiting: Waiting { self.visit.waiting }
    var log: ProbeLog {
        get { self.visit.log }
        set { self.visit.log = newValue }
    }

    func end(of limit: Duration) -> Instant { self.visit.end(of: limit) }

    func attempt<Result>(_ body: () throws(TransportFailure) -> Result) throws(ProbeFailure) -> Result {
        try self.visit.attempt(body)
    }

    func run() -> MediaReport {
        do throws(ProbeFailure) {
            try self.connect()
            let description = try self.describe()
            let media = try self.choose(from: description)
            try self.setUp(media)
            try self.play()
            try self.watch()
            self.visit.conclude(nil, in: &self.report)
        } catch {
            self.visit.conclude(error, in: &self.report)
        }
        self.tearDown()
        return self.finishedReport()
    }

    // MARK: Connecting

    private func connect() throws(ProbeFailure) {
        self.clearInbox()
        self.connection = nil
        self.connection = try self.visit.connect(to: self.target)
        self.remote = self.connection?.socket.remote
    }

    private func clearInbox() {
        self.inbox = RTSPInbox(
            headByteCount: self.limits.headByteCount,
            bodyByteCount: self.limits.bodyByteCount
        )
    }

    /// Connects once more to where we were, to say goodbye; false when that is not possible or of no use.
    ///
    /// A session outlives its connection (RFC 2326, 1.1 and 12.37), and datagrams go on coming. Over TLS, which no
    /// camera combines with datagrams, the session is left to run out.
    func reconnect(until end: Instant, waiting: Waiting) throws(ProbeFailure) -> Bool {
        guard self.connection == nil, self.datagrams != nil, self.session?.identifier != nil,
            !self.target.scheme.isProtected, let remote = self.remote
        else { return false }
        self.clearInbox()
        self.connection = try self.attempt { () throws(TransportFailure) in
            let socket = try TCPSocket.connect(to: [remote], until: end, waiting: waiting)
            let policy = self.target.certificatePolicy
            return try ProtectedConnection(socket, tls: nil, policy: policy, until: end, waiting: waiting)
        }
        return true
    }

    // MARK: Asking

    /// Sends a request and waits for its answer; credentials are offered when they are wanted.
    func request(
        _ method: String,
        _ uri: String,
        headers: [(String, String)] = [],
        until end: Instant,
        waiting: Waiting? = nil
    ) throws(ProbeFailure) -> ServerAnswer {
        while true {
            let answer = try self.exchange(method, uri, headers: headers, until: end, waiting: waiting)
            guard try self.wantsRepetition(after: answer) else { return answer }
            if self.log.current?.stage == .describe {
                self.log.end(as: .auth, at: .now)
                self.log.begin(.describe, at: .now)
            }
        }
    }

    /// Whether the request that was answered so is to be made again, now saying who we are.
    func wantsRepetition(after answer: ServerAnswer) throws(ProbeFailure) -> Bool {
        try self.access.wantsRepetition(after: answer, credential: self.target.credential)
    }

    private func exchange(
        _ method: String,
        _ uri: String,
        headers: [(String, String)],
        until end: Instant,
        waiting: Waiting?
    ) throws(ProbeFailure) -> ServerAnswer {
        // Until the answer is here, whatever it says, the server may hold a session for us.
        if method == "SETUP" { self.session?.isAnswered = false }
        try self.send(method, uri, headers: headers, until: end, waiting: waiting)
        let answer = try self.answer(to: self.sequence, until: end, waiting: waiting ?? self.waiting)
        if method == "SETUP" { self.session?.isAnswered = true }
        return answer
    }

    /// Waits for the answer to the request of that number; packets that come before it are taken.
    func answer(to number: Int, until end: Instant, waiting: Waiting) throws(ProbeFailure) -> ServerAnswer {
        while true {
            while let item = try self.nextItem() {
                // A server that leaves the number out answers the only question there is.
                guard case .response(let response) = item else { continue }
                guard let answered = response.first("cseq").flatMap({ Int($0) }), answered != number else {
                    return response
                }
            }
            try self.attempt { () throws(TransportFailure) in
                guard let connection = self.connection else { throw .closed }
                try waiting.wait(for: connection.socket.descriptor, events: pollInput, until: end)
            }
            try self.receive()
        }
    }

    /// Sends a request without waiting.
    func send(
        _ method: String,
        _ uri: String,
        headers: [(String, String)],
        until end: Instant,
        waiting: Waiting? = nil
    ) throws(ProbeFailure) {
        self.sequence += 1
        var text = "\(method) \(uri) RTSP/1.0\r\nCSeq: \(self.sequence)\r\nUser-Agent: Wayside\r\n"
        if self.access.hasAuthorization {
            let nonce: [UInt8]
            do {
                nonce = try RandomBytes.make(8)
            } catch {
                throw ProbeFailure(cause: .selfOverloaded, detail: error.reason)
            }
            let header = self.access.header(
                method: method,
                uri: uri,
                clientNonce: Hexadecimal.string(nonce)
            )
            text += "Authorization: \(header ?? "")\r\n"
        }
        if let session = self.session?.identifier { text += "Session: \(session)\r\n" }
        for (name, value) in headers { text += "\(name): \(value)\r\n" }
        text += "\r\n"
        let bytes = Array(text.utf8)
        try self.use { (connection) throws(TransportFailure) in
            try connection.send(bytes, until: end, waiting: waiting ?? self.waiting)
        }
    }

    /// Does something with the connection, and forgets it once it is closed.
    private func use(
        _ body: (ProtectedConnection) throws(TransportFailure) -> Void
    ) throws(ProbeFailure) {
        try self.attempt { () throws(TransportFailure) in
            guard let connection = self.connection else { throw .closed }
            do throws(TransportFailure) {
                try body(connection)
            } catch {
                if error == .closed { self.connection = nil }
                throw error
            }
        }
    }

    /// The next thing of the inbox, packets handed on to the receiver.
    func nextItem() throws(ProbeFailure) -> RTSPInbox.Item? {
        let item: RTSPInbox.Item?
        do {
            item = try self.inbox.next()
        } catch {
            // Once media flows, a broken stream is judged by the media that came.
            let cause: MediaCause
            switch self.log.current?.stage {
            case .firstPacket: cause = .noMedia
            case .firstKeyFrame: cause = .noKeyFrame
            default: cause = .protocolError
            }
            throw ProbeFailure(cause: cause, detail: error.reason)
        }
        guard case .packet(let channel, let range) = item else { return item }
        guard self.receiver != nil, let session = self.session else {
            throw ProbeFailure(cause: .protocolError, detail: "packets before any session")
        }
        let now = Instant.now
        if channel == session.channels.packets {
            self.inbox.withBytes(range) { self.receiver?.receive(packet: $0, at: now) }
        } else if channel == session.channels.reports {
            self.inbox.withBytes(range) { self.receiver?.receive(report: $0, wall: wallMilliseconds()) }
        }
        return item
    }

    /// Reads what the connection has.
    func receive() throws(ProbeFailure) {
        try self.use { (connection) throws(TransportFailure) in
            guard try connection.receive(into: &self.inbox) else { throw .closed }
        }
    }

    // MARK: Describing

    private func describe() throws(ProbeFailure) -> RTSPDescription {
        self.log.begin(.describe, at: .now)
        let end = self.end(of: self.limits.answer)
        let uri = self.target.requestAddress
        let response = try self.request("DESCRIBE", uri, headers: [("Accept", "application/sdp")], until: end)
        if (300...399).contains(response.status), let location = response.first("location") {
            try self.follow(location)
            return try self.describe()
        }
        guard response.status == 200 else { throw AnswerStatus.failure(response) }
        guard !response.body.isEmpty else {
            throw ProbeFailure(cause: .protocolError, detail: "a description without content")
        }
        return RTSPDescription(
            content: SessionDescription(response.body),
            base: RTSPControl.base(response: response, requested: uri)
        )
    }

    /// Goes where it is sent, a few times; credentials go along only to the same host.
    private func follow(_ location: String) throws(ProbeFailure) {
        guard self.redirections < Self.redirectionLimit else {
            let detail = "sent on more than \(Self.redirectionLimit) times"
            throw ProbeFailure(cause: .protocolError, detail: detail)
        }
        self.redirections += 1
        let isSameHost: Bool
        do {
            let next = try MediaTarget(named: location, certificatePolicy: self.target.certificatePolicy)
            guard next.scheme == self.target.scheme else { throw MediaTargetError("changes the scheme") }
            isSameHost = next.host == self.target.host
            self.target = try MediaTarget(
                named: next.requestAddress,
                credential: isSameHost ? self.target.credential : nil,
                certificatePolicy: self.target.certificatePolicy
            )
            self.target.hints = self.original.hints
        } catch {
            throw ProbeFailure(cause: .protocolError, detail: "sent on to nowhere")
        }
        self.access = AccessNegotiation(
            accepted: self.target.hints.access,
            isProtected: self.target.scheme.isProtected
        )
        try self.connect()
    }

    /// The picture's track, if it has one that we read.
    private func choose(from description: RTSPDescription) throws(ProbeFailure) -> RTSPTrack {
        let content = description.content
        let sound = content.media.first { $0.kind == "audio" }
        self.report.audio =
            sound.map {
                shown(SoundName.common($0.encoding?.name ?? "unknown"), hiding: self.original.credential)
            }
            ?? "none"
        let pictures = content.media.filter { $0.kind == "video" }
        guard !pictures.isEmpty else {
            throw ProbeFailure(cause: .noMedia, detail: "the description holds no picture")
        }
        for media in pictures {
            guard let encoding = media.encoding else { continue }
            let codec: VideoCodec
            switch encoding.name {
            case "H264": codec = .h264
            case "H265", "HEVC": codec = .h265
            default: continue
            }
            self.report.codec = codec.rawValue
            self.report.framesPerSecond = media.framesPerSecond
            return RTSPTrack(
                codec: codec,
                payloadType: encoding.payloadType,
                clockRate: encoding.clockRate,
                parameterSets: media.parameterSets(encoding.payloadType),
                address: RTSPControl.address(media.control, base: description.base),
                aggregate: RTSPControl.address(content.control, base: description.base)
            )
        }
        let name = pictures.lazy.compactMap { $0.encoding?.name }.first ?? "unknown"
        self.report.codec = shown(name, hiding: self.original.credential).lowercased()
        throw ProbeFailure(cause: .unsupportedCodec, detail: "the picture is \(name)")
    }

    /// From one picture to the next, by the description.
    var announcedSpacing: Duration? {
        self.report.framesPerSecond.flatMap { $0 > 0 ? .seconds(1 / $0) : nil }
    }

    // MARK: Reporting

    private func finishedReport() -> MediaReport {
        self.report.stages = self.log.stages
        self.report.transport = self.session.flatMap { $0.isAnswered ? $0.transport : nil }
        if let receiver = self.receiver, receiver.packetCount > 0 { self.fill(from: receiver) }
        self.report.learned.access = self.access.accepted
        self.report.took = .now - self.visit.start
        return self.report
    }

    private func fill(from receiver: RTPReceiver) {
        let gauge = receiver.gauge
        self.report.fill(from: receiver.parameterSets, codec: receiver.codec)
        self.report.firstSequence = receiver.reception.firstSequence
        self.report.packetsExpected = receiver.reception.expected
        self.report.packetsLost = receiver.reception.lost
        self.report.packetsDuplicated = receiver.reception.duplicated
        self.report.packetsReordered = receiver.reception.reordered
        self.report.cameraClock = receiver.clock
        if self.limits.window != nil {
            self.report.fill(from: gauge)
            self.report.jitter = receiver.reception.jitter
        }
        if self.limits.keepsKeyFrame, let picture = receiver.firstKeyFrame {
            self.report.keyFrame = MediaReport.KeyFrame(
                codec: receiver.codec,
                bytes: receiver.parameterSets.annexB + picture.bytes
            )
        }
        self.report.learned.transport = self.report.transport
        self.report.learned.frameSpacing =
            self.report.framesPerSecond.flatMap { $0 > 0 ? .seconds(1 / $0) : nil } ?? gauge.frameSpacing
    }
}
