import StoreTestSupport
import TestSupport
import Testing
import WaysideCore
import WaysideStore

@Suite("What became known since a report")
struct KnownSinceTests {
    private static let profile = StatusProfile(missesToConfirm: 3, hitsToRecover: 1)
    private static let key = TrackKey(device: DeviceID(1), check: .reach, hop: .direct)
    private static let span = ReportDesk.period.span
    private static let cutOffAt = ReportDesk.cutOffAt

    private static func change(_ at: Timestamp, _ status: Status) -> TrackChange {
        TrackChange(profile: Self.profile, key: Self.key, change: StatusChange(at: at, status: status))
    }

    private static func page(_ position: UInt64, _ writtenAt: Timestamp) -> LedgerPage {
        LedgerPage(position: JournalPosition(index: position), writtenAt: writtenAt)
    }

    @Test("late, corrected and withdrawn changes inside the period count, others do not")
    func changes() async throws {
        let desk = try await ReportDesk()
        let ledger = PostgresLedger(desk.store)
        var page = Self.page(0, Self.cutOffAt)
        page.changes = [
            Self.change(Self.span.start, .offline), Self.change(Self.span.start + 60_000, .online),
            Self.change(Self.span.start + 90_000, .unknown),
        ]
        try await ledger.commit(page)
        let report = try await desk.reports.publish(desk.report(), ReportDesk.parts("one"))
        let nothing = try await desk.reports.knownSince(report)
        #expect(nothing.changes == 0 && nothing.voids == 0)
        #expect(nothing.exemptions.isEmpty && !nothing.inventoryChanged)
        #expect(nothing.words == nil)
        page = Self.page(1, Self.cutOffAt + 1)
        page.changes = [
            Self.change(Self.span.end - 1, .online), Self.change(Self.span.end, .offline),
        ]
        try await ledger.commit(page)
        #expect(try await desk.reports.knownSince(report).changes == 1)
        page = Self.page(2, Self.cutOffAt + 2)
        page.withdrawals = [
            TrackWithdrawal(profile: Self.profile, key: Self.key, at: Self.span.start + 90_000)
        ]
        try await ledger.commit(page)
        let found = try await desk.reports.knownSince(report)
        #expect(found.changes == 2)
        #expect(try #require(found.words).contains("2"))
        // Two that were there are superseded, the one that came late too, and one comes in their place.
        page = Self.page(3, Self.cutOffAt + 3)
        let corrected = StatusChange(at: Self.span.start + 30_000, status: .abnormal)
        page.refolds = [
            TrackRefold(profile: Self.profile, key: Self.key, after: nil, changes: [corrected])
        ]
        try await ledger.commit(page)
        #expect(try await desk.reports.knownSince(report).changes == 5)
        await desk.store.close()
    }

    @Test(
        "a period that was unknown throughout until everything came late has changes, though none lies inside"
    )
    func changesAround() async throws {
        let desk = try await ReportDesk()
        let ledger = PostgresLedger(desk.store)
        var page = Self.page(0, Self.cutOffAt)
        page.changes = [
            Self.change(Self.span.start - 90_000, .online), Self.change(Self.span.start - 60_000, .unknown),
        ]
        try await ledger.commit(page)
        let report = try await desk.reports.publish(desk.report(), ReportDesk.parts("one"))
        page = Self.page(1, Self.cutOffAt + 1)
        page.withdrawals = [
            TrackWithdrawal(profile: Self.profile, key: Self.key, at: Self.span.start - 60_000)
        ]
        try await ledger.commit(page)
        #expect(try await desk.reports.knownSince(report).changes > 0)
        await desk.store.close()
    }

    @Test("voids that reach into the period and came later count")
    func voids() async throws {
        let desk = try await ReportDesk()
        func void(_ from: Timestamp, _ to: Timestamp, _ receivedAt: Timestamp) -> VoidRecord {
            VoidRecord(
                span: Span(from, to),
                reason: "self_network",
                at: from,
                receivedAt: receivedAt
            )
        }
        var page = Self.page(0, Self.cutOffAt + 9)
        page.voids = [
            void(Self.span.start, Self.span.end, Self.cutOffAt),
            void(Self.span.start - 9, Self.span.start, Self.cutOffAt + 1),
            void(Self.span.end, Self.span.end + 9, Self.cutOffAt + 1),
            void(Self.span.start - 9, Self.span.start + 1, Self.cutOffAt + 1),
            void(Self.span.end - 1, Self.span.end + 9, Self.cutOffAt + 2),
        ]
        try await PostgresLedger(desk.store).commit(page)
        let report = try await desk.reports.publish(desk.report(), ReportDesk.parts("one"))
        let found = try await desk.reports.knownSince(report)
        #expect(found.voids == 2 && found.changes == 0)
        #expect(found.exemptions.isEmpty && !found.inventoryChanged)
        #expect(try #require(found.words).contains("2"))
        await desk.store.close()
    }

    @Test("exemptions that were decided later and an inventory that was corrected are named")
    func decided() async throws {
        let desk = try await ReportDesk()
        let inventory = try await InventoryStore(desk.store).load()
        func wish(_ id: String, _ span: Span, _ approved: Int64?, _ revoked: Int64? = nil) -> Exemption {
            Exemption(
                id: id,
                scope: .device("CAM-1"),
                className: "works",
                span: span,
                approvedAt: approved.map { Self.cutOffAt + $0 },
                revokedAt: revoked.map { Self.cutOffAt + $0 }
            )
        }
        let inside = Span(Self.span.start - 5, Self.span.start + 5)
        _ = try await ExemptionStore(desk.store).put(
            [
                wish("A", inside, nil), wish("B", inside, 0), wish("C", inside, 1), wish("D", inside, -9, 1),
                wish("E", inside, -9, 0), wish("F", inside, 1, 2),
                wish("G", Span(Self.span.end, Self.span.end + 5), 1),
            ],
            inventory: inventory,
            by: "clerk",
            at: Self.cutOffAt + 10
        )
        let report = try await desk.reports.publish(desk.report(), ReportDesk.parts("one"))
        var found = try await desk.reports.knownSince(report)
        #expect(found.exemptions.map(\.id) == ["C", "D"])
        #expect(!found.inventoryChanged)
        #expect(try #require(found.words).contains("C, D"))
        var devices = inventory.devices
        devices[0].name = "改名"
        _ = try await InventoryStore(desk.store).apply(
            Inventory(organizations: inventory.organizations, devices: devices),
            at: ReportDesk.publishedAt + 1
        )
        found = try await desk.reports.knownSince(report)
        #expect(found.inventoryChanged && found.changes == 0 && found.voids == 0)
        await desk.store.close()
    }
}
