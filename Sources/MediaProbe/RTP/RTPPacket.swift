/// The fixed part of an RTP packet and where its payload lies (RFC 3550, 5.1).
struct RTPHeader: Equatable {
    var hasMarker: Bool
    var payloadType: UInt8
    var sequence: UInt16
    var timestamp: UInt32
    var source: UInt32
    var payload: Range<Int>

    /// Nil for what is no RTP packet of version 2 or contradicts its own length.
    init?(_ bytes: RawSpan) {
        guard bytes.byteCount >= 12, bytes.byte(0) >> 6 == 2 else { return nil }
        var start = 12 + Int(bytes.byte(0) & 0x0f) * 4
        if bytes.byte(0) & 0x10 != 0 {
            guard bytes.byteCount >= start + 4 else { return nil }
            start += 4 + Int(bytes.sixteen(start + 2)) * 4
        }
        var end = bytes.byteCount
        if bytes.byte(0) & 0x20 != 0, end > 0 { end -= Int(bytes.byte(end - 1)) }
        guard start <= end else { return nil }
        self.hasMarker = bytes.byte(1) & 0x80 != 0
        self.payloadType = bytes.byte(1) & 0x7f
        self.sequence = bytes.sixteen(2)
        self.timestamp = bytes.thirtyTwo(4)
        self.source = bytes.thirtyTwo(8)
        self.payload = start..<end
    }
}

/// What a sender report says about the sender's clock (RFC 3550, 6.4.1).
struct SenderReport: Equatable {
    var source: UInt32
    /// Milliseconds since 1970-01-01T00:00:00Z.
    var unixMilliseconds: Int64
    var timestamp: UInt32

    /// The first sender report of a compound packet; nil when there is none.
    init?(compound bytes: RawSpan) {
        var start = 0
        while bytes.byteCount >= start + 8, bytes.byte(start) >> 6 == 2 {
            let length = (Int(bytes.sixteen(start + 2)) + 1) * 4
            guard bytes.byteCount >= start + length else { return nil }
            if bytes.byte(start + 1) == 200, length >= 28 {
                let seconds = bytes.thirtyTwo(start + 8)
                let fraction = bytes.thirtyTwo(start + 12)
                guard seconds != 0 else { return nil }
                // Seconds since 1900; with the highest bit clear they are of the era that begins in 2036.
                let era: Int64 = seconds < 0x8000_0000 ? 1 << 32 : 0
                let unix = Int64(seconds) + era - 2_208_988_800
                self.source = bytes.thirtyTwo(start + 4)
                self.unixMilliseconds = unix * 1_000 + Int64((UInt64(fraction) * 1_000) >> 32)
                self.timestamp = bytes.thirtyTwo(start + 16)
                return
            }
            start += length
        }
        return nil
    }
}

extension RawSpan {
    func byte(_ offset: Int) -> UInt8 {
        self.unsafeLoadUnaligned(checked: offset)
    }

    /// In network order.
    func sixteen(_ offset: Int) -> UInt16 {
        UInt16(self.byte(offset)) << 8 | UInt16(self.byte(offset + 1))
    }

    /// In network order.
    func thirtyTwo(_ offset: Int) -> UInt32 {
        UInt32(self.sixteen(offset)) << 16 | UInt32(self.sixteen(offset + 2))
    }

    private func unsafeLoadUnaligned(checked offset: Int) -> UInt8 {
        precondition(offset >= 0 && offset < self.byteCount)
        return self.unsafeLoad(fromByteOffset: offset, as: UInt8.self)
    }
}
