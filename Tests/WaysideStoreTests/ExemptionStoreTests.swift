import Postgres
import StoreTestSupport
import TestSupport
import Testing
import WaysideCore
import WaysideStore

/// A road with everything that a scope can mean, and exemptions on it.
private struct ExemptRoad {
    let store: Store
    let exemptions: ExemptionStore
    let inventory: Inventory
    let start: ServiceDay
    /// Ten days later, at ten in the morning.
    let now: Timestamp

    init(_ first: String = "2026-03-11") async throws {
        let start = try #require(ServiceDay(first))
        self.start = start
        self.now = ServiceDay(number: start.number + 10).start + 36_000_000
        self.store = try StoreFixture.store()
        self.exemptions = ExemptionStore(self.store)
        _ = try await InventoryStore(self.store).apply(Self.road(start), at: start.start)
        self.inventory = try await InventoryStore(self.store).load()
    }

    /// An aggregation switch, two switches behind it, and cameras behind one of them or both.
    private static func road(_ start: ServiceDay) -> Inventory {
        func device(_ number: Int64, _ key: String, _ organization: String, _ upstreams: [String]) -> Device {
            Device(
                id: DeviceID(number),
                key: key,
                kind: key.hasPrefix("CAM") ? .camera : .switch,
                name: "",
                assignment: Assignment(organization: organization, upstreams: upstreams)
            )
        }
        var moving = device(5, "CAM-2", "C1", ["SW-1"])
        moving.moves = [
            Move(from: ServiceDay(number: start.number + 2), organization: "S2", upstreams: ["SW-2"])
        ]
        return Inventory(
            organizations: [
                Organization(key: "P", name: "P", kind: .province, parent: nil),
                Organization(key: "S1", name: "S1", kind: .section, parent: "P"),
                Organization(key: "C1", name: "C1", kind: .subcentre, parent: "S1"),
                Organization(key: "S2", name: "S2", kind: .section, parent: "P"),
                Organization(key: "M1", name: "M1", kind: .maintainer, parent: nil),
                Organization(key: "M2", name: "M2", kind: .maintainer, parent: nil),
            ],
            devices: [
                device(1, "AGG", "P", []), device(2, "SW-1", "S1", ["AGG"]), device(3, "SW-2", "S2", ["AGG"]),
                device(4, "CAM-1", "S1", ["SW-1"]), moving, device(6, "CAM-3", "S2", ["SW-2"]),
                device(7, "CAM-4", "C1", ["SW-1", "SW-2"]),
            ]
        )
    }

    func day(_ number: Int32) -> ServiceDay { ServiceDay(number: self.start.number + number) }

    /// A window from an hour of one day to an hour of another.
    func window(_ first: Int32, _ firstHour: Int64, _ last: Int32, _ lastHour: Int64) -> Span {
        Span(self.day(first).start + firstHour * 3_600_000, self.day(last).start + lastHour * 3_600_000)
    }

    func wish(
        _ id: String,
        _ scope: Exemption.Scope,
        _ span: Span,
        className: String = "works",
        facets: Set<Facet>? = nil,
        approvedAt: Timestamp? = nil,
        revokedAt: Timestamp? = nil
    ) -> Exemption {
        Exemption(
            id: id,
            scope: scope,
            facets: facets,
            className: className,
            span: span,
            requestedAt: self.start.start,
            approvedAt: approvedAt,
            revokedAt: revokedAt,
            document: "〔2026〕9",
            reason: "road works"
        )
    }

    @discardableResult
    func decide(_ id: String, _ action: ExemptionCase.Action, later: Int64 = 0) async throws -> ExemptionCase
    {
        try await self.exemptions.decide(
            id,
            action,
            by: "lead",
            inventory: self.inventory,
            at: self.now + later
        )
    }

    @discardableResult
    func put(_ list: [Exemption], later: Int64 = 0) async throws -> Int {
        try await self.exemptions.put(list, inventory: self.inventory, by: "clerk", at: self.now + later)
    }

    /// Days from the first with the keys that are marked; `[]` for none.
    func marks() async throws -> [Int32: [String]] {
        var marks: [Int32: [String]] = [:]
        for dirty in try await DirtyDays(self.store).all() {
            let devices = try #require(dirty.devices)
            marks[dirty.day.number - self.start.number] = devices.compactMap {
                self.inventory.device($0)?.key
            }.sorted()
        }
        return marks
    }

    /// What was marked so far, which is taken off.
    func takeMarks() async throws -> [Int32: [String]] {
        let marks = try await self.marks()
        for dirty in try await DirtyDays(self.store).all() { try await DirtyDays(self.store).clear(dirty) }
        return marks
    }
}

@Suite("Exemptions in the database")
struct ExemptionStoreTests {
    @Test("a request is kept, named next and marks nothing; an approval marks; both are remembered")
    func approved() async throws {
        let road = try await ExemptRoad()
        #expect(try await road.exemptions.nextID() == "EX-1")
        let wish = road.wish("EX-7", .device("CAM-1"), road.window(1, 9, 3, 18), facets: [.stream])
        try await road.exemptions.request(wish, by: "clerk", at: road.now - 5)
        #expect(try await road.exemptions.nextID() == "EX-8")
        #expect(try await road.marks().isEmpty)
        #expect(try await road.exemptions.exemption("EX-7") == ExemptionCase(wish))
        await #expect(throws: ExemptionStore.Refusal.taken("EX-7")) {
            try await road.exemptions.request(
                road.wish("EX-7", .device("CAM-3"), road.day(1).span),
                by: "clerk",
                at: road.now - 4
            )
        }
        let approved = try await road.decide("EX-7", .approve)
        #expect(approved.stage == .approved && approved.exemption.approvedAt == road.now && approved.isLate)
        #expect(try await road.exemptions.exemption("EX-7") == approved)
        #expect(try await road.exemptions.cases(touching: road.day(2).span) == [approved])
        #expect(try await road.exemptions.cases(touching: road.day(4).span).isEmpty)
        let wanted = Dictionary(uniqueKeysWithValues: (1...3).map { (Int32($0), ["CAM-1"]) })
        #expect(try await road.marks() == wanted)
        let moves = try await road.exemptions.moves(of: "EX-7")
        #expect(moves.map(\.action) == ["request", "approve"])
        #expect(moves.map(\.by) == ["clerk", "lead"])
        #expect(moves.map(\.at) == [road.now - 5, road.now])
        await road.store.close()
    }

    @Test("a rejection marks nothing and is the end; a revocation marks again")
    func rejectedAndRevoked() async throws {
        let road = try await ExemptRoad()
        for id in ["EX-1", "EX-2"] {
            let wish = road.wish(id, .device("CAM-3"), road.window(8, 0, 20, 0))
            try await road.exemptions.request(wish, by: "clerk", at: road.now)
        }
        let rejected = try await road.decide("EX-1", .reject(reason: "no document"))
        #expect(rejected.stage == .rejected && rejected.rejectedAt == road.now)
        #expect(try await road.exemptions.exemption("EX-1") == rejected)
        #expect(try await road.marks().isEmpty)
        // Today is not over, so it is not marked, however far the window reaches.
        try await road.decide("EX-2", .approve)
        #expect(try await road.takeMarks() == [8: ["CAM-3"], 9: ["CAM-3"]])
        let revoked = try await road.decide("EX-2", .revoke(reason: "works ended"), later: 1)
        #expect(revoked.stage == .revoked && revoked.exemption.revokedAt == road.now + 1)
        #expect(try await road.exemptions.exemption("EX-2") == revoked)
        #expect(try await road.takeMarks() == [8: ["CAM-3"], 9: ["CAM-3"]])
        let reasons = try await road.exemptions.moves(of: "EX-1") + road.exemptions.moves(of: "EX-2")
        #expect(reasons.map(\.reason) == [nil, "no document", nil, nil, "works ended"])
        for (id, action) in [("EX-1", ExemptionCase.Action.approve), ("EX-2", .approve)] {
            await #expect(throws: ExemptionCase.Refusal.self) { try await road.decide(id, action, later: 2) }
        }
        await #expect(throws: ExemptionStore.Refusal.unknown("EX-9")) {
            try await road.decide("EX-9", .approve)
        }
        #expect(try await road.marks().isEmpty)
        #expect(try await road.exemptions.moves(of: "EX-1").count == 2)
        #expect(try await road.exemptions.exemption("EX-2") == revoked)
        await road.store.close()
    }

    @Test("whom it covers is asked for each day of the window")
    func scopes() async throws {
        let road = try await ExemptRoad()
        // CAM-2 leaves the section, and the switch, on the day with number 2.
        let cases: [(Exemption.Scope, [String], [String])] = [
            (.organization("S1"), ["CAM-1", "CAM-2", "CAM-4", "SW-1"], ["CAM-1", "CAM-4", "SW-1"]),
            (.organization("C1"), ["CAM-2", "CAM-4"], ["CAM-4"]),
            (.organization("S2"), ["CAM-3", "SW-2"], ["CAM-2", "CAM-3", "SW-2"]),
            (.downstream(of: "SW-1"), ["CAM-1", "CAM-2"], ["CAM-1", "CAM-2"]),
            (.downstream(of: "SW-2"), ["CAM-3"], ["CAM-2", "CAM-3"]),
            (
                .downstream(of: "AGG"), ["CAM-1", "CAM-2", "CAM-3", "CAM-4", "SW-1", "SW-2"],
                ["CAM-1", "CAM-2", "CAM-3", "CAM-4", "SW-1", "SW-2"]
            ),
            (.device("CAM-2"), ["CAM-2"], ["CAM-2"]),
            (.device("CAM-9"), [], []),
        ]
        for (number, (scope, first, then)) in cases.enumerated() {
            let id = "EX-\(number + 1)"
            let wish = road.wish(id, scope, road.window(1, 23, 2, 1))
            try await road.exemptions.request(wish, by: "clerk", at: road.now)
            try await road.decide(id, .approve)
            var wanted: [Int32: [String]] = [:]
            if !first.isEmpty {
                wanted[1] = first
                wanted[2] = then
            }
            #expect(try await road.takeMarks() == wanted, "\(scope)")
        }
        // Who comes into the scope only after the window is not covered.
        let wish = road.wish("EX-20", .organization("S2"), road.window(0, 1, 1, 24))
        try await road.exemptions.request(wish, by: "clerk", at: road.now)
        try await road.decide("EX-20", .approve)
        // The third day's windows of others are reached by a cap.
        let days = (0...2).map { (Int32($0), ["CAM-3", "SW-2"]) }
        #expect(try await road.takeMarks() == Dictionary(uniqueKeysWithValues: days))
        await road.store.close()
    }

    @Test("a cap reaches the month's later windows of the same device, and no further")
    func monthEnd() async throws {
        let road = try await ExemptRoad("2026-02-24")
        for (id, device, span, days) in [
            ("EX-1", "CAM-1", road.window(1, 0, 2, 12), [Int32(1), 2]),
            // The month ends with day 4.
            ("EX-2", "CAM-1", road.window(4, 23, 5, 1), [4, 5]),
            ("EX-3", "CAM-3", road.window(3, 0, 3, 12), [3]),
        ] {
            let wish = road.wish(id, .device(device), span)
            try await road.exemptions.request(wish, by: "clerk", at: road.now)
            try await road.decide(id, .approve)
            let wanted = Dictionary(uniqueKeysWithValues: days.map { ($0, [device]) })
            #expect(try await road.takeMarks() == wanted, "\(id)")
        }
        try await road.decide("EX-1", .revoke(reason: "works ended"), later: 1)
        #expect(try await road.takeMarks() == [1: ["CAM-1"], 2: ["CAM-1"], 4: ["CAM-1"]])
        await road.store.close()
    }

    @Test("a window that ends with its month at midnight reaches nothing of the next month")
    func endsAtMidnight() async throws {
        let road = try await ExemptRoad("2026-02-24")
        let wish = road.wish("EX-1", .device("CAM-1"), road.window(4, 0, 4, 24))
        try await road.exemptions.request(wish, by: "clerk", at: road.now)
        try await road.decide("EX-1", .approve)
        #expect(try await road.takeMarks() == [4: ["CAM-1"]])
        await road.store.close()
    }

    @Test("an import writes what is new or decided, and twice is the same as once")
    func imported() async throws {
        let road = try await ExemptRoad()
        let asked = road.wish("EX-1", .device("CAM-1"), road.window(8, 0, 9, 0))
        let approved = road.wish(
            "EX-1",
            asked.scope,
            asked.span,
            approvedAt: road.start.start + 1
        )
        let revoked = road.wish(
            "EX-1",
            asked.scope,
            asked.span,
            approvedAt: road.start.start + 1,
            revokedAt: road.start.start + 2
        )
        let other = road.wish("AB/3", .organization("S2"), road.window(9, 0, 9, 1), approvedAt: road.now - 9)
        #expect(try await road.put([asked, other]) == 2)
        #expect(try await road.takeMarks() == [8: ["CAM-1"], 9: ["CAM-2", "CAM-3", "SW-2"]])
        #expect(try await road.put([asked, other], later: 1) == 0)
        #expect(try await road.marks().isEmpty)
        #expect(try await road.put([approved, other], later: 2) == 1)
        #expect(try await road.takeMarks() == [8: ["CAM-1"]])
        #expect(try await road.exemptions.exemption("EX-1") == ExemptionCase(approved))
        #expect(try await road.put([revoked], later: 3) == 1)
        #expect(try await road.put([revoked], later: 4) == 0)
        #expect(try await road.exemptions.exemption("EX-1") == ExemptionCase(revoked))
        let moves = try await road.exemptions.moves(of: "EX-1")
        #expect(moves.map(\.action) == ["import", "import", "import"])
        #expect(moves.map(\.at) == [road.now, road.now + 2, road.now + 3])
        await road.store.close()
    }

    @Test("what was asked for is never changed by an import, and then nothing of the file is written")
    func changed() async throws {
        let road = try await ExemptRoad()
        let known = road.wish("EX-1", .device("CAM-1"), road.window(8, 0, 9, 0), facets: [.stream])
        try await road.put([known])
        _ = try await road.takeMarks()
        let others = [
            road.wish("EX-1", .device("CAM-1"), road.window(8, 0, 9, 1), facets: [.stream]),
            road.wish("EX-1", .device("CAM-3"), known.span, facets: [.stream]),
            road.wish("EX-1", .organization("CAM-1"), known.span, facets: [.stream]),
            road.wish("EX-1", .device("CAM-1"), known.span),
            road.wish("EX-1", .device("CAM-1"), known.span, className: "mains", facets: [.stream]),
        ]
        let new = road.wish("EX-2", .device("CAM-3"), road.window(8, 0, 9, 0), approvedAt: road.now)
        for other in others {
            let error = await #expect(throws: ExemptionStore.Refusal.self) {
                try await road.put([new, other], later: 1)
            }
            #expect(error == .changed("EX-1") && error?.description.contains("EX-1") == true)
        }
        #expect(try await road.exemptions.exemption("EX-2") == nil)
        #expect(try await road.exemptions.exemption("EX-1") == ExemptionCase(known))
        #expect(try await road.exemptions.moves(of: "EX-1").count == 1)
        #expect(try await road.marks().isEmpty)
        await road.store.close()
    }

    @Test("the file that was imported before a decision does not undo it")
    func staleFile() async throws {
        let road = try await ExemptRoad()
        let wishes = ["EX-1", "EX-2", "EX-3"].map {
            road.wish($0, .device("CAM-1"), road.window(8, 0, 9, 0))
        }
        try await road.put(wishes)
        let approved = try await road.decide("EX-1", .approve)
        let rejected = try await road.decide("EX-2", .reject(reason: "no document"))
        try await road.decide("EX-3", .approve)
        let revoked = try await road.decide("EX-3", .revoke(reason: "works ended"), later: 1)
        _ = try await road.takeMarks()
        #expect(try await road.put(wishes, later: 2) == 0)
        #expect(try await road.exemptions.exemption("EX-1") == approved)
        #expect(try await road.exemptions.exemption("EX-2") == rejected)
        #expect(try await road.exemptions.exemption("EX-3") == revoked)
        #expect(try await road.marks().isEmpty)
        await road.store.close()
    }

    @Test("a budget is set in place of the one before, for a maintainer that there is")
    func budgets() async throws {
        let road = try await ExemptRoad()
        func budget(_ maintainer: String, _ className: String, _ hours: Int64) -> ExemptionBudget {
            ExemptionBudget(
                maintainer: maintainer,
                className: className,
                monthMilliseconds: hours * 3_600_000
            )
        }
        #expect(try await road.exemptions.budgets().isEmpty)
        for new in [budget("M2", "works", 3), budget("M1", "works", 8), budget("M1", "mains", 2)] {
            try await road.exemptions.set(new, by: "lead", at: road.now)
        }
        try await road.exemptions.set(budget("M1", "works", 0), by: "lead", at: road.now + 1)
        let wanted = [budget("M1", "mains", 2), budget("M1", "works", 0), budget("M2", "works", 3)]
        #expect(try await road.exemptions.budgets() == wanted)
        for wrong in [budget("M9", "works", 1), budget("M1", "", 1), budget("M1", "works", -1)] {
            await #expect(throws: PostgresError.self) {
                try await road.exemptions.set(wrong, by: "lead", at: road.now)
            }
        }
        #expect(try await road.exemptions.budgets() == wanted)
        await road.store.close()
    }

    @Test("PostgreSQL refuses decisions that cannot stand together, and a step by nobody")
    func refused() async throws {
        let road = try await ExemptRoad()
        try await road.put([road.wish("EX-1", .device("CAM-1"), road.day(1).span, approvedAt: road.now)])
        for script in [
            "UPDATE exemption SET rejected_at = approved_at",
            "UPDATE exemption SET approved_at = NULL, revoked_at = recorded_at",
            "UPDATE exemption_move SET by_person = ''", "UPDATE exemption_move SET serial = 0",
        ] {
            let error = await #expect(throws: PostgresError.self, "\(script)") {
                try await road.store.pool.withConnection { try $0.runScript(script) }
            }
            #expect(error?.sqlState == "23514", "\(script)")
        }
        await road.store.close()
    }
}
