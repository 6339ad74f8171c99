/// In: answers, and what the network says of our datagrams.
extension EngineLoop {
    func takeAnswers(isIPv6: Bool, now: MonotonicTime) {
        // A few batches a turn: the rest is still there next turn, and deadlines and questions get theirs.
        for _ in 0..<16 {
            let count = self.port.receive(isIPv6: isIPv6) { bytes, address in
                self.counters.received += 1
                self.take(bytes, from: address, now: now)
            }
            if count < UDPPort.batch { return }
        }
    }

    private func take(_ bytes: RawSpan, from address: AgentAddress, now: MonotonicTime) {
        guard let envelope = try? MessageEnvelope(bytes) else {
            // Whose answer it was cannot be told, so nobody's question changes.
            self.counters.malformed += 1
            return
        }
        guard let id = UInt32(exactly: envelope.requestID), let outstanding = self.table[id] else {
            return self.counters.late += 1
        }
        guard address == outstanding.address else { return self.counters.foreign += 1 }
        guard let (template, access) = self.asked(outstanding) else {
            return self.abandon(id, now: now)
        }
        guard case .community(let head) = access, head.matches(envelope, in: bytes),
            envelope.pduTag == responseTag
        else { return self.counters.wrongCommunity += 1 }
        do throws(BERFault) {
            guard !envelope.isCut else { throw .truncated }
            try self.take(envelope.body, in: bytes, for: id, template, now: now)
        } catch {
            self.counters.malformed += 1
            self.noteMalformed(id, .encoding(error), now: now)
        }
    }

    /// What was asked, and what opens the agent; `nil` when the subject is gone.
    private func asked(_ outstanding: Outstanding) -> (PollTemplate, Access)? {
        switch outstanding.caller {
        case .ask(let ask): return (ask.question.template, ask.question.access)
        case .round(let reference, let question, _, _):
            guard let subject = self.schedule[reference] else { return nil }
            return (subject.questions[Int(question)], self.accesses[subject.access])
        }
    }

    /// Takes the content of a response whose sender is known.
    private func take(
        _ body: BERReader,
        in bytes: RawSpan,
        for id: UInt32,
        _ template: PollTemplate,
        now: MonotonicTime
    ) throws(BERFault) {
        let head = try ResponseHead(body, in: bytes)
        try self.list.read(head.list, in: bytes)
        guard head.errorStatus == .noError else {
            return self.finish(id, .agentError(head.errorStatus, index: head.errorIndex), now: now)
        }
        if template.kind == .get, let unasked = self.list.arrange(for: template, in: bytes) {
            self.counters.malformed += 1
            return self.noteMalformed(id, .unasked(unasked), now: now)
        }
        self.finish(id, .values(self.list), in: bytes, now: now)
    }

    /// A bad answer may be one cut on the way: the question is asked again at once while it may be.
    private func noteMalformed(_ id: UInt32, _ what: MalformedAnswer, now: MonotonicTime) {
        _ = self.table.update(id) { $0.evidence = .malformed(what) }
        if !self.askAgain(id) { self.finish(id, .malformed(what), now: now) }
    }

    /// What the network says about a datagram counts only with a live id, quoted from that datagram, to the
    /// address that was asked.
    func takeReports(isIPv6: Bool, now: MonotonicTime) {
        self.port.receiveFaults(isIPv6: isIPv6) { quote, address, code in
            self.counters.networkReports += 1
            guard let report = NetworkReport(code), let envelope = try? MessageEnvelope(quote),
                let id = UInt32(exactly: envelope.requestID), let outstanding = self.table[id],
                outstanding.address == address
            else { return }
            switch report {
            case .refused: self.finish(id, .refused, now: now)
            case .unreachable: _ = self.table.update(id) { $0.evidence = .unreachable(code) }
            }
        }
    }
}
