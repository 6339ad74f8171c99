internal import Postgres
internal import WaysideCore

/// The greatest revision of a report; null when there is none.
struct SelectLastRevision: Statement {
    static let sql = "SELECT max(revision) FROM published_report WHERE id = $1"

    let id: String

    var parameters: [String?] { [self.id] }

    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> Int64? {
        try row.optionalInt64(0)
    }
}

/// Writes a report.
struct InsertReport: Statement {
    typealias Row = Never

    static let sql = """
        INSERT INTO published_report (
            id, revision, period, first_day, organization, rule_id, rule_version, cut_off_at, published_at,
            published_by, reason, is_provisional, inputs_sha256, figures_sha256, assessed_num, assessed_den,
            assessed_unit, head_sha256, figures
        ) VALUES (
            $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, decode($13, 'hex'), decode($14, 'hex'), $15, $16,
            $17, decode($18, 'hex'), decode($19, 'hex')
        )
        """

    let report: PublishedReport
    let headSHA256: String
    let figuresPart: String

    var parameters: [String?] {
        let report = self.report
        return [
            report.id, String(report.revision), report.period.kind.rawValue, report.period.first.sql,
            report.organization, report.rule, String(report.ruleVersion), report.cutOffAt.sql,
            report.publishedAt.sql, report.publishedBy, report.reason, SQLText.bool(report.isProvisional),
            report.inputsSHA256, report.figuresSHA256, String(report.assessed.numerator),
            String(report.assessed.denominator), report.assessed.unit.rawValue, self.headSHA256,
            self.figuresPart,
        ]
    }
}

/// Says which evidence a report's day stands on.
struct InsertReportPart: Statement {
    typealias Row = Never

    static let sql = """
        INSERT INTO published_report_part (id, revision, day, sha256) VALUES ($1, $2, $3, decode($4, 'hex'))
        """

    let report: PublishedReport
    let day: ServiceDay
    let sha256: String

    var parameters: [String?] {
        [self.report.id, String(self.report.revision), self.day.sql, self.sha256]
    }
}

/// Reports: one's revisions, or those of a span of days, or all.
struct SelectReports: Statement {
    static let sql = """
        SELECT id, revision, period, first_day, organization, rule_id, rule_version, cut_off_at, published_at,
               published_by, reason, is_provisional, encode(inputs_sha256, 'hex'),
               encode(figures_sha256, 'hex'), assessed_num, assessed_den, assessed_unit
          FROM published_report
         WHERE ($1::text IS NULL OR id = $1::text)
           AND ($2::date IS NULL OR first_day BETWEEN $2::date AND $3::date)
         ORDER BY first_day DESC, id COLLATE "C", revision DESC
        """

    let id: String?
    let span: ClosedRange<ServiceDay>?

    var parameters: [String?] { [self.id, self.span?.lowerBound.sql, self.span?.upperBound.sql] }

    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> PublishedReport {
        PublishedReport(
            id: try row.text(0),
            revision: try row.int(1),
            period: ServicePeriod(try row.word(2), containing: try row.serviceDay(3)),
            organization: try row.optionalText(4),
            rule: try row.text(5),
            ruleVersion: try row.int(6),
            cutOffAt: try row.instant(7),
            publishedAt: try row.instant(8),
            publishedBy: try row.text(9),
            reason: try row.optionalText(10),
            isProvisional: try row.bool(11),
            inputsSHA256: try row.text(12),
            figuresSHA256: try row.text(13),
            assessed: try row.rate(14, unit: 16)
        )
    }
}

/// The hash under which a report's head lies.
struct SelectReportHead: Statement {
    static let sql = "SELECT encode(head_sha256, 'hex') FROM published_report WHERE id = $1 AND revision = $2"

    let report: PublishedReport

    var parameters: [String?] { [self.report.id, String(self.report.revision)] }

    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> String { try row.text(0) }
}

/// The hash under which a report's figures lie.
struct SelectReportFigures: Statement {
    static let sql = "SELECT encode(figures, 'hex') FROM published_report WHERE id = $1 AND revision = $2"

    let report: PublishedReport

    var parameters: [String?] { [self.report.id, String(self.report.revision)] }

    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> String { try row.text(0) }
}

/// The hashes under which a report's days lie, in order.
struct SelectReportParts: Statement {
    static let sql = """
        SELECT encode(sha256, 'hex') FROM published_report_part WHERE id = $1 AND revision = $2 ORDER BY day
        """

    let report: PublishedReport

    var parameters: [String?] { [self.report.id, String(self.report.revision)] }

    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> String { try row.text(0) }
}

/// Where a day's evidence lies.
struct DayEvidencePlace: Sendable {
    let report: String
    let sha256: String
}

/// The evidence of a day by a rule, of the report that was published last.
struct SelectDayEvidence: Statement {
    static let sql = """
        SELECT report.id, encode(part.sha256, 'hex')
          FROM published_report_part AS part
          JOIN published_report AS report ON report.id = part.id AND report.revision = part.revision
         WHERE part.day = $1 AND report.rule_id = $2 AND report.rule_version = $3
         ORDER BY report.organization IS NOT NULL, report.published_at DESC LIMIT 1
        """

    let day: ServiceDay
    let rule: String
    let version: Int

    var parameters: [String?] { [self.day.sql, self.rule, String(self.version)] }

    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> DayEvidencePlace {
        DayEvidencePlace(report: try row.text(0), sha256: try row.text(1))
    }
}

/// Whether evidence is kept already.
struct SelectPartExists: Statement {
    static let sql = "SELECT byte_count FROM evidence_part WHERE sha256 = decode($1, 'hex')"

    let sha256: String

    var parameters: [String?] { [self.sha256] }

    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> Int64 { try row.int64(0) }
}

/// Keeps evidence.
struct InsertEvidencePart: Statement {
    typealias Row = Never

    static let sql = """
        INSERT INTO evidence_part (sha256, byte_count, packed) VALUES (decode($1, 'hex'), $2, $3)
        """

    let sha256: String
    let byteCount: Int
    let packed: [UInt8]

    var parameters: [String?] { [self.sha256, String(self.byteCount), SQLText.bytes(self.packed)] }
}

/// Evidence as it is kept.
struct SelectEvidencePart: Statement {
    static let sql = "SELECT packed FROM evidence_part WHERE sha256 = decode($1, 'hex')"

    let sha256: String

    var parameters: [String?] { [self.sha256] }

    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> [UInt8] { try row.bytes(0) }
}
