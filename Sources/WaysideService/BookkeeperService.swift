public import Logging
public import ServiceLifecycle
internal import Synchronization
public import WaysideCore

/// Reads the journal, keeps the book, and writes the ledger (记账).
///
/// One loop owns the only copy of the book: nobody else can reach it. The book may be lost at any moment; the shelf,
/// the journal and the ledger make it again. While the ledger is away the loop waits with one page in its hand, so
/// memory does not grow however long that lasts: what comes in meanwhile waits in the journal.
public struct BookkeeperService<C: Clock>: Service where C.Duration == Duration {
    private let profiles: [StatusProfile]
    private let policy: TicketPolicy
    private let plan: LatestPlan
    private let journal: any Journal
    private let ledger: any Ledger
    private let shelf: any BookShelf
    private let settings: BookkeeperSettings
    private let clock: C
    private let committed: @Sendable (LedgerPage) -> Void
    private let logger: Logger

    /// A bookkeeper who has not begun.
    ///
    /// - Parameters:
    ///   - profiles: Those of the rate rules, each once.
    ///   - policy: When tickets open and close.
    ///   - plan: Whom to watch; looked at before every batch.
    ///   - journal: What was seen.
    ///   - ledger: Where conclusions go.
    ///   - shelf: Where the book is put away now and then.
    ///   - settings: How often, and how long to wait.
    ///   - clock: Paces the tries; monotonic.
    ///   - committed: Called after each page that is safely written.
    ///   - logger: One line for each refused page, at warning.
    public init(
        profiles: [StatusProfile],
        policy: TicketPolicy,
        plan: LatestPlan,
        journal: any Journal,
        ledger: any Ledger,
        shelf: any BookShelf,
        settings: BookkeeperSettings,
        clock: C,
        committed: @escaping @Sendable (LedgerPage) -> Void,
        logger: Logger
    ) {
        (self.profiles, self.policy, self.plan) = (profiles, policy, plan)
        (self.journal, self.ledger, self.shelf) = (journal, ledger, shelf)
        (self.settings, self.clock, self.committed, self.logger) = (settings, clock, committed, logger)
    }

    /// Keeps the book until the journal is closed or the service is told to stop.
    public func run() async throws {
        try await cancelWhenGracefulShutdown {
            do {
                try await self.keep()
            } catch is CancellationError {
                self.logger.debug("bookkeeper stopped before it had a book")
            }
        }
    }

    private func keep() async throws {
        let ledgerPosition = try await self.patiently("reading the ledger's position") {
            try await self.ledger.position()
        }
        var (book, newcomers) = try await self.open(upTo: ledgerPosition)
        do {
            try await self.follow(&book, ledgerPosition, newcomers)
        } catch is CancellationError {
            // Told to stop: the book is put away, so that the next start need not read the journal again. If its last
            // page was not written, it is ahead of the ledger, and no start will take it.
        }
        await self.shelve(book)
    }

    /// Follows the journal until it is closed. Newcomers are profiles that the ledger does not know, or did not follow
    /// all the time: all that the journal says of them is written on the first page.
    private func follow(
        _ book: inout WatchBook,
        _ ledgerPosition: JournalPosition?,
        _ newcomers: Set<StatusProfile>
    ) async throws {
        var past = PastChanges(profiles: newcomers)
        var shelvedAt = book.writtenAt
        var next = book.position?.next ?? .beginning
        while let batch = try await self.journal.batch(atOrAfter: next) {
            if let plan = self.plan.take() { book.adopt(plan, now: max(batch.writtenAt, book.writtenAt)) }
            var conclusion = book.receive(batch)
            if !conclusion.late.isEmpty { try await self.refold(&book, &conclusion) }
            var page = conclusion.page
            var mayShelve = true
            if let ledgerPosition, page.position <= ledgerPosition {
                past.collect(page)
                // What is written of newcomers bears the number of the first new page: no book from before it may
                // ever be folded on from.
                mayShelve = newcomers.isEmpty
            } else {
                past.write(on: &page)
                try await self.patiently("writing page \(page.position.index)") { [page] in
                    try await self.ledger.commit(page)
                }
                self.committed(page)
            }
            next = batch.position.next
            if mayShelve, book.writtenAt - shelvedAt >= self.settings.shelveIntervalMilliseconds {
                await self.shelve(book)
                shelvedAt = book.writtenAt
            }
        }
    }

    /// The newest book on the shelf that the ledger has seen, or an empty one; and the profiles that were not followed
    /// by the newest book of all.
    private func open(
        upTo ledgerPosition: JournalPosition?
    ) async throws -> (book: WatchBook, newcomers: Set<StatusProfile>) {
        var opened: WatchBook?
        var followed: Set<String>?
        for shelved in try await self.shelf.books().reversed() {
            guard let ledgerPosition, shelved.position <= ledgerPosition,
                let bytes = try await self.shelf.load(shelved),
                let texts = WatchBook.profileTexts(ofSnapshot: bytes)
            else { continue }
            followed = followed ?? Set(texts)
            if let book = WatchBook(snapshot: bytes, profiles: self.profiles, policy: self.policy) {
                opened = book
                break
            }
        }
        var book = opened ?? WatchBook(profiles: self.profiles, policy: self.policy)
        if let plan = self.plan.take() { book.adopt(plan, now: book.writtenAt) }
        let newcomers = self.profiles.filter {
            ledgerPosition != nil && !(followed?.contains($0.canonicalText) ?? false)
        }
        self.logger.info(
            "book opened",
            metadata: [
                "from": opened == nil ? "the beginning of the journal" : "the shelf",
                "position": "\(book.position.map { String($0.index) } ?? "none")",
                "new_profiles": "\(newcomers.count)",
            ]
        )
        return (book, Set(newcomers))
    }

    private func load(_ shelved: ShelvedBook) async throws -> WatchBook? {
        guard let bytes = try await self.shelf.load(shelved),
            let book = WatchBook(snapshot: bytes, profiles: self.profiles, policy: self.policy)
        else {
            self.logger.warning(
                "a shelved book cannot be used; an older one or the journal will do",
                metadata: ["position": "\(shelved.position.index)"]
            )
            return nil
        }
        return book
    }

    /// Folds again what came late, from the newest shelved book that is old enough for it.
    private func refold(_ book: inout WatchBook, _ conclusion: inout WatchBook.Conclusion) async throws {
        var late = conclusion.late
        self.logger.info("folding again", metadata: ["tracks": "\(late.count)"])
        for shelved in try await self.shelf.books().reversed() where !late.isEmpty {
            guard shelved.position < conclusion.page.position, let base = try await self.load(shelved) else {
                continue
            }
            late = try await self.refold(&book, &conclusion, late: late, from: base)
        }
        guard !late.isEmpty else { return }
        let empty = WatchBook(profiles: self.profiles, policy: self.policy)
        late = try await self.refold(&book, &conclusion, late: late, from: empty)
        assert(late.isEmpty, "an empty book is old enough for everything")
    }

    private func refold(
        _ book: inout WatchBook,
        _ conclusion: inout WatchBook.Conclusion,
        late: [TrackKey: Timestamp],
        from base: WatchBook
    ) async throws -> [TrackKey: Timestamp] {
        var refold = Refold(from: base, late: late, voids: book.voids)
        var next = base.position?.next ?? .beginning
        while next <= conclusion.page.position, let batch = try await self.journal.batch(atOrAfter: next) {
            if batch.position <= conclusion.page.position { refold.receive(batch) }
            next = batch.position.next
        }
        return book.adopt(refold, into: &conclusion.page)
    }

    private func shelve(_ book: WatchBook) async {
        guard let position = book.position else { return }
        do {
            try await self.shelf.save(
                book.snapshot,
                as: ShelvedBook(position: position, writtenAt: book.writtenAt)
            )
        } catch {
            self.logger.warning("the book could not be put away", metadata: ["error": "\(error)"])
        }
    }

    /// Tries until it works or the service stops. The database being away is no reason to lose anything.
    private func patiently<Result>(
        _ what: String,
        _ body: () async throws -> Result
    ) async throws -> Result {
        var wait = self.settings.firstRetryInterval
        while true {
            do {
                return try await body()
            } catch let error as CancellationError {
                throw error
            } catch {
                try Task.checkCancellation()
                self.logger.warning(
                    "\(what) failed, will try again",
                    metadata: ["error": "\(error)", "in": "\(wait)"]
                )
                try await self.clock.sleep(for: wait)
                wait = min(wait * 2, self.settings.longestRetryInterval)
            }
        }
    }
}

/// How the bookkeeper works.
public struct BookkeeperSettings: Hashable, Sendable {
    /// From one putting away of the book to the next, in milliseconds of the journal's time; at least 1000.
    public var shelveIntervalMilliseconds: Int64 = 300_000
    /// From a refused page to the first new try.
    public var firstRetryInterval: Duration = .milliseconds(250)
    /// The longest wait between two tries.
    public var longestRetryInterval: Duration = .seconds(5)

    /// The defaults.
    public init() {}
}

/// The newest plan (最新观察计划): who makes plans puts them in, the bookkeeper takes the last one out.
public final class LatestPlan: Sendable {
    private let plan: Mutex<WatchPlan?>

    /// Holds a first plan.
    public init(_ plan: WatchPlan) { self.plan = Mutex(plan) }

    /// Replaces what was not yet taken out.
    public func put(_ plan: WatchPlan) { self.plan.withLock { $0 = plan } }

    /// Takes the plan out; `nil` when it was taken out before.
    public func take() -> WatchPlan? {
        self.plan.withLock { plan in
            defer { plan = nil }
            return plan
        }
    }
}
