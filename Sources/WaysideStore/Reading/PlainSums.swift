internal import Postgres
public import WaysideCore

/// A day's sums by status done by one plain SQL statement (基准对照): the peer that `wayside bench rates` measures
/// against. It knows one check at one place, and neither exemptions nor upstreams nor error bars.
public struct PlainSums: Sendable {
    private let database: Store

    /// The peer in that database.
    public init(_ store: Store) { self.database = store }

    /// Milliseconds by status, of all devices together.
    public func milliseconds(_ profile: StatusProfile, _ check: Check, on day: ServiceDay) async throws
        -> [Status: Int64]
    {
        let rows = try await self.database.pool.rows(
            SelectPlainSums(profile: profile, check: check, day: day)
        )
        return Dictionary(rows.map { ($0.status, $0.milliseconds) }) { $0 + $1 }
    }
}

/// One status and how long it lasted.
struct PlainSum: Sendable {
    let status: Status
    let milliseconds: Int64
}

/// The sums of a day, by status.
struct SelectPlainSums: Statement {
    static let sql = """
        WITH change AS (
            SELECT device.id AS device_id, greatest(found.at, $3::timestamptz) AS at, found.status
              FROM status_profile AS profile
             CROSS JOIN device
             CROSS JOIN LATERAL (
                   (SELECT at, status FROM status_change AS before
                     WHERE before.device_id = device.id AND before.profile_id = profile.id
                       AND before.check_item = $2 AND before.hop = 'direct'
                       AND before.superseded_at IS NULL AND before.at <= $3
                     ORDER BY before.at DESC LIMIT 1)
                   UNION ALL
                   (SELECT at, status FROM status_change AS inside
                     WHERE inside.device_id = device.id AND inside.profile_id = profile.id
                       AND inside.check_item = $2 AND inside.hop = 'direct'
                       AND inside.superseded_at IS NULL AND inside.at > $3 AND inside.at < $4)
             ) AS found
             WHERE profile.canonical_text = $1
        ), spans AS (
            SELECT status, lead(at, 1, $4::timestamptz) OVER (PARTITION BY device_id ORDER BY at) - at AS lasted
              FROM change
        )
        SELECT status, (extract(epoch FROM sum(lasted)) * 1000)::bigint FROM spans GROUP BY status
        """

    let profile: StatusProfile
    let check: Check
    let day: ServiceDay

    var parameters: [String?] {
        [self.profile.canonicalText, self.check.rawValue, self.day.start.sql, self.day.end.sql]
    }

    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> PlainSum {
        PlainSum(status: try row.status(0), milliseconds: try row.int64(1))
    }
}
