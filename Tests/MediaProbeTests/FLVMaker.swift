@testable import MediaProbe

/// Writes FLV as the standard says, and as it is written in the field.
enum FLVMaker {
    static let header: [UInt8] = Array("FLV".utf8) + [1, 5, 0, 0, 0, 9, 0, 0, 0, 0]

    static func tag(_ kind: UInt8, at time: UInt32, _ body: [UInt8]) -> [UInt8] {
        let size = UInt32(body.count)
        return [kind] + three(size) + three(time & 0xff_ffff) + [UInt8(time >> 24), 0, 0, 0] + body
            + four(size + 11)
    }

    /// `AVCDecoderConfigurationRecord`.
    static func avcConfiguration(_ sequence: [UInt8], _ picture: [UInt8] = [0x68, 0xce, 0x3c, 0x80])
        -> [UInt8]
    {
        [1, sequence[1], sequence[2], sequence[3], 0xff, 0xe1] + counted(sequence) + [1] + counted(picture)
    }

    /// `HEVCDecoderConfigurationRecord` of these parameter sets.
    static func hevcConfiguration(_ sets: [[UInt8]]) -> [UInt8] {
        [1] + [UInt8](repeating: 0, count: 20) + [0x0f, UInt8(sets.count)]
            + sets.flatMap { [$0[0] >> 1 & 0x3f | 0x80, 0, 1] + counted($0) }
    }

    /// Units with a length of four bytes before each.
    static func lengthPrefixed(_ units: [[UInt8]]) -> [UInt8] {
        units.flatMap { four(UInt32($0.count)) + $0 }
    }

    static let avcStart: [UInt8] = [0x17, 0, 0, 0, 0] + avcConfiguration(smallParameterSet)
    static let smallKey: [UInt8] = [0x65, 0x88, 1, 2, 3]
    static let smallOther: [UInt8] = [0x41, 0x9a, 1, 2]

    static func avcPicture(_ units: [[UInt8]], isKey: Bool) -> [UInt8] {
        [isKey ? 0x17 : 0x27, 1, 0, 0, 0] + lengthPrefixed(units)
    }

    /// A header, the announcement, the sequence header, and pictures 40 ms apart, every tenth a key frame.
    static func small(pictures: Int = 30, from time: UInt32 = 0) -> [UInt8] {
        var bytes = self.header + self.tag(18, at: 0, self.script) + self.tag(9, at: 0, self.avcStart)
        bytes += self.tag(8, at: 0, [0xaf, 0, 0x12, 0x10])
        for index in 0..<pictures {
            let isKey = index % 10 == 0
            let body = self.avcPicture([isKey ? self.smallKey : self.smallOther], isKey: isKey)
            bytes += self.tag(9, at: time &+ UInt32(index) * 40, body)
        }
        return bytes
    }

    /// H.265 as codec 12, or as `hvc1` of Enhanced RTMP, 25 pictures a second, of an elementary stream whose pictures have
    /// one slice each.
    static func highEfficiency(_ stream: [UInt8], isEnhanced: Bool = false) -> [UInt8] {
        let units = elementaryUnits(stream)
        func type(_ unit: [UInt8]) -> UInt8 { unit[0] >> 1 & 0x3f }
        let sets = Array(units.filter { (32...34).contains(type($0)) }.prefix(3))
        let letters = Array("hvc1".utf8)
        let start = isEnhanced ? [0x90] + letters : [0x1c, 0, 0, 0, 0]
        var bytes = self.header + self.tag(9, at: 0, start + self.hevcConfiguration(sets))
        for (index, unit) in units.filter({ type($0) < 32 }).enumerated() {
            let kind: UInt8 = (16...21).contains(type(unit)) ? 0x10 : 0x20
            let head = isEnhanced ? [0x83 | kind] + letters : [0x0c | kind, 1, 0, 0, 0]
            bytes += self.tag(9, at: UInt32(index) * 40, head + self.lengthPrefixed([unit]))
        }
        return bytes
    }

    static let script: [UInt8] =
        AMF0.text("onMetaData").bytes
        + AMF0.object([.init("framerate", .number(25)), .init("audiocodecid", .number(10))]).bytes

    private static func three(_ word: UInt32) -> [UInt8] { Array(self.four(word).dropFirst()) }

    static func four(_ word: UInt32) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: word >> UInt32($0)) }
    }

    private static func counted(_ bytes: [UInt8]) -> [UInt8] {
        [UInt8(bytes.count >> 8), UInt8(bytes.count & 0xff)] + bytes
    }
}

/// Everything that bytes of FLV tell, handed over in pieces of a size.
func watchedFLV(
    _ bytes: [UInt8],
    piece: Int = .max,
    limits: MediaLimits = .availability
) throws(StreamSyntaxError) -> PictureWatch {
    var reader = FLVReader(byteLimit: limits.frameByteCount)
    var media = FLVMedia(limits: limits)
    let now = ContinuousClock.now
    for start in stride(from: 0, to: bytes.count, by: min(piece, max(bytes.count, 1))) {
        reader.append(Array(bytes[start..<min(start + min(piece, bytes.count), bytes.count)]).span.bytes)
        while let tag = try reader.next() {
            reader.withBody(of: tag) { media.receive(tag.kind, timestamp: tag.timestamp, $0, at: now) }
        }
    }
    return media.watch
}
