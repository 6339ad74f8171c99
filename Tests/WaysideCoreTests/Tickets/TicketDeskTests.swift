import Testing
import WaysideCore

private func minute(_ count: Int64) -> Timestamp { Timestamp(milliseconds: count * 60_000) }

private func confirmed(_ device: Int64, at now: Int64, since: Int64? = nil) -> FaultEvent {
    let facet = FailedFacet(facet: .reachability, since: minute(since ?? now - 1), cause: .timeout)
    return .confirmed(DeviceID(device), facets: [facet], at: minute(now))
}

private func suppressed(_ device: Int64, by root: Int64, at now: Int64) -> FaultEvent {
    let facet = FailedFacet(facet: .reachability, since: minute(now - 1), cause: .timeout)
    return .suppressed(DeviceID(device), facet, root: DeviceID(root), at: minute(now))
}

private func proved(_ device: Int64, at now: Int64, by goodProbes: Int = 3) -> FaultEvent {
    .proved(
        DeviceID(device),
        FaultTicket.Recovery(goodProbes: goodProbes, wellSince: minute(now - 1)),
        at: minute(now)
    )
}

private func released(_ device: Int64, of root: Int64, at now: Int64) -> FaultEvent {
    .released(DeviceID(device), root: DeviceID(root), .well(nil), at: minute(now))
}

private func shelf(_ change: (inout TicketPolicy) -> Void = { _ in }) -> TicketShelf {
    var policy = TicketPolicy()
    policy.repairMilliseconds = 100 * 60_000
    change(&policy)
    return TicketShelf(policy: policy)
}

@Suite("The ticket desk") struct TicketDeskTests {
    @Test(
        "opens and dispatches one ticket for a fault and tells its maintainer by both ways, with what hangs on it"
    )
    func opens() throws {
        var shelf = shelf()
        let changes = shelf.receive([confirmed(1, at: 10)] + (2...8).map { suppressed($0, by: 1, at: 10) })
        #expect(changes.openedNumbers == [1])
        #expect(changes.moves.map(\.action) == [.open, .dispatch])
        #expect(changes.moves.map(\.serial) == [1, 2])
        #expect(changes.affected.count == 7)
        #expect(changes.notices.map(\.key) == ["ticket-1-opened-1-webhook", "ticket-1-opened-1-mail"])
        let facts = try #require(changes.notices.first?.facts)
        #expect(facts.device.key == "D1" && facts.cause == .timeout && facts.since == minute(9))
        #expect(facts.affectedCount == 7 && facts.affectedNames == (2...6).map { "Device \($0)" })
        #expect(facts.repairBy == minute(110))
        #expect(shelf.live.map(\.stage.name) == [.dispatched])
    }

    @Test("leaves a ticket opened, and nobody told, where nobody maintains the device or the policy says so")
    func nobody() {
        var unknown = TicketShelf(policy: TicketPolicy()) { _ in nil }
        #expect(unknown.receive([confirmed(1, at: 10)]).notices.isEmpty)
        #expect(unknown.live.map(\.stage.name) == [.opened])
        var byHand = shelf { $0.dispatchesAtOnce = false }
        #expect(byHand.receive([confirmed(1, at: 10)]).notices.isEmpty)
        #expect(byHand.live.map(\.stage.name) == [.opened])
    }

    @Test("closes a ticket on proof alone, and says so once")
    func closes() {
        var shelf = shelf()
        shelf.receive([confirmed(1, at: 10), suppressed(2, by: 1, at: 10)])
        let changes = shelf.receive([proved(1, at: 30), released(2, of: 1, at: 31)])
        #expect(changes.moves.map(\.action) == [.recover, .verify])
        #expect(changes.notices.map(\.key) == ["ticket-1-closed-2-webhook", "ticket-1-closed-2-mail"])
        #expect(changes.notices.first?.facts.closedAt == minute(30))
        #expect(changes.notices.first?.facts.reason == .recovered)
        #expect(shelf.live.isEmpty && shelf.tickets[1]?.closedAt == minute(30))
        #expect(shelf.tickets[1]?.affected.map(\.until) == [minute(31)])
    }

    @Test("warns and tells of a breach once each, and not of a ticket that is done")
    func deadlines() {
        var shelf = shelf()
        shelf.receive([confirmed(1, at: 10), confirmed(2, at: 10)])
        shelf.receive([proved(2, at: 20)])
        let kinds = (11...200).flatMap { now in
            shelf.tick(minute(now)).notices.map { ($0.kind, $0.ticketNumber, now) }
        }
        #expect(kinds.map(\.0) == [.warned, .warned, .breached, .breached])
        #expect(kinds.map(\.1) == [1, 1, 1, 1])
        #expect(kinds.map(\.2) == [90, 90, 110, 110])
        #expect(Set(shelf.notices.map(\.key)).count == shelf.notices.count)
    }

    @Test("opens the closed ticket again within the days of the policy, and a new one after")
    func reopens() throws {
        let week = TicketPolicy().recurrenceMilliseconds / 60_000
        var soon = shelf()
        soon.receive([confirmed(1, at: 10)])
        soon.receive([proved(1, at: 30)])
        var late = soon
        let changes = soon.receive([confirmed(1, at: week + 40, since: week + 30)])
        #expect(changes.moves.map(\.action) == [.reopen, .dispatch] && changes.openedNumbers.isEmpty)
        #expect(changes.notices.map(\.kind) == [.reopened, .reopened])
        let notice = try #require(changes.notices.first)
        #expect(notice.facts.repeatCount == 1 && notice.facts.reason == .recurrence)
        #expect(notice.facts.repairBy == minute(week + 140))
        #expect(soon.live.map(\.number) == [1])
        late.receive([confirmed(1, at: week + 40, since: week + 31)])
        #expect(late.live.map(\.number) == [2])
    }

    @Test("waits for the owner's word where the rule asks for it, also when the fault healed by itself")
    func ownersWord() throws {
        var shelf = shelf { $0.isOwnersWordRequired = true }
        shelf.receive([confirmed(1, at: 10)])
        shelf.receive([proved(1, at: 30)])
        #expect(shelf.live.map(\.stage.name) == [.recovered])
        #expect(throws: Refusal.self) { try shelf.ask(.verify, on: 1, at: minute(31)) }
        try shelf.ask(.giveWord, on: 1, at: minute(32))
        #expect(shelf.tickets[1]?.closedAt == minute(32))
    }

    @Test("puts a recovered ticket back where it was when the fault returns before closing")
    func relapses() throws {
        var shelf = shelf { $0.closesWhenProved = false }
        shelf.receive([confirmed(1, at: 10)])
        try shelf.ask(.accept, on: 1, at: minute(11))
        shelf.receive([proved(1, at: 30)])
        #expect(shelf.live.map(\.stage.name) == [.recovered])
        shelf.receive([confirmed(1, at: 40)])
        #expect(shelf.live.map(\.stage.name) == [.accepted] && shelf.tickets.count == 1)
        #expect(shelf.tickets[1]?.recovery == nil)
        #expect(shelf.tickets[1]?.repairBy == minute(120))
        #expect(throws: Refusal.self) { try shelf.ask(.verify, on: 1, at: minute(41)) }
    }

    @Test(
        "takes a report of repair at its word only when probes agree, and rejects it when the fault returns"
    )
    func reportedRepair() throws {
        var shelf = shelf()
        shelf.receive([confirmed(1, at: 10)])
        try shelf.ask(.accept, on: 1, at: minute(11))
        try shelf.ask(.reportRepaired(evidence: "new lead"), on: 1, at: minute(12))
        #expect(throws: Refusal.self) { try shelf.ask(.verify, on: 1, at: minute(13)) }
        let facet = FailedFacet(facet: .reachability, since: minute(14), cause: .timeout)
        shelf.receive([.relapsed(DeviceID(1), facet, at: minute(15))])
        #expect(shelf.live.map(\.stage.name) == [.dispatched] && shelf.moves.last?.action == .reject)
        try shelf.ask(.accept, on: 1, at: minute(16))
        try shelf.ask(.reportRepaired(evidence: "another lead"), on: 1, at: minute(17))
        let changes = shelf.receive([proved(1, at: 20)])
        #expect(changes.moves.map(\.action) == [.verify] && changes.notices.first?.facts.reason == .repaired)
    }

    @Test("keeps what was proved during a suspension, and goes on by itself when that ends")
    func suspension() throws {
        var shelf = shelf()
        shelf.receive([confirmed(1, at: 10)])
        try shelf.ask(.accept, on: 1, at: minute(11))
        #expect(throws: Refusal.self) {
            try shelf.ask(.suspend(reason: "holiday", until: minute(60)), on: 1, at: minute(20))
        }
        #expect(throws: Refusal.self) {
            try shelf.ask(.suspend(reason: "works", until: minute(1_000_000)), on: 1, at: minute(20))
        }
        try shelf.ask(.suspend(reason: "works", until: minute(60)), on: 1, at: minute(20))
        var quiet = shelf
        shelf.receive([proved(1, at: 30)])
        #expect(shelf.live.map(\.stage.name) == [.suspended])
        #expect(shelf.tick(minute(59)).isEmpty)
        #expect(shelf.tick(minute(60)).moves.map(\.action) == [.resume, .recover, .verify])
        var again = quiet
        again.receive([proved(1, at: 30), confirmed(1, at: 40)])
        again.tick(minute(60))
        #expect(
            again.live.map(\.stage.name) == [.accepted],
            "what was proved before the fault returned is void"
        )
        quiet.tick(minute(70))
        #expect(quiet.live.map(\.stage.name) == [.accepted] && quiet.live.map(\.repairBy) == [minute(150)])
    }

    @Test("merges a ticket into its root's, and lets it be proved apart where work is under way")
    func merges() throws {
        var shelf = shelf()
        shelf.receive([confirmed(2, at: 10), confirmed(3, at: 10)])
        try shelf.ask(.accept, on: 2, at: minute(11))
        try shelf.ask(.reportRepaired(evidence: "new lead"), on: 2, at: minute(12))
        let merges = [Int64(2), 3].flatMap { device in
            [
                FaultEvent.merged(DeviceID(device), into: DeviceID(1), at: minute(13)),
                suppressed(device, by: 1, at: 13),
            ]
        }
        let changes = shelf.receive([confirmed(1, at: 13)] + merges)
        #expect(shelf.tickets[1]?.stage == .merged(into: 3, at: minute(13)))
        #expect(shelf.live.map(\.number) == [2, 3])
        #expect(changes.notices.map(\.kind) == [.opened, .opened, .merged, .merged])
        #expect(changes.notices.last?.facts.mergedInto == 3)
        #expect(shelf.tickets[3]?.affected.map(\.device) == [DeviceID(2), DeviceID(3)])
        let well = FaultTicket.Recovery(goodProbes: 3, wellSince: minute(19))
        shelf.receive([
            proved(1, at: 20), .released(DeviceID(2), root: DeviceID(1), .well(well), at: minute(20)),
            .released(DeviceID(3), root: DeviceID(1), .well(well), at: minute(20)),
        ])
        #expect(shelf.live.isEmpty)
        #expect(shelf.tickets[3]?.affected.map(\.until) == [minute(20), minute(20)])
        #expect(shelf.tickets[2]?.closedAt == minute(20))
    }

    @Test("refuses what people cannot ask, and changes nothing")
    func refusals() throws {
        var shelf = shelf()
        shelf.receive([confirmed(1, at: 10), confirmed(2, at: 10)])
        let before = shelf.tickets
        let requests: [(TicketRequest, Int64)] = [
            (.accept, 99), (.merge(into: 99), 1), (.merge(into: 1), 1), (.verify, 1), (.resume, 1),
            (.reportRepaired(evidence: "x"), 1), (.reject(reason: "x"), 1),
            (.dispatch(to: TicketShelf.maintainer, repairBy: nil), 1), (.giveWord, 99),
        ]
        for (request, number) in requests {
            #expect(throws: Refusal.self) { try shelf.ask(request, on: number, at: minute(20)) }
        }
        #expect(shelf.tickets == before)
        try shelf.ask(.merge(into: 2), on: 1, at: minute(20))
        #expect(shelf.live.map(\.number) == [2])
        shelf.receive([suppressed(5, by: 1, at: 21)])
        #expect(throws: Refusal.self) { try shelf.ask(.accept, on: 1, at: minute(22)) }
    }

    @Test("gives the same answer to the same events")
    func deterministic() {
        let events = [
            confirmed(1, at: 10), suppressed(2, by: 1, at: 10), proved(1, at: 20), confirmed(1, at: 30),
        ]
        var (one, two) = (shelf(), shelf())
        #expect(one.receive(events) == two.receive(events))
        #expect(one.notices == two.notices)
    }
}
