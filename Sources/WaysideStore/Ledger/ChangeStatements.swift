internal import Postgres
internal import WaysideCore

/// A change on its way into the table.
struct ChangeRow {
    var profile: Int64
    var key: TrackKey
    var change: StatusChange
    /// From when on it was known.
    var recordedAt: Timestamp
    /// Until when; `nil` while it stands.
    var supersededAt: Timestamp?
}

/// Writes changes, many at once.
struct InsertChanges: Statement {
    typealias Row = Never

    static let sql = """
        INSERT INTO status_change (
            profile_id, device_id, check_item, hop, at, status, preceding_at, last_miss_at,
            journal_position, recorded_at, superseded_at
        )
        SELECT profile_id, device_id, check_item, hop, at, status, preceding_at, last_miss_at, $11, recorded_at,
               superseded_at
          FROM unnest(
              $1::bigint[], $2::bigint[], $3::check_item[], $4::hop[], $5::timestamptz[], $6::status[],
              $7::timestamptz[], $8::timestamptz[], $9::timestamptz[], $10::timestamptz[]
          ) AS new (profile_id, device_id, check_item, hop, at, status, preceding_at, last_miss_at, recorded_at,
                    superseded_at)
        """

    let rows: [ChangeRow]
    let position: JournalPosition

    var parameters: [String?] {
        [
            SQLText.array(self.rows.map(\.profile)),
            SQLText.array(self.rows.map(\.key.device)),
            SQLText.array(self.rows.map(\.key.check.rawValue)),
            SQLText.array(self.rows.map(\.key.hop.rawValue)),
            SQLText.timestamps(self.rows.map(\.change.at)),
            SQLText.array(self.rows.map(\.change.status.name)),
            SQLText.timestamps(self.rows.map(\.change.precedingAt)),
            SQLText.timestamps(self.rows.map(\.change.lastMissAt)),
            SQLText.timestamps(self.rows.map(\.recordedAt)),
            SQLText.timestamps(self.rows.map(\.supersededAt)),
            self.position.sql,
        ]
    }
}

/// Supersedes the changes at these instants.
struct WithdrawChanges: Statement {
    typealias Row = Never

    static let sql = """
        UPDATE status_change
           SET superseded_at = greatest($6, recorded_at)
          FROM unnest($1::bigint[], $2::bigint[], $3::check_item[], $4::hop[], $5::timestamptz[])
               AS gone (profile_id, device_id, check_item, hop, at)
         WHERE status_change.device_id = gone.device_id
           AND status_change.profile_id = gone.profile_id
           AND status_change.check_item = gone.check_item
           AND status_change.hop = gone.hop
           AND status_change.at = gone.at
           AND status_change.superseded_at IS NULL
        """

    let rows: [(profile: Int64, key: TrackKey, at: Timestamp)]
    let supersededAt: Timestamp

    var parameters: [String?] {
        [
            SQLText.array(self.rows.map(\.profile)),
            SQLText.array(self.rows.map(\.key.device)),
            SQLText.array(self.rows.map(\.key.check.rawValue)),
            SQLText.array(self.rows.map(\.key.hop.rawValue)),
            SQLText.timestamps(self.rows.map(\.at)),
            self.supersededAt.sql,
        ]
    }
}

/// Supersedes what was concluded of a track from batches after a position; answers the instants.
struct SupersedeChanges: Statement {
    static let sql = """
        UPDATE status_change
           SET superseded_at = greatest($6, recorded_at)
         WHERE device_id = $1
           AND profile_id = $2
           AND check_item = $3
           AND hop = $4
           AND superseded_at IS NULL
           AND journal_position > $5
        RETURNING at
        """

    let profile: Int64
    let key: TrackKey
    let after: JournalPosition?
    let supersededAt: Timestamp

    var parameters: [String?] {
        [
            String(self.key.device.number), String(self.profile), self.key.check.rawValue,
            self.key.hop.rawValue,
            self.after?.sql ?? "-1", self.supersededAt.sql,
        ]
    }

    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> Timestamp { try row.instant(0) }
}

/// Marks days whose rows must be made again.
struct MarkDirtyDays: Statement {
    typealias Row = Never

    static let sql = """
        INSERT INTO dirty_day (day, generation, marked_at)
        SELECT day, 1, $2 FROM unnest($1::date[]) AS marked (day)
        ON CONFLICT (day) DO UPDATE SET generation = dirty_day.generation + 1, marked_at = EXCLUDED.marked_at
        """

    let days: [ServiceDay]
    let markedAt: Timestamp

    var parameters: [String?] { [SQLText.array(self.days.map(\.sql)), self.markedAt.sql] }
}

/// Writes voids, many at once: their lists of devices and checks as texts of arrays, because arrays of arrays
/// must be of one length.
struct InsertVoids: Statement {
    typealias Row = Never

    static let sql = """
        INSERT INTO void_record (
            from_at, to_at, device_ids, checks, collector, reason, at, received_at, journal_position
        )
        SELECT from_at, to_at, device_ids::bigint[], checks::check_item[], collector, reason, at,
            received_at, $9
          FROM unnest(
              $1::timestamptz[], $2::timestamptz[], $3::text[], $4::text[], $5::text[], $6::text[],
              $7::timestamptz[], $8::timestamptz[]
          ) AS new (from_at, to_at, device_ids, checks, collector, reason, at, received_at)
        """

    let voids: [VoidRecord]
    let position: JournalPosition

    var parameters: [String?] {
        [
            SQLText.timestamps(self.voids.map(\.span.start)),
            SQLText.timestamps(self.voids.map(\.span.end)),
            SQLText.array(self.voids.map { $0.devices.map { SQLText.array($0.sorted()) } }),
            SQLText.array(self.voids.map { $0.checks.map { SQLText.array($0.sorted().map(\.rawValue)) } }),
            SQLText.array(self.voids.map(\.collector)),
            SQLText.array(self.voids.map(\.reason)),
            SQLText.timestamps(self.voids.map(\.at)),
            SQLText.timestamps(self.voids.map(\.receivedAt)),
            self.position.sql,
        ]
    }
}

/// Writes clock steps, many at once.
struct InsertClockSteps: Statement {
    typealias Row = Never

    static let sql = """
        INSERT INTO clock_step (at, by_ms, journal_position)
        SELECT at, by_ms, $3 FROM unnest($1::timestamptz[], $2::bigint[]) AS new (at, by_ms)
        """

    let steps: [ClockStep]
    let position: JournalPosition

    var parameters: [String?] {
        [
            SQLText.timestamps(self.steps.map(\.at)), SQLText.array(self.steps.map(\.byMilliseconds)),
            self.position.sql,
        ]
    }
}
