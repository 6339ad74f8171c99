/// When one track is asked next (探测排程), by what its probes said so far.
///
/// While all is well it keeps its place in the interval. After a miss the re-check cadence holds until the outage is
/// confirmed or refuted. Whoever refuses us (wrong password, locked out, no session left) is never asked quickly
/// again: cameras lock out who knocks often, and a camera's last session belongs to somebody else.
///
/// Its instants are those of the patrol's pace: they never jump, whatever is done to the wall clock.
public struct ProbeSchedule: Hashable, Sendable {
    /// Who is asked what, where.
    public let track: TrackKey
    /// How often.
    public private(set) var cadence: CheckCadence
    /// Misses in a row that confirm an outage; at least 1.
    public private(set) var missesToConfirm: Int
    /// When it is asked next; while a probe is under way, when it set out.
    public private(set) var nextDue: Timestamp
    /// Misses in a row, counted up to `missesToConfirm`.
    public private(set) var misses = 0
    /// Refusals in a row.
    public private(set) var refusals = 0

    /// A track that was never asked; its first place at or after `now`.
    public init(_ track: TrackKey, cadence: CheckCadence, missesToConfirm: Int, now: Timestamp) {
        precondition(missesToConfirm >= 1)
        (self.track, self.cadence, self.missesToConfirm) = (track, cadence, missesToConfirm)
        self.nextDue = PollPlan.nextDue(track, every: cadence.intervalMilliseconds, atOrAfter: now)
    }

    /// Takes over other settings; what was learned stays. Changes nothing when they are the same.
    public mutating func adopt(_ cadence: CheckCadence, missesToConfirm: Int, now: Timestamp) {
        precondition(missesToConfirm >= 1)
        guard cadence != self.cadence || missesToConfirm != self.missesToConfirm else { return }
        (self.cadence, self.missesToConfirm) = (cadence, missesToConfirm)
        self.misses = min(self.misses, missesToConfirm)
        self.nextDue = min(
            max(self.nextDue, now),
            PollPlan.nextDue(self.track, every: cadence.intervalMilliseconds, atOrAfter: now)
        )
    }

    /// Whether a miss waits to be confirmed.
    public var isRechecking: Bool { (1..<self.missesToConfirm).contains(self.misses) }

    /// Takes in what a probe said that set out at `askedAt` and was over at `now`.
    public mutating func receive(_ outcome: Outcome, cause: Cause?, askedAt: Timestamp, now: Timestamp) {
        if cause?.isRefusal == true {
            self.refusals += 1
            if outcome.isHit { self.misses = 0 }
            self.nextDue = self.regular(after: askedAt + self.backOffMilliseconds(cause), now: now)
            return
        }
        // What we could not tell changes nothing: neither a count of misses nor one of refusals.
        if outcome != .unknown { self.refusals = 0 }
        if outcome.isMiss { self.misses = min(self.misses + 1, self.missesToConfirm) }
        if outcome.isHit { self.misses = 0 }
        let recheck = self.cadence.recheckMilliseconds
        if self.isRechecking {
            self.nextDue = max(askedAt + recheck, now)
        } else {
            // Back to its place, but not at once where a re-check has just been.
            let rest = min(recheck, max(self.cadence.intervalMilliseconds / 2, 1))
            self.nextDue = self.regular(after: askedAt + rest, now: now)
        }
    }

    /// Whether an outage is confirmed.
    public var isOut: Bool { self.misses >= self.missesToConfirm }

    /// Asks earlier than in its turn, because another look at the same camera has changed: a re-check's time from now,
    /// so that it is never asked more quickly than a re-check would, and what changed has time to be seen. Who refused
    /// us last is not hastened.
    ///
    /// - Returns: Whether it is asked earlier now.
    public mutating func hasten(now: Timestamp) -> Bool {
        let due = now + self.cadence.recheckMilliseconds
        guard self.refusals == 0, due < self.nextDue else { return false }
        self.nextDue = due
        return true
    }

    /// The probe could not set out in time: the turn is lost, the next one is at its place.
    public mutating func lose(now: Timestamp) { self.nextDue = self.regular(after: now + 1, now: now) }

    private func regular(after instant: Timestamp, now: Timestamp) -> Timestamp {
        PollPlan.nextDue(
            self.track,
            every: self.cadence.intervalMilliseconds,
            atOrAfter: max(instant, now)
        )
    }

    /// How long to keep away, from when the refused probe set out. After a wrong password and where no session was
    /// left, up to two intervals, for which the last answer still speaks; where we are locked out, up to eight and
    /// never under a minute, because each try may prolong it.
    private func backOffMilliseconds(_ cause: Cause?) -> Int64 {
        let interval = self.cadence.intervalMilliseconds
        // A millisecond less than whole intervals: a probe that set out a little late must not lose a turn.
        let doubled = Int64(1) << Int64(min(self.refusals - 1, 3))
        if cause == .lockedOut { return max(interval * doubled - interval / 2, 60_000) }
        return interval * min(doubled, 2) - interval / 2
    }
}

extension Cause {
    /// Whether the device answered that it will not serve us now.
    public var isRefusal: Bool { self == .authFailed || self == .lockedOut || self == .busy }
}

/// What can be asked by only one at a time (会话).
public enum ProbeSession: Hashable, Sendable {
    /// The one media session that we allow ourselves at a camera. Streams and pictures share it, at every place: what
    /// a recorder, gateway or platform serves may be fetched from the same camera.
    case media(DeviceID)
    /// Anything else: the track itself.
    case track(TrackKey)

    /// The session that a probe of that track takes.
    public init(of track: TrackKey) {
        switch track.check {
        case .stream, .picture: self = .media(track.device)
        case .reach, .snmp, .recording: self = .track(track)
        }
    }
}
