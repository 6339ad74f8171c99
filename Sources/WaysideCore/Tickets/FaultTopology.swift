/// Who hangs on whom, as the root-cause machine asks it (抑制拓扑): only devices that are in service and monitored,
/// an upstream that is not monitored being replaced by its own upstreams.
public struct FaultTopology: Hashable, Sendable {
    /// One device that is in service, monitored or not.
    public struct Link: Hashable, Sendable {
        /// Which.
        public let device: DeviceID
        /// What it is reached through; those that are not in service are left out by `FaultTopology`.
        public let upstreams: [DeviceID]
        /// What is asked of it; empty when it is not monitored.
        public let checks: Set<Check>

        /// A device and what it hangs on.
        public init(device: DeviceID, upstreams: [DeviceID] = [], checks: Set<Check>) {
            (self.device, self.upstreams, self.checks) = (device, upstreams, checks)
        }
    }

    struct Place: Hashable, Sendable {
        /// All must be offline for the device to be cut off; empty when nothing can cut it off. By number.
        var upstreams: [DeviceID]
        /// The facet whose being offline cuts off what hangs on it; `nil` when nothing of it can.
        var decidingFacet: Facet?
        /// The facets that are monitored.
        var facets: Set<Facet>
        /// Greater than the rank of every upstream.
        var rank: Int
    }

    private var places: [DeviceID: Place] = [:]
    private var dependents: [DeviceID: [DeviceID]] = [:]

    /// A network without devices.
    public init() {}

    /// The devices that are in service. Loops were refused by whoever read the files.
    public init(_ links: [Link]) {
        let links = Dictionary(links.map { ($0.device, $0) }) { first, _ in first }
        var resolver = Resolver(links: links)
        for link in links.values where !link.checks.isEmpty {
            let upstreams = resolver.upstreams(of: link.device) ?? []
            self.places[link.device] = Place(
                upstreams: upstreams.sorted(),
                decidingFacet: Self.decidingFacet(link.checks),
                facets: Set(link.checks.map(\.facet)),
                rank: 0
            )
        }
        for (device, place) in self.places {
            for upstream in place.upstreams { self.dependents[upstream, default: []].append(device) }
        }
        for upstream in self.dependents.keys { self.dependents[upstream]?.sort() }
        self.rank()
    }

    /// The relations of the inventory on the topology's day.
    public init(_ topology: Topology, of inventory: Inventory) {
        self.init(
            inventory.devices.indices.filter { topology.isInService[$0] }.map { place in
                Link(
                    device: inventory.devices[place].id,
                    upstreams: topology.upstreams[place].map { inventory.devices[$0].id },
                    checks: inventory.devices[place].checks
                )
            }
        )
    }

    /// Whether the device is in service and monitored; only such devices have faults.
    public func contains(_ device: DeviceID) -> Bool { self.places[device] != nil }

    /// Whether the device is in service and that side of it is monitored.
    public func contains(_ device: DeviceID, _ facet: Facet) -> Bool {
        self.places[device]?.facets.contains(facet) ?? false
    }

    /// The monitored devices that must all be offline for this one to be cut off, by number; empty when nothing can
    /// cut it off.
    public func upstreams(of device: DeviceID) -> [DeviceID] { self.places[device]?.upstreams ?? [] }

    /// The monitored devices that have this one among their upstreams, by number.
    public func dependents(of device: DeviceID) -> [DeviceID] { self.dependents[device] ?? [] }

    /// The facet whose being offline cuts off what hangs on the device: reachability, or the stream when neither
    /// reach nor SNMP is asked; `nil` when nothing of it can.
    public func decidingFacet(of device: DeviceID) -> Facet? { self.places[device]?.decidingFacet }

    /// Greater than the rank of every upstream; 0 at the top.
    func rank(of device: DeviceID) -> Int { self.places[device]?.rank ?? 0 }

    private static func decidingFacet(_ checks: Set<Check>) -> Facet? {
        if checks.contains(where: { $0.facet == .reachability }) { return .reachability }
        return checks.contains(.stream) ? .stream : nil
    }

    /// Peels the network from the top: a device is ranked when its last upstream is.
    private mutating func rank() {
        var missing = self.places.mapValues(\.upstreams.count)
        var (level, rank) = (missing.filter { $0.value == 0 }.map(\.key), 0)
        while !level.isEmpty {
            var next: [DeviceID] = []
            for device in level {
                self.places[device]?.rank = rank
                for dependent in self.dependents(of: device) {
                    missing[dependent, default: 1] -= 1
                    if missing[dependent] == 0 { next.append(dependent) }
                }
            }
            (level, rank) = (next, rank + 1)
        }
    }

    /// Replaces upstreams that are not monitored by their own.
    private struct Resolver {
        let links: [DeviceID: Link]
        var known: [DeviceID: Set<DeviceID>?] = [:]
        var open: Set<DeviceID> = []

        init(links: [DeviceID: Link]) { self.links = links }

        /// `nil` when one of the ways up ends at a device that is not monitored, and so is never offline.
        mutating func upstreams(of device: DeviceID) -> Set<DeviceID>? {
            if let known = self.known[device] { return known }
            guard self.open.insert(device).inserted else { return nil }
            defer { self.open.remove(device) }
            let inService = (self.links[device]?.upstreams ?? []).compactMap { self.links[$0] }
            var result: Set<DeviceID>? = inService.isEmpty ? nil : []
            for upstream in inService {
                if !upstream.checks.isEmpty {
                    result?.insert(upstream.device)
                } else if let above = self.upstreams(of: upstream.device) {
                    result?.formUnion(above)
                } else {
                    result = nil
                }
            }
            self.known[device] = .some(result)
            return result
        }
    }
}
