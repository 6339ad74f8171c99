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

/// What must hold of a rate, a share or a time that is shown or turned into a `Duration`.
func isSensible(_ number: Double?) -> Bool { number.map { $0.isFinite && $0 >= 0 && $0 < 1e15 } ?? true }
