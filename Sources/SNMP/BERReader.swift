/// The place of a reader in the bytes of a datagram (BER, ITU-T X.690, as RFC 3417 §8 narrows it).
///
/// Holds positions only; the bytes are an argument, so the reader can be kept and copied while the span it
/// walks over cannot escape. Every read is checked against `end`, and `end` never lies outside the span
/// it was made for, so no content of a datagram can make it read elsewhere.
///
/// Generous where the field is (long forms of short lengths, padded integers), strict where a wrong reading
/// could follow.
struct BERReader: Equatable {
    private(set) var position: Int
    let end: Int

    init(_ bytes: RawSpan) {
        self.position = 0
        self.end = bytes.byteCount
    }

    /// The content of an element that is not there.
    static let nowhere = BERReader(position: 0, end: 0)

    private init(position: Int, end: Int) {
        self.position = position
        self.end = end
    }

    var isAtEnd: Bool { self.position == self.end }
    var rest: Int { self.end - self.position }

    /// One byte, by the span's own bounds check on top of ours.
    @inline(__always)
    static func byte(_ bytes: RawSpan, at offset: Int) -> UInt8 {
        bytes.unsafeLoad(fromByteOffset: offset, as: UInt8.self)
    }

    @inline(__always)
    mutating func next(in bytes: RawSpan) throws(BERFault) -> UInt8 {
        guard self.position < self.end else { throw .truncated }
        defer { self.position += 1 }
        return Self.byte(bytes, at: self.position)
    }

    /// Reads a tag and a length that may promise more than there is.
    private mutating func promise(in bytes: RawSpan) throws(BERFault) -> (tag: UInt8, length: Int) {
        let tag = try self.next(in: bytes)
        guard tag & 0x1F != 0x1F else { throw .longTag }
        let first = try self.next(in: bytes)
        guard first & 0x80 != 0 else { return (tag, Int(first)) }
        let count = Int(first & 0x7F)
        guard (1...4).contains(count) else { throw .badLength }
        var length = 0
        for _ in 0..<count { length = length << 8 | Int(try self.next(in: bytes)) }
        return (tag, length)
    }

    /// Reads an element's tag and steps over it; the reader returned walks its content.
    mutating func element(in bytes: RawSpan) throws(BERFault) -> (tag: UInt8, content: BERReader) {
        let (tag, length) = try self.promise(in: bytes)
        guard length <= self.rest else { throw .truncated }
        let content = BERReader(position: self.position, end: self.position + length)
        self.position += length
        return (tag, content)
    }

    /// Reads an element that must carry `tag`.
    mutating func element(_ tag: UInt8, in bytes: RawSpan) throws(BERFault) -> BERReader {
        let (found, content) = try self.element(in: bytes)
        guard found == tag else { throw .unexpectedTag(found: found, wanted: tag) }
        return content
    }

    /// Enters an element that may be cut short by the end of the datagram, and says whether it is.
    mutating func clampedElement(
        in bytes: RawSpan
    ) throws(BERFault) -> (tag: UInt8, content: BERReader, isCut: Bool) {
        let (tag, length) = try self.promise(in: bytes)
        let kept = min(length, self.rest)
        let content = BERReader(position: self.position, end: self.position + kept)
        self.position += kept
        return (tag, content, kept < length)
    }

    /// Reads a whole INTEGER element.
    mutating func integer(in bytes: RawSpan) throws(BERFault) -> Int64 {
        let content = try self.element(BERTag.integer, in: bytes)
        guard let value = content.signedContent(in: bytes) else { throw .badInteger }
        return value
    }

    /// Reads a whole OBJECT IDENTIFIER element.
    mutating func name(in bytes: RawSpan) throws(BERFault) -> OID {
        let content = try self.element(BERTag.oid, in: bytes)
        guard let name = content.nameContent(in: bytes) else { throw .badName }
        return name
    }

    /// This content as two's complement; `nil` unless it has 1 to 8 bytes.
    func signedContent(in bytes: RawSpan) -> Int64? {
        guard (1...8).contains(self.rest) else { return nil }
        var value: Int64 = Self.byte(bytes, at: self.position) & 0x80 == 0 ? 0 : -1
        for offset in self.position..<self.end {
            value = value << 8 | Int64(Self.byte(bytes, at: offset))
        }
        return value
    }

    /// This content as an unsigned number of at most `width` bytes; `nil` where that is in doubt.
    ///
    /// Many agents leave out the leading zero, so that a large counter looks negative. With all `width` bytes
    /// there, only one reading is left; with fewer, −1 and 255 cannot be told apart, and nothing is read.
    func unsignedContent(width: Int, in bytes: RawSpan) -> UInt64? {
        guard self.rest > 0 else { return nil }
        let first = Self.byte(bytes, at: self.position)
        switch self.rest {
        case ..<width: guard first & 0x80 == 0 else { return nil }
        case width: break
        case width + 1: guard first == 0 else { return nil }
        default: return nil
        }
        var value: UInt64 = 0
        for offset in self.position..<self.end {
            value = value << 8 | UInt64(Self.byte(bytes, at: offset))
        }
        return value
    }

    /// This content as an object name; `nil` when empty, unfinished, too long or above 32 bits.
    func nameContent(in bytes: RawSpan) -> OID? {
        guard self.rest > 0, Self.byte(bytes, at: self.end - 1) & 0x80 == 0 else { return nil }
        var subidentifiers: [UInt32] = []
        subidentifiers.reserveCapacity(min(self.rest + 1, OID.longest))
        var value: UInt64 = 0
        for offset in self.position..<self.end {
            let byte = Self.byte(bytes, at: offset)
            value = value << 7 | UInt64(byte & 0x7F)
            guard value <= UInt64(UInt32.max) + 80 else { return nil }
            guard byte & 0x80 == 0 else { continue }
            if subidentifiers.isEmpty {
                // The first two share a number: 40 × first + second (X.690 §8.19.4).
                let first = min(value / 40, 2)
                subidentifiers.append(UInt32(first))
                value -= first * 40
            }
            guard let subidentifier = UInt32(exactly: value), subidentifiers.count < OID.longest else {
                return nil
            }
            subidentifiers.append(subidentifier)
            value = 0
        }
        return OID(decoded: subidentifiers)
    }

    /// Says whether this content is an object name, by the rules of `nameContent`, without making one.
    func isName(in bytes: RawSpan) -> Bool {
        guard self.rest > 0, Self.byte(bytes, at: self.end - 1) & 0x80 == 0 else { return false }
        // The first number stands for two sub-identifiers.
        var count = 1
        var value: UInt64 = 0
        for offset in self.position..<self.end {
            let byte = Self.byte(bytes, at: offset)
            value = value << 7 | UInt64(byte & 0x7F)
            guard value <= UInt64(UInt32.max) + (count == 1 ? 80 : 0) else { return false }
            guard byte & 0x80 == 0 else { continue }
            count += 1
            value = 0
        }
        return count <= OID.longest
    }

    /// This content as raw bytes.
    func octets(in bytes: RawSpan) -> [UInt8] {
        var octets: [UInt8] = []
        octets.reserveCapacity(self.rest)
        for offset in self.position..<self.end { octets.append(Self.byte(bytes, at: offset)) }
        return octets
    }

    /// Says whether this content is exactly those bytes.
    func equals(_ other: [UInt8], in bytes: RawSpan) -> Bool {
        guard self.rest == other.count else { return false }
        for (index, byte) in other.enumerated()
        where Self.byte(bytes, at: self.position + index) != byte {
            return false
        }
        return true
    }
}

/// The tags that SNMP uses (RFC 3416 §3, RFC 2578 §2).
enum BERTag {
    static let integer: UInt8 = 0x02
    static let octets: UInt8 = 0x04
    static let null: UInt8 = 0x05
    static let oid: UInt8 = 0x06
    static let sequence: UInt8 = 0x30
    static let ipAddress: UInt8 = 0x40
    static let counter32: UInt8 = 0x41
    static let gauge32: UInt8 = 0x42
    static let timeTicks: UInt8 = 0x43
    static let opaque: UInt8 = 0x44
    static let counter64: UInt8 = 0x46
    static let unsigned32: UInt8 = 0x47
    static let noSuchObject: UInt8 = 0x80
    static let noSuchInstance: UInt8 = 0x81
    static let endOfMibView: UInt8 = 0x82
}
