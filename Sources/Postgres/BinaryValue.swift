/// Values as PostgreSQL writes them in its binary format: most significant byte first (manual, 34.3 and 38.13).
enum BinaryValue {
    /// From 1970-01-01 to 2000-01-01, where PostgreSQL's instants begin, in milliseconds.
    private static let epochMilliseconds: Int64 = 946_684_800_000

    /// A `bigint`, `integer` or `smallint`, by its length; `nil` for any other length.
    static func integer(_ bytes: UnsafeBufferPointer<UInt8>) -> Int64? {
        let raw = UnsafeRawBufferPointer(bytes)
        return switch bytes.count {
        case 8: Int64(bigEndian: raw.loadUnaligned(as: Int64.self))
        case 4: Int64(Int32(bigEndian: raw.loadUnaligned(as: Int32.self)))
        case 2: Int64(Int16(bigEndian: raw.loadUnaligned(as: Int16.self)))
        default: nil
        }
    }

    /// A `boolean`: one byte, 0 or 1.
    static func bool(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool? {
        guard bytes.count == 1, bytes[0] <= 1 else { return nil }
        return bytes[0] == 1
    }

    /// A `timestamptz`, which is microseconds since 2000-01-01T00:00:00Z, as milliseconds since 1970; cut towards the
    /// past. `nil` for the infinities.
    static func milliseconds(_ bytes: UnsafeBufferPointer<UInt8>) -> Int64? {
        guard bytes.count == 8, let microseconds = self.integer(bytes), microseconds != .max,
            microseconds != .min
        else { return nil }
        let (quotient, remainder) = microseconds.quotientAndRemainder(dividingBy: 1_000)
        return self.epochMilliseconds + (remainder < 0 ? quotient - 1 : quotient)
    }
}
