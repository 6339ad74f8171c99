public import WaysideCore

/// How the watching itself goes (自身状态), so that nobody takes an old picture for the road.
public struct ConsoleHealth: Hashable, Sendable {
    /// Something that is wrong with us, not with the road.
    public struct Trouble: Hashable, Sendable {
        /// A word that pages know how to say; others are shown with their detail only.
        public enum Code: String, Hashable, Sendable, CaseIterable {
            /// The journal cannot keep what is seen: the time becomes unknown.
            case journalRefuses = "journal_refuses"
            /// The database does not answer: seen and kept, but not yet concluded.
            case databaseAway = "database_away"
            /// Conclusions lag behind what was seen.
            case bookkeeperBehind = "bookkeeper_behind"
            /// Misses are taken for our own: too many at once, or our control targets are silent.
            case selfDoubt = "self_doubt"
            /// The wall clock was set, or is doubted.
            case clockDoubtful = "clock_doubtful"
            /// Health history is not written, not packed, or not cleared away.
            case historyBehind = "history_behind"
            /// Nobody is asked for now.
            case patrolPaused = "patrol_paused"
        }

        /// What kind.
        public let code: Code
        /// In words, for those who look after this machine; holds no secret.
        public let detail: String
        /// Since when; `nil` when that is not known.
        public let since: Timestamp?

        /// A trouble.
        public init(_ code: Code, detail: String, since: Timestamp? = nil) {
            (self.code, self.detail, self.since) = (code, detail, since)
        }
    }

    /// By our own reckoning, when this was said.
    public var at: Timestamp
    /// Up to when everything that was seen is concluded and shown; `nil` before the first page.
    public var knownUntil: Timestamp?
    /// Older than this what is shown is no longer the road as it is, in milliseconds; 1 or more.
    public var staleAfterMilliseconds: Int64
    /// What is wrong with us.
    public var troubles: [Trouble]

    /// How it goes.
    public init(
        at: Timestamp,
        knownUntil: Timestamp?,
        staleAfterMilliseconds: Int64,
        troubles: [Trouble] = []
    ) {
        (self.at, self.knownUntil) = (at, knownUntil)
        (self.staleAfterMilliseconds, self.troubles) = (staleAfterMilliseconds, troubles)
    }

    /// Whether what is shown is the road as it is.
    public var isLive: Bool {
        guard let knownUntil = self.knownUntil else { return false }
        return self.at - knownUntil <= self.staleAfterMilliseconds
    }
}
