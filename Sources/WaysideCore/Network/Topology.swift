/// Who hangs on whom on one day (上下级关系), by places in the inventory.
public struct Topology: Sendable {
    /// For each device of the inventory the places of its upstreams that day, in service or not.
    public let upstreams: [[Int]]
    /// For each device of the inventory the places of those that name it as an upstream.
    public let downstreams: [[Int]]
    /// For each device whether it is in service that day.
    public let isInService: [Bool]
    /// For each device whether anything is asked of it.
    public let isMonitored: [Bool]

    /// The relations of the inventory on that day; an upstream that is not in the inventory is left out.
    public init(_ inventory: Inventory, on day: ServiceDay) {
        let upstreams = inventory.devices.map { device in
            device.assignment(on: day).upstreams.compactMap { inventory.index(ofKey: $0) }
        }
        var downstreams = [[Int]](repeating: [], count: inventory.devices.count)
        for (device, above) in upstreams.enumerated() {
            for upstream in above { downstreams[upstream].append(device) }
        }
        self.upstreams = upstreams
        self.downstreams = downstreams
        self.isInService = inventory.devices.map { $0.isInService(on: day) }
        self.isMonitored = inventory.devices.map(\.isMonitored)
    }

    /// The least set of devices that have upstreams, all of them the given device or in the set; the device
    /// itself is not in it. Service life is ignored.
    public func downstream(of root: Int) -> Set<Int> {
        var (result, waiting): (Set<Int>, [Int]) = ([], self.downstreams[root])
        while let candidate = waiting.popLast() {
            guard candidate != root, !result.contains(candidate) else { continue }
            guard self.upstreams[candidate].allSatisfy({ $0 == root || result.contains($0) }) else {
                continue
            }
            result.insert(candidate)
            waiting += self.downstreams[candidate]
        }
        return result
    }

    /// A device that is, by way of its upstreams, its own upstream; `nil` when there is no such loop.
    public var loop: Int? {
        enum Mark { case unseen, open, done }
        var marks = [Mark](repeating: .unseen, count: self.upstreams.count)
        for start in self.upstreams.indices where marks[start] == .unseen {
            var path: [(device: Int, next: Int)] = [(start, 0)]
            marks[start] = .open
            while let (device, next) = path.last {
                guard next < self.upstreams[device].count else {
                    marks[device] = .done
                    path.removeLast()
                    continue
                }
                path[path.count - 1].next += 1
                let upstream = self.upstreams[device][next]
                switch marks[upstream] {
                case .open: return upstream
                case .done: continue
                case .unseen:
                    marks[upstream] = .open
                    path.append((upstream, 0))
                }
            }
        }
        return nil
    }
}
