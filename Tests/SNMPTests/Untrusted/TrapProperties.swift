import Synchronization

@testable import SNMP

/// A datagram on the port for traps, as it comes and as whoever knows the keys would have sent it.
struct TrapReading: UntrustedMessage {
    private typealias Outcome = TrapReader.Reading

    private static let holder = KeyHolder.shared
    private static let communities = ["right", "another"]
    private static let engine = OwnEngine(id: KeyHolder.engine, boots: 3)
    private static let source = AgentAddress(high: 0, low: 0xC000_0209, scope: 0, isIPv6: false, port: 4_711)
    /// Our engine began at 0, so its time is 1 000 s.
    private static let now: MonotonicTime = 1_000_000_000_000
    /// By so much may an answer be longer than what it answers: our engine's name, boots, time, code and salt.
    private static let mostAdded = 160

    private let bytes: [UInt8]
    private let sealed: [UInt8]?
    private let raw: Outcome
    private let authentic: Outcome?

    var isUnderstood: Bool { if case .trap = self.raw { true } else { self.sealed != nil } }

    /// The smallest binding takes 7 bytes of the datagram; what is held of it is held for both readings.
    static func mostBytesHeld(for count: Int) -> Int { 16_384 + 64 * count }

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        guard var reader = Self.reader() else { preconditionFailure("no ciphers") }
        self.raw = reader.read(bytes.span.bytes, from: Self.source, at: Self.now)
        let sealed = Ciphers.shared.withLock { Self.holder.sealed(bytes, cipher: &$0.cipher) }
        self.authentic = sealed.map { reader.read($0.span.bytes, from: Self.source, at: Self.now) }
        self.sealed = sealed
    }

    private static func reader() -> TrapReader? {
        try? TrapReader(
            communities: self.communities,
            ownKeys: self.holder.keys,
            engine: self.engine,
            firstSalt: 1,
            now: 0
        )
    }

    func brokenProperty() -> String? {
        if let broken = Self.broken(self.raw, of: self.bytes) { return broken }
        guard let sealed, let authentic else { return nil }
        return Self.broken(authentic, of: sealed) ?? self.brokenRepeat(sealed)
    }

    private static func broken(_ outcome: Outcome, of bytes: [UInt8]) -> String? {
        switch outcome {
        case .malformed: return nil
        case .notAuthentic: return nil
        case .report(let answer): return self.brokenReport(answer, to: bytes)
        case .trap(let trap, let answer):
            return self.brokenOrigin(of: trap, in: bytes) ?? self.brokenNames(of: trap)
                ?? self.brokenRoundTrip(of: trap)
                ?? answer.flatMap { self.brokenAnswer($0, to: trap, in: bytes) }
        }
    }

    /// A trap comes from somebody whom we hear: by community, or by a code that is right.
    private static func brokenOrigin(of trap: SNMPTrap, in bytes: [UInt8]) -> String? {
        let span = bytes.span.bytes
        guard trap.version == .v3 else {
            var datagram = BERReader(span)
            guard var message = try? datagram.element(BERTag.sequence, in: span),
                let version = try? message.integer(in: span),
                let community = try? message.element(BERTag.octets, in: span),
                self.communities.contains(where: { community.equals(Array($0.utf8), in: span) })
            else { return "a trap of a community that we do not hear" }
            return version == (trap.version == .v1 ? 0 : 1) && !trap.isAuthentic && trap.user == nil
                ? nil : "a trap of another version than its message"
        }
        guard let envelope = try? USMEnvelope(span), let user = self.holder.user(of: envelope, in: span),
            let keys = self.holder.keys(of: user, for: envelope, in: span),
            trap.user.map({ Array($0.utf8) }) == self.holder.users[user].name
        else { return "a trap of a user that we do not hear" }
        guard envelope.flags.intersection(.level) == keys.user.level else { return "a trap of another level" }
        guard !trap.isAuthentic || KeyHolder.isSigned(bytes, envelope, with: keys) else {
            return "a trap with a wrong code is believed"
        }
        guard trap.isAuthentic == envelope.flags.contains(.authentic) else {
            return "a trap that claims a code"
        }
        let isOurs = keys.engine == self.engine.id
        guard isOurs || !envelope.flags.contains(.reportable) else { return "an inform to another engine" }
        guard trap.isAuthentic, isOurs else { return nil }
        return envelope.boots == self.engine.boots && abs(Int64(envelope.time) - 1_000) <= EngineClock.window
            ? nil : "an inform of another time"
    }

    private static func brokenNames(of trap: SNMPTrap) -> String? {
        let values = trap.varBinds.compactMap { if case .oid(let name) = $0.value { name } else { nil } }
        for name in trap.varBinds.map(\.name) + values + [trap.event, trap.enterprise].compactMap({ $0 }) {
            guard OID(name.subidentifiers) == name, OID(name.description) == name else {
                return "\(name) is no name"
            }
        }
        return nil
    }

    /// Sent on as a trap of v2c, it says the same.
    private static func brokenRoundTrip(of trap: SNMPTrap) -> String? {
        // A trap of v1 that lacks its time or its event has no other form.
        guard trap.version != .v1 || trap.event != nil && trap.upTime != nil else { return nil }
        let pdu = self.pdu(of: trap)
        let span = pdu.span.bytes
        var body = BERReader(span)
        guard let again = try? TrapContent(v2: body.element(TrapTag.trap, in: span), requestID: 1, in: span)
        else {
            return "a trap written anew is none"
        }
        guard again.event == trap.event, again.upTime == trap.upTime, again.isPlain,
            again.varBinds.count == trap.varBinds.count
        else { return "a trap written anew is another trap" }
        for (first, second) in zip(trap.varBinds, again.varBinds)
        where first.name != second.name || !first.value.isSame(as: second.value) {
            return "\(first) written anew is \(second)"
        }
        return nil
    }

    private static func pdu(of trap: SNMPTrap) -> [UInt8] {
        var varBinds = trap.varBinds
        if let event = trap.event {
            varBinds.insert(VarBind(name: SNMPTrap.eventName, value: .oid(event)), at: 0)
        }
        if let upTime = trap.upTime {
            varBinds.insert(VarBind(name: SNMPTrap.upTimeName, value: .timeTicks(upTime)), at: 0)
        }
        var writer = BERWriter()
        // Without its request-id, which is read before the content is.
        writer.element(TrapTag.trap) { pdu in
            pdu.element(BERTag.sequence) { list in
                for varBind in varBinds.reversed() {
                    list.element(BERTag.sequence) { pair in
                        pair.value(varBind.value)
                        pair.name(varBind.name)
                    }
                }
            }
            pdu.integer(0)
            pdu.integer(0)
        }
        return writer.bytes
    }

    /// An answer is the inform's own content in the same version, and hardly longer than it.
    private static func brokenAnswer(_ answer: [UInt8], to trap: SNMPTrap, in bytes: [UInt8]) -> String? {
        guard trap.isInform else { return "an answer to what wants none" }
        guard answer.count <= bytes.count + self.mostAdded else {
            return "an answer that floods its receiver"
        }
        let (span, question) = (answer.span.bytes, bytes.span.bytes)
        guard trap.version == .v3 else {
            guard let given = try? MessageEnvelope(span), let asked = try? MessageEnvelope(question),
                given.pduTag == responseTag, asked.pduTag == TrapTag.inform,
                given.requestID == asked.requestID,
                zip(answer, bytes).count(where: { $0 != $1 }) == 1, answer.count <= bytes.count
            else { return "an answer to another inform" }
            return nil
        }
        guard let given = try? USMEnvelope(span), let asked = try? USMEnvelope(question),
            let user = self.holder.user(of: given, in: span),
            let keys = self.holder.keys(of: user, for: given, in: span),
            var sealer = try? USMSealer(firstSalt: 1)
        else { return "an answer that is no message" }
        guard given.messageID == asked.messageID, self.engine.id.equals(given.engine, in: span),
            given.flags == asked.flags.intersection(.level), given.boots == self.engine.boots,
            given.time == 1_000
        else { return "an answer of another time, engine or level" }
        guard let asked = try? sealer.open(asked, in: question, with: keys) else {
            return "an answer to nobody"
        }
        guard let pdu = try? sealer.open(given, in: span, with: keys), pdu.tag == responseTag,
            pdu.requestID == asked.requestID
        else { return "an answer that its receiver cannot read" }
        return nil
    }

    /// A report goes only to who wants one, is short, and is signed for who has signed.
    private static func brokenReport(_ answer: [UInt8], to bytes: [UInt8]) -> String? {
        let span = answer.span.bytes
        guard let asked = try? USMEnvelope(bytes.span.bytes), asked.flags.contains(.reportable) else {
            return "a report to who wants none"
        }
        guard let given = try? USMEnvelope(span), given.messageID == asked.messageID,
            self.engine.id.equals(given.engine, in: span), given.boots == self.engine.boots,
            given.time == 1_000,
            !given.flags.contains(.secret), !given.flags.contains(.reportable), answer.count <= 256
        else { return "a report that is none" }
        guard given.flags.contains(.authentic) else { return nil }
        guard let user = self.holder.user(of: given, in: span),
            let keys = self.holder.keys(of: user, for: given, in: span),
            KeyHolder.isSigned(answer, given, with: keys), KeyHolder.isSigned(bytes, asked, with: keys)
        else { return "a report signed for who has not signed" }
        return nil
    }

    /// What was heard once is heard again in the same way: nothing of one datagram changes how the next is read.
    private func brokenRepeat(_ sealed: [UInt8]) -> String? {
        // Not of every message, because a reader costs.
        guard sealed.choice(below: 4) == 0, var reader = Self.reader() else { return nil }
        for _ in 0..<2 {
            let outcome = reader.read(sealed.span.bytes, from: Self.source, at: Self.now)
            switch (outcome, self.authentic) {
            case (.trap(let again, _), .trap(let first, _)?):
                guard again.varBinds.count == first.varBinds.count, again.event == first.event else {
                    return "a trap heard again is another trap"
                }
            case (.report, .report?): break
            case (let again, let first?) where again == first: break
            default: return "what is heard again is another thing"
            }
        }
        return nil
    }
}
