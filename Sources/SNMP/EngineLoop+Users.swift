internal import Cryptography
internal import Glibc

/// Agents of SNMPv3: what the book of engines says, done.
extension EngineLoop {
    /// Puts what must be sent next for a question into `datagram`. False when that cannot be: the question is over.
    mutating func write(
        _ template: PollTemplate,
        of user: USMUser,
        _ context: [UInt8],
        to outstanding: Outstanding,
        _ id: UInt32,
        now: MonotonicTime
    ) -> Bool {
        var rounds = outstanding.rounds
        do throws(CryptographyError) {
            try self.engines.write(
                template,
                to: outstanding.engine,
                user: user,
                contextName: context,
                id: id,
                rounds: &rounds,
                at: now,
                into: &self.datagram
            )
        } catch {
            self.finish(id, .unsupported(error.reason), now: now)
            return false
        }
        _ = self.table.update(id) { $0.rounds = rounds }
        return true
    }

    /// Takes a message of v3.
    mutating func takeSigned(_ bytes: RawSpan, from address: AgentAddress, now: MonotonicTime) {
        guard let number = USMEnvelope.messageID(of: bytes) else { return self.counters.malformed += 1 }
        guard let id = UInt32(exactly: number), let outstanding = self.table[id] else {
            return self.counters.late += 1
        }
        guard address == outstanding.address else { return self.counters.foreign += 1 }
        guard let (template, access) = self.asked(outstanding) else { return self.abandon(id, now: now) }
        guard case .user(let user, _) = access else { return self.counters.wrongCommunity += 1 }
        do throws(BERFault) {
            let envelope = try USMEnvelope(bytes)
            var rounds = outstanding.rounds
            let reading = self.engines.read(
                envelope,
                in: bytes,
                from: outstanding.engine,
                user: user,
                id: id,
                rounds: &rounds,
                at: now
            )
            _ = self.table.update(id) { $0.rounds = rounds }
            try self.follow(reading, in: bytes, id, template, now: now)
        } catch {
            self.counters.malformed += 1
            self.noteMalformed(id, .encoding(error), now: now)
        }
    }

    private mutating func follow(
        _ reading: USMBook.Reading,
        in bytes: RawSpan,
        _ id: UInt32,
        _ template: PollTemplate,
        now: MonotonicTime
    ) throws(BERFault) {
        switch reading {
        case .answer(let pdu, isHidden: false):
            try self.take(pdu.body, in: bytes, for: id, template, now: now)
        case .answer(let pdu, isHidden: true):
            let plaintext = self.engines.plaintext
            try self.take(pdu.body, in: plaintext.span.bytes, for: id, template, now: now)
        case .again(let renewsID): self.sendAgain(id, renewsID: renewsID)
        case .refused(let refusal): self.finish(id, .securityRefused(refusal), now: now)
        case .doubt(let refusal): _ = self.table.update(id) { $0.evidence = .init(.doubt(refusal)) }
        case .ignored: self.counters.wrongCommunity += 1
        case .malformed(let fault): throw fault
        }
    }

    /// Sends a question once more because something was learned; that costs none of its attempts.
    private mutating func sendAgain(_ id: UInt32, renewsID: Bool) {
        guard let outstanding = self.table[id], !outstanding.isQueued else { return }
        let next = renewsID ? self.table.renew(id) : id
        _ = self.table.update(next) { outstanding in
            outstanding.isQueued = true
            outstanding.plan.refund()
        }
        self.counters.securityRounds += 1
        self.enqueue(next, outstanding)
    }

    /// An engine that is silent too often may have become another.
    mutating func noteSilence(of outstanding: Outstanding) {
        guard outstanding.engine != USMBook.noIndex else { return }
        self.engines.noteSilence(of: outstanding.engine)
    }

    mutating func answer(_ inquiry: Inquiry, now: MonotonicTime) {
        let wall = wallMilliseconds()
        switch inquiry {
        case .records(let continuation):
            continuation.resume(returning: self.engines.records(wallMilliseconds: wall, at: now))
        case .defects(let continuation):
            let defects = self.engines.defects(wallMilliseconds: wall, at: now)
            continuation.resume(
                returning: defects.map { SNMPAgentDefects(address: $0.address, defects: $0.defects) }
            )
        case .restore(let records):
            for record in records { self.engines.restore(record, wallMilliseconds: wall, at: now) }
        }
    }
}

/// The wall clock in milliseconds since 1970: dates records and defects, measures nothing.
private func wallMilliseconds() -> Int64 {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    return Int64(now.tv_sec) * 1_000 + Int64(now.tv_nsec) / 1_000_000
}
