internal import Cryptography

/// The engines of all agents of SNMPv3, by address, with the ciphers to speak to them: what an engine's loop asks
/// before it sends to a v3 agent and after it has received from one.
///
/// Owned by one thread. Time is kept for each address, never for each engine ID, because cloned devices share IDs.
struct USMBook: ~Copyable {
    /// What a datagram amounts to for the question whose msgID it carries.
    enum Reading {
        /// The answer. `isHidden` says where it lies: in the book's `plaintext`, or in the datagram itself.
        case answer(ScopedPDU, isHidden: Bool)
        /// Something was learned: send the question again at once. With `renewsID` under a new id; without, under
        /// the same, because answers to the last sending are still good.
        case again(renewsID: Bool)
        /// The question is over: the agent refuses, with proof or with nothing proved that it could stop.
        case refused(USMRefusal)
        /// Wait on; should nothing else come by the deadline, this is why.
        case doubt(USMRefusal)
        /// Not for us: an old duplicate, another user or engine, a level that was not asked for.
        case ignored
        /// Signed or not hidden at all, and its bytes are not what they should be.
        case malformed(BERFault)
    }

    private var sealer: USMSealer
    private var agents: ContiguousArray<USMAgent> = []
    private var addresses: ContiguousArray<KeptAddresses.Kept> = []
    private var kept = KeptAddresses()
    private var indexOfAddress = IndexTable()
    /// The agents that proved an engine first, by the engine's name.
    private var indexOfEngine = IndexTable()

    /// No agent's index.
    static let noIndex = UInt32.max

    /// An empty book; `firstSalt` should be random.
    init(firstSalt: UInt64) throws(SNMPError) {
        do throws(CryptographyError) {
            self.sealer = try USMSealer(firstSalt: firstSalt)
        } catch { throw SNMPError(.open, "ciphers", error.reason) }
    }

    /// What the last answer that was hidden holds.
    var plaintext: [UInt8] { self.sealer.plaintext }

    /// How many agents are known.
    var count: Int { self.agents.count }

    /// How many engines have an entry: at most one an agent.
    var engineCount: Int { self.indexOfEngine.count }

    /// The index of an agent, which stays good; knows of it from now on.
    mutating func index(of address: AgentAddress) -> UInt32 {
        let hash = address.hashValue
        var probe = self.indexOfAddress.probe(hash)
        while let index = self.indexOfAddress.next(&probe) {
            if self.address(of: index) == address { return index }
        }
        let index = UInt32(self.agents.count)
        self.agents.append(USMAgent())
        self.addresses.append(self.kept.keep(address))
        self.indexOfAddress.insert(index, hash: hash)
        return index
    }

    private func address(of index: UInt32) -> AgentAddress { self.kept[self.addresses[Int(index)]] }

    /// Makes room for so many agents at once: doubling would take up to twice as much. Some may be known already.
    mutating func reserve(_ count: Int) {
        self.agents.reserveCapacity(count)
        self.addresses.reserveCapacity(count)
    }
}

// MARK: - Asking

extension USMBook {
    /// Whether a message of this user with that template fits into one datagram.
    static func hasRoom(for template: PollTemplate, user: USMUser, contextName: [UInt8] = []) -> Bool {
        let most =
            60 + 2 * EngineID.longest + user.name.count + user.codeByteCount + 8 + 24 + contextName.count
        return most + template.pdu.count <= UDPPort.mostBytes
    }

    /// Replaces `datagram` by what must be sent next for a question: the question itself, or what must be found out
    /// before. Sets msgID and request-id to `id`; `rounds` stays with the question.
    ///
    /// - Throws: When libcrypto refuses; never for anything that an agent did.
    mutating func write(
        _ template: PollTemplate,
        to index: UInt32,
        user: USMUser,
        contextName: [UInt8] = [],
        id: UInt32,
        rounds: inout USMRounds,
        at now: MonotonicTime,
        into datagram: inout [UInt8]
    ) throws(CryptographyError) {
        guard let stamp = self.agents[Int(index)].stamp(for: user, rounds: &rounds, at: now) else {
            return USMSealer.writeDiscovery(id: id, into: &datagram)
        }
        try self.sealer.seal(
            template.pdu,
            requestIDOffset: template.requestIDOffset,
            id: id,
            stamp: stamp,
            flags: user.level.union(.reportable),
            contextEngine: stamp.keys.engine,
            contextName: contextName,
            into: &datagram
        )
    }

    /// Notes that a question to the agent ended in silence.
    mutating func noteSilence(of index: UInt32) {
        self.agents[Int(index)].noteSilence()
    }
}

// MARK: - Answers

extension USMBook {
    /// Reads a datagram that came from the agent's own address and port and carries the live msgID `id`.
    mutating func read(
        _ envelope: USMEnvelope,
        in bytes: RawSpan,
        from index: UInt32,
        user: USMUser,
        id: UInt32,
        rounds: inout USMRounds,
        at now: MonotonicTime
    ) -> Reading {
        guard envelope.messageID == Int64(id) else { return .ignored }
        if envelope.flags.isDisjoint(with: .level), !user.level.isEmpty {
            return self.readUnsigned(envelope, in: bytes, index, user, id, &rounds, now)
        }
        guard let keys = self.agents[Int(index)].keys(naming: envelope.engine, in: bytes, for: user) else {
            // Where nothing is ever signed, an engine that is not known yet reports in the same way.
            return user.level.isEmpty
                ? self.readUnsigned(envelope, in: bytes, index, user, id, &rounds, now) : .ignored
        }
        let pdu: ScopedPDU
        do throws(USMSealer.Fault) {
            pdu = try self.sealer.open(envelope, in: bytes, with: keys)
        } catch {
            return switch error {
            case .notAuthentic: .doubt(.answersNotAuthentic)
            case .notDecipherable: .doubt(.answersNotDecipherable)
            case .encoding(let fault): .malformed(fault)
            }
        }
        let isHidden = envelope.flags.contains(.secret)
        let message: USMAgent.Message
        if pdu.tag == ScopedPDU.report {
            guard !user.level.isEmpty else {
                return self.readUnsigned(envelope, in: bytes, index, user, id, &rounds, now)
            }
            message = .report(
                isHidden ? USMReport(pdu, in: self.sealer.plaintext.span.bytes) : USMReport(pdu, in: bytes)
            )
        } else {
            guard envelope.flags.intersection(.level) == user.level, pdu.requestID == Int64(id),
                envelope.user.equals(user.name, in: bytes)
            else { return .ignored }
            guard pdu.tag == responseTag else {
                return .malformed(.unexpectedTag(found: pdu.tag, wanted: responseTag))
            }
            message = .response
        }
        let verdict = self.receive(message, keys, envelope, index, user, id, &rounds, now)
        return verdict == .answer ? .answer(pdu, isHidden: isHidden) : Reading(verdict)
    }

    /// Reads what is not signed: a Report, or nothing.
    private mutating func readUnsigned(
        _ envelope: USMEnvelope,
        in bytes: RawSpan,
        _ index: UInt32,
        _ user: USMUser,
        _ id: UInt32,
        _ rounds: inout USMRounds,
        _ now: MonotonicTime
    ) -> Reading {
        guard let pdu = try? ScopedPDU(envelope.data, in: bytes), pdu.tag == ScopedPDU.report else {
            return .ignored
        }
        let report = USMReport(pdu, in: bytes)
        let message = USMAgent.Message.unsignedReport(report, engine: EngineID(envelope.engine, in: bytes))
        return Reading(self.receive(message, nil, envelope, index, user, id, &rounds, now))
    }

    private mutating func receive(
        _ message: USMAgent.Message,
        _ keys: EngineKeys?,
        _ envelope: USMEnvelope,
        _ index: UInt32,
        _ user: USMUser,
        _ id: UInt32,
        _ rounds: inout USMRounds,
        _ now: MonotonicTime
    ) -> USMAgent.Verdict {
        let before = self.agents[Int(index)].proved?.keys
        let verdict = self.agents[Int(index)].receive(
            message,
            keys: keys,
            boots: envelope.boots,
            time: envelope.time,
            id: id,
            user: user,
            rounds: &rounds,
            at: now
        )
        let after = self.agents[Int(index)].proved
        // An agent that becomes another engine time and again is entered once.
        if let engine = before?.engine, engine != after?.keys.engine {
            self.indexOfEngine.remove(index, hash: engine.hashValue)
        }
        if let after, after.keys !== before,
            before == nil || before?.engine != after.keys.engine || before?.user === USMUser.nobody
        {
            self.register(after, of: index, at: now)
        }
        return verdict
    }

    /// Enters who has proved an engine, and notes where somebody else had before with another clock.
    private mutating func register(_ standing: USMAgent.Standing, of index: UInt32, at now: MonotonicTime) {
        let engine = standing.keys.engine
        var probe = self.indexOfEngine.probe(engine.hashValue)
        while let other = self.indexOfEngine.next(&probe) {
            guard let known = self.agents[Int(other)].proved, known.keys.engine == engine else { continue }
            // One engine may have several addresses; it has only one clock.
            guard other != index, !known.clock.agrees(with: standing.clock),
                standing.keys.user.authentication != nil
            else { return }
            self.agents[Int(other)].noteDuplicate(self.address(of: index), at: now)
            return self.agents[Int(index)].noteDuplicate(self.address(of: other), at: now)
        }
        self.indexOfEngine.insert(index, hash: engine.hashValue)
    }
}

extension USMBook.Reading {
    fileprivate init(_ verdict: USMAgent.Verdict) {
        self =
            switch verdict {
            case .again(let renewsID): .again(renewsID: renewsID)
            case .refused(let refusal): .refused(refusal)
            case .doubt(let refusal): .doubt(refusal)
            case .answer, .ignored: .ignored
            }
    }
}

// MARK: - What is kept

extension USMBook {
    /// The engines that are proved, as of a wall clock that shows `wallMilliseconds` at `now`.
    func records(wallMilliseconds: Int64, at now: MonotonicTime) -> [EngineRecord] {
        self.agents.indices.compactMap { index in
            self.agents[index].proved.map { standing in
                EngineRecord(
                    address: self.kept[self.addresses[index]],
                    engine: standing.keys.engine,
                    boots: standing.clock.boots,
                    time: standing.clock.time(at: now),
                    asOfMilliseconds: wallMilliseconds
                )
            }
        }
    }

    /// Takes up an engine that was known before; what is known by now is better, and stays.
    mutating func restore(_ record: EngineRecord, wallMilliseconds: Int64, at now: MonotonicTime) {
        let index = self.index(of: record.address)
        guard self.agents[Int(index)].knowsNothing else { return }
        let age = min(max(0, wallMilliseconds - record.asOfMilliseconds), 1 << 40)
        self.agents[Int(index)] = USMAgent(
            restoring: record.engine,
            boots: record.boots,
            time: record.time,
            since: now - age * 1_000_000
        )
    }

    /// The defects of all agents that have any.
    func defects(
        wallMilliseconds: Int64,
        at now: MonotonicTime
    ) -> [(address: AgentAddress, defects: [SNMPDeviceDefect])] {
        self.agents.indices.compactMap { index in
            let list = self.agents[index].defects
            guard !list.isEmpty else { return nil }
            return (self.kept[self.addresses[index]], list.dated(wallMilliseconds: wallMilliseconds, at: now))
        }
    }
}
