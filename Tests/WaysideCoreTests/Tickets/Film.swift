import WaysideCore

/// A small network and what its probes say, one sign each ten seconds: `u` up, `a` abnormal, `d` down, `?` unknown.
struct Film {
    var policy = TicketPolicy()
    var links: [FaultTopology.Link]
    var strips: [(device: Int64, facet: Facet, signs: String)]
    var answersRecentHits = false

    init(_ network: [Int64: [Int64]], _ strips: [Int64: String], streams: [Int64: String] = [:]) {
        self.links = network.map { device, upstreams in
            FaultTopology.Link(
                device: DeviceID(device),
                upstreams: upstreams.map(DeviceID.init),
                checks: streams[device] == nil ? [.reach] : [.reach, .stream]
            )
        }
        self.strips =
            (strips.map { ($0.key, Facet.reachability, $0.value) }
            + streams.map { ($0.key, Facet.stream, $0.value) })
            .sorted { ($0.0, $0.1 == .stream ? 1 : 0) < ($1.0, $1.1 == .stream ? 1 : 0) }
        self.policy.verdictWaitMilliseconds = 60_000
        self.policy.mergeWithinMilliseconds = 100_000
    }

    /// What the desk found, each with the number of the sign at which it did.
    func play(_ check: (FaultRoad) -> Void = { _ in }) -> [String] {
        var road = FaultRoad(desk: FaultDesk(policy: self.policy, topology: FaultTopology(self.links)))
        (road.tellsStatusFirst, road.answersRecentHits) = (true, self.answersRecentHits)
        var found: [String] = []
        for step in 0..<(self.strips.map(\.signs.count).max() ?? 0) {
            var now = Timestamp(milliseconds: Int64(step) * 10_000)
            found += road.desk.tick(now).map { "\(step) " + Self.text($0) }
            for strip in self.strips where step < strip.signs.count {
                let sign = strip.signs[strip.signs.index(strip.signs.startIndex, offsetBy: step)]
                let outcome: Outcome =
                    switch sign {
                    case "u": .up
                    case "a": .abnormal
                    case "d": .down
                    default: .unknown
                    }
                now = now + 1_000
                let events = road.probe(DeviceID(strip.device), strip.facet, outcome, at: now)
                found += events.map { "\(step) " + Self.text($0) }
            }
        }
        check(road)
        return found
    }

    static func text(_ event: FaultEvent) -> String {
        switch event {
        case .confirmed(let device, let facets, _):
            "confirmed \(device.number) "
                + facets.map { "\($0.facet)@\($0.since.milliseconds / 10_000)" }.joined(separator: "+")
        case .facetJoined(let device, let facet, _): "joined \(device.number) \(facet.facet)"
        case .relapsed(let device, let facet, _): "relapsed \(device.number) \(facet.facet)"
        case .proved(let device, let recovery, _): "proved \(device.number) by \(recovery.goodProbes)"
        case .merged(let device, let root, _): "merged \(device.number) into \(root.number)"
        case .suppressed(let device, let facet, let root, _):
            "suppressed \(device.number) \(facet.facet) by \(root.number)"
        case .released(let device, let root, let release, _):
            switch release {
            case .well(let recovery):
                "released \(device.number) of \(root.number) well" + (recovery == nil ? "" : " and proved")
            case .ownFault: "released \(device.number) of \(root.number) to its own fault"
            case .otherRoot: "released \(device.number) of \(root.number) to another"
            case .withdrawn: "released \(device.number) of \(root.number) withdrawn"
            }
        case .withdrawn(let device, _): "withdrawn \(device.number)"
        }
    }
}
