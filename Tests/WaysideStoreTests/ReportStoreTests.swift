import Postgres
import StoreTestSupport
import Synchronization
import TestSupport
import Testing
import WaysideCore
import WaysideStore

private struct FiguresHash: Statement {
    static let sql = "SELECT encode(figures, 'hex') FROM published_report"
    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> String { try row.text(0) }
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
