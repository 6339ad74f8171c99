public import WaysideCore

/// Which prober asks which check (探测表).
public struct ProberTable: Prober {
    private let probers: [Check: any Prober]

    /// A table; a check that is not in it cannot be asked.
    public init(_ probers: [Check: any Prober]) { self.probers = probers }

    /// The checks that can be asked.
    public var checks: Set<Check> { Set(self.probers.keys) }

    /// Hands the order to the check's prober.
    public func probe(_ order: ProbeOrder) async -> ProbeVerdict {
        guard let prober = self.probers[order.check] else {
            return .misconfigured("no prober for \(order.check.rawValue)")
        }
        return await prober.probe(order)
    }
}
