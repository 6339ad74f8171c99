import Postgres
import StoreTestSupport
import Synchronization
import TestSupport
import Testing
import WaysideCore
import WaysideStore

/// A store with a rule, and reports on one of its weeks.
struct ReportDesk {
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

private struct CountParts: Statement {
    static let sql = "SELECT count(*) FROM evidence_part"
    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> Int { try row.int(0) }
}
