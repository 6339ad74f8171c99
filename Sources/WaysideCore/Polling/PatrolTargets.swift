/// Whom the patrol asks what, how often (轮巡对象); a whole value, replaced by another when the inventory changes.
public struct PatrolTargets: Sendable {
    /// One track and its cadence.
    public struct Line: Hashable, Sendable {
        /// Who is asked what, where.
        public var track: TrackKey
        /// How often.
        public var cadence: CheckCadence
        /// The topmost device through which it is reached, or at the platform the server that is asked: devices that
        /// share it are not unrelated.
        public var root: SelfDoubt.Root

        /// A line; a device reached through nothing is its own root.
        public init(track: TrackKey, cadence: CheckCadence, root: SelfDoubt.Root? = nil) {
            (self.track, self.cadence, self.root) = (track, cadence, root ?? .device(track.device))
        }
    }

    /// What is asked; every track at most once.
    public let lines: [Line]
    /// Who is asked, with addresses and the names of credentials, by number.
    public let devices: [DeviceID: Device]
    /// Misses in a row that confirm an outage; at least 1.
    public let missesToConfirm: Int

    /// Targets. Of lines with the same track the first counts.
    public init(lines: [Line], devices: [DeviceID: Device], missesToConfirm: Int = 3) {
        precondition(missesToConfirm >= 1)
        var seen = Set<TrackKey>()
        self.lines = lines.filter { seen.insert($0.track).inserted }
        (self.devices, self.missesToConfirm) = (devices, missesToConfirm)
    }

    /// Nobody.
    public static let none = PatrolTargets(lines: [], devices: [:])

    /// What the inventory wants asked that day: of every device in service its checks, a stream at every place where
    /// it has an address.
    ///
    /// - Parameters:
    ///   - inventory: Who there is.
    ///   - day: Who is in service, and who hangs on whom.
    ///   - checks: Those for which there is a prober.
    ///   - cadences: How often.
    ///   - missesToConfirm: The strictest of the status profiles in use; at least 1.
    public init(
        _ inventory: Inventory,
        on day: ServiceDay,
        checks: Set<Check> = [.reach, .snmp, .stream],
        cadences: CadenceTable = CadenceTable(),
        missesToConfirm: Int = 3
    ) {
        let topology = Topology(inventory, on: day)
        let roots = Self.roots(topology)
        let servers = Self.servers(inventory, roots: roots)
        var (lines, devices): ([Line], [DeviceID: Device]) = ([], [:])
        for (index, device) in inventory.devices.enumerated() where topology.isInService[index] {
            let asked = device.checks.intersection(checks)
            if asked.isEmpty { continue }
            devices[device.id] = device
            let ancestry =
                device.assignment(on: day).organization.map(inventory.ancestry(ofOrganization:)) ?? []
            for check in asked.sorted() {
                let cadence = cadences.cadence(of: check, for: device, ancestry: ancestry)
                for hop in device.hops(of: check) {
                    let server = hop == .platform ? device.platformURL.flatMap(ServerName.init(url:)) : nil
                    lines.append(
                        Line(
                            track: TrackKey(device: device.id, check: check, hop: hop),
                            cadence: cadence,
                            root: server.map { servers[$0] ?? .server($0) }
                                ?? .device(inventory.devices[roots[index]].id)
                        )
                    )
                }
            }
        }
        self.init(lines: lines, devices: devices, missesToConfirm: missesToConfirm)
    }

    /// For each device the topmost one above it; of several, the one with the first place in the inventory.
    private static func roots(_ topology: Topology) -> [Int] {
        var roots = [Int?](repeating: nil, count: topology.upstreams.count)
        func root(_ device: Int, depth: Int) -> Int {
            if let known = roots[device] { return known }
            // Loops were refused by the import; a limit keeps a wrong inventory from hanging us.
            guard depth < 64 else { return device }
            let found = topology.upstreams[device].map { root($0, depth: depth + 1) }.min() ?? device
            roots[device] = found
            return found
        }
        return topology.upstreams.indices.map { root($0, depth: 0) }
    }

    /// The roots of the platforms and servers that the inventory knows, by host: when one falls its streams fall with
    /// it, whatever the cameras hang on.
    private static func servers(_ inventory: Inventory, roots: [Int]) -> [ServerName: SelfDoubt.Root] {
        var servers: [ServerName: SelfDoubt.Root] = [:]
        for (index, device) in inventory.devices.enumerated()
        where device.kind == .platform || device.kind == .server {
            guard let name = device.address.map(ServerName.init(address:)), servers[name] == nil else {
                continue
            }
            servers[name] = .device(inventory.devices[roots[index]].id)
        }
        return servers
    }
}

extension Device {
    /// Where that check of it is asked: what has an address of its own is asked there.
    public func hops(of check: Check) -> [Hop] {
        guard check == .stream || check == .picture else { return [.direct] }
        var hops: [Hop] = []
        if self.streamURL != nil || self.subStreamURL != nil { hops.append(.direct) }
        if self.platformURL != nil { hops.append(.platform) }
        return hops.isEmpty ? [.direct] : hops
    }
}
