/// What a sequence parameter set says about the pictures.
struct PictureFormat: Equatable {
    var profile: String
    /// In pixels, cropped; 1 to 16 384.
    var width: Int
    /// In pixels, cropped; 1 to 16 384.
    var height: Int
    /// As announced; nil when it is not.
    var framesPerSecond: Double?

    /// Reads a sequence parameter set, NAL header included; nil when it is damaged.
    init?(parameterSet: [UInt8], codec: VideoCodec) {
        guard parameterSet.count <= 4_096 else { return nil }
        do {
            switch codec {
            case .h264: self = try PictureFormat(h264: parameterSet)
            case .h265: self = try PictureFormat(h265: parameterSet)
            }
        } catch {
            return nil
        }
        guard (1...16_384).contains(self.width), (1...16_384).contains(self.height) else { return nil }
        if let rate = self.framesPerSecond, !(rate > 0.01 && rate <= 1_000) { self.framesPerSecond = nil }
    }

    init(profile: String, width: Int, height: Int, framesPerSecond: Double? = nil) {
        self.profile = profile
        self.width = width
        self.height = height
        self.framesPerSecond = framesPerSecond
    }
}

// MARK: - H.264, 7.3.2.1.1 and annex E

extension PictureFormat {
    fileprivate init(h264 bytes: [UInt8]) throws(BitReader.Exhausted) {
        var reader = BitReader(escaped: bytes.dropFirst())
        let profile = Int(try reader.bits(8))
        let constraints = try reader.bits(8)
        try reader.skip(8)
        _ = try reader.number(atMost: 31)
        var chroma = 1
        var isSeparate = false
        if [100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135].contains(profile) {
            chroma = try reader.number(atMost: 3)
            if chroma == 3 { isSeparate = try reader.flag() }
            _ = try reader.number(atMost: 6)
            _ = try reader.number(atMost: 6)
            try reader.skip(1)
            if try reader.flag() { try Self.skipScalingLists(&reader, count: chroma == 3 ? 12 : 8) }
        }
        _ = try reader.number(atMost: 12)
        switch try reader.number(atMost: 2) {
        case 0: _ = try reader.number(atMost: 12)
        case 1:
            try reader.skip(1)
            _ = try reader.signedNumber()
            _ = try reader.signedNumber()
            for _ in 0..<(try reader.number(atMost: 255)) { _ = try reader.signedNumber() }
        default: break
        }
        _ = try reader.number()
        try reader.skip(1)
        let columns = try reader.number(atMost: 1_023) + 1
        let rows = try reader.number(atMost: 1_023) + 1
        let isFrame = try reader.flag()
        if !isFrame { try reader.skip(1) }
        try reader.skip(1)
        let fieldFactor = isFrame ? 1 : 2
        var (width, height) = (columns * 16, rows * 16 * fieldFactor)
        if try reader.flag() {
            let array = isSeparate ? 0 : chroma
            let horizontal = array == 1 || array == 2 ? 2 : 1
            let vertical = (array == 1 ? 2 : 1) * fieldFactor
            let left = try reader.number(atMost: 16_384)
            let right = try reader.number(atMost: 16_384)
            let top = try reader.number(atMost: 16_384)
            let bottom = try reader.number(atMost: 16_384)
            width -= (left + right) * horizontal
            height -= (top + bottom) * vertical
        }
        self.init(profile: Self.h264Profile(profile, constraints), width: width, height: height)
        // The size is what matters: damage in the part that follows costs only the announced rate.
        self.framesPerSecond = try? Self.h264Rate(&reader)
    }

    private static func skipScalingLists(_ reader: inout BitReader, count: Int) throws(BitReader.Exhausted) {
        for index in 0..<count where try reader.flag() {
            var (last, next) = (8, 8)
            for _ in 0..<(index < 6 ? 16 : 64) {
                if next != 0 { next = (last + (try reader.signedNumber()) & 0xff) & 0xff }
                if next != 0 { last = next }
            }
        }
    }

    private static func h264Rate(_ reader: inout BitReader) throws(BitReader.Exhausted) -> Double? {
        guard try reader.flag() else { return nil }
        if try reader.flag(), try reader.bits(8) == 255 { try reader.skip(32) }
        if try reader.flag() { try reader.skip(1) }
        if try reader.flag() {
            try reader.skip(4)
            if try reader.flag() { try reader.skip(24) }
        }
        if try reader.flag() {
            _ = try reader.number()
            _ = try reader.number()
        }
        guard try reader.flag() else { return nil }
        let units = try reader.bits(32)
        let scale = try reader.bits(32)
        // A tick is a field; a picture has two.
        return units > 0 ? Double(scale) / Double(units) / 2 : nil
    }

    private static func h264Profile(_ number: Int, _ constraints: UInt32) -> String {
        switch number {
        case 66: constraints & 0x40 != 0 ? "Constrained Baseline" : "Baseline"
        case 77: "Main"
        case 88: "Extended"
        case 100: constraints & 0x0c == 0x0c ? "Constrained High" : "High"
        case 110: "High 10"
        case 122: "High 4:2:2"
        case 244: "High 4:4:4 Predictive"
        default: "profile \(number)"
        }
    }
}

// MARK: - H.265, 7.3.2.2 and annex E

extension PictureFormat {
    fileprivate init(h265 bytes: [UInt8]) throws(BitReader.Exhausted) {
        var reader = BitReader(escaped: bytes.dropFirst(2))
        try reader.skip(4)
        let layers = Int(try reader.bits(3))
        guard layers <= 6 else { throw BitReader.Exhausted() }
        try reader.skip(1)
        let profile = try Self.profileAndLevel(&reader, layers: layers)
        _ = try reader.number(atMost: 15)
        let chroma = try reader.number(atMost: 3)
        var isSeparate = false
        if chroma == 3 { isSeparate = try reader.flag() }
        var width = try reader.number(atMost: 16_384)
        var height = try reader.number(atMost: 16_384)
        if try reader.flag() {
            let array = isSeparate ? 0 : chroma
            let horizontal = array == 1 || array == 2 ? 2 : 1
            let vertical = array == 1 ? 2 : 1
            let left = try reader.number(atMost: 16_384)
            let right = try reader.number(atMost: 16_384)
            let top = try reader.number(atMost: 16_384)
            let bottom = try reader.number(atMost: 16_384)
            width -= (left + right) * horizontal
            height -= (top + bottom) * vertical
        }
        self.init(profile: profile, width: width, height: height)
        // The size is what matters: damage in the part that follows costs only the announced rate.
        self.framesPerSecond = try? Self.h265Rate(&reader, layers: layers)
    }

    private static func profileAndLevel(
        _ reader: inout BitReader,
        layers: Int
    ) throws(BitReader.Exhausted) -> String {
        try reader.skip(3)
        let profile = try reader.bits(5)
        try reader.skip(32 + 48 + 8)
        var present: [(profile: Bool, level: Bool)] = []
        for _ in 0..<layers { present.append((try reader.flag(), try reader.flag())) }
        if layers > 0 { try reader.skip((8 - layers) * 2) }
        for layer in present { try reader.skip((layer.profile ? 88 : 0) + (layer.level ? 8 : 0)) }
        switch profile {
        case 1: return "Main"
        case 2: return "Main 10"
        case 3: return "Main Still Picture"
        case 4: return "Range Extensions"
        default: return "profile \(profile)"
        }
    }

    private static func h265Rate(
        _ reader: inout BitReader,
        layers: Int
    ) throws(BitReader.Exhausted) -> Double? {
        _ = try reader.number(atMost: 8)
        _ = try reader.number(atMost: 8)
        let orderBits = try reader.number(atMost: 12) + 4
        let first = try reader.flag() ? 0 : layers
        for _ in first...layers { for _ in 0..<3 { _ = try reader.number() } }
        for _ in 0..<6 { _ = try reader.number() }
        if try reader.flag(), try reader.flag() { try Self.skipH265ScalingLists(&reader) }
        try reader.skip(2)
        if try reader.flag() {
            try reader.skip(8)
            _ = try reader.number()
            _ = try reader.number()
            try reader.skip(1)
        }
        try Self.skipReferenceSets(&reader)
        if try reader.flag() {
            for _ in 0..<(try reader.number(atMost: 32)) { try reader.skip(orderBits + 1) }
        }
        try reader.skip(2)
        guard try reader.flag() else { return nil }
        if try reader.flag(), try reader.bits(8) == 255 { try reader.skip(32) }
        if try reader.flag() { try reader.skip(1) }
        if try reader.flag() {
            try reader.skip(4)
            if try reader.flag() { try reader.skip(24) }
        }
        if try reader.flag() {
            _ = try reader.number()
            _ = try reader.number()
        }
        try reader.skip(3)
        if try reader.flag() { for _ in 0..<4 { _ = try reader.number() } }
        guard try reader.flag() else { return nil }
        let units = try reader.bits(32)
        let scale = try reader.bits(32)
        return units > 0 ? Double(scale) / Double(units) : nil
    }

    private static func skipH265ScalingLists(_ reader: inout BitReader) throws(BitReader.Exhausted) {
        for size in 0..<4 {
            for _ in stride(from: 0, to: 6, by: size == 3 ? 3 : 1) {
                guard try reader.flag() else {
                    _ = try reader.number()
                    continue
                }
                if size > 1 { _ = try reader.signedNumber() }
                for _ in 0..<min(64, 1 << (4 + size << 1)) { _ = try reader.signedNumber() }
            }
        }
    }

    /// H.265, 7.3.7.
    private static func skipReferenceSets(_ reader: inout BitReader) throws(BitReader.Exhausted) {
        var previous = 0
        for index in 0..<(try reader.number(atMost: 64)) {
            var isDerived = false
            if index > 0 { isDerived = try reader.flag() }
            if isDerived {
                try reader.skip(1)
                _ = try reader.number()
                var count = 0
                for _ in 0...previous {
                    var staysInSet = try reader.flag()
                    if !staysInSet { staysInSet = try reader.flag() }
                    if staysInSet { count += 1 }
                }
                previous = count
                continue
            }
            let negative = try reader.number(atMost: 16)
            let positive = try reader.number(atMost: 16)
            for _ in 0..<(negative + positive) {
                _ = try reader.number()
                try reader.skip(1)
            }
            previous = negative + positive
        }
    }
}
