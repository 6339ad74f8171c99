/// Cuts an elementary stream with start codes (annex B of H.264 and H.265) into pictures, whatever packets it comes in: a
/// picture may lie in several packets of ISO/IEC 13818-1, and several may lie in one. Bounded; a machine.
struct ElementaryStream {
    /// One picture.
    struct Picture {
        var bytes: [UInt8]
        /// Of the packet in which it begins, in ticks of 90 kHz.
        var timestamp: UInt32
        var isDamaged: Bool
        /// When its last byte came.
        var arrivedAt: Instant
    }

    private let codec: VideoCodec
    private let byteLimit: Int
    /// The picture that is coming, and behind it what may belong to the next.
    private var bytes: [UInt8] = []
    /// Up to where it was searched for start codes.
    private var searched = 0
    private var hasUnit = false
    private var hasSlice = false
    /// Where the next picture begins if a first slice follows: parameter sets and the like stand before it.
    private var candidate: Int?
    private var isDamaged = false
    private var isOverlong = false
    /// Where in the bytes packets begin, and their times.
    private var times: [(place: Int, timestamp: UInt32)] = []
    private static let timeLimit = 256
    private var arrivedAt: Instant

    /// The limit is that of one picture, in bytes; a larger one is left out.
    init(codec: VideoCodec, byteLimit: Int, at now: Instant) {
        (self.codec, self.byteLimit, self.arrivedAt) = (codec, byteLimit, now)
    }

    /// Something of the picture under way is missing.
    mutating func noteLoss() { self.isDamaged = true }

    /// A packet begins, with the time of the first picture that begins in it, where it says so. Gives up, and hands on,
    /// what came before without a single unit: nothing goes on in it.
    mutating func beginPacket(timestamp: UInt32?, _ body: (Picture) -> Void) {
        if !self.bytes.isEmpty, !self.hasUnit, self.startCode(from: 0) == nil { self.finish(body) }
        guard let timestamp else { return }
        // Packets without content are remembered once, and of too many that hold no beginning the latest.
        if self.times.last?.place == self.bytes.count || self.times.count >= Self.timeLimit {
            self.times.removeLast()
        }
        self.times.append((self.bytes.count, timestamp))
    }

    /// Takes in what came and hands on the pictures that it ends.
    mutating func append(_ bytes: ArraySlice<UInt8>, at arrival: Instant, _ body: (Picture) -> Void) {
        self.bytes.append(contentsOf: bytes)
        // A start code, a header and the first byte of a slice.
        let tail = self.codec == .h264 ? 5 : 6
        while let place = self.startCode(from: self.searched), place + tail <= self.bytes.count {
            self.searched = place + 3
            self.hasUnit = true
            if let end = self.end(before: place) { self.cut(at: end, body) }
        }
        self.searched = max(self.searched, self.startCode(from: self.searched) ?? self.bytes.count - 2)
        self.arrivedAt = arrival
        if self.bytes.count > self.byteLimit + tail {
            // Its rest is passed over, but searched for the next one.
            let dropped = self.bytes.count - tail
            self.isOverlong = true
            self.drop(dropped)
        }
    }

    /// The stream is over: the last picture has no other end.
    mutating func finish(_ body: (Picture) -> Void) {
        if !self.bytes.isEmpty { self.cut(at: self.bytes.count, body) }
        (self.hasSlice, self.hasUnit, self.candidate) = (false, false, nil)
    }

    /// Where `00 00 01` stands at or behind a place.
    private func startCode(from start: Int) -> Int? {
        self.bytes.withUnsafeBytes { buffer in
            var place = start + 2
            while place < buffer.count {
                switch buffer[place] {
                case 0: place += 1
                case 1 where buffer[place - 1] == 0 && buffer[place - 2] == 0: return place - 2
                default: place += 3
                }
            }
            return nil
        }
    }

    /// Where the picture under way ends, when the unit at that place begins another (H.264, 7.4.1.2.3; H.265, 7.4.2.4.4).
    private mutating func end(before place: Int) -> Int? {
        let header = self.bytes[place + 3]
        let type = self.codec == .h264 ? header & 0x1f : header >> 1 & 0x3f
        switch NALUnitType(header: header, codec: self.codec).role {
        case .keySlice, .slice:
            defer { (self.hasSlice, self.candidate) = (true, nil) }
            // The first slice of a picture says so by its first bit, in both codecs.
            let isFirst = self.bytes[place + (self.codec == .h264 ? 4 : 5)] & 0x80 != 0
            return isFirst && self.hasSlice ? self.candidate ?? place : nil
        case .sequenceParameters, .pictureParameters, .videoParameters:
            if self.hasSlice { self.candidate = self.candidate ?? place }
        case .other:
            // A delimiter says it by itself; supplements stand before the slices.
            let (delimiter, supplement): (UInt8, UInt8) = self.codec == .h264 ? (9, 6) : (35, 39)
            guard self.hasSlice else { return nil }
            if type == delimiter {
                defer { (self.hasSlice, self.candidate) = (false, nil) }
                return self.candidate ?? place
            }
            if type == supplement { self.candidate = self.candidate ?? place }
        }
        return nil
    }

    private mutating func cut(at end: Int, _ body: (Picture) -> Void) {
        if !self.isOverlong, end <= self.byteLimit {
            body(
                Picture(
                    bytes: Array(self.bytes[..<end]),
                    timestamp: self.times.first?.timestamp ?? 0,
                    isDamaged: self.isDamaged,
                    arrivedAt: self.arrivedAt
                )
            )
        }
        self.drop(end)
        (self.isDamaged, self.isOverlong) = (false, false)
    }

    private mutating func drop(_ count: Int) {
        self.bytes.removeFirst(count)
        self.searched = max(0, self.searched - count)
        self.candidate = self.candidate.map { max(0, $0 - count) }
        self.times = self.times.map { (max(0, $0.place - count), $0.timestamp) }
        // Of the packets that begin before the next picture, the last one is its own.
        while self.times.count > 1, self.times[1].place == 0 { self.times.removeFirst() }
    }
}
