internal import Postgres
public import WaysideCore

/// What became known after a report's cut-off that may change its figures (其后得知).
public struct KnownSince: Hashable, Sendable {
    /// Changes of status inside the period, or before it and reaching into it, that were written or superseded since.
    public var changes: Int64
    /// Voids that reach into the period.
    public var voids: Int64
    /// Exemptions that reach into the period and were approved or revoked since, by id.
    public var exemptions: [Exemption]
    /// Whether the inventory changed.
    public var inventoryChanged: Bool

    /// In a line, Chinese and English; `nil` when nothing did.
    public var words: String? {
        var words: [String] = []
        if self.changes > 0 { words.append("迟到或更正的状态变化 late or corrected changes: \(self.changes)") }
        if self.voids > 0 { words.append("作废 voids: \(self.voids)") }
        if !self.exemptions.isEmpty {
            words.append("报备 exemptions decided: " + self.exemptions.map(\.id).joined(separator: ", "))
        }
        if self.inventoryChanged { words.append("台账更正 inventory corrected") }
        return words.isEmpty ? nil : words.joined(separator: "; ")
    }
}

extension ReportStore {
    /// What became known of the report's period since its cut-off.
    public func knownSince(_ report: PublishedReport) async throws -> KnownSince {
        try await self.database.pool.withConnection { connection in
            let counts = try connection.firstRow(SelectKnownSince(report: report))
            let exemptions = try connection.rows(SelectExemptions(span: report.period.span)).map(\.exemption)
                .filter { $0.isKnown(at: report.cutOffAt) != $0.isKnown(at: .distantFuture) }
            return KnownSince(
                changes: counts?.changes ?? 0,
                voids: counts?.voids ?? 0,
                exemptions: exemptions,
                inventoryChanged: (counts?.devices ?? 0) > 0
            )
        }
    }
}

/// How much became known since.
struct KnownSinceCounts: Sendable {
    let changes: Int64
    let voids: Int64
    let devices: Int64
}

/// Counts what became known of a period since an instant.
struct SelectKnownSince: Statement {
    static let sql = """
        SELECT (SELECT count(*) FROM status_change AS change
                 WHERE at < $2 AND (recorded_at > $3 OR superseded_at > $3)
                   AND (at >= $1 OR NOT EXISTS (
                        SELECT FROM status_change AS later
                         WHERE later.device_id = change.device_id AND later.profile_id = change.profile_id
                           AND later.check_item = change.check_item AND later.hop = change.hop
                           AND later.superseded_at IS NULL AND later.at > change.at AND later.at <= $1))),
               (SELECT count(*) FROM void_record
                 WHERE from_at < $2 AND to_at > $1 AND received_at > $3),
               (SELECT count(*) FROM device WHERE recorded_at > $4)
        """

    let report: PublishedReport

    var parameters: [String?] {
        let span = self.report.period.span
        return [
            span.start.sql, span.end.sql, self.report.cutOffAt.sql, self.report.publishedAt.sql,
        ]
    }

    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> KnownSinceCounts {
        KnownSinceCounts(
            changes: try row.int64(0),
            voids: try row.int64(1),
            devices: try row.int64(2)
        )
    }
}
