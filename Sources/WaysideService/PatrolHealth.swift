internal import Synchronization
public import WaysideCore

/// How the patrol is, for the console and the doctor.
public struct PatrolHealth: Hashable, Sendable {
    /// What the journal refused.
    public struct JournalFailure: Hashable, Sendable {
        /// In the journal's words.
        public var reason: String
        /// When the first append of the row failed.
        public var since: Timestamp
    }

    /// By our own reckoning, when this was said.
    public var at: Timestamp = .distantPast
    /// Tracks that are asked.
    public var tracks = 0
    /// Probes under way, by check.
    public var inFlight: [Check: Int] = [:]
    /// Probes that are due and wait for a place or a session.
    public var waiting = 0
    /// Probes whose prober was given up and has not come back.
    public var overrunning = 0
    /// Turns that were lost because a place or session was not free for a whole interval.
    public var lostTurns: UInt64 = 0
    /// Answers so far.
    public var answers: UInt64 = 0
    /// Entries that are not safe yet; the limit is `PatrolSettings.unsafeEntriesLimit`.
    public var unsafeEntries = 0
    /// Entries that could not be kept.
    public var droppedEntries: UInt64 = 0
    /// When the last batch was made safe; `nil` before the first.
    public var lastAppendAt: Timestamp?
    /// Since when an append has been under way; `nil` when none is.
    public var appendingSince: Timestamp?
    /// What the journal refuses; `nil` when the last append was made safe.
    public var journalFailure: JournalFailure?
    /// Why we take misses for our own; `nil` when we do not.
    public var selfDoubt: SelfDoubt.Ground?
    /// By how much the wall clock is ahead of our reckoning because a step of it is held, in milliseconds.
    public var heldClockStepMilliseconds: Int64 = 0
    /// Whether dates stand still because the clock was set back.
    public var isClockDoubtful = false
    /// Whether nobody is asked because nothing more can be kept.
    public var isPaused = false
}

/// Where the patrol's health can be read at any time, from any thread.
public final class PatrolHealthBoard: Sendable {
    private let value = Mutex(PatrolHealth())

    /// A board with nothing on it yet.
    public init() {}

    /// The latest.
    public var health: PatrolHealth { self.value.withLock { $0 } }

    func post(_ health: PatrolHealth) { self.value.withLock { $0 = health } }
}
