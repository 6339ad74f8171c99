internal import WaysideCore

/// What was seen and is not safe yet: in order, bounded, one append at a time.
struct PatrolOutbox {
    /// What is appended at once.
    struct Batch {
        var entries: [JournalEntry]
        var writtenAt: Timestamp
    }

    private let settings: PatrolSettings
    private var pending: [JournalEntry] = []
    private var pendingSince: Int64 = 0
    private var underWay: Batch?
    private var lastAppend: Int64
    private var retryAt: Int64 = .min
    private var lastWrittenAt: Timestamp
    private var appendedAt: Timestamp?
    private var failure: PatrolHealth.JournalFailure?
    private(set) var dropped: UInt64 = 0

    init(settings: PatrolSettings, elapsed: Int64, dated: Timestamp?) {
        self.settings = settings
        self.lastAppend = elapsed
        self.lastWrittenAt = dated ?? .distantPast
    }

    private var count: Int { self.pending.count + (self.underWay?.entries.count ?? 0) }

    /// Whether as much waits as may, counting `others` that will come.
    func isFull(besides others: Int) -> Bool { self.count + others >= self.settings.unsafeEntriesLimit }

    /// Takes in one entry, or drops it when too many wait. Steps of the clock are few and always kept.
    mutating func keep(_ entry: JournalEntry, elapsed: Int64) {
        if case .observation = entry, self.isFull(besides: 0) {
            self.dropped += 1
            return
        }
        if self.pending.isEmpty { self.pendingSince = elapsed }
        self.pending.append(entry)
    }

    /// When something is to be appended; `nil` while an append is under way.
    var nextAppendElapsed: Int64? {
        guard self.underWay == nil else { return nil }
        let tick = self.lastAppend + self.settings.tickMilliseconds
        let full = self.pending.isEmpty ? tick : self.pendingSince + self.settings.batchMilliseconds
        return max(min(tick, full), self.retryAt)
    }

    /// What shall be appended now. An empty batch says that time has passed.
    ///
    /// What is in it counts as received when it is appended: only then can anything follow from it, and so whoever
    /// asks what was known at an instant gets one answer from the journal and from the ledger.
    mutating func batch(date: Timestamp, elapsed: Int64, isLast: Bool) -> Batch? {
        guard let next = self.nextAppendElapsed, elapsed >= next || isLast else { return nil }
        self.lastWrittenAt = max(self.lastWrittenAt, date)
        let entries = self.pending.map { entry in
            guard case .observation(var observation) = entry else { return entry }
            observation.receivedAt = self.lastWrittenAt
            return .observation(observation)
        }
        let batch = Batch(entries: entries, writtenAt: self.lastWrittenAt)
        self.pending.removeAll()
        self.underWay = batch
        self.lastAppend = elapsed
        return batch
    }

    /// The batch under way is safe. Answers the failure that is over by it, if there was one.
    mutating func succeeded() -> PatrolHealth.JournalFailure? {
        self.appendedAt = self.underWay?.writtenAt
        self.underWay = nil
        self.retryAt = .min
        defer { self.failure = nil }
        return self.failure
    }

    /// None of the batch under way is in the journal: it goes back to the front, and is tried again after a while.
    mutating func failed(_ reason: String, date: Timestamp, elapsed: Int64) {
        guard let batch = self.underWay else { return }
        self.underWay = nil
        self.pending.insert(contentsOf: batch.entries, at: 0)
        self.pendingSince = elapsed
        self.retryAt = elapsed + self.settings.appendRetryMilliseconds
        self.failure = PatrolHealth.JournalFailure(reason: reason, since: self.failure?.since ?? date)
    }

    func describe(in health: inout PatrolHealth, held: Int) {
        health.unsafeEntries = self.count + held
        health.droppedEntries = self.dropped
        health.lastAppendAt = self.appendedAt
        health.appendingSince = self.underWay?.writtenAt
        health.journalFailure = self.failure
    }
}
