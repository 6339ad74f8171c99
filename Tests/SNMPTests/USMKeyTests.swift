import Cryptography
import Testing

@testable import SNMP

@Suite("SNMPv3 keys and messages")
struct USMKeyTests {
    private static func engine() throws -> EngineID {
        try #require(EngineID([UInt8](repeating: 0, count: 11) + [2]))
    }

    private static func hexadecimal(_ bytes: [UInt8]) -> String {
        EngineID(bytes)?.description ?? ""
    }

    @Test("a password gives the keys of RFC 3414, A.3, for all engines and for one")
    func passwords() throws {
        let engine = try Self.engine()
        let password = Array("maplesyrup".utf8)
        let md5 = PasswordKey(.md5, password: password)
        #expect(Self.hexadecimal(md5.bytes) == "9faf3283884e92834ebc9847d8edd963")
        #expect(Self.hexadecimal(md5.localized(to: engine)) == "526f5eed9fcce26f8964c2930787d82b")
        let sha1 = PasswordKey(.sha1, password: password)
        #expect(Self.hexadecimal(sha1.bytes) == "9fb5cc0381497b3793528939ff788d5d79145211")
        #expect(Self.hexadecimal(sha1.localized(to: engine)) == "6695febc9288e36282235fc7151f128497b38f3f")
    }

    @Test(
        "a message of every level is opened by its key, and by no other; no cut and no flipped bit is accepted"
    )
    func hostile() throws {
        let engine = try Self.engine()
        let table = USMUserTable()
        let template = try PollTemplate.get([[1, 3, 6, 1, 2, 1, 1, 3, 0]])
        for privacy in [nil, USMCredential.PrivacyProtocol.des, .aes128, .aes256] {
            let credential = try USMCredential(
                user: "someone",
                authentication: (.sha256, password: "sign-and-sign"),
                privacy: privacy.map { ($0, password: "hide-and-hide") }
            )
            let user = table.user(for: credential)
            let keys = user.keys(at: engine)
            var sealer = try USMSealer(firstSalt: 1)
            var good: [UInt8] = []
            try sealer.seal(
                template.pdu,
                requestIDOffset: template.requestIDOffset,
                id: 0x1234_5678,
                stamp: USMStamp(keys: keys, boots: 7, time: 70_000),
                flags: user.level.union(.reportable),
                contextEngine: engine,
                contextName: [],
                into: &good
            )
            func opens(_ bytes: [UInt8]) -> Bool {
                let span = bytes.span.bytes
                guard let envelope = try? USMEnvelope(span), envelope.flags.contains(.authentic) else {
                    return false
                }
                return (try? sealer.open(envelope, in: span, with: keys)) != nil
            }
            #expect(opens(good))
            for length in good.indices { #expect(!opens(Array(good.prefix(length)))) }
            for place in good.indices {
                for bit in 0..<8 {
                    var changed = good
                    changed[place] ^= 1 << UInt8(bit)
                    #expect(!opens(changed), "byte \(place), bit \(bit)")
                }
            }
        }
    }

    @Test("the question by which an engine is found tells every length rightly")
    func discovery() throws {
        var datagram: [UInt8] = []
        USMSealer.writeDiscovery(id: 0x1234_5678, into: &datagram)
        let bytes = datagram.span.bytes
        let envelope = try USMEnvelope(bytes)
        #expect(envelope.end == datagram.count && envelope.messageID == 0x1234_5678)
        #expect(envelope.flags == .reportable && envelope.engine.isAtEnd && envelope.user.isAtEnd)
        var data = envelope.data
        _ = try data.element(BERTag.sequence, in: bytes)
        #expect(data.isAtEnd)
        let pdu = try ScopedPDU(envelope.data, in: bytes)
        #expect(pdu.tag == RequestKind.get.rawValue && pdu.requestID == 0x1234_5678)
        let head = try ResponseHead(pdu.body, in: bytes)
        #expect(head.list.isAtEnd)
    }

    @Test("a user in a context is the same user, and the message names the context")
    func contexts() throws {
        let engine = try Self.engine()
        let table = USMUserTable()
        let credential = try USMCredential(
            user: "someone",
            authentication: (.sha512, password: "sign-and-sign")
        )
        let inVLAN = try credential.inContext("vlan-7")
        #expect(inVLAN != credential && inVLAN.context == "vlan-7")
        #expect(throws: SNMPError.self) { try credential.inContext(String(repeating: "c", count: 256)) }
        let user = table.user(for: inVLAN)
        #expect(table.user(for: credential) === user)
        var sealer = try USMSealer(firstSalt: 1)
        var datagram: [UInt8] = []
        let template = try PollTemplate.get([[1, 3, 6, 1, 2, 1, 1, 3, 0]])
        try sealer.seal(
            template.pdu,
            requestIDOffset: template.requestIDOffset,
            id: 1,
            stamp: USMStamp(keys: user.keys(at: engine), boots: 7, time: 70_000),
            flags: user.level.union(.reportable),
            contextEngine: engine,
            contextName: Array(inVLAN.context.utf8),
            into: &datagram
        )
        let bytes = datagram.span.bytes
        let pdu = try sealer.open(USMEnvelope(bytes), in: bytes, with: user.keys(at: engine))
        let name = pdu.contextName.octets(in: bytes)
        #expect(name == Array("vlan-7".utf8))
    }

    @Test("engine records are read back as written, and a damaged file is refused whole")
    func records() throws {
        let engine = try Self.engine()
        let records = try ["192.0.2.7", "2001:db8::7"].map { host in
            EngineRecord(
                address: try #require(AgentAddress(host)),
                engine: engine,
                boots: 3,
                time: 4,
                asOfMilliseconds: 1_700_000_000_000
            )
        }
        let bytes = EngineRecordFile.bytes(of: records)
        #expect(try EngineRecordFile.records(in: bytes) == records)
        for place in bytes.indices {
            var changed = bytes
            changed[place] ^= 1
            #expect(throws: EngineRecordFile.Damage.self) { try EngineRecordFile.records(in: changed) }
            #expect(throws: EngineRecordFile.Damage.self) {
                try EngineRecordFile.records(in: Array(bytes.prefix(place)))
            }
        }
    }
}
