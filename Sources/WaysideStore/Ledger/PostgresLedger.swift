internal import Postgres
public import WaysideCore

/// The ledger (台账) in PostgreSQL: one transaction a page, idempotent by the journal's position.
///
/// Of a track that is in a page's refolds the page's changes and withdrawals are those that came after; an
/// end of validity that is announced and withdrawn in one page is not written at all. Days that were over
/// when something of them changed are marked dirty.
public struct PostgresLedger: Ledger {
    /// Notified without a text whenever live statuses or tickets changed: look at the state then.
    public static let liveChannel = "wayside_live"

    private let database: Store
    private let journal: String
    private let ticketPolicy: TicketPolicy
    private let noticePolicy: NoticePolicy

    /// The ledger of one journal.
    ///
    /// - Parameters:
    ///   - store: Where it is.
    ///   - journal: Whose positions count; the collector's name.
    ///   - ticketPolicy: The rules of tickets.
    ///   - noticePolicy: The rules of notices.
    public init(
        _ store: Store,
        journal: String = Observation.centre,
        ticketPolicy: TicketPolicy = TicketPolicy(),
        noticePolicy: NoticePolicy = NoticePolicy()
    ) {
        (self.database, self.journal) = (store, journal)
        (self.ticketPolicy, self.noticePolicy) = (ticketPolicy, noticePolicy)
    }

    /// The last position whose page was written; `nil` before the first.
    public func position() async throws -> JournalPosition? {
        try await self.database.pool.firstRow(SelectCursor(journal: self.journal))
    }

    /// When the last batch that is written down was written: everything up to there is known. `nil` before
    /// the first.
    public func knownUntil() async throws -> Timestamp? {
        try await self.database.pool.firstRow(SelectKnownUntil(journal: self.journal))
    }

    /// Writes the whole page and its position, or none of it. A page at or before the ledger's position
    /// changes nothing.
    ///
    /// - Throws: `PostgresError`; after one that says `isOutcomeUnknown` the same page may be committed
    ///   again.
    public func commit(_ page: LedgerPage) async throws {
        let (journal, ticketPolicy, noticePolicy) = (self.journal, self.ticketPolicy, self.noticePolicy)
        try await self.database.pool.transaction { transaction in
            try transaction.run(TakeLedgerLock())
            if let written = try transaction.firstRow(SelectCursor(journal: journal)),
                page.position <= written
            {
                return
            }
            let earliest = try PageChanges(page, in: transaction).write(in: transaction)
            try Self.markDirty(from: earliest, of: page, in: transaction)
            try Self.writeLive(page, in: transaction)
            if !page.voids.isEmpty {
                try transaction.run(InsertVoids(voids: page.voids, position: page.position))
            }
            if !page.clockSteps.isEmpty {
                try transaction.run(InsertClockSteps(steps: page.clockSteps, position: page.position))
            }
            if !page.faults.isEmpty {
                let work = TicketWork(ticketPolicy, noticePolicy, on: ServiceDay(containing: page.writtenAt))
                try work.receive(page.faults, in: transaction)
            }
            if !page.live.isEmpty || !page.faults.isEmpty { try transaction.run(NotifyLive()) }
            try transaction.run(
                UpsertCursor(journal: journal, position: page.position, writtenAt: page.writtenAt)
            )
        }
    }

    /// Today's rows are not kept before the day is over, so only days that are over become dirty.
    private static func markDirty(
        from earliest: [DeviceID: Timestamp],
        of page: LedgerPage,
        in transaction: borrowing Transaction
    ) throws {
        let today = ServiceDay(containing: page.writtenAt)
        // What is longer ago than any report would be recomputed for is a matter for people.
        let oldest = ServiceDay(number: today.number - Self.mostDirtyDays)
        var marks: [(device: DeviceID, day: ServiceDay)] = []
        for device in earliest.keys.sorted() {
            guard let instant = earliest[device] else { continue }
            var day = max(ServiceDay(containing: instant), oldest)
            while day < today {
                marks.append((device, day))
                day = day.next
            }
        }
        guard !marks.isEmpty else { return }
        if marks.count <= Self.mostDirtyDevices {
            try transaction.run(MarkDirtyDevices(marks: marks, markedAt: page.writtenAt))
        } else {
            let days = Set(marks.map(\.day)).sorted()
            try transaction.run(MarkDirtyDays(days: days, markedAt: page.writtenAt))
        }
    }

    /// More marks than this are made by whole days.
    private static let mostDirtyDevices = 20_000
    private static let mostDirtyDays: Int32 = 400

    private static func writeLive(_ page: LedgerPage, in transaction: borrowing Transaction) throws {
        guard !page.live.isEmpty else { return }
        try transaction.run(InsertStatusEvents(statuses: page.live))
        struct Side: Hashable {
            var device: DeviceID
            var facet: Facet
        }
        var last: [Side: LiveStatus] = [:]
        for status in page.live { last[Side(device: status.device, facet: status.facet)] = status }
        let statuses = last.values.sorted { ($0.device, $0.facet.rawValue) < ($1.device, $1.facet.rawValue) }
        try transaction.run(UpsertLiveStatuses(statuses: statuses))
    }
}

/// Tells whoever listens that there is something to look at.
struct NotifyLive: Statement {
    typealias Row = Never

    static let sql = "SELECT pg_catalog.pg_notify('wayside_live', '')"
}
