internal import Cryptography

/// The name of an SNMP engine (snmpEngineID, RFC 3411 §5): 5 to 32 bytes by the RFC, 1 to 32 as devices send it.
public struct EngineID: Sendable, Hashable {
    /// The most bytes a name may have.
    public static let longest = 32

    /// The bytes, zero behind the last: no allocation a name, and no place that an alignment would leave empty.
    private let content: InlineArray<32, UInt8>
    private let length: UInt8

    /// Takes the bytes; `nil` unless there are 1 to 32.
    public init?(_ bytes: [UInt8]) {
        let span = bytes.span.bytes
        self.init(BERReader(span), in: span)
    }

    /// Takes the content of an element; `nil` unless it has 1 to 32 bytes.
    init?(_ content: BERReader, in bytes: RawSpan) {
        guard (1...Self.longest).contains(content.rest) else { return nil }
        var own = InlineArray<32, UInt8>(repeating: 0)
        for index in 0..<content.rest { own[index] = BERReader.byte(bytes, at: content.position + index) }
        self.content = own
        self.length = UInt8(content.rest)
    }

    /// How many bytes the name has.
    var count: Int { Int(self.length) }

    /// The bytes of the name.
    public var bytes: [UInt8] { (0..<self.count).map { self.byte($0) } }

    @inline(__always)
    private func byte(_ index: Int) -> UInt8 { self.content[index] }

    /// Appends the bytes of the name.
    func append(to bytes: inout [UInt8]) {
        for index in 0..<self.count { bytes.append(self.byte(index)) }
    }

    /// Writes the bytes of the name over those from `place` on.
    func write(into bytes: inout MutableSpan<UInt8>, at place: Int) {
        for index in 0..<self.count { bytes[place + index] = self.byte(index) }
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
        guard one.length == other.length else { return false }
        for index in 0..<one.count where one.byte(index) != other.byte(index) { return false }
        return true
    }

    /// Feeds the name into a hasher.
    public func hash(into hasher: inout Swift.Hasher) {
        hasher.combine(self.length)
        for index in 0..<self.count { hasher.combine(self.byte(index)) }
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
