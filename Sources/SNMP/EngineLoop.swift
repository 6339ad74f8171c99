/// The loop of an engine: the one thread that owns sockets, table, wheel, schedule and pacer, so that none of them needs a
/// lock. It decides nothing that its parts do not decide; it carries bytes, ids and the time between them.
///
/// One turn: wait, take answers, take reports of the network, expire, take questions, begin rounds, send.
struct EngineLoop: ~Copyable {
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
    /// The engines of the agents that speak v3.
    var engines: USMBook
    /// The bindings of the answer that is being read; its memory is used again.
    var list = VarBindList()
    var datagram: [UInt8] = []
    var due: [UInt32] = []
    var staged: [UInt32] = []
    /// A family whose socket took no more; its datagrams wait until it does.
    var busy: UDPPort.Ready = []
    /// The settings of those names in nanoseconds.
    let deadline: Int64
    let retryAfter: Int64
    private var isClosing = false

    init(
        settings: SNMPEngineSettings,
        sink: PollSink?,
        port: UDPPort,
        inbox: Inbox,
        now: MonotonicTime
    ) throws(SNMPError) {
        // Salts must not come again under a key (RFC 3826 §3.1.2.1), so they begin anywhere.
        self.engines = try USMBook(firstSalt: .random(in: 0 ... .max))
        self.settings = settings
        self.deadline = settings.deadline.wholeNanoseconds
        self.retryAfter = settings.retryAfter.wholeNanoseconds
        self.sink = sink
        self.port = port
        self.inbox = inbox
        self.table = RequestTable(window: settings.window)
        self.wheel = DeadlineWheel(now: now)
        self.schedule = PollSchedule(mostBackOff: settings.mostBackOff, now: now)
        self.pacer = Pacer(sendsPerSecond: settings.sendsPerSecond, burst: settings.sendBurst, now: now)
    }

    /// Runs until the inbox says that the engine is closing. The port is closed when the loop is let go.
    mutating func run() {
        while !self.isClosing { self.turn() }
        self.end()
    }

    private mutating func turn() {
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
        self.makeRoom(for: delivery.changes)
        for change in delivery.changes { self.apply(change, now: now) }
        for ask in delivery.asks { self.accept(ask, now: now) }
        for question in delivery.cancelled { self.callOff(question) }
        for inquiry in delivery.inquiries { self.answer(inquiry, now: now) }
        self.isClosing = delivery.isClosing
        if !ready.isDisjoint(with: self.busy) { self.stopWaitingToWrite() }
        self.beginRounds(now: now)
        self.sendQueued(now: now)
        self.publish()
    }

    private mutating func end() {
        for outstanding in self.table.removeAll() {
            if let ask = outstanding.ask { self.resume(ask, .engineClosed) }
        }
        self.counters.outstanding = 0
        self.counters.waitingToSend = 0
        let rest = self.inbox.end(counters: self.counters)
        for ask in rest.asks { self.resume(ask, .engineClosed) }
        for inquiry in rest.inquiries { inquiry.close() }
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

    private mutating func publish() {
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
    private mutating func expire(now: MonotonicTime) {
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
        guard outstanding.isSent else { return .overloaded }
        return switch outstanding.evidence?.what {
        case nil: .silent
        case .malformed(let what): .malformed(what)
        case .unreachable(let code): .unreachable(code)
        case .doubt(let refusal): .securityRefused(refusal)
        }
    }
}
