internal import Packing
internal import WaysideCore

/// One file of the journal: a header, then batches in the order of their positions.
///
/// It is written as `POSITION.journal` and, once sealed, packed into `POSITION.packed`; where both are, the
/// packed one is whole and the other is about to go.
struct JournalSegment: Hashable {
    static let rawEnding = ".journal"
    static let packedEnding = ".packed"
    static let unfinishedEnding = ".new"
    static let headerLength: Int64 = 32
    private static let magic: [UInt8] = Array("WSJOURN".utf8) + [0]
    private static let version: UInt32 = 1

    /// No batch in it has a smaller one.
    var first: JournalPosition
    /// When its first batch was written.
    var startedAt: Timestamp
    /// Whether it was packed.
    var isPacked: Bool
    /// What lies behind was never promised to anybody; `nil` when the whole file counts.
    var goodLength: Int64?

    /// The file's name.
    var name: String { self.stem + (self.isPacked ? Self.packedEnding : Self.rawEnding) }

    /// Twenty digits, so that names sort as positions do.
    var stem: String {
        let digits = String(self.first.index)
        return String(repeating: "0", count: 20 - digits.count) + digits
    }

    /// The header's bytes.
    var header: [UInt8] {
        var bytes = Self.magic
        bytes.appendLittleEndian(Self.version)
        bytes.appendLittleEndian(self.first.index)
        bytes.appendLittleEndian(UInt64(bitPattern: self.startedAt.milliseconds))
        bytes.appendLittleEndian(CRC32C.checksum(bytes))
        return bytes
    }

    /// The instant in a header; `nil` when the bytes are not one of this version.
    static func startedAt(header bytes: [UInt8]) -> Timestamp? {
        let slice = bytes[...]
        guard bytes.count >= Int(self.headerLength), bytes.starts(with: self.magic),
            slice.littleEndian32(at: 28) == CRC32C.checksum(bytes.prefix(28)),
            slice.littleEndian32(at: 8) == self.version
        else { return nil }
        return Timestamp(milliseconds: Int64(bitPattern: slice.littleEndian64(at: 20)))
    }

    /// The position in a segment's file name; `nil` for other files.
    static func first(name: String) -> (position: JournalPosition, isPacked: Bool)? {
        for (ending, isPacked) in [(self.rawEnding, false), (self.packedEnding, true)]
        where name.hasSuffix(ending) {
            let stem = name.dropLast(ending.count)
            guard stem.utf8.count == 20, let index = UInt64(stem) else { return nil }
            return (JournalPosition(index: index), isPacked)
        }
        return nil
    }

    /// The segments in the folder, by position. A raw one whose packed one is there is left out.
    ///
    /// A damaged header costs nothing: the position is in the name, and the instant is then its first
    /// batch's.
    static func all(in folder: String) throws(SystemError) -> [JournalSegment] {
        var found: [JournalPosition: Bool] = [:]
        for name in try StoreFolder.names(in: folder) {
            guard let (position, isPacked) = self.first(name: name) else { continue }
            found[position] = found[position] ?? false || isPacked
        }
        var segments: [JournalSegment] = []
        for (position, isPacked) in found.sorted(by: { $0.key < $1.key }) {
            var segment = JournalSegment(first: position, startedAt: .distantPast, isPacked: isPacked)
            do {
                let file = try OpenFile("\(folder)/\(segment.name)", for: .reading)
                if let instant = self.startedAt(header: try file.read(at: 0, count: Int(self.headerLength))) {
                    segment.startedAt = instant
                } else {
                    let cursor = SegmentCursor(segment, file: file) { _ in }
                    segment.startedAt = try cursor.next(limit: try file.length())?.writtenAt ?? .distantPast
                }
            } catch  where error.isAbsent {
                // Packed between our listing and our opening it, while the service runs: it now has the other
                // name.
                guard !isPacked else { continue }
                segment.isPacked = true
                let file = try OpenFile("\(folder)/\(segment.name)", for: .reading)
                let header = try file.read(at: 0, count: Int(self.headerLength))
                segment.startedAt = self.startedAt(header: header) ?? .distantPast
            }
            segments.append(segment)
        }
        return segments
    }
}
