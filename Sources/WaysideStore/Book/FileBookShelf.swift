internal import Packing
public import WaysideCore

/// Books put away as files (观察簿存档): packed, with a checksum, renamed into place only when safe.
///
/// Of the newest all are kept, of older ones one an hour, and of those older than two days one a day: a fold made again
/// reads the journal from the newest book that is old enough.
public actor FileBookShelf: BookShelf {
    /// How many of the newest are kept whatever their age.
    public static let newestKept = 6
    /// How many days the oldest is kept, as long as the journal keeps observations.
    private let retentionDays: Int64
    private let folder: String
    private let thread: FileThread

    private static let suffix = ".book"
    private static let magic: [UInt8] = Array("WSB1".utf8)
    private static let largestBook = 1 << 30

    /// The shelf's own thread: none of Swift's waits for a disk.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { self.thread.asUnownedSerialExecutor() }

    /// A shelf in that folder, which is made when it is absent.
    ///
    /// - Parameters:
    ///   - folder: Its path.
    ///   - retentionDays: After so many days a book is let go; 1 or more.
    /// - Throws: ``JournalError`` when the folder cannot be made.
    public init(folder: String, retentionDays: Int64 = 31) throws(JournalError) {
        precondition(retentionDays >= 1)
        do {
            try StoreFolder.make(folder)
            self.thread = try FileThread(name: "book-shelf")
        } catch {
            throw JournalError(.open, error)
        }
        (self.folder, self.retentionDays) = (folder, retentionDays)
    }

    /// What is there, oldest first.
    public func books() async throws -> [ShelvedBook] {
        do throws(SystemError) { return try self.shelved() } catch { throw JournalError(.read, error) }
    }

    /// The book's bytes as they were saved; `nil` when it is gone or damaged.
    public func load(_ book: ShelvedBook) async throws -> [UInt8]? {
        do throws(SystemError) {
            let file = try OpenFile(self.path(of: book), for: .reading)
            let length = try file.length()
            guard length > 8, length < Self.largestBook else { return nil }
            let bytes = try file.read(at: 0, count: Int(length))
            guard Array(bytes[..<4]) == Self.magic else { return nil }
            let sum = bytes[4..<8].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            guard CRC32C.checksum(bytes[8...]) == sum else { return nil }
            // What does not unpack is damaged, like what has a wrong checksum.
            return try? Deflate().unpack(bytes[8...], limit: Self.largestBook)
        } catch {
            guard error.isAbsent else { throw JournalError(.read, error) }
            return nil
        }
    }

    /// Puts a book away, safely, and lets go of those that are not needed any more.
    public func save(_ snapshot: [UInt8], as book: ShelvedBook) async throws {
        let packed = try Deflate().pack(snapshot, level: 1)
        let sum = CRC32C.checksum(packed)
        let head = Self.magic + [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: sum >> $0) }
        let path = self.path(of: book)
        do throws(SystemError) {
            try StoreFolder.remove(path + ".new")
            let file = try OpenFile(path + ".new", for: .creating)
            try file.write(head + packed, at: 0)
            try file.sync()
            try StoreFolder.rename(path + ".new", to: path)
            try StoreFolder.sync(self.folder)
            for old in Self.unneeded(try self.shelved(), retentionDays: self.retentionDays) {
                try StoreFolder.remove(self.path(of: old))
            }
        } catch {
            throw JournalError(.append, error)
        }
    }

    private func shelved() throws(SystemError) -> [ShelvedBook] {
        try StoreFolder.names(in: self.folder).compactMap(Self.book(named:)).sorted()
    }

    private func path(of book: ShelvedBook) -> String {
        "\(self.folder)/\(book.position.index)-\(book.writtenAt.milliseconds)\(Self.suffix)"
    }

    private static func book(named name: String) -> ShelvedBook? {
        guard name.hasSuffix(self.suffix) else { return nil }
        let parts = name.dropLast(self.suffix.count).split(separator: "-")
        guard parts.count == 2, let index = UInt64(parts[0]), let writtenAt = Int64(parts[1]) else {
            return nil
        }
        return ShelvedBook(
            position: JournalPosition(index: index),
            writtenAt: Timestamp(milliseconds: writtenAt)
        )
    }

    /// Those that may go: all but the newest, the first of each hour, and past two days the first of each day.
    static func unneeded(_ books: [ShelvedBook], retentionDays: Int64) -> [ShelvedBook] {
        guard let newest = books.last else { return [] }
        var kept: Set<Int64> = []
        return books.dropLast(self.newestKept).filter { book in
            let age = newest.writtenAt - book.writtenAt
            if age > retentionDays * ServiceDay.lengthMilliseconds { return true }
            let step: Int64 =
                age > 2 * ServiceDay.lengthMilliseconds ? ServiceDay.lengthMilliseconds : 3_600_000
            // Hours and days do not share numbers: the step is part of the place.
            return !kept.insert(book.writtenAt.milliseconds / step * 2 + (step == 3_600_000 ? 1 : 0)).inserted
        }
    }
}
