internal import Cryptography

/// Reads traps and informs and writes what must be answered: a machine that is handed datagrams, in order.
///
/// Knows the communities and users it may hear. For the informs and probes of v3 it is the authoritative engine; for
/// traps of v3 the sender is, and its clock is learned from its signed traps (RFC 3414 §3.2 step 7).
struct TrapReader: ~Copyable {
    /// What a datagram amounts to.
    enum Reading: Equatable {
        /// A trap, or an inform together with the datagram that answers it.
        case trap(SNMPTrap, answer: [UInt8]?)
        /// A question for our engine's name or time, with the Report that answers it.
        case report([UInt8])
        /// From nobody we hear: another community, user or key, or of another time.
        case notAuthentic
        /// No trap at all.
        case malformed(BERFault)
    }

    private struct Sender: Hashable {
        let engine: EngineID
        let user: [UInt8]
    }

    private let communities: [[UInt8]]
    private let users: [USMUser]
    private let engine: OwnEngine
    private let startedAt: MonotonicTime
    private var sealer: USMSealer
    /// The keys of our users at our own engine.
    private let ownKeys: [EngineKeys]
    /// Who has sent signed traps, with the sender's clock; bounded, the oldest goes first.
    private var senders = BoundedTable<Sender, USMAgent.Standing>(most: 16_384)
    /// Reports written so far, for the counters that they carry.
    private var reportCount: UInt32 = 0

    init(
        communities: [String],
        users: [USMCredential],
        engine: OwnEngine,
        firstSalt: UInt64,
        now: MonotonicTime
    ) throws(SNMPError) {
        let table = USMUserTable()
        let keys = users.map { table.user(for: $0).keys(at: engine.id) }
        try self.init(communities: communities, ownKeys: keys, engine: engine, firstSalt: firstSalt, now: now)
    }

    /// Takes the keys of users at our own engine, which need not be worked out again.
    init(
        communities: [String],
        ownKeys: [EngineKeys],
        engine: OwnEngine,
        firstSalt: UInt64,
        now: MonotonicTime
    ) throws(SNMPError) {
        let sealer: USMSealer
        do throws(CryptographyError) {
            sealer = try USMSealer(firstSalt: firstSalt)
        } catch { throw SNMPError(.open, "ciphers", error.reason) }
        self.sealer = sealer
        self.communities = communities.map { Array($0.utf8) }
        self.users = ownKeys.map(\.user)
        self.ownKeys = ownKeys
        self.engine = engine
        self.startedAt = now
    }

    /// Reads one datagram.
    mutating func read(_ bytes: RawSpan, from source: AgentAddress, at now: MonotonicTime) -> Reading {
        do throws(BERFault) {
            if USMEnvelope.messageID(of: bytes) != nil {
                return try self.readSecured(try USMEnvelope(bytes), in: bytes, from: source, at: now)
            }
            return try self.readCommunity(bytes, from: source)
        } catch { return .malformed(error) }
    }
}

// MARK: - v1 and v2c

extension TrapReader {
    private func readCommunity(_ bytes: RawSpan, from source: AgentAddress) throws(BERFault) -> Reading {
        var datagram = BERReader(bytes)
        var message = try datagram.element(BERTag.sequence, in: bytes)
        let end = datagram.position
        let version = try message.integer(in: bytes)
        let community = try message.element(BERTag.octets, in: bytes)
        let pduStart = message.position
        var (tag, pdu) = try message.element(in: bytes)
        guard message.isAtEnd else { throw .leftOver }
        guard version == 0 || version == 1 else { throw .badInteger }
        let isV1 = version == 0
        guard isV1 ? tag == TrapTag.v1Trap : tag == TrapTag.trap || tag == TrapTag.inform else {
            throw .unexpectedTag(found: tag, wanted: isV1 ? TrapTag.v1Trap : TrapTag.trap)
        }
        let name = bytes.extracting(community.position..<community.end)
        // Every community is compared, so that the time taken does not say which one was nearly right.
        var isKnown = false
        for community in self.communities where ConstantTime.areEqual(community.span.bytes, name) {
            isKnown = true
        }
        guard isKnown else { return .notAuthentic }
        let content: TrapContent
        if isV1 {
            content = try TrapContent(v1: pdu, in: bytes)
        } else {
            let requestID = try pdu.integer(in: bytes)
            content = try TrapContent(v2: pdu, requestID: requestID, in: bytes)
        }
        let isInform = tag == TrapTag.inform
        let trap = SNMPTrap(content, source: source, version: isV1 ? .v1 : .v2c, isInform: isInform)
        var answer: [UInt8]?
        if isInform, content.isPlain {
            // A Response is the inform with another tag (RFC 3416 §4.2.7).
            var response = BERReader.copy(bytes, 0..<end)
            response[pduStart] = responseTag
            answer = response
        }
        return .trap(trap, answer: answer)
    }
}

// MARK: - v3

extension TrapReader {
    private mutating func readSecured(
        _ envelope: USMEnvelope,
        in bytes: RawSpan,
        from source: AgentAddress,
        at now: MonotonicTime
    ) throws(BERFault) -> Reading {
        guard let engine = EngineID(envelope.engine, in: bytes) else {
            return self.report(.unknownEngine, envelope, in: bytes, keys: nil, at: now)
        }
        guard
            let index = self.users.firstIndex(where: {
                $0.level == envelope.flags.intersection(.level) && envelope.user.equals($0.name, in: bytes)
            })
        else { return .notAuthentic }
        let isOurs = engine == self.engine.id
        if !isOurs, envelope.flags.contains(.reportable) {
            // Somebody wants an answer from an engine that we are not.
            return self.report(.unknownEngine, envelope, in: bytes, keys: nil, at: now)
        }
        let sender = Sender(engine: engine, user: self.users[index].name)
        let known = isOurs ? nil : self.senders[sender]
        if !isOurs, known == nil, let code = self.users[index].code(at: engine) {
            // Anybody can name an engine: what its keys cost is spent only on who knows the password.
            guard envelope.isSigned(in: bytes, by: code, of: self.users[index]) else { return .notAuthentic }
        }
        let keys = isOurs ? self.ownKeys[index] : known?.keys ?? self.users[index].keys(at: engine)
        let pdu: ScopedPDU
        do throws(USMSealer.Fault) {
            pdu = try self.sealer.open(envelope, in: bytes, with: keys)
        } catch {
            if case .encoding(let fault) = error { throw fault }
            return .notAuthentic
        }
        if envelope.flags.contains(.authentic) {
            guard isOurs else {
                guard self.isTimely(envelope, keys, sender, known, at: now) else { return .notAuthentic }
                return try self.trap(pdu, envelope, in: bytes, keys, from: source, at: now)
            }
            let time = Int64(self.time(at: now))
            guard envelope.boots == self.engine.boots, abs(Int64(envelope.time) - time) <= EngineClock.window
            else {
                return self.report(.notInTimeWindow, envelope, in: bytes, keys: keys, at: now)
            }
        }
        return try self.trap(pdu, envelope, in: bytes, keys, from: source, at: now)
    }

    private func time(at now: MonotonicTime) -> UInt32 {
        UInt32(clamping: max(0, (now - self.startedAt) / 1_000_000_000))
    }

    /// Holds a signed trap against its sender's clock, and learns the clock from it.
    private mutating func isTimely(
        _ envelope: USMEnvelope,
        _ keys: EngineKeys,
        _ sender: Sender,
        _ known: USMAgent.Standing?,
        at now: MonotonicTime
    ) -> Bool {
        guard envelope.boots != EngineClock.lastBoots else { return false }
        guard var known else {
            let clock = EngineClock(boots: envelope.boots, time: envelope.time, at: now)
            self.senders.insert(USMAgent.Standing(keys: keys, clock: clock), for: sender)
            return true
        }
        switch known.clock.receive(boots: envelope.boots, time: envelope.time, at: now) {
        case .inWindow, .ahead, .restarted:
            self.senders.insert(known, for: sender)
            return true
        case .lowerBoots, .late, .exhausted: return false
        }
    }

    private mutating func trap(
        _ pdu: ScopedPDU,
        _ envelope: USMEnvelope,
        in bytes: RawSpan,
        _ keys: EngineKeys,
        from source: AgentAddress,
        at now: MonotonicTime
    ) throws(BERFault) -> Reading {
        let isInform = pdu.tag == TrapTag.inform
        guard isInform || pdu.tag == TrapTag.trap else {
            throw .unexpectedTag(found: pdu.tag, wanted: TrapTag.trap)
        }
        let isHidden = envelope.flags.contains(.secret)
        let plaintext = self.sealer.plaintext
        let content =
            isHidden
            ? try TrapContent(v2: pdu.body, requestID: pdu.requestID, in: plaintext.span.bytes)
            : try TrapContent(v2: pdu.body, requestID: pdu.requestID, in: bytes)
        let trap = SNMPTrap(
            content,
            source: source,
            version: .v3,
            isInform: isInform,
            isAuthentic: envelope.flags.contains(.authentic),
            user: String(decoding: keys.user.name, as: UTF8.self)
        )
        guard isInform, content.isPlain, keys.engine == self.engine.id else {
            return .trap(trap, answer: nil)
        }
        let range = pdu.pduStart..<pdu.body.end
        var response = isHidden ? Array(plaintext[range]) : BERReader.copy(bytes, range)
        response[0] = responseTag
        let context =
            isHidden ? pdu.contextName.octets(in: plaintext.span.bytes) : pdu.contextName.octets(in: bytes)
        // The answer is of the scope of the question, whoever's that is (RFC 3413 §3.2).
        let contextEngine =
            isHidden
            ? EngineID(pdu.contextEngine, in: plaintext.span.bytes) : EngineID(pdu.contextEngine, in: bytes)
        let answer = self.seal(
            response,
            envelope,
            keys,
            envelope.flags.intersection(.level),
            contextEngine ?? self.engine.id,
            context,
            at: now
        )
        return .trap(trap, answer: answer)
    }

    /// Seals an answer under our own engine; `nil` when the cipher refuses or the msgID is none.
    private mutating func seal(
        _ pdu: [UInt8],
        _ envelope: USMEnvelope,
        _ keys: EngineKeys,
        _ flags: USMFlags,
        _ contextEngine: EngineID,
        _ contextName: [UInt8],
        at now: MonotonicTime
    ) -> [UInt8]? {
        guard let id = UInt32(exactly: envelope.messageID), id < 1 << 31, pdu.count < 65_000 else {
            return nil
        }
        var datagram: [UInt8] = []
        let stamp = USMStamp(keys: keys, boots: self.engine.boots, time: self.time(at: now))
        do throws(CryptographyError) {
            try self.sealer.seal(
                pdu,
                requestIDOffset: nil,
                id: id,
                stamp: stamp,
                flags: flags,
                contextEngine: contextEngine,
                contextName: contextName,
                into: &datagram
            )
        } catch { return nil }
        return datagram
    }

    /// Answers a question for our name or time (RFC 3414 §4); signed where the asker's signature was right.
    private mutating func report(
        _ report: USMReport,
        _ envelope: USMEnvelope,
        in bytes: RawSpan,
        keys: EngineKeys?,
        at now: MonotonicTime
    ) -> Reading {
        guard envelope.flags.contains(.reportable) else { return .notAuthentic }
        self.reportCount &+= 1
        var writer = BERWriter()
        writer.element(ScopedPDU.report) { pdu in
            pdu.element(BERTag.sequence) { list in
                list.element(BERTag.sequence) { pair in
                    pair.unsigned(UInt64(self.reportCount), tag: BERTag.counter32)
                    pair.name([1, 3, 6, 1, 6, 3, 15, 1, 1, report == .unknownEngine ? 4 : 2, 0])
                }
            }
            pdu.integer(0)
            pdu.integer(0)
            pdu.integer(keys == nil ? 0 : envelope.messageID)
        }
        let stampKeys = keys ?? .nobody(at: self.engine.id)
        let flags: USMFlags = keys == nil ? [] : .authentic
        let answer = self.seal(writer.bytes, envelope, stampKeys, flags, self.engine.id, [], at: now)
        return answer.map { .report($0) } ?? .notAuthentic
    }
}

extension SNMPTrap {
    fileprivate init(
        _ content: TrapContent,
        source: AgentAddress,
        version: Version,
        isInform: Bool,
        isAuthentic: Bool = false,
        user: String? = nil
    ) {
        self.init(
            source: source,
            agentAddress: content.agentAddress,
            version: version,
            isInform: isInform,
            isAuthentic: isAuthentic,
            user: user,
            event: content.event,
            enterprise: content.enterprise,
            upTime: content.upTime,
            varBinds: content.varBinds
        )
    }
}

extension BERReader {
    /// A copy of some of the bytes.
    fileprivate static func copy(_ bytes: RawSpan, _ range: Range<Int>) -> [UInt8] {
        range.map { self.byte(bytes, at: $0) }
    }
}
