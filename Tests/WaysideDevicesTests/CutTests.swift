import SNMP
import Testing

@testable import WaysideDevices

@Suite("What an agent lets be read")
struct CutTests {
    @Test("facts that are not whole name each subtree that was cut, and why")
    func cuts() {
        let root: OID = [1, 3, 6, 1, 2, 1, 17, 4, 3, 1, 2]
        let why = WalkCut.notIncreasing(last: root, next: [1, 3, 6, 1, 2, 1, 17])
        var rows = DeviceRows()
        #expect(!DeviceFacts(rows, by: []).isPartial)
        rows.noteCut(root, vlan: 7, why)
        let facts = DeviceFacts(rows, by: [])
        #expect(facts.isPartial && facts.cuts.count == 1)
        #expect(facts.cuts.first?.root == root && facts.cuts.first?.vlan == 7 && facts.cuts.first?.why == why)
        for _ in 0..<100 { rows.noteCut(root, .timeLimit) }
        #expect(rows.cuts.count == DeviceRows.mostCuts)
    }

    @Test("a VLAN is part of a community, and a context of a v3 user that has none")
    func vlans() throws {
        let address = try #require(AgentAddress("192.0.2.7"))
        func inVLAN(_ credential: SNMPCredential) -> SNMPCredential? {
            SNMPAgent(address: address, credential: credential).inVLAN(30)?.credential
        }
        #expect(inVLAN(.v1(community: "read")) == .v1(community: "read@30"))
        #expect(inVLAN(.v2c(community: "read")) == .v2c(community: "read@30"))
        let user = try USMCredential(user: "reader", authentication: (.sha256, password: "sign-and-sign"))
        #expect(inVLAN(.v3(user)) == .v3(try user.inContext("vlan-30")))
        #expect(inVLAN(.v3(try user.inContext("other"))) == nil)
    }
}
