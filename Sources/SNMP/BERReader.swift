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

    /// A content that another reader has found.
    @inline(__always)
    init(position: Int, end: Int) {
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
        let shift = UInt64(64 - 8 * self.rest)
        return Int64(bitPattern: self.lastBits(in: bytes) << shift) >> Int64(shift)
    }

    /// The last 8 bytes of this content, or as many as it has, as a number; at least 1.
    @inline(__always)
    private func lastBits(in bytes: RawSpan) -> UInt64 {
        let count = min(self.rest, 8)
        if self.end >= 8 {
            // One look at what ends here, where nearly always more than eight bytes do.
            let word = UInt64(
                bigEndian: bytes.unsafeLoadUnaligned(fromByteOffset: self.end - 8, as: UInt64.self)
            )
            return word & (.max >> UInt64(64 - 8 * count))
        }
        var value: UInt64 = 0
        for offset in self.end - count..<self.end {
            value = value << 8 | UInt64(Self.byte(bytes, at: offset))
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
        return self.lastBits(in: bytes)
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
        // Nearly every name is short and made of numbers below 128: eight bytes at a look.
        if self.rest < OID.longest, self.hasNoHighBit(in: bytes) { return true }
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

    private func hasNoHighBit(in bytes: RawSpan) -> Bool {
        var offset = self.position
        var bits: UInt64 = 0
        if self.rest >= 8 {
            while offset + 8 < self.end {
                bits |= bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self)
                offset += 8
            }
            // The last look goes back over what has been seen.
            bits |= bytes.unsafeLoadUnaligned(fromByteOffset: self.end - 8, as: UInt64.self)
        } else {
            while offset < self.end {
                bits |= UInt64(Self.byte(bytes, at: offset))
                offset += 1
            }
        }
        return bits & 0x8080_8080_8080_8080 == 0
    }

    /// Steps over a binding as nearly all are: a SEQUENCE of a name whose numbers are below 128 and of one more element,
    /// all three shorter than 128 bytes. `nil`, and no step, for any other: that is read element by element, and whatever
    /// is wrong with it is found there.
    @inline(__always)
    mutating func shortBinding(in bytes: RawSpan) -> (name: BERReader, tag: UInt8, content: BERReader)? {
        let start = self.position
        guard start + 7 <= self.end else { return nil }
        // Tag and length of the sequence, tag and length of the name.
        let head = UInt32(littleEndian: bytes.unsafeLoadUnaligned(fromByteOffset: start, as: UInt32.self))
        guard head & 0x80FF_80FF == UInt32(BERTag.oid) << 16 | UInt32(BERTag.sequence) else { return nil }
        let end = start + 2 + Int(head >> 8 & 0x7F)
        let nameEnd = start + 4 + Int(head >> 24)
        let name = BERReader(position: start + 4, end: nameEnd)
        guard end <= self.end, !name.isAtEnd, nameEnd + 2 <= end, name.hasNoHighBit(in: bytes) else {
            return nil
        }
        let (tag, length) = (Self.byte(bytes, at: nameEnd), Self.byte(bytes, at: nameEnd + 1))
        guard tag & 0x1F != 0x1F, nameEnd + 2 + Int(length) == end else { return nil }
        self.position = end
        return (name, tag, BERReader(position: nameEnd + 2, end: end))
    }

    /// Says whether this content is what lies at `start` in other bytes.
    func equals(_ other: RawSpan, from start: Int, in bytes: RawSpan) -> Bool {
        guard start >= 0, start + self.rest <= other.byteCount else { return false }
        var (own, place) = (self.position, start)
        while own + 8 <= self.end {
            let one = bytes.unsafeLoadUnaligned(fromByteOffset: own, as: UInt64.self)
            guard one == other.unsafeLoadUnaligned(fromByteOffset: place, as: UInt64.self) else {
                return false
            }
            (own, place) = (own + 8, place + 8)
        }
        while own < self.end {
            guard Self.byte(bytes, at: own) == Self.byte(other, at: place) else { return false }
            (own, place) = (own + 1, place + 1)
        }
        return true
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
