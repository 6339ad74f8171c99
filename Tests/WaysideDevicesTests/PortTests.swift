import SNMP
import Testing
import WaysideDevices

@Suite("Ports, neighbours and forwarding tables")
struct PortTests {
    private static let plain = "id: plain\nversion: 1\nevidence: a test\nrank: 0"

    private static func column(_ number: String, _ values: [(UInt32, SNMPValue)]) -> [(String, SNMPValue)] {
        values.map { ("1.3.6.1.2.1.\(number).\($0.0)", $0.1) }
    }

    @Test("a port's speed is told by the object that can tell it, and by none it is not stated")
    func speeds() throws {
        let rows =
            Self.column("2.2.1.2", (1...7).map { ($0, .words("p\($0)")) })
            + Self.column(
                "2.2.1.5",
                [
                    (1, .gauge32(100_000_000)), (2, .gauge32(4_294_967_295)), (3, .words("10000000")),
                    (4, .integer(1_000_000_000)), (6, .gauge32(4_294_967_295)),
                ]
            )
            + Self.column(
                "31.1.1.1.15",
                [(1, .gauge32(0)), (2, .gauge32(10_000)), (5, .gauge32(100_000_000)), (7, .null)]
            )
        let ports = try #require(try Fixture(rows).facts(Self.plain).interfaces)
        #expect(
            ports.ports.map(\.speed) == [
                .bitsPerSecond(100_000_000), .bitsPerSecond(10_000_000_000), .bitsPerSecond(10_000_000),
                .bitsPerSecond(1_000_000_000), .bitsPerSecond(100_000_000), .notStated, .notStated,
            ]
        )
    }

    @Test("states outside the list are none, counters of any type are counts, NULL is none")
    func columns() throws {
        let rows =
            Self.column("2.2.1.8", [(9, .integer(1)), (1_073_741_871, .integer(0))])
            + Self.column("2.2.1.10", [(9, .null), (1_073_741_871, .counter64(1 << 40))])
            + Self.column("2.2.1.14", [(9, .integer(3)), (1_073_741_871, .words("4"))])
        let table = try #require(try Fixture(rows).facts(Self.plain).interfaces)
        #expect(table.ports.map(\.oper) == ["up", nil] && table.ports.map(\.inOctets) == [nil, 1 << 40])
        #expect(table.ports.map(\.inErrors) == [3, 4] && table[1_073_741_871]?.ifIndex == 1_073_741_871)
        #expect(table[10] == nil && !table.hasExtendedTable && !table.hasWideCounters)
    }

    @Test("learned addresses find their ports through the bridge's own numbers; the switch itself has none")
    func forwarding() throws {
        let rows =
            Self.column("2.2.1.2", [(101, .words("Gi0/1"))])
            + Self.column("17.1.4.1.2", [(1, .integer(101))])
            + [
                ("1.3.6.1.2.1.17.4.3.1.2.0.26.169.1.2.3", .integer(1)),
                ("1.3.6.1.2.1.17.4.3.1.2.0.26.169.1.2.4", .integer(-1)),
                ("1.3.6.1.2.1.17.7.1.2.2.1.2.30.0.26.169.1.2.5", .integer(0)),
                ("1.3.6.1.2.1.17.7.1.2.2.1.3.30.0.26.169.1.2.5", .integer(4)),
            ]
        let table = try #require(try Fixture(rows).facts(Self.plain).forwarding)
        #expect(table.entries.count == 3 && table.joinedCount == 1 && table.join == .bridgePort)
        #expect(table.entries.map(\.vlan) == [30, nil, nil] && table.entries[0].status == 4)
        #expect(table.entries[1].address == "00:1a:a9:01:02:03" && table.entries[1].ifIndex == 101)
    }

    @Test("a table that holds the front panel's numbers is joined by the ends of the ports' names")
    func frontPanel() throws {
        let names: [(UInt32, SNMPValue)] = [
            (49_153, .words("gigabitEthernet 1/0/1")), (49_154, .words("gigabitEthernet 1/0/2")),
            (1, .words("Vlan-interface1")),
        ]
        let rows =
            Self.column("31.1.1.1.1", names) + Self.column("2.2.1.3", names.map { ($0.0, .integer(6)) })
            + Self.column("17.1.4.1.2", [(49_153, .integer(49_153)), (49_154, .integer(49_154))])
            + [("1.3.6.1.2.1.17.7.1.2.2.1.2.1.72.169.138.193.172.88", .integer(2))]
        let table = try #require(try Fixture(rows).facts(Self.plain).forwarding)
        #expect(table.join == .nameEnd && table.entries.map(\.ifIndex) == [49_154])
    }

    @Test("a neighbour's local port is found by name, by address, by the bridge's number")
    func neighbours() throws {
        let profile = """
            id: lldp
            version: 1
            evidence: a test
            neighbours:
              - section: lldp_neighbours
                index: ["", localPortNum, ""]
                members:
                  - {name: remChassisId, column: E.1.5, read: identifier, subtype: E.1.4, mac: [4]}
                  - {name: remSysName, column: E.1.9}
                local: {part: 2, id: E.3.3, subtype: E.3.2, desc: E.3.4}
            """
        let rows: [(String, SNMPValue)] = [
            ("1.3.6.1.4.1.1.4.77.5.1", .integer(4)),
            ("1.3.6.1.4.1.1.5.77.5.1", .octets([0, 0x1A, 0xA9, 1, 2, 3])),
            ("1.3.6.1.4.1.1.9.77.5.1", .words("core")), ("1.3.6.1.4.1.1.9.77.6.1", .words("")),
            ("1.3.6.1.4.1.1.9.77.7.1", .words("edge")),
            ("1.3.6.1.4.1.3.2.5", .integer(5)), ("1.3.6.1.4.1.3.3.5", .words("Gi0/5")),
            ("1.3.6.1.4.1.3.2.6", .integer(3)), ("1.3.6.1.4.1.3.3.6", .octets([0, 1, 2, 3, 4, 6])),
            ("1.3.6.1.2.1.2.2.1.2.105", .words("Gi0/5")), ("1.3.6.1.2.1.2.2.1.2.106", .words("Gi0/6")),
            ("1.3.6.1.2.1.2.2.1.2.107", .words("Gi0/7")),
            ("1.3.6.1.2.1.2.2.1.6.106", .octets([0, 1, 2, 3, 4, 6])),
            ("1.3.6.1.2.1.17.1.4.1.2.7", .integer(107)),
        ]
        let found = try #require(try Fixture(rows).facts(profile).neighbours[.lldp])
        #expect(found.map(\.localIfIndex) == [105, 106, 107])
        #expect(
            found[0]["remChassisId"] == .text("00:1a:a9:01:02:03") && found[0]["localPortNum"] == .number(5)
        )
        #expect(found[1]["remSysName"] == .text("") && found[1]["remChassisId"] == nil)
    }
}
