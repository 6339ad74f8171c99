import Testing

@testable import SNMP

private let location: OID = [1, 3, 6, 1, 2, 1, 1, 6, 0]
private let sysName: OID = [1, 3, 6, 1, 2, 1, 1, 5, 0]
private let objects: [OID] = [location, [1, 3, 6, 1, 2, 1, 1, 2, 0], [1, 3, 6, 1, 6, 3, 10, 2, 1, 1, 0]]

@Suite("SNMPv3 against a real snmpd")
struct USMRealAgentTests {
    @Test("every hash with every cipher gives what snmpget prints, and finds engine and time in two rounds")
    func everyAlgorithm() throws {
        let agent = try RealV3Agent()
        for user in RealUser.all {
            var asker = try USMAsker()
            let outcome = try asker.ask(objects, port: agent.port, as: try user.credential())
            guard case .response(let pdu) = outcome else {
                Issue.record("\(user.name): \(outcome)")
                continue
            }
            #expect(pdu.varBinds.map(\.name) == objects)
            #expect(asker.roundsUsed <= 2, "\(user.name)")
            for varBind in pdu.varBinds {
                let expected = ".\(varBind.name) = \(varBind.value.asNetSNMPPrints)"
                #expect(try agent.ask(varBind.name, as: user) == expected, "\(user.name)")
            }
            guard case .response = try asker.ask([location], port: agent.port, as: try user.credential())
            else {
                Issue.record("\(user.name) a second time")
                continue
            }
            #expect(asker.roundsUsed == 0, "what was learned is kept")
        }
    }
}
