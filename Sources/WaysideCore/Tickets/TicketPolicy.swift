/// When tickets open, merge, come back, warn and close (工单规则).
///
/// Every figure is a setting: the trade has no common ones. The defaults suit the default cadences of the checks.
public struct TicketPolicy: Hashable, Sendable {
    /// A time to repair for some faults.
    public struct RepairTime: Hashable, Sendable {
        /// Only for these causes; `nil` for all.
        public var causes: Set<Cause>?
        /// Only for devices at positions of these classes, `0...8`; `nil` for all.
        public var positionClasses: Set<Int>?
        /// Only for these kinds of devices; `nil` for all.
        public var kinds: Set<Device.Kind>?
        /// From dispatch to the deadline, in milliseconds; more than 0.
        public var milliseconds: Int64

        /// A time to repair.
        public init(
            causes: Set<Cause>? = nil,
            positionClasses: Set<Int>? = nil,
            kinds: Set<Device.Kind>? = nil,
            milliseconds: Int64
        ) {
            precondition(milliseconds > 0)
            (self.causes, self.positionClasses, self.kinds) = (causes, positionClasses, kinds)
            self.milliseconds = milliseconds
        }

        func applies(to cause: Cause?, _ device: DeviceFacts?) -> Bool {
            (self.causes.map { causes in cause.map(causes.contains) ?? false } ?? true)
                && (self.positionClasses.map { classes in
                    device.map { classes.contains($0.positionClass) } ?? false
                }
                    ?? true)
                && (self.kinds.map { kinds in device.map { kinds.contains($0.kind) } ?? false } ?? true)
        }
    }

    /// The first that applies holds.
    public var repairTimes: [RepairTime] = []
    /// Where none applies: from dispatch to the deadline, in milliseconds; more than 0.
    public var repairMilliseconds: Int64 = 24 * 3_600_000
    /// Which part of the time to repair has gone by at the warning, in thousandths; `0...1000`.
    public var warnAfterThousandths: Int64 = 800
    /// Good probes in a row on each failed facet that prove a repair; at least 1.
    public var goodProbesToProve = 3
    /// Whether the owner must agree to a closing, also when the fault healed by itself.
    public var isOwnersWordRequired = false
    /// Whether a proved ticket closes without anybody asking.
    public var closesWhenProved = true
    /// Whether a new ticket goes to the device's maintainer at once.
    public var dispatchesAtOnce = true
    /// A fault of the same device that begins within this many milliseconds after the closing opens the old ticket
    /// again; 0 for never.
    public var recurrenceMilliseconds: Int64 = 7 * ServiceDay.lengthMilliseconds
    /// How long a confirmed outage waits at most for the verdict on its upstreams, in milliseconds; should cover the
    /// time in which an upstream's outage is confirmed.
    public var verdictWaitMilliseconds: Int64 = 120_000
    /// Fresh misses in a row, after a root has recovered, that make a fault of what hung on it; at least 1.
    public var missesAfterRecovery = 3
    /// How old, in milliseconds, a fault may be to be merged into one upstream that is confirmed later.
    public var mergeWithinMilliseconds: Int64 = 600_000
    /// Causes for which an abnormal facet opens a ticket too, once it has lasted `abnormalMilliseconds`.
    public var opensOnAbnormal: Set<Cause> = []
    /// How long a facet must have been abnormal for that, in milliseconds.
    public var abnormalMilliseconds: Int64 = 3_600_000
    /// The codes that a suspension may give as its reason.
    public var suspensionReasons: Set<String> = [
        "works", "weather", "no_access", "spare_part", "mains", "carrier",
    ]
    /// No suspension may last longer, in milliseconds.
    public var longestSuspensionMilliseconds: Int64 = 30 * ServiceDay.lengthMilliseconds

    /// The defaults.
    public init() {}

    /// What is out of its range, one sentence each; empty when the policy can be used.
    public var complaints: [String] {
        let ranges: [(String, Int64, ClosedRange<Int64>)] = [
            ("repairMilliseconds", self.repairMilliseconds, 1...Self.longest),
            ("warnAfterThousandths", self.warnAfterThousandths, 0...1_000),
            ("goodProbesToProve", Int64(self.goodProbesToProve), 1...1_000),
            ("recurrenceMilliseconds", self.recurrenceMilliseconds, 0...Self.longest),
            ("verdictWaitMilliseconds", self.verdictWaitMilliseconds, 0...Self.longest),
            ("missesAfterRecovery", Int64(self.missesAfterRecovery), 1...1_000),
            ("mergeWithinMilliseconds", self.mergeWithinMilliseconds, 0...Self.longest),
            ("abnormalMilliseconds", self.abnormalMilliseconds, 0...Self.longest),
            ("longestSuspensionMilliseconds", self.longestSuspensionMilliseconds, 1...Self.longest),
        ]
        return ranges.filter { !$0.2.contains($0.1) }.map { name, value, range in
            "\(name) is \(value), and must be from \(range.lowerBound) to \(range.upperBound)"
        }
    }

    /// No span of the policy is longer than ten years, in milliseconds.
    private static let longest: Int64 = 3_653 * ServiceDay.lengthMilliseconds

    /// The time to repair a fault of that cause on that device, in milliseconds; more than 0.
    public func repairMilliseconds(cause: Cause?, device: DeviceFacts?) -> Int64 {
        self.repairTimes.first { $0.applies(to: cause, device) }?.milliseconds ?? self.repairMilliseconds
    }

    /// When a repair that has that long from `start` on is warned of.
    func warnAt(from start: Timestamp, repairBy: Timestamp) -> Timestamp {
        let (thousands, rest) = (repairBy - start).flooredDivision(by: 1_000)
        return start + (thousands * self.warnAfterThousandths + rest * self.warnAfterThousandths / 1_000)
    }
}
