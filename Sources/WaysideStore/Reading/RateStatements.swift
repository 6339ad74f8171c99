internal import Postgres
internal import WaysideCore

/// Keeps a rule unless its version is known.
struct InsertRule: Statement {
    typealias Row = Never

    static let sql = """
        INSERT INTO rate_rule (id, version, sha256, text, recorded_at) VALUES ($1, $2, decode($3, 'hex'),
            $4, $5)
        ON CONFLICT (id, version) DO NOTHING
        """

    let rule: RateRule
    let text: String
    let recordedAt: Timestamp

    var parameters: [String?] {
        [self.rule.id, String(self.rule.version), self.rule.sha256, self.text, self.recordedAt.sql]
    }
}

/// A rule's hash in hexadecimal digits.
struct SelectRuleHash: Statement {
    static let sql = "SELECT encode(sha256, 'hex') FROM rate_rule WHERE id = $1 AND version = $2"

    let id: String
    let version: Int

    var parameters: [String?] { [self.id, String(self.version)] }

    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> String { try row.text(0) }
}

/// Forgets a day's rows by a rule.
struct DeleteTallies: Statement {
    typealias Row = Never

    static let sql = "DELETE FROM day_tally WHERE rule_id = $1 AND rule_version = $2 AND day = $3"

    let rule: RateRule
    let day: ServiceDay

    var parameters: [String?] { [self.rule.id, String(self.rule.version), self.day.sql] }
}

/// Forgets a day's rows of some devices by a rule.
struct DeleteTalliesOfDevices: Statement {
    typealias Row = Never

    static let sql = """
        DELETE FROM day_tally
         WHERE device_id = ANY ($4::bigint[]) AND day = $3 AND rule_id = $1 AND rule_version = $2
        """

    let rule: RateRule
    let day: ServiceDay
    let devices: [DeviceID]

    var parameters: [String?] {
        [self.rule.id, String(self.rule.version), self.day.sql, SQLText.array(self.devices)]
    }
}

/// Writes a day's rows, many at once.
struct InsertTallies: Statement {
    typealias Row = Never

    static let sql = """
        INSERT INTO day_tally (
            device_id, day, rule_id, rule_version,
            online_ms, abnormal_ms, offline_ms, upstream_ms, unknown_ms,
            exempt_online_ms, exempt_abnormal_ms, exempt_offline_ms, exempt_upstream_ms, exempt_unknown_ms,
            uncommissioned_ms,
            raw_num, raw_den, assessed_num, assessed_den, coverage_num, coverage_den,
            low_num, low_den, high_num, high_den, is_assessable, grade,
            unit, coverage_unit, is_provisional, recorded_at
        )
        SELECT device.id, $1, $2, $3,
               c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11,
               n1, d1, n2, d2, n3, d3, n4, d4, n5, d5, is_assessable, grade,
               $4, $5, $6, $7
          FROM unnest(
              $8::text[], $9::bigint[], $10::bigint[], $11::bigint[], $12::bigint[], $13::bigint[],
                  $14::bigint[],
              $15::bigint[], $16::bigint[], $17::bigint[], $18::bigint[], $19::bigint[],
              $20::bigint[], $21::bigint[], $22::bigint[], $23::bigint[], $24::bigint[], $25::bigint[],
              $26::bigint[], $27::bigint[], $28::bigint[], $29::bigint[], $30::boolean[], $31::text[]
          ) AS new (
              key, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11,
              n1, d1, n2, d2, n3, d3, n4, d4, n5, d5, is_assessable, grade
          )
          JOIN device ON device.key = new.key
        """

    let rule: RateRule
    let day: ServiceDay
    let isProvisional: Bool
    let rows: [RateSheet.DeviceRow]
    let recordedAt: Timestamp

    var parameters: [String?] {
        var parameters: [String?] = [
            self.day.sql,
            self.rule.id,
            String(self.rule.version),
            self.rows.first?.figures.assessed.unit.rawValue ?? "ms",
            self.rows.first?.figures.coverage.unit.rawValue ?? "ms",
            SQLText.bool(self.isProvisional),
            self.recordedAt.sql,
            SQLText.array(self.rows.map(\.device)),
        ]
        for timeClass in TimeClass.allCases {
            parameters.append(SQLText.array(self.rows.map { $0.tally[timeClass] }))
        }
        let rates: [KeyPath<RateSheet.Figures, OnlineRate>] = [\.raw, \.assessed, \.coverage, \.low, \.high]
        for rate in rates {
            parameters.append(SQLText.array(self.rows.map { $0.figures[keyPath: rate].numerator }))
            parameters.append(SQLText.array(self.rows.map { $0.figures[keyPath: rate].denominator }))
        }
        parameters.append(SQLText.array(self.rows.map(\.figures.isAssessable)))
        parameters.append(SQLText.array(self.rows.map(\.figures.grade)))
        return parameters
    }
}

/// A day's rows by a rule.
struct SelectTallies: Statement {
    static let sql =
        TallyColumns.select + """

             WHERE rule_id = $1 AND rule_version = $2 AND day = $3
             ORDER BY device.key COLLATE "C"
            """

    let rule: String
    let version: Int
    let day: ServiceDay

    var parameters: [String?] { [self.rule, String(self.version), self.day.sql] }

    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> DayRow {
        try TallyColumns.read(row)
    }
}

/// Some devices' rows of a day by a rule.
struct SelectTalliesOfDevices: Statement {
    static let sql =
        TallyColumns.select + """

             WHERE day_tally.device_id = ANY ($4::bigint[]) AND day = $3 AND rule_id = $1 AND rule_version = $2
             ORDER BY device.key COLLATE "C"
            """

    let rule: String
    let version: Int
    let day: ServiceDay
    let devices: [DeviceID]

    var parameters: [String?] {
        [self.rule, String(self.version), self.day.sql, SQLText.array(self.devices)]
    }

    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> DayRow {
        try TallyColumns.read(row)
    }
}

/// A day row's columns.
private enum TallyColumns {
    static let select = """
        SELECT device.key,
               online_ms, abnormal_ms, offline_ms, upstream_ms, unknown_ms,
               exempt_online_ms, exempt_abnormal_ms, exempt_offline_ms, exempt_upstream_ms, exempt_unknown_ms,
               uncommissioned_ms,
               raw_num, raw_den, assessed_num, assessed_den, low_num, low_den, high_num, high_den, unit,
               coverage_num, coverage_den, coverage_unit, is_assessable, grade, is_provisional
          FROM day_tally JOIN device ON device.id = day_tally.device_id
        """

    static func read(_ row: borrowing RowReader) throws(PostgresError) -> DayRow {
        var tally = DayTally()
        for (place, timeClass) in TimeClass.allCases.enumerated() {
            tally[timeClass] = try row.int64(1 + place)
        }
        return DayRow(
            device: try row.text(0),
            tally: tally,
            raw: try row.rate(12, unit: 20),
            assessed: try row.rate(14, unit: 20),
            coverage: try row.rate(21, unit: 23),
            isAssessable: try row.bool(24),
            grade: try row.optionalText(25),
            low: try row.rate(16, unit: 20),
            high: try row.rate(18, unit: 20),
            isProvisional: try row.bool(26)
        )
    }
}

extension RowReader {
    /// A rate from two neighbouring columns.
    func rate(_ column: Int, unit: Int) throws(PostgresError) -> OnlineRate {
        OnlineRate(
            numerator: try self.int64(column),
            denominator: try self.int64(column + 1),
            unit: try self.word(unit)
        )
    }
}
