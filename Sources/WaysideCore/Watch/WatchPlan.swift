/// Who is watched and how strictly (观察计划): what the live view and the tickets need to know of the inventory.
///
/// It follows from the inventory, the settings and the day; the book is given a new one at the start, at midnight and
/// after an import. Rates do not depend on it.
public struct WatchPlan: Hashable, Sendable {
    /// How one device is watched.
    public struct Entry: Hashable, Sendable {
        /// What is asked of it.
        public let checks: Set<Check>
        /// How each check's observations are judged in the live view.
        public let rules: [Check: ChainRule]
        /// The places by which its streams, pictures and recordings are judged in the live view, as a status profile
        /// names them. Where none of them tells, whatever place tells is heard.
        public let hops: Set<Hop>

        /// An entry; every check has a rule, and `hops` is not empty.
        public init(checks: Set<Check>, rules: [Check: ChainRule], hops: Set<Hop> = [.direct]) {
            precondition(!hops.isEmpty)
            (self.checks, self.rules, self.hops) = (checks, rules, hops)
        }

        /// Whether that place is one by which the check is judged.
        public func names(_ check: Check, at hop: Hop) -> Bool {
            check.hasHops ? self.hops.contains(hop) : hop == .direct
        }
    }

    /// By device; only those in service and monitored.
    public let entries: [DeviceID: Entry]
    /// Who hangs on whom.
    public let topology: FaultTopology

    /// A plan.
    public init(entries: [DeviceID: Entry], topology: FaultTopology) {
        (self.entries, self.topology) = (entries, topology)
    }

    /// Nobody.
    public static let empty = WatchPlan(entries: [:], topology: FaultTopology())
}
