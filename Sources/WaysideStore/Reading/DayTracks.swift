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
    /// Below so many tracks of a check each is looked up by itself; above, what lies inside the span is read as a whole.
    private static let singleLookLimit = 4_000

    /// The wanted tracks as far as they touch the span, and up to where all is known, both of one instant; `nil`
    /// while the ledger is empty. Others may be among them.
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
            let before = try Self.before(number, wanted, span.start, in: transaction)
            return DayTracks(
                knownUntil: knownUntil,
                tracks: try Self.tracks(number, wanted, before: before, in: span, transaction)
            )
        }
    }

    /// The same for days in a row, all of one instant, one after the other: what came before a day is carried over from
    /// the day before it, so that a month costs little more than its changes. Nothing is handed out while the ledger is
    /// empty.
    public func forEachDay(
        _ days: ClosedRange<ServiceDay>,
        _ profile: StatusProfile,
        _ wanted: [TrackKey],
        journal: String = Observation.centre,
        _ body: @escaping @Sendable (ServiceDay, DayTracks) throws -> Void
    ) async throws {
        try await self.database.pool.transaction(isolation: .repeatableRead, isReadOnly: true) {
            transaction in
            guard let knownUntil = try transaction.firstRow(SelectKnownUntil(journal: journal)) else {
                return
            }
            let number = try transaction.firstRow(SelectProfile(profile: profile))
            let asked = Set(wanted)
            var before: [TrackKey: StatusChange] = [:]
            if let number {
                before = try Self.before(number, wanted, days.lowerBound.start, in: transaction)
            }
            var day = days.lowerBound
            while day <= days.upperBound {
                var tracks: [TrackKey: CheckTrack] = [:]
                if let number {
                    tracks = try Self.tracks(number, wanted, before: before, in: day.span, transaction)
                    // A change at the very end belongs to the day after; the next day's look takes it as its first.
                    for (key, track) in tracks {
                        if let last = track.changes.last(where: { $0.at < day.end }) { before[key] = last }
                    }
                    for row in try transaction.rows(SelectChangesAt(profile: number, instant: day.end))
                    where asked.contains(row.key) {
                        before[row.key] = row.change
                    }
                }
                try body(day, DayTracks(knownUntil: knownUntil, tracks: tracks))
                day = day.next
            }
        }
    }

    private static func before(
        _ profile: Int64,
        _ wanted: [TrackKey],
        _ instant: Timestamp,
        in transaction: borrowing Transaction
    ) throws -> [TrackKey: StatusChange] {
        var before: [TrackKey: StatusChange] = [:]
        before.reserveCapacity(wanted.count)
        for like in LikeTracks.sorted(wanted) {
            let statement = SelectChangesBefore(profile: profile, tracks: like, instant: instant)
            for row in try transaction.rows(statement) { before[like.key(row.device)] = row.change }
        }
        return before
    }

    private static func tracks(
        _ profile: Int64,
        _ wanted: [TrackKey],
        before: [TrackKey: StatusChange],
        in span: Span,
        _ transaction: borrowing Transaction
    ) throws -> [TrackKey: CheckTrack] {
        var tracks: [TrackKey: CheckTrack] = [:]
        tracks.reserveCapacity(wanted.count)
        for (key, change) in before {
            tracks[key] = CheckTrack(check: key.check, hop: key.hop, changes: [change])
        }
        func take(_ row: TrackRow) {
            let empty = CheckTrack(check: row.key.check, hop: row.key.hop)
            tracks[row.key, default: empty].changes.append(row.change)
        }
        var counts = [Int](repeating: 0, count: Check.allCases.count)
        for key in wanted { counts[Int(key.check.order)] += 1 }
        let many = Check.allCases.filter { counts[Int($0.order)] > Self.singleLookLimit }
        let few = wanted.filter { counts[Int($0.check.order)] <= Self.singleLookLimit }
        if !few.isEmpty {
            for row in try transaction.rows(SelectChangesOfInside(profile: profile, tracks: few, span: span))
            {
                take(row)
            }
        }
        if !many.isEmpty {
            // Tracks that nobody asked for may be among them; whoever asks takes his own.
            for row in try transaction.rows(SelectChangesInside(profile: profile, checks: many, span: span)) {
                take(row)
            }
        }
        for (key, track) in tracks where track.changes.count > 1 {
            let isSorted = zip(track.changes, track.changes.dropFirst()).allSatisfy { $0.at < $1.at }
            if !isSorted { tracks[key]?.changes.sort { $0.at < $1.at } }
        }
        // An error bar asks how long an outage that the span's end cuts was seen.
        let open = tracks.filter { $0.value.changes.last?.status == .offline }.keys.sorted()
        if !open.isEmpty {
            try transaction.forEachRow(
                SelectChangesAfter(profile: profile, tracks: open, instant: span.end),
                take
            )
        }
        return tracks
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

/// Tracks of one check at one place, and so of devices alone (同类轨迹): what goes to the server and comes back is less.
struct LikeTracks {
    let check: Check
    let hop: Hop
    let devices: [DeviceID]

    func key(_ device: DeviceID) -> TrackKey { TrackKey(device: device, check: self.check, hop: self.hop) }

    /// The tracks by check and hop, as they come.
    static func sorted(_ tracks: [TrackKey]) -> [LikeTracks] {
        Check.allCases.flatMap { check in
            Hop.allCases.compactMap { hop in
                let devices = tracks.filter { $0.check.order == check.order && $0.hop.order == hop.order }
                    .map(\.device)
                return devices.isEmpty ? nil : LikeTracks(check: check, hop: hop, devices: devices)
            }
        }
    }
}

/// A change, and whose it is.
struct DeviceChange {
    var device: DeviceID
    var change: StatusChange
}

/// The last change of each track up to an instant; one look into one index a track, whatever the length of history.
struct SelectChangesBefore: Statement {
    static let sql = """
        SELECT track.device_id, change.at, change.status, change.preceding_at, change.last_miss_at
          FROM unnest($2::bigint[]) AS track (device_id)
         CROSS JOIN LATERAL (
               SELECT at, status, preceding_at, last_miss_at FROM status_change AS before
                WHERE before.device_id = track.device_id AND before.profile_id = $1
                  AND before.check_item = $3 AND before.hop = $4
                  AND before.superseded_at IS NULL AND before.at <= $5
                ORDER BY before.at DESC LIMIT 1
         ) AS change
        """
    static let format = RowFormat.binary

    let profile: Int64
    let tracks: LikeTracks
    let instant: Timestamp

    var parameters: [String?] {
        [
            String(self.profile), SQLText.array(self.tracks.devices), self.tracks.check.rawValue,
            self.tracks.hop.rawValue, self.instant.sql,
        ]
    }

    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> DeviceChange {
        DeviceChange(
            device: try row.device(0),
            change: StatusChange(
                at: try row.instant(1),
                status: try row.status(2),
                precedingAt: try row.optionalInstant(3),
                lastMissAt: try row.optionalInstant(4)
            )
        )
    }
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
    static let format = RowFormat.binary

    let profile: Int64
    let tracks: [TrackKey]
    let instant: Timestamp

    var parameters: [String?] {
        [String(self.profile)] + TrackColumns.parameters(self.tracks) + [self.instant.sql]
    }

    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> TrackRow { try TrackRow(row) }
}

/// Every change of some checks after a span's first instant and before its end. The order leads the planner to the index
/// of instants; without it a short history is read as a whole (measured: 0.95 s instead of 0.56 s).
struct SelectChangesInside: Statement {
    static let sql = """
        SELECT device_id, check_item, hop, at, status, preceding_at, last_miss_at
          FROM status_change
         WHERE profile_id = $1 AND superseded_at IS NULL AND at > $2 AND at < $3
           AND check_item = ANY ($4::check_item[])
         ORDER BY at
        """
    static let format = RowFormat.binary

    let profile: Int64
    let checks: [Check]
    let span: Span

    var parameters: [String?] {
        [
            String(self.profile), self.span.start.sql, self.span.end.sql,
            SQLText.array(self.checks.map(\.rawValue)),
        ]
    }

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
        """
    static let format = RowFormat.binary

    let profile: Int64
    let tracks: [TrackKey]
    let span: Span

    var parameters: [String?] {
        [String(self.profile)] + TrackColumns.parameters(self.tracks)
            + [self.span.start.sql, self.span.end.sql]
    }

    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> TrackRow { try TrackRow(row) }
}

/// Every change at one instant.
struct SelectChangesAt: Statement {
    static let sql = """
        SELECT device_id, check_item, hop, at, status, preceding_at, last_miss_at
          FROM status_change WHERE profile_id = $1 AND superseded_at IS NULL AND at = $2
        """
    static let format = RowFormat.binary

    let profile: Int64
    let instant: Timestamp

    var parameters: [String?] { [String(self.profile), self.instant.sql] }

    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> TrackRow { try TrackRow(row) }
}
