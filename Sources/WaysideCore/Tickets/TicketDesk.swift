/// Makes tickets of what the root-cause machine found, of what people ask, and of passing time (工单台).
///
/// It holds only the tickets in question, lent by the ledger inside one transaction, and answers with everything that
/// is to be written in it. A device never has two live tickets; a ticket never closes without proof.
public struct TicketDesk: Hashable, Sendable {
    /// The rules of tickets.
    public let policy: TicketPolicy
    /// The rules of notices.
    public let noticePolicy: NoticePolicy
    /// The tickets at hand, by number.
    public internal(set) var tickets: [Int64: FaultTicket]
    /// The number that the next new ticket gets; 1 or more.
    public private(set) var nextNumber: Int64
    /// The numbers of each device's tickets, rising.
    private var numbers: [DeviceID: [Int64]] = [:]

    /// A desk with these tickets at hand: of every device that the events name (`FaultEvent.roots`) its live ticket,
    /// its last closed and its last merged one, with the ticket into which that was merged; of a request the tickets
    /// it names; of a tick those whose `nextDeadline` has come.
    public init(
        tickets: some Sequence<FaultTicket>,
        nextNumber: Int64,
        policy: TicketPolicy,
        noticePolicy: NoticePolicy = NoticePolicy()
    ) {
        self.tickets = Dictionary(tickets.map { ($0.number, $0) }) { first, _ in first }
        self.nextNumber = max(nextNumber, (self.tickets.keys.max() ?? 0) + 1)
        (self.policy, self.noticePolicy) = (policy, noticePolicy)
        for number in self.tickets.keys.sorted() { self.index(number) }
    }

    /// Takes what the root-cause machine found, in its order. `facts` is what people need to know of a device; `nil`
    /// for one that is not in the inventory, of which nobody is told.
    public mutating func receive(
        _ events: some Sequence<FaultEvent>,
        facts: (DeviceID) -> DeviceFacts?
    ) -> TicketChanges {
        self.work(facts) { desk, draft in
            for event in events { desk.receive(event, &draft) }
        }
    }

    /// Lets time pass: warns, tells of breaches, ends suspensions.
    public mutating func tick(_ now: Timestamp, facts: (DeviceID) -> DeviceFacts?) -> TicketChanges {
        self.work(facts) { desk, draft in
            for number in desk.tickets.keys.sorted() { desk.tick(number, now, &draft) }
        }
    }

    /// The device's live ticket, when it is at hand.
    public func liveTicket(of device: DeviceID) -> FaultTicket? {
        self.numbers[device]?.lazy.compactMap { self.tickets[$0] }.first { $0.isLive }
    }

    // MARK: How

    mutating func work(
        _ facts: (DeviceID) -> DeviceFacts?,
        _ body: (inout TicketDesk, inout TicketDraft) -> Void
    ) -> TicketChanges {
        withoutActuallyEscaping(facts) { facts in
            var draft = TicketDraft(noticePolicy: self.noticePolicy, facts: facts)
            body(&self, &draft)
            return draft.changes(of: self.tickets)
        }
    }

    private mutating func index(_ number: Int64) {
        guard let root = self.tickets[number]?.root else { return }
        self.numbers[root, default: []].append(number)
    }

    private mutating func receive(_ event: FaultEvent, _ draft: inout TicketDraft) {
        switch event {
        case .confirmed(let device, let facets, let at): self.confirmed(device, facets, at, &draft)
        case .facetJoined(let device, let facet, let at), .relapsed(let device, let facet, let at):
            guard let ticket = self.liveTicket(of: device) else { return }
            self.failsAgain(ticket, [facet], at, &draft)
        case .proved(let device, let recovery, let at):
            guard let ticket = self.liveTicket(of: device) else { return }
            self.proved(ticket, recovery, at, &draft)
        case .merged(let device, let root, let at):
            guard let ticket = self.liveTicket(of: device), let target = self.liveTicket(of: root) else {
                return
            }
            self.apply(.merge(into: target.number), to: ticket.number, at, &draft)
        case .suppressed(let device, let facet, let root, _): self.hang(device, facet.since, on: root, &draft)
        case .released(let device, let root, let release, let at):
            self.letGo(device, from: root, at, &draft)
            guard case .well(let recovery?) = release, let ticket = self.liveTicket(of: device) else {
                return
            }
            // The ticket could not be merged because work was under way; it is proved like any other.
            self.proved(ticket, recovery, at, &draft)
        case .withdrawn:
            // Neither proved nor disproved: it stays with the people who have it.
            return
        }
    }

    private mutating func confirmed(
        _ device: DeviceID,
        _ facets: [FailedFacet],
        _ at: Timestamp,
        _ draft: inout TicketDraft
    ) {
        if let ticket = self.liveTicket(of: device) { return self.failsAgain(ticket, facets, at, &draft) }
        let number: Int64
        if let closed = self.recurrence(of: facets, on: device) {
            number = closed.number
            self.apply(.reopen(facets), to: number, at, &draft)
        } else {
            number = self.nextNumber
            self.nextNumber += 1
            let (ticket, move) = FaultTicket.open(number: number, root: device, facets: facets, at: at)
            self.tickets[number] = ticket
            self.index(number)
            draft.opened(ticket, move)
        }
        guard self.policy.dispatchesAtOnce, let maintainer = draft.facts(device)?.maintainer else { return }
        let repairBy =
            at + self.policy.repairMilliseconds(cause: facets.leadingCause, device: draft.facts(device))
        let warnAt = self.policy.warnAt(from: at, repairBy: repairBy)
        self.apply(.dispatch(to: maintainer, warnAt: warnAt, repairBy: repairBy), to: number, at, &draft)
    }

    /// The closed ticket that the fault opens again, if any.
    private func recurrence(of facets: [FailedFacet], on device: DeviceID) -> FaultTicket? {
        let tickets = (self.numbers[device] ?? []).compactMap { self.tickets[$0] }
        guard let last = tickets.last(where: { $0.closedAt != nil }), let closedAt = last.closedAt,
            let since = facets.map(\.since).min(), self.policy.recurrenceMilliseconds > 0,
            since - closedAt <= self.policy.recurrenceMilliseconds
        else { return nil }
        return last
    }

    /// The fault of a live ticket is on, whatever was hoped or said.
    private mutating func failsAgain(
        _ ticket: FaultTicket,
        _ facets: [FailedFacet],
        _ at: Timestamp,
        _ draft: inout TicketDraft
    ) {
        let known = Set(ticket.facets.map(\.facet))
        let joined = ticket.facets + facets.filter { !known.contains($0.facet) }
        self.tickets[ticket.number]?.facets = joined.sorted { $0.facet.place < $1.facet.place }
        self.tickets[ticket.number]?.recovery = nil
        draft.touched(ticket.number)
        switch ticket.stage {
        case .recovered: self.apply(.relapse, to: ticket.number, at, &draft)
        case .repaired: self.apply(.reject(reason: "the fault came back"), to: ticket.number, at, &draft)
        case .opened, .dispatched, .accepted, .suspended, .closed, .merged: return
        }
    }

    private mutating func proved(
        _ ticket: FaultTicket,
        _ recovery: FaultTicket.Recovery,
        _ at: Timestamp,
        _ draft: inout TicketDraft
    ) {
        self.tickets[ticket.number]?.recovery = recovery
        draft.touched(ticket.number)
        self.recoverIfProved(ticket.number, at, &draft)
        self.closeIfProved(ticket.number, at, &draft)
    }

    /// Moves to recovered what the watch has proved and nobody has reported.
    mutating func recoverIfProved(_ number: Int64, _ at: Timestamp, _ draft: inout TicketDraft) {
        guard let ticket = self.tickets[number], let recovery = ticket.recovery else { return }
        switch ticket.stage {
        case .opened, .dispatched, .accepted: self.apply(.recover(recovery), to: number, at, &draft)
        case .suspended, .repaired, .recovered, .closed, .merged: return
        }
    }

    /// Closes what is proved enough, if nobody needs to ask for it.
    mutating func closeIfProved(_ number: Int64, _ at: Timestamp, _ draft: inout TicketDraft) {
        guard self.policy.closesWhenProved, let ticket = self.tickets[number],
            let proof = try? self.proof(of: ticket)
        else { return }  // What is thrown away is why it is not proved yet.
        switch ticket.stage {
        case .repaired, .recovered: self.apply(.verify(proof), to: number, at, &draft)
        case .opened, .dispatched, .accepted, .suspended, .closed, .merged: return
        }
    }

    func proof(of ticket: FaultTicket) throws(Refusal.Reason) -> FaultTicket.Proof {
        guard let recovery = ticket.recovery else { throw .unproved }
        return try FaultTicket.Proof(
            goodProbes: recovery.goodProbes,
            wellSince: recovery.wellSince,
            ownersWord: ticket.ownersWord,
            policy: self.policy
        )
    }

    private mutating func hang(
        _ device: DeviceID,
        _ since: Timestamp,
        on root: DeviceID,
        _ draft: inout TicketDraft
    ) {
        guard let ticket = self.liveTicket(of: root) ?? self.explanation(of: root),
            !ticket.affected.contains(where: { $0.device == device && $0.until == nil })
        else { return }
        let affected = FaultTicket.Affected(device: device, since: since)
        let place = ticket.affected.firstIndex { ($0.device, $0.since) > (device, since) }
        self.tickets[ticket.number]?.affected.insert(affected, at: place ?? ticket.affected.endIndex)
        draft.touched(ticket.number)
        draft.affected(ticket.number, affected)
    }

    /// The live ticket into which a person merged the device's own.
    private func explanation(of root: DeviceID) -> FaultTicket? {
        guard let last = self.numbers[root]?.last, case .merged(let number, _) = self.tickets[last]?.stage,
            let ticket = self.tickets[number], ticket.isLive
        else { return nil }
        return ticket
    }

    private mutating func letGo(
        _ device: DeviceID,
        from root: DeviceID,
        _ at: Timestamp,
        _ draft: inout TicketDraft
    ) {
        let explanation = self.explanation(of: root).map { [$0.number] } ?? []
        for number in (self.numbers[root] ?? []) + explanation {
            guard let ticket = self.tickets[number],
                let place = ticket.affected.firstIndex(where: { $0.device == device && $0.until == nil })
            else { continue }
            let affected = FaultTicket.Affected(
                device: device,
                since: ticket.affected[place].since,
                until: max(at, ticket.affected[place].since)
            )
            self.tickets[number]?.affected[place] = affected
            draft.touched(number)
            draft.affected(number, affected)
        }
    }

    private mutating func tick(_ number: Int64, _ now: Timestamp, _ draft: inout TicketDraft) {
        while let ticket = self.tickets[number], ticket.isLive,
            let signal = self.tickets[number]?.clock?.tick(now)
        {
            draft.touched(number)
            switch signal {
            case .warned: self.tell(.warned, ticket.maintainer, number, now, &draft)
            case .breached: self.tell(.breached, ticket.maintainer, number, now, &draft)
            case .pauseEnded:
                guard self.apply(.resume, to: number, now, &draft) else { return }
                self.recoverIfProved(number, now, &draft)
                self.closeIfProved(number, now, &draft)
            }
        }
    }

    /// Moves a ticket by an action that its stage allows; answers false, and changes nothing, if it does not.
    @discardableResult
    mutating func apply(
        _ action: FaultTicket.Action,
        to number: Int64,
        _ at: Timestamp,
        _ draft: inout TicketDraft
    ) -> Bool {
        do {
            try self.perform(action, on: number, at, by: .watch, &draft)
            return true
        } catch {
            // A table that refuses the watch is no fault: a merge, say, of work that is under way. Nothing moved.
            return false
        }
    }

    mutating func perform(
        _ action: FaultTicket.Action,
        on number: Int64,
        _ at: Timestamp,
        by actor: Actor,
        _ draft: inout TicketDraft
    ) throws(Refusal) {
        guard var ticket = self.tickets[number] else {
            throw Refusal(ticketNumber: number, action: action.name, stage: nil, reason: .noSuchTicket)
        }
        let before = ticket
        let move = try ticket.perform(action, at: at, by: actor)
        self.tickets[number] = ticket
        draft.moved(move)
        switch (action, before.stage) {
        case (.dispatch, _):
            self.tell(ticket.repeatCount > 0 ? .reopened : .opened, ticket.maintainer, number, at, &draft)
        case (.verify, .repaired):
            self.tell(.closed, before.maintainer, number, at, because: .repaired, &draft)
        case (.verify, _): self.tell(.closed, before.maintainer, number, at, because: .recovered, &draft)
        case (.merge, _): self.tell(.merged, before.maintainer, number, at, because: .upstream, &draft)
        default: return
        }
    }

    private mutating func tell(
        _ kind: Notice.Kind,
        _ recipient: Recipient?,
        _ number: Int64,
        _ at: Timestamp,
        because reason: NoticeFacts.Reason? = nil,
        _ draft: inout TicketDraft
    ) {
        guard var ticket = self.tickets[number] else { return }
        ticket.noticeCount += 1
        if draft.tell(kind, of: ticket, to: recipient, at: at, because: reason) {
            self.tickets[number] = ticket
        }
    }
}
