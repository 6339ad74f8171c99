@testable import SNMP

/// Something of ours that reads a datagram of anybody's making, and what must hold of whatever it makes of it. Used by
/// the tests that replay the fuzzer's corpus, and by the fuzzer, which makes the datagrams up.
protocol UntrustedMessage: SendableMetatype {
    /// Reads. May refuse, but not crash, run on, or grow beyond its bounds.
    init(_ bytes: [UInt8])

    /// The most that what was read may hold in memory, in bytes.
    static func mostBytesHeld(for count: Int) -> Int

    /// Whether it was understood; a corpus of which nothing is understood is no corpus.
    var isUnderstood: Bool { get }

    /// What does not hold; nil when all does.
    func brokenProperty() -> String?
}

/// A message of v1 or v2c, as the engine reads it.
struct ResponseReading: UntrustedMessage {
    private let message: ReadMessage?

    var isUnderstood: Bool { self.message != nil }

    init(_ bytes: [UInt8]) { self.message = try? ReadMessage(bytes.span.bytes) }

    static func mostBytesHeld(for count: Int) -> Int { ReadMessage.mostBytesHeld(for: count) }

    func brokenProperty() -> String? { self.message?.brokenProperty() }
}

extension BERReader {
    /// Whether all of it lies in another's content, behind a place in it.
    func isWithin(_ other: BERReader, from place: Int) -> Bool {
        self.position >= place && self.position <= self.end && self.end <= other.end
            && place >= other.position
    }
}

extension [UInt8] {
    /// A number below `limit` that follows from these bytes alone: an input that broke something does so every time.
    func choice(below limit: Int) -> Int {
        let sum = self.reduce(UInt64(14_695_981_039_346_656_037)) { ($0 ^ UInt64($1)) &* 1_099_511_628_211 }
        return Int((sum ^ sum >> 32) % UInt64(Swift.max(limit, 1)))
    }
}
