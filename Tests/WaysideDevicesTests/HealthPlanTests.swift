import SNMP
import Testing
import WaysideCore
import WaysideDevices

@Suite("What is asked every round")
struct HealthPlanTests {
    private static let profile = """
        id: a
        version: 1
        evidence: a test
        facts:
          - {section: cpu, name: "core {index}", column: E.7.2, unit: "%", mean: mean, metric: cpu.load}
          - {section: memory, name: used, object: E.7.8.0, unit: "%", percent_of: E.7.9.0, metric: memory.used}
          - {section: temperature, name: board, object: E.7.5.0, unit: C, scale: 0.1, none: -1, metric: temperature.celsius}
          - {section: storage, name: disks, object: E.7.6.0, unit: count, metric: {name: storage.disks, poll: seldom}}
          - {section: state, name: label, object: E.7.7.0, read: text, unit: text, metric: device.state}
        """

    private static func port(_ column: String, _ value: SNMPValue, _ ifIndex: Int = 3) -> (String, SNMPValue)
    {
        ("1.3.6.1.2.1.\(column).\(ifIndex)", value)
    }

    private static let device = Fixture([
        ("1.3.6.1.4.1.7.2.1", .integer(10)), ("1.3.6.1.4.1.7.2.2", .integer(30)),
        ("1.3.6.1.4.1.7.8.0", .gauge32(50)), ("1.3.6.1.4.1.7.9.0", .gauge32(200)),
        ("1.3.6.1.4.1.7.5.0", .integer(405)), ("1.3.6.1.4.1.7.6.0", .integer(4)),
        ("1.3.6.1.4.1.7.7.0", .words("ok")),
        port("2.2.1.2", .words("eth0")), port("2.2.1.3", .integer(6)), port("2.2.1.8", .integer(1)),
        port("2.2.1.10", .counter32(77)), port("31.1.1.1.6", .counter64(1 << 40)),
        port("31.1.1.1.10", .counter64(0)),
        port("2.2.1.16", .counter32(88)), port("2.2.1.3", .integer(24), 1), port("2.2.1.8", .integer(1), 1),
    ])

    private static func plan(everyRound: Bool) throws -> HealthPlan {
        let applied = device.applied([try Fixture.profile(profile)])
        return HealthPlan(device.rows(applied), by: applied, everyRound: everyRound)
    }

    @Test("a round asks a few questions, encoded once, for single objects")
    func templates() throws {
        let plan = try Self.plan(everyRound: true)
        #expect(plan.templates.count == 1 && plan.templates[0].objects.count == 8)
        #expect(
            Set(plan.metrics.map(\.description)) == [
                "cpu.load", "memory.used", "temperature.celsius", "interface.oper_state[eth0]",
                "interface.in_octets[eth0]", "interface.out_octets[eth0]",
            ]
        )
        // Out, 64 bits stand still while 32 move: the 32-bit counter is asked.
        #expect(plan.templates[0].objects.contains([1, 3, 6, 1, 2, 1, 2, 2, 1, 16, 3]))
        #expect(try Self.plan(everyRound: false).metrics.map(\.name) == ["storage.disks"])
    }

    @Test("answers become readings, scaled; what is missing or unknown is absent")
    func readings() throws {
        let plan = try Self.plan(everyRound: true)
        let answers = [
            VarBind(name: [1, 3, 6, 1, 4, 1, 7, 2, 1], value: .integer(20)),
            VarBind(name: [1, 3, 6, 1, 4, 1, 7, 2, 2], value: .integer(40)),
            VarBind(name: [1, 3, 6, 1, 4, 1, 7, 8, 0], value: .gauge32(50)),
            VarBind(name: [1, 3, 6, 1, 4, 1, 7, 9, 0], value: .gauge32(200)),
            VarBind(name: [1, 3, 6, 1, 4, 1, 7, 5, 0], value: .integer(-1)),
            VarBind(name: [1, 3, 6, 1, 2, 1, 31, 1, 1, 1, 6, 3], value: .counter64((1 << 40) + 5)),
            VarBind(name: [1, 3, 6, 1, 2, 1, 2, 2, 1, 16, 3], value: .noSuchInstance),
        ]
        var found: [String: HealthPoll.Value] = [:]
        for reading in plan.readings(answers) { found[reading.metric.description] = reading.value }
        #expect(
            found == [
                "cpu.load": .level(30), "memory.used": .level(25),
                "interface.in_octets[eth0]": .count((1 << 40) + 5),
            ]
        )
    }
}
