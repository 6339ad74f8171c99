/// A book put away at some place of the journal (观察簿存档).
public struct ShelvedBook: Hashable, Comparable, Sendable {
    /// The last batch it holds.
    public let position: JournalPosition
    /// When that batch was written.
    public let writtenAt: Timestamp

    /// A book put away.
    public init(position: JournalPosition, writtenAt: Timestamp) {
        (self.position, self.writtenAt) = (position, writtenAt)
    }

    /// The older book is the smaller one.
    public static func < (left: ShelvedBook, right: ShelvedBook) -> Bool { left.position < right.position }
}

/// Where books are put away (观察簿书架). A book that is lost or damaged costs time, never figures: the journal makes it
/// again.
public protocol BookShelf: Sendable {
    /// What is there, oldest first.
    func books() async throws -> [ShelvedBook]

    /// The book's bytes as they were saved; `nil` when it is gone or damaged.
    func load(_ book: ShelvedBook) async throws -> [UInt8]?

    /// Puts a book away, safely, and lets go of those that are not needed any more.
    func save(_ snapshot: [UInt8], as book: ShelvedBook) async throws
}
