import Synchronization
import Testing

@testable import SNMP

private let linkDown = "1.3.6.1.6.3.1.1.5.3"
private let senderEngine = "0x80001f8804746573740001"

@Suite("Traps of real senders")
struct TrapTests {
    /// A listener that hands on what it hears.
    private struct Ear {
        let listener: TrapListener
        let traps: AsyncStream<SNMPTrap>
        let folder: TemporaryFolder

        init(users: [USMCredential] = [], limits: TrapLimits = TrapLimits()) throws {
            let (traps, source) = AsyncStream.makeStream(of: SNMPTrap.self)
            self.traps = traps
            self.folder = try TemporaryFolder()
            self.listener = try TrapListener(
                port: 0,
                communities: ["right"],
                users: users,
                engine: try OwnEngine(),
                limits: limits
            ) { source.yield($0) }
        }

        /// Runs one of net-snmp's senders against the listener; returns what it prints.
        @discardableResult
        func send(_ program: String, _ arguments: [String]) throws -> String {
            try ServerProcess.output(
                of: "/usr/bin/\(program)",
                arguments,
                environment: [
                    "MIBS": "", "SNMPCONFPATH": self.folder.path, "SNMP_PERSISTENT_DIR": self.folder.path,
                ]
            )
        }

        var place: String { "127.0.0.1:\(self.listener.port)" }

        func next() async throws -> SNMPTrap {
            for await trap in self.traps { return trap }
            throw CancellationError()
        }
    }

    @Test("a trap of v1 and of v2c is heard with what it says, one with another community is not")
    func communities() async throws {
        let ear = try Ear()
        let name = "1.3.6.1.2.1.2.2.1.1.7"
        try ear.send("snmptrap", ["-v2c", "-c", "wrong", ear.place, "99", linkDown])
        try ear.send("snmptrap", ["-v2c", "-c", "right", ear.place, "4711", linkDown, name, "i", "7"])
        let second = try await ear.next()
        #expect(second.version == .v2c && second.event == OID(linkDown) && second.upTime == 4_711)
        #expect(second.varBinds == [VarBind(name: try #require(OID(name)), value: .integer(7))])
        #expect(second.source.host == "127.0.0.1" && !second.isInform && !second.isAuthentic)
        try ear.send(
            "snmptrap",
            ["-v1", "-c", "right", ear.place, "1.3.6.1.4.1.8072.3", "192.0.2.9", "2", "0", "12"]
        )
        let first = try await ear.next()
        #expect(first.version == .v1 && first.event == OID(linkDown) && first.agentAddress == 0xC000_0209)
        await ear.listener.close()
        #expect(ear.listener.counters.received == 3)
    }

    @Test("an inform is answered, so that its sender is content")
    func informs() async throws {
        let ear = try Ear()
        let printed = try ear.send(
            "snmpinform",
            ["-v2c", "-c", "right", "-r", "0", "-t", "5", ear.place, "1", linkDown]
        )
        #expect(!printed.contains("Timeout"))
        #expect(try await ear.next().isInform)
        await ear.listener.close()
    }

    @Test("a trap of v3 is heard when its signature and its secret are right", arguments: [true, false])
    func users(isRight: Bool) async throws {
        let user = try USMCredential(
            user: "watcher",
            authentication: (.sha256, "sign-the-trap"),
            privacy: (.aes128, "hide-the-trap")
        )
        let ear = try Ear(users: [user])
        let password = isRight ? "sign-the-trap" : "sign-another"
        try ear.send(
            "snmptrap",
            [
                "-v3", "-e", senderEngine, "-u", "watcher", "-l", "authPriv", "-a", "SHA-256", "-A", password,
                "-x", "AES",
                "-X", "hide-the-trap", ear.place, "1", linkDown,
            ]
        )
        // Whatever became of it, this one comes after it.
        try ear.send("snmptrap", ["-v2c", "-c", "right", ear.place, "2", linkDown])
        let first = try await ear.next()
        #expect(first.version == (isRight ? .v3 : .v2c))
        if isRight { #expect(first.isAuthentic && first.user == "watcher" && first.event == OID(linkDown)) }
        await ear.listener.close()
    }

    @Test("a signed inform finds our engine and is answered with our signature")
    func signedInform() async throws {
        let user = try USMCredential(user: "watcher", authentication: (.sha1, "sign-the-trap"))
        let ear = try Ear(users: [user])
        let printed = try ear.send(
            "snmpinform",
            [
                "-v3", "-u", "watcher", "-l", "authNoPriv", "-a", "SHA", "-A", "sign-the-trap", "-r", "1",
                "-t", "5",
                ear.place, "1", linkDown,
            ]
        )
        #expect(!printed.contains("Timeout"), "\(printed)")
        let trap = try await ear.next()
        #expect(trap.isInform && trap.isAuthentic && trap.version == .v3)
        await ear.listener.close()
    }

    @Test("a flood of one sender costs a count and leaves the others their hearing")
    func flood() async throws {
        let ear = try Ear()
        let flooder = try LoopbackSocket(host: "127.0.0.9")
        var writer = BERWriter()
        writer.element(BERTag.sequence) { message in
            message.element(0xA7) { pdu in
                pdu.element(BERTag.sequence) { _ in }
                pdu.integer(0)
                pdu.integer(0)
                pdu.integer(1)
            }
            message.octets(Array("right".utf8))
            message.integer(1)
        }
        for _ in 0..<5_000 { flooder.send(writer.bytes, toPort: ear.listener.port) }
        var heard: SNMPTrap?
        for uptime in 1...50 where heard == nil {
            try ear.send("snmptrap", ["-v2c", "-c", "right", ear.place, "\(uptime)", linkDown])
            for await trap in ear.traps where trap.source.host != "127.0.0.9" {
                heard = trap
                break
            }
        }
        #expect(heard?.event == OID(linkDown))
        await ear.listener.close()
        let counters = ear.listener.counters
        #expect(counters.overSourceLimit + counters.repeated > 1_000)
    }
}
