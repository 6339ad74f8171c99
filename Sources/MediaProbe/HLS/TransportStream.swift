/// Takes pictures out of an MPEG transport stream (ISO/IEC 13818-1): the first programme that has some, H.264 or H.265;
/// bounded, and knows no connection.
struct TransportStream {
    private static let packetSize = 188

    private let byteLimit: Int
    private var queue = ByteQueue()
    private var skippedByteCount = 0
    private var hasSynchronized = false
    /// Identifiers of programme maps.
    private var maps: Set<Int> = []
    private var sections: [Int: [UInt8]] = [:]
    private var picture: (identifier: Int, codec: VideoCodec)?
    private var foreignIdentifier: Int?
    private var continuity: UInt8?
    private var stream: ElementaryStream?
    /// The packet of the picture's stream that is coming; nil when its head made no sense.
    private var packet: Packet?
    private var sound: (identifier: Int, name: String)?

    private struct Packet {
        /// Of its content, in bytes; 0 when it does not say.
        var expected: Int
        var received = 0
        var isCut: Bool { self.received < self.expected }
    }

    /// The limit is that of one picture, in bytes.
    init(byteLimit: Int) { self.byteLimit = byteLimit }

    /// Whether these are the first bytes of a transport stream; nil while there are too few to tell.
    static func recognizes(_ bytes: [UInt8]) -> Bool? {
        guard let first = bytes.first else { return nil }
        guard first == 0x47 else { return false }
        return bytes.count > self.packetSize ? bytes[self.packetSize] == 0x47 : nil
    }

    /// Takes in what came and hands on the pictures that it ends.
    ///
    /// - Throws: When there is no transport stream in it.
    mutating func receive(
        _ bytes: RawSpan,
        into watch: inout PictureWatch,
        at arrival: Instant
    ) throws(StreamSyntaxError) {
        self.queue.append(bytes)
        while self.queue.count >= Self.packetSize {
            guard self.queue[0] == 0x47 else {
                let next = self.queue.firstIndex(of: 0x47, from: 1) ?? self.queue.count
                self.queue.drop(next)
                self.skippedByteCount += next
                self.stream?.noteLoss()
                guard self.skippedByteCount < 1 << 16 else {
                    throw StreamSyntaxError("not a transport stream")
                }
                continue
            }
            let packet = self.queue.bytes(0..<Self.packetSize)
            self.queue.drop(Self.packetSize)
            self.take(packet, into: &watch, at: arrival)
        }
    }

    /// The stream, or the segment, is over: the last picture has no other end.
    mutating func finish(into watch: inout PictureWatch) {
        guard let codec = self.picture?.codec else { return }
        if self.packet?.isCut == true { self.stream?.noteLoss() }
        self.packet = nil
        self.stream?.finish { Self.hand($0, codec, to: &watch) }
    }

    private mutating func take(_ packet: [UInt8], into watch: inout PictureWatch, at arrival: Instant) {
        let identifier = Int(packet[1] & 0x1f) << 8 | Int(packet[2])
        let begins = packet[1] & 0x40 != 0
        var start = 4
        if packet[3] & 0x20 != 0 { start = min(5 + Int(packet[4]), Self.packetSize) }
        let payload = packet[3] & 0x10 != 0 ? packet[start...] : []
        if identifier == 0 || self.maps.contains(identifier) {
            self.take(section: payload, begins: begins, of: identifier, into: &watch)
        } else if identifier == self.picture?.identifier {
            let isLost = self.isAfterLoss(packet)
            if isLost || packet[1] & 0x80 != 0 { self.stream?.noteLoss() }
            self.take(payload, begins: begins, into: &watch, at: arrival)
        } else if identifier == self.foreignIdentifier, begins {
            watch.note(at: arrival)
        } else if let sound = self.sound, identifier == sound.identifier, !payload.isEmpty, watch.sound == nil
        {
            watch.announce(sound: sound.name)
        }
    }

    /// The counter goes on by one with each payload; a doubled packet repeats it (2.4.3.3).
    private mutating func isAfterLoss(_ packet: [UInt8]) -> Bool {
        guard packet[3] & 0x10 != 0 else { return false }
        let counter = packet[3] & 0x0f
        defer { self.continuity = counter }
        guard let last = self.continuity else { return false }
        return counter != (last + 1) & 0x0f && counter != last
    }

    // MARK: Pictures

    private mutating func take(
        _ payload: ArraySlice<UInt8>,
        begins: Bool,
        into watch: inout PictureWatch,
        at arrival: Instant
    ) {
        guard let codec = self.picture?.codec else { return }
        guard begins else {
            self.append(payload, codec, into: &watch, at: arrival)
            return
        }
        if self.packet?.isCut == true { self.stream?.noteLoss() }
        self.packet = nil
        let head = Array(payload.prefix(19))
        guard head.count >= 9, head.starts(with: [0, 0, 1]) else { return }
        let start = 9 + Int(head[8])
        let length = Int(head[4]) << 8 | Int(head[5])
        var timestamp: UInt32?
        // When it is decoded, where that is said, else when it is shown (2.4.3.7).
        if head[7] & 0x40 != 0, head.count >= 19 {
            timestamp = Self.timestamp(head[14...])
        } else if head[7] & 0x80 != 0, head.count >= 14 {
            timestamp = Self.timestamp(head[9...])
        }
        let expected = length > 0 ? max(0, length - 3 - Int(head[8])) : 0
        self.packet = Packet(expected: expected)
        if self.stream == nil {
            self.stream = ElementaryStream(codec: codec, byteLimit: self.byteLimit, at: arrival)
        }
        self.stream?.beginPacket(timestamp: timestamp) { Self.hand($0, codec, to: &watch) }
        guard payload.count > start else { return }
        self.append(payload.dropFirst(start), codec, into: &watch, at: arrival)
    }

    private mutating func append(
        _ bytes: ArraySlice<UInt8>,
        _ codec: VideoCodec,
        into watch: inout PictureWatch,
        at arrival: Instant
    ) {
        guard let packet = self.packet else { return }
        let bytes = packet.expected > 0 ? bytes.prefix(packet.expected - packet.received) : bytes
        self.packet?.received += bytes.count
        self.stream?.append(bytes, at: arrival) { Self.hand($0, codec, to: &watch) }
    }

    private static func hand(
        _ picture: ElementaryStream.Picture,
        _ codec: VideoCodec,
        to watch: inout PictureWatch
    ) {
        watch.receive(
            picture.bytes.span.bytes,
            codec: codec,
            framing: .startCodes,
            timestamp: picture.timestamp,
            isDamaged: picture.isDamaged,
            at: picture.arrivedAt
        )
    }

    /// 33 bits of 90 kHz in five bytes; the highest is left out.
    private static func timestamp(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        let bytes = Array(bytes.prefix(5))
        let high = UInt64(bytes[0] >> 1 & 7) << 30
        let middle = UInt64(bytes[1]) << 22 | UInt64(bytes[2] >> 1) << 15
        return UInt32(truncatingIfNeeded: high | middle | UInt64(bytes[3]) << 7 | UInt64(bytes[4] >> 1))
    }

    // MARK: Tables

    /// Puts a table together, which may take several packets (2.4.4).
    private mutating func take(
        section payload: ArraySlice<UInt8>,
        begins: Bool,
        of identifier: Int,
        into watch: inout PictureWatch
    ) {
        var bytes = self.sections[identifier] ?? []
        if begins, let pointer = payload.first {
            bytes = Array(payload.dropFirst(1 + Int(pointer)))
        } else if !bytes.isEmpty {
            bytes += payload
        }
        guard bytes.count >= 3 else {
            self.sections[identifier] = bytes
            return
        }
        let length = 3 + Int(bytes[1] & 0x0f) << 8 + Int(bytes[2])
        guard length <= 4_096 else {
            self.sections[identifier] = nil
            return
        }
        guard bytes.count >= length else {
            self.sections[identifier] = bytes
            return
        }
        self.sections[identifier] = nil
        // The last four bytes are a check sum.
        guard length >= 16 else { return }
        let table = Array(bytes[..<(length - 4)])
        switch (identifier, table[0]) {
        case (0, 0): self.take(association: table)
        case (_, 2): self.take(map: table, into: &watch)
        default: return
        }
    }

    private mutating func take(association table: [UInt8]) {
        for place in stride(from: 8, to: table.count - 3, by: 4) where self.maps.count < 32 {
            let programme = Int(table[place]) << 8 | Int(table[place + 1])
            let identifier = Int(table[place + 2] & 0x1f) << 8 | Int(table[place + 3])
            if programme != 0, identifier != 0 { self.maps.insert(identifier) }
        }
    }

    private mutating func take(map table: [UInt8], into watch: inout PictureWatch) {
        guard table.count >= 12 else { return }
        var place = 12 + Int(table[10] & 0x0f) << 8 + Int(table[11])
        while place + 5 <= table.count {
            let type = table[place]
            let identifier = Int(table[place + 1] & 0x1f) << 8 | Int(table[place + 2])
            let end = place + 5 + Int(table[place + 3] & 0x0f) << 8 + Int(table[place + 4])
            let descriptors = table[min(place + 5, table.count)..<min(max(end, place + 5), table.count)]
            switch Self.content(type, descriptors) {
            case .picture(let codec):
                if self.picture == nil {
                    self.picture = (identifier, codec)
                    watch.announce(codec)
                }
            case .foreign(let name):
                if self.picture == nil, self.foreignIdentifier == nil {
                    self.foreignIdentifier = identifier
                    watch.announce(foreign: name)
                }
            case .sound(let name): self.sound = self.sound ?? (identifier, name)
            case .other: break
            }
            place = end
        }
    }

    private enum Content {
        case picture(VideoCodec)
        case foreign(String)
        case sound(String)
        case other
    }

    /// Table 2-34, and registrations of what has no number of its own.
    private static func content(_ type: UInt8, _ descriptors: ArraySlice<UInt8>) -> Content {
        switch type {
        case 0x1b: return .picture(.h264)
        case 0x24: return .picture(.h265)
        case 0x01, 0x02: return .foreign("mpeg2")
        case 0x10: return .foreign("mpeg4")
        case 0x33: return .foreign("h266")
        case 0x42, 0xd2, 0xd4: return .foreign("avs")
        case 0xea: return .foreign("vc1")
        case 0x03, 0x04: return .sound("MPA")
        case 0x0f, 0x11: return .sound("AAC")
        case 0x81: return .sound("AC3")
        case 0x90: return .sound("PCMA")
        case 0x06:
            let text = String(decoding: descriptors, as: UTF8.self)
            if text.contains("HEVC") { return .picture(.h265) }
            if text.contains("AV01") { return .foreign("av01") }
            return text.contains("Opus") ? .sound("Opus") : .other
        default: return .other
        }
    }
}
