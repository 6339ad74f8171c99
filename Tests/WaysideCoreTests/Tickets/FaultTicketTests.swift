import Testing
import WaysideCore

private func second(_ count: Int64) -> Timestamp { Timestamp(milliseconds: count * 1_000) }

private let maintainer = Recipient(key: "M1", name: "Northern Maintenance")
private let recovery = FaultTicket.Recovery(goodProbes: 3, wellSince: second(50))
private let facets = [FailedFacet(facet: .reachability, since: second(1), cause: .timeout)]

private func proof(policy: TicketPolicy = TicketPolicy()) throws -> FaultTicket.Proof {
    try FaultTicket.Proof(goodProbes: 3, wellSince: second(50), ownersWord: nil, policy: policy)
}

/// A ticket led to the stage by lawful moves, at most up to second 90.
private func ticket(in stage: FaultTicket.StageName) throws -> FaultTicket {
    var ticket = FaultTicket.open(number: 17, root: DeviceID(4), facets: facets, at: second(10)).ticket
    var path: [FaultTicket.Action] = []
    switch stage {
    case .opened: break
    case .dispatched: path = [dispatch]
    case .accepted: path = [dispatch, .accept]
    case .suspended: path = [dispatch, .accept, .suspend(reason: "works", until: second(500))]
    case .repaired: path = [dispatch, .accept, .reportRepaired(evidence: "new lead")]
    case .recovered: path = [dispatch, .accept, .recover(recovery)]
    case .closed: path = [dispatch, .accept, .reportRepaired(evidence: "new lead"), .verify(try proof())]
    case .merged: path = [.merge(into: 3)]
    }
    for (step, action) in path.enumerated() { try ticket.perform(action, at: second(Int64(20 + 10 * step))) }
    return ticket
}

private let dispatch = FaultTicket.Action.dispatch(
    to: maintainer,
    warnAt: second(800),
    repairBy: second(1_000)
)

private func actions() throws -> [FaultTicket.Action] {
    [
        dispatch, .accept, .suspend(reason: "works", until: second(600)), .resume,
        .reportRepaired(evidence: "new lead"), .recover(recovery), .verify(try proof()), .relapse,
        .reject(reason: "still dark"), .merge(into: 9), .reopen(facets),
    ]
}

/// The whole table of moves; a pair that is not here is refused.
private let table: [FaultTicket.StageName: [FaultTicket.ActionName: FaultTicket.StageName]] = [
    .opened: [.dispatch: .dispatched, .recover: .recovered, .merge: .merged],
    .dispatched: [.accept: .accepted, .recover: .recovered, .merge: .merged],
    .accepted: [.suspend: .suspended, .reportRepaired: .repaired, .recover: .recovered, .merge: .merged],
    .suspended: [.resume: .accepted],
    .repaired: [.verify: .closed, .reject: .dispatched],
    .recovered: [.verify: .closed, .relapse: .accepted],
    .closed: [.reopen: .opened],
    .merged: [:],
]

@Suite("A fault ticket") struct FaultTicketTests {
    @Test("moves by its table and by nothing else", arguments: FaultTicket.StageName.allCases)
    func wholeTable(stage: FaultTicket.StageName) throws {
        for action in try actions() {
            var ticket = try ticket(in: stage)
            #expect(ticket.stage.name == stage)
            let before = ticket
            if let to = table[stage]?[action.name] {
                let move = try ticket.perform(action, at: second(100), by: .person("li"))
                #expect(ticket.stage.name == to, "\(stage) \(action.name)")
                #expect((move.from, move.to, move.action) == (stage, to, action.name))
                #expect((move.at, move.by, move.serial) == (second(100), .person("li"), before.moveCount + 1))
                #expect(ticket.moveCount == move.serial)
            } else {
                #expect(
                    throws: Refusal(
                        ticketNumber: 17,
                        action: action.name,
                        stage: stage,
                        reason: .notFromThisStage
                    )
                ) { try ticket.perform(action, at: second(100)) }
                #expect(ticket == before, "\(stage) \(action.name)")
            }
        }
    }

    @Test("has every action in its table")
    func everyAction() throws {
        let names = Set(try actions().map(\.name)).union([.open, .giveWord])
        #expect(names == Set(FaultTicket.ActionName.allCases))
    }

    @Test(
        "stands again where it stood when the fault comes back before closing",
        arguments: [FaultTicket.StageName.opened, .dispatched, .accepted]
    )
    func relapse(stage: FaultTicket.StageName) throws {
        let before = try ticket(in: stage)
        var after = before
        try after.perform(.recover(recovery), at: second(60))
        try after.perform(.relapse, at: second(160))
        #expect(after.stage == before.stage)
        #expect(after.recovery == nil)
        // What it worked in between is taken off the maintainer's time.
        #expect(after.repairBy == before.repairBy.map { $0 + 100_000 })
    }

    @Test("keeps its number when it is opened again, counts the repeat and starts the clock anew")
    func reopen() throws {
        var ticket = try ticket(in: .closed)
        let again = [FailedFacet(facet: .stream, since: second(300), cause: .noMedia)]
        try ticket.perform(.reopen(again), at: second(320))
        #expect((ticket.number, ticket.repeatCount, ticket.stage) == (17, 1, .opened(at: second(320))))
        #expect(ticket.facets == again)
        #expect(ticket.clock == nil && ticket.closedAt == nil && ticket.isLive)
        try ticket.perform(
            .dispatch(to: maintainer, warnAt: second(400), repairBy: second(420)),
            at: second(330)
        )
        #expect(ticket.repairBy == second(420))
    }

    @Test("has an instant of closing exactly when it is closed", arguments: FaultTicket.StageName.allCases)
    func closedAt(stage: FaultTicket.StageName) throws {
        let ticket = try ticket(in: stage)
        #expect((ticket.closedAt != nil) == (stage == .closed))
        #expect(ticket.isLive == (stage != .closed && stage != .merged))
    }

    @Test("takes a pause off the maintainer's time, and a false report not")
    func clocks() throws {
        var ticket = try ticket(in: .suspended)
        #expect(ticket.repairBy == nil)
        try ticket.perform(.resume, at: second(140))
        #expect(ticket.repairBy == second(1_100))
        try ticket.perform(.reportRepaired(evidence: "done"), at: second(200))
        #expect(ticket.repairBy == nil)
        try ticket.perform(.reject(reason: "still dark"), at: second(300))
        #expect(ticket.repairBy == second(1_100))
    }

    @Test("refuses deadlines that have passed, empty reasons and merging into itself")
    func badPayloads() throws {
        var opened = try ticket(in: .opened)
        #expect(throws: Refusal.self) {
            try opened.perform(
                .dispatch(to: maintainer, warnAt: second(5), repairBy: second(100)),
                at: second(100)
            )
        }
        #expect(throws: Refusal.self) { try opened.perform(.merge(into: 17), at: second(100)) }
        var accepted = try ticket(in: .accepted)
        #expect(throws: Refusal.self) {
            try accepted.perform(.suspend(reason: "", until: second(500)), at: second(100))
        }
        #expect(throws: Refusal.self) {
            try accepted.perform(.suspend(reason: "works", until: second(100)), at: second(100))
        }
        #expect(throws: Refusal.self) { try accepted.perform(.reportRepaired(evidence: ""), at: second(100)) }
        #expect(accepted == (try ticket(in: .accepted)))
    }

    @Test("cannot be proved by too few probes, nor without the owner's word where it is asked for")
    func proofs() throws {
        #expect(throws: Refusal.Reason.unproved) {
            try FaultTicket.Proof(
                goodProbes: 2,
                wellSince: second(1),
                ownersWord: nil,
                policy: TicketPolicy()
            )
        }
        var strict = TicketPolicy()
        strict.isOwnersWordRequired = true
        #expect(throws: Refusal.Reason.ownersWordMissing) { try proof(policy: strict) }
    }

    @Test("is the same after being written and read", arguments: FaultTicket.StageName.allCases)
    func bytes(stage: FaultTicket.StageName) throws {
        let ticket = try ticket(in: stage)
        #expect(FaultTicket(bytes: ticket.bytes) == ticket)
        for length in 0..<ticket.bytes.count {
            #expect(FaultTicket(bytes: Array(ticket.bytes.prefix(length))) == nil)
        }
    }
}
