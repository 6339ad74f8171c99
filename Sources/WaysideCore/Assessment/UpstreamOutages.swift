/// When everything a device hangs on is down (上级中断), worked out once a device and day.
struct UpstreamOutages {
    private let inventory: Inventory
    private let topology: Topology
    private let window: Span
    private let facetLine: (Int, Facet) -> StatusLine
    private var outagesByDevice: [Int: SpanSet] = [:]

    /// Prepares the window; `facetLine` answers the status of a facet of the device at that place of the inventory.
    init(
        inventory: Inventory,
        topology: Topology,
        window: Span,
        facetLine: @escaping (Int, Facet) -> StatusLine
    ) {
        (self.inventory, self.topology, self.window, self.facetLine) = (
            inventory, topology, window, facetLine
        )
    }

    /// When all upstreams of the device that are in service are down; never when it has none.
    mutating func above(_ device: Int) -> SpanSet {
        let upstreams = self.topology.upstreams[device].filter { self.topology.isInService[$0] }
        guard var common = upstreams.first.map({ self.outages(of: $0) }) else { return SpanSet() }
        for upstream in upstreams.dropFirst() where !common.isEmpty {
            common = common.intersection(self.outages(of: upstream))
        }
        return common
    }

    /// When the device itself is down, as an upstream; one that is not monitored is replaced by its own upstreams.
    private mutating func outages(of device: Int) -> SpanSet {
        if let known = self.outagesByDevice[device] { return known }
        let asked = self.inventory.devices[device]
        let result =
            asked.isMonitored
            ? self.facetLine(device, asked.facetAsUpstream).spans(of: .offline, in: self.window)
            : self.above(device)
        self.outagesByDevice[device] = result
        return result
    }
}
