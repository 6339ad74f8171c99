/// What cameras' own streams pass on their way to us (途经): the recorders, gateways and carrier links above them.
///
/// Of several ways up each counts as passed: which one a stream takes is the network's choice, not ours.
public struct StreamPassages: Hashable, Sendable {
    /// One of them.
    public struct Passage: Hashable, Sendable {
        /// Its number.
        public let device: DeviceID
        /// Its key, for people and settings.
        public let key: String
        /// A recorder, a gateway or a link.
        public let kind: Device.Kind

        /// A passage.
        public init(device: DeviceID, key: String, kind: Device.Kind) {
            (self.device, self.key, self.kind) = (device, key, kind)
        }
    }

    /// The kinds that carry other devices' streams and have little room for them.
    public static let kinds: [Device.Kind] = [.recorder, .gateway, .link]

    private let passages: [DeviceID: [Passage]]

    /// Nothing is passed by anybody.
    public static let none = StreamPassages([:])

    /// What is passed, by the number of the camera.
    public init(_ passages: [DeviceID: [Passage]]) { self.passages = passages }

    /// By the relations of that day; what is out of service lets streams through and counts as nothing.
    public init(_ inventory: Inventory, on day: ServiceDay) {
        let topology = Topology(inventory, on: day)
        var known = [[Passage]?](repeating: nil, count: inventory.devices.count)
        func above(_ index: Int, depth: Int) -> [Passage] {
            if let passages = known[index] { return passages }
            // Loops were refused by the import; a limit keeps a wrong inventory from hanging us.
            guard depth < 64 else { return [] }
            var found: [Passage] = []
            for upstream in topology.upstreams[index] {
                let device = inventory.devices[upstream]
                let own = Passage(device: device.id, key: device.key, kind: device.kind)
                let counts = Self.kinds.contains(device.kind) && topology.isInService[upstream]
                for passage in (counts ? [own] : []) + above(upstream, depth: depth + 1)
                where !found.contains(passage) { found.append(passage) }
            }
            known[index] = found
            return found
        }
        var passages: [DeviceID: [Passage]] = [:]
        for (index, device) in inventory.devices.enumerated() {
            let found = above(index, depth: 0)
            if !found.isEmpty { passages[device.id] = found }
        }
        self.init(passages)
    }

    /// What the device's own stream passes, nearest first; empty when it passes nothing.
    public func passages(of device: DeviceID) -> [Passage] { self.passages[device] ?? [] }
}
