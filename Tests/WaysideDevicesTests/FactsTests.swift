import SNMP
import Testing
import WaysideDevices

@Suite("Facts")
struct FactsTests {
    private static let boards = """
        id: boards
        version: 1
        evidence: a test
        when: [{sys_object_id: E.2011.2}]
        identity: {vendor: Maker, class: switch, serial: [{column: E.9.1, keep: [{at: E.9.2, equals: "3"}]}]}
        facts:
          - {section: cpu, name: "{label}", column: E.7.5, label: E.7.2, unit: "%", keep: [{at: E.7.7, above: 0}], metric: cpu.load}
          - {section: memory, name: used, object: E.7.8.0, unit: "%", percent_with: E.7.9.0}
          - {section: storage, name: "disk {1}", column: E.8.5, unit: "%", minus: E.8.4, percent_of: E.8.5}
          - {section: state, name: "fan {index}", column: E.8.9, unit: enum, states: {1: ok, 2: failed}, print_meaning: true}
          - {section: video, name: "channel {1}", column: E.8.7, read: text, unit: text, distrust: Empty}
          - {section: env, name: idle, object: E.7.10.0, unit: "%", invert_from: 100}
        """

    private static let system: (String, SNMPValue) = (
        "1.3.6.1.2.1.1.2.0", .oid([1, 3, 6, 1, 4, 1, 2011, 2, 23])
    )

    private static func enterprise(_ rest: String) -> String { "1.3.6.1.4.1.\(rest)" }

    @Test("a row counts by the columns beside it, so that an idle processor is kept and an empty slot is not")
    func conditions() throws {
        let device = Fixture([
            Self.system, (Self.enterprise("7.5.1"), .integer(0)), (Self.enterprise("7.5.2"), .integer(0)),
            (Self.enterprise("7.7.1"), .integer(9)), (Self.enterprise("7.7.2"), .integer(0)),
            (Self.enterprise("7.2.1"), .words("MPU Board 0")),
            (Self.enterprise("9.1.1"), .words("SLOT")), (Self.enterprise("9.1.2"), .words("S-77")),
            (Self.enterprise("9.2.1"), .integer(5)), (Self.enterprise("9.2.2"), .integer(3)),
        ])
        let facts = try device.facts(Self.boards)
        #expect(facts.sections[.cpu]?.map(\.name) == ["MPU Board 0"] && facts.values(.cpu) == [.number(0)])
        #expect(facts.identity[.serial] == "S-77" && facts.identity[.vendor] == "Maker")
    }

    @Test("what the device does not have is absent, and never 0")
    func absent() throws {
        let facts = try Fixture([Self.system]).facts(Self.boards)
        #expect(
            facts.sections.isEmpty && facts.interfaces == nil && facts.forwarding == nil && !facts.isPartial
        )
        #expect(facts.neighbours.isEmpty && facts.uptimeTicks == nil && facts.uptime == nil)
    }

    @Test("shares are of a whole that is there and not 0; the rest is unknown")
    func shares() throws {
        let device = Fixture([
            Self.system, (Self.enterprise("7.8.0"), .gauge32(3)), (Self.enterprise("7.9.0"), .gauge32(1)),
            (Self.enterprise("8.5.1.0"), .integer(2_861_588)), (Self.enterprise("8.4.1.0"), .integer(100)),
            (Self.enterprise("8.5.2.0"), .integer(0)), (Self.enterprise("8.4.2.0"), .integer(0)),
            (Self.enterprise("8.5.3.0"), .integer(100)), (Self.enterprise("7.10.0"), .integer(92)),
        ])
        let facts = try device.facts(Self.boards)
        #expect(facts.values(.memory) == [.number(75)] && facts.values(.env) == [.number(8)])
        #expect(facts.values(.storage) == [.number(100), .unknown, .unknown])
        #expect(facts.sections[.storage]?.map(\.name) == ["disk 1", "disk 2", "disk 3"])
    }

    @Test("when every channel says the word that is known to mean nothing, all are unknown")
    func distrust() throws {
        let one = (Self.enterprise("8.7.1"), SNMPValue.words("Empty"))
        let lie = try Fixture([Self.system, one, (Self.enterprise("8.7.2"), .words("Empty"))]).facts(
            Self.boards
        )
        #expect(lie.values(.video) == [.unknown, .unknown])
        let truth = try Fixture([Self.system, one, (Self.enterprise("8.7.2"), .words("Connected"))]).facts(
            Self.boards
        )
        #expect(truth.values(.video) == [.text("Empty"), .text("Connected")])
    }

    @Test("a number with a meaning is told in words, an unknown number as it is")
    func states() throws {
        let device = Fixture([
            Self.system, (Self.enterprise("8.9.1"), .integer(2)), (Self.enterprise("8.9.2"), .integer(9)),
        ])
        #expect(try device.facts(Self.boards).values(.state) == [.text("failed"), .number(9)])
    }

    @Test("a cut column makes the facts partial")
    func partial() throws {
        let device = Fixture([Self.system, (Self.enterprise("8.9.1"), .integer(2))])
        let applied = device.applied([try Fixture.profile(Self.boards)])
        let rows = device.rows(applied, cut: [[1, 3, 6, 1, 4, 1, 8, 9]])
        #expect(DeviceFacts(rows, by: applied).isPartial)
    }

    @Test(
        "a device is known by its sysObjectID, as an OID or as text, by its words, or by an object of its maker's"
    )
    func recognition() throws {
        let profiles = [
            try Fixture.profile(
                "id: a\nversion: 1\nevidence: e\nwhen: [{sys_object_id: E.232, except: E.232.9}]"
            ),
            try Fixture.profile("id: b\nversion: 1\nevidence: e\nrank: 60\nwhen: [{answers: E.39165.1.1.0}]"),
            try Fixture.profile("id: c\nversion: 1\nevidence: e\nwhen: [{sys_descr: [zxr10]}]"),
            try Fixture.profile("id: d\nversion: 1\nevidence: e\nwhen: [{holds: M.33.1}]"),
            try Fixture.profile("id: e\nversion: 1\nevidence: e\nrank: 0"),
        ]
        func known(_ objects: (String, SNMPValue)...) -> [String] {
            Fixture(objects).applied(profiles).map(\.profile.id)
        }
        #expect(known(("1.3.6.1.2.1.1.2.0", .words(".1.3.6.1.4.1.232.165.11"))) == ["a", "e"])
        #expect(known(("1.3.6.1.2.1.1.2.0", .oid([1, 3, 6, 1, 4, 1, 232, 9, 1]))) == ["e"])
        #expect(known(("1.3.6.1.2.1.1.2.0", .oid([0, 0]))) == ["e"])
        #expect(known((Self.enterprise("39165.1.1.0"), .words("DS-2CD"))) == ["b", "e"])
        #expect(known((Self.enterprise("39165.1.1.0"), .null)) == ["e"])
        #expect(known(("1.3.6.1.2.1.1.1.0", .words("ZTE ZXR10 5250"))) == ["c", "e"])
        #expect(known(("1.3.6.1.2.1.33.1.2.1.0", .integer(2))) == ["d", "e"])
        #expect(known() == ["e"])
    }
}
