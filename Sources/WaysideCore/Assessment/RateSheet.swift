/// What one rule says of one day (考核结果): every device, and every group.
public struct RateSheet: Hashable, Sendable {
    /// The rates that hold for a device or a group.
    public struct Figures: Hashable, Sendable {
        /// For which no exemption exists.
        public var raw: OnlineRate
        /// By the rule.
        public var assessed: OnlineRate
        /// How much of what could be watched was watched.
        public var coverage: OnlineRate
        /// Whether something counts and enough was watched.
        public var isAssessable: Bool
        /// The grade's English name; `nil` when there is none or the figure is not assessable.
        public var grade: String?
        /// As bad as it may have been.
        public var low: OnlineRate
        /// As good as it may have been.
        public var high: OnlineRate
    }

    /// One device's day.
    public struct DeviceRow: Hashable, Sendable {
        /// The device's key.
        public var device: String
        /// The eleven sums.
        public var tally: DayTally
        /// Its rates.
        public var figures: Figures
    }

    /// By what devices are put together.
    public enum GroupKind: String, Hashable, Sendable, CaseIterable {
        /// Everybody.
        case all
        /// By maintainer.
        case maintainer
        /// By organization, with those below it.
        case organization
        /// By position class.
        case positionClass = "position_class"
        /// By road; a device on two roads counts in both.
        case road
    }

    /// Several devices' day.
    public struct GroupRow: Hashable, Sendable {
        /// By what they are together.
        public var kind: GroupKind
        /// Which group.
        public var key: String
        /// How many devices it has.
        public var devices: Int
        /// How many of them are not assessable.
        public var notAssessable: Int
        /// The group's rates.
        public var figures: Figures
    }

    /// Which day.
    public var day: ServiceDay
    /// Up to where the figures go, when the day was not over yet.
    public var until: Timestamp?
    /// Whether more can still become known without coming late.
    public var isProvisional: Bool
    /// By which rule.
    public var rule: RateRule
    /// By key.
    public var devices: [DeviceRow]
    /// By kind, then key.
    public var groups: [GroupRow]
}
