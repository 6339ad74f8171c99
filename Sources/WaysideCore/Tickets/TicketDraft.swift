/// Gathers what the ticket desk does until it is handed over as one.
struct TicketDraft {
    private let noticePolicy: NoticePolicy
    /// What people need to know of a device.
    let facts: (DeviceID) -> DeviceFacts?
    private var changes = TicketChanges()
    private var numbers: Set<Int64> = []
    private var letters: [Letter] = []

    /// A notice to be, one for all its channels.
    private struct Letter {
        let kind: Notice.Kind
        let number: Int64
        let occasion: Int
        let recipient: Recipient
        let channels: [Notice.Channel]
        var facts: NoticeFacts
        let at: Timestamp
    }

    init(noticePolicy: NoticePolicy, facts: @escaping (DeviceID) -> DeviceFacts?) {
        (self.noticePolicy, self.facts) = (noticePolicy, facts)
    }

    mutating func touched(_ number: Int64) { self.numbers.insert(number) }

    mutating func opened(_ ticket: FaultTicket, _ move: TicketMove) {
        self.changes.openedNumbers.append(ticket.number)
        self.moved(move)
    }

    mutating func moved(_ move: TicketMove) {
        self.changes.moves.append(move)
        self.touched(move.ticketNumber)
    }

    mutating func affected(_ number: Int64, _ affected: FaultTicket.Affected) {
        self.changes.affected.append(AffectedChange(ticketNumber: number, affected: affected))
    }

    /// Writes a notice if the policy wants it and the device is known; says whether it did.
    mutating func tell(
        _ kind: Notice.Kind,
        of ticket: FaultTicket,
        to recipient: Recipient?,
        at instant: Timestamp,
        because reason: NoticeFacts.Reason?
    ) -> Bool {
        guard case .tell(let recipient, let channels) = self.noticePolicy.verdict(on: kind, to: recipient),
            let device = self.facts(ticket.root)
        else { return false }
        var facts = NoticeFacts(
            device: device,
            facets: ticket.facets.map(\.facet),
            cause: ticket.cause,
            since: ticket.since,
            repairBy: ticket.repairBy,
            reason: kind == .reopened ? .recurrence : reason,
            repeatCount: ticket.repeatCount
        )
        switch ticket.stage {
        case .closed(let at, _): facts.closedAt = at
        case .merged(let number, let at): (facts.closedAt, facts.mergedInto) = (at, number)
        case .opened, .dispatched, .accepted, .suspended, .repaired, .recovered: break
        }
        self.count(ticket.affected, into: &facts)
        self.letters.append(
            Letter(
                kind: kind,
                number: ticket.number,
                occasion: ticket.noticeCount,
                recipient: recipient,
                channels: channels,
                facts: facts,
                at: instant
            )
        )
        return true
    }

    /// Everything at once, with the tickets as they are now.
    func changes(of tickets: [Int64: FaultTicket]) -> TicketChanges {
        var changes = self.changes
        changes.tickets = self.numbers.sorted().compactMap { tickets[$0] }
        for var letter in self.letters {
            // What hangs on a new ticket is found right after it, in the same go; an opening should say so.
            if letter.kind == .opened || letter.kind == .reopened, let ticket = tickets[letter.number],
                ticket.repeatCount == letter.facts.repeatCount
            {
                self.count(ticket.affected, into: &letter.facts)
            }
            changes.notices += letter.channels.map { channel in
                Notice(
                    kind: letter.kind,
                    ticketNumber: letter.number,
                    occasion: letter.occasion,
                    recipient: letter.recipient,
                    channel: channel,
                    facts: letter.facts,
                    createdAt: letter.at
                )
            }
        }
        return changes
    }

    private func count(_ affected: [FaultTicket.Affected], into facts: inout NoticeFacts) {
        let devices = Set(affected.map(\.device))
        facts.affectedCount = devices.count
        facts.affectedNames = devices.sorted().prefix(NoticeFacts.mostAffectedNames).map { device in
            self.facts(device)?.name ?? device.description
        }
    }
}
