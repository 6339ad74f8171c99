/// One message of RTMP (Adobe's RTMP specification 1.0, 6 and 7).
struct RTMPMessage: Equatable {
    /// What it is.
    enum Kind {
        static let chunkSize: UInt8 = 1
        static let abort: UInt8 = 2
        static let acknowledgement: UInt8 = 3
        static let userControl: UInt8 = 4
        static let windowSize: UInt8 = 5
        static let sound: UInt8 = 8
        static let picture: UInt8 = 9
        static let dataInFormat3: UInt8 = 15
        static let commandInFormat3: UInt8 = 17
        static let data: UInt8 = 18
        static let command: UInt8 = 20
        static let aggregate: UInt8 = 22
    }

    var kind: UInt8
    /// In milliseconds; wraps.
    var timestamp: UInt32 = 0
    /// Which of the connection's streams it belongs to; 0 is the connection's own.
    var stream: UInt32 = 0
    var body: [UInt8]

    /// As it goes over the wire in chunks of 128 bytes, which is what a server expects unless told.
    func chunks(on chunkStream: UInt8) -> [UInt8] {
        precondition((2...63).contains(chunkStream) && self.body.count < 1 << 24)
        let length = UInt32(self.body.count)
        var bytes = [chunkStream] + Self.number(self.timestamp, width: 3) + Self.number(length, width: 3)
        // The stream's number alone has its lowest byte first.
        bytes += [self.kind] + Self.number(self.stream, width: 4).reversed()
        for start in stride(from: 0, to: self.body.count, by: 128) {
            if start > 0 { bytes.append(0xc0 | chunkStream) }
            bytes += self.body[start..<min(start + 128, self.body.count)]
        }
        return bytes
    }

    /// A command with its number and values.
    static func command(_ name: String, _ number: Double, _ values: [AMF0], stream: UInt32 = 0) -> RTMPMessage
    {
        let body = ([.text(name), .number(number)] + values).flatMap(\.bytes)
        return RTMPMessage(kind: Kind.command, stream: stream, body: body)
    }

    /// In network order.
    static func number(_ value: UInt32, width: Int) -> [UInt8] {
        (1...width).map { UInt8(truncatingIfNeeded: value >> UInt32(8 * (width - $0))) }
    }

    /// The values of a command or of data; what cannot be read ends them.
    var values: [AMF0] {
        // Format 3 begins with a byte that says that format 0 follows; nobody sends anything else.
        let skipped = self.kind == Kind.commandInFormat3 || self.kind == Kind.dataInFormat3 ? 1 : 0
        var reader = AMF0Reader(Array(self.body.dropFirst(skipped).prefix(16 << 10)), isLenient: true)
        var values: [AMF0] = []
        while values.count < 16, let value = try? reader.next() { values.append(value) }
        return values
    }

    /// The tags inside an aggregate, each with its own time; what is cut off ends them (specification, 7.1.6).
    func forEachTag(_ body: (_ kind: UInt8, _ timestamp: UInt32, RawSpan) -> Void) {
        let bytes = self.body.span.bytes
        var (place, offset) = (0, UInt32?.none)
        while bytes.byteCount - place >= 11 {
            let head = bytes.thirtyTwo(place)
            let time = bytes.thirtyTwo(place + 4)
            let stamp = time >> 8 | time << 24
            let end = place + 11 + Int(head & 0xff_ffff)
            guard end <= bytes.byteCount else { return }
            let shift = offset ?? self.timestamp &- stamp
            offset = shift
            body(UInt8(head >> 24), stamp &+ shift, bytes.extracting((place + 11)..<end))
            place = end + 4
        }
    }
}
