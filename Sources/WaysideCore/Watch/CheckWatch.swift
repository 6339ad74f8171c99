/// A change of one check's status at one place (状态变化); the interval it opens lasts until the next change.
public struct StatusChange: Hashable, Sendable {
    /// From when on.
    public var at: Timestamp
    /// What it is from then on.
    public var status: Status
    /// The last informative observation before `at` in the same chain; `nil` when the chain begins here.
    public var precedingAt: Timestamp?
    /// The last miss of the outage that this change ends; `nil` when it ends none.
    public var lastMissAt: Timestamp?

    /// A change.
    public init(at: Timestamp, status: Status, precedingAt: Timestamp? = nil, lastMissAt: Timestamp? = nil) {
        (self.at, self.status, self.precedingAt, self.lastMissAt) = (at, status, precedingAt, lastMissAt)
    }
}

/// Follows one check of one device at one place (观察状态机): the incremental form of the rules of chains and runs.
///
/// It takes observations in the order of their instants and says which changes follow for certain. Changes come
/// out in the order of their instants, dated back to the first miss or hit of the run that confirmed them.
public struct CheckWatch: Hashable, Sendable {
    /// What became of an observation.
    public enum Reception: Hashable, Sendable {
        /// It was folded in.
        case folded
        /// It was folded in, and shows that the end of validity announced for that instant was no end.
        case foldedWithdrawing(Timestamp)
        /// It says nothing: unknown, or a second one at the same instant that is no worse.
        case uninformative
        /// It is from before the last one: what was concluded since must be folded again.
        case late
    }

    /// How it judges.
    public let rule: ChainRule
    /// What is settled so far; what a pending run may still change is not.
    public private(set) var status: Status = .unknown
    /// The last informative observation; `nil` before the first.
    public private(set) var lastAt: Timestamp?
    /// The last miss of the outage under way; `nil` when there is none.
    public private(set) var lastMissAt: Timestamp?
    /// Misses in a row that are not confirmed yet.
    public private(set) var pendingMisses = 0

    private var lastOutcome: Outcome = .unknown
    private var firstMissAt: Timestamp?
    private var beforeFirstMissAt: Timestamp?
    private var pendingHits = 0
    private var pendingRecovery: [StatusChange] = []
    private var hasExpired = false

    /// A watch that has seen nothing.
    public init(rule: ChainRule) { self.rule = rule }

    /// Missed, and not yet confirmed (疑似): a word for the live view only.
    public var isFaltering: Bool { self.pendingMisses > 0 }

    /// From this instant on nothing that was seen speaks any more; `nil` before the first observation.
    public var validUntil: Timestamp? { self.lastAt.map { $0 + self.rule.validForMilliseconds } }

    /// What is known to hold: the settled status, or unknown once the last observation no longer speaks.
    public var current: Status { self.hasExpired ? .unknown : self.status }

    /// Takes in one observation and appends the changes that follow from it.
    public mutating func receive(
        _ outcome: Outcome,
        at: Timestamp,
        into changes: inout [StatusChange]
    ) -> Reception {
        guard outcome != .unknown else { return .uninformative }
        var reception = Reception.folded
        if let lastAt = self.lastAt {
            if at < lastAt { return .late }
            if at == lastAt {
                return outcome.precedence > self.lastOutcome.precedence ? .late : .uninformative
            }
            let end = lastAt + self.rule.validForMilliseconds
            if at > end {
                self.expire(asOf: at, into: &changes)
                self.forget()
            } else if self.hasExpired {
                self.hasExpired = false
                if self.status != .unknown { reception = .foldedWithdrawing(end) }
            }
        }
        if outcome.isMiss {
            self.miss(at: at, into: &changes)
        } else {
            self.hit(outcome, at: at, into: &changes)
        }
        self.lastAt = at
        self.lastOutcome = outcome
        return reception
    }

    /// Lets time pass: once the last observation's validity has ended before that instant, the status is unknown.
    public mutating func expire(asOf now: Timestamp, into changes: inout [StatusChange]) {
        guard !self.hasExpired, let lastAt = self.lastAt, let end = self.validUntil, now > end else { return }
        self.hasExpired = true
        guard self.status != .unknown else { return }
        changes.append(
            StatusChange(
                at: end,
                status: .unknown,
                precedingAt: lastAt,
                lastMissAt: self.status == .offline ? self.lastMissAt : nil
            )
        )
    }

    /// Takes back the end of validity that was announced, so that it is announced anew when it holds.
    ///
    /// - Returns: The instant of the change that no longer stands; `nil` when none was announced.
    mutating func retractExpiry() -> Timestamp? {
        guard self.hasExpired else { return nil }
        self.hasExpired = false
        return self.status == .unknown ? nil : self.validUntil
    }

    /// A chain has ended: the next one starts from nothing.
    private mutating func forget() {
        self.status = .unknown
        self.lastAt = nil
        self.lastMissAt = nil
        self.clearMisses()
        self.clearHits()
        self.hasExpired = false
    }

    private mutating func clearMisses() {
        self.pendingMisses = 0
        self.firstMissAt = nil
        self.beforeFirstMissAt = nil
    }

    private mutating func clearHits() {
        self.pendingHits = 0
        self.pendingRecovery.removeAll()
    }

    private mutating func miss(at: Timestamp, into changes: inout [StatusChange]) {
        guard self.status != .offline else {
            self.lastMissAt = at
            self.clearHits()
            return
        }
        if self.pendingMisses == 0 {
            self.firstMissAt = at
            self.beforeFirstMissAt = self.lastAt
        }
        self.pendingMisses += 1
        guard self.pendingMisses >= self.rule.missesToConfirm, let firstMissAt = self.firstMissAt else {
            return
        }
        changes.append(StatusChange(at: firstMissAt, status: .offline, precedingAt: self.beforeFirstMissAt))
        self.status = .offline
        self.lastMissAt = at
        self.clearMisses()
    }

    private mutating func hit(_ outcome: Outcome, at: Timestamp, into changes: inout [StatusChange]) {
        self.clearMisses()
        let status: Status = outcome == .up ? .online : .abnormal
        guard self.status == .offline else {
            if self.status != status {
                changes.append(StatusChange(at: at, status: status, precedingAt: self.lastAt))
                self.status = status
            }
            return
        }
        self.pendingHits += 1
        if self.pendingRecovery.last?.status != status {
            self.pendingRecovery.append(
                StatusChange(
                    at: at,
                    status: status,
                    precedingAt: self.lastAt,
                    lastMissAt: self.pendingRecovery.isEmpty ? self.lastMissAt : nil
                )
            )
        }
        guard self.pendingHits >= self.rule.hitsToRecover else { return }
        changes += self.pendingRecovery
        self.status = status
        self.lastMissAt = nil
        self.clearHits()
    }
}

// MARK: - Keeping it over a restart

extension CheckWatch {
    /// Appends everything it remembers.
    public func encode(into writer: inout ByteWriter) {
        writer.write(self.status.rawValue)
        writer.write(self.lastAt)
        writer.write(self.lastMissAt)
        writer.write(self.lastOutcome.rawValue)
        writer.write(Int64(self.pendingMisses))
        writer.write(self.firstMissAt)
        writer.write(self.beforeFirstMissAt)
        writer.write(Int64(self.pendingHits))
        writer.write(self.hasExpired)
        writer.write(Int64(self.pendingRecovery.count))
        for change in self.pendingRecovery { change.encode(into: &writer) }
    }

    /// Reads what `encode` wrote; `nil` when the bytes are not such.
    public init?(rule: ChainRule, from reader: inout ByteReader) {
        self.init(rule: rule)
        guard let status = reader.byte().flatMap(Status.init(rawValue:)),
            let lastAt = reader.optionalTimestamp(),
            let lastMissAt = reader.optionalTimestamp(),
            let outcome = reader.byte().flatMap(Outcome.init(rawValue:)),
            let pendingMisses = reader.integer(), let firstMissAt = reader.optionalTimestamp(),
            let beforeFirstMissAt = reader.optionalTimestamp(), let pendingHits = reader.integer(),
            let hasExpired = reader.flag(), let count = reader.integer(), (0...1_000).contains(count)
        else { return nil }
        (self.status, self.lastAt, self.lastMissAt, self.lastOutcome) = (status, lastAt, lastMissAt, outcome)
        (self.pendingMisses, self.pendingHits) = (Int(pendingMisses), Int(pendingHits))
        (self.firstMissAt, self.beforeFirstMissAt) = (firstMissAt, beforeFirstMissAt)
        self.hasExpired = hasExpired
        for _ in 0..<count {
            guard let change = StatusChange(from: &reader) else { return nil }
            self.pendingRecovery.append(change)
        }
    }
}

extension StatusChange {
    /// Appends the change.
    public func encode(into writer: inout ByteWriter) {
        writer.write(self.at.milliseconds)
        writer.write(self.status.rawValue)
        writer.write(self.precedingAt)
        writer.write(self.lastMissAt)
    }

    /// Reads what `encode` wrote; `nil` when the bytes are not such.
    public init?(from reader: inout ByteReader) {
        guard let at = reader.integer(), let status = reader.byte().flatMap(Status.init(rawValue:)),
            let precedingAt = reader.optionalTimestamp(), let lastMissAt = reader.optionalTimestamp()
        else { return nil }
        self.init(
            at: Timestamp(milliseconds: at),
            status: status,
            precedingAt: precedingAt,
            lastMissAt: lastMissAt
        )
    }
}
