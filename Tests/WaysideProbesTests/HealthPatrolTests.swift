import Logging
import SNMP
import Testing
import WaysideCore
import WaysideDevices
import WaysideService

@testable import WaysideProbes

@Suite("Health of a real agent", .timeLimit(.minutes(3)))
struct HealthPatrolTests {
    private static let names = NameCache(lane: BlockingLane(name: "names", threadCount: 2))
    private let id = DeviceID(1)

    private func device(port: UInt16) -> Device {
        var device = Device(id: self.id, key: "SRV-1", kind: .server, name: "S", assignment: Assignment())
        (device.address, device.snmpCredential, device.checks) = ("127.0.0.1:\(port)", "right", [.snmp])
        return device
    }

    private func profiles() throws -> [DeviceProfile] {
        let tests = try #require(#filePath.firstRange(of: "/Tests/")).lowerBound
        return try ProfileFile.readFolder("\(#filePath[..<tests])/Deploy/rules/devices")
    }

    @Test(
        "a device is recognised, read round after round, let go when it leaves, and abnormal past a threshold"
    )
    func everything() async throws {
        let agent = try RealAgent()
        let device = self.device(port: agent.port)
        let credentials = ProbeCredentials(snmp: ["right": .v2c(community: "right")])
        let book = TargetBook([device.id: device], credentials: credentials)
        let (polls, source) = AsyncStream.makeStream(of: HealthPoll.self)
        let rounds = HealthRounds()
        let engine = try SNMPEngine { rounds.take($0, $1) }
        // Whatever a machine's memory is used for, it is more than this.
        let thresholds = ThresholdDesk(rules: [
            ThresholdRule(
                id: "any",
                reasonZH: "内存",
                reasonEN: "memory at {value} %",
                citation: "a test",
                metric: "memory.used",
                condition: .above(raise: -1, clear: -1)
            )
        ])
        var pace = HealthPatrol.Pace()
        (pace.round, pace.turn) = (.milliseconds(200), .milliseconds(50))
        let patrol = HealthPatrol(
            engine: engine,
            rounds: rounds,
            profiles: try self.profiles(),
            book: book,
            names: Self.names,
            thresholds: thresholds,
            pace: pace,
            take: { source.yield($0) },
            now: { Timestamp(milliseconds: 1_700_000_000_000 + Int64(ContinuousClock.now.milliseconds)) },
            logger: Logger(label: "test")
        )
        let prober = try SNMPProber(engine: engine, book: book, names: Self.names, thresholds: thresholds)
        let order = ProbeOrder(device: self.id, check: .snmp, deadline: .seconds(5))
        #expect(await prober.probe(order).outcome == .up)

        let running = Task { await patrol.run() }
        var whole: [HealthPoll] = []
        for await poll in polls where poll.readings.contains(where: { $0.metric.name == "memory.used" }) {
            whole.append(poll)
            if whole.count == 3 { break }
        }
        #expect(whole.allSatisfy { $0.device == self.id })
        #expect(whole[0].at <= whole[1].at && whole[1].at <= whole[2].at)
        let memory = try #require(whole[2].readings.first { $0.metric.name == "memory.used" })
        #expect(memory.metric.unit == "%" && memory.metric.kind == .gauge)
        #expect((0.0...100.0).contains(try #require(memory.value.level)))
        #expect(patrol.load.polled == 1)

        let verdict = await prober.probe(order)
        #expect(verdict.outcome == .abnormal && verdict.cause == .threshold)
        #expect(verdict.values?.contains("memory at ") == true)
        #expect(patrol.devices(atIPv4: 0x7F00_0001) == [self.id])

        book.replace([:], credentials: credentials)
        // Ends when the device is let go, with all that was passed on it.
        while patrol.load.polled > 0 || !thresholds.reasons(self.id).isEmpty { await Task.yield() }
        running.cancel()
        await running.value
        await engine.close()
        #expect(engine.counters.subjects == 0)
    }
}

extension HealthPoll.Value {
    fileprivate var level: Double? { if case .level(let level) = self { level } else { nil } }
}

extension ContinuousClock.Instant {
    /// Some count of milliseconds that goes on with the clock.
    fileprivate var milliseconds: Int64 {
        let passed = ContinuousClock.Instant.start.duration(to: self)
        return passed.components.seconds * 1_000 + passed.components.attoseconds / 1_000_000_000_000_000
    }

    private static let start = ContinuousClock.now
}
