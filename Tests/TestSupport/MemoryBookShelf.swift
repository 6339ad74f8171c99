public import WaysideCore

/// A shelf of books kept in memory (书架).
public actor MemoryBookShelf: BookShelf {
    private var kept: [ShelvedBook: [UInt8]] = [:]

    /// An empty shelf.
    public init() {}

    /// What is there, oldest first.
    public func books() async throws -> [ShelvedBook] { self.kept.keys.sorted() }

    /// The book's bytes as they were saved.
    public func load(_ book: ShelvedBook) async throws -> [UInt8]? { self.kept[book] }

    /// Puts a book away.
    public func save(_ snapshot: [UInt8], as book: ShelvedBook) async throws { self.kept[book] = snapshot }

    /// Loses everything, as a disk may.
    public func lose() { self.kept = [:] }
}
