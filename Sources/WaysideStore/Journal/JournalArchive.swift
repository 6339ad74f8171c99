public import WaysideCore

/// A journal's folder opened for reading only (流水导出), also while a service writes to it: what was safe when
/// it was opened.
public final class JournalArchive: Sendable {
    /// The key of every device that was registered, by number.
    public let deviceKeys: [DeviceID: String]

    private let tail: JournalTail
    private let reader: JournalReader

    /// Opens the folder; changes nothing in it and takes no lock.
    ///
    /// - Parameters:
    ///   - folder: Its path.
    ///   - report: Is told what was found to be wrong whenever something is read; from any thread.
    /// - Throws: ``JournalError`` when there is no such folder, or it cannot be read.
    public init(
        folder: String,
        report: @escaping @Sendable (JournalFinding) -> Void
    ) throws(JournalError) {
        self.tail = JournalTail()
        do {
            let segments = try JournalSegment.all(in: folder)
            var length: Int64 = 0
            if let last = segments.last {
                length = try OpenFile("\(folder)/\(last.name)", for: .reading).length()
            }
            // Read after the segments were listed, so that it names every device in them.
            self.deviceKeys = try DeviceCatalog.read(folder: folder, report: report)
            self.tail.publish { contents in
                contents.segments = segments
                contents.activeLength = length
                contents.end = JournalPosition(index: .max)
            }
            self.reader = JournalReader(
                folder: folder,
                thread: try FileThread(name: "journal-export"),
                report: report
            )
        } catch {
            throw JournalError(.open, error)
        }
    }

    /// The first batch at or after that place; `nil` when there is none. A batch that is just being written
    /// at the end does not count.
    ///
    /// - Throws: ``JournalError`` when the disk cannot be read.
    public func batch(atOrAfter position: JournalPosition) async throws -> JournalBatch? {
        try await self.reader.batch(atOrAfter: position, in: self.tail.now, isTailQuiet: true)
    }
}
