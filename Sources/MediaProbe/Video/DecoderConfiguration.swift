/// What stands before pictures in FLV, RTMP and MP4: the parameter sets and how long the lengths before NAL units are
/// (ISO/IEC 14496-15, 5.3.3.1 and 8.3.3.1).
struct DecoderConfiguration: Equatable {
    let codec: VideoCodec
    /// Bytes of the length before each NAL unit: 1, 2 or 4 (3 is forbidden, but read).
    let lengthSize: Int
    /// NAL headers included; at most 32.
    private(set) var parameterSets: [[UInt8]] = []

    /// Reads an `AVCDecoderConfigurationRecord` or an `HEVCDecoderConfigurationRecord`; nil when it is cut off or of
    /// another version.
    init?(_ bytes: RawSpan, codec: VideoCodec) {
        self.codec = codec
        switch codec {
        case .h264:
            guard bytes.byteCount >= 7, bytes.byte(0) == 1 else { return nil }
            self.lengthSize = Int(bytes.byte(4) & 3) + 1
            var place = 5
            for mask: UInt8 in [0x1f, 0xff] {
                guard place < bytes.byteCount else { return nil }
                let count = Int(bytes.byte(place) & mask)
                place += 1
                guard self.readSets(count, of: bytes, at: &place) else { return nil }
            }
        case .h265:
            // Version 0 was written before the standard was finished, and still is by some.
            guard bytes.byteCount >= 23, bytes.byte(0) <= 1 else { return nil }
            self.lengthSize = Int(bytes.byte(21) & 3) + 1
            var place = 23
            for _ in 0..<bytes.byte(22) {
                guard bytes.byteCount >= place + 3 else { return nil }
                let count = Int(bytes.sixteen(place + 1))
                place += 3
                guard self.readSets(count, of: bytes, at: &place) else { return nil }
            }
        }
    }

    private mutating func readSets(_ count: Int, of bytes: RawSpan, at place: inout Int) -> Bool {
        for _ in 0..<count {
            guard bytes.byteCount >= place + 2 else { return false }
            let end = place + 2 + Int(bytes.sixteen(place))
            guard bytes.byteCount >= end, self.parameterSets.count < 32 else { return false }
            self.parameterSets.append(bytes.extracting((place + 2)..<end).withUnsafeBytes { Array($0) })
            place = end
        }
        return true
    }
}
