import Testing
import WaysideCore

private func link(_ device: Int64, _ upstreams: [Int64] = [], _ checks: Set<Check> = [.reach])
    -> FaultTopology.Link
{
    FaultTopology.Link(device: DeviceID(device), upstreams: upstreams.map(DeviceID.init), checks: checks)
}

@Suite("The fault topology") struct FaultTopologyTests {
    @Test("replaces an upstream that is not monitored by its own upstreams")
    func unmonitored() {
        let topology = FaultTopology([link(1), link(2), link(3, [1, 2], []), link(4, [3])])
        #expect(topology.upstreams(of: DeviceID(4)) == [DeviceID(1), DeviceID(2)])
        #expect(topology.dependents(of: DeviceID(1)) == [DeviceID(4)])
        #expect(!topology.contains(DeviceID(3)) && topology.contains(DeviceID(4)))
    }

    @Test("lets nothing cut off what hangs, by one way, on something that is never offline")
    func neverOffline() {
        let topology = FaultTopology([link(1), link(3, [], []), link(4, [1, 3])])
        #expect(topology.upstreams(of: DeviceID(4)).isEmpty)
    }

    @Test("leaves out upstreams that are not in service")
    func notInService() {
        let topology = FaultTopology([link(1), link(4, [1, 99])])
        #expect(topology.upstreams(of: DeviceID(4)) == [DeviceID(1)])
    }

    @Test("asks reachability, or the stream where neither reach nor SNMP is asked")
    func deciding() {
        let topology = FaultTopology([
            link(1, [], [.snmp, .stream]), link(2, [], [.stream, .picture]), link(3, [], [.picture]),
        ])
        #expect(topology.decidingFacet(of: DeviceID(1)) == .reachability)
        #expect(topology.decidingFacet(of: DeviceID(2)) == .stream)
        #expect(topology.decidingFacet(of: DeviceID(3)) == nil)
    }

    @Test("is made of the inventory of a day")
    func inventory() {
        var devices: [Device] = []
        for (number, upstreams) in [(Int64(1), []), (2, ["D1"]), (3, ["D2"])] {
            var device = Device(
                id: DeviceID(number),
                key: "D\(number)",
                kind: .switch,
                name: "Switch \(number)",
                assignment: Assignment(upstreams: upstreams)
            )
            device.checks = number == 2 ? [] : [.reach]
            devices.append(device)
        }
        let inventory = Inventory(organizations: [], devices: devices)
        let topology = FaultTopology(Topology(inventory, on: ServiceDay(number: 20_000)), of: inventory)
        #expect(topology.upstreams(of: DeviceID(3)) == [DeviceID(1)])
    }
}
