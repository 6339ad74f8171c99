public import WaysideCore

/// What stands behind one device's figure of one day (考核依据).
public struct DayExplanation: Sendable {
    /// A stretch of one class, with what opened and closed it.
    public struct Interval: Sendable {
        /// When and of which class.
        public var interval: ClassInterval
        /// Why, when it is not online.
        public var cause: Cause?
        /// The observation at which it began; `nil` when it began with the day, or by a cut that no observation made.
        public var openedBy: Observation?
        /// The observation at which it ended; `nil` when it ended with the day or is not over.
        public var closedBy: Observation?
        /// The accepted exemptions that cover it.
        public var exemptions: [Exemption]

        /// A stretch.
        public init(
            _ interval: ClassInterval,
            cause: Cause? = nil,
            openedBy: Observation? = nil,
            closedBy: Observation? = nil,
            exemptions: [Exemption] = []
        ) {
            (self.interval, self.cause, self.exemptions) = (interval, cause, exemptions)
            (self.openedBy, self.closedBy) = (openedBy, closedBy)
        }
    }

    /// The device's key.
    public var device: String
    /// Which day.
    public var day: ServiceDay
    /// Up to where it goes, when the day is not over.
    public var until: Timestamp?
    /// Whether more can still become known without coming late.
    public var isProvisional: Bool
    /// By which rule.
    public var rule: RateRule
    /// Rising, without gap or overlap.
    public var intervals: [Interval]
    /// The eleven sums and the rates; `nil` when the rule's population does not hold the device.
    public var row: RateSheet.DeviceRow?

    /// What stands behind a figure.
    public init(
        device: String,
        day: ServiceDay,
        until: Timestamp?,
        isProvisional: Bool,
        rule: RateRule,
        intervals: [Interval],
        row: RateSheet.DeviceRow?
    ) {
        (self.device, self.day, self.until, self.isProvisional) = (device, day, until, isProvisional)
        (self.rule, self.intervals, self.row) = (rule, intervals, row)
    }
}
