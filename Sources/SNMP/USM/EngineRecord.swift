/// What is worth keeping of an agent's engine over a restart of ours, so that none needs to be discovered again:
/// no key, no password, no user.
public struct EngineRecord: Sendable, Hashable {
    /// Where the agent is.
    public let address: AgentAddress
    /// The engine's name.
    public let engine: EngineID
    /// snmpEngineBoots, 0 to 2^31 − 1.
    public let boots: UInt32
    /// snmpEngineTime in seconds, 0 to 2^31 − 1, as of `asOfMilliseconds`.
    public let time: UInt32
    /// When the time was that, in milliseconds since 1970 by our wall clock.
    public let asOfMilliseconds: Int64
}

/// The records of many engines as the bytes of a file.
///
/// `WSENGINE`, version 1 (4 bytes), the number of records (4), the records, the CRC-32C (RFC 3720 B.4) of all that
/// (4); numbers big-endian. A record is 40 bytes and the engine's name: flags (1, bit 0: IPv6), address (16), scope (4),
/// port (2), boots (4), time (4), as-of (8), length of the name (1), the name.
public enum EngineRecordFile {
    /// The most records that are read; more is damage.
    public static let mostRecords = 1_000_000

    private static let magic = Array("WSENGINE".utf8)
    private static let version: UInt32 = 1
    private static let fixedByteCount = 40

    /// Why a file cannot be used; polling starts without it and discovers anew.
    public enum Damage: Error, Sendable, Hashable, CustomStringConvertible {
        /// It is none of ours or cut short.
        case notARecordFile
        /// It is of another version.
        case version(UInt32)
        /// Its checksum is wrong.
        case checksum
        /// The record of that number, from 0, cannot be.
        case record(Int)

        /// The damage in words.
        public var description: String {
            switch self {
            case .notARecordFile: "no file of engine records, or cut short"
            case .version(let version): "engine records of version \(version), known is 1"
            case .checksum: "engine records with a wrong checksum"
            case .record(let index): "engine record \(index) cannot be"
            }
        }
    }

    /// The bytes of a file with these records, at most `mostRecords` of them.
    public static func bytes(of records: [EngineRecord]) -> [UInt8] {
        let kept = records.prefix(self.mostRecords)
        var bytes = self.magic
        bytes.reserveCapacity(20 + kept.count * (self.fixedByteCount + 17))
        bytes.append(self.version, 4)
        bytes.append(UInt32(kept.count), 4)
        for record in kept {
            bytes.append(record.address.isIPv6 ? 1 : 0)
            bytes.append(record.address.high, 8)
            bytes.append(record.address.low, 8)
            bytes.append(record.address.scope, 4)
            bytes.append(record.address.port, 2)
            bytes.append(record.boots, 4)
            bytes.append(record.time, 4)
            bytes.append(UInt64(bitPattern: record.asOfMilliseconds), 8)
            bytes.append(UInt8(record.engine.count))
            record.engine.append(to: &bytes)
        }
        bytes.append(Checksum.crc32c(bytes.span.bytes), 4)
        return bytes
    }

    /// The records of a file. Throws what is wrong with it; nothing of a damaged file is used.
    public static func records(in bytes: [UInt8]) throws(Damage) -> [EngineRecord] {
        let span = bytes.span.bytes
        guard bytes.count >= 20, bytes.starts(with: self.magic) else { throw .notARecordFile }
        let version = UInt32(self.number(span, at: 8, 4))
        guard version == self.version else { throw .version(version) }
        let end = bytes.count - 4
        let sum = UInt64(Checksum.crc32c(span.extracting(first: end)))
        guard self.number(span, at: end, 4) == sum else { throw .checksum }
        let count = Int(self.number(span, at: 12, 4))
        guard count <= self.mostRecords, count * self.fixedByteCount <= end else { throw .notARecordFile }
        var records: [EngineRecord] = []
        records.reserveCapacity(count)
        var position = 16
        for index in 0..<count {
            guard let (record, next) = self.record(span, at: position, end: end) else { throw .record(index) }
            records.append(record)
            position = next
        }
        guard position == end else { throw .notARecordFile }
        return records
    }

    private static func record(_ bytes: RawSpan, at start: Int, end: Int) -> (EngineRecord, next: Int)? {
        guard start + self.fixedByteCount <= end else { return nil }
        let isIPv6 = self.number(bytes, at: start, 1) & 1 != 0
        let high = self.number(bytes, at: start + 1, 8)
        let low = self.number(bytes, at: start + 9, 8)
        let boots = UInt32(self.number(bytes, at: start + 23, 4))
        let time = UInt32(self.number(bytes, at: start + 27, 4))
        let nameCount = Int(self.number(bytes, at: start + 39, 1))
        let nameStart = start + self.fixedByteCount
        guard isIPv6 || high == 0 && low <= UInt64(UInt32.max), boots <= UInt32(Int32.max),
            time <= UInt32(Int32.max), nameStart + nameCount <= end,
            let engine = EngineID((0..<nameCount).map { BERReader.byte(bytes, at: nameStart + $0) })
        else { return nil }
        let record = EngineRecord(
            address: AgentAddress(
                high: high,
                low: low,
                scope: UInt32(self.number(bytes, at: start + 17, 4)),
                isIPv6: isIPv6,
                port: UInt16(self.number(bytes, at: start + 21, 2))
            ),
            engine: engine,
            boots: boots,
            time: time,
            asOfMilliseconds: Int64(bitPattern: self.number(bytes, at: start + 31, 8))
        )
        return (record, nameStart + nameCount)
    }

    private static func number(_ bytes: RawSpan, at start: Int, _ count: Int) -> UInt64 {
        (0..<count).reduce(0) { $0 << 8 | UInt64(BERReader.byte(bytes, at: start + $1)) }
    }
}

extension [UInt8] {
    /// Appends a number, big-endian, in `count` bytes.
    mutating func append(_ number: some FixedWidthInteger & UnsignedInteger, _ count: Int) {
        for index in (0..<count).reversed() {
            self.append(UInt8(truncatingIfNeeded: UInt64(number) >> UInt64(8 * index)))
        }
    }
}

/// The sum that keeps a damaged file from being believed.
enum Checksum {
    private static let table: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(UInt32(index)) { value, _ in value & 1 == 0 ? value >> 1 : value >> 1 ^ 0x82F6_3B78 }
    }

    /// CRC-32C (RFC 3720 B.4).
    static func crc32c(_ bytes: RawSpan) -> UInt32 {
        var value = UInt32.max
        for offset in 0..<bytes.byteCount {
            value =
                self.table[Int(UInt8(truncatingIfNeeded: value) ^ BERReader.byte(bytes, at: offset))] ^ value
                >> 8
        }
        return ~value
    }
}
