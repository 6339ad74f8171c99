internal import Glibc

/// Rounds: from a subject that is due to the reply to its last question.
extension EngineLoop {
    func apply(_ change: SubjectChange, now: MonotonicTime) {
        switch change {
        case .add(let subject):
            self.schedule.add(subject, access: self.accesses.index(of: subject.agent), now: now)
        case .remove(let token): self.schedule.remove(token)
        case .hasten(let token): self.schedule.hasten(token, now: now)
        }
    }

    /// Begins rounds that are due, as far as the windows and the queue of datagrams have room.
    func beginRounds(now: MonotonicTime) {
        for isSilent in [false, true] {
            while self.outgoing.count < 2 * UDPPort.batch, !self.table.isFull,
                isSilent
                    ? self.silentRoundsUnderWay < self.settings.silentWindow
                    : self.roundsUnderWay < self.settings.roundWindow,
                let reference = self.schedule.begin(silent: isSilent, now: now)
            {
                guard let subject = self.schedule[reference] else { continue }
                if isSilent { self.silentRoundsUnderWay += 1 } else { self.roundsUnderWay += 1 }
                self.ask(subject, reference, question: 0, dueAt: subject.dueAt, isSilent: isSilent, now: now)
            }
        }
    }

    private func ask(
        _ subject: PollSchedule.Subject,
        _ reference: PollSchedule.Reference,
        question: UInt8,
        dueAt: MonotonicTime,
        isSilent: Bool,
        now: MonotonicTime
    ) {
        let plan = RetryPlan(
            askedAt: now,
            limit: isSilent
                ? min(self.settings.deadline, self.settings.retryAfter * 2) : self.settings.deadline,
            attempts: isSilent ? 1 : self.settings.attempts,
            retryAfter: self.settings.retryAfter
        )
        let outstanding = Outstanding(
            caller: .round(reference, question: question, dueAt: dueAt, isSilent: isSilent),
            address: subject.address,
            plan: plan
        )
        let template = subject.questions[Int(question)]
        if let problem = self.accesses[subject.access].problem(with: template) {
            return self.report(outstanding, .unsupported(problem), in: RawSpan(), now: now)
        }
        guard !subject.address.isIPv6 || self.port.hasIPv6 else {
            return self.report(outstanding, .sendFailed(EAFNOSUPPORT), in: RawSpan(), now: now)
        }
        guard let id = self.table.insert(outstanding) else {
            return self.report(outstanding, .overloaded, in: RawSpan(), now: now)
        }
        self.counters.asked += 1
        self.enqueue(id, outstanding)
    }

    /// Ends a question of a round whose subject is gone: nobody hears of it.
    func abandon(_ id: UInt32, now: MonotonicTime) {
        guard let outstanding = self.table.remove(id) else { return }
        self.report(outstanding, .silent, in: RawSpan(), now: now)
    }

    /// Hands a reply to the sink and goes on: to the next question while the agent answers, else to the round's end.
    func report(_ outstanding: Outstanding, _ outcome: PollOutcome, in bytes: RawSpan, now: MonotonicTime) {
        guard case .round(let reference, let question, let dueAt, let isSilent) = outstanding.caller else {
            return
        }
        let subject = self.schedule[reference]
        let isAlive = outcome.isAnswer || outcome.isOurs
        let isOver = if case .overloaded = outcome { true } else { !isAlive }
        let isLast = isOver || subject.map { Int(question) + 1 >= $0.questions.count } ?? true
        if let subject {
            let first = outstanding.firstSentAt
            let reply = PollReply(
                token: subject.token,
                question: Int(question),
                outcome: outcome,
                lateness: .nanoseconds(first.map { $0 - dueAt } ?? 0),
                took: .nanoseconds(first.map { now - $0 } ?? 0),
                isLast: isLast
            )
            self.sink?(reply, bytes)
            if !isLast {
                let next = question + 1
                return self.ask(
                    subject,
                    reference,
                    question: next,
                    dueAt: dueAt,
                    isSilent: isSilent,
                    now: now
                )
            }
        }
        if isSilent { self.silentRoundsUnderWay -= 1 } else { self.roundsUnderWay -= 1 }
        self.counters.rounds += 1
        self.schedule.end(reference, isAlive: isAlive, now: now)
    }
}

extension PollOutcome {
    /// The agent said something.
    var isAnswer: Bool {
        switch self {
        case .values, .agentError, .malformed: true
        case .silent, .refused, .unreachable, .sendFailed, .overloaded, .unsupported: false
        }
    }

    /// The fault is ours and says nothing about the agent.
    var isOurs: Bool {
        switch self {
        case .sendFailed, .overloaded, .unsupported: true
        case .values, .agentError, .malformed, .silent, .refused, .unreachable: false
        }
    }
}
