import Testing
import WaysideCore

@Suite struct NetworkTests {
    @Test(
        "a stake mark is read and printed the same",
        arguments: ["K0+000", "K12+345", "K1234+567", "K9999+999"]
    )
    func stakeMarks(text: String) throws { #expect(try #require(StakeMark(text)).description == text) }

    @Test(
        "what is no stake mark is refused",
        arguments: ["", "12+345", "K12+34", "K12345+000", "K1+-99", "K1+2+3", "k1+000", "K+000", "K1+0000"]
    )
    func notStakeMarks(text: String) { #expect(StakeMark(text) == nil) }

    static func inventory(_ upstreams: [String: [String]]) -> Inventory {
        Inventory(
            organizations: [],
            devices: upstreams.keys.sorted().enumerated().map { number, key in
                Device(
                    id: DeviceID(Int64(number + 1)),
                    key: key,
                    kind: .switch,
                    name: key,
                    assignment: Assignment(upstreams: upstreams[key] ?? [])
                )
            }
        )
    }

    @Test("downstream of a device is what hangs on it alone")
    func downstream() throws {
        let inventory = Self.inventory([
            "A": [], "B": ["A"], "C": ["A", "X"], "D": ["B"], "E": ["B", "A"], "X": [], "F": ["C"],
        ])
        let topology = Topology(inventory, on: ServiceDay(number: 20_000))
        let below = topology.downstream(of: try #require(inventory.index(ofKey: "A")))
        #expect(Set(below.map { inventory.devices[$0].key }) == ["B", "D", "E"])
        #expect(topology.loop == nil)
    }

    @Test("a loop of upstreams is found")
    func loop() {
        let day = ServiceDay(number: 20_000)
        #expect(Topology(Self.inventory(["A": ["B"], "B": ["C"], "C": ["A"], "D": []]), on: day).loop != nil)
        #expect(Topology(Self.inventory(["A": ["A"]]), on: day).loop != nil)
    }

    @Test("a device belongs all day to whom it is assigned at 00:00")
    func moves() {
        var device = Device(
            id: DeviceID(1),
            key: "CAM",
            kind: .camera,
            name: "CAM",
            assignment: Assignment(organization: "S1", maintainer: "M1", roads: ["G42"], upstreams: ["SW"])
        )
        let day = ServiceDay(number: 20_000)
        device.moves = [
            Move(from: day, organization: "S2"), Move(from: day.next, maintainer: "M2", upstreams: []),
        ]
        #expect(device.assignment(on: day.previous).organization == "S1")
        #expect(
            device.assignment(on: day)
                == Assignment(organization: "S2", maintainer: "M1", roads: ["G42"], upstreams: ["SW"])
        )
        #expect(
            device.assignment(on: day.next)
                == Assignment(organization: "S2", maintainer: "M2", roads: ["G42"])
        )
    }

    @Test("rates are cut, not rounded, and nothing prints as a dash")
    func rates() {
        #expect(OnlineRate(numerator: 99_999, denominator: 100_000, unit: .millisecond).text == "99.99 %")
        #expect(OnlineRate(numerator: 1, denominator: 1, unit: .millisecond).text == "100.00 %")
        #expect(OnlineRate.none(.sample).text == "—")
        let month = Int64(50_000) * 31 * 86_400_000 * 1_000
        #expect(OnlineRate(numerator: month - 1, denominator: month, unit: .millisecond).text == "99.99 %")
    }
}
