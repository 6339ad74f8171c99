internal import Glibc

/// Rounds: from a subject that is due to the reply to its last question.
extension EngineLoop {
    /// Makes room for changes, where they bring many new subjects.
    mutating func makeRoom(for changes: [SubjectChange]) {
        guard changes.count >= 1_024 else { return }
        var (subjects, engines) = (0, 0)
        for case .add(_, let access) in changes {
            subjects += 1
            if case .user = access { engines += 1 }
        }
        self.schedule.reserve(subjects)
        self.engines.reserve(engines)
    }

    mutating func apply(_ change: SubjectChange, now: MonotonicTime) {
        switch change {
        case .add(let subject, let access):
            let index = self.accesses.index(of: subject.agent.credential, access)
            let engine =
                if case .user = access { self.engines.index(of: subject.agent.address) } else {
                    USMBook.noIndex
                }
            self.schedule.add(subject, access: index, engine: engine, now: now)
        case .remove(let token): self.schedule.remove(token)
        case .hasten(let token): self.schedule.hasten(token, now: now)
        }
    }

    /// Begins rounds that are due, as far as the windows and the queue of datagrams have room.
    mutating func beginRounds(now: MonotonicTime) {
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

    private mutating func ask(
        _ subject: PollSchedule.Subject,
        _ reference: PollSchedule.Reference,
        question: UInt8,
        dueAt: MonotonicTime,
        isSilent: Bool,
        now: MonotonicTime
    ) {
        let address = self.schedule.address(of: subject)
        let plan = RetryPlan(
            askedAt: now,
            limit: isSilent ? min(self.deadline, self.retryAfter * 2) : self.deadline,
            attempts: isSilent ? 1 : self.settings.attempts,
            retryAfter: self.retryAfter
        )
        let outstanding = Outstanding(
            of: reference,
            question: question,
            address: address,
            engine: subject.engine,
            dueAt: dueAt,
            isSilent: isSilent,
            plan: plan
        )
        let template = subject.questions[Int(question)]
        if let problem = self.accesses[subject.access].problem(with: template) {
            return self.report(outstanding, .unsupported(problem), in: RawSpan(), now: now)
        }
        guard !address.isIPv6 || self.port.hasIPv6 else {
            return self.report(outstanding, .sendFailed(EAFNOSUPPORT), in: RawSpan(), now: now)
        }
        guard let id = self.table.insert(outstanding) else {
            return self.report(outstanding, .overloaded, in: RawSpan(), now: now)
        }
        self.counters.asked += 1
        self.enqueue(id, outstanding)
    }

    /// Ends a question of a round whose subject is gone: nobody hears of it.
    mutating func abandon(_ id: UInt32, now: MonotonicTime) {
        guard let outstanding = self.table.remove(id) else { return }
        self.report(outstanding, .silent, in: RawSpan(), now: now)
    }

    /// Hands a reply to the sink and goes on: to the next question while the agent answers, else to the round's end.
    mutating func report(
        _ outstanding: Outstanding,
        _ outcome: PollOutcome,
        in bytes: RawSpan,
        now: MonotonicTime
    ) {
        let subject = self.schedule[outstanding.subject]
        let isAlive = outcome.isAnswer || outcome.isOurs
        let isOver = if case .overloaded = outcome { true } else { !isAlive }
        let next = outstanding.question + 1
        let isLast = isOver || subject.map { Int(next) >= $0.questions.count } ?? true
        if let subject {
            let reply = PollReply(
                token: subject.token,
                question: Int(outstanding.question),
                outcome: outcome,
                lateness: outstanding.lateness,
                took: outstanding.took(until: now),
                isLast: isLast
            )
            self.sink?(reply, bytes)
            if !isLast {
                return self.ask(
                    subject,
                    outstanding.subject,
                    question: next,
                    dueAt: outstanding.dueAt,
                    isSilent: outstanding.isSilent,
                    now: now
                )
            }
        }
        if outstanding.isSilent { self.silentRoundsUnderWay -= 1 } else { self.roundsUnderWay -= 1 }
        self.counters.rounds += 1
        self.schedule.end(outstanding.subject, isAlive: isAlive, now: now)
    }
}

extension PollOutcome {
    /// The agent said something.
    var isAnswer: Bool {
        switch self {
        case .values, .agentError, .malformed, .securityRefused: true
        case .silent, .refused, .unreachable, .sendFailed, .overloaded, .unsupported: false
        }
    }

    /// The fault is ours and says nothing about the agent.
    var isOurs: Bool {
        switch self {
        case .sendFailed, .overloaded, .unsupported: true
        case .values, .agentError, .malformed, .silent, .refused, .unreachable, .securityRefused: false
        }
    }
}
