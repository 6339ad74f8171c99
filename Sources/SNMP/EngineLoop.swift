internal import Synchronization

/// The loop of an engine: the one thread that owns sockets, table, wheel and pacer, so that none of them
/// needs a lock. It decides nothing that its parts do not decide; it carries bytes, ids and the time between
/// them.
///
/// One turn: wait, take answers, take reports of the network, expire, take questions, send.
final class EngineLoop {
    /// A question under way.
    private struct Outstanding {
        let ask: Ask
        var plan: RetryPlan
        /// When it was first sent; `nil` before.
        var firstSentAt: MonotonicTime?
        /// It waits for the pacer.
        var isQueued = true
        /// What has come so far in place of an answer.
        var evidence = Evidence.nothing
    }

    private enum Evidence {
        case nothing
        case malformed(MalformedAnswer)
        case unreachable(Int32)
    }

    private let settings: SNMPEngineSettings
    private let port: UDPPort
    private let inbox: Inbox
    private var table: RequestTable<Outstanding>
    private var wheel: DeadlineWheel
    private var pacer: Pacer
    private var outgoing = IDQueue()
    private var counters = SNMPEngineCounters()
    private var datagram: [UInt8] = []
    private var due: [UInt32] = []
    private var staged: [UInt32] = []
    /// A family whose socket took no more; its datagrams wait until it does.
    private var busy: UDPPort.Ready = []

    init(settings: SNMPEngineSettings, port: consuming UDPPort, inbox: Inbox, now: MonotonicTime) {
        self.settings = settings
        self.port = port
        self.inbox = inbox
        self.table = RequestTable(window: settings.window)
        self.wheel = DeadlineWheel(now: now)
        self.pacer = Pacer(sendsPerSecond: settings.sendsPerSecond, burst: settings.sendBurst, now: now)
    }

    /// Runs until the inbox says that the engine is closing. The port is closed when the loop is let go.
    func run() {
        while true {
            let ready = self.port.wait(limitMilliseconds: self.limit(now: .read()))
            var now = MonotonicTime.read()
            for isIPv6 in [false, true] {
                if ready.hasDatagrams(isIPv6: isIPv6) { self.takeAnswers(isIPv6: isIPv6, now: now) }
                if ready.hasFaults(isIPv6: isIPv6) { self.takeReports(isIPv6: isIPv6, now: now) }
            }
            self.expire(now: now)
            let delivery = self.inbox.empty()
            now = .read()
            for ask in delivery.asks { self.accept(ask, now: now) }
            for question in delivery.cancelled { self.callOff(question) }
            if delivery.isClosing { break }
            if !ready.isDisjoint(with: self.busy) { self.stopWaitingToWrite() }
            self.sendQueued(now: now)
            self.publish()
        }
        for outstanding in self.table.removeAll() { self.resume(outstanding.ask, .engineClosed) }
        self.counters.outstanding = 0
        self.counters.waitingToSend = 0
        for ask in self.inbox.end(counters: self.counters).asks { self.resume(ask, .engineClosed) }
    }

    /// How long to wait at most, in milliseconds; negative for ever.
    private func limit(now: MonotonicTime) -> Int32 {
        var next = self.wheel.nextDue()
        if !self.outgoing.isEmpty, self.busy.isEmpty {
            let permit = self.pacer.nextPermit()
            next = next.map { min($0, permit) } ?? permit
        }
        guard let next else { return -1 }
        return Int32(clamping: (max(0, next - now) + 999_999) / 1_000_000)
    }

    private func publish() {
        self.counters.outstanding = self.table.count
        self.counters.waitingToSend = self.outgoing.count
        self.inbox.publish(self.counters)
    }
}

// MARK: - Questions in, answers out

extension EngineLoop {
    private func accept(_ ask: Ask, now: MonotonicTime) {
        guard !ask.question.isCancelled.load(ordering: .acquiring) else {
            return self.resume(ask, .cancelled)
        }
        guard !ask.question.address.isIPv6 || self.port.hasIPv6 else {
            return self.resume(ask, .sendFailed("this machine has no IPv6"))
        }
        let plan = RetryPlan(
            askedAt: ask.askedAt,
            limit: ask.question.limit,
            attempts: self.settings.attempts,
            retryAfter: self.settings.retryAfter
        )
        guard let id = self.table.insert(Outstanding(ask: ask, plan: plan)) else {
            self.counters.overloaded += 1
            return self.resume(ask, .overloaded)
        }
        self.counters.asked += 1
        self.enqueue(id, ask.question, deadline: plan.deadline)
    }

    private func callOff(_ question: Question) {
        let id = question.requestID.load(ordering: .relaxed)
        if id != Question.noID { self.finish(id, .cancelled) }
    }

    /// Puts a live id into the queue, and into the wheel for the end of its question.
    private func enqueue(_ id: UInt32, _ question: Question, deadline: MonotonicTime) {
        question.requestID.store(id, ordering: .relaxed)
        self.outgoing.append(id)
        self.wheel.add(id, dueAt: deadline)
    }

    private func finish(_ id: UInt32, _ answer: SNMPAnswer) {
        guard let outstanding = self.table.remove(id) else { return }
        switch answer {
        case .response, .agentError, .malformed: self.counters.answered += 1
        case .silent, .refused, .unreachable: self.counters.unanswered += 1
        case .overloaded: self.counters.overloaded += 1
        case .sendFailed, .unsupported, .cancelled, .engineClosed: break
        }
        self.resume(outstanding.ask, answer)
    }

    private func resume(_ ask: Ask, _ answer: SNMPAnswer) {
        ask.question.requestID.store(Question.noID, ordering: .relaxed)
        ask.continuation.resume(returning: answer)
    }

    /// Gives a question another sending under a new id, unless it has none left or waits for one already.
    /// Returns whether it got one.
    private func askAgain(_ id: UInt32) -> Bool {
        guard let outstanding = self.table[id], outstanding.plan.attemptsLeft > 0 else { return false }
        guard !outstanding.isQueued else { return true }
        let next = self.table.renew(id)
        _ = self.table.update(next) { $0.isQueued = true }
        self.counters.retries += 1
        self.enqueue(next, outstanding.ask.question, deadline: outstanding.plan.deadline)
        return true
    }
}

// MARK: - Time

extension EngineLoop {
    private func expire(now: MonotonicTime) {
        self.wheel.expire(at: now, into: &self.due)
        for id in self.due {
            guard let outstanding = self.table[id] else { continue }
            if now < outstanding.plan.deadline {
                _ = self.askAgain(id)
            } else {
                self.finish(id, self.lastWord(on: outstanding, now: now))
            }
        }
        self.due.removeAll(keepingCapacity: true)
    }

    /// What is to be said of a question whose time is over.
    private func lastWord(on outstanding: Outstanding, now: MonotonicTime) -> SNMPAnswer {
        guard let firstSentAt = outstanding.firstSentAt else { return .overloaded }
        return switch outstanding.evidence {
        case .nothing: .silent
        case .malformed(let what): .malformed(what, took: .nanoseconds(now - firstSentAt))
        case .unreachable(let code): .unreachable(systemText(code))
        }
    }
}

// MARK: - Sending

extension EngineLoop {
    /// Sends what waits, as far as the pacer allows, in batches of one family.
    private func sendQueued(now: MonotonicTime) {
        var allowed = self.pacer.allowance(at: now)
        while allowed > 0, self.busy.isEmpty, let first = self.firstLive() {
            let isIPv6 = first.ask.question.address.isIPv6
            self.stage(isIPv6: isIPv6, most: min(allowed, UDPPort.batch))
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

    private func stage(isIPv6: Bool, most: Int) {
        self.staged.removeAll(keepingCapacity: true)
        while self.staged.count < most, let outstanding = self.firstLive(),
            outstanding.ask.question.address.isIPv6 == isIPv6, let id = self.outgoing.popFirst()
        {
            let question = outstanding.ask.question
            question.head.write(question.template, requestID: id, into: &self.datagram)
            self.port.stage(self.datagram, to: question.address, at: self.staged.count)
            self.staged.append(id)
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
                self.noteSendFailure(self.staged[next], code)
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

    private func stopWaitingToWrite() {
        self.port.wantWrite(false, isIPv6: self.busy == .canWriteIPv6)
        self.busy = []
    }

    private func noteSent(_ id: UInt32, now: MonotonicTime) {
        self.counters.sent += 1
        let again: MonotonicTime?? = self.table.update(id) { outstanding in
            outstanding.isQueued = false
            if outstanding.firstSentAt == nil { outstanding.firstSentAt = now }
            return outstanding.plan.sent(at: now)
        }
        if case .some(.some(let time)) = again { self.wheel.add(id, dueAt: time) }
    }

    /// What cannot be sent is our own fault (no route, no right, too large). A refusal is not: it belongs to
    /// some datagram that went before, and this one takes its turn again.
    private func noteSendFailure(_ id: UInt32, _ code: Int32) {
        if NetworkReport(code) == .refused {
            self.outgoing.append(id)
        } else {
            self.finish(id, .sendFailed(systemText(code)))
        }
    }
}

// MARK: - Receiving

extension EngineLoop {
    private func takeAnswers(isIPv6: Bool, now: MonotonicTime) {
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
        guard let id = UInt32(exactly: envelope.requestID) else { return self.counters.late += 1 }
        guard let outstanding = self.table[id] else { return self.counters.late += 1 }
        let question = outstanding.ask.question
        guard address == question.address else { return self.counters.foreign += 1 }
        guard question.head.matches(envelope, in: bytes), envelope.pduTag == responseTag else {
            return self.counters.wrongCommunity += 1
        }
        let took = Duration.nanoseconds(now - (outstanding.firstSentAt ?? now))
        do throws(BERFault) {
            guard !envelope.isCut else { throw .truncated }
            let pdu = try ResponsePDU(envelope.body, in: bytes)
            self.finish(id, with: pdu, to: question, took: took)
        } catch {
            self.counters.malformed += 1
            self.noteMalformed(id, .encoding(error), took: took)
        }
    }

    private func finish(_ id: UInt32, with pdu: ResponsePDU, to question: Question, took: Duration) {
        guard pdu.errorStatus == .noError else {
            return self.finish(id, .agentError(pdu.errorStatus, index: pdu.errorIndex, took: took))
        }
        if let unasked = question.template.unasked(in: pdu.varBinds) {
            self.counters.malformed += 1
            return self.noteMalformed(id, .unasked(unasked), took: took)
        }
        self.finish(id, .response(pdu.varBinds, took: took))
    }

    /// A bad answer may be one cut on the way: the question is asked again at once while it may be.
    private func noteMalformed(_ id: UInt32, _ what: MalformedAnswer, took: Duration) {
        _ = self.table.update(id) { $0.evidence = .malformed(what) }
        if !self.askAgain(id) { self.finish(id, .malformed(what, took: took)) }
    }

    /// What the network says about a datagram counts only with a live id, quoted from that datagram, to the
    /// address that was asked.
    private func takeReports(isIPv6: Bool, now: MonotonicTime) {
        self.port.receiveFaults(isIPv6: isIPv6) { quote, address, code in
            self.counters.networkReports += 1
            guard let report = NetworkReport(code), let envelope = try? MessageEnvelope(quote),
                let id = UInt32(exactly: envelope.requestID), let outstanding = self.table[id],
                outstanding.ask.question.address == address
            else { return }
            switch report {
            case .refused:
                self.finish(id, .refused(took: .nanoseconds(now - (outstanding.firstSentAt ?? now))))
            case .unreachable:
                _ = self.table.update(id) { $0.evidence = .unreachable(code) }
            }
        }
    }
}
