/// The time a maintainer has to put a fault right (修复时限), a machine beside the ticket's: it warns, it is breached,
/// it can be paused for a reason and until a time, and it stops when the work is done.
///
/// A pause is taken off: on resuming, the deadline and the warning move by as much as the pause lasted. What was
/// warned or breached stays so.
public struct RepairClock: Hashable, Sendable {
    /// How far it has come; never goes back.
    public enum Progress: Hashable, Sendable {
        /// There is time.
        case running
        /// The deadline is near (催办), from that instant on.
        case warned(at: Timestamp)
        /// The deadline has passed (超时), at that instant.
        case breached(at: Timestamp)
    }

    /// A pause (挂起).
    public struct Pause: Hashable, Sendable {
        /// The reason's code; not empty.
        public let reason: String
        /// From when on the clock rests.
        public let from: Timestamp
        /// When it goes on, unless somebody resumes before.
        public let until: Timestamp

        /// A pause.
        public init(reason: String, from: Timestamp, until: Timestamp) {
            (self.reason, self.from, self.until) = (reason, from, until)
        }
    }

    /// Why it stopped.
    public enum StopReason: String, Hashable, Sendable, CaseIterable {
        /// The maintainer reported the repair.
        case repaired
        /// The device works again without anybody's word.
        case recovered
        /// Another ticket explains the fault.
        case merged
    }

    /// Whether it goes.
    public enum State: Hashable, Sendable {
        /// It goes: running, warned or breached.
        case going(Progress)
        /// It rests.
        case paused(Pause, Progress)
        /// It has stopped.
        case stopped(StopReason, at: Timestamp, Progress)
    }

    /// What passing time brought.
    public enum Signal: Hashable, Sendable {
        /// The deadline is near.
        case warned
        /// The deadline has passed.
        case breached
        /// The pause is over; the clock rests until it is resumed.
        case pauseEnded
    }

    /// When it was started.
    public let startedAt: Timestamp
    /// The deadline, as pauses have moved it so far.
    public private(set) var repairBy: Timestamp
    /// When it warns, as pauses have moved it so far; not after the deadline.
    public private(set) var warnAt: Timestamp
    /// Whether it goes.
    public private(set) var state: State

    /// A clock that starts to run; a warning later than the deadline comes with the deadline.
    public init(startedAt: Timestamp, warnAt: Timestamp, repairBy: Timestamp) {
        self.init(startedAt: startedAt, warnAt: warnAt, repairBy: repairBy, state: .going(.running))
    }

    /// A clock as it was stored.
    public init(startedAt: Timestamp, warnAt: Timestamp, repairBy: Timestamp, state: State) {
        (self.startedAt, self.warnAt, self.repairBy) = (startedAt, min(warnAt, repairBy), repairBy)
        self.state = state
    }

    /// How far it has come.
    public var progress: Progress {
        switch self.state {
        case .going(let progress), .paused(_, let progress), .stopped(_, _, let progress): progress
        }
    }

    /// Whether the deadline was passed before the work was done.
    public var isBreached: Bool { if case .breached = self.progress { true } else { false } }

    /// When `tick` has something to say next; `nil` when passing time brings nothing more.
    public var nextDeadline: Timestamp? {
        switch self.state {
        case .going(.running): self.warnAt
        case .going(.warned): self.repairBy
        case .paused(let pause, _): pause.until
        case .going(.breached), .stopped: nil
        }
    }

    /// The deadline while the clock goes; `nil` while it rests or has stopped, because then there is none to keep.
    public var deadline: Timestamp? { if case .going = self.state { self.repairBy } else { nil } }

    /// Lets time pass. A tick that comes too late for the warning tells of the breach only.
    public mutating func tick(_ now: Timestamp) -> Signal? {
        switch self.state {
        case .going(.running), .going(.warned):
            if now >= self.repairBy {
                self.state = .going(.breached(at: self.repairBy))
                return .breached
            }
            guard case .going(.running) = self.state, now >= self.warnAt else { return nil }
            self.state = .going(.warned(at: self.warnAt))
            return .warned
        case .paused(let pause, _): return now >= pause.until ? .pauseEnded : nil
        case .going(.breached), .stopped: return nil
        }
    }

    /// Rests from now on; answers false, and changes nothing, unless it goes.
    public mutating func pause(_ pause: Pause) -> Bool {
        guard case .going(let progress) = self.state else { return false }
        self.state = .paused(pause, progress)
        return true
    }

    /// Goes on with the paused time taken off; answers false, and changes nothing, unless it rests.
    public mutating func resume(at now: Timestamp) -> Bool {
        guard case .paused(let pause, let progress) = self.state else { return false }
        self.postpone(by: min(now, pause.until) - pause.from)
        self.state = .going(progress)
        return true
    }

    /// Stops; answers false, and changes nothing, unless it goes.
    public mutating func stop(_ reason: StopReason, at now: Timestamp) -> Bool {
        guard case .going(let progress) = self.state else { return false }
        self.state = .stopped(reason, at: now, progress)
        return true
    }

    /// Goes on after a stop that came too early; answers false, and changes nothing, unless it has stopped.
    ///
    /// The time since is taken off where the device really worked (`recovered`); where the work was only said to be
    /// done (`repaired`) it counts, so that a false report gains nothing.
    public mutating func goOn(at now: Timestamp) -> Bool {
        guard case .stopped(let reason, let stoppedAt, let progress) = self.state else { return false }
        if reason == .recovered { self.postpone(by: now - stoppedAt) }
        self.state = .going(progress)
        return true
    }

    private mutating func postpone(by milliseconds: Int64) {
        self.repairBy = self.repairBy + max(0, milliseconds)
        self.warnAt = self.warnAt + max(0, milliseconds)
    }
}
