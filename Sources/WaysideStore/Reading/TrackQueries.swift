internal import Postgres
public import WaysideCore

/// Reads what was concluded of checks: what an assessment stands on.
public struct TrackQueries: Sendable {
    let database: Store

    /// The tracks in that database.
    public init(_ store: Store) { self.database = store }

    /// Every track that touches the span: of each the last change before it, those inside, and the first one
    /// after, which an error bar needs. A track without a change is left out. An outage that has not ended
    /// has no last miss here; only the book knows it.
    ///
    /// - Parameters:
    ///   - profile: Under which profile.
    ///   - span: Such as a service day.
    ///   - devices: Of which devices; `nil` for all of the inventory.
    ///   - instant: As known then; `nil` for what is known now.
    /// - Returns: The tracks, their changes rising.
    /// - Throws: `PostgresError`.
    public func tracks(
        _ profile: StatusProfile,
        touching span: Span,
        devices: Set<DeviceID>? = nil,
        asKnownAt instant: Timestamp? = nil
    ) async throws -> [TrackKey: CheckTrack] {
        try await self.database.pool.withConnection { connection in
            var tracks: [TrackKey: CheckTrack] = [:]
            let take: (TrackRow) -> Void = { row in
                tracks[row.key, default: CheckTrack(check: row.key.check, hop: row.key.hop)].changes.append(
                    row.change
                )
            }
            let wanted = TrackParameters(profile: profile, span: span, devices: devices)
            if let instant {
                try connection.forEachRow(SelectTracksAsKnown(wanted: wanted, knownAt: instant), take)
            } else {
                try connection.forEachRow(SelectTracks(wanted: wanted), take)
            }
            return tracks
        }
    }
}

/// A change of a track, out of the table.
struct TrackRow {
    var key: TrackKey
    var change: StatusChange

    init(_ row: borrowing RowReader) throws(PostgresError) {
        self.key = TrackKey(device: try row.device(0), check: try row.word(1), hop: try row.word(2))
        self.change = StatusChange(
            at: try row.instant(3),
            status: try row.status(4),
            precedingAt: try row.optionalInstant(5),
            lastMissAt: try row.optionalInstant(6)
        )
    }
}

/// Which tracks.
struct TrackParameters {
    let profile: StatusProfile
    let span: Span
    let devices: Set<DeviceID>?

    var parameters: [String?] {
        let tracks = Check.allCases.flatMap { check in
            Hop.allCases.filter { self.profile.counts(check, at: $0) }.map { (check, $0) }
        }
        return [
            self.profile.canonicalText,
            self.devices.map { SQLText.array($0.sorted()) },
            SQLText.array(tracks.map { $0.0.rawValue }),
            SQLText.array(tracks.map { $0.1.rawValue }),
            self.span.start.sql,
            self.span.end.sql,
        ]
    }
}

/// The tracks as they are known now. Three looks into one index a track, whatever the length of history.
struct SelectTracks: Statement {
    static let sql = """
        SELECT device.id, track.check_item, track.hop, change.at, change.status, change.preceding_at,
               change.last_miss_at
          FROM status_profile AS profile
         CROSS JOIN device
         CROSS JOIN unnest($3::check_item[], $4::hop[]) AS track (check_item, hop)
         CROSS JOIN LATERAL (
               (SELECT at, status, preceding_at, last_miss_at FROM status_change AS before
                 WHERE before.device_id = device.id AND before.profile_id = profile.id
                   AND before.check_item = track.check_item AND before.hop = track.hop
                   AND before.superseded_at IS NULL AND before.at <= $5
                 ORDER BY before.at DESC LIMIT 1)
               UNION ALL
               (SELECT at, status, preceding_at, last_miss_at FROM status_change AS inside
                 WHERE inside.device_id = device.id AND inside.profile_id = profile.id
                   AND inside.check_item = track.check_item AND inside.hop = track.hop
                   AND inside.superseded_at IS NULL AND inside.at > $5 AND inside.at < $6)
               UNION ALL
               (SELECT at, status, preceding_at, last_miss_at FROM status_change AS after
                 WHERE after.device_id = device.id AND after.profile_id = profile.id
                   AND after.check_item = track.check_item AND after.hop = track.hop
                   AND after.superseded_at IS NULL AND after.at >= $6
                 ORDER BY after.at LIMIT 1)
         ) AS change
         WHERE profile.canonical_text = $1
           AND ($2::bigint[] IS NULL OR device.id = ANY ($2::bigint[]))
         ORDER BY device.id, track.check_item, track.hop, change.at
        """

    let wanted: TrackParameters

    var parameters: [String?] { self.wanted.parameters }

    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> TrackRow { try TrackRow(row) }
}

/// The tracks as they were known at an instant.
struct SelectTracksAsKnown: Statement {
    static let sql = """
        SELECT device.id, track.check_item, track.hop, change.at, change.status, change.preceding_at,
               change.last_miss_at
          FROM status_profile AS profile
         CROSS JOIN device
         CROSS JOIN unnest($3::check_item[], $4::hop[]) AS track (check_item, hop)
         CROSS JOIN LATERAL (
               (SELECT at, status, preceding_at, last_miss_at FROM status_change AS before
                 WHERE before.device_id = device.id AND before.profile_id = profile.id
                   AND before.check_item = track.check_item AND before.hop = track.hop
                   AND before.recorded_at <= $7 AND (before.superseded_at IS NULL OR before.superseded_at >
                       $7)
                   AND before.at <= $5
                 ORDER BY before.at DESC LIMIT 1)
               UNION ALL
               (SELECT at, status, preceding_at, last_miss_at FROM status_change AS inside
                 WHERE inside.device_id = device.id AND inside.profile_id = profile.id
                   AND inside.check_item = track.check_item AND inside.hop = track.hop
                   AND inside.recorded_at <= $7 AND (inside.superseded_at IS NULL OR inside.superseded_at >
                       $7)
                   AND inside.at > $5 AND inside.at < $6)
               UNION ALL
               (SELECT at, status, preceding_at, last_miss_at FROM status_change AS after
                 WHERE after.device_id = device.id AND after.profile_id = profile.id
                   AND after.check_item = track.check_item AND after.hop = track.hop
                   AND after.recorded_at <= $7 AND (after.superseded_at IS NULL OR after.superseded_at > $7)
                   AND after.at >= $6
                 ORDER BY after.at LIMIT 1)
         ) AS change
         WHERE profile.canonical_text = $1
           AND ($2::bigint[] IS NULL OR device.id = ANY ($2::bigint[]))
         ORDER BY device.id, track.check_item, track.hop, change.at
        """

    let wanted: TrackParameters
    let knownAt: Timestamp

    var parameters: [String?] { self.wanted.parameters + [self.knownAt.sql] }

    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> TrackRow { try TrackRow(row) }
}
