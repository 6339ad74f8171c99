internal import Packing
internal import WaysideCore

/// How a batch lies in a segment: a header with a checksum of its own, then the payload.
///
/// | bytes | what |
/// |---|---|
/// | 4 | magic `WSB1` |
/// | 4 | length of the payload as it lies there |
/// | 8 | position |
/// | 8 | written at, milliseconds since 1970 |
/// | 4 | length of the payload unpacked; 0 when it is not packed |
/// | 4 | CRC-32C of the payload as it lies there |
/// | 4 | CRC-32C of the 32 bytes before |
///
/// Numbers are little-endian. The header has its own checksum so that a reader may skip by it, and so that
/// damage to a payload costs that batch only.
struct BatchFrame: Hashable {
    static let magic: [UInt8] = Array("WSB1".utf8)
    static let headerLength = 36
    /// No batch is longer, packed or not, in bytes.
    static let longestPayload = 256 << 20

    var position: JournalPosition
    var writtenAt: Timestamp
    var length: Int
    var unpackedLength: Int
    var checksum: UInt32

    /// Header and payload as one write.
    static func bytes(
        position: JournalPosition,
        writtenAt: Timestamp,
        payload: [UInt8],
        unpackedLength: Int = 0
    ) -> [UInt8] {
        var bytes = self.magic
        bytes.reserveCapacity(self.headerLength + payload.count)
        bytes.appendLittleEndian(UInt32(payload.count))
        bytes.appendLittleEndian(position.index)
        bytes.appendLittleEndian(UInt64(bitPattern: writtenAt.milliseconds))
        bytes.appendLittleEndian(UInt32(unpackedLength))
        bytes.appendLittleEndian(CRC32C.checksum(payload))
        bytes.appendLittleEndian(CRC32C.checksum(bytes))
        bytes += payload
        return bytes
    }

    /// Reads a header; `nil` when the bytes are not one.
    init?(_ bytes: ArraySlice<UInt8>) {
        guard bytes.count >= Self.headerLength, bytes.starts(with: Self.magic) else { return nil }
        let header = bytes.prefix(Self.headerLength)
        guard header.littleEndian32(at: 32) == CRC32C.checksum(header.prefix(32)) else { return nil }
        self.length = Int(header.littleEndian32(at: 4))
        self.position = JournalPosition(index: header.littleEndian64(at: 8))
        self.writtenAt = Timestamp(milliseconds: Int64(bitPattern: header.littleEndian64(at: 16)))
        self.unpackedLength = Int(header.littleEndian32(at: 24))
        self.checksum = header.littleEndian32(at: 28)
        guard self.length <= Self.longestPayload, self.unpackedLength <= Self.longestPayload else {
            return nil
        }
    }

    /// With the payload, in bytes.
    var totalLength: Int { Self.headerLength + self.length }

    /// Whether the payload is the one that was written.
    func holds(_ payload: some Collection<UInt8>) -> Bool {
        payload.count == self.length && CRC32C.checksum(payload) == self.checksum
    }
}

extension [UInt8] {
    mutating func appendLittleEndian(_ number: some FixedWidthInteger) {
        for shift in stride(from: 0, to: number.bitWidth, by: 8) {
            self.append(UInt8(truncatingIfNeeded: number >> shift))
        }
    }
}

extension ArraySlice<UInt8> {
    /// The number at that distance from the slice's beginning.
    func littleEndian32(at offset: Int) -> UInt32 {
        (0..<4).reduce(0) { $0 | UInt32(self[self.startIndex + offset + $1]) << (8 * $1) }
    }

    /// The number at that distance from the slice's beginning.
    func littleEndian64(at offset: Int) -> UInt64 {
        UInt64(self.littleEndian32(at: offset)) | UInt64(self.littleEndian32(at: offset + 4)) << 32
    }
}
