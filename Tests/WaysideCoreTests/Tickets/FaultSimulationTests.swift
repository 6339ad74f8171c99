import Testing
import WaysideCore

/// Numbers that follow from a seed (SplitMix64).
private struct SeededNumbers: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { self.state = seed }

    mutating func next() -> UInt64 {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = self.state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// A small province that breaks and is repaired at random, watched through the desk.
private struct SimulatedRoad {
    struct Place {
        let id: DeviceID
        let upstreams: [Int]
        let checks: Set<Check>
    }

    var numbers: SeededNumbers
    let policy: TicketPolicy
    let places: [Place]
    let topology: FaultTopology
    var road: FaultRoad
    var shelf: TicketShelf
    var broken: Set<Int> = []
    var streamBroken: Set<Int> = []
    var now = Timestamp(milliseconds: 0)
    var events: [FaultEvent] = []
    /// Whether people meddle; then a ticket may close long after it was proved.
    var hasPeople = false
    /// What was promised and not kept.
    var problems: [String] = []

    init(seed: UInt64) {
        var numbers = SeededNumbers(seed: seed)
        var policy = TicketPolicy()
        policy.verdictWaitMilliseconds = Int64.random(in: 10_000...90_000, using: &numbers)
        policy.mergeWithinMilliseconds = Int64.random(in: 0...300_000, using: &numbers)
        policy.goodProbesToProve = Int.random(in: 1...4, using: &numbers)
        policy.missesAfterRecovery = Int.random(in: 1...3, using: &numbers)
        policy.repairMilliseconds = 120_000
        policy.recurrenceMilliseconds = Int64.random(in: 0...200_000, using: &numbers)
        var places: [Place] = []
        for index in 0..<Int.random(in: 2...40, using: &numbers) {
            var upstreams: Set<Int> = []
            if index > 0 {
                for _ in 0..<Int.random(in: 0...2, using: &numbers) {
                    upstreams.insert(Int.random(in: 0..<max(1, index / 2), using: &numbers))
                }
            }
            let checks: Set<Check> =
                switch Int.random(in: 0..<10, using: &numbers) {
                case 0: []
                case 1...4: [.reach, .stream]
                case 5: [.stream]
                default: [.reach]
                }
            // Numbers that do not rise down the tree, so that order cannot hide behind them.
            let id = DeviceID(Int64(1_000 - index))
            places.append(Place(id: id, upstreams: upstreams.sorted(), checks: checks))
        }
        let links = places.map { place in
            FaultTopology.Link(
                device: place.id,
                upstreams: place.upstreams.map { places[$0].id },
                checks: place.checks
            )
        }
        (self.policy, self.places, self.topology) = (policy, places, FaultTopology(links))
        self.road = FaultRoad(desk: FaultDesk(policy: policy, topology: self.topology))
        self.road.tellsStatusFirst = Bool.random(using: &numbers)
        self.road.answersRecentHits = Bool.random(using: &numbers)
        self.shelf = TicketShelf(policy: policy)
        self.numbers = numbers
    }

    /// Whether a probe can reach it: it works, and so does one way up to the centre.
    func isReachable(_ index: Int) -> Bool {
        !self.broken.contains(index)
            && (self.places[index].upstreams.isEmpty
                || self.places[index].upstreams.contains { self.isReachable($0) })
    }

    mutating func breakAndRepair() {
        for index in self.places.indices {
            if self.broken.contains(index) {
                if Int.random(in: 0..<12, using: &self.numbers) == 0 { self.broken.remove(index) }
            } else if Int.random(in: 0..<100, using: &self.numbers) == 0 {
                self.broken.insert(index)
            }
            if self.streamBroken.contains(index) {
                if Int.random(in: 0..<12, using: &self.numbers) == 0 { self.streamBroken.remove(index) }
            } else if Int.random(in: 0..<100, using: &self.numbers) == 0 {
                self.streamBroken.insert(index)
            }
        }
    }

    /// Ten seconds: time passes, and everything is probed once, in any order.
    mutating func step(unknownShare: Int) {
        self.now = self.now + 10_000
        self.take(self.road.desk.tick(self.now))
        self.shelf.tick(self.now)
        for index in self.places.indices.shuffled(using: &self.numbers) {
            let place = self.places[index]
            self.now = self.now + 100
            for check in place.checks.sorted() {
                let works = self.isReachable(index) && (check == .reach || !self.streamBroken.contains(index))
                let isUnknown = Int.random(in: 0..<100, using: &self.numbers) < unknownShare
                let outcome = isUnknown ? Outcome.unknown : works ? .up : .down
                self.take(self.road.probe(place.id, check.facet, outcome, at: self.now))
            }
        }
    }

    /// Somebody asks something of some ticket, sensible or not.
    mutating func meddle() {
        let number = Int64.random(in: 1...Int64(max(1, self.shelf.tickets.count)), using: &self.numbers)
        let requests: [TicketRequest] = [
            .dispatch(to: TicketShelf.maintainer, repairBy: nil), .accept, .accept, .accept, .resume, .verify,
            .suspend(reason: "works", until: self.now + 50_000), .reportRepaired(evidence: "new lead"),
            .reject(reason: "still dark"), .giveWord, .giveWord, .merge(into: max(1, number - 1)),
        ]
        guard let request = requests.randomElement(using: &self.numbers) else { return }
        let before = self.shelf.tickets
        do {
            try self.shelf.ask(request, on: number, at: self.now)
        } catch {
            if self.shelf.tickets != before {
                self.problems.append("\(request) was refused and yet did something")
            }
        }
    }

    private mutating func take(_ events: [FaultEvent]) {
        guard !events.isEmpty else { return }
        for event in events {
            switch event {
            case .confirmed(let device, let facets, _):
                let upstreams = self.topology.upstreams(of: device)
                if !upstreams.isEmpty, upstreams.allSatisfy(self.road.isOffline) {
                    self.problems.append(
                        "\(device) confirmed at \(self.now) though all it hangs on is offline"
                    )
                }
                if facets.isEmpty { self.problems.append("\(device) confirmed without a facet") }
            case .proved(let device, let recovery, _), .released(let device, _, .well(let recovery?), _):
                if recovery.goodProbes < self.policy.goodProbesToProve {
                    self.problems.append("\(device) proved by too few probes")
                }
            default: continue
            }
        }
        let changes = self.shelf.receive(events)
        for move in changes.moves where move.action == .verify && !self.hasPeople {
            guard let ticket = self.shelf.tickets[move.ticketNumber] else { continue }
            self.expectProof(of: ticket.root, ticket.facets.map(\.facet))
            if ticket.closedAt == nil { self.problems.append("closed without an instant") }
        }
        self.events += events
        let roots = self.shelf.live.map(\.root)
        if Set(roots).count != roots.count { self.problems.append("two live tickets on one root") }
        for ticket in self.shelf.tickets.values
        where (ticket.stage.name == .closed) != (ticket.closedAt != nil) {
            self.problems.append(
                "ticket \(ticket.number) is closed without an instant, or the other way round"
            )
        }
    }

    private mutating func expectProof(of device: DeviceID, _ facets: [Facet]) {
        for facet in facets {
            let good = self.road.goodInARow[FaultRoad.Side(device: device, facet: facet)] ?? 0
            if good < self.policy.goodProbesToProve {
                self.problems.append("\(device) \(facet) closed after \(good) good probes")
            }
        }
    }
}

@Suite("A simulated road") struct FaultSimulationTests {
    @Test("keeps its promises after every step, and comes to rest", arguments: UInt64(1)...40)
    func promises(seed: UInt64) {
        var road = SimulatedRoad(seed: seed)
        for _ in 0..<120 {
            road.breakAndRepair()
            road.step(unknownShare: 10)
        }
        // Nothing changes for a while: every fault finds its place.
        for _ in 0..<40 { road.step(unknownShare: 0) }
        Self.expectEveryOutageHasItsPlace(road)
        // Everything is repaired: nothing is left.
        (road.broken, road.streamBroken) = ([], [])
        for _ in 0..<40 { road.step(unknownShare: 0) }
        #expect(road.shelf.live.isEmpty)
        #expect(road.road.desk.watched.isEmpty)
        #expect(road.shelf.tickets.values.allSatisfy { $0.affected.allSatisfy { $0.until != nil } })
        #expect(road.problems.isEmpty, "seed \(seed)")
        #expect(Set(road.shelf.notices.map(\.key)).count == road.shelf.notices.count)
        Self.expectTheStepsToTellTheStory(road)
    }

    @Test("does the same from the same seed, and after every restart", arguments: UInt64(100)...110)
    func restarts(seed: UInt64) {
        var (one, two) = (SimulatedRoad(seed: seed), SimulatedRoad(seed: seed))
        for _ in 0..<100 {
            one.breakAndRepair()
            one.step(unknownShare: 10)
            two.breakAndRepair()
            two.step(unknownShare: 10)
            var writer = ByteWriter()
            two.road.desk.encode(into: &writer)
            var reader = ByteReader(writer.bytes)
            let restored = FaultDesk(decoding: &reader, policy: two.policy, topology: two.topology)
            guard let restored, reader.isAtEnd else {
                Issue.record("seed \(seed): the desk's bytes do not read back")
                return
            }
            #expect(restored == one.road.desk)
            two.road.desk = restored
        }
        #expect(one.events == two.events)
        #expect(one.shelf.moves == two.shelf.moves && one.shelf.notices == two.shelf.notices)
        #expect(!one.events.isEmpty)
    }

    @Test("keeps its promises when people meddle", arguments: UInt64(200)...219)
    func people(seed: UInt64) {
        var road = SimulatedRoad(seed: seed)
        road.hasPeople = true
        road.shelf.policy.isOwnersWordRequired = seed.isMultiple(of: 2)
        road.shelf.policy.closesWhenProved = seed.isMultiple(of: 3)
        for _ in 0..<120 {
            road.breakAndRepair()
            road.step(unknownShare: 10)
            for _ in 0..<4 { road.meddle() }
        }
        #expect(road.problems.isEmpty, "seed \(seed)")
        for ticket in road.shelf.tickets.values {
            guard case .closed(_, let proof) = ticket.stage else { continue }
            #expect(proof.goodProbes >= road.policy.goodProbesToProve)
            #expect((proof.ownersWord != nil) || !road.shelf.policy.isOwnersWordRequired)
        }
        Self.expectTheStepsToTellTheStory(road)
    }

    @Test("comes across everything that the desks can say")
    func coverage() {
        var (said, moved, told): (Set<String>, Set<FaultTicket.ActionName>, Set<Notice.Kind>) = ([], [], [])
        for seed in UInt64(300)...312 {
            var road = SimulatedRoad(seed: seed)
            road.hasPeople = true
            road.shelf.policy.isOwnersWordRequired = seed.isMultiple(of: 2)
            for _ in 0..<100 {
                road.breakAndRepair()
                road.step(unknownShare: 10)
                road.meddle()
            }
            said.formUnion(road.events.map(Self.word))
            moved.formUnion(road.shelf.moves.map(\.action))
            told.formUnion(road.shelf.notices.map(\.kind))
        }
        #expect(
            said == [
                "confirmed", "joined", "relapsed", "proved", "merged", "suppressed", "well",
                "well and proved",
                "ownFault", "otherRoot",
            ]
        )
        #expect(moved == Set(FaultTicket.ActionName.allCases).subtracting([.giveWord]))
        #expect(told == Set(Notice.Kind.allCases).subtracting([.escalated]))
    }

    private static func word(_ event: FaultEvent) -> String {
        switch event {
        case .confirmed: "confirmed"
        case .facetJoined: "joined"
        case .relapsed: "relapsed"
        case .proved: "proved"
        case .merged: "merged"
        case .suppressed: "suppressed"
        case .released(_, _, .well(let recovery), _): recovery == nil ? "well" : "well and proved"
        case .released(_, _, .ownFault, _): "ownFault"
        case .released(_, _, .otherRoot, _): "otherRoot"
        case .released(_, _, .withdrawn, _), .withdrawn: "withdrawn"
        }
    }

    /// What is offline is either suppressed, with all it hangs on offline, or has a live ticket.
    private static func expectEveryOutageHasItsPlace(_ road: SimulatedRoad) {
        let tickets = Set(road.shelf.live.map(\.root))
        for place in road.places where !place.checks.isEmpty {
            let isOffline = place.checks.contains {
                road.road.status[FaultRoad.Side(device: place.id, facet: $0.facet)] == .offline
            }
            let upstreams = road.topology.upstreams(of: place.id)
            let isCutOff = !upstreams.isEmpty && upstreams.allSatisfy(road.road.isOffline)
            let suppression = road.road.desk.suppression(of: place.id)
            if !isOffline {
                #expect(suppression == nil && !road.road.desk.liveRoots.contains(place.id))
            } else if isCutOff {
                // Suppressed under a root with a ticket, or a fault that is older than its upstream's.
                #expect(suppression.map { tickets.contains($0.root) } ?? tickets.contains(place.id))
                #expect(suppression.map { road.road.isDark($0.root) } ?? true)
            } else {
                #expect(suppression == nil && tickets.contains(place.id))
            }
        }
    }

    /// Each ticket's steps are numbered without gaps, and each begins where the one before ended.
    private static func expectTheStepsToTellTheStory(_ road: SimulatedRoad) {
        for ticket in road.shelf.tickets.values {
            let moves = road.shelf.moves.filter { $0.ticketNumber == ticket.number }
            #expect(moves.map(\.serial) == Array(1...ticket.moveCount))
            #expect(moves.first?.from == nil && moves.last?.to == ticket.stage.name)
            #expect(zip(moves, moves.dropFirst()).allSatisfy { $0.to == $1.from && $0.at <= $1.at })
            #expect(moves.filter { $0.action == .reopen }.count == ticket.repeatCount)
        }
    }
}

extension FaultRoad {
    fileprivate func isDark(_ device: DeviceID) -> Bool {
        self.status.contains { $0.key.device == device && $0.value == .offline }
    }
}
