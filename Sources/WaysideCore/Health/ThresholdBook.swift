/// Which thresholds are passed on which devices (阈值簿): a pure machine that is given polls and says what changed.
///
/// A device with a passed threshold answers *abnormal* with the cause `threshold` (`contracts.md` §6). A series that a
/// poll does not hold is neither good nor bad: it changes nothing, until it has not been seen for an hour; then what was
/// raised of it lapses.
public struct ThresholdBook: Sendable {
    /// A raised threshold of a series that is not read any more lapses after so long.
    public static let lapseMilliseconds: Int64 = 3_600_000
    /// Polls further apart than this are not in a row, and counters are not compared over it.
    public static let longestGapMilliseconds: Int64 = 900_000

    private struct Key: Hashable, Sendable {
        let rule: Int
        let metric: Metric

        func isBefore(_ other: Key) -> Bool {
            guard self.rule == other.rule else { return self.rule < other.rule }
            return self.metric.description < other.metric.description
        }
    }

    /// What is remembered of one series under one rule.
    fileprivate struct Watch: Sendable {
        /// Polls in a row that raise, or, when it is raised, that clear.
        var run = 0
        var runSince: Timestamp?
        var lastAt: Timestamp
        var raised: ThresholdReason?
        /// Of counters: the count, and the sum of those that it is a share of.
        var count: (own: UInt64, others: UInt64)?

        var isIdle: Bool { self.run == 0 && self.raised == nil && self.count == nil }
    }

    private let rules: [ThresholdRule]
    /// The rules of a metric's name, found once.
    private var rulesByName: [String: [Int]] = [:]
    private var subjects: [DeviceID: ThresholdSubject] = [:]
    private var watches: [DeviceID: [Key: Watch]] = [:]

    /// A book in which nothing is raised.
    public init(rules: [ThresholdRule]) { self.rules = rules }

    /// Says what a device is; rules for kinds, profiles or devices need it. What it was before is forgotten.
    public mutating func place(_ subject: ThresholdSubject?, of device: DeviceID) {
        self.subjects[device] = subject
    }

    /// Forgets a device that is asked no more.
    public mutating func forget(_ device: DeviceID) {
        self.subjects[device] = nil
        self.watches[device] = nil
    }

    /// Takes what a poll read, and says which thresholds were raised or cleared by it, rules in their order. A poll that
    /// is not later than the last one of its series changes nothing.
    public mutating func receive(_ poll: HealthPoll) -> [ThresholdChange] {
        var own = self.watches.removeValue(forKey: poll.device) ?? [:]
        var changes: [(key: Key, change: ThresholdChange)] = []
        let subject = self.subjects[poll.device]
        for reading in poll.readings {
            for rule in self.indices(of: reading.metric.name)
            where self.rules[rule].applies(to: reading.metric) && self.rules[rule].applies(to: subject) {
                let key = Key(rule: rule, metric: reading.metric)
                var watch = own[key] ?? Watch(lastAt: .distantPast)
                guard poll.at > watch.lastAt else { continue }
                if let change = self.rules[rule].judge(reading, in: poll, &watch) {
                    changes.append((key, change))
                }
                own[key] = watch.isIdle ? nil : watch
            }
        }
        for (key, watch) in own where poll.at - watch.lastAt > Self.lapseMilliseconds {
            own[key] = nil
            guard let reason = watch.raised else { continue }
            let lapse = ThresholdChange(
                device: poll.device,
                at: poll.at,
                kind: .lapsed,
                reason: reason,
                value: nil
            )
            changes.append((key, lapse))
        }
        if !own.isEmpty { self.watches[poll.device] = own }
        return changes.sorted { $0.key.isBefore($1.key) }.map(\.change)
    }

    /// The thresholds that are passed on a device, rules in their order; empty when it is well.
    public func current(_ device: DeviceID) -> [ThresholdReason] {
        var raised: [(key: Key, reason: ThresholdReason)] = []
        for (key, watch) in self.watches[device] ?? [:] {
            if let reason = watch.raised { raised.append((key, reason)) }
        }
        return raised.sorted { $0.key.isBefore($1.key) }.map(\.reason)
    }

    private mutating func indices(of name: String) -> [Int] {
        if let known = self.rulesByName[name] { return known }
        let found = self.rules.indices.filter { ThresholdRule.matches(self.rules[$0].metric, name) }
        self.rulesByName[name] = found
        return found
    }
}

/// Why a device is abnormal: a threshold that is passed (越限原因).
public struct ThresholdReason: Sendable, Hashable {
    /// The rule's id.
    public let rule: String
    /// The series.
    public let metric: Metric
    /// The value that raised it: the reading, the rate a second, or the share in per cent.
    public let value: Double
    /// When it was raised.
    public let since: Timestamp
    /// In Chinese.
    public let textZH: String
    /// In English.
    public let textEN: String
}

/// A threshold that was raised or cleared.
public struct ThresholdChange: Sendable, Hashable {
    /// What happened.
    public enum Kind: String, Sendable, Hashable {
        /// It is passed now.
        case raised
        /// It is good again.
        case cleared
        /// The series has not been read for an hour.
        case lapsed
    }

    /// On which device.
    public let device: DeviceID
    /// At the instant of the poll that did it.
    public let at: Timestamp
    /// What happened.
    public let kind: Kind
    /// What is, or was, wrong.
    public let reason: ThresholdReason
    /// The value that did it; `nil` when it lapsed.
    public let value: Double?
}

extension ThresholdRule {
    /// Judges one reading, and says whether it raises or clears.
    fileprivate func judge(
        _ reading: HealthPoll.Reading,
        in poll: HealthPoll,
        _ watch: inout ThresholdBook.Watch
    ) -> ThresholdChange? {
        let gap = poll.at - watch.lastAt
        if gap > ThresholdBook.longestGapMilliseconds {
            (watch.run, watch.runSince, watch.count) = (0, nil, nil)
        }
        let value = self.value(of: reading, in: poll, after: gap, &watch)
        watch.lastAt = poll.at
        guard let value, value.isFinite else { return nil }
        guard let raised = watch.raised else { return self.raise(reading.metric, value, poll, &watch) }
        guard self.condition.clears(value) else {
            watch.run = 0
            return nil
        }
        watch.run += 1
        guard watch.run >= self.pollsToClear else { return nil }
        (watch.run, watch.runSince, watch.raised) = (0, nil, nil)
        return ThresholdChange(device: poll.device, at: poll.at, kind: .cleared, reason: raised, value: value)
    }

    private func raise(
        _ metric: Metric,
        _ value: Double,
        _ poll: HealthPoll,
        _ watch: inout ThresholdBook.Watch
    ) -> ThresholdChange? {
        guard self.condition.raises(value) else {
            (watch.run, watch.runSince) = (0, nil)
            return nil
        }
        watch.run += 1
        let since = watch.runSince ?? poll.at
        watch.runSince = since
        guard watch.run >= self.pollsToRaise, poll.at - since >= self.raisingMilliseconds else { return nil }
        let reason = ThresholdReason(
            rule: self.id,
            metric: metric,
            value: value,
            since: poll.at,
            textZH: self.text(self.reasonZH, metric, value),
            textEN: self.text(self.reasonEN, metric, value)
        )
        (watch.run, watch.runSince, watch.raised) = (0, nil, reason)
        return ThresholdChange(device: poll.device, at: poll.at, kind: .raised, reason: reason, value: value)
    }

    private func text(_ template: String, _ metric: Metric, _ value: Double) -> String {
        let rounded = HealthPoll.Value.level((value * 100).rounded() / 100).description
        return template.replacingWord("{instance}", with: metric.instance)
            .replacingWord("{value}", with: rounded).replacingWord("{unit}", with: metric.unit)
    }

    /// What is judged; `nil` when it cannot be said yet, or not at all.
    private func value(
        of reading: HealthPoll.Reading,
        in poll: HealthPoll,
        after gap: Int64,
        _ watch: inout ThresholdBook.Watch
    ) -> Double? {
        switch self.measure {
        case .value: return reading.value.number
        case .perSecond:
            guard case .count(let count) = reading.value else { return nil }
            let last = watch.count
            watch.count = (count, 0)
            guard let last, gap > 0, case .increase(let step) = CounterStep(from: last.own, to: count) else {
                return nil
            }
            return Double(step) * 1_000 / Double(gap)
        case .share(let names, let atLeast):
            let others = names.compactMap { poll.value(of: $0, beside: reading.metric.instance) }
            guard others.count == names.count else { return nil }
            guard case .count(let count) = reading.value else {
                let whole = others.reduce(0) { $0 + $1.number }
                return whole > 0 && whole >= atLeast ? reading.value.number * 100 / whole : nil
            }
            let sum = others.reduce(UInt64(0)) { sum, value in
                if case .count(let other) = value { sum &+ other } else { sum }
            }
            let last = watch.count
            watch.count = (count, sum)
            guard let last, case .increase(let step) = CounterStep(from: last.own, to: count),
                case .increase(let whole) = CounterStep(from: last.others, to: sum), whole > 0,
                Double(whole) >= atLeast
            else { return nil }
            return Double(step) * 100 / Double(whole)
        }
    }
}

extension HealthPoll {
    /// The value of a metric of the same instance, or of the device as a whole.
    fileprivate func value(of name: String, beside instance: String) -> Value? {
        var whole: Value?
        for reading in self.readings where reading.metric.name == name {
            if reading.metric.instance == instance { return reading.value }
            if reading.metric.instance.isEmpty { whole = reading.value }
        }
        return whole
    }
}

extension String {
    /// The text with every such word replaced; without Foundation, which the core does not import.
    fileprivate func replacingWord(_ word: String, with other: String) -> String {
        var (whole, rest) = ("", self[...])
        while let found = rest.firstRange(of: word) {
            whole += rest[..<found.lowerBound] + other
            rest = rest[found.upperBound...]
        }
        return whole + rest
    }
}
