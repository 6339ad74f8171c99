internal import Postgres
internal import WaysideCore

/// Lends the ticket desk what it needs from a transaction, and writes there what it answers.
struct TicketWork {
    private let policy: TicketPolicy
    private let noticePolicy: NoticePolicy
    private let day: ServiceDay

    /// By these rules; devices belong to whom they do on that day.
    init(_ policy: TicketPolicy, _ noticePolicy: NoticePolicy, on day: ServiceDay) {
        (self.policy, self.noticePolicy, self.day) = (policy, noticePolicy, day)
    }

    /// Makes tickets of what the root-cause machine found.
    func receive(_ events: [FaultEvent], in transaction: borrowing Transaction) throws(PostgresError) {
        let roots = Set(events.flatMap(\.roots))
        var desk = try self.desk(try transaction.rows(SelectTicketsOfRoots(roots: roots)), in: transaction)
        let facts = try self.facts(
            of: desk,
            and: roots.union(events.compactMap(\.suppressed)),
            in: transaction
        )
        try self.write(desk.receive(events) { facts[$0] }, in: transaction)
    }

    /// Does what a person asks; answers the ticket as it is then.
    func perform(
        _ request: TicketRequest,
        on number: Int64,
        by person: String,
        at now: Timestamp,
        in transaction: borrowing Transaction
    ) throws -> FaultTicket? {
        var numbers = [number]
        if case .merge(let target) = request { numbers.append(target) }
        var desk = try self.desk(
            try transaction.rows(SelectTicketsToChange(numbers: numbers)),
            in: transaction
        )
        let facts = try self.facts(of: desk, and: [], in: transaction)
        let changes = try desk.perform(request, on: number, by: person, at: now) { facts[$0] }
        try self.write(changes, in: transaction)
        return desk.tickets[number]
    }

    /// Lets time pass for the tickets that are due; answers how many there were.
    func tick(_ now: Timestamp, atMost limit: Int, in transaction: borrowing Transaction)
        throws(PostgresError) -> Int
    {
        let due = try transaction.rows(SelectDueTickets(now: now, limit: limit))
        guard !due.isEmpty else { return 0 }
        var desk = try self.desk(due, in: transaction)
        let facts = try self.facts(of: desk, and: [], in: transaction)
        try self.write(desk.tick(now) { facts[$0] }, in: transaction)
        return due.count
    }

    private func desk(
        _ tickets: [FaultTicket],
        in transaction: borrowing Transaction
    ) throws(PostgresError) -> TicketDesk {
        TicketDesk(
            tickets: tickets,
            nextNumber: try transaction.firstRow(SelectNextTicketNumber()) ?? 1,
            policy: self.policy,
            noticePolicy: self.noticePolicy
        )
    }

    /// What people need to know of every device that a notice may name.
    private func facts(
        of desk: TicketDesk,
        and roots: Set<DeviceID>,
        in transaction: borrowing Transaction
    ) throws(PostgresError) -> [DeviceID: DeviceFacts] {
        var wanted = roots
        for ticket in desk.tickets.values {
            wanted.insert(ticket.root)
            wanted.formUnion(ticket.affected.map(\.device))
        }
        let inventory = try InventoryReader.read(devices: wanted, in: transaction)
        return Dictionary(
            uniqueKeysWithValues: inventory.devices.map {
                ($0.id, DeviceFacts($0, on: self.day, in: inventory))
            }
        )
    }

    private func write(_ changes: TicketChanges, in transaction: borrowing Transaction) throws(PostgresError)
    {
        // A ticket that is merged into another may have the smaller number: the other is written first.
        let (merged, others) = (
            changes.tickets.filter { $0.stage.name == .merged },
            changes.tickets.filter { $0.stage.name != .merged }
        )
        // A root's merged ticket makes room for its new one, not the other way round.
        let opened = Set(changes.openedNumbers)
        for ticket in others.filter({ !opened.contains($0.number) })
            + others.filter({ opened.contains($0.number) })
            + merged
        {
            try transaction.run(UpsertTicket(ticket: ticket))
        }
        if !changes.moves.isEmpty {
            try transaction.run(InsertTicketMoves(moves: changes.moves))
            try transaction.run(InsertTicketEvents(moves: changes.moves))
        }
        for affected in changes.affected { try transaction.run(UpsertTicketDevice(change: affected)) }
        for notice in changes.notices { try transaction.run(InsertNotice(notice: notice)) }
    }
}

extension FaultEvent {
    /// The device that begins to hang on another; a notice may name it.
    fileprivate var suppressed: DeviceID? {
        if case .suppressed(let device, _, _, _) = self { device } else { nil }
    }
}
