/// Out: what waits, as far as the pacer allows, in batches of one family.
extension EngineLoop {
    func sendQueued(now: MonotonicTime) {
        var allowed = self.pacer.allowance(at: now)
        while allowed > 0, self.busy.isEmpty, let first = self.firstLive() {
            let isIPv6 = first.address.isIPv6
            self.stage(isIPv6: isIPv6, most: min(allowed, UDPPort.batch), now: now)
            let spent = self.sendStaged(isIPv6: isIPv6, now: now)
            self.pacer.spend(spent)
            allowed -= max(1, spent)
        }
    }

    /// The question at the head of the queue; those that are over fall out.
    private func firstLive() -> Outstanding? {
        while let id = self.outgoing.first {
            if let outstanding = self.table[id] { return outstanding }
            _ = self.outgoing.popFirst()
        }
        return nil
    }

    private func stage(isIPv6: Bool, most: Int, now: MonotonicTime) {
        self.staged.removeAll(keepingCapacity: true)
        while self.staged.count < most, let outstanding = self.firstLive(),
            outstanding.address.isIPv6 == isIPv6, let id = self.outgoing.popFirst()
        {
            guard self.write(outstanding, id, now: now) else { continue }
            self.port.stage(self.datagram, to: outstanding.address, at: self.staged.count)
            self.staged.append(id)
        }
    }

    /// Puts the message of a question into `datagram`. False when nobody wants it any more: it is over.
    private func write(_ outstanding: Outstanding, _ id: UInt32, now: MonotonicTime) -> Bool {
        switch outstanding.caller {
        case .ask(let ask):
            self.write(ask.question.template, ask.question.access, id)
        case .round(let reference, let question, _, _):
            guard let subject = self.schedule[reference] else {
                self.abandon(id, now: now)
                return false
            }
            self.write(subject.questions[Int(question)], self.accesses[subject.access], id)
        }
        return true
    }

    private func write(_ template: PollTemplate, _ access: Access, _ id: UInt32) {
        switch access {
        case .community(let head): head.write(template, requestID: id, into: &self.datagram)
        case .user: break
        }
    }

    /// Sends what is staged. Returns how many went; what the system does not take now goes back to the queue.
    private func sendStaged(isIPv6: Bool, now: MonotonicTime) -> Int {
        var next = 0
        var sent = 0
        while next < self.staged.count {
            switch self.port.send(next..<self.staged.count, isIPv6: isIPv6) {
            case .some(let count):
                for id in self.staged[next..<next + count] { self.noteSent(id, now: now) }
                next += count
                sent += count
            case .failed(let code):
                self.noteSendFailure(self.staged[next], code, now: now)
                next += 1
            case .busy:
                for id in self.staged[next...] { self.outgoing.append(id) }
                self.busy = isIPv6 ? .canWriteIPv6 : .canWriteIPv4
                self.port.wantWrite(true, isIPv6: isIPv6)
                return sent
            }
        }
        return sent
    }

    func stopWaitingToWrite() {
        self.port.wantWrite(false, isIPv6: self.busy == .canWriteIPv6)
        self.busy = []
    }

    private func noteSent(_ id: UInt32, now: MonotonicTime) {
        self.counters.sent += 1
        let again: MonotonicTime?? = self.table.update(id) { outstanding in
            outstanding.isQueued = false
            if outstanding.firstSentAt == nil { outstanding.firstSentAt = now }
            // Whoever waits for an answer has the end of the question in the wheel since it was asked.
            let end: MonotonicTime? =
                if case .ask = outstanding.caller { nil } else { outstanding.plan.deadline }
            return outstanding.plan.sent(at: now) ?? end
        }
        if case .some(.some(let time)) = again { self.wheel.add(id, dueAt: time) }
    }

    /// What cannot be sent is our own fault (no route, no right, too large). A refusal is not: it belongs to
    /// some datagram that went before, and this one takes its turn again.
    private func noteSendFailure(_ id: UInt32, _ code: Int32, now: MonotonicTime) {
        if NetworkReport(code) == .refused {
            self.outgoing.append(id)
        } else {
            self.finish(id, .sendFailed(code), now: now)
        }
    }
}
