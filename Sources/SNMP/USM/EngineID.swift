internal import Cryptography

/// The name of an SNMP engine (snmpEngineID, RFC 3411 §5): 5 to 32 bytes by the RFC, 1 to 32 as devices send it.
public struct EngineID: Sendable, Hashable {
    /// The most bytes a name may have.
    public static let longest = 32

    /// Four words, the bytes from the front of the first, zero behind the last: no allocation a name.
    private let words: (UInt64, UInt64, UInt64, UInt64)
    private let length: UInt8

    /// Takes the bytes; `nil` unless there are 1 to 32.
    public init?(_ bytes: [UInt8]) {
        let span = bytes.span.bytes
        self.init(BERReader(span), in: span)
    }

    /// Takes the content of an element; `nil` unless it has 1 to 32 bytes.
    init?(_ content: BERReader, in bytes: RawSpan) {
        guard (1...Self.longest).contains(content.rest) else { return nil }
        var words = InlineArray<4, UInt64>(repeating: 0)
        for index in 0..<content.rest {
            let byte = UInt64(BERReader.byte(bytes, at: content.position + index))
            words[index / 8] |= byte << UInt64(56 - index % 8 * 8)
        }
        self.words = (words[0], words[1], words[2], words[3])
        self.length = UInt8(content.rest)
    }

    /// How many bytes the name has.
    var count: Int { Int(self.length) }

    /// The bytes of the name.
    public var bytes: [UInt8] { (0..<self.count).map { self.byte($0) } }

    @inline(__always)
    private func byte(_ index: Int) -> UInt8 {
        let word =
            switch index / 8 {
            case 0: self.words.0
            case 1: self.words.1
            case 2: self.words.2
            default: self.words.3
            }
        return UInt8(truncatingIfNeeded: word >> UInt64(56 - index % 8 * 8))
    }

    /// Appends the bytes of the name.
    func append(to bytes: inout [UInt8]) {
        for index in 0..<self.count { bytes.append(self.byte(index)) }
    }

    /// Whether a content is exactly this name.
    func equals(_ content: BERReader, in bytes: RawSpan) -> Bool {
        guard content.rest == self.count else { return false }
        for index in 0..<self.count
        where BERReader.byte(bytes, at: content.position + index) != self.byte(index) {
            return false
        }
        return true
    }

    /// Whether the names are the same.
    public static func == (one: EngineID, other: EngineID) -> Bool {
        one.length == other.length && one.words == other.words
    }

    /// Feeds the name into a hasher.
    public func hash(into hasher: inout Swift.Hasher) {
        hasher.combine(self.words.0)
        hasher.combine(self.words.1)
        hasher.combine(self.words.2)
        hasher.combine(self.words.3)
        hasher.combine(self.length)
    }
}

extension EngineID: LosslessStringConvertible {
    /// Reads hexadecimal digits; `nil` unless they stand for 1 to 32 bytes.
    public init?(_ text: String) {
        guard let bytes = Hexadecimal.bytes(text) else { return nil }
        self.init(bytes)
    }

    /// The bytes as hexadecimal digits.
    public var description: String { Hexadecimal.string(self.bytes) }
}
