public import WaysideCore

/// A ledger kept in arrays, for tests and the simulator; the conformance suite holds it to what the real one
/// does.
public actor MemoryLedger: Ledger {
    /// What a ledger that is down says.
    public struct Down: Error {}

    private struct Row {
        var profile: StatusProfile
        var key: TrackKey
        var change: StatusChange
        var position: JournalPosition
        var recordedAt: Timestamp
        var supersededAt: Timestamp?
    }

    private let inventory: Inventory
    private let policy: TicketPolicy
    private let noticePolicy: NoticePolicy
    private var written: (position: JournalPosition, at: Timestamp)?
    private var rows: [Row] = []
    private var statuses: [LiveStatus] = []
    private var desk: TicketDesk
    private var outbox: [Notice] = []
    private var refusalsLeft = 0

    /// Every page committed, in order.
    public private(set) var pages: [LedgerPage] = []
    /// Every step of every ticket, in order.
    public private(set) var moves: [TicketMove] = []

    /// An empty ledger for the devices of that inventory.
    public init(
        inventory: Inventory = Inventory(organizations: [], devices: []),
        policy: TicketPolicy = TicketPolicy(),
        noticePolicy: NoticePolicy = NoticePolicy()
    ) {
        (self.inventory, self.policy, self.noticePolicy) = (inventory, policy, noticePolicy)
        self.desk = TicketDesk(tickets: [], nextNumber: 1, policy: policy, noticePolicy: noticePolicy)
    }

    /// Refuses that many pages from now on.
    public func refuse(_ count: Int) { self.refusalsLeft = count }

    /// The last position whose page was written.
    public func position() async throws -> JournalPosition? { self.written?.position }

    /// Writes the page, or refuses it.
    public func commit(_ page: LedgerPage) async throws {
        guard self.refusalsLeft == 0 else {
            self.refusalsLeft -= 1
            throw Down()
        }
        if let written = self.written, page.position <= written.position { return }
        self.write(page)
        for status in page.live {
            self.statuses.removeAll { $0.device == status.device && $0.facet == status.facet }
            self.statuses.append(status)
        }
        let day = ServiceDay(containing: page.writtenAt)
        let changes = self.desk.receive(page.faults) { device in
            self.inventory.device(device).map { DeviceFacts($0, on: day, in: self.inventory) }
        }
        self.moves += changes.moves
        for notice in changes.notices where !self.outbox.contains(where: { $0.key == notice.key }) {
            self.outbox.append(notice)
        }
        self.pages.append(page)
        self.written = (page.position, page.writtenAt)
    }

    private func write(_ page: LedgerPage) {
        var new: [Row] = []
        func row(
            _ profile: StatusProfile,
            _ key: TrackKey,
            _ change: StatusChange,
            _ knownAt: Timestamp? = nil
        ) -> Row {
            Row(
                profile: profile,
                key: key,
                change: change,
                position: page.position,
                recordedAt: min(page.writtenAt, knownAt ?? page.writtenAt)
            )
        }
        for refold in page.refolds {
            self.supersede(page.writtenAt) { row in
                row.profile == refold.profile && row.key == refold.key
                    && refold.after.map { row.position > $0 } ?? true
            }
            new += refold.changes.map { row(refold.profile, refold.key, $0) }
        }
        for withdrawal in page.withdrawals {
            self.supersede(page.writtenAt) { row in
                row.profile == withdrawal.profile && row.key == withdrawal.key
                    && row.change.at == withdrawal.at
            }
        }
        for change in page.changes {
            let isWithdrawn = page.withdrawals.contains {
                $0.profile == change.profile && $0.key == change.key && $0.at == change.change.at
            }
            if change.change.status == .unknown && isWithdrawn { continue }
            new.removeAll {
                $0.profile == change.profile && $0.key == change.key && $0.change.at == change.change.at
            }
            new.append(row(change.profile, change.key, change.change, change.knownAt))
        }
        for change in page.passing {
            var passed = row(change.profile, change.key, change.change, change.knownAt)
            passed.supersededAt = page.writtenAt
            new.append(passed)
        }
        self.rows += new
    }

    private func supersede(_ at: Timestamp, where isGone: (Row) -> Bool) {
        for index in self.rows.indices where self.rows[index].supersededAt == nil && isGone(self.rows[index])
        {
            self.rows[index].supersededAt = max(at, self.rows[index].recordedAt)
        }
    }
}

extension MemoryLedger: ReadableLedger {
    /// A track's changes as known at an instant, or now.
    public func changes(
        _ profile: StatusProfile,
        _ key: TrackKey,
        asKnownAt instant: Timestamp?
    ) async throws -> [StatusChange] {
        self.rows.filter { row in
            guard row.profile == profile, row.key == key else { return false }
            guard let instant else { return row.supersededAt == nil }
            return row.recordedAt <= instant && row.supersededAt.map { $0 > instant } ?? true
        }
        .map(\.change)
        .sorted { $0.at < $1.at }
    }

    /// The live view, by device and facet.
    public func live() async throws -> [LiveStatus] {
        self.statuses.sorted { ($0.device, $0.facet.checks[0]) < ($1.device, $1.facet.checks[0]) }
    }

    /// Every ticket, by number.
    public func tickets() async throws -> [FaultTicket] {
        self.desk.tickets.values.sorted { $0.number < $1.number }
    }

    /// Every notice, in the order in which they were written.
    public func notices() async throws -> [Notice] { self.outbox }
}
