/// Assesses a day from files alone (重放考核): observations, voids, exemptions and an inventory, without a database.
public struct Replay {
    private let rule: RateRule
    private let inventory: Inventory
    private let exemptions: [Exemption]
    private let knownAt: Timestamp
    private let tracks: [DeviceID: [CheckTrack]]

    /// Folds the observations under the rule's profile.
    ///
    /// - Parameters:
    ///   - rule: Which definition.
    ///   - inventory: The devices.
    ///   - exemptions: All that were ever asked for.
    ///   - fold: The observations and voids; its instant of knowledge is `knownAt`.
    ///   - knownAt: What is known later does not count; `distantFuture` for everything.
    public init(
        rule: RateRule,
        inventory: Inventory,
        exemptions: [Exemption],
        fold: ObservationFold,
        knownAt: Timestamp = .distantFuture
    ) {
        (self.rule, self.inventory, self.exemptions, self.knownAt) = (rule, inventory, exemptions, knownAt)
        self.tracks = fold.tracks(under: rule.status)
    }

    /// What the rule says of the day.
    public func sheet(of day: ServiceDay) throws(Assessor.NotBegun) -> RateSheet {
        var assessor = try self.assessor(of: day)
        return assessor.sheet()
    }

    /// The assessor of the day, for figures of single devices.
    public func assessor(of day: ServiceDay) throws(Assessor.NotBegun) -> Assessor {
        let (inventory, tracks) = (self.inventory, self.tracks)
        return try Assessor(
            rule: self.rule,
            inventory: inventory,
            day: day,
            knownAt: self.knownAt,
            exemptions: self.exemptions
        ) { index, facet in
            let device = inventory.devices[index]
            return (tracks[device.id] ?? []).filter {
                $0.check.facet == facet && device.checks.contains($0.check)
            }
        }
    }
}
