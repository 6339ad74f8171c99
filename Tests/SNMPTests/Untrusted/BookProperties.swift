@testable import SNMP

/// What a book of engines makes of a message that comes from where an agent was asked.
enum BookReading {
    private static let address = AgentAddress(high: 0, low: 0xC000_0201, scope: 0, isIPv6: false, port: 161)
    private static let question = PollTemplate.next([1, 3, 6, 1, 2, 1, 1, 3], 1)

    /// Nobody who does not sign answers a user who does, or moves the clock of an engine that was proved; what answers
    /// is an answer, at the user's level, to the question with its number.
    static func brokenProperty(of bytes: [UInt8], for user: USMUser, with keys: EngineKeys) -> String? {
        let span = bytes.span.bytes
        guard let envelope = try? USMEnvelope(span), let id = UInt32(exactly: envelope.messageID),
            id < 1 << 31,
            var book = try? USMBook(firstSalt: 1)
        else { return nil }
        let known = EngineRecord(
            address: self.address,
            engine: KeyHolder.engine,
            boots: 3,
            time: 1_000,
            asOfMilliseconds: 0
        )
        book.restore(known, wallMilliseconds: 0, at: 0)
        let index = book.index(of: self.address)
        var rounds = USMRounds()
        var datagram: [UInt8] = []
        guard
            (try? book.write(
                self.question,
                to: index,
                user: user,
                id: id,
                rounds: &rounds,
                at: 0,
                into: &datagram
            )) != nil
        else { return "a question cannot be sealed" }
        let reading = book.read(
            envelope,
            in: span,
            from: index,
            user: user,
            id: id,
            rounds: &rounds,
            at: 0
        )
        let isSigned = keys.engine == KeyHolder.engine && KeyHolder.isSigned(bytes, envelope, with: keys)
        guard isSigned || book.records(wallMilliseconds: 0, at: 0) == [known] else {
            return "an engine's clock is moved by who has not signed"
        }
        guard case .answer(let pdu, let isHidden) = reading else { return nil }
        guard isSigned || user.level.isEmpty else { return "an answer that nobody has signed" }
        let isRight =
            pdu.tag == responseTag && pdu.requestID == Int64(id)
            && isHidden == envelope.flags.contains(.secret)
            && envelope.flags.intersection(.level) == user.level
            && KeyHolder.engine.equals(envelope.engine, in: span) && envelope.user.equals(user.name, in: span)
        return isRight ? nil : "an answer to another question"
    }
}
