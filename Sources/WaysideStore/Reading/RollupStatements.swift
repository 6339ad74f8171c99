internal import Postgres
internal import WaysideCore

/// What identifies a period's sums, as the first four parameters.
private func place(_ rule: RateRule, _ period: ServicePeriod) -> [String?] {
    [rule.id, String(rule.version), period.kind.rawValue, period.first.sql]
}

/// Whether a period's sums stand.
struct RollupState: Sendable {
    let dayCount: Int
    let knownAt: Timestamp
    let isDue: Bool
}

/// A period's state.
struct SelectRollupPeriod: Statement {
    static let sql = """
        SELECT day_count, known_at, is_due FROM rollup_period
         WHERE rule_id = $1 AND rule_version = $2 AND period = $3 AND first_day = $4
        """

    let rule: RateRule
    let period: ServicePeriod

    var parameters: [String?] { place(self.rule, self.period) }

    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> RollupState {
        RollupState(dayCount: try row.int(0), knownAt: try row.instant(1), isDue: try row.bool(2))
    }
}

/// Forgets a period with its sums.
struct DeleteRollupPeriod: Statement {
    typealias Row = Never

    static let sql = """
        DELETE FROM rollup_period WHERE rule_id = $1 AND rule_version = $2 AND period = $3 AND first_day = $4
        """

    let rule: RateRule
    let period: ServicePeriod

    var parameters: [String?] { place(self.rule, self.period) }
}

/// Says that there are sums of a period.
struct InsertRollupPeriod: Statement {
    typealias Row = Never

    static let sql = """
        INSERT INTO rollup_period (
            rule_id, rule_version, period, first_day, day_count, known_at, is_due, recorded_at
        ) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        """

    let rule: RateRule
    let period: ServicePeriod
    let dayCount: Int
    let knownAt: Timestamp
    let isDue: Bool
    let recordedAt: Timestamp

    var parameters: [String?] {
        place(self.rule, self.period) + [
            String(self.dayCount), self.knownAt.sql, SQLText.bool(self.isDue), self.recordedAt.sql,
        ]
    }
}

/// Says that a period's sums must be made again, or for the first time.
struct MarkRollupDue: Statement {
    typealias Row = Never

    static let sql = """
        INSERT INTO rollup_period (
            rule_id, rule_version, period, first_day, day_count, known_at, is_due, recorded_at
        ) VALUES ($1, $2, $3, $4, 0, $5, true, $5)
        ON CONFLICT (rule_id, rule_version, period, first_day) DO UPDATE SET is_due = true
        """

    let rule: RateRule
    let period: ServicePeriod
    let recordedAt: Timestamp

    var parameters: [String?] { place(self.rule, self.period) + [self.recordedAt.sql] }
}

/// Periods of a rule whose sums must be made again, the shortest and latest first.
struct SelectDuePeriods: Statement {
    static let sql = """
        SELECT period, first_day FROM rollup_period
         WHERE rule_id = $1 AND rule_version = $2 AND is_due ORDER BY period, first_day DESC
        """

    let rule: RateRule

    var parameters: [String?] { [self.rule.id, String(self.rule.version)] }

    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> ServicePeriod {
        ServicePeriod(try row.word(0), containing: try row.serviceDay(1))
    }
}

/// The days that a rule has rows for, with up to where all was known when they were made; rising.
struct SelectKeptDays: Statement {
    static let sql = """
        SELECT first_day, known_at FROM rollup_period
         WHERE rule_id = $1 AND rule_version = $2 AND period = 'day' AND first_day BETWEEN $3 AND $4
         ORDER BY first_day
        """

    let rule: RateRule
    let from: ServiceDay
    let to: ServiceDay

    var parameters: [String?] {
        [self.rule.id, String(self.rule.version), self.from.sql, self.to.sql]
    }

    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> KeptDay {
        KeptDay(day: try row.serviceDay(0), knownAt: try row.instant(1))
    }
}

/// A group's sums, out of the table.
struct RollupRow: Sendable {
    let group: RateGroupKey
    let sums: RateSums
}

/// A period's sums.
struct SelectRollups: Statement {
    static let sql = """
        SELECT group_kind, group_key, devices, not_assessable, raw_num, raw_den, assessed_num, assessed_den,
               low_num, low_den, high_num, high_den, $5::text AS unit, coverage_num, coverage_den,
               $6::text AS coverage_unit
          FROM rate_rollup WHERE rule_id = $1 AND rule_version = $2 AND period = $3 AND first_day = $4
        """

    let rule: RateRule
    let period: ServicePeriod

    var parameters: [String?] {
        let none = RateSums.none(self.rule)
        return place(self.rule, self.period) + [none.raw.unit.rawValue, none.coverage.unit.rawValue]
    }

    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> RollupRow {
        RollupRow(
            group: RateGroupKey(try row.word(0), try row.text(1)),
            sums: RateSums(
                devices: try row.int(2),
                notAssessable: try row.int(3),
                raw: try row.rate(4, unit: 12),
                assessed: try row.rate(6, unit: 12),
                coverage: try row.rate(13, unit: 15),
                low: try row.rate(8, unit: 12),
                high: try row.rate(10, unit: 12)
            )
        )
    }
}

/// Forgets sums of some groups of a period.
struct DeleteRollups: Statement {
    typealias Row = Never

    static let sql = """
        DELETE FROM rate_rollup
         USING unnest($5::group_kind[], $6::text[]) AS gone (group_kind, group_key)
         WHERE rule_id = $1 AND rule_version = $2 AND period = $3 AND first_day = $4
           AND rate_rollup.group_kind = gone.group_kind AND rate_rollup.group_key = gone.group_key
        """

    let rule: RateRule
    let period: ServicePeriod
    let groups: [RateGroupKey]

    var parameters: [String?] {
        place(self.rule, self.period) + [
            SQLText.array(self.groups.map(\.kind.rawValue)), SQLText.array(self.groups.map(\.key)),
        ]
    }
}

/// Writes sums of groups of a period.
struct InsertRollups: Statement {
    typealias Row = Never

    static let sql = """
        INSERT INTO rate_rollup (
            rule_id, rule_version, period, first_day, group_kind, group_key, devices, not_assessable,
            raw_num, raw_den, assessed_num, assessed_den, coverage_num, coverage_den,
            low_num, low_den, high_num, high_den
        )
        SELECT $1, $2, $3, $4, group_kind, group_key, devices, not_assessable, n1, d1, n2, d2, n3, d3, n4, d4, n5, d5
          FROM unnest(
              $5::group_kind[], $6::text[], $7::bigint[], $8::bigint[], $9::bigint[], $10::bigint[],
              $11::bigint[], $12::bigint[], $13::bigint[], $14::bigint[], $15::bigint[], $16::bigint[],
              $17::bigint[], $18::bigint[]
          ) AS new (
              group_kind, group_key, devices, not_assessable, n1, d1, n2, d2, n3, d3, n4, d4, n5, d5
          )
        """

    let rule: RateRule
    let period: ServicePeriod
    let groups: [RateGroupKey: RateSums]

    var parameters: [String?] {
        let rows = self.groups.sorted { $0.key.isBefore($1.key) }
        var parameters = place(self.rule, self.period)
        parameters.append(SQLText.array(rows.map(\.key.kind.rawValue)))
        parameters.append(SQLText.array(rows.map(\.key.key)))
        parameters.append(SQLText.array(rows.map(\.value.devices)))
        parameters.append(SQLText.array(rows.map(\.value.notAssessable)))
        let rates: [KeyPath<RateSums, OnlineRate>] = [\.raw, \.assessed, \.coverage, \.low, \.high]
        for rate in rates {
            parameters.append(SQLText.array(rows.map { $0.value[keyPath: rate].numerator }))
            parameters.append(SQLText.array(rows.map { $0.value[keyPath: rate].denominator }))
        }
        return parameters
    }
}

/// A device's sums over days, out of the table.
struct TallySums: Sendable {
    let device: DeviceID
    let tally: DayTally
    let raw: OnlineRate
    let assessed: OnlineRate
    let coverage: OnlineRate
    let low: OnlineRate
    let high: OnlineRate

    static let select = """
        SELECT device_id,
               sum(online_ms)::bigint, sum(abnormal_ms)::bigint, sum(offline_ms)::bigint,
               sum(upstream_ms)::bigint, sum(unknown_ms)::bigint, sum(exempt_online_ms)::bigint,
               sum(exempt_abnormal_ms)::bigint, sum(exempt_offline_ms)::bigint,
               sum(exempt_upstream_ms)::bigint, sum(exempt_unknown_ms)::bigint,
               sum(uncommissioned_ms)::bigint,
               sum(raw_num)::bigint, sum(raw_den)::bigint, sum(assessed_num)::bigint,
               sum(assessed_den)::bigint, sum(low_num)::bigint, sum(low_den)::bigint,
               sum(high_num)::bigint, sum(high_den)::bigint, min(unit),
               sum(coverage_num)::bigint, sum(coverage_den)::bigint, min(coverage_unit)
          FROM day_tally
        """

    init(_ row: borrowing RowReader) throws(PostgresError) {
        self.device = try row.device(0)
        var tally = DayTally()
        for (place, timeClass) in TimeClass.allCases.enumerated() {
            tally[timeClass] = try row.int64(1 + place)
        }
        self.tally = tally
        self.raw = try row.rate(12, unit: 20)
        self.assessed = try row.rate(14, unit: 20)
        self.low = try row.rate(16, unit: 20)
        self.high = try row.rate(18, unit: 20)
        self.coverage = try row.rate(21, unit: 23)
    }
}

/// Every device's sums over days.
struct SelectSums: Statement {
    static let sql =
        TallySums.select + """

             WHERE rule_id = $1 AND rule_version = $2 AND day BETWEEN $3 AND $4
             GROUP BY device_id
            """

    let rule: RateRule
    let from: ServiceDay
    let to: ServiceDay

    var parameters: [String?] {
        [self.rule.id, String(self.rule.version), self.from.sql, self.to.sql]
    }

    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> TallySums { try TallySums(row) }
}

/// Some devices' sums over days.
struct SelectSumsOfDevices: Statement {
    static let sql =
        TallySums.select + """

             WHERE device_id = ANY ($5::bigint[]) AND day BETWEEN $3 AND $4
               AND rule_id = $1 AND rule_version = $2
             GROUP BY device_id
            """

    let rule: RateRule
    let from: ServiceDay
    let to: ServiceDay
    let devices: [DeviceID]

    var parameters: [String?] {
        [
            self.rule.id, String(self.rule.version), self.from.sql, self.to.sql,
            SQLText.array(self.devices),
        ]
    }

    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> TallySums { try TallySums(row) }
}
