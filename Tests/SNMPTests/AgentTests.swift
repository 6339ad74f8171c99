import Testing

@testable import SNMP

@Suite("Agents and their secrets")
struct AgentTests {
    @Test(
        "an address is read and printed",
        arguments: [
            ("192.0.2.7", "192.0.2.7:161"), ("2001:db8::7", "[2001:db8::7]:161"), ("::1", "[::1]:161"),
            ("::ffff:192.0.2.7", "192.0.2.7:161"), ("255.255.255.255", "255.255.255.255:161"),
            ("fe80::1%7", "[fe80::1%7]:161"),
        ]
    )
    func addresses(host: String, printed: String) {
        #expect(AgentAddress(host)?.description == printed)
    }

    @Test(
        "what is no numeric address is refused",
        arguments: ["", "localhost", "1.2.3", "1.2.3.4.5", "::1%nosuch0", "fe80::1%"]
    )
    func noAddress(host: String) {
        #expect(AgentAddress(host) == nil)
        #expect(AgentAddress("192.0.2.7", port: 0) == nil)
    }

    @Test("a host name is looked up, and one that nobody knows is an error that names it")
    func lookUp() async throws {
        let agent = try await SNMPAgent(host: "localhost", port: 1_161, credential: .v2c(community: "s3cret"))
        #expect(["127.0.0.1:1161", "[::1]:1161"].contains(agent.address.description))
        await #expect(throws: SNMPError.self) {
            try await SNMPAgent(host: "no.such.host.invalid", credential: .v2c(community: "s3cret"))
        }
    }

    @Test("no way of printing an agent shows its secret")
    func redaction() throws {
        let user = try USMCredential(
            user: "watcher",
            authentication: (.sha256, password: "s3cret-authentication"),
            privacy: (.aes128, password: "s3cret-privacy")
        )
        let credentials: [SNMPCredential] = [.v1(community: "s3cret"), .v2c(community: "s3cret"), .v3(user)]
        let address = try #require(AgentAddress("192.0.2.7"))
        for credential in credentials {
            let agent = SNMPAgent(address: address, credential: credential)
            var printed = "\(credential) \(agent)"
            printed += String(reflecting: credential) + String(reflecting: agent) + String(describing: agent)
            dump(agent, to: &printed)
            dump(credential, to: &printed)
            dump(user, to: &printed)
            dump(user.privacy, to: &printed)
            #expect(!printed.contains("s3cret"))
            // The bytes of "s3cret", as a dump of an array would show them.
            #expect(!printed.contains("115"))
            #expect(printed.contains("<secret>"))
        }
    }

    @Test("a v3 user that RFC 3414 forbids is refused without its password")
    func users() {
        func refusal(_ make: () throws(SNMPError) -> USMCredential) -> String? {
            do throws(SNMPError) {
                _ = try make()
                return nil
            } catch { return error.description }
        }
        #expect(refusal { () throws(SNMPError) in try USMCredential(user: "") } != nil)
        #expect(
            refusal { () throws(SNMPError) in
                try USMCredential(user: "u", privacy: (.aes128, password: "long enough"))
            } != nil
        )
        let short = refusal { () throws(SNMPError) in
            try USMCredential(user: "u", authentication: (.md5, password: "tiny-pw"))
        }
        #expect(short?.contains("8 characters") == true)
        #expect(short?.contains("tiny-pw") == false)
    }
}
