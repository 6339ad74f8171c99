@testable import MediaProbe

/// Packets of one picture stream, as they come over a connection or as datagrams: RTP, RTCP, and what is put together
/// from them. An input is a first byte (codec, transport, whether pictures are kept) and then records: a byte that says
/// what comes, a byte that says how many, and so many bytes.
struct PacketReading: UntrustedReading {
    private static let frameByteCount = 2_048
    private static let origin = ContinuousClock.now

    private let receiver: RTPReceiver
    private let recordCount: Int
    /// Whether something was still waited for when its time was over.
    private var isLate = false

    var understoodCount: Int { self.receiver.packetCount + (self.receiver.clock == nil ? 0 : 1) }

    /// Pictures may be kept, of a bounded size, and packets held back.
    static func mostBytesHeld(for count: Int) -> Int { 65_536 + 8 * self.frameByteCount + 64 * count }

    init(_ bytes: [UInt8]) {
        var cutter = InputCutter(bytes)
        let head = cutter.byte()
        var limits = MediaLimits.availability
        limits.keepsKeyFrame = head & 4 != 0
        limits.frameByteCount = Self.frameByteCount
        var receiver = RTPReceiver(
            codec: head & 1 == 0 ? .h264 : .h265,
            payloadType: 96,
            clockRate: head & 8 == 0 ? 90_000 : 1,
            isOrdered: head & 2 == 0,
            limits: limits
        )
        var (sequence, timestamp) = (UInt16(0xfff0), UInt32(0xffff_0000))
        var (records, milliseconds) = (0, 0)
        while !cutter.isAtEnd {
            records += 1
            let kind = cutter.byte()
            let content = cutter.bytes(Int(cutter.byte()))
            milliseconds += Int(kind >> 4) * 10
            let arrival = Self.origin + .milliseconds(milliseconds)
            switch kind & 3 {
            case 0: receiver.receive(packet: content.span.bytes, at: arrival)
            case 1: receiver.receive(report: content.span.bytes, wall: Int64(milliseconds))
            default:
                // A packet whose head is right: what is tried out is its place and its content.
                let step = content.first ?? 1
                sequence &+= UInt16(bitPattern: Int16(Int8(bitPattern: step)))
                if kind & 4 != 0 { timestamp &+= 3_600 }
                let packet = Self.packet(sequence, timestamp, hasMarker: kind & 8 != 0, content.dropFirst())
                receiver.receive(packet: packet.span.bytes, at: arrival)
            }
            // A long step of the clock is told, as when nothing more is there to read.
            if kind >> 4 == 15 { receiver.advance(to: arrival) }
            if let due = receiver.due { self.isLate = self.isLate || due <= arrival && kind >> 4 == 15 }
        }
        receiver.finish()
        (self.receiver, self.recordCount) = (receiver, records)
    }

    private static func packet(
        _ sequence: UInt16,
        _ timestamp: UInt32,
        hasMarker: Bool,
        _ payload: ArraySlice<UInt8>
    ) -> [UInt8] {
        var bytes: [UInt8] = [0x80, hasMarker ? 0xe0 : 0x60, UInt8(sequence >> 8), UInt8(sequence & 0xff)]
        for shift: UInt32 in [24, 16, 8, 0] { bytes.append(UInt8(truncatingIfNeeded: timestamp >> shift)) }
        return bytes + [0, 0, 0, 1] + payload
    }

    func brokenProperty() -> String? {
        let reception = self.receiver.reception
        guard !self.isLate, self.receiver.due == nil else { return "held for too long" }
        guard self.receiver.packetCount <= self.recordCount else { return "more packets than came" }
        guard (0...reception.expected).contains(reception.lost) else {
            return "\(reception.lost) of \(reception.expected) packets lost"
        }
        guard reception.duplicated + reception.reordered <= self.receiver.packetCount else {
            return "miscounted"
        }
        guard isSensible(reception.jitter.inSeconds) else { return "a jitter of \(reception.jitter)" }
        if let picture = self.receiver.firstKeyFrame {
            guard picture.isKey, picture.isWhole else { return "a key frame that is none" }
            guard picture.byteCount <= Self.frameByteCount, picture.bytes.count <= 3 * Self.frameByteCount
            else {
                return "a picture beyond its bound"
            }
            guard picture.bytes.isEmpty || picture.bytes.starts(with: [0, 0, 0, 1]) else {
                return "no start code"
            }
        }
        guard self.receiver.parameterSets.annexB.count <= 3 * 4_100 else {
            return "parameter sets beyond their bound"
        }
        return self.receiver.gauge.brokenProperty()
            ?? self.receiver.parameterSets.sequence.flatMap {
                PictureFormat(parameterSet: $0, codec: self.receiver.codec)?.brokenProperty()
            }
    }
}

extension MediaGauge {
    /// What does not hold of what was measured; nil when all does.
    func brokenProperty() -> String? {
        let numbers = [
            self.framesPerSecond, self.kilobitsPerSecond, self.keyFrameInterval?.inSeconds,
            self.frameSpacing?.inSeconds, self.fluctuation?.key, self.fluctuation?.predicted,
        ]
        guard numbers.allSatisfy(isSensible) else { return "measured \(numbers)" }
        return self.keyCount <= self.pictureCount && self.jumps <= self.pictureCount
            ? nil : "miscounted pictures"
    }
}
