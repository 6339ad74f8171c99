public import WaysideCore

/// How the journal is kept.
public struct JournalSettings: Hashable, Sendable {
    /// A segment is sealed before it grows longer, in bytes; at least 4,096. One batch that is longer has a
    /// segment of its own.
    public var segmentBytes: Int64 = 64 << 20

    /// The defaults.
    public init() {}
}

/// The journal (流水) in a folder of its own: what we saw, safe on disk before anybody concludes anything from
/// it.
///
/// | file | what |
/// |---|---|
/// | `POSITION.journal` | batches as they were written; the last one is written to |
/// | `POSITION.packed` | a sealed segment, each batch deflated |
/// | `devices.catalog` | which number stands for which device |
/// | `POSITION-OFFSET.torn` | what a crash cut off, for people |
/// | `lock` | keeps a second instance out |
///
/// An append is one write and one `fdatasync`. Writing, reading and packing have a thread each, so that none
/// of them waits for another and none of Swift's own threads waits for a disk.
public final class FileJournal: Journal {
    private let tail: JournalTail
    private let writer: JournalWriter
    private let reader: JournalReader
    private let keeper: JournalKeeper

    private init(tail: JournalTail, writer: JournalWriter, reader: JournalReader, keeper: JournalKeeper) {
        (self.tail, self.writer, self.reader, self.keeper) = (tail, writer, reader, keeper)
    }

    /// Opens the journal in that folder, which is made when it is absent, and puts right what a crash left
    /// behind.
    ///
    /// Reads the last segment through, which blocks for a moment.
    ///
    /// - Parameters:
    ///   - folder: Its path.
    ///   - settings: How it is kept.
    ///   - taken: The ledger's position: no new batch gets a position at or before it, even if the folder
    ///     was lost.
    ///   - report: Is told what was found to be wrong, now and whenever something is read; from any thread.
    /// - Returns: The journal, ready for reading and writing.
    /// - Throws: ``JournalError``; one of ``JournalError/Operation/lock`` names the process that is using
    ///   the folder.
    public static func open(
        folder: String,
        settings: JournalSettings = JournalSettings(),
        after taken: JournalPosition? = nil,
        report: @escaping @Sendable (JournalFinding) -> Void
    ) throws(JournalError) -> FileJournal {
        precondition(settings.segmentBytes >= 4_096)
        let opening = try JournalOpening(folder: folder, after: taken, report: report)
        let tail = JournalTail()
        tail.publish { contents in
            contents.segments = opening.segments
            contents.activeLength = opening.length
            contents.end = opening.end
            contents.lastWrittenAt = opening.lastWrittenAt
        }
        if opening.file == nil, let last = opening.segments.last {
            // A packed segment is never written to again, so its whole length counts.
            let length = (try? OpenFile("\(folder)/\(last.name)", for: .reading).length()) ?? 0
            tail.publish { $0.activeLength = length }
        }
        do {
            return FileJournal(
                tail: tail,
                writer: JournalWriter(
                    opening,
                    settings: settings,
                    thread: try FileThread(name: "journal-write"),
                    tail: tail
                ),
                reader: JournalReader(
                    folder: folder,
                    thread: try FileThread(name: "journal-read"),
                    report: report
                ),
                keeper: JournalKeeper(
                    folder: folder,
                    thread: try FileThread(name: "journal-keep"),
                    tail: tail
                )
            )
        } catch {
            throw JournalError(.open, error)
        }
    }

    /// Makes devices known to the journal's catalog; to be done before the first observation of each.
    ///
    /// - Throws: ``JournalError`` when they could not be made safe, or a number stands for another device
    ///   already.
    public func register(_ devices: some Sequence<Device>) async throws {
        try await self.writer.register(devices.map { ($0.id, $0.key) })
    }

    /// The key of every device that was ever registered, by number.
    public func deviceKeys() async -> [DeviceID: String] { await self.writer.keys }

    /// Makes the entries safe. An instant before the last batch's is written as the last batch's.
    ///
    /// - Throws: ``JournalError`` when they could not be made safe, such as on a full disk, or a device was
    ///   never registered; then none of them is in the journal, and later ones may be appended.
    public func append(_ entries: [JournalEntry], writtenAt: Timestamp) async throws -> JournalPosition {
        try await self.writer.append(entries, writtenAt: writtenAt)
    }

    /// The first batch at or after that place; waits until there is one. `nil` once the journal is closed and
    /// read.
    ///
    /// What is damaged on disk is passed over and reported.
    ///
    /// - Throws: ``JournalError`` when the disk cannot be read, `CancellationError`.
    public func batch(atOrAfter position: JournalPosition) async throws -> JournalBatch? {
        var position = position
        while true {
            let tail = self.tail.now
            if position < tail.end {
                if let batch = try await self.reader.batch(atOrAfter: position, in: tail) { return batch }
                position = tail.end
            } else {
                guard !tail.isClosed else { return nil }
                try await self.tail.wait(for: position)
            }
        }
    }

    /// The place that the next batch gets; all before it is safe.
    public var end: JournalPosition { self.tail.now.end }

    /// When the last batch was written; `nil` before the first.
    public var lastWrittenAt: Timestamp? {
        let instant = self.tail.now.lastWrittenAt
        return instant == .distantPast ? nil : instant
    }

    /// Packs sealed segments; answers how many. A background job: woken now and then, twice is the same as
    /// once.
    ///
    /// - Throws: ``JournalError``; the segment concerned is as readable as before.
    @discardableResult
    public func packSealedSegments() async throws -> Int { try await self.keeper.pack() }

    /// Removes segments that were all written before that instant.
    ///
    /// - Parameters:
    ///   - instant: Such as 30 days ago.
    ///   - position: What the slowest reader reads next; nothing at or after it is removed.
    /// - Returns: How many were removed.
    /// - Throws: ``JournalError``; what was removed until then is removed.
    @discardableResult
    public func prune(before instant: Timestamp, keepingFrom position: JournalPosition) async throws -> Int {
        try await self.keeper.prune(before: instant, keepingFrom: position)
    }

    /// Refuses more, lets readers end once they have read all, and gives the folder back. Closing twice is
    /// closing once.
    public func close() async { await self.writer.close() }
}
