/// When each device is exempt on a day under a rule (报备时段), resolved by each day's assignment.
struct ExemptWindows {
    private let spansByDevice: [Int: SpanSet]

    /// Resolves the exemptions.
    ///
    /// A monthly cap is used up from the month's first millisecond in time order, whatever the status; so with a
    /// cap the days before in the month are resolved too.
    init(
        rule: RateRule,
        inventory: Inventory,
        topology: Topology,
        day: ServiceDay,
        exemptions: [Exemption],
        knownAt: Timestamp
    ) {
        let accepted = exemptions.filter { exemption in
            guard exemption.isKnown(at: knownAt), rule.exemptions.accept.contains(exemption.className),
                exemption.facets?.contains(rule.facet) ?? true
            else { return false }
            guard let limit = rule.exemptions.approvedWithinMilliseconds,
                let approvedAt = exemption.approvedAt
            else {
                return true
            }
            return approvedAt - exemption.span.start <= limit
        }
        let today = Self.resolve(accepted, inventory: inventory, topology: topology, day: day)
        guard let cap = rule.exemptions.monthlyCapMilliseconds else {
            self.spansByDevice = today.mapValues { SpanSet($0) }
            return
        }
        var spans = today
        var earlier = day.firstOfMonth
        while earlier < day {
            let topology = Topology(inventory, on: earlier)
            let found = Self.resolve(accepted, inventory: inventory, topology: topology, day: earlier)
            for (device, more) in found where today[device] != nil { spans[device, default: []] += more }
            earlier = earlier.next
        }
        self.spansByDevice = Dictionary(
            uniqueKeysWithValues: spans.map { device, spans in
                let inService = SpanSet(spans).clamped(to: inventory.devices[device].serviceLife)
                return (device, inService.prefix(milliseconds: max(0, cap)).clamped(to: day.span))
            }
        )
    }

    /// When the device at that place of the inventory is exempt.
    subscript(device: Int) -> SpanSet { self.spansByDevice[device] ?? SpanSet() }

    private static func resolve(
        _ exemptions: [Exemption],
        inventory: Inventory,
        topology: Topology,
        day: ServiceDay
    ) -> [Int: [Span]] {
        var result: [Int: [Span]] = [:]
        for exemption in exemptions {
            let span = exemption.span.clamped(to: day.span)
            guard !span.isEmpty else { continue }
            for device in Self.devices(exemption.scope, inventory: inventory, topology: topology, day: day) {
                result[device, default: []].append(span)
            }
        }
        return result
    }

    private static func devices(
        _ scope: Exemption.Scope,
        inventory: Inventory,
        topology: Topology,
        day: ServiceDay
    ) -> [Int] {
        switch scope {
        case .device(let key): inventory.index(ofKey: key).map { [$0] } ?? []
        case .downstream(let key):
            inventory.index(ofKey: key).map { Array(topology.downstream(of: $0)) } ?? []
        case .organization(let key):
            inventory.devices.indices.filter { index in
                guard let own = inventory.devices[index].assignment(on: day).organization else {
                    return false
                }
                return inventory.ancestry(ofOrganization: own).contains(key)
            }
        }
    }
}
