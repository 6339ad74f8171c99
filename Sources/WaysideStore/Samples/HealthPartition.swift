internal import Postgres
internal import WaysideCore

/// A piece of one of the history's tables (分区): an hour, a local day or a local month of it.
struct HealthPartition: Hashable, Sendable {
    /// Which table, and how it is cut.
    enum Table: String, CaseIterable, Sendable {
        case readings = "health_reading"
        case blocks = "health_block"
        case fiveMinutes = "health_rollup_5m"
        case hours = "health_rollup_1h"
    }

    let table: Table
    let span: Span

    /// The piece that holds an instant.
    init(_ table: Table, holding instant: Timestamp) {
        self.table = table
        let day = ServiceDay(containing: instant)
        switch table {
        case .readings:
            let start = HealthHistory.hour(of: instant)
            self.span = Span(start, start + HealthHistory.hour)
        case .blocks, .fiveMinutes: self.span = day.span
        case .hours:
            let first = day.firstOfMonth
            self.span = Span(
                first.start,
                first.start + Int64(first.daysInMonth) * ServiceDay.lengthMilliseconds
            )
        }
    }

    /// The piece of that name; `nil` for a name that we do not give.
    init?(_ table: Table, name: String) {
        let digits = name.dropFirst(table.rawValue.count + 1)
        guard name.hasPrefix(table.rawValue + "_"), digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            digits.utf8.count == (table == .readings ? 10 : 8)
        else { return nil }
        let date = "\(digits.prefix(4))-\(digits.dropFirst(4).prefix(2))-\(digits.dropFirst(6).prefix(2))"
        let start =
            table == .readings
            ? Timestamp("\(date)T\(digits.dropFirst(8)):00:00Z") : ServiceDay(date).map { $0.start }
        guard let start else { return nil }
        self.init(table, holding: start)
        guard self.span.start == start else { return nil }
    }

    /// The name of the piece's own table: digits behind the whole table's name, nothing else.
    var name: String {
        let text = self.table == .readings ? self.span.start.sql : ServiceDay(containing: self.span.start).sql
        let digits = text.filter { $0.isASCII && $0.isNumber }
        return "\(self.table.rawValue)_\(digits.prefix(self.table == .readings ? 10 : 8))"
    }

    /// Makes the piece. A table's name can be no parameter: this text holds names and instants of ours alone.
    var makingText: String {
        let isRollup = self.table == .fiveMinutes || self.table == .hours
        return """
            CREATE TABLE IF NOT EXISTS \(self.name) PARTITION OF \(self.table.rawValue)
            FOR VALUES FROM ('\(self.span.start.sql)') TO ('\(self.span.end.sql)')
            \(isRollup ? "WITH (toast_tuple_target = 128)" : "")
            """
    }

    /// Drops the piece with all that is in it.
    var droppingText: String { "DROP TABLE IF EXISTS \(self.name)" }
}

/// The names of the pieces of a table.
struct SelectPartitions: Statement {
    static let sql = """
        SELECT piece.relname::text FROM pg_catalog.pg_inherits AS link
          JOIN pg_catalog.pg_class AS piece ON piece.oid = link.inhrelid
         WHERE link.inhparent = $1::regclass ORDER BY piece.relname
        """

    let table: HealthPartition.Table

    var parameters: [String?] { [self.table.rawValue] }

    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> String { try row.text(0) }
}

/// Lets one program at a time make and drop pieces. The number is "health" in ASCII.
struct TakeHealthLock: Statement {
    typealias Row = Never

    static let sql = "SELECT pg_catalog.pg_advisory_xact_lock(114776331941992)"
}
