/// What an engine has done since it was made: how near its limits are, and what it threw away.
public struct SNMPEngineCounters: Sendable, Hashable {
    /// Questions outstanding now; the limit is `window`.
    public var outstanding = 0
    /// Questions that wait for the pacer now.
    public var waitingToSend = 0
    /// Subjects that are asked again and again.
    public var subjects = 0
    /// Subjects whose round is due and waits for a place in the window.
    public var roundsWaiting = 0
    /// Rounds under way to agents that did not answer the last ones; the limit is `silentWindow`.
    public var silentRounds = 0
    /// Rounds that have ended.
    public var rounds: UInt64 = 0
    /// Questions accepted, those of rounds among them.
    public var asked: UInt64 = 0
    /// Datagrams sent, retries among them.
    public var sent: UInt64 = 0
    /// Second and later sendings.
    public var retries: UInt64 = 0
    /// Datagrams received, of any kind.
    public var received: UInt64 = 0
    /// Questions that an agent answered, errors of its own included.
    public var answered: UInt64 = 0
    /// Questions that no agent answered by their deadline.
    public var unanswered: UInt64 = 0
    /// Questions refused because the window was full or the pace too slow.
    public var overloaded: UInt64 = 0
    /// Datagrams thrown away: an answer to a question that is over, or to an earlier sending of it.
    public var late: UInt64 = 0
    /// Datagrams thrown away: a live id from an address or port that was not asked.
    public var foreign: UInt64 = 0
    /// Datagrams thrown away: a live id from the right address under another version or community.
    public var wrongCommunity: UInt64 = 0
    /// Datagrams that could not be read; those with a live id led to another attempt.
    public var malformed: UInt64 = 0
    /// Reports of the network (ICMP) about our datagrams.
    public var networkReports: UInt64 = 0
}
