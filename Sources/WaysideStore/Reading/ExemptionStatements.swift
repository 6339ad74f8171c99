internal import Postgres
internal import WaysideCore

/// Exemptions that touch a span.
struct SelectExemptions: Statement {
    static let sql = """
        SELECT id, scope, scope_key, facets, class, from_at, to_at, requested_at, approved_at, revoked_at,
               document, reason, rejected_at
          FROM exemption WHERE superseded_at IS NULL AND from_at < $2 AND to_at > $1 ORDER BY id COLLATE "C"
        """

    let span: Span

    var parameters: [String?] { [self.span.start.sql, self.span.end.sql] }

    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> ExemptionCase {
        try ExemptionColumns.read(row)
    }
}

/// One exemption.
struct SelectExemption: Statement {
    static let sql = """
        SELECT id, scope, scope_key, facets, class, from_at, to_at, requested_at, approved_at, revoked_at,
               document, reason, rejected_at
          FROM exemption WHERE superseded_at IS NULL AND id = $1
        """

    let id: String

    var parameters: [String?] { [self.id] }

    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> ExemptionCase {
        try ExemptionColumns.read(row)
    }
}

/// Ends what was known of an exemption.
struct SupersedeExemption: Statement {
    typealias Row = Never

    static let sql = """
        UPDATE exemption SET superseded_at = greatest($2, recorded_at) WHERE id = $1 AND superseded_at IS NULL
        """

    let id: String
    let at: Timestamp

    var parameters: [String?] { [self.id, self.at.sql] }
}

/// Writes what is known of an exemption.
struct InsertExemption: Statement {
    typealias Row = Never

    static let sql = """
        INSERT INTO exemption (
            id, scope, scope_key, facets, class, from_at, to_at, requested_at, approved_at, revoked_at,
            document, reason, recorded_at, rejected_at
        )
        VALUES ($1, $2, $3, $4::facet[], $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
        """

    let new: ExemptionCase
    let recordedAt: Timestamp

    var parameters: [String?] {
        let exemption = self.new.exemption
        let (scope, key) =
            switch exemption.scope {
            case .device(let key): ("device", key)
            case .organization(let key): ("organization", key)
            case .downstream(let key): ("downstream_of", key)
            }
        let facets = exemption.facets.map { facets in Facet.allCases.filter(facets.contains).map(\.rawValue) }
        return [
            exemption.id,
            scope,
            key,
            facets.map { SQLText.array($0) },
            exemption.className,
            exemption.span.start.sql,
            exemption.span.end.sql,
            exemption.requestedAt?.sql,
            exemption.approvedAt?.sql,
            exemption.revokedAt?.sql,
            exemption.document,
            exemption.reason,
            self.recordedAt.sql,
            self.new.rejectedAt?.sql,
        ]
    }
}

/// The greatest number of an id that is `EX-` and a number.
struct SelectLastExemptionNumber: Statement {
    static let sql = """
        SELECT coalesce(max(substr(id, 4)::bigint), 0) FROM exemption WHERE id ~ '^EX-[0-9]{1,15}$'
        """

    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> Int64 { try row.int64(0) }
}

/// Writes a step of an exemption.
struct InsertExemptionMove: Statement {
    typealias Row = Never

    static let sql = """
        INSERT INTO exemption_move (exemption_id, serial, action, at, by_person, reason)
        SELECT $1, coalesce(max(serial), 0) + 1, $2, $3, $4, $5 FROM exemption_move WHERE exemption_id = $1
        """

    let id: String
    let move: ExemptionMove

    var parameters: [String?] {
        [self.id, self.move.action, self.move.at.sql, self.move.by, self.move.reason]
    }
}

/// The steps of an exemption.
struct SelectExemptionMoves: Statement {
    static let sql = """
        SELECT action, at, by_person, reason FROM exemption_move WHERE exemption_id = $1 ORDER BY serial
        """

    let id: String

    var parameters: [String?] { [self.id] }

    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> ExemptionMove {
        ExemptionMove(
            action: try row.text(0),
            at: try row.instant(1),
            by: try row.text(2),
            reason: try row.optionalText(3)
        )
    }
}

/// Every budget.
struct SelectExemptionBudgets: Statement {
    static let sql = """
        SELECT maintainer_key, class, month_ms FROM exemption_budget
         ORDER BY maintainer_key COLLATE "C", class COLLATE "C"
        """

    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> ExemptionBudget {
        ExemptionBudget(
            maintainer: try row.text(0),
            className: try row.text(1),
            monthMilliseconds: try row.int64(2)
        )
    }
}

/// Sets a budget.
struct UpsertExemptionBudget: Statement {
    typealias Row = Never

    static let sql = """
        INSERT INTO exemption_budget (maintainer_key, class, month_ms, set_at, set_by)
        VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (maintainer_key, class)
        DO UPDATE SET month_ms = EXCLUDED.month_ms, set_at = EXCLUDED.set_at, set_by = EXCLUDED.set_by
        """

    let budget: ExemptionBudget
    let setAt: Timestamp
    let setBy: String

    var parameters: [String?] {
        [
            self.budget.maintainer, self.budget.className, String(self.budget.monthMilliseconds),
            self.setAt.sql, self.setBy,
        ]
    }
}

/// An exemption's columns in the order of the statements above.
private enum ExemptionColumns {
    static func read(_ row: borrowing RowReader) throws(PostgresError) -> ExemptionCase {
        let key = try row.text(2)
        let scope: Exemption.Scope =
            switch try row.text(1) {
            case "organization": .organization(key)
            case "downstream_of": .downstream(of: key)
            default: .device(key)
            }
        let facets: [Facet]? = try row.isNull(3) ? nil : try row.words(3)
        let exemption = Exemption(
            id: try row.text(0),
            scope: scope,
            facets: facets.map { Set($0) },
            className: try row.text(4),
            span: Span(try row.instant(5), try row.instant(6)),
            requestedAt: try row.optionalInstant(7),
            approvedAt: try row.optionalInstant(8),
            revokedAt: try row.optionalInstant(9),
            document: try row.optionalText(10),
            reason: try row.optionalText(11)
        )
        return ExemptionCase(exemption, rejectedAt: try row.optionalInstant(12))
    }
}
