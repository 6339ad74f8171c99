internal import WaysideCore

/// Books put away (模拟书架), thinned as the real shelf thins them: all of the last hours, then fewer.
struct SimulatedShelf: Sendable {
    private(set) var books: [WatchBook] = []
    private var shelvedAt: Timestamp
    private static let interval = 30 * Milliseconds.minute

    init(from start: Timestamp) { self.shelvedAt = start }

    /// Whether it is time to put a book away.
    func isDue(_ now: Timestamp) -> Bool { now - self.shelvedAt >= Self.interval }

    /// Puts a book away, as bytes and back: what the bytes do not hold is forgotten, as in service.
    mutating func put(_ book: WatchBook, policy: TicketPolicy) throws(Disagreement) {
        let bytes = book.snapshot
        guard let kept = WatchBook(snapshot: bytes, profiles: book.profiles, policy: policy) else {
            throw Disagreement("a book that was put away does not read back")
        }
        guard kept.snapshot == bytes else {
            throw Disagreement("a book that was put away and taken out again is another book")
        }
        self.shelvedAt = book.writtenAt
        self.books.append(kept)
        self.thin(now: book.writtenAt)
    }

    /// Of older books one every three hours, of still older ones one a day, for eight days.
    private mutating func thin(now: Timestamp) {
        var lastKept: Int64?
        self.books = self.books.filter { book in
            let age = now - book.writtenAt
            guard age > 6 * Milliseconds.hour else { return true }
            guard age < 8 * Milliseconds.day else { return false }
            let grain = age > 36 * Milliseconds.hour ? Milliseconds.day : 3 * Milliseconds.hour
            let slot = book.writtenAt.milliseconds / grain * grain
            defer { lastKept = slot }
            return slot != lastKept
        }
    }
}
