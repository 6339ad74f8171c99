internal import Packing
internal import WaysideCore

/// A reader's place in a segment. It passes over what is no batch, and says so.
final class SegmentCursor {
    private(set) var segment: JournalSegment
    /// Where the next batch is expected.
    private(set) var offset = JournalSegment.headerLength

    private let file: OpenFile
    private let report: (JournalFinding) -> Void
    private var last: JournalPosition?

    /// How much is searched at once for the next batch behind damage, in bytes.
    private static let windowLength = 1 << 20

    /// A place before the first batch.
    init(_ segment: JournalSegment, file: OpenFile, report: @escaping (JournalFinding) -> Void) {
        (self.segment, self.file, self.report) = (segment, file, report)
    }

    /// The header of the next batch.
    ///
    /// - Parameters:
    ///   - limit: A distance from the file's beginning; what lies behind does not count yet.
    ///   - isTailQuiet: Whether bytes before the limit that are no batch, and that none follows, are left
    ///     for later without a word, because somebody may be writing them just now.
    /// - Returns: `nil` when none is left before the limit.
    /// - Throws: When the file cannot be read.
    func next(limit: Int64, isTailQuiet: Bool = false) throws(SystemError) -> BatchFrame? {
        guard self.offset < limit else { return nil }
        if let frame = try self.frame(at: self.offset, limit: limit) { return frame }
        var start = self.offset + 1
        while start < limit {
            let count = Int(min(Int64(Self.windowLength), limit - start))
            let window = try self.file.read(at: start, count: count)
            for place in Self.places(of: BatchFrame.magic, in: window) {
                guard let frame = try self.frame(at: start + Int64(place), limit: limit) else { continue }
                self.reportDamage(until: start + Int64(place))
                self.offset = start + Int64(place)
                return frame
            }
            // The next window begins early enough to see a magic that this one's end cuts.
            guard start + Int64(window.count) < limit, window.count > BatchFrame.magic.count else { break }
            start += Int64(window.count - BatchFrame.magic.count + 1)
        }
        if !isTailQuiet {
            self.reportDamage(until: limit)
            self.offset = limit
        }
        return nil
    }

    /// The entries of the batch that `next` found, and moves behind it; `nil` when they cannot be read.
    func take(_ frame: BatchFrame) throws(SystemError) -> [JournalEntry]? {
        guard let payload = try self.payload(frame) else { return nil }
        defer { self.skip(frame) }
        guard let entries = BatchCoding.decode(payload, writtenAt: frame.writtenAt) else {
            self.report(.unreadable(segment: self.segment.name, position: frame.position.index))
            return nil
        }
        return entries
    }

    /// The file's length, in bytes.
    func length() throws(SystemError) -> Int64 { try self.file.length() }

    /// The unpacked payload of the batch that `next` found; `nil`, and then moved behind it, when it is
    /// damaged.
    func payload(_ frame: BatchFrame) throws(SystemError) -> [UInt8]? {
        let stored = try self.file.read(at: self.offset + Int64(BatchFrame.headerLength), count: frame.length)
        if frame.holds(stored) {
            if frame.unpackedLength == 0 { return stored }
            if let payload = Self.unpack(stored, to: frame.unpackedLength) { return payload }
        }
        self.reportDamage(until: self.offset + Int64(frame.totalLength))
        self.skip(frame)
        return nil
    }

    /// Moves behind the batch that `next` found.
    func skip(_ frame: BatchFrame) {
        self.offset += Int64(frame.totalLength)
        self.last = frame.position
    }

    private func frame(at offset: Int64, limit: Int64) throws(SystemError) -> BatchFrame? {
        guard offset + Int64(BatchFrame.headerLength) <= limit,
            let frame = BatchFrame(try self.file.read(at: offset, count: BatchFrame.headerLength)[...]),
            offset + Int64(frame.totalLength) <= limit, frame.position >= self.segment.first,
            self.last.map({ $0 < frame.position }) ?? true
        else { return nil }
        return frame
    }

    private func reportDamage(until end: Int64) {
        self.report(.damage(segment: self.segment.name, at: self.offset, bytes: end - self.offset))
    }

    private static func unpack(_ bytes: [UInt8], to length: Int) -> [UInt8]? {
        // What goes wrong here is damage, and is reported as such by the caller.
        guard let unpacked = try? Deflate().unpack(bytes, limit: length) else { return nil }
        return unpacked.count == length ? unpacked : nil
    }

    private static func places(of magic: [UInt8], in window: [UInt8]) -> [Int] {
        guard window.count >= magic.count else { return [] }
        return (0...window.count - magic.count).filter { place in
            window[place] == magic[0] && window[place..<place + magic.count].elementsEqual(magic)
        }
    }
}
