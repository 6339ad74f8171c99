internal import WaysideCore

/// Where tickets lie between two pages (模拟工单柜); the desk gets only those in question, as the ledger lends them.
struct SimulatedTickets: Sendable {
    private let policy: TicketPolicy
    private let flaw: SimulationSettings.Flaw?
    private var tickets: [Int64: FaultTicket] = [:]
    private var numbers: [DeviceID: [Int64]] = [:]
    private var live: Set<Int64> = []
    private var nextNumber: Int64 = 1
    /// How many were opened, or opened again.
    private(set) var opened = 0
    /// How many were closed.
    private(set) var closed = 0

    init(policy: TicketPolicy, flaw: SimulationSettings.Flaw?) { (self.policy, self.flaw) = (policy, flaw) }

    /// How many are live.
    var liveCount: Int { self.live.count }

    /// The devices that are the root of a live ticket.
    var liveRoots: Set<DeviceID> { Set(self.live.compactMap { self.tickets[$0]?.root }) }

    /// Makes tickets of a page's events, and lets time pass.
    mutating func receive(
        _ page: LedgerPage,
        facts: (DeviceID) -> DeviceFacts?
    ) throws(Disagreement) {
        guard !page.faults.isEmpty else { return }
        let roots = Set(page.faults.flatMap(\.roots))
        var lent = roots.flatMap { self.numbers[$0] ?? [] }.compactMap { self.tickets[$0] }
        lent += lent.compactMap { ticket in
            guard case .merged(let number, _) = ticket.stage else { return nil }
            return self.tickets[number]
        }
        if self.flaw == .deskForgetsTickets { lent = [] }
        var desk = TicketDesk(tickets: lent, nextNumber: self.nextNumber, policy: self.policy)
        let changes = desk.receive(page.faults, facts: facts)
        self.nextNumber = max(self.nextNumber, desk.nextNumber)
        for ticket in changes.tickets { try self.keep(ticket) }
        for move in changes.moves {
            switch move.action {
            case .open, .reopen: self.opened += 1
            case .verify: self.closed += 1
            default: continue
            }
        }
        for ticket in changes.tickets { try self.expectOneLive(ticket.root) }
    }

    private mutating func keep(_ ticket: FaultTicket) throws(Disagreement) {
        guard FaultTicket(bytes: ticket.bytes) == ticket else {
            throw Disagreement(
                device: ticket.root,
                "ticket \(ticket.number) does not read back as it was written"
            )
        }
        if self.tickets.updateValue(ticket, forKey: ticket.number) == nil {
            self.numbers[ticket.root, default: []].append(ticket.number)
        }
        if ticket.isLive { self.live.insert(ticket.number) } else { self.live.remove(ticket.number) }
        guard (ticket.stage.name == .closed) == (ticket.closedAt != nil) else {
            throw Disagreement(
                device: ticket.root,
                "ticket \(ticket.number) is closed without an instant, or the other way round"
            )
        }
    }

    private func expectOneLive(_ root: DeviceID) throws(Disagreement) {
        let live = (self.numbers[root] ?? []).filter(self.live.contains)
        guard live.count <= 1 else {
            throw Disagreement(device: root, "tickets \(live) are live on one root")
        }
    }

    /// Drops tickets that ended before that, except each root's last one.
    mutating func drop(endedBefore instant: Timestamp) {
        for (root, numbers) in self.numbers where numbers.count > 1 {
            let gone = numbers.dropLast().filter { number in
                guard let ticket = self.tickets[number], !ticket.isLive else { return false }
                switch ticket.stage {
                case .closed(let at, _), .merged(_, let at): return at < instant
                default: return false
                }
            }
            for number in gone { self.tickets[number] = nil }
            self.numbers[root] = numbers.filter { self.tickets[$0] != nil }
        }
    }
}
