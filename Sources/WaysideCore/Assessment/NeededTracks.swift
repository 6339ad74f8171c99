extension RateRule {
    /// The tracks that an assessment of the day stands on, sorted, each once: those of the facet, and of what devices hang
    /// on; of the devices at these places of the inventory, or, with `nil`, of the whole population.
    public func neededTracks(
        of inventory: Inventory,
        on day: ServiceDay,
        topology: Topology,
        devices: Set<Int>? = nil
    ) -> [TrackKey] {
        var keys: [TrackKey] = []
        var asked = [Bool](repeating: false, count: inventory.devices.count)
        var waiting: [Int] = []
        for index in devices.map({ $0.sorted() }) ?? Array(inventory.devices.indices) {
            let device = inventory.devices[index]
            guard self.population.holds(device, on: day, in: inventory) else { continue }
            keys += self.tracks(of: device, self.facet)
            waiting += topology.upstreams[index]
        }
        while let index = waiting.popLast() {
            guard !asked[index] else { continue }
            asked[index] = true
            let device = inventory.devices[index]
            if device.isMonitored {
                let facet = device.facetAsUpstream
                if facet != self.facet || !self.population.holds(device, on: day, in: inventory)
                    || devices != nil
                {
                    keys += self.tracks(of: device, facet)
                }
            } else {
                waiting += topology.upstreams[index]
            }
        }
        return devices == nil ? keys.sorted() : Set(keys).sorted()
    }

    private func tracks(of device: Device, _ facet: Facet) -> [TrackKey] {
        facet.checks.filter(device.checks.contains).flatMap { check in
            Hop.allCases.filter { self.status.counts(check, at: $0) }.map {
                TrackKey(device: device.id, check: check, hop: $0)
            }
        }
    }
}

extension Device {
    /// The facet that says whether it is down as an upstream.
    public var facetAsUpstream: Facet {
        self.checks.contains { $0.facet == .reachability } ? .reachability : .stream
    }
}

extension Topology {
    /// The devices and everything that hangs on one of them, by whatever way.
    public func affected(by devices: Set<Int>) -> Set<Int> {
        var (result, waiting) = (devices, Array(devices))
        while let device = waiting.popLast() {
            for below in self.downstreams[device] where result.insert(below).inserted {
                waiting.append(below)
            }
        }
        return result
    }
}
