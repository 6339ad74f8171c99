@testable import MediaProbe

/// Parameter sets: alone, inside a container's record, and as NAL units behind lengths or start codes; and the reader
/// of their bits beside one that is too simple to be wrong. The first byte says which.
struct ParameterSetReading: UntrustedReading {
    private let codec: VideoCodec
    private let content: [UInt8]
    private let format: PictureFormat?
    private let configuration: DecoderConfiguration?
    private var units: [[UInt8]] = []
    private let addsUp: Bool
    private let framing: NALSequence.Framing

    var understoodCount: Int {
        (self.format == nil ? 0 : 1) + (self.configuration == nil ? 0 : 1) + self.units.count
    }

    init(_ bytes: [UInt8]) {
        var cutter = InputCutter(bytes)
        let head = cutter.byte()
        let content = cutter.rest()
        let codec: VideoCodec = head & 1 == 0 ? .h264 : .h265
        (self.codec, self.content) = (codec, content)
        self.format = PictureFormat(parameterSet: content, codec: codec)
        self.configuration = DecoderConfiguration(content.span.bytes, codec: codec)
        self.framing = head & 2 == 0 ? .startCodes : .lengths(Int(head >> 2 & 3) + 1)
        var units: [[UInt8]] = []
        self.addsUp = NALSequence.walk(content.span.bytes, framing: self.framing) { unit in
            units.append(unit.withUnsafeBytes { Array($0) })
        }
        self.units = units
    }

    func brokenProperty() -> String? {
        if let broken = self.format?.brokenProperty() { return broken }
        if let configuration {
            guard (1...4).contains(configuration.lengthSize), configuration.parameterSets.count <= 32 else {
                return "a record beyond its bounds"
            }
            var sets = ParameterSets()
            for set in configuration.parameterSets { sets.keep(set, codec: self.codec) }
            guard sets.annexB.count <= 3 * 4_100 else { return "parameter sets beyond their bound" }
        }
        guard self.units.allSatisfy({ !$0.isEmpty }) else { return "an empty unit was handed over" }
        guard self.units.reduce(0, { $0 + $1.count }) <= self.content.count else {
            return "more units than bytes"
        }
        guard self.addsUp || self.units.isEmpty else { return "units of what does not add up" }
        return self.brokenWalk() ?? self.brokenBits()
    }

    /// Written anew with lengths, the units are found again.
    private func brokenWalk() -> String? {
        var written: [UInt8] = []
        for unit in self.units {
            for shift in [24, 16, 8, 0] { written.append(UInt8(truncatingIfNeeded: unit.count >> shift)) }
            written += unit
        }
        var again: [[UInt8]] = []
        let addsUp = NALSequence.walk(written.span.bytes, framing: .lengths(4)) { unit in
            again.append(unit.withUnsafeBytes { Array($0) })
        }
        return addsUp && again == self.units ? nil : "units written anew are other units"
    }

    /// The bits, read in pieces whose sizes are the bytes themselves, are those that are there.
    private func brokenBits() -> String? {
        let bytes = self.content.prefix(64)
        var reader = BitReader(escaped: bytes)
        let plain = Self.unescaped(Array(bytes))
        let bits = plain.flatMap { byte in (0..<8).map { byte >> UInt8(7 - $0) & 1 } }
        var place = 0
        for size in bytes.map({ Int($0 % 34) }) {
            guard let read = try? reader.bits(size) else {
                return size > 32 || place + size > bits.count ? nil : "bits are refused that are there"
            }
            guard size <= 32, place + size <= bits.count else { return "bits are read that are not there" }
            let expected = bits[place..<(place + size)].reduce(UInt32(0)) { $0 << 1 | UInt32($1) }
            guard read == expected else { return "bits are read wrongly" }
            place += size
        }
        return nil
    }

    /// Every `00 00 03` becomes `00 00`, from left to right.
    private static func unescaped(_ bytes: [UInt8]) -> [UInt8] {
        var plain: [UInt8] = []
        var place = 0
        while place < bytes.count {
            if bytes[place...].starts(with: [0, 0, 3]) {
                plain += [0, 0]
                place += 3
            } else {
                plain.append(bytes[place])
                place += 1
            }
        }
        return plain
    }
}
