internal import WaysideCore

/// Reads batches from segments, one at a time, on a thread of its own; remembers where its readers were.
actor JournalReader {
    private let folder: String
    private let thread: FileThread
    private let report: @Sendable (JournalFinding) -> Void
    private var cursors: [(next: JournalPosition, cursor: SegmentCursor)] = []
    private var reported: Set<JournalFinding> = []

    /// More readers than this find their places anew by searching.
    private static let mostCursors = 16
    /// Findings that are not reported again.
    private static let mostReported = 10_000

    nonisolated var unownedExecutor: UnownedSerialExecutor { self.thread.asUnownedSerialExecutor() }

    init(folder: String, thread: FileThread, report: @escaping @Sendable (JournalFinding) -> Void) {
        (self.folder, self.thread, self.report) = (folder, thread, report)
    }

    /// The first batch at or after the place and before the tail's end; `nil` when there is none.
    func batch(
        atOrAfter position: JournalPosition,
        in tail: JournalTail.Contents,
        isTailQuiet: Bool = false
    ) throws(JournalError) -> JournalBatch? {
        do {
            return try self.find(position, tail, isTailQuiet)
        } catch {
            throw JournalError(.read, error)
        }
    }

    private func find(
        _ position: JournalPosition,
        _ tail: JournalTail.Contents,
        _ isTailQuiet: Bool
    ) throws(SystemError) -> JournalBatch? {
        var cursor = try self.takeCursor(position, tail.segments)
        while let current = cursor {
            let isActive = current.segment.first == tail.segments.last?.first
            let limit = try self.limit(current, isActive: isActive, tail)
            while let frame = try current.next(limit: limit, isTailQuiet: isActive && isTailQuiet) {
                if frame.position < position {
                    current.skip(frame)
                    continue
                }
                guard frame.position < tail.end else {
                    self.keep(current, next: position)
                    return nil
                }
                guard let entries = try current.take(frame) else { continue }
                self.keep(current, next: frame.position.next)
                return JournalBatch(position: frame.position, writtenAt: frame.writtenAt, entries: entries)
            }
            guard let next = tail.segments.first(where: { $0.first > current.segment.first }) else {
                self.keep(current, next: position)
                return nil
            }
            cursor = try self.open(next)
        }
        return nil
    }

    private func limit(
        _ cursor: SegmentCursor,
        isActive: Bool,
        _ tail: JournalTail.Contents
    ) throws(SystemError) -> Int64 {
        if isActive { return tail.activeLength }
        let length = try cursor.length()
        let good = tail.segments.first { $0.first == cursor.segment.first }?.goodLength
        return cursor.segment.isPacked ? length : min(length, good ?? length)
    }

    private func takeCursor(
        _ position: JournalPosition,
        _ segments: [JournalSegment]
    ) throws(SystemError) -> SegmentCursor? {
        if let index = self.cursors.firstIndex(where: { $0.next == position }) {
            let found = self.cursors.remove(at: index).cursor
            if segments.contains(where: { $0.first == found.segment.first }) { return found }
        }
        guard let segment = segments.last(where: { $0.first <= position }) ?? segments.first else {
            return nil
        }
        return try self.open(segment)
    }

    private func open(_ segment: JournalSegment) throws(SystemError) -> SegmentCursor {
        var segment = segment
        let report: (JournalFinding) -> Void = { self.reportOnce($0) }
        do {
            return SegmentCursor(
                segment,
                file: try OpenFile("\(self.folder)/\(segment.name)", for: .reading),
                report: report
            )
        } catch  where error.isAbsent && !segment.isPacked {
            // Packed since the list was made.
            segment.isPacked = true
            return SegmentCursor(
                segment,
                file: try OpenFile("\(self.folder)/\(segment.name)", for: .reading),
                report: report
            )
        }
    }

    private func keep(_ cursor: SegmentCursor, next: JournalPosition) {
        self.cursors.append((next, cursor))
        if self.cursors.count > Self.mostCursors { self.cursors.removeFirst() }
    }

    private func reportOnce(_ finding: JournalFinding) {
        guard self.reported.count < Self.mostReported, self.reported.insert(finding).inserted else { return }
        self.report(finding)
    }
}
