import TestSupport
import Testing
import WaysideCore

/// A seeded road that is assessed from some of its tracks; its rule is sometimes about a part of it only.
private struct AssessedRoad {
    let road: SeededRoad
    let tracks: [DeviceID: [CheckTrack]]
    let topology: Topology
    var random: SplitMix
    private let rule: RateRule

    init(seed: UInt64) {
        var random = SplitMix(seed: seed ^ 0x7EAC)
        let road = SeededRoad(seed: seed)
        var rule = road.rule
        if random.percent(40) {
            rule.population = random.pick([
                RateRule.Population(organizations: ["S1"]), RateRule.Population(kinds: [.camera]),
                RateRule.Population(fromDay: road.day.next),
            ])
        }
        var fold = ObservationFold()
        for observation in road.observations { fold.receive(observation) }
        for void in road.voids { fold.receive(void) }
        (self.road, self.rule, self.random) = (road, rule, random)
        self.tracks = fold.tracks(under: rule.status)
        self.topology = Topology(road.inventory, on: road.day)
    }

    /// An assessor that is given these tracks only; `nil` for all.
    func assessor(
        _ wanted: [TrackKey]?,
        of tracks: [DeviceID: [CheckTrack]]? = nil
    ) throws -> Assessor {
        let (inventory, tracks, wanted) = (self.road.inventory, tracks ?? self.tracks, wanted.map { Set($0) })
        return try Assessor(
            rule: self.rule,
            inventory: inventory,
            day: self.road.day,
            knownAt: .distantFuture,
            exemptions: self.road.exemptions
        ) { index, facet in
            let device = inventory.devices[index]
            return (tracks[device.id] ?? []).filter { track in
                let key = TrackKey(device: device.id, check: track.check, hop: track.hop)
                return track.check.facet == facet && device.checks.contains(track.check)
                    && wanted?.contains(key) ?? true
            }
        }
    }

    func needed(_ devices: Set<Int>? = nil) -> [TrackKey] {
        self.rule.neededTracks(
            of: self.road.inventory,
            on: self.road.day,
            topology: self.topology,
            devices: devices
        )
    }

    func rows(_ assessor: Assessor, _ devices: Set<Int>) -> [RateSheet.DeviceRow] {
        var assessor = assessor
        return devices.sorted().compactMap { assessor.deviceRow(of: $0) }
    }
}

@Suite("What an assessment stands on")
struct NeededTracksTests {
    @Test("a day assessed from the needed tracks alone is the day", arguments: UInt64(0)..<200)
    func wholeDay(seed: UInt64) throws {
        let ground = AssessedRoad(seed: seed)
        let needed = ground.needed()
        var (found, wanted) = (try ground.assessor(needed), try ground.assessor(nil))
        #expect(found.sheet() == wanted.sheet(), "seed \(seed)")
        #expect(needed == Set(needed).sorted(), "seed \(seed)")
    }

    @Test(
        "some devices assessed from what they need have the rows of the whole day",
        arguments: UInt64(0)..<200
    )
    func someDevices(seed: UInt64) throws {
        var ground = AssessedRoad(seed: seed)
        var whole = try ground.assessor(nil)
        let sheet = whole.sheet()
        for _ in 0..<4 {
            let count = Int.random(in: 0...3, using: &ground.random)
            let devices = Set(
                ground.road.inventory.devices.indices.shuffled(using: &ground.random).prefix(count)
            )
            let needed = ground.needed(devices)
            let keys = Set(devices.map { ground.road.inventory.devices[$0].key })
            let rows = ground.rows(try ground.assessor(needed), devices)
            #expect(rows == sheet.devices.filter { keys.contains($0.device) }, "seed \(seed)")
            #expect(needed == Set(needed).sorted(), "seed \(seed)")
            let all = ground.road.inventory.devices.indices
            #expect(Set(ground.needed(Set(all))) == Set(ground.needed()))
        }
    }

    @Test(
        "when one device's tracks change, only its row and those of what hangs on it do",
        arguments: UInt64(0)..<100
    )
    func affected(seed: UInt64) throws {
        var ground = AssessedRoad(seed: seed)
        let devices = ground.road.inventory.devices
        let changed = ground.random.pick(Array(devices.indices))
        var tracks = ground.tracks
        let other = StatusChange(
            at: ground.road.day.start + Int64.random(in: 0...40_000_000, using: &ground.random),
            status: ground.random.pick(Status.allCases)
        )
        tracks[devices[changed].id] = devices[changed].checks.map {
            CheckTrack(check: $0, hop: .direct, changes: [other])
        }
        let affected = ground.topology.affected(by: [changed])
        let others = Set(devices.indices).subtracting(affected)
        #expect(affected.contains(changed))
        let before = ground.rows(try ground.assessor(nil), others)
        #expect(ground.rows(try ground.assessor(nil, of: tracks), others) == before, "seed \(seed)")
    }

    @Test("an upstream that nothing is asked of is looked through, and a loop ends")
    func unmonitored() {
        func device(_ number: Int64, _ key: String, _ checks: Set<Check>, _ upstreams: [String]) -> Device {
            var device = Device(
                id: DeviceID(number),
                key: key,
                kind: .switch,
                name: key,
                assignment: Assignment(upstreams: upstreams)
            )
            device.checks = checks
            return device
        }
        let inventory = Inventory(
            organizations: [],
            devices: [
                device(1, "A", [.stream], ["B"]), device(2, "B", [], ["C", "D"]),
                device(3, "C", [.reach, .stream], ["E"]), device(4, "D", [], ["B"]),
                device(5, "E", [.reach], []),
            ]
        )
        var rule = SeededRoad(seed: 0).rule
        (rule.facet, rule.population) = (.stream, RateRule.Population())
        let day = ServiceDay(number: 20_513)
        let keys = rule.neededTracks(
            of: inventory,
            on: day,
            topology: Topology(inventory, on: day),
            devices: [0]
        )
        // The monitored upstream C answers for itself: by its reach, and E above it is not asked.
        #expect(Set(keys.map { "\($0.device.number) \($0.check)" }) == ["1 stream", "3 reach"])
    }
}

@Suite("Whom a scope covers")
struct ScopeMembersTests {
    private static func hangs(
        _ device: Device,
        on root: String,
        _ inventory: Inventory,
        _ day: ServiceDay
    ) -> Bool {
        let above = device.assignment(on: day).upstreams
        return !above.isEmpty
            && above.allSatisfy { key in
                key == root
                    || inventory.device(key: key).map { self.hangs($0, on: root, inventory, day) } ?? false
            }
    }

    @Test("is each day whom the assignments of that day say", arguments: UInt64(0)..<100)
    func members(seed: UInt64) {
        let road = SeededRoad(seed: seed)
        let inventory = road.inventory
        for day in [road.day.previous, road.day, road.day.next] {
            var scopes = ScopeMembers(inventory, on: day)
            func wanted(_ holds: (Device) -> Bool) -> [Int] {
                inventory.devices.indices.filter { holds(inventory.devices[$0]) }
            }
            for organization in ["P", "S1", "S2"] {
                let found = scopes.devices(of: .organization(organization))
                let members = wanted {
                    $0.assignment(on: day).organization == organization || organization == "P"
                }
                #expect(found.sorted() == members, "seed \(seed)")
                #expect(Set(found).count == found.count)
            }
            for device in inventory.devices {
                #expect(scopes.devices(of: .device(device.key)) == wanted { $0.key == device.key })
                let below = wanted {
                    $0.key != device.key && Self.hangs($0, on: device.key, inventory, day)
                }
                #expect(scopes.devices(of: .downstream(of: device.key)) == below, "seed \(seed)")
                var given = ScopeMembers(inventory, on: day, topology: Topology(inventory, on: day))
                #expect(given.devices(of: .downstream(of: device.key)) == below)
            }
        }
    }

    @Test("is nobody for a key that is not in the inventory")
    func unknown() {
        let road = SeededRoad(seed: 1)
        var scopes = ScopeMembers(road.inventory, on: road.day)
        #expect(scopes.day == road.day)
        for scope in [Exemption.Scope.device("X"), .organization("X"), .downstream(of: "X")] {
            #expect(scopes.devices(of: scope).isEmpty)
        }
    }
}
