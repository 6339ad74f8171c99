/// Which group (分组): a kind and a key.
public struct RateGroupKey: Hashable, Sendable {
    /// By what devices are put together.
    public let kind: RateSheet.GroupKind
    /// Which of that kind.
    public let key: String

    /// A group's name.
    public init(_ kind: RateSheet.GroupKind, _ key: String) { (self.kind, self.key) = (kind, key) }

    /// Everybody.
    public static let all = RateGroupKey(.all, "all")

    /// By kind, then key (bytes).
    public func isBefore(_ other: RateGroupKey) -> Bool {
        self.kind == other.kind
            ? self.key.isBefore(other.key) : self.kind.rawValue.isBefore(other.kind.rawValue)
    }
}

/// By what a device is put into groups on a day (分组归属).
public struct Membership: Hashable, Sendable {
    /// The organization's key.
    public let organization: String?
    /// The maintainer's key.
    public let maintainer: String?
    /// The roads' names.
    public let roads: [String]
    /// The position class.
    public let positionClass: Int

    /// To whom the device belongs that day.
    public init(_ device: Device, on day: ServiceDay) {
        let assignment = device.assignment(on: day)
        (self.organization, self.maintainer) = (assignment.organization, assignment.maintainer)
        (self.roads, self.positionClass) = (assignment.roads, device.positionClass)
    }

    /// The groups it leads to, each once: everybody, the organization and all above it, and so on.
    public func groups(in inventory: Inventory) -> [RateGroupKey] {
        var groups: [RateGroupKey] = [.all]
        if let organization = self.organization {
            groups += inventory.ancestry(ofOrganization: organization).map { RateGroupKey(.organization, $0) }
        }
        if let maintainer = self.maintainer { groups.append(RateGroupKey(.maintainer, maintainer)) }
        groups += Set(self.roads).map { RateGroupKey(.road, $0) }
        groups.append(RateGroupKey(.positionClass, String(self.positionClass)))
        return groups
    }
}

/// Puts devices together into groups (分组汇总): pooled, or as the mean of their rates.
public struct RateGroups: Sendable {
    private let rule: RateRule
    private let inventory: Inventory
    private var sums: [Membership: RateSums] = [:]

    /// Nobody yet.
    public init(rule: RateRule, inventory: Inventory) { (self.rule, self.inventory) = (rule, inventory) }

    /// Takes in a device's contribution.
    public mutating func add(_ figures: RateSheet.Figures, of membership: Membership) {
        self.sums[membership, default: .none(self.rule)] += RateSums(figures, under: self.rule)
    }

    /// Takes in what others were added to, under the same rule and inventory.
    public mutating func add(_ other: RateGroups) {
        if self.sums.isEmpty { return self.sums = other.sums }
        for (membership, sums) in other.sums { self.sums[membership, default: .none(self.rule)] += sums }
    }

    /// The sums of every group that has a device.
    public var sumsByGroup: [RateGroupKey: RateSums] {
        var result: [RateGroupKey: RateSums] = [:]
        for (membership, sums) in self.sums {
            for group in membership.groups(in: self.inventory) {
                result[group, default: .none(self.rule)] += sums
            }
        }
        return result
    }

    /// Every group that has a device, and `all` in any case; by kind, then key.
    public var rows: [RateSheet.GroupRow] { Self.rows(of: self.sumsByGroup, under: self.rule) }

    /// The rows of these sums, and `all` in any case; by kind, then key.
    public static func rows(
        of sums: [RateGroupKey: RateSums],
        under rule: RateRule
    ) -> [RateSheet.GroupRow] {
        sums.merging([.all: .none(rule)]) { known, _ in known }
            .sorted { $0.key.isBefore($1.key) }.map { group, sums in
                RateSheet.GroupRow(
                    kind: group.kind,
                    key: group.key,
                    devices: sums.devices,
                    notAssessable: sums.notAssessable,
                    figures: sums.figures(under: rule)
                )
            }
    }
}
