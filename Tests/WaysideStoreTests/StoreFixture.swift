import Postgres
import StoreTestSupport
import TestSupport
import WaysideCore
import WaysideStore

/// A migrated database of its own for each test that asks.
enum StoreFixture {
    static let now = JournalFixture.start

    /// One connection each: many tests share one server.
    static func store() throws -> Store {
        var settings = PoolSettings()
        settings.connectionCount = 1
        return try Store.open(try TemporaryPostgres.newDatabase(), settings: settings, now: Self.now)
    }

    /// A store that holds the conformance suite's inventory.
    static func storeWithInventory() async throws -> Store {
        let store = try Self.store()
        _ = try await InventoryStore(store).apply(LedgerConformance.inventory, at: Self.now)
        return store
    }
}

/// The real ledger, as the conformance suite asks it.
struct ReadablePostgresLedger: ReadableLedger {
    let store: Store
    let ledger: PostgresLedger
    /// The suite's numbers to those that the database gave, and back.
    let numbers: [DeviceID: DeviceID]

    init(_ store: Store) async throws {
        self.store = store
        self.ledger = PostgresLedger(store)
        let given = try await InventoryStore(store).load()
        var numbers: [DeviceID: DeviceID] = [:]
        for device in LedgerConformance.inventory.devices {
            numbers[device.id] = given.device(key: device.key)?.id
        }
        self.numbers = numbers
    }

    /// The database numbers devices in the order of their keys; the suite numbers the switch first.
    private func given(_ device: DeviceID) -> DeviceID { self.numbers[device] ?? device }
    private func asked(_ device: DeviceID) -> DeviceID {
        self.numbers.first { $0.value == device }?.key ?? device
    }

    func position() async throws -> JournalPosition? { try await self.ledger.position() }

    func commit(_ page: LedgerPage) async throws {
        var page = page
        for index in page.changes.indices { page.changes[index].key = self.given(page.changes[index].key) }
        for index in page.passing.indices { page.passing[index].key = self.given(page.passing[index].key) }
        for index in page.withdrawals.indices {
            page.withdrawals[index].key = self.given(page.withdrawals[index].key)
        }
        for index in page.refolds.indices { page.refolds[index].key = self.given(page.refolds[index].key) }
        for index in page.live.indices { page.live[index].device = self.given(page.live[index].device) }
        page.faults = page.faults.map { self.given($0) }
        try await self.ledger.commit(page)
    }

    private func given(_ key: TrackKey) -> TrackKey {
        TrackKey(device: self.given(key.device), check: key.check, hop: key.hop)
    }

    private func given(_ event: FaultEvent) -> FaultEvent {
        switch event {
        case .confirmed(let device, let facets, let at):
            .confirmed(self.given(device), facets: facets, at: at)
        case .facetJoined(let device, let facet, let at): .facetJoined(self.given(device), facet, at: at)
        case .relapsed(let device, let facet, let at): .relapsed(self.given(device), facet, at: at)
        case .proved(let device, let recovery, let at): .proved(self.given(device), recovery, at: at)
        case .merged(let device, let root, let at):
            .merged(self.given(device), into: self.given(root), at: at)
        case .suppressed(let device, let facet, let root, let at):
            .suppressed(self.given(device), facet, root: self.given(root), at: at)
        case .released(let device, let root, let release, let at):
            .released(self.given(device), root: self.given(root), release, at: at)
        case .withdrawn(let device, let at): .withdrawn(self.given(device), at: at)
        }
    }

    func changes(
        _ profile: StatusProfile,
        _ key: TrackKey,
        asKnownAt instant: Timestamp?
    ) async throws -> [StatusChange] {
        let key = self.given(key)
        let tracks = try await TrackQueries(self.store).tracks(
            profile,
            touching: Span(Timestamp(milliseconds: 0), Timestamp(milliseconds: 4_102_444_800_000)),
            devices: [key.device],
            asKnownAt: instant
        )
        return tracks[key]?.changes ?? []
    }

    func live() async throws -> [LiveStatus] {
        try await StatusQueries(self.store).live().map { status in
            var status = status
            status.device = self.asked(status.device)
            return status
        }
    }

    func tickets() async throws -> [FaultTicket] {
        let span = Span(Timestamp(milliseconds: 0), Timestamp(milliseconds: 4_102_444_800_000))
        let tickets = try await TicketQueries(self.store).tickets(openedIn: span, atMost: 1_000)
        return tickets.sorted { $0.number < $1.number }.map { ticket in
            FaultTicket(
                number: ticket.number,
                root: self.asked(ticket.root),
                openedAt: ticket.openedAt,
                facets: ticket.facets,
                repeatCount: ticket.repeatCount,
                stage: ticket.stage,
                clock: ticket.clock,
                recovery: ticket.recovery,
                affected: ticket.affected.map {
                    FaultTicket.Affected(device: self.asked($0.device), since: $0.since, until: $0.until)
                }.sorted { $0.device < $1.device },
                moveCount: ticket.moveCount,
                noticeCount: ticket.noticeCount
            )
        }
    }

    func notices() async throws -> [Notice] {
        try await OutboxStore(self.store).records(atMost: 1_000).reversed().map(\.notice)
    }
}
