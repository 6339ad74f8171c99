/// The checksum CRC-32C, by Castagnoli's polynomial (RFC 3720, 12.1): finds every error of up to 32 bits in a row.
public struct CRC32C: Sendable {
    private var state: UInt32 = ~0

    /// Of nothing yet.
    public init() {}

    /// The checksum of all bytes taken in so far.
    public var value: UInt32 { ~self.state }

    /// Takes in more bytes.
    public mutating func update(_ bytes: some Sequence<UInt8>) {
        let whole: Void? = bytes.withContiguousStorageIfAvailable { self.update(UnsafeRawBufferPointer($0)) }
        guard whole == nil else { return }
        for byte in bytes { self.step(byte, CRC32C.tables) }
    }

    /// The checksum of some bytes.
    public static func checksum(_ bytes: some Sequence<UInt8>) -> UInt32 {
        var checksum = CRC32C()
        checksum.update(bytes)
        return checksum.value
    }

    /// Eight bytes at a time, through one table for each place ("slicing by eight").
    private mutating func update(_ bytes: UnsafeRawBufferPointer) {
        let tables = CRC32C.tables
        var index = 0
        tables.withUnsafeBufferPointer { tables in
            var state = self.state
            while index + 8 <= bytes.count {
                let word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self))
                let low = UInt32(truncatingIfNeeded: word) ^ state
                let high = UInt32(truncatingIfNeeded: word >> 32)
                state =
                    tables[1_792 + Int(low & 255)] ^ tables[1_536 + Int(low >> 8 & 255)]
                    ^ tables[1_280 + Int(low >> 16 & 255)] ^ tables[1_024 + Int(low >> 24)]
                state ^=
                    tables[768 + Int(high & 255)] ^ tables[512 + Int(high >> 8 & 255)]
                    ^ tables[256 + Int(high >> 16 & 255)] ^ tables[Int(high >> 24)]
                index += 8
            }
            self.state = state
        }
        while index < bytes.count {
            self.step(bytes[index], tables)
            index += 1
        }
    }

    private mutating func step(_ byte: UInt8, _ tables: [UInt32]) {
        self.state = tables[Int((self.state ^ UInt32(byte)) & 255)] ^ (self.state >> 8)
    }

    /// Table n, at 256 × n, is the effect of a byte that n more bytes follow.
    private static let tables: [UInt32] = {
        let polynomial: UInt32 = 0x82F6_3B78
        var tables = [UInt32](repeating: 0, count: 8 * 256)
        for byte in 0..<256 {
            tables[byte] = (0..<8).reduce(UInt32(byte)) { value, _ in
                value & 1 == 1 ? value >> 1 ^ polynomial : value >> 1
            }
        }
        for index in 256..<tables.count {
            let before = tables[index - 256]
            tables[index] = tables[Int(before & 255)] ^ before >> 8
        }
        return tables
    }()
}
