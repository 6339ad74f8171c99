/// A change of a track's status under one profile.
public struct TrackChange: Hashable, Sendable {
    /// Under which profile.
    public var profile: StatusProfile
    /// Of what.
    public var key: TrackKey
    /// What changed.
    public var change: StatusChange
    /// From when on it was known, where that is before its page was written: an observation's validity ends without
    /// any news, also while nobody is there to write it down. `nil` for the page's own instant.
    public var knownAt: Timestamp?

    /// A change.
    public init(profile: StatusProfile, key: TrackKey, change: StatusChange, knownAt: Timestamp? = nil) {
        (self.profile, self.key, self.change, self.knownAt) = (profile, key, change, knownAt)
    }
}

/// The end of validity that was announced for an instant was no end: the change there is superseded.
public struct TrackWithdrawal: Hashable, Sendable {
    /// Under which profile.
    public var profile: StatusProfile
    /// Of what.
    public var key: TrackKey
    /// The instant of the change that does not hold.
    public var at: Timestamp

    /// A withdrawal.
    public init(profile: StatusProfile, key: TrackKey, at: Timestamp) {
        (self.profile, self.key, self.at) = (profile, key, at)
    }
}

/// What was folded again (重算): every change concluded from batches after `after` is superseded by these.
public struct TrackRefold: Hashable, Sendable {
    /// Under which profile.
    public var profile: StatusProfile
    /// Of what.
    public var key: TrackKey
    /// The last batch whose conclusions still hold; `nil` when none do.
    public var after: JournalPosition?
    /// What holds instead.
    public var changes: [StatusChange]

    /// A fold made again.
    public init(profile: StatusProfile, key: TrackKey, after: JournalPosition?, changes: [StatusChange]) {
        (self.profile, self.key, self.after, self.changes) = (profile, key, after, changes)
    }
}

/// The live view of one facet (实时状态), by the device's own settings; it feeds screens and tickets, never a rate.
public struct LiveStatus: Hashable, Sendable {
    /// Whose.
    public var device: DeviceID
    /// Which side of it.
    public var facet: Facet
    /// What it is.
    public var status: Status
    /// Since when, dated back to the first miss or hit.
    public var since: Timestamp
    /// Why, when it is not online.
    public var cause: Cause?
    /// Whether a miss was seen that is not yet confirmed (疑似).
    public var isFaltering: Bool
    /// When this was known.
    public var knownAt: Timestamp

    /// A live status.
    public init(
        device: DeviceID,
        facet: Facet,
        status: Status,
        since: Timestamp,
        cause: Cause?,
        isFaltering: Bool,
        knownAt: Timestamp
    ) {
        (self.device, self.facet, self.status, self.since) = (device, facet, status, since)
        (self.cause, self.isFaltering, self.knownAt) = (cause, isFaltering, knownAt)
    }
}

/// All that follows from some batches (账页): written whole or not at all, and twice is the same as once.
///
/// Withdrawals are written before refolds and these before changes, because a change may stand at the very instant of
/// a withdrawn one.
public struct LedgerPage: Hashable, Sendable {
    /// The last batch it holds the conclusions of; the ledger's position once it is written.
    public var position: JournalPosition
    /// When that batch was written: everything up to here is known.
    public var writtenAt: Timestamp
    /// What changed, in order.
    public var changes: [TrackChange] = []
    /// Ends of validity that were known for a while, from their `knownAt` up to this page, which takes them back: nobody
    /// wrote them down, and yet they are what was known between the page before and this one.
    public var passing: [TrackChange] = []
    /// Announced ends of validity that were none.
    public var withdrawals: [TrackWithdrawal] = []
    /// What was folded again because something came late.
    public var refolds: [TrackRefold] = []
    /// The live view's changes, in order.
    public var live: [LiveStatus] = []
    /// What the fault desk concluded, in order.
    public var faults: [FaultEvent] = []
    /// The voids that became known.
    public var voids: [VoidRecord] = []
    /// The clock steps that were noticed.
    public var clockSteps: [ClockStep] = []

    /// A page without conclusions.
    public init(position: JournalPosition, writtenAt: Timestamp) {
        (self.position, self.writtenAt) = (position, writtenAt)
    }

    /// Whether only the position moves on.
    public var isEmpty: Bool {
        self.changes.isEmpty && self.passing.isEmpty && self.withdrawals.isEmpty && self.refolds.isEmpty
            && self.live.isEmpty && self.faults.isEmpty && self.voids.isEmpty && self.clockSteps.isEmpty
    }
}

/// What we wrote down (台账).
public protocol Ledger: Sendable {
    /// The last position whose page was written; `nil` before the first.
    func position() async throws -> JournalPosition?

    /// Writes the whole page and its position, or none of it. A page at or before the ledger's position changes
    /// nothing.
    func commit(_ page: LedgerPage) async throws
}
