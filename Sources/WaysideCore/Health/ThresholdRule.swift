/// When a value of a device's health is more than it may be (阈值规则): data with a citation, not code.
public struct ThresholdRule: Sendable, Hashable {
    /// What is judged.
    public enum Measure: Sendable, Hashable {
        /// The value itself.
        case value
        /// Of a counter: how much it rose a second.
        case perSecond
        /// The value in hundredths (per cent) of the sum of other metrics of the same instance, or, where these have none,
        /// of the device. Of counters: of what was counted since the poll before, if the others counted at least so many.
        case share(of: [String], atLeast: Double)
    }

    /// On which side it is too much.
    public enum Condition: Sendable, Hashable {
        /// Above `raise`; good again at or below `clear`, which is at most `raise`.
        case above(raise: Double, clear: Double)
        /// Below `raise`; good again at or above `clear`, which is at least `raise`.
        case below(raise: Double, clear: Double)
        /// One of these numbers of a state; good again at every other.
        case states(Set<Int64>)

        /// Whether the value raises.
        func raises(_ value: Double) -> Bool {
            switch self {
            case .above(let raise, _): value > raise
            case .below(let raise, _): value < raise
            case .states(let states): Int64(exactly: value).map { states.contains($0) } ?? false
            }
        }

        /// Whether the value clears.
        func clears(_ value: Double) -> Bool {
            switch self {
            case .above(_, let clear): value <= clear
            case .below(_, let clear): value >= clear
            case .states: !self.raises(value)
            }
        }
    }

    /// Its name; unique among the rules.
    public var id: String
    /// What is wrong, in Chinese; `{instance}`, `{value}` and `{unit}` stand for the reading's.
    public var reasonZH: String
    /// The same in English.
    public var reasonEN: String
    /// Where the limits come from.
    public var citation: String
    /// Which metrics: a name in which `*` stands for any letters.
    public var metric: String
    /// Which parts: an instance in which `*` stands for any letters.
    public var instance = "*"
    /// Devices of these kinds only; `nil` for all.
    public var kinds: Set<Device.Kind>?
    /// Devices of these profiles only, by their ids; `nil` for all.
    public var profiles: Set<String>?
    /// These devices only, by their keys; `nil` for all.
    public var devices: Set<String>?
    /// What is judged.
    public var measure = Measure.value
    /// When it is too much.
    public var condition: Condition
    /// So many polls in a row raise; 1 or more.
    public var pollsToRaise = 1
    /// So many polls in a row clear; 1 or more.
    public var pollsToClear = 1
    /// Besides, the polls that raise must span at least so many milliseconds; 0 or more.
    public var raisingMilliseconds: Int64 = 0

    /// A rule for every device, on the value itself, at once.
    public init(
        id: String,
        reasonZH: String,
        reasonEN: String,
        citation: String,
        metric: String,
        condition: Condition
    ) {
        (self.id, self.reasonZH, self.reasonEN, self.citation) = (id, reasonZH, reasonEN, citation)
        (self.metric, self.condition) = (metric, condition)
    }

    /// Whether it speaks of that device.
    func applies(to subject: ThresholdSubject?) -> Bool {
        guard self.kinds != nil || self.profiles != nil || self.devices != nil else { return true }
        guard let subject else { return false }
        return self.kinds?.contains(subject.kind) ?? true && self.devices?.contains(subject.key) ?? true
            && self.profiles.map { profiles in subject.profile.map { profiles.contains($0) } ?? false }
                ?? true
    }

    /// Whether it speaks of that metric.
    func applies(to metric: Metric) -> Bool {
        Self.matches(self.metric, metric.name) && Self.matches(self.instance, metric.instance)
    }

    /// Whether a text is what a pattern describes, in which `*` stands for any letters, also for none.
    public static func matches(_ pattern: String, _ text: String) -> Bool {
        let (pattern, text) = (Array(pattern.utf8), Array(text.utf8))
        var (place, at, star, mark) = (0, 0, -1, 0)
        while at < text.count {
            if place < pattern.count, pattern[place] == UInt8(ascii: "*") {
                (star, mark) = (place, at)
                place += 1
            } else if place < pattern.count, pattern[place] == text[at] {
                place += 1
                at += 1
            } else if star >= 0 {
                place = star + 1
                mark += 1
                at = mark
            } else {
                return false
            }
        }
        return pattern[place...].allSatisfy { $0 == UInt8(ascii: "*") }
    }
}

/// What a rule must know of a device to see whether it speaks of it (阈值对象).
public struct ThresholdSubject: Sendable, Hashable {
    /// The device's key.
    public let key: String
    /// What it is.
    public let kind: Device.Kind
    /// The id of its profile; `nil` when it is not identified.
    public let profile: String?

    /// A device, as rules see it.
    public init(key: String, kind: Device.Kind, profile: String?) {
        (self.key, self.kind, self.profile) = (key, kind, profile)
    }
}
