import Glibc
import Synchronization
import Testing

@testable import SNMP

private let upTime: OID = [1, 3, 6, 1, 2, 1, 1, 3, 0]

/// Opens an engine, runs the body, closes the engine, and returns its last counters.
@discardableResult
private func withEngine(
    _ change: (inout SNMPEngineSettings) -> Void = { _ in },
    _ body: (SNMPEngine) async throws -> Void
) async throws -> SNMPEngineCounters {
    var settings = SNMPEngineSettings()
    settings.deadline = .seconds(20)
    settings.retryAfter = .milliseconds(50)
    change(&settings)
    let engine = try SNMPEngine(settings: settings)
    do {
        try await body(engine)
    } catch {
        await engine.close()
        throw error
    }
    await engine.close()
    return engine.counters
}

extension SNMPAnswer {
    fileprivate var varBinds: [VarBind]? {
        guard case .response(let varBinds, _) = self else { return nil }
        return varBinds
    }
}

@Suite("The engine")
struct EngineTests {
    @Test("gets an answer, exactly as sent")
    func plain() async throws {
        let fake = try FakeAgent { request, _ in
            [.own(request.answer(request.names.map { ($0, .counter64(.max)) }))]
        }
        let counters = try await withEngine { engine in
            let answer = await engine.get([upTime], from: try fake.agent())
            #expect(answer.value(of: upTime) == .counter64(.max))
            #expect(
                await engine.get([upTime], from: try fake.agent(.v1(community: "right"))).varBinds?.count == 1
            )
        }
        #expect(counters.asked == 2 && counters.sent == 2 && counters.answered == 2 && counters.retries == 0)
    }

    @Test("an answer from another address, or another port, is none")
    func spoofed() async throws {
        for host in ["127.0.0.2", "127.0.0.1"] {
            let fake = try FakeAgent(strangerAt: host) { request, number in
                let lie = request.answer([(upTime, .timeTicks(666))])
                return [.stranger(lie)]
                    + (number == 0 ? [] : [.own(request.answer([(upTime, .timeTicks(1))]))])
            }
            let counters = try await withEngine { engine in
                let answer = await engine.get([upTime], from: try fake.agent())
                #expect(answer.value(of: upTime) == .timeTicks(1))
            }
            #expect(counters.foreign >= 1)
        }
    }

    @Test("an answer with another id, community, version or PDU is none")
    func notOurs() async throws {
        let fake = try FakeAgent { request, _ in
            let lie: [(OID, SNMPValue)] = [(upTime, .timeTicks(666))]
            return [
                .own(request.answer(lie, requestID: request.requestID ^ 0x10000)),
                .own(request.answer(lie, requestID: -request.requestID)),
                .own(request.answer(lie, requestID: request.requestID | 1 << 40)),
                .own(request.answer(lie, community: "wrong")), .own(request.answer(lie, community: "right ")),
                .own(request.answer(lie, version: 0)), .own(request.answer(lie, tag: 0xA0)),
                .own([0x30, 0x80, 0, 0]), .own([1, 2, 3]), .own(request.answer([(upTime, .timeTicks(1))])),
            ]
        }
        let counters = try await withEngine { engine in
            let answer = await engine.get([upTime], from: try fake.agent())
            #expect(answer.value(of: upTime) == .timeTicks(1))
        }
        #expect(counters.late == 3 && counters.wrongCommunity == 4 && counters.malformed == 2)
    }

    @Test("a late answer to an earlier sending is not taken for the answer to this one")
    func late() async throws {
        let first = Mutex<[UInt8]>([])
        let fake = try FakeAgent { request, number in
            if number == 0 {
                first.withLock { $0 = request.answer([(upTime, .timeTicks(666))]) }
                return []
            }
            return [.own(first.withLock { $0 }), .own(request.answer([(upTime, .timeTicks(2))]))]
        }
        let counters = try await withEngine { engine in
            let answer = await engine.get([upTime], from: try fake.agent())
            #expect(answer.value(of: upTime) == .timeTicks(2))
        }
        #expect(counters.late == 1 && counters.retries == 1)
        #expect(Set(fake.requestIDs).count == 2)
    }

    @Test("a second copy of an answer changes nothing")
    func duplicated() async throws {
        let fake = try FakeAgent { request, number in
            let answer = request.answer([(upTime, .timeTicks(UInt32(number)))])
            return [.own(answer), .own(answer)]
        }
        let counters = try await withEngine { engine in
            for number in 0..<20 as Range<UInt32> {
                let answer = await engine.get([upTime], from: try fake.agent())
                #expect(answer.value(of: upTime) == .timeTicks(number))
            }
        }
        #expect(counters.answered == 20)
    }

    @Test("a cut answer is asked for again at once, and is malformed when it stays so")
    func cut() async throws {
        let fake = try FakeAgent { request, number in
            let answer = request.answer([(upTime, .octets([UInt8](repeating: 65, count: 90)))])
            return [.own(number == 0 || number > 1 ? Array(answer.dropLast(30)) : answer)]
        }
        try await withEngine({ $0.retryAfter = .seconds(60) }) { engine in
            let agent = try fake.agent()
            #expect(await engine.get([upTime], from: agent).varBinds?.count == 1)
            guard case .malformed(.encoding(.truncated), _) = await engine.get([upTime], from: agent) else {
                Issue.record("a cut answer must not be read")
                return
            }
        }
        #expect(fake.requestIDs.count == 5)
    }

    @Test("an answer about other objects than asked is malformed")
    func unasked() async throws {
        let fake = try FakeAgent { request, _ in [.own(request.answer([([1, 3, 6, 1], .null)]))] }
        try await withEngine { engine in
            guard
                case .malformed(.unasked([1, 3, 6, 1]), _) = await engine.get(
                    [upTime],
                    from: try fake.agent()
                )
            else {
                Issue.record("an answer about something else must not be read")
                return
            }
        }
    }

    @Test("one broken value does not cost the others of its answer")
    func brokenValue() async throws {
        let other: OID = [1, 3, 6, 1, 2, 1, 1, 5, 0]
        let fake = try FakeAgent { request, _ in
            [.own(request.answer([(upTime, .undecodable(tag: 0x43, content: [])), (other, .integer(7))]))]
        }
        try await withEngine { engine in
            let answer = await engine.get([upTime, other], from: try fake.agent())
            #expect(answer.value(of: upTime) == .undecodable(tag: 0x43, content: []))
            #expect(answer.value(of: other) == .integer(7))
        }
    }

    @Test("an agent's refusal is passed on with the object it names")
    func agentError() async throws {
        let fake = try FakeAgent { request, _ in
            [.own(request.answer(request.names.map { ($0, .null) }, status: 2, index: 1))]
        }
        try await withEngine { engine in
            let answer = await engine.get([upTime], from: try fake.agent(.v1(community: "right")))
            guard case .agentError(.noSuchName, index: 1, _) = answer else {
                Issue.record("\(answer)")
                return
            }
        }
    }

    @Test("an agent that never speaks is asked as often as set and left by the deadline")
    func silent() async throws {
        let fake = try FakeAgent { _, _ in [] }
        let clock = ContinuousClock()
        let counters = try await withEngine({ $0.attempts = 3 }) { engine in
            let agent = try fake.agent()
            let took = await clock.measure {
                #expect(await engine.get([upTime], from: agent, deadline: .milliseconds(300)) == .silent)
            }
            #expect(took >= .milliseconds(300))
            // Far above one tick: a busy machine may be slow to let this test go on.
            #expect(took < .seconds(60))
        }
        #expect(fake.requestIDs.count == 3)
        #expect(counters.unanswered == 1)
    }

    @Test("a closed port is refused at once, long before the deadline")
    func refused() async throws {
        let port = try LoopbackSocket().port
        for host in ["127.0.0.1", "::1"] {
            let address = try #require(AgentAddress(host, port: port))
            try await withEngine { engine in
                let agent = SNMPAgent(address: address, credential: .v2c(community: "right"))
                let answer = await engine.get([upTime], from: agent, deadline: .seconds(60))
                guard case .refused(let took) = answer else {
                    Issue.record("\(host): \(answer)")
                    return
                }
                #expect(took < .seconds(5))
            }
        }
    }

    @Test("many closed ports do not disturb the agents between them")
    func refusedAmongOthers() async throws {
        let fake = try FakeAgent { request, _ in [.own(request.answer([(upTime, .timeTicks(1))]))] }
        let closed = try LoopbackSocket().port
        let dead = SNMPAgent(
            address: try #require(AgentAddress("127.0.0.1", port: closed)),
            credential: .v2c(community: "right")
        )
        let live = try fake.agent()
        try await withEngine { engine in
            let counts = await withTaskGroup(of: (Int, Int).self) { group in
                for number in 0..<400 {
                    group.addTask {
                        switch await engine.get([upTime], from: number % 2 == 0 ? live : dead) {
                        case .response: (1, 0)
                        case .refused: (0, 1)
                        default: (0, 0)
                        }
                    }
                }
                return await group.reduce((0, 0)) { ($0.0 + $1.0, $0.1 + $1.1) }
            }
            #expect(counts.0 == 200)
            // The kernel limits how many reports it makes; those left out are silent.
            #expect(counts.1 > 0)
        }
    }

    @Test("closing answers what is outstanding, and whatever comes later")
    func closing() async throws {
        let fake = try FakeAgent { _, _ in [] }
        let agent = try fake.agent()
        let engine = try SNMPEngine()
        let ended = await withTaskGroup(of: SNMPAnswer.self) { group in
            for _ in 0..<100 {
                group.addTask { await engine.get([upTime], from: agent, deadline: .seconds(600)) }
            }
            group.addTask {
                await engine.close()
                await engine.close()
                return .engineClosed
            }
            return await group.reduce(0) { $0 + ($1 == .engineClosed ? 1 : 0) }
        }
        #expect(ended == 101)
        #expect(await engine.get([upTime], from: agent) == .engineClosed)
        #expect(await engine.walk([1, 3], on: agent).cut == .unanswered(.engineClosed))
        #expect(engine.counters.outstanding == 0)
    }

    @Test("a cancelled caller is let go, before and after its question is sent")
    func cancelling() async throws {
        let (asked, announce) = AsyncStream.makeStream(of: Void.self)
        let fake = try FakeAgent { _, _ in
            announce.yield()
            return []
        }
        let agent = try fake.agent()
        let counters = try await withEngine { engine in
            let task = Task { await engine.get([upTime], from: agent, deadline: .seconds(600)) }
            for await _ in asked { break }
            task.cancel()
            #expect(await task.value == .cancelled)
            let early = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                return await engine.get([upTime], from: agent, deadline: .seconds(600))
            }
            #expect(await early.value == .cancelled)
        }
        #expect(counters.outstanding == 0)
    }

    @Test("a full window is our fault and is said at once")
    func window() async throws {
        let fake = try FakeAgent { _, _ in [] }
        let agent = try fake.agent()
        try await withEngine({ $0.window = 4 }) { engine in
            let answers = await withTaskGroup(of: SNMPAnswer.self) { group in
                for _ in 0..<10 {
                    group.addTask { await engine.get([upTime], from: agent, deadline: .milliseconds(500)) }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(answers.filter { $0 == .overloaded }.count + answers.filter { $0 == .silent }.count == 10)
            #expect(answers.contains(.overloaded) && answers.contains(.silent))
        }
    }

    @Test("a question that the pace never let out is overload, not silence")
    func pace() async throws {
        let fake = try FakeAgent { request, _ in [.own(request.answer([(upTime, .timeTicks(1))]))] }
        let agent = try fake.agent()
        try await withEngine({
            $0.sendsPerSecond = 1
            $0.sendBurst = 1
        }) { engine in
            let overloaded = await withTaskGroup(of: SNMPAnswer.self) { group in
                for _ in 0..<20 {
                    group.addTask { await engine.get([upTime], from: agent, deadline: .milliseconds(100)) }
                }
                return await group.reduce(0) { $0 + ($1 == .overloaded ? 1 : 0) }
            }
            #expect(overloaded > 0)
        }
    }

    @Test("what cannot be asked is said to be unsupported, and is not sent")
    func unsupported() async throws {
        let fake = try FakeAgent { _, _ in [] }
        let counters = try await withEngine { engine in
            for answer in [
                await engine.get([], from: try fake.agent()),
                await engine.send(
                    try .getBulk([upTime], repetitions: 5),
                    to: try fake.agent(.v1(community: "right"))
                ),
                await engine.get(
                    [upTime],
                    from: try fake.agent(.v2c(community: String(repeating: "c", count: 70_000)))
                ),
            ] {
                guard case .unsupported = answer else {
                    Issue.record("\(answer)")
                    continue
                }
            }
        }
        #expect(counters.sent == 0)
    }

    @Test("what this machine may not send is our own failure, in the system's words")
    func sendFailure() async throws {
        // Broadcasting needs a socket that asked for it; ours never does.
        let address = try #require(AgentAddress("255.255.255.255", port: 9))
        try await withEngine { engine in
            let agent = SNMPAgent(address: address, credential: .v2c(community: "right"))
            guard case .sendFailed(let why) = await engine.get([upTime], from: agent) else {
                Issue.record("a broadcast must not go")
                return
            }
            #expect(!why.isEmpty)
        }
    }

    @Test("a refusal is hard, an unreachable host is soft, and other errors say nothing of the way")
    func networkReports() {
        #expect(NetworkReport(ECONNREFUSED) == .refused)
        for code in [EHOSTUNREACH, ENETUNREACH, EACCES] { #expect(NetworkReport(code) == .unreachable) }
        for code in [EMSGSIZE, EPROTO, 0] { #expect(NetworkReport(code) == nil) }
    }

    @Test("an engine that is forgotten lets its descriptors go")
    func forgotten() async throws {
        for _ in 0..<200 {
            let engine = try SNMPEngine()
            #expect(engine.counters.sent == 0)
        }
        let last = try SNMPEngine()
        await last.close()
    }
}
