import Testing

@testable import SNMP

/// An agent as a sorted list, good enough to answer a walk's questions.
private struct PaperAgent {
    var rows: [VarBind]
    /// More rows than this in one answer, and it misbehaves by `manner`.
    var mostRepetitions = Int.max
    var manner = SNMPAnswer.agentError(.tooBig, index: 0, took: .zero)
    var isV1 = false

    func answer(_ step: TableWalk.Step) -> SNMPAnswer {
        switch step {
        case .done: return .silent
        case .askRoot: return self.get([1, 3, 1])
        case .ask(let after, let repetitions):
            guard repetitions <= self.mostRepetitions else { return self.manner }
            let found = self.rows.filter { $0.name > after }.prefix(repetitions)
            if found.isEmpty, self.isV1 { return .agentError(.noSuchName, index: 1, took: .zero) }
            let end = found.count < repetitions ? [VarBind(name: after, value: .endOfMibView)] : []
            return .response(Array(found) + end, took: .zero)
        }
    }

    private func get(_ name: OID) -> SNMPAnswer {
        if let row = self.rows.first(where: { $0.name == name }) { return .response([row], took: .zero) }
        return self.isV1
            ? .agentError(.noSuchName, index: 1, took: .zero)
            : .response([VarBind(name: name, value: .noSuchObject)], took: .zero)
    }
}

private func row(_ numbers: UInt32...) -> VarBind {
    VarBind(name: OID(numbers) ?? [0, 0], value: .integer(Int64(numbers.last ?? 0)))
}

@Suite("A walk")
struct TableWalkTests {
    private let root: OID = [1, 3, 1]

    private func walk(
        _ agent: PaperAgent,
        knowsGetBulk: Bool = true,
        limits: WalkLimits = WalkLimits()
    ) -> (walk: TableWalk, cut: WalkCut?) {
        var walk = TableWalk(root: self.root, limits: limits, knowsGetBulk: knowsGetBulk)
        while true {
            if case .done(let cut) = walk.step { return (walk, cut) }
            walk.receive(agent.answer(walk.step), elapsed: .zero)
        }
    }

    private var hundred: [VarBind] { (1...100).map { row(1, 3, 1, $0) } }

    @Test("reads a subtree whole and stops at its end", arguments: [1, 2, 24, 100, 1_000], [true, false])
    func whole(repetitions: Int, hasMore: Bool) {
        var limits = WalkLimits()
        limits.repetitions = repetitions
        let agent = PaperAgent(rows: [row(1, 2, 9)] + self.hundred + (hasMore ? [row(1, 3, 2, 1)] : []))
        let (walk, cut) = self.walk(agent, limits: limits)
        #expect(cut == nil)
        #expect(walk.rows == self.hundred)
        #expect(walk.questions <= 100 / repetitions + 2)
    }

    @Test("reads an agent of v1 by GETNEXT, whose noSuchName is the end")
    func version1() {
        let (walk, cut) = self.walk(
            PaperAgent(rows: self.hundred, mostRepetitions: 1, isV1: true),
            knowsGetBulk: false
        )
        #expect(cut == nil)
        #expect(walk.rows == self.hundred)
        #expect(walk.repetitions == 1)
    }

    @Test(
        "asks for less of an agent that cannot stand so much, and remembers how much it can",
        arguments: [
            (SNMPAnswer.agentError(.tooBig, index: 0, took: .zero), 24),
            (.malformed(.encoding(.truncated), took: .zero), 24),
            (.agentError(.generalError, index: 0, took: .zero), 1), (.response([], took: .zero), 1),
            (.silent, 1),
        ]
    )
    func halves(manner: SNMPAnswer, least: Int) {
        var limits = WalkLimits()
        limits.repetitions = 24
        let agent = PaperAgent(rows: self.hundred, mostRepetitions: 7, manner: manner)
        let (walk, cut) = self.walk(agent, limits: limits)
        #expect(cut == nil)
        #expect(walk.rows == self.hundred)
        #expect(walk.repetitions == (least == 24 ? 6 : 1))
    }

    @Test("an agent that answers nothing at all is asked twice, not five times")
    func dead() {
        let (walk, cut) = self.walk(PaperAgent(rows: [], mostRepetitions: 0, manner: .silent))
        #expect(cut == .unanswered(.silent))
        #expect(walk.questions == 2)
    }

    @Test("stops where the agent cannot sort, repeats itself or runs in a circle")
    func disorder() {
        for wrong in [row(1, 3, 1, 1), row(1, 3, 1, 2), row(1, 1)] {
            var walk = TableWalk(root: self.root, limits: WalkLimits(), knowsGetBulk: true)
            walk.receive(
                .response([row(1, 3, 1, 1), row(1, 3, 1, 2), wrong, row(1, 3, 1, 9)], took: .zero),
                elapsed: .zero
            )
            #expect(walk.step == .done(.notIncreasing(last: [1, 3, 1, 2], next: wrong.name)))
            #expect(walk.rows.count == 2)
        }
    }

    @Test("keeps to its limits on rows, bytes and time, and says which it met")
    func limits() {
        var limits = WalkLimits(rows: 10)
        #expect(self.walk(PaperAgent(rows: self.hundred), limits: limits).cut == .rowLimit)
        #expect(self.walk(PaperAgent(rows: self.hundred), limits: limits).walk.rows.count == 10)
        limits = WalkLimits(rows: 100)
        #expect(self.walk(PaperAgent(rows: self.hundred), limits: limits).cut == nil)
        limits = WalkLimits()
        limits.bytes = 100
        #expect(self.walk(PaperAgent(rows: self.hundred), limits: limits).cut == .byteLimit)
        var walk = TableWalk(root: self.root, limits: WalkLimits(), knowsGetBulk: true)
        walk.receive(.response([row(1, 3, 1, 1)], took: .zero), elapsed: .seconds(60))
        #expect(walk.step == .done(.timeLimit))
        #expect(walk.rows.count == 1)
    }

    @Test("of a root that is an object itself, that object is the row", arguments: [true, false])
    func leaf(isV1: Bool) {
        let leaf = VarBind(name: self.root, value: .integer(7))
        let (walk, cut) = self.walk(PaperAgent(rows: [leaf], isV1: isV1), knowsGetBulk: !isV1)
        #expect(cut == nil)
        #expect(walk.rows == [leaf])
        let (nothing, noCut) = self.walk(PaperAgent(rows: [row(1, 4, 1)], isV1: isV1), knowsGetBulk: !isV1)
        #expect(noCut == nil)
        #expect(nothing.rows.isEmpty)
    }

    @Test("a row that a walk cannot be given ends it as partial")
    func pointless() {
        var walk = TableWalk(root: self.root, limits: WalkLimits(), knowsGetBulk: true)
        let missing = VarBind(name: [1, 3, 1, 5], value: .noSuchInstance)
        walk.receive(.response([row(1, 3, 1, 1), missing], took: .zero), elapsed: .zero)
        #expect(walk.step == .done(.pointless(at: missing.name)))
    }
}

@Suite("What walks remember")
struct WalkMemoryTests {
    @Test("the next walk begins with what the agent could stand, and tries a little more when that goes well")
    func learned() throws {
        let memory = WalkMemory()
        let address = try #require(AgentAddress("192.0.2.7"))
        #expect(memory.repetitions(for: address, wanted: 24) == 24)
        memory.note(3, of: address, began: 24, wanted: 24)
        #expect(memory.repetitions(for: address, wanted: 24) == 3)
        #expect(memory.repetitions(for: address, wanted: 2) == 2)
        memory.note(3, of: address, began: 3, wanted: 24)
        #expect(memory.repetitions(for: address, wanted: 24) == 4)
        memory.note(24, of: address, began: 24, wanted: 24)
        #expect(memory.repetitions(for: address, wanted: 24) == 24)
    }
}
