/// Something of ours that reads bytes of anybody's making, and what must hold of whatever it makes of them. Used by the
/// tests that replay the fuzzer's corpus, and by the fuzzer, which makes the bytes up.
protocol UntrustedReading: SendableMetatype {
    /// Reads. May refuse, but not crash, run on, or grow beyond its bounds.
    init(_ bytes: [UInt8])

    /// The most that what was read may hold in memory, in bytes.
    static func mostBytesHeld(for count: Int) -> Int

    /// How much was understood; a corpus of which nothing is understood is no corpus.
    var understoodCount: Int { get }

    /// What does not hold; nil when all does.
    func brokenProperty() -> String?
}

extension UntrustedReading {
    static func mostBytesHeld(for count: Int) -> Int { 65_536 + 64 * count }
}

/// Takes an input apart into small decisions and the bytes that they are about.
struct InputCutter {
    private let bytes: [UInt8]
    private var place = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { self.place >= self.bytes.count }

    /// The next byte; zero behind the end.
    mutating func byte() -> UInt8 {
        guard !self.isAtEnd else { return 0 }
        defer { self.place += 1 }
        return self.bytes[self.place]
    }

    /// At most so many of the next bytes.
    mutating func bytes(_ count: Int) -> [UInt8] {
        let end = min(self.bytes.count, self.place + count)
        defer { self.place = end }
        return Array(self.bytes[self.place..<end])
    }

    /// All bytes that are left.
    mutating func rest() -> [UInt8] { self.bytes(self.bytes.count) }
}

extension [UInt8] {
    /// The bytes in pieces of so many, as a connection may bring them. At most 32 of them, from a place on that follows
    /// from the bytes, because every piece costs: what lies before and behind comes at once.
    func pieces(of size: Int) -> [ArraySlice<UInt8>] {
        let most = 32
        let sum = self.reduce(UInt64(14_695_981_039_346_656_037)) { ($0 ^ UInt64($1)) &* 1_099_511_628_211 }
        let spare = UInt64(Swift.max(0, self.count - most * size))
        let start = Int((sum ^ sum >> 32) % (spare + 1))
        let end = Swift.min(self.count, start + most * size)
        let cuts = [0] + stride(from: start, to: end, by: size) + [end, self.count]
        return zip(cuts, cuts.dropFirst()).filter { $0 < $1 }.map { self[$0..<$1] }
    }
}

/// What must hold of a rate, a share or a time that is shown or turned into a `Duration`.
func isSensible(_ number: Double?) -> Bool { number.map { $0.isFinite && $0 >= 0 && $0 < 1e15 } ?? true }
