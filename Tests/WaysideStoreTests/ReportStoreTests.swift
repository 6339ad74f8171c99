import Postgres
import StoreTestSupport
import Synchronization
import TestSupport
import Testing
import WaysideCore
import WaysideStore

/// A store with a rule, and reports on one of its weeks.
private struct ReportDesk {
    static let day = ServiceDay(number: 20_513)
    static let period = ServicePeriod(.week, containing: Self.day)
    static let cutOffAt = Self.period.last.end + 3_600_000
    static let publishedAt = Self.cutOffAt + 60_000
    static let rule = RollupFixture.rules[0]

    let store: Store
    let reports: ReportStore

    init() async throws {
        self.store = try await StoreFixture.storeWithInventory()
        self.reports = ReportStore(self.store)
        try await RateQueries(self.store).keep(Self.rule, text: "id: pooled", at: Self.cutOffAt)
    }

    func report(
        _ id: String = "week-10",
        reason: String? = nil,
        organization: String? = nil,
        period: ServicePeriod = Self.period,
        later: Int64 = 0
    ) -> PublishedReport {
        PublishedReport(
            id: id,
            revision: 77,
            period: period,
            organization: organization,
            rule: Self.rule.id,
            ruleVersion: Self.rule.version,
            cutOffAt: Self.cutOffAt + later,
            publishedAt: Self.publishedAt + later,
            publishedBy: "lead",
            reason: reason,
            isProvisional: false,
            inputsSHA256: String(repeating: "1a", count: 32),
            figuresSHA256: String(repeating: "2b", count: 32),
            assessed: OnlineRate(numerator: 900 + later, denominator: 1_000, unit: .millisecond)
        )
    }

    /// Evidence of each day, as large as a small day's and different from day to day.
    static func parts(_ words: String, days: [ServiceDay] = Self.period.days) -> PublishedParts {
        PublishedParts(
            head: Array("head \(words)".utf8),
            days: days.reversed().map { day in
                (day, Array(String(repeating: "\(day) 证据 ", count: 500).utf8) + [0, 255])
            },
            figures: Array("{\"figures\":\"\(words)\"}".utf8)
        )
    }

    /// The evidence as it is handed out.
    func evidence(_ report: PublishedReport) async throws -> [[UInt8]] {
        let parts = PartsSeen()
        try await self.reports.forEachPart(of: report) { parts.take($0) }
        return parts.all
    }

    /// The evidence of a day by the rule, of that version of it or of its own.
    func dayEvidence(
        _ day: ServiceDay = ReportDesk.day,
        version: Int = ReportDesk.rule.version
    ) async throws -> (report: String, bytes: [UInt8])? {
        try await self.reports.evidence(of: day, rule: ReportDesk.rule.id, version: version)
    }

    func count() async throws -> Int {
        try await self.store.pool.firstRow(CountParts()) ?? -1
    }

    func run(_ script: String) async throws {
        try await self.store.pool.withConnection { try $0.runScript(script) }
    }
}

/// Takes down what a body that may run anywhere is given.
private final class PartsSeen: Sendable {
    private let seen = Mutex<[[UInt8]]>([])
    func take(_ bytes: [UInt8]) { self.seen.withLock { $0.append(bytes) } }
    var all: [[UInt8]] { self.seen.withLock { $0 } }
}

/// Under which hash the figures of the only report lie.
private struct FiguresHash: Statement {
    static let sql = "SELECT encode(figures, 'hex') FROM published_report"
    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> String { try row.text(0) }
}

private struct CountParts: Statement {
    static let sql = "SELECT count(*) FROM evidence_part"
    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> Int { try row.int(0) }
}

@Suite("Published reports")
struct ReportStoreTests {
    @Test("what was published is read back byte for byte, the head first and the days in order")
    func published() async throws {
        let desk = try await ReportDesk()
        let parts = ReportDesk.parts("one")
        let published = try await desk.reports.publish(desk.report(reason: "not needed"), parts)
        var wanted = desk.report()
        wanted.revision = 1
        #expect(published == wanted)
        #expect(try await desk.reports.revisions("week-10") == [wanted])
        #expect(try await desk.reports.figures(published) == parts.figures)
        let days = parts.days.sorted { $0.day < $1.day }.map(\.bytes)
        #expect(try await desk.evidence(published) == [parts.head] + days)
        let found = try #require(
            try await desk.dayEvidence()
        )
        #expect(found.report == "week-10")
        #expect(found.bytes == parts.days.first { $0.day == ReportDesk.day }?.bytes)
        #expect(
            try await desk.dayEvidence(ReportDesk.period.last.next)?.bytes == nil
        )
        #expect(try await desk.reports.evidence(of: ReportDesk.day, rule: "other", version: 1)?.bytes == nil)
        let later = ReportDesk.rule.version + 1
        #expect(try await desk.dayEvidence(version: later)?.bytes == nil)
        await desk.store.close()
    }

    @Test("published twice it is two revisions, the second with a reason, and the first stays as it was")
    func revisions() async throws {
        let desk = try await ReportDesk()
        let (one, two) = (ReportDesk.parts("one"), ReportDesk.parts("two"))
        let first = try await desk.reports.publish(desk.report(), one)
        let before = (try await desk.reports.figures(first), try await desk.evidence(first))
        for reason in [nil, ""] {
            await #expect(throws: ReportStore.Refusal.reasonMissing("week-10", revision: 1)) {
                _ = try await desk.reports.publish(desk.report(reason: reason, later: 1), two)
            }
        }
        #expect(try await desk.reports.revisions("week-10") == [first])
        #expect(try await desk.count() == 9)
        let second = try await desk.reports.publish(desk.report(reason: "late uplink", later: 1), two)
        let third = try await desk.reports.publish(desk.report(reason: "again", later: 2), two)
        #expect([second.revision, third.revision] == [2, 3])
        #expect(try await desk.reports.revisions("week-10") == [third, second, first])
        #expect(try await desk.reports.figures(first) == before.0)
        #expect(try await desk.evidence(first) == before.1)
        #expect(try await desk.reports.figures(second) == two.figures)
        #expect(try await desk.evidence(third).first == two.head)
        let latest = try await desk.dayEvidence()
        #expect(latest?.report == "week-10")
        await desk.store.close()
    }

    @Test("evidence that reports have in common is kept once")
    func shared() async throws {
        let desk = try await ReportDesk()
        _ = try await desk.reports.publish(desk.report(), ReportDesk.parts("one"))
        #expect(try await desk.count() == 9)
        // The same days with another head and other figures.
        _ = try await desk.reports.publish(desk.report("month"), ReportDesk.parts("two"))
        #expect(try await desk.count() == 11)
        _ = try await desk.reports.publish(desk.report(reason: "again"), ReportDesk.parts("one"))
        #expect(try await desk.count() == 11)
        await desk.store.close()
    }

    @Test("reports are listed by their period, the latest first, and unknown ones are refused")
    func listed() async throws {
        let desk = try await ReportDesk()
        let parts = PublishedParts(head: [1], days: [], figures: [2])
        let days = [ReportDesk.day.previous, ReportDesk.day, ReportDesk.day.next]
        for (place, day) in days.enumerated() {
            let period = ServicePeriod(.day, containing: day)
            _ = try await desk.reports.publish(desk.report("day-\(place)", period: period), parts)
        }
        _ = try await desk.reports.publish(
            desk.report("S1-1", organization: "S1", period: ServicePeriod(.day, containing: days[1])),
            parts
        )
        #expect(try await desk.reports.reports().map(\.id) == ["day-2", "S1-1", "day-1", "day-0"])
        #expect(
            try await desk.reports.reports(in: days[0]...days[1]).map(\.id) == ["S1-1", "day-1", "day-0"]
        )
        #expect(try await desk.reports.revisions("S1-1").map(\.organization) == ["S1"])
        await #expect(throws: ReportStore.Refusal.unknown("none")) {
            try await desk.reports.revisions("none")
        }
        await #expect(throws: ReportStore.Refusal.unknown("none")) {
            try await desk.reports.figures(desk.report("none"))
        }
        await #expect(throws: ReportStore.Refusal.unknown("day-0")) {
            try await desk.evidence(desk.report("day-0"))
        }
        await #expect(throws: PostgresError.self) {
            try await desk.reports.publish(desk.report("X", organization: "S99"), ReportDesk.parts("three"))
        }
        #expect(try await desk.count() == 2)
        await desk.store.close()
    }

    @Test("a day's evidence is that of the whole population before any section's, then the latest")
    func dayEvidence() async throws {
        let desk = try await ReportDesk()
        func publish(_ id: String, _ organization: String?, _ later: Int64) async throws {
            let parts = PublishedParts(
                head: [0],
                days: [(ReportDesk.day, Array(id.utf8))],
                figures: [1]
            )
            _ = try await desk.reports.publish(
                desk.report(id, organization: organization, later: later),
                parts
            )
        }
        func found() async throws -> String? {
            let found = try await desk.dayEvidence()
            #expect(found.map { String(decoding: $0.bytes, as: UTF8.self) } == found?.report)
            return found?.report
        }
        try await publish("section", "S1", 5)
        #expect(try await found() == "section")
        try await publish("whole", nil, 1)
        #expect(try await found() == "whole")
        try await publish("later", nil, 2)
        #expect(try await found() == "later")
        await desk.store.close()
    }

    @Test("evidence whose bytes were exchanged or cut is noticed wherever it is read")
    func damaged() async throws {
        let desk = try await ReportDesk()
        let parts = ReportDesk.parts("one")
        let report = try await desk.reports.publish(desk.report(), parts)
        let hash = try #require(try await desk.store.pool.firstRow(FiguresHash()))
        let head = "(SELECT packed FROM evidence_part, published_report WHERE sha256 = head_sha256)"
        try await desk.run(
            """
            UPDATE evidence_part SET packed = \(head)
             WHERE sha256 = (SELECT figures FROM published_report)
            """
        )
        await #expect(throws: ReportStore.Refusal.damaged(hash)) { try await desk.reports.figures(report) }
        // The others are whole.
        #expect(try await desk.evidence(report).count == 8)
        try await desk.run("UPDATE evidence_part SET packed = \(head)")
        // The head itself still has its own bytes; the first day has not.
        await #expect(throws: ReportStore.Refusal.self) { try await desk.evidence(report) }
        await #expect(throws: ReportStore.Refusal.self) {
            try await desk.dayEvidence()
        }
        for packed in ["substr(packed, 1, octet_length(packed) / 2)", "''", "'\\xffffffffffff'"] {
            try await desk.run("UPDATE evidence_part SET packed = \(packed)")
            await #expect(throws: (any Error).self, "\(packed)") { try await desk.reports.figures(report) }
            await #expect(throws: (any Error).self, "\(packed)") { try await desk.evidence(report) }
        }
        await desk.store.close()
    }

    @Test("PostgreSQL refuses a revision without a reason, and to lose evidence that a report stands on")
    func refused() async throws {
        let desk = try await ReportDesk()
        let report = try await desk.reports.publish(desk.report(), ReportDesk.parts("one"))
        for (script, state) in [
            ("UPDATE published_report SET revision = 2", "23514"),
            ("UPDATE published_report SET reason = 'why'", "23514"),
            ("UPDATE published_report SET published_by = ''", "23514"),
            ("UPDATE published_report SET assessed_num = assessed_den + 1", "23514"),
            ("DELETE FROM evidence_part", "23503"), ("DELETE FROM rate_rule", "23503"),
            ("UPDATE evidence_part SET sha256 = '\\x00'", "23514"),
        ] {
            let error = await #expect(throws: PostgresError.self, "\(script)") { try await desk.run(script) }
            #expect(error?.sqlState == state, "\(script)")
        }
        #expect(try await desk.reports.revisions("week-10") == [report])
        #expect(try await desk.evidence(report).count == 8)
        await desk.store.close()
    }
}

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
