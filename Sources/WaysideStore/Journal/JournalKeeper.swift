internal import Packing
internal import WaysideCore

/// Packs sealed segments and removes old ones, on a thread of its own.
actor JournalKeeper {
    private let folder: String
    private let thread: FileThread
    private let tail: JournalTail
    /// Segments that hold damage are left as they are: they are evidence.
    private var damaged: Set<JournalPosition> = []

    private static let writeLength = 1 << 20

    nonisolated var unownedExecutor: UnownedSerialExecutor { self.thread.asUnownedSerialExecutor() }

    init(folder: String, thread: FileThread, tail: JournalTail) {
        (self.folder, self.thread, self.tail) = (folder, thread, tail)
    }

    /// Packs every sealed segment that is not packed yet; answers how many.
    func pack() throws(JournalError) -> Int {
        var count = 0
        for segment in self.tail.now.segments.dropLast()
        where !segment.isPacked && !self.damaged.contains(segment.first) {
            do {
                if try self.pack(segment) { count += 1 }
            } catch {
                // Half of it helps nobody; if this fails too, opening the journal again removes it.
                try? StoreFolder.remove(self.unfinishedPath(segment))
                throw JournalError(.pack, error)
            }
        }
        return count
    }

    /// Removes sealed segments all of whose batches were written before that instant, and lie before that
    /// place.
    func prune(before instant: Timestamp, keepingFrom position: JournalPosition) throws(JournalError) -> Int {
        let segments = self.tail.now.segments
        var count = 0
        do {
            for (segment, next) in zip(segments, segments.dropFirst()) {
                guard next.startedAt <= instant, next.first <= position else { break }
                self.tail.publish { $0.segments.removeAll { $0.first == segment.first } }
                try StoreFolder.remove("\(self.folder)/\(segment.name)")
                self.damaged.remove(segment.first)
                count += 1
            }
            if count > 0 { try StoreFolder.sync(self.folder) }
        } catch {
            throw JournalError(.prune, error)
        }
        return count
    }

    private func unfinishedPath(_ segment: JournalSegment) -> String {
        "\(self.folder)/\(segment.stem)\(JournalSegment.packedEnding)\(JournalSegment.unfinishedEnding)"
    }

    private func pack(_ segment: JournalSegment) throws(SystemError) -> Bool {
        var packed = segment
        packed.isPacked = true
        packed.goodLength = nil
        let raw = try OpenFile("\(self.folder)/\(segment.name)", for: .reading)
        let unfinished = self.unfinishedPath(segment)
        try StoreFolder.remove(unfinished)
        let file = try OpenFile(unfinished, for: .creating)
        guard try self.copy(segment, from: raw, to: file) else {
            self.damaged.insert(segment.first)
            try StoreFolder.remove(unfinished)
            return false
        }
        try file.sync()
        try StoreFolder.rename(unfinished, to: "\(self.folder)/\(packed.name)")
        try StoreFolder.sync(self.folder)
        self.tail.publish { contents in
            guard let index = contents.segments.firstIndex(where: { $0.first == segment.first }) else {
                return
            }
            contents.segments[index] = packed
        }
        try StoreFolder.remove("\(self.folder)/\(segment.name)")
        try StoreFolder.sync(self.folder)
        return true
    }

    /// Writes the batches packed; answers false when the segment holds damage.
    private func copy(_ segment: JournalSegment, from raw: OpenFile, to file: OpenFile) throws(SystemError)
        -> Bool
    {
        var isWhole = true
        let cursor = SegmentCursor(segment, file: raw) { _ in isWhole = false }
        let length = try raw.length()
        let limit = min(length, segment.goodLength ?? length)
        var (waiting, offset): ([UInt8], Int64) = (segment.header, 0)
        while isWhole, let frame = try cursor.next(limit: limit) {
            guard let payload = try cursor.payload(frame) else { break }
            cursor.skip(frame)
            // What does not become shorter, or cannot be packed, is kept as it is.
            let short = try? Deflate().pack(payload)
            let isPacked = (short?.count ?? .max) < payload.count
            waiting += BatchFrame.bytes(
                position: frame.position,
                writtenAt: frame.writtenAt,
                payload: isPacked ? short ?? payload : payload,
                unpackedLength: isPacked ? payload.count : 0
            )
            if waiting.count >= Self.writeLength {
                try file.write(waiting, at: offset)
                offset += Int64(waiting.count)
                waiting.removeAll(keepingCapacity: true)
            }
        }
        try file.write(waiting, at: offset)
        return isWhole
    }
}
