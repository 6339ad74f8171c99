import Testing

@testable import SNMP

@Suite("Against a real snmpd")
struct RealAgentTests {
    private static let engineSettings: SNMPEngineSettings = {
        var settings = SNMPEngineSettings()
        settings.deadline = .seconds(30)
        settings.retryAfter = .milliseconds(500)
        settings.attempts = 6
        return settings
    }()

    private func withAgent(_ body: (SNMPEngine, RealAgent) async throws -> Void) async throws {
        let real = try RealAgent()
        let engine = try SNMPEngine(settings: Self.engineSettings)
        do {
            try await body(engine, real)
        } catch {
            await engine.close()
            throw error
        }
        await engine.close()
    }

    @Test("every value is what snmpget prints, over v2c and IPv4")
    func get() async throws {
        try await self.withAgent { engine, real in
            let own = RealAgent.ownObjects
            var names: [OID] = [
                [1, 3, 6, 1, 2, 1, 1, 1, 0], [1, 3, 6, 1, 2, 1, 1, 2, 0], [1, 3, 6, 1, 2, 1, 1, 6, 0],
                [1, 3, 6, 1, 2, 1, 1, 7, 0], [1, 3, 6, 1, 2, 1, 1, 99, 0],
                [1, 3, 6, 1, 2, 1, 2, 2, 1, 2, 777],
                [1, 3, 6, 1, 2, 1, 2, 1, 0],
            ]
            names += (1...6).compactMap { own.appending(1, $0, 0) }
            names += (1...5).compactMap { own.appending(2, $0) }
            let answer = await engine.get(names, from: try real.agent())
            let expected = try real.ask("snmpget", names)
            #expect(expected.map(\.name) == names)
            for (name, text) in expected {
                #expect(answer.value(of: name)?.asNetSNMPPrints == text, "\(name)")
            }
        }
    }

    @Test("an opaque float is a float, as snmpget says")
    func opaqueFloat() async throws {
        try await self.withAgent { engine, real in
            let load: OID = [1, 3, 6, 1, 4, 1, 2021, 10, 1, 6, 1]
            let answer = await engine.get([load], from: try real.agent())
            guard case .opaqueFloat(let value) = answer.value(of: load) else {
                Issue.record("\(answer)")
                return
            }
            #expect(value >= 0)
            #expect(try real.ask("snmpget", [load]).first?.text.hasPrefix("Opaque: Float: ") == true)
        }
    }

    @Test("v1 and IPv6 give the same values")
    func otherWays() async throws {
        try await self.withAgent { engine, real in
            let names = (1...6).compactMap { RealAgent.ownObjects.appending(1, $0, 0) }
            let plain = await engine.get(names, from: try real.agent())
            let v1 = await engine.get(names, from: try real.agent(.v1(community: "right")))
            let overIPv6 = await engine.get(names, from: try real.agent(host: "::1"))
            for name in names {
                #expect(plain.value(of: name) != nil)
                #expect(v1.value(of: name) == plain.value(of: name))
                #expect(overIPv6.value(of: name) == plain.value(of: name))
            }
            let missing: OID = [1, 3, 6, 1, 2, 1, 1, 99, 0]
            let refusal = await engine.get(names + [missing], from: try real.agent(.v1(community: "right")))
            guard case .agentError(.noSuchName, index: 7, _) = refusal else {
                Issue.record("\(refusal)")
                return
            }
        }
    }

    @Test("a wrong community is silence")
    func wrongCommunity() async throws {
        try await self.withAgent { engine, real in
            let upTime: OID = [1, 3, 6, 1, 2, 1, 1, 3, 0]
            let wrong = try real.agent(.v2c(community: "wrong"))
            #expect(await engine.get([upTime], from: wrong, deadline: .milliseconds(500)) == .silent)
            guard case .timeTicks = await engine.get([upTime], from: try real.agent()).value(of: upTime)
            else {
                Issue.record("the agent should have answered the right community")
                return
            }
        }
    }

    @Test(
        "a walk finds the rows that snmpwalk finds",
        arguments: [SNMPCredential.v1(community: "right"), .v2c(community: "right")],
        ["1.3.6.1.4.1.99999", "1.3.6.1.2.1.1", "1.3.6.1.2.1.2.2.1.2", "1.3.6.1.2.1.1.1.0", "1.3.6.1.2.1.77"]
    )
    func walk(credential: SNMPCredential, rootText: String) async throws {
        try await self.withAgent { engine, real in
            let root = try #require(OID(rootText))
            let walk = await engine.walk(root, on: try real.agent(credential))
            let version = if case .v1 = credential { ["-v1"] } else { ["-v2c"] }
            let expected = try real.ask("snmpwalk", [root], options: version)
                .filter { !$0.text.hasPrefix("No ") }
            #expect(!walk.isPartial)
            #expect(walk.rows.map(\.name) == expected.map(\.name))
            for (row, (_, text)) in zip(walk.rows, expected) where !row.value.isUpTime {
                #expect(row.value.asNetSNMPPrints == text, "\(row.name)")
            }
        }
    }

    @Test("a walk of the whole agent is whole, by large questions and by small ones")
    func wholeAgent() async throws {
        try await self.withAgent { engine, real in
            var small = WalkLimits()
            small.repetitions = 1
            let root: OID = [1, 3, 6, 1, 2, 1, 1]
            let large = await engine.walk(root, on: try real.agent())
            let single = await engine.walk(root, on: try real.agent(), limits: small)
            #expect(large.rows.map(\.name) == single.rows.map(\.name))
            #expect(large.questions < single.questions)
            let everything = await engine.walk([1, 3], on: try real.agent())
            #expect(!everything.isPartial)
            #expect(everything.rows.count > 300)
            #expect(zip(everything.rows, everything.rows.dropFirst()).allSatisfy { $0.name < $1.name })
        }
    }

    @Test("2,000 questions at once to one agent all find their answer")
    func crowd() async throws {
        try await self.withAgent { engine, real in
            let agent = try real.agent()
            let name: OID = [1, 3, 6, 1, 4, 1, 99_999, 1, 1, 0]
            let right = await withTaskGroup(of: Bool.self) { group in
                for _ in 0..<2_000 {
                    group.addTask { await engine.get([name], from: agent).value(of: name) == .integer(-5) }
                }
                return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(right == 2_000)
        }
    }
}

extension SNMPValue {
    /// Up-times go on between our question and net-snmp's; the agent's own constant of that type does not.
    fileprivate var isUpTime: Bool {
        if case .timeTicks(let ticks) = self { ticks < 1_000_000 } else { false }
    }
}
