/// A batch's place in the journal (流水位置): its number, counted from the first batch ever written; never used twice.
public struct JournalPosition: Hashable, Comparable, Sendable {
    /// 0 for the first batch.
    public let index: UInt64

    /// The place of the batch with that number.
    public init(index: UInt64) { self.index = index }

    /// Where the journal begins.
    public static let beginning = JournalPosition(index: 0)

    /// The place after.
    public var next: JournalPosition { JournalPosition(index: self.index + 1) }

    /// The earlier batch is the smaller one.
    public static func < (left: JournalPosition, right: JournalPosition) -> Bool { left.index < right.index }
}

/// One thing the journal holds (流水记录).
public enum JournalEntry: Hashable, Sendable {
    /// What a probe saw.
    case observation(Observation)
    /// A stretch of our own fault, found out later.
    case void(VoidRecord)
    /// The wall clock was set while we were running.
    case clockStep(ClockStep)
}

/// The wall clock jumped against the monotonic one (时钟跳变).
public struct ClockStep: Hashable, Sendable {
    /// By our own reckoning, when it was noticed.
    public var at: Timestamp
    /// By how much the wall clock was moved, in milliseconds; negative when it was set back.
    public var byMilliseconds: Int64

    /// A step.
    public init(at: Timestamp, byMilliseconds: Int64) {
        (self.at, self.byMilliseconds) = (at, byMilliseconds)
    }
}

/// What was made safe at once (流水批次). A batch may be empty: it then says only that time has passed.
public struct JournalBatch: Hashable, Sendable {
    /// Its place.
    public var position: JournalPosition
    /// When it was written; never before the batch before it. Nothing in it was received later.
    public var writtenAt: Timestamp
    /// What it holds.
    public var entries: [JournalEntry]

    /// A batch.
    public init(position: JournalPosition, writtenAt: Timestamp, entries: [JournalEntry]) {
        (self.position, self.writtenAt, self.entries) = (position, writtenAt, entries)
    }
}

/// What we saw (流水). One writes, any number read; what was appended is safe before `append` returns.
public protocol Journal: Sendable {
    /// Makes the entries safe.
    ///
    /// - Throws: When they could not be made safe, such as on a full disk; then none of them is in the journal.
    func append(_ entries: [JournalEntry], writtenAt: Timestamp) async throws -> JournalPosition

    /// The first batch at or after that place; waits until there is one. `nil` once the journal is closed and read.
    func batch(atOrAfter position: JournalPosition) async throws -> JournalBatch?
}
