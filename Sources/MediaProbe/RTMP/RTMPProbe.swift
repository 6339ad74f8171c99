internal import Cryptography

/// One visit to an RTMP server: shake hands, connect, create a stream, play, watch, leave. The shell around the
/// machines: it owns the connection and asks the clock.
final class RTMPProbe {
    private let visit: MediaVisit
    private let target: MediaTarget
    private let address: RTMPAddress
    private var report: MediaReport
    private var connection: ProtectedConnection?
    private var reader: RTMPChunkReader
    private var media: FLVMedia
    /// The stream that was created for us.
    private var stream: UInt32?
    /// How the server said that the stream has ended; nil while it has not.
    private var ending: String?
    /// After so many bytes the server wants to hear that they came; 0 until it says.
    private var window: UInt32 = 0
    private var acknowledged: UInt32 = 0

    init(_ target: MediaTarget, limits: MediaLimits, cancellation: MediaCancellation?, trust: Trust) {
        self.visit = MediaVisit(target, limits: limits, cancellation: cancellation, trust: trust)
        self.target = target
        self.address = RTMPAddress(target)
        self.report = MediaReport(target: target, verdict: .up)
        self.reader = RTMPChunkReader(byteLimit: limits.frameByteCount)
        self.media = FLVMedia(limits: limits)
    }

    func run() -> MediaReport {
        do throws(ProbeFailure) {
            self.connection = try self.visit.connect(to: self.target)
            self.visit.log.begin(.setup, at: .now)
            try self.setUp()
            self.visit.log.begin(.play, at: .now)
            try self.play()
            try self.visit.watch(spacing: self.target.hints.frameSpacing) {
                self.media.watch
            } read: { (end) throws(ProbeFailure) in
                if let ending = self.ending { throw self.failure(ending) }
                try self.readMore(until: end)
                return true
            }
            self.visit.conclude(nil, in: &self.report)
        } catch {
            self.visit.conclude(self.explained(error), in: &self.report)
        }
        self.leave()
        self.report.fill(from: self.media.watch, limits: self.visit.limits, hiding: self.target.credential)
        self.report.stages = self.visit.log.stages
        self.report.took = .now - self.visit.start
        return self.report
    }

    /// No media after the server's own word that there will be none.
    private func failure(_ ending: String) -> ProbeFailure {
        let hasPackets = self.media.watch.packetCount > 0
        return ProbeFailure(cause: hasPackets ? .noKeyFrame : .noMedia, detail: ending)
    }

    /// Says of a refusal that the address's user was never told: the protocol has no place for one that all servers read.
    private func explained(_ failure: ProbeFailure) -> ProbeFailure {
        guard failure.cause == .authenticationFailed, self.target.credential != nil else { return failure }
        var failure = failure
        let note = "user and password are not used over RTMP"
        failure.detail = failure.detail.map { "\(note); \($0)" } ?? note
        return failure
    }

    // MARK: Setting up and playing

    private func setUp() throws(ProbeFailure) {
        let end = self.visit.end(of: self.visit.limits.answer)
        try self.shakeHands(until: end)
        let connect = RTMPMessage.command(
            "connect",
            1,
            [
                .object([
                    .init("app", .text(self.address.application)),
                    // Some servers turn away players that they do not know.
                    .init("flashVer", .text("LNX 9,0,124,2")),
                    .init("tcUrl", .text(self.address.applicationAddress)),
                    .init("fpad", .boolean(false)), .init("capabilities", .number(15)),
                    .init("audioCodecs", .number(4_071)), .init("videoCodecs", .number(252)),
                    .init("videoFunction", .number(1)),
                    // Enhanced RTMP: that H.265 can be read under its own name.
                    .init("videoFourCcInfoMap", .object([.init("hvc1", .number(1))])),
                ])
            ]
        )
        try self.send(connect, on: 3, until: end)
        _ = try self.answer(to: 1, until: end)
        try self.send(.command("createStream", 2, [.null]), on: 3, until: end)
        let values = try self.answer(to: 2, until: end)
        guard let number = values.dropFirst(2).lazy.compactMap(\.number).first, number >= 0,
            number < 4_294_967_296
        else {
            throw ProbeFailure(cause: .protocolError, detail: "a stream without a number")
        }
        self.stream = UInt32(number)
    }

    /// The simple handshake (specification, 5.2): a version, bytes of chance, and each other's bytes sent back.
    private func shakeHands(until end: Instant) throws(ProbeFailure) {
        let chance: [UInt8]
        do {
            chance = try RandomBytes.make(1_528)
        } catch {
            throw ProbeFailure(cause: .selfOverloaded, detail: error.reason)
        }
        try self.send([3] + [UInt8](repeating: 0, count: 8) + chance, until: end)
        while true {
            if let theirs = try self.read({ (reader) throws(StreamSyntaxError) in try reader.takeHandshake() }
            ) {
                try self.send(theirs, until: end)
                return
            }
            try self.receive(until: end)
        }
    }

    /// Waits for the answer to the command of that number.
    private func answer(to number: Double, until end: Instant) throws(ProbeFailure) -> [AMF0] {
        while true {
            while let message = try self.nextMessage() {
                let values = try self.take(message)
                if values.first?.text == "_result", values.dropFirst().first?.number == number {
                    return values
                }
            }
            try self.receive(until: end)
        }
    }

    /// Asks for the stream and waits until it is said to play, or plays.
    private func play() throws(ProbeFailure) {
        let stream = self.stream ?? 0
        let end = self.visit.end(of: self.visit.limits.answer)
        // How much we keep in hand, in milliseconds: some servers send nothing before they know.
        let buffer = [0, 3] + RTMPMessage.number(stream, width: 4) + RTMPMessage.number(3_000, width: 4)
        try self.send(RTMPMessage(kind: RTMPMessage.Kind.userControl, body: buffer), on: 2, until: end)
        let values: [AMF0] = [.null, .text(self.address.name)]
        try self.send(.command("play", 0, values, stream: stream), on: 8, until: end)
        while true {
            while let message = try self.nextMessage() {
                let values = try self.take(message)
                let code = values.lazy.compactMap { $0["code"]?.text }.first
                if values.first?.text == "onStatus", code == "NetStream.Play.Start" { return }
                if self.media.watch.packetCount > 0 || self.ending != nil { return }
            }
            try self.receive(until: end)
        }
    }

    // MARK: Reading

    private func readMore(until end: Instant) throws(ProbeFailure) {
        if try self.takeAll() { return }
        try self.receive(until: end)
        _ = try self.takeAll()
    }

    private func takeAll() throws(ProbeFailure) -> Bool {
        var isFound = false
        while let message = try self.nextMessage() {
            isFound = true
            _ = try self.take(message)
        }
        return isFound
    }

    private func receive(until end: Instant) throws(ProbeFailure) {
        try self.visit.attempt { () throws(TransportFailure) in
            guard let connection = self.connection else { throw .closed }
            try self.visit.waiting.wait(for: connection.socket.descriptor, events: pollInput, until: end)
            guard try connection.receive(into: &self.reader) else {
                self.connection = nil
                throw .closed
            }
        }
        let unacknowledged = self.reader.receivedByteCount &- self.acknowledged
        guard self.window > 0, unacknowledged >= self.window / 2 else { return }
        self.acknowledged = self.reader.receivedByteCount
        let body = RTMPMessage.number(self.acknowledged, width: 4)
        try self.send(RTMPMessage(kind: RTMPMessage.Kind.acknowledgement, body: body), on: 2, until: end)
    }

    private func nextMessage() throws(ProbeFailure) -> RTMPMessage? {
        try self.read { (reader) throws(StreamSyntaxError) in try reader.next() }
    }

    private func read<Result>(
        _ body: (inout RTMPChunkReader) throws(StreamSyntaxError) -> Result
    ) throws(ProbeFailure) -> Result {
        do throws(StreamSyntaxError) {
            return try body(&self.reader)
        } catch {
            let speech = error == RTMPChunkReader.notRTMP ? PeerSpeech.phrase(for: self.reader.front) : nil
            throw self.visit.log.failure(speech.map { StreamSyntaxError($0) } ?? error)
        }
    }

    /// Does what a message wants; gives the values of a command.
    private func take(_ message: RTMPMessage) throws(ProbeFailure) -> [AMF0] {
        let now = Instant.now
        switch message.kind {
        case RTMPMessage.Kind.sound, RTMPMessage.Kind.picture, RTMPMessage.Kind.data:
            guard let kind = FLVReader.Kind(rawValue: message.kind) else { return [] }
            self.media.receive(kind, timestamp: message.timestamp, message.body.span.bytes, at: now)
        case RTMPMessage.Kind.aggregate:
            message.forEachTag { kind, timestamp, body in
                guard let kind = FLVReader.Kind(rawValue: kind) else { return }
                self.media.receive(kind, timestamp: timestamp, body, at: now)
            }
        case RTMPMessage.Kind.windowSize where message.body.count >= 4:
            self.window = message.body.span.bytes.thirtyTwo(0)
        case RTMPMessage.Kind.userControl: try self.obey(message.body)
        case RTMPMessage.Kind.command, RTMPMessage.Kind.commandInFormat3:
            let values = message.values
            let command = values.first?.text ?? ""
            if let failure = RTMPStatus.failure(command, values, of: self.address) { throw failure }
            self.ending = RTMPStatus.end(values) ?? self.ending
            return values
        default: break
        }
        return []
    }

    /// Answers a ping, and notes the end of the stream (specification, 7.1.7).
    private func obey(_ body: [UInt8]) throws(ProbeFailure) {
        guard body.count >= 6 else { return }
        switch body.span.bytes.sixteen(0) {
        case 1: self.ending = RTMPStatus.endOfStream
        case 6:
            let end = self.visit.end(of: self.visit.limits.answer)
            let pong = RTMPMessage(kind: RTMPMessage.Kind.userControl, body: [0, 7] + body[2..<6])
            try self.send(pong, on: 2, until: end)
        default: return
        }
    }

    // MARK: Sending

    private func send(_ message: RTMPMessage, on chunkStream: UInt8, until end: Instant) throws(ProbeFailure)
    {
        try self.send(message.chunks(on: chunkStream), until: end)
    }

    private func send(
        _ bytes: [UInt8],
        until end: Instant,
        waiting: Waiting? = nil
    ) throws(ProbeFailure) {
        try self.visit.attempt { () throws(TransportFailure) in
            guard let connection = self.connection else { throw .closed }
            try connection.send(bytes, until: end, waiting: waiting ?? self.visit.waiting)
        }
    }

    /// Gives the stream back, whatever happened before, and also when we were told to stop.
    private func leave() {
        defer { self.connection = nil }
        guard let stream = self.stream else { return }
        let end = Instant.now + self.visit.limits.farewellShare
        let deaf = Waiting(cancellation: nil)
        let close = RTMPMessage.command("closeStream", 0, [.null], stream: stream).chunks(on: 8)
        let delete = RTMPMessage.command("deleteStream", 3, [.null, .number(Double(stream))]).chunks(on: 3)
        // No one answers a goodbye; the connection is closed in any case.
        try? self.send(close + delete, until: end, waiting: deaf)
    }
}
