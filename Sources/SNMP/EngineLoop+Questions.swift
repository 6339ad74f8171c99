internal import Synchronization

/// Questions in, answers out.
extension EngineLoop {
    mutating func accept(_ ask: Ask, now: MonotonicTime) {
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
        let engine =
            if case .user = ask.question.access { self.engines.index(of: ask.question.address) } else {
                USMBook.noIndex
            }
        let outstanding = Outstanding(ask, engine: engine, plan: plan)
        guard let id = self.table.insert(outstanding) else {
            self.counters.overloaded += 1
            return self.resume(ask, .overloaded)
        }
        self.counters.asked += 1
        self.enqueue(id, outstanding)
    }

    mutating func callOff(_ question: Question) {
        let id = question.requestID.load(ordering: .relaxed)
        guard id != Question.noID, let ask = self.table.remove(id)?.ask else { return }
        self.resume(ask, .cancelled)
    }

    /// Puts a live id into the queue; one that somebody waits for also into the wheel, for the end of its question.
    mutating func enqueue(_ id: UInt32, _ outstanding: Outstanding) {
        self.outgoing.append(id)
        guard let ask = outstanding.ask else { return }
        ask.question.requestID.store(id, ordering: .relaxed)
        self.wheel.add(id, dueAt: outstanding.plan.deadline)
    }

    mutating func finish(_ id: UInt32, _ outcome: PollOutcome, now: MonotonicTime) {
        self.finish(id, outcome, in: RawSpan(), now: now)
    }

    /// Ends a question with what is to be said of it.
    mutating func finish(_ id: UInt32, _ outcome: PollOutcome, in bytes: RawSpan, now: MonotonicTime) {
        guard let outstanding = self.table.remove(id) else { return }
        switch outcome {
        case .values, .agentError, .malformed, .securityRefused: self.counters.answered += 1
        case .silent, .refused, .unreachable:
            self.counters.unanswered += 1
            self.noteSilence(of: outstanding)
        case .overloaded: self.counters.overloaded += 1
        case .sendFailed, .unsupported: break
        }
        if let ask = outstanding.ask {
            self.resume(ask, SNMPAnswer(outcome, in: bytes, took: outstanding.took(until: now)))
        } else {
            self.report(outstanding, outcome, in: bytes, now: now)
        }
    }

    func resume(_ ask: Ask, _ answer: SNMPAnswer) {
        ask.question.requestID.store(Question.noID, ordering: .relaxed)
        ask.continuation.resume(returning: answer)
    }

    /// Gives a question another sending under a new id, unless it has none left or waits for one already.
    /// Returns whether it got one.
    mutating func askAgain(_ id: UInt32) -> Bool {
        guard let outstanding = self.table[id], outstanding.plan.attemptsLeft > 0 else { return false }
        guard !outstanding.isQueued else { return true }
        let next = self.table.renew(id)
        _ = self.table.update(next) { $0.isQueued = true }
        self.counters.retries += 1
        self.enqueue(next, outstanding)
        return true
    }
}

extension SNMPAnswer {
    /// The answer as a value of its own.
    init(_ outcome: PollOutcome, in bytes: RawSpan, took: Duration) {
        self =
            switch outcome {
            case .values(let list): .response(list.varBinds(in: bytes), took: took)
            case .agentError(let status, let index): .agentError(status, index: index, took: took)
            case .malformed(let what): .malformed(what, took: took)
            case .securityRefused(let refusal): .securityRefused(refusal, took: took)
            case .silent: .silent
            case .refused: .refused(took: took)
            case .unreachable(let code): .unreachable(systemText(code))
            case .sendFailed(let code): .sendFailed(systemText(code))
            case .overloaded: .overloaded
            case .unsupported(let why): .unsupported(why)
            }
    }
}
