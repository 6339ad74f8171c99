internal import Postgres
public import WaysideCore

/// A ticket with its history (工单档案).
public struct TicketRecord: Hashable, Sendable {
    /// As it is now.
    public let ticket: FaultTicket
    /// Every step, in order.
    public let moves: [TicketMove]
    /// Every device that is or was dark because of it, in all its occurrences, by number.
    public let affected: [FaultTicket.Affected]
}

/// Reads tickets.
public struct TicketQueries: Sendable {
    private let database: Store

    /// The tickets in that database.
    public init(_ store: Store) { self.database = store }

    /// Tickets that are neither closed nor merged, the latest first.
    public func live() async throws -> [FaultTicket] {
        try await self.database.pool.rows(SelectLiveTickets())
    }

    /// Tickets that are live or were opened inside the span, the latest first, at most so many.
    public func tickets(openedIn span: Span, atMost limit: Int) async throws -> [FaultTicket] {
        try await self.database.pool.rows(SelectTicketsOpened(span: span, limit: limit))
    }

    /// Tickets whose root the device is or was, the latest first, at most so many.
    public func tickets(of device: DeviceID, atMost limit: Int) async throws -> [FaultTicket] {
        try await self.database.pool.rows(SelectTicketsOfDevice(device: device, limit: limit))
    }

    /// The live tickets on which a device hangs now, by device.
    public func explanations() async throws -> [DeviceID: Int64] {
        let rows = try await self.database.pool.rows(SelectExplanations())
        return Dictionary(rows.map { ($0.device, $0.number) }) { first, _ in first }
    }

    /// The ticket of that number with its history; `nil` when there is none.
    public func record(_ number: Int64) async throws -> TicketRecord? {
        try await self.database.pool.transaction(isolation: .repeatableRead, isReadOnly: true) {
            transaction in
            guard let ticket = try transaction.firstRow(SelectTicket(number: number)) else { return nil }
            return TicketRecord(
                ticket: ticket,
                moves: try transaction.rows(SelectTicketMoves(number: number)),
                affected: try transaction.rows(SelectTicketDevices(number: number))
            )
        }
    }
}

/// What people and passing time do to tickets (工单操作), each in one transaction with its steps and notices.
public struct TicketStore: Sendable {
    private let database: Store
    private let policy: TicketPolicy
    private let noticePolicy: NoticePolicy

    /// How many tickets one look at the deadlines takes.
    private static let tickLimit = 200

    /// By these rules, which are those of the ledger.
    public init(
        _ store: Store,
        policy: TicketPolicy = TicketPolicy(),
        noticePolicy: NoticePolicy = NoticePolicy()
    ) {
        (self.database, self.policy, self.noticePolicy) = (store, policy, noticePolicy)
    }

    /// Does what a person asks of the ticket, and answers it as it is then.
    ///
    /// - Throws: `Refusal` with what stood in its way; nothing was changed. `PostgresError`.
    @discardableResult
    public func perform(
        _ request: TicketRequest,
        on number: Int64,
        by person: String,
        at now: Timestamp
    ) async throws -> FaultTicket {
        let work = TicketWork(self.policy, self.noticePolicy, on: ServiceDay(containing: now))
        return try await self.database.pool.transaction { transaction in
            try transaction.run(TakeLedgerLock())
            let ticket = try work.perform(request, on: number, by: person, at: now, in: transaction)
            try transaction.run(NotifyLive())
            guard let ticket else {
                throw Refusal(ticketNumber: number, action: request.name, stage: nil, reason: .noSuchTicket)
            }
            return ticket
        }
    }

    /// Warns, tells of breaches and ends suspensions that are due by now; answers how many tickets were. A
    /// background job: twice is the same as once.
    @discardableResult
    public func tick(_ now: Timestamp) async throws -> Int {
        let work = TicketWork(self.policy, self.noticePolicy, on: ServiceDay(containing: now))
        var sum = 0
        while true {
            let count = try await self.database.pool.transaction { transaction in
                try transaction.run(TakeLedgerLock())
                let count = try work.tick(now, atMost: Self.tickLimit, in: transaction)
                if count > 0 { try transaction.run(NotifyLive()) }
                return count
            }
            sum += count
            if count < Self.tickLimit { return sum }
        }
    }
}
