/// Puts messages together from a server's chunks (RTMP specification, 5.3); bounded, and knows no connection.
struct RTMPChunkReader: ByteInlet {
    /// What is known of one chunk stream.
    private struct Lane {
        var timestamp: UInt32 = 0
        var delta: UInt32 = 0
        var length = 0
        var kind: UInt8 = 0
        var stream: UInt32 = 0
        /// The time that did not fit into three bytes, as it was last sent.
        var extended: UInt32?
        /// Bytes of the message under way that came.
        var received = 0
        var isOpen = false
    }

    /// Chunk streams of one connection; servers use a handful.
    private static let laneLimit = 64

    private let byteLimit: Int
    private var queue = ByteQueue()
    private var lanes: [Int: Lane] = [:]
    /// Messages under way, by chunk stream. Beside the lanes, so that no copy of a lane makes a copy of its body: a chunk
    /// may hold a single byte (5.4.1).
    private(set) var bodies: [Int: [UInt8]] = [:]
    private var chunkSize = 128
    /// Bytes of messages that have begun and not ended, all chunk streams together.
    private var openByteCount = 0
    /// All bytes that came, as acknowledgements count them; wraps.
    private(set) var receivedByteCount: UInt32 = 0

    /// The limit is that of all messages under way together, in bytes.
    init(byteLimit: Int) { self.byteLimit = byteLimit }

    mutating func fill<Failure>(
        _ body: (UnsafeMutableRawBufferPointer) throws(Failure) -> Int
    ) throws(Failure) -> Int {
        let count = try self.queue.fill(body)
        self.receivedByteCount &+= UInt32(truncatingIfNeeded: count)
        return count
    }

    mutating func append(_ bytes: [UInt8]) {
        self.queue.append(bytes)
        self.receivedByteCount &+= UInt32(truncatingIfNeeded: bytes.count)
    }

    static let notRTMP = StreamSyntaxError("not RTMP")

    /// The first bytes that are not read yet; they may tell what it is instead.
    var front: [UInt8] { self.queue.bytes(0..<min(self.queue.count, PeerSpeech.mostBytes)) }

    /// The server's part of the handshake: its version, its own 1 536 bytes, and ours sent back; nil until all of it
    /// has come. Gives the server's own bytes.
    ///
    /// - Throws: For another version than 3.
    mutating func takeHandshake() throws(StreamSyntaxError) -> [UInt8]? {
        guard self.queue.count > 0 else { return nil }
        guard self.queue[0] == 3 else { throw Self.notRTMP }
        guard self.queue.count >= 3_073 else { return nil }
        let own = self.queue.bytes(1..<1_537)
        self.queue.drop(3_073)
        return own
    }

    /// The next whole message; nil when more bytes are needed. Chunk sizes and aborts are obeyed and given as well.
    ///
    /// - Throws: For what cannot be RTMP, or a message beyond the limit. The reader is of no use afterwards.
    mutating func next() throws(StreamSyntaxError) -> RTMPMessage? {
        while let chunk = try self.readHead() {
            var lane = chunk.lane
            let size = min(self.chunkSize, lane.length - lane.received)
            guard self.openByteCount + size <= self.byteLimit else {
                throw StreamSyntaxError("too much in messages under way")
            }
            guard self.queue.count >= chunk.headSize + size else { return nil }
            let payload = chunk.headSize..<(chunk.headSize + size)
            var body = self.bodies.removeValue(forKey: chunk.number) ?? []
            self.queue.withBytes(payload) { $0.withUnsafeBytes { body.append(contentsOf: $0) } }
            self.queue.drop(payload.upperBound)
            self.openByteCount += size
            lane.received += size
            guard lane.received == lane.length else {
                self.lanes[chunk.number] = lane
                self.bodies[chunk.number] = body
                continue
            }
            let message = RTMPMessage(
                kind: lane.kind,
                timestamp: lane.timestamp,
                stream: lane.stream,
                body: body
            )
            self.openByteCount -= lane.length
            (lane.received, lane.isOpen) = (0, false)
            self.lanes[chunk.number] = lane
            try self.obey(message)
            return message
        }
        return nil
    }

    private mutating func obey(_ message: RTMPMessage) throws(StreamSyntaxError) {
        guard message.kind == RTMPMessage.Kind.chunkSize || message.kind == RTMPMessage.Kind.abort else {
            return
        }
        guard message.body.count >= 4 else { throw StreamSyntaxError("a control message is cut off") }
        let value = Int(message.body.span.bytes.thirtyTwo(0))
        if message.kind == RTMPMessage.Kind.chunkSize {
            guard (1...0x7fff_ffff).contains(value) else { throw StreamSyntaxError("not a chunk's size") }
            self.chunkSize = value
        } else if let lane = self.lanes[value] {
            self.openByteCount -= lane.received
            self.bodies[value] = nil
            self.lanes[value]?.received = 0
            self.lanes[value]?.isOpen = false
        }
    }

    /// A chunk's head and what its chunk stream is after it; nil when the head has not wholly come.
    private func readHead() throws(StreamSyntaxError) -> (number: Int, headSize: Int, lane: Lane)? {
        guard self.queue.count > 0 else { return nil }
        let format = self.queue[0] >> 6
        var (number, place) = (Int(self.queue[0] & 0x3f), 1)
        guard number > 1 || self.queue.count >= number + 2 else { return nil }
        if number == 0 {
            (number, place) = (Int(self.queue[1]) + 64, 2)
        } else if number == 1 {
            (number, place) = (Int(self.queue[2]) << 8 + Int(self.queue[1]) + 64, 3)
        }
        let known = self.lanes[number]
        guard known != nil || format == 0, known != nil || self.lanes.count < Self.laneLimit else {
            throw StreamSyntaxError("a chunk without a message")
        }
        var lane = known ?? Lane()
        let isFirst = !lane.isOpen
        guard isFirst || format == 3 else { throw StreamSyntaxError("a message inside a message") }
        let fieldSize = [11, 7, 3, 0][Int(format)]
        guard self.queue.count >= place + fieldSize else { return nil }
        var time: UInt32?
        if fieldSize >= 3 { time = UInt32(self.queue.number(at: place, width: 3)) }
        if fieldSize >= 7 {
            lane.length = self.queue.number(at: place + 3, width: 3)
            lane.kind = self.queue[place + 6]
        }
        if fieldSize == 11 {
            lane.stream = (0..<4).reduce(0) { $0 | UInt32(self.queue[place + 7 + $1]) << UInt32(8 * $1) }
        }
        place += fieldSize
        if time == 0xff_ffff || (time == nil && lane.extended != nil) {
            guard self.queue.count >= place + 4 else { return nil }
            let extended = UInt32(self.queue.number(at: place, width: 4))
            // Not every server repeats it in the chunks that follow; one that does repeats it to the bit.
            if time != nil || extended == lane.extended {
                lane.extended = extended
                place += 4
            }
        } else if time != nil {
            lane.extended = nil
        }
        if isFirst {
            if let time {
                let full = lane.extended ?? time
                lane.delta = format == 0 ? 0 : full
                lane.timestamp = format == 0 ? full : lane.timestamp &+ full
            } else {
                lane.timestamp = lane.timestamp &+ lane.delta
            }
            lane.isOpen = true
            guard lane.length <= self.byteLimit else { throw StreamSyntaxError("a message is too long") }
        }
        return (number, place, lane)
    }
}
