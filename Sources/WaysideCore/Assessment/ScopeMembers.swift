/// Whom the scopes of exemptions cover on one day (报备范围), by places in the inventory; worked out when first needed.
public struct ScopeMembers {
    /// Which day.
    public let day: ServiceDay
    private let inventory: Inventory
    private var topology: Topology?
    private var membersByOrganization: [String: [Int]]?

    /// The scopes of that day, by its assignments.
    public init(_ inventory: Inventory, on day: ServiceDay, topology: Topology? = nil) {
        (self.inventory, self.day, self.topology) = (inventory, day, topology)
    }

    /// The devices that the scope covers; none for a key that is not in the inventory.
    public mutating func devices(of scope: Exemption.Scope) -> [Int] {
        switch scope {
        case .device(let key): return self.inventory.index(ofKey: key).map { [$0] } ?? []
        case .downstream(let key):
            guard let root = self.inventory.index(ofKey: key) else { return [] }
            let topology = self.topology ?? Topology(self.inventory, on: self.day)
            self.topology = topology
            return topology.downstream(of: root).sorted()
        case .organization(let key):
            let members = self.membersByOrganization ?? self.members()
            self.membersByOrganization = members
            return members[key] ?? []
        }
    }

    /// The devices of each organization with those below it.
    private func members() -> [String: [Int]] {
        var own: [String: [Int]] = [:]
        for (index, device) in self.inventory.devices.enumerated() {
            if let key = device.assignment(on: self.day).organization { own[key, default: []].append(index) }
        }
        var result: [String: [Int]] = [:]
        for (key, devices) in own {
            for above in self.inventory.ancestry(ofOrganization: key) {
                result[above, default: []] += devices
            }
        }
        return result
    }
}
