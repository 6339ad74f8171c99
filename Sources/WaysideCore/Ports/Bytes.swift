/// Writes numbers and strings as compact bytes: LEB128 for numbers, signed ones in zigzag form.
public struct ByteWriter: Sendable {
    /// What was written.
    public private(set) var bytes: [UInt8] = []

    /// An empty writer.
    public init() {}

    /// One byte as it is.
    public mutating func write(_ byte: UInt8) { self.bytes.append(byte) }
    /// One byte, 0 or 1.
    public mutating func write(_ flag: Bool) { self.bytes.append(flag ? 1 : 0) }

    /// One to ten bytes, fewer for smaller numbers.
    public mutating func write(_ number: UInt64) {
        var rest = number
        while rest >= 0x80 {
            self.bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        self.bytes.append(UInt8(rest))
    }

    /// One to ten bytes, fewer for numbers near 0 on either side.
    public mutating func write(_ number: Int64) {
        self.write(UInt64(bitPattern: (number << 1) ^ (number >> 63)))
    }

    /// A flag, and the instant when there is one.
    public mutating func write(_ instant: Timestamp?) {
        self.write(instant != nil)
        if let instant { self.write(instant.milliseconds) }
    }

    /// The length in bytes, then UTF-8.
    public mutating func write(_ text: String) {
        let utf8 = Array(text.utf8)
        self.write(UInt64(utf8.count))
        self.bytes += utf8
    }

    /// The bytes as they are.
    public mutating func write(contentsOf bytes: some Sequence<UInt8>) { self.bytes += bytes }
}

/// Reads what `ByteWriter` wrote; every reading answers `nil` where the bytes end or are not such.
public struct ByteReader: Sendable {
    private let bytes: ArraySlice<UInt8>
    private var index: Int

    /// A reader at the beginning of the bytes.
    public init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        self.index = bytes.startIndex
    }

    /// A reader at the beginning of the bytes.
    public init(_ bytes: [UInt8]) { self.init(bytes[...]) }

    /// Whether everything was read.
    public var isAtEnd: Bool { self.index == self.bytes.endIndex }
    /// How many bytes are left.
    public var remaining: Int { self.bytes.endIndex - self.index }

    /// One byte.
    public mutating func byte() -> UInt8? {
        guard self.index < self.bytes.endIndex else { return nil }
        defer { self.index += 1 }
        return self.bytes[self.index]
    }

    /// One byte that is 0 or 1.
    public mutating func flag() -> Bool? {
        guard let byte = self.byte(), byte <= 1 else { return nil }
        return byte == 1
    }

    /// A number of 64 bits without sign.
    public mutating func unsigned() -> UInt64? {
        var (value, shift): (UInt64, UInt64) = (0, 0)
        while let byte = self.byte() {
            guard shift < 64, shift < 63 || byte <= 1 else { return nil }
            value |= UInt64(byte & 0x7F) << shift
            if byte & 0x80 == 0 { return value }
            shift += 7
        }
        return nil
    }

    /// A number of 64 bits with sign.
    public mutating func integer() -> Int64? {
        self.unsigned().map { Int64(bitPattern: $0 >> 1) ^ -Int64(bitPattern: $0 & 1) }
    }

    /// An instant or its absence; the outer optional tells of bytes that are not such.
    public mutating func optionalTimestamp() -> Timestamp?? {
        guard let isPresent = self.flag() else { return nil }
        guard isPresent else { return .some(nil) }
        return self.integer().map { .some(Timestamp(milliseconds: $0)) }
    }

    /// A string.
    public mutating func text() -> String? {
        guard let length = self.unsigned(), let bytes = self.take(length) else { return nil }
        return String(validating: bytes, as: UTF8.self)
    }

    /// So many bytes.
    public mutating func take(_ count: UInt64) -> ArraySlice<UInt8>? {
        guard count <= UInt64(self.remaining) else { return nil }
        defer { self.index += Int(count) }
        return self.bytes[self.index..<self.index + Int(count)]
    }
}
