/// What people ask of tickets.
extension TicketDesk {
    /// Does what a person asks, or refuses and changes nothing.
    ///
    /// - Throws: `Refusal` with what stood in its way.
    public mutating func perform(
        _ request: TicketRequest,
        on number: Int64,
        by person: String,
        at now: Timestamp,
        facts: (DeviceID) -> DeviceFacts?
    ) throws(Refusal) -> TicketChanges {
        var (desk, refusal): (TicketDesk, Refusal?) = (self, nil)
        let changes = desk.work(facts) { desk, draft in
            do throws(Refusal) {
                try desk.perform(request, on: number, by: person, at: now, &draft)
            } catch {
                refusal = error
            }
        }
        if let refusal { throw refusal }
        self = desk
        return changes
    }

    private mutating func perform(
        _ request: TicketRequest,
        on number: Int64,
        by person: String,
        at now: Timestamp,
        _ draft: inout TicketDraft
    ) throws(Refusal) {
        let ticket = self.tickets[number]
        let action: FaultTicket.Action
        do throws(Refusal.Reason) {
            guard let ticket else { throw .noSuchTicket }
            guard request != .giveWord else {
                try self.giveWord(on: ticket, by: person, at: now)
                draft.touched(number)
                return self.closeIfProved(number, now, &draft)
            }
            action = try self.action(request, on: ticket, at: now, draft.facts)
        } catch {
            throw Refusal(
                ticketNumber: number,
                action: request.name,
                stage: ticket?.stage.name,
                reason: error
            )
        }
        try self.perform(action, on: number, now, by: .person(person), &draft)
        switch request {
        // What was proved while the ticket rested, or before the maintainer said so, counts now.
        case .resume:
            self.recoverIfProved(number, now, &draft)
            self.closeIfProved(number, now, &draft)
        case .reportRepaired: self.closeIfProved(number, now, &draft)
        case .dispatch, .accept, .suspend, .verify, .reject, .merge, .giveWord: break
        }
    }

    private func action(
        _ request: TicketRequest,
        on ticket: FaultTicket,
        at now: Timestamp,
        _ facts: (DeviceID) -> DeviceFacts?
    ) throws(Refusal.Reason) -> FaultTicket.Action {
        switch request {
        case .dispatch(let to, let asked):
            let time = self.policy.repairMilliseconds(cause: ticket.cause, device: facts(ticket.root))
            let repairBy = asked ?? now + time
            return .dispatch(
                to: to,
                warnAt: self.policy.warnAt(from: now, repairBy: repairBy),
                repairBy: repairBy
            )
        case .accept: return .accept
        case .suspend(let reason, let until):
            guard self.policy.suspensionReasons.contains(reason) else { throw .notGiven("reason") }
            let longest = self.policy.longestSuspensionMilliseconds
            guard until - now <= longest else { throw .longerThan(longest) }
            return .suspend(reason: reason, until: until)
        case .resume: return .resume
        case .reportRepaired(let evidence): return .reportRepaired(evidence: evidence)
        case .verify:
            switch ticket.stage {
            case .repaired, .recovered: return .verify(try self.proof(of: ticket))
            case .opened, .dispatched, .accepted, .suspended, .closed, .merged: throw .notFromThisStage
            }
        case .reject(let reason): return .reject(reason: reason)
        case .merge(let number):
            guard let target = self.tickets[number], target.isLive, target.root != ticket.root
            else { throw .notAMergeTarget(number) }
            return .merge(into: number)
        case .giveWord: throw .notFromThisStage
        }
    }

    private mutating func giveWord(
        on ticket: FaultTicket,
        by person: String,
        at now: Timestamp
    ) throws(Refusal.Reason) {
        guard ticket.isLive else { throw .notFromThisStage }
        self.tickets[ticket.number]?.ownersWord = FaultTicket.OwnersWord(by: person, at: now)
    }
}
