import Testing

@testable import SNMP

private let location: OID = [1, 3, 6, 1, 2, 1, 1, 6, 0]
private let here = SNMPValue.octets(Array("here".utf8))
private let engineName = "80001f8804776179736964653031"
private let otherEngine = "80001f8804776179736964653032"

@Suite("The engine against a real snmpd of v3")
struct V3EngineTests {
    private func engine() throws -> SNMPEngine {
        var settings = SNMPEngineSettings()
        settings.deadline = .seconds(20)
        settings.retryAfter = .milliseconds(300)
        return try SNMPEngine(settings: settings)
    }

    private func agent(_ real: RealV3Agent, _ user: String) throws -> SNMPAgent {
        SNMPAgent(
            address: try #require(AgentAddress("127.0.0.1", port: real.port)),
            credential: .v3(try RealUser.named(user).credential())
        )
    }

    @Test("every hash with every cipher is answered, all users at once")
    func everyAlgorithm() async throws {
        let real = try RealV3Agent()
        let engine = try self.engine()
        try await withThrowingTaskGroup(of: (String, SNMPAnswer).self) { group in
            for user in RealUser.all {
                let agent = try self.agent(real, user.name)
                group.addTask { (user.name, await engine.get([location], from: agent)) }
            }
            for try await (name, answer) in group {
                #expect(answer.value(of: location) == here, "\(name): \(answer)")
            }
        }
        await engine.close()
        #expect(engine.counters.answered == UInt64(RealUser.all.count))
    }

    @Test("a walk finds over v3 what it finds over v2c")
    func walk() async throws {
        let real = try RealV3Agent()
        let engine = try self.engine()
        let walk = await engine.walk([1, 3, 6, 1, 2, 1, 1], on: try self.agent(real, "sha256-aes128"))
        #expect(walk.cut == nil && walk.rows.count > 10)
        #expect(walk.rows.contains(VarBind(name: location, value: here)))
        await engine.close()
    }

    @Test("an agent that restarts, loses its boots or becomes another engine answers the very next question")
    func restarts() async throws {
        let real = try RealV3Agent()
        let engine = try self.engine()
        let agent = try self.agent(real, "sha1-aes128")
        #expect(await engine.get([location], from: agent).value(of: location) == here)
        for (name, boots) in [(engineName, 8), (engineName, 2), (otherEngine, 1), (engineName, 30)] {
            try real.start(engine: name, boots: boots)
            let answer = await engine.get([location], from: agent)
            #expect(answer.value(of: location) == here, "engine \(name), boots \(boots): \(answer)")
        }
        let kinds = await engine.defects().flatMap(\.defects).map(\.kind)
        #expect(kinds.contains { if case .bootsLowered = $0 { true } else { false } })
        #expect(kinds.contains { if case .engineIDChanged = $0 { true } else { false } })
        await engine.close()
    }

    @Test("what is kept of an engine saves the next start from finding it out")
    func kept() async throws {
        let real = try RealV3Agent()
        let agent = try self.agent(real, "sha512-aes256")
        let first = try self.engine()
        #expect(await first.get([location], from: agent).value(of: location) == here)
        #expect(first.counters.securityRounds > 0)
        let records = try EngineRecordFile.records(
            in: EngineRecordFile.bytes(of: await first.engineRecords())
        )
        await first.close()
        #expect(records.map(\.address) == [agent.address])
        let second = try self.engine()
        second.restore(records)
        #expect(await second.get([location], from: agent).value(of: location) == here)
        #expect(second.counters.securityRounds == 0)
        await second.close()
    }

    @Test("devices cloned with their engine ID are both answered, and both named")
    func cloned() async throws {
        let (one, other) = (try RealV3Agent(), try RealV3Agent())
        try other.start(engine: engineName, boots: 90)
        let engine = try self.engine()
        for _ in 0..<3 {
            for real in [one, other] {
                let answer = await engine.get([location], from: try self.agent(real, "md5-des"))
                #expect(answer.value(of: location) == here, "\(answer)")
            }
        }
        let defects = await engine.defects()
        #expect(Set(defects.map(\.address.port)) == [one.port, other.port])
        await engine.close()
    }

    @Test("a wrong password is named, and so is a user whom nobody knows")
    func refused() async throws {
        let real = try RealV3Agent()
        let engine = try self.engine()
        let address = try #require(AgentAddress("127.0.0.1", port: real.port))
        let wrong = try RealUser.named("sha256-plain").credential(authenticationPassword: "not the word")
        let stranger = try USMCredential(user: "stranger", authentication: (.sha256, "some password"))
        for (credential, expected) in [(wrong, USMRefusal.wrongDigest), (stranger, .unknownUser)] {
            let answer = await engine.get(
                [location],
                from: SNMPAgent(address: address, credential: .v3(credential))
            )
            guard case .securityRefused(let refusal, _) = answer else {
                Issue.record("\(answer)")
                continue
            }
            #expect(refusal == expected)
        }
        await engine.close()
    }

    @Test("rounds over v3 go on while the agent is restarted between them")
    func rounds() async throws {
        let real = try RealV3Agent()
        let (stream, source) = AsyncStream.makeStream(of: Bool.self)
        let engine = try SNMPEngine { reply, bytes in
            if case .values(let list) = reply.outcome {
                source.yield(list.entries.first?.value(in: bytes) == here)
            }
        }
        engine.watch([
            try PollSubject(
                token: 1,
                agent: try self.agent(real, "sha256-aes128"),
                questions: [.get([location])],
                interval: .milliseconds(100)
            )
        ])
        var right = 0
        for await isRight in stream {
            #expect(isRight)
            right += 1
            if right == 3 { try real.start(engine: engineName, boots: 3) }
            if right == 6 { break }
        }
        engine.unwatch([1])
        await engine.close()
    }
}
