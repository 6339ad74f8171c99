internal import CZlib

/// What a ZIP archive may hold at most.
public struct ZipLimits: Sendable, Equatable {
    /// Entries.
    public var entryLimit = 10_000
    /// Bytes of one entry, unpacked.
    public var entryByteLimit = 256 << 20
    /// Bytes of all entries together, unpacked, as their directory promises.
    public var totalByteLimit = 1 << 30

    /// The defaults.
    public init() {}
}

/// A ZIP archive in memory (APPNOTE 6.3), read only: entries that are stored or deflated, found by the central
/// directory. No encryption, no ZIP64, no parts on other disks: those are refused by name.
public struct ZipArchive: Sendable {
    /// One file inside.
    public struct Entry: Sendable, Equatable {
        /// The path inside the archive, as it is written there; to be used as a key, never as a path on disk.
        public let name: String
        /// Unpacked bytes, as the directory promises.
        public let byteCount: Int
        fileprivate let packedCount: Int
        fileprivate let checksum: UInt32
        fileprivate let isDeflated: Bool
        fileprivate let offset: Int
    }

    /// All entries, in the directory's order.
    public let entries: [Entry]
    private let bytes: [UInt8]
    private let limits: ZipLimits

    /// Reads the directory of an archive.
    public init(_ bytes: [UInt8], limits: ZipLimits = .init()) throws(PackingError) {
        self.bytes = bytes
        self.limits = limits
        self.entries = try ZipArchive.directory(LittleEndianBytes(bytes: bytes), limits)
    }

    /// The first entry of that name.
    public func entry(named name: String) -> Entry? { self.entries.first { $0.name == name } }

    /// The contents of the entry of that name, checked against its CRC-32.
    public func contents(of name: String) throws(PackingError) -> [UInt8] {
        guard let entry = self.entry(named: name) else { throw PackingError(.archive, .missing, name) }
        return try self.contents(of: entry)
    }

    /// An entry's contents, checked against its CRC-32.
    public func contents(of entry: Entry) throws(PackingError) -> [UInt8] {
        let reader = LittleEndianBytes(bytes: self.bytes)
        guard try reader.four(entry.offset) == 0x0403_4B50 else {
            throw PackingError(
                .archive,
                .malformed,
                "\(entry.name): no local header where the directory points"
            )
        }
        let start =
            entry.offset + 30 + Int(try reader.two(entry.offset + 26))
            + Int(try reader.two(entry.offset + 28))
        let packed = try reader.slice(start, count: entry.packedCount)
        let contents: [UInt8]
        if entry.isDeflated {
            contents = try Deflate().unpack(packed, limit: entry.byteCount)
        } else {
            contents = Array(packed)
        }
        guard contents.count == entry.byteCount, ZipArchive.crc32(contents) == entry.checksum else {
            throw PackingError(.archive, .checksum, entry.name)
        }
        return contents
    }

    private static func directory(
        _ reader: LittleEndianBytes,
        _ limits: ZipLimits
    ) throws(PackingError) -> [Entry] {
        let end = try self.endRecord(reader)
        let count = Int(try reader.two(end + 10))
        guard try reader.two(end + 4) == 0, Int(try reader.two(end + 8)) == count else {
            throw PackingError(.archive, .unsupported, "an archive in several parts")
        }
        var offset = Int(try reader.four(end + 16))
        guard count != 0xFFFF, offset != 0xFFFF_FFFF else {
            throw PackingError(.archive, .unsupported, "ZIP64")
        }
        guard count <= limits.entryLimit else {
            throw PackingError(.archive, .tooLarge, "\(count) entries; the limit is \(limits.entryLimit)")
        }
        var entries: [Entry] = []
        var total = 0
        for _ in 0..<count {
            let (entry, next) = try self.entry(reader, offset, limits)
            total += entry.byteCount
            guard total <= limits.totalByteLimit else {
                throw PackingError(.archive, .tooLarge, "more than \(limits.totalByteLimit) bytes in all")
            }
            entries.append(entry)
            offset = next
        }
        return entries
    }

    private static func entry(
        _ reader: LittleEndianBytes,
        _ offset: Int,
        _ limits: ZipLimits
    ) throws(PackingError) -> (Entry, next: Int) {
        guard try reader.four(offset) == 0x0201_4B50 else {
            throw PackingError(.archive, .malformed, "no directory entry at byte \(offset)")
        }
        let nameCount = Int(try reader.two(offset + 28))
        let name = String(decoding: try reader.slice(offset + 46, count: nameCount), as: UTF8.self)
        let (flags, method) = (try reader.two(offset + 8), try reader.two(offset + 10))
        let (packed, whole) = (try reader.four(offset + 20), try reader.four(offset + 24))
        let local = try reader.four(offset + 42)
        guard flags & 1 == 0 else { throw PackingError(.archive, .unsupported, "\(name): encrypted") }
        guard method == 0 || method == 8 else {
            throw PackingError(.archive, .unsupported, "\(name): compression method \(method)")
        }
        guard packed != .max, whole != .max, local != .max else {
            throw PackingError(.archive, .unsupported, "\(name): ZIP64")
        }
        guard Int(whole) <= limits.entryByteLimit else {
            throw PackingError(
                .archive,
                .tooLarge,
                "\(name): \(whole) bytes; the limit is \(limits.entryByteLimit)"
            )
        }
        let entry = Entry(
            name: name,
            byteCount: Int(whole),
            packedCount: Int(packed),
            checksum: try reader.four(offset + 16),
            isDeflated: method == 8,
            offset: Int(local)
        )
        let extras = Int(try reader.two(offset + 30)) + Int(try reader.two(offset + 32))
        return (entry, offset + 46 + nameCount + extras)
    }

    /// The record at the end, before a comment of at most 65,535 bytes whose length it tells.
    private static func endRecord(_ reader: LittleEndianBytes) throws(PackingError) -> Int {
        let last = reader.bytes.count - 22
        guard last >= 0 else {
            throw PackingError(.archive, .truncated, "shorter than the smallest ZIP archive")
        }
        for offset in stride(from: last, through: max(0, last - 65_535), by: -1) {
            guard try reader.four(offset) == 0x0605_4B50 else { continue }
            if offset + 22 + Int(try reader.two(offset + 20)) == reader.bytes.count { return offset }
        }
        throw PackingError(.archive, .malformed, "no ZIP archive, or its end is missing")
    }

    /// The checksum of ZIP, as zlib computes it.
    private static func crc32(_ bytes: [UInt8]) -> UInt32 {
        UInt32(truncatingIfNeeded: bytes.withUnsafeBufferPointer { crc32_z(0, $0.baseAddress, $0.count) })
    }
}

/// Reads numbers that may lie outside.
private struct LittleEndianBytes {
    let bytes: [UInt8]

    func two(_ offset: Int) throws(PackingError) -> UInt16 {
        let slice = try self.slice(offset, count: 2)
        return UInt16(slice[offset]) | UInt16(slice[offset + 1]) << 8
    }

    func four(_ offset: Int) throws(PackingError) -> UInt32 {
        UInt32(try self.two(offset)) | UInt32(try self.two(offset + 2)) << 16
    }

    func slice(_ offset: Int, count: Int) throws(PackingError) -> ArraySlice<UInt8> {
        guard offset >= 0, count >= 0, offset <= self.bytes.count - count else {
            throw PackingError(.archive, .truncated, "\(count) bytes at \(offset) of \(self.bytes.count)")
        }
        return self.bytes[offset..<(offset + count)]
    }
}
