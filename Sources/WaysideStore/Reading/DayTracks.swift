internal import Postgres
public import WaysideCore

/// What was concluded of a day's tracks, as it is known now (当日轨迹), read in one snapshot.
public struct DayTracks: Sendable {
    /// Everything up to here is known.
    public var knownUntil: Timestamp
    /// Of each track the last change before the span, those inside, and, where it was offline when the span ended, the
    /// first one after.
    public var tracks: [TrackKey: CheckTrack]

    /// Tracks, and up to where all is known.
    public init(knownUntil: Timestamp, tracks: [TrackKey: CheckTrack]) {
        (self.knownUntil, self.tracks) = (knownUntil, tracks)
    }
}

extension TrackQueries {
    /// Below so many tracks each is looked up by itself; above, what lies inside the span is read as a whole.
    private static let singleLookLimit = 4_000

    /// The wanted tracks as far as they touch the span, and up to where all is known, both of one instant; `nil`
    /// while the ledger is empty.
    public func current(
        _ profile: StatusProfile,
        _ wanted: [TrackKey],
        touching span: Span,
        journal: String = Observation.centre
    ) async throws -> DayTracks? {
        try await self.database.pool.transaction(isolation: .repeatableRead, isReadOnly: true) {
            transaction in
            guard let knownUntil = try transaction.firstRow(SelectKnownUntil(journal: journal)) else {
                return nil
            }
            guard let number = try transaction.firstRow(SelectProfile(profile: profile)) else {
                return DayTracks(knownUntil: knownUntil, tracks: [:])
            }
            var tracks: [TrackKey: CheckTrack] = [:]
            tracks.reserveCapacity(wanted.count)
            func take(_ row: TrackRow) {
                let empty = CheckTrack(check: row.key.check, hop: row.key.hop)
                tracks[row.key, default: empty].changes.append(row.change)
            }
            try transaction.forEachRow(
                SelectChangesBefore(profile: number, tracks: wanted, instant: span.start),
                take
            )
            if wanted.count <= Self.singleLookLimit {
                try transaction.forEachRow(
                    SelectChangesOfInside(profile: number, tracks: wanted, span: span),
                    take
                )
            } else {
                let all = Set(wanted)
                try transaction.forEachRow(SelectChangesInside(profile: number, span: span)) { row in
                    if all.contains(row.key) { take(row) }
                }
            }
            // An error bar asks how long an outage that the span's end cuts was seen.
            let open = tracks.filter { $0.value.changes.last?.status == .offline }.keys.sorted()
            if !open.isEmpty {
                try transaction.forEachRow(
                    SelectChangesAfter(profile: number, tracks: open, instant: span.end),
                    take
                )
            }
            return DayTracks(knownUntil: knownUntil, tracks: tracks)
        }
    }
}

/// Tracks as three columns of parameters.
private enum TrackColumns {
    static func parameters(_ tracks: [TrackKey]) -> [String?] {
        [
            SQLText.array(tracks.map(\.device)),
            SQLText.array(tracks.map(\.check.rawValue)),
            SQLText.array(tracks.map(\.hop.rawValue)),
        ]
    }
}

/// The last change of each track up to an instant; one look into one index a track, whatever the length of history.
struct SelectChangesBefore: Statement {
    static let sql = """
        SELECT track.device_id, track.check_item, track.hop, change.at, change.status, change.preceding_at,
               change.last_miss_at
          FROM unnest($2::bigint[], $3::check_item[], $4::hop[]) AS track (device_id, check_item, hop)
         CROSS JOIN LATERAL (
               SELECT at, status, preceding_at, last_miss_at FROM status_change AS before
                WHERE before.device_id = track.device_id AND before.profile_id = $1
                  AND before.check_item = track.check_item AND before.hop = track.hop
                  AND before.superseded_at IS NULL AND before.at <= $5
                ORDER BY before.at DESC LIMIT 1
         ) AS change
        """

    let profile: Int64
    let tracks: [TrackKey]
    let instant: Timestamp

    var parameters: [String?] {
        [String(self.profile)] + TrackColumns.parameters(self.tracks) + [self.instant.sql]
    }

    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> TrackRow { try TrackRow(row) }
}

/// The first change of each track from an instant on.
struct SelectChangesAfter: Statement {
    static let sql = """
        SELECT track.device_id, track.check_item, track.hop, change.at, change.status, change.preceding_at,
               change.last_miss_at
          FROM unnest($2::bigint[], $3::check_item[], $4::hop[]) AS track (device_id, check_item, hop)
         CROSS JOIN LATERAL (
               SELECT at, status, preceding_at, last_miss_at FROM status_change AS after
                WHERE after.device_id = track.device_id AND after.profile_id = $1
                  AND after.check_item = track.check_item AND after.hop = track.hop
                  AND after.superseded_at IS NULL AND after.at >= $5
                ORDER BY after.at LIMIT 1
         ) AS change
        """

    let profile: Int64
    let tracks: [TrackKey]
    let instant: Timestamp

    var parameters: [String?] {
        [String(self.profile)] + TrackColumns.parameters(self.tracks) + [self.instant.sql]
    }

    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> TrackRow { try TrackRow(row) }
}

/// Every change after a span's first instant and before its end, by instant.
struct SelectChangesInside: Statement {
    static let sql = """
        SELECT device_id, check_item, hop, at, status, preceding_at, last_miss_at
          FROM status_change
         WHERE profile_id = $1 AND superseded_at IS NULL AND at > $2 AND at < $3
         ORDER BY at
        """

    let profile: Int64
    let span: Span

    var parameters: [String?] { [String(self.profile), self.span.start.sql, self.span.end.sql] }

    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> TrackRow { try TrackRow(row) }
}

/// The same of some tracks.
struct SelectChangesOfInside: Statement {
    static let sql = """
        SELECT change.device_id, change.check_item, change.hop, at, status, preceding_at, last_miss_at
          FROM unnest($2::bigint[], $3::check_item[], $4::hop[]) AS track (device_id, check_item, hop)
          JOIN status_change AS change
            ON change.device_id = track.device_id AND change.profile_id = $1
           AND change.check_item = track.check_item AND change.hop = track.hop
         WHERE change.superseded_at IS NULL AND change.at > $5 AND change.at < $6
         ORDER BY at
        """

    let profile: Int64
    let tracks: [TrackKey]
    let span: Span

    var parameters: [String?] {
        [String(self.profile)] + TrackColumns.parameters(self.tracks)
            + [self.span.start.sql, self.span.end.sql]
    }

    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> TrackRow { try TrackRow(row) }
}
