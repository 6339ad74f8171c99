internal import WaysideCore

/// What is done once, before anybody reads or writes: the lock, what a crash left behind, the place to go on.
struct JournalOpening {
    let folder: String
    let lock: JournalLock
    let catalog: DeviceCatalog
    private(set) var segments: [JournalSegment] = []
    /// The segment to go on with; `nil` when a new one is to be begun.
    private(set) var file: OpenFile?
    private(set) var length: Int64 = 0
    private(set) var end: JournalPosition
    private(set) var lastWrittenAt = Timestamp.distantPast

    /// Opens the folder, which is made when it is absent. No batch will get a position at or before `taken`.
    init(
        folder: String,
        after taken: JournalPosition?,
        report: (JournalFinding) -> Void
    ) throws(JournalError) {
        do {
            try StoreFolder.make(folder)
        } catch {
            throw JournalError(.open, error)
        }
        self.folder = folder
        self.lock = try JournalLock(folder: folder)
        self.end = taken?.next ?? .beginning
        do {
            self.catalog = try DeviceCatalog(folder: folder, report: report)
            try Self.clean(folder)
            self.segments = try JournalSegment.all(in: folder)
            while let last = self.segments.last {
                if try self.takeUp(last, report: report) { break }
                self.segments.removeLast()
            }
            try StoreFolder.sync(folder)
        } catch {
            throw JournalError(.open, error)
        }
    }

    /// Removes what a crash between two steps of packing left: unfinished files, and raw segments that were
    /// packed.
    private static func clean(_ folder: String) throws(SystemError) {
        let names = try StoreFolder.names(in: folder)
        for name in names {
            let isUnfinished = name.hasSuffix(JournalSegment.packedEnding + JournalSegment.unfinishedEnding)
            let stem = name.dropLast(JournalSegment.rawEnding.count)
            let isPacked =
                JournalSegment.first(name: name)?.isPacked == false
                && names.contains(stem + JournalSegment.packedEnding)
            if isUnfinished || isPacked { try StoreFolder.remove("\(folder)/\(name)") }
        }
    }

    /// Reads the last segment through and takes its end as the journal's; answers false, having removed it,
    /// when it holds no batch at all.
    private mutating func takeUp(
        _ segment: JournalSegment,
        report: (JournalFinding) -> Void
    ) throws(SystemError) -> Bool {
        let path = "\(self.folder)/\(segment.name)"
        let file = try OpenFile(path, for: segment.isPacked ? .reading : .writing)
        let length = try file.length()
        var (good, count): (Int64, Int) = (JournalSegment.headerLength, 0)
        self.end = max(self.end, segment.first)
        let cursor = SegmentCursor(segment, file: file) { _ in }
        while let frame = try cursor.next(limit: length) {
            // A position that was ever used, if only by a batch that is damaged, is not used again.
            self.end = max(self.end, frame.position.next)
            guard try cursor.payload(frame) != nil else { continue }
            cursor.skip(frame)
            (good, count) = (cursor.offset, count + 1)
            self.lastWrittenAt = max(self.lastWrittenAt, frame.writtenAt)
        }
        guard !segment.isPacked else { return true }
        if good < length {
            // What is torn may be a batch whose header is torn too.
            self.end = self.end.next
            let copy = "\(segment.stem)-\(good).torn"
            try Self.copy(file, from: good, to: "\(self.folder)/\(copy)", length: length)
            report(.tornTail(segment: segment.name, at: good, bytes: length - good, keptAs: copy))
        }
        guard count > 0 else {
            self.end = max(self.end, segment.first.next)
            try StoreFolder.remove(path)
            return false
        }
        if good < length {
            try file.truncate(to: good)
            try file.sync()
        }
        (self.file, self.length) = (file, good)
        return true
    }

    private static func copy(
        _ file: OpenFile,
        from start: Int64,
        to path: String,
        length: Int64
    ) throws(SystemError) {
        try StoreFolder.remove(path)
        let copy = try OpenFile(path, for: .creating)
        var offset = start
        while offset < length {
            let bytes = try file.read(at: offset, count: Int(min(1 << 20, length - offset)))
            if bytes.isEmpty { break }
            try copy.write(bytes, at: offset - start)
            offset += Int64(bytes.count)
        }
        try copy.sync()
    }
}
