internal import Postgres
public import WaysideCore

/// Exemptions (报备), with what we knew of them and when.
public struct ExemptionStore: Sendable {
    private let database: Store

    /// The exemptions in that database.
    public init(_ store: Store) { self.database = store }

    /// Every exemption that touches the span, by id, as it is known now. What was asked for and never
    /// approved, or revoked, is among them: a rule decides.
    public func exemptions(touching span: Span) async throws -> [Exemption] {
        try await self.database.pool.rows(SelectExemptions(span: span))
    }

    /// Writes exemptions; one whose id is known supersedes what was known of it. Answers how many are new or
    /// differ. The days that they touch, or touched before, are marked dirty.
    @discardableResult
    public func put(_ exemptions: [Exemption], at now: Timestamp) async throws -> Int {
        try await self.database.pool.transaction { transaction in
            try transaction.run(TakeLedgerLock())
            var days: Set<ServiceDay> = []
            var count = 0
            for exemption in exemptions {
                let before = try transaction.firstRow(SelectExemption(id: exemption.id))
                guard before != exemption else { continue }
                count += 1
                if before != nil { try transaction.run(SupersedeExemption(id: exemption.id, at: now)) }
                try transaction.run(InsertExemption(exemption: exemption, recordedAt: now))
                days.formUnion(Self.days(exemption.span, until: now))
                if let before { days.formUnion(Self.days(before.span, until: now)) }
            }
            if !days.isEmpty { try transaction.run(MarkDirtyDays(days: days.sorted(), markedAt: now)) }
            return count
        }
    }

    /// The days that are over, from the first of the span on to its month's end: a monthly cap reaches that
    /// far.
    private static func days(_ span: Span, until now: Timestamp) -> [ServiceDay] {
        let today = ServiceDay(containing: now)
        let earliest = ServiceDay(number: today.number - 400)
        var day = max(ServiceDay(containing: span.start), earliest)
        let last = ServiceDay(containing: min(span.end, now))
        let first = last.firstOfMonth
        let end = min(today, ServiceDay(number: first.number + Int32(last.daysInMonth)))
        var days: [ServiceDay] = []
        while day < end {
            days.append(day)
            day = day.next
        }
        return days
    }
}

/// Exemptions that touch a span.
struct SelectExemptions: Statement {
    static let sql = """
        SELECT id, scope, scope_key, facets, class, from_at, to_at, requested_at, approved_at, revoked_at,
            document,
               reason
          FROM exemption WHERE superseded_at IS NULL AND from_at < $2 AND to_at > $1 ORDER BY id COLLATE "C"
        """

    let span: Span

    var parameters: [String?] { [self.span.start.sql, self.span.end.sql] }

    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> Exemption {
        try ExemptionColumns.read(row)
    }
}

/// One exemption.
struct SelectExemption: Statement {
    static let sql = """
        SELECT id, scope, scope_key, facets, class, from_at, to_at, requested_at, approved_at, revoked_at,
            document,
               reason
          FROM exemption WHERE superseded_at IS NULL AND id = $1
        """

    let id: String

    var parameters: [String?] { [self.id] }

    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> Exemption {
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
                document,
            reason, recorded_at
        )
        VALUES ($1, $2, $3, $4::facet[], $5, $6, $7, $8, $9, $10, $11, $12, $13)
        """

    let exemption: Exemption
    let recordedAt: Timestamp

    var parameters: [String?] {
        let exemption = self.exemption
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
        ]
    }
}

/// An exemption's columns in the order of the statements above.
private enum ExemptionColumns {
    static func read(_ row: borrowing RowReader) throws(PostgresError) -> Exemption {
        let key = try row.text(2)
        let scope: Exemption.Scope =
            switch try row.text(1) {
            case "organization": .organization(key)
            case "downstream_of": .downstream(of: key)
            default: .device(key)
            }
        let facets: [Facet]? = try row.isNull(3) ? nil : try row.words(3)
        return Exemption(
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
    }
}
