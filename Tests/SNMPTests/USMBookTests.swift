import Testing

@testable import SNMP

@Suite("The book of engines")
struct USMBookTests {
    private static let template = PollTemplate.next([1, 3, 6, 1, 2, 1, 1, 3], 1)

    /// What an agent sends: a PDU under its engine, as the user's level says or in the clear.
    private static func message(
        _ tag: UInt8,
        naming name: OID,
        _ keys: EngineKeys,
        _ id: UInt32,
        isOpen: Bool
    ) throws -> [UInt8] {
        var writer = BERWriter()
        writer.element(tag) { pdu in
            pdu.element(BERTag.sequence) { list in
                list.element(BERTag.sequence) { pair in
                    pair.unsigned(1, tag: BERTag.counter32)
                    pair.name(name)
                }
            }
            pdu.integer(0)
            pdu.integer(0)
            pdu.integer(Int64(id))
        }
        var sealer = try USMSealer(firstSalt: 1)
        var datagram: [UInt8] = []
        try sealer.seal(
            writer.bytes,
            requestIDOffset: nil,
            id: id,
            stamp: USMStamp(keys: keys, boots: 1, time: 1),
            flags: isOpen ? [] : keys.user.level,
            contextEngine: keys.engine,
            contextName: [],
            into: &datagram
        )
        return datagram
    }

    /// Asks the agent, which says that it is that engine, and then answers.
    private static func ask(
        _ book: inout USMBook,
        _ address: AgentAddress,
        _ user: USMUser,
        answeringAs engine: EngineID,
        id: UInt32
    ) throws -> Bool {
        let index = book.index(of: address)
        let keys = user.keys(at: engine)
        var rounds = USMRounds()
        let unknownEngine: OID = [1, 3, 6, 1, 6, 3, 15, 1, 1, 4, 0]
        var isAnswered = false
        for (id, isReport) in [(id, true), (id + 1, false)] {
            var question: [UInt8] = []
            try book.write(
                Self.template,
                to: index,
                user: user,
                id: id,
                rounds: &rounds,
                at: 0,
                into: &question
            )
            let datagram = try Self.message(
                isReport ? ScopedPDU.report : responseTag,
                naming: unknownEngine,
                keys,
                id,
                isOpen: isReport
            )
            let bytes = datagram.span.bytes
            let envelope = try USMEnvelope(bytes)
            let reading = book.read(
                envelope,
                in: bytes,
                from: index,
                user: user,
                id: id,
                rounds: &rounds,
                at: 0
            )
            if case .answer = reading { isAnswered = true }
        }
        return isAnswered
    }

    @Test(
        "agents that become other engines time and again, or are forgotten, leave nothing behind",
        arguments: [true, false]
    )
    func engines(isSigned: Bool) throws {
        let user = USMUserTable().user(
            for: try USMCredential(user: "someone", authentication: isSigned ? (.sha1, "sign-and-sign") : nil)
        )
        var book = try USMBook(firstSalt: 1)
        let first = try #require(AgentAddress("192.0.2.1"))
        let second = try #require(AgentAddress("192.0.2.2"))
        var id: UInt32 = 1
        for round in UInt8(1)...50 {
            for (address, kind) in [(first, UInt8(1)), (second, 2)] {
                let engine = try #require(EngineID([0x80, 0, 0, 1, kind, round]))
                // Twice: an engine that is proved is not given up for one claim.
                for _ in 0..<2 {
                    _ = try Self.ask(&book, address, user, answeringAs: engine, id: id)
                    id += 2
                }
                #expect(try Self.ask(&book, address, user, answeringAs: engine, id: id), "round \(round)")
                id += 2
            }
        }
        #expect(book.count == 2 && book.engineCount == 2)
    }
}
