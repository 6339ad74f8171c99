/// The loop of an engine: the one thread that owns sockets, table, wheel, schedule and pacer, so that none of them needs a
/// lock. It decides nothing that its parts do not decide; it carries bytes, ids and the time between them.
///
/// One turn: wait, take answers, take reports of the network, expire, take questions, begin rounds, send.
final class EngineLoop {
    /// A question under way.
    struct Outstanding {
        /// Who waits for its answer.
        enum Caller {
            /// A task that waits.
            case ask(Ask)
            /// A round of a subject, which is due since then.
            case round(PollSchedule.Reference, question: UInt8, dueAt: MonotonicTime, isSilent: Bool)
        }

        let caller: Caller
        let address: AgentAddress
        var plan: RetryPlan
        /// When it was first sent; `nil` before.
        var firstSentAt: MonotonicTime?
        /// It waits for the pacer.
        var isQueued = true
        /// What has come so far in place of an answer.
        var evidence = Evidence.nothing
    }

    /// What may be said of a question in the end if no answer comes.
    enum Evidence {
        case nothing
        case malformed(MalformedAnswer)
        case unreachable(Int32)
    }

    let settings: SNMPEngineSettings
    let sink: PollSink?
    let port: UDPPort
    let inbox: Inbox
    var table: RequestTable<Outstanding>
    var wheel: DeadlineWheel
    var schedule: PollSchedule
    var pacer: Pacer
    var outgoing = IDQueue()
    var counters = SNMPEngineCounters()
    /// Rounds under way, those of the lane of the silent counted apart.
    var roundsUnderWay = 0
    var silentRoundsUnderWay = 0
    /// What opens the agents of the subjects, each once.
    var accesses = AccessTable()
    /// The bindings of the answer that is being read; its memory is used again.
    var list = VarBindList()
    var datagram: [UInt8] = []
    var due: [UInt32] = []
    var staged: [UInt32] = []
    /// A family whose socket took no more; its datagrams wait until it does.
    var busy: UDPPort.Ready = []
    private var isClosing = false

    init(
        settings: SNMPEngineSettings,
        sink: PollSink?,
        port: consuming UDPPort,
        inbox: Inbox,
        now: MonotonicTime
    ) {
        self.settings = settings
        self.sink = sink
        self.port = port
        self.inbox = inbox
        self.table = RequestTable(window: settings.window)
        self.wheel = DeadlineWheel(now: now)
        self.schedule = PollSchedule(mostBackOff: settings.mostBackOff, now: now)
        self.pacer = Pacer(sendsPerSecond: settings.sendsPerSecond, burst: settings.sendBurst, now: now)
    }

    /// Runs until the inbox says that the engine is closing. The port is closed when the loop is let go.
    func run() {
        while !self.isClosing { self.turn() }
        self.end()
    }

    private func turn() {
        let ready = self.port.wait(limitMilliseconds: self.limit(now: .read()))
        var now = MonotonicTime.read()
        for isIPv6 in [false, true] {
            if ready.hasDatagrams(isIPv6: isIPv6) { self.takeAnswers(isIPv6: isIPv6, now: now) }
            if ready.hasFaults(isIPv6: isIPv6) { self.takeReports(isIPv6: isIPv6, now: now) }
        }
        self.expire(now: now)
        self.schedule.expire(now: now)
        let delivery = self.inbox.empty()
        now = .read()
        for change in delivery.changes { self.apply(change, now: now) }
        for ask in delivery.asks { self.accept(ask, now: now) }
        for question in delivery.cancelled { self.callOff(question) }
        self.isClosing = delivery.isClosing
        if !ready.isDisjoint(with: self.busy) { self.stopWaitingToWrite() }
        self.beginRounds(now: now)
        self.sendQueued(now: now)
        self.publish()
    }

    private func end() {
        for outstanding in self.table.removeAll() {
            if case .ask(let ask) = outstanding.caller { self.resume(ask, .engineClosed) }
        }
        self.counters.outstanding = 0
        self.counters.waitingToSend = 0
        for ask in self.inbox.end(counters: self.counters).asks { self.resume(ask, .engineClosed) }
    }

    /// How long to wait at most, in milliseconds; negative for ever.
    private func limit(now: MonotonicTime) -> Int32 {
        var next = self.wheel.nextDue()
        if let round = self.schedule.nextDue() { next = next.map { min($0, round) } ?? round }
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
        self.counters.subjects = self.schedule.count
        self.counters.roundsWaiting = self.schedule.waitingCount
        self.counters.silentRounds = self.silentRoundsUnderWay
        self.inbox.publish(self.counters)
    }
}

// MARK: - Time

extension EngineLoop {
    private func expire(now: MonotonicTime) {
        self.wheel.expire(at: now, into: &self.due)
        for id in self.due {
            guard let outstanding = self.table[id] else { continue }
            if now < outstanding.plan.deadline {
                // The last sending of a round's question waits for its deadline, which is no time to send again.
                if !self.askAgain(id) { self.wheel.add(id, dueAt: outstanding.plan.deadline) }
            } else {
                self.finish(id, self.lastWord(on: outstanding), now: now)
            }
        }
        self.due.removeAll(keepingCapacity: true)
    }

    /// What is to be said of a question whose time is over.
    private func lastWord(on outstanding: Outstanding) -> PollOutcome {
        guard outstanding.firstSentAt != nil else { return .overloaded }
        return switch outstanding.evidence {
        case .nothing: .silent
        case .malformed(let what): .malformed(what)
        case .unreachable(let code): .unreachable(code)
        }
    }
}
