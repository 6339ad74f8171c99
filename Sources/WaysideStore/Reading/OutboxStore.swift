internal import Postgres
public import WaysideCore

/// A notice to be sent now (待发通知).
public struct DueNotice: Hashable, Sendable {
    /// What to send.
    public let notice: Notice
    /// Tries so far, this one included; 1 or more.
    public let tries: Int
}

/// A notice and how it went (通知记录).
public struct NoticeRecord: Hashable, Sendable {
    /// How far it is.
    public enum State: String, Hashable, Sendable, CaseIterable {
        /// It is to be sent.
        case pending
        /// The receiver has it.
        case delivered
        /// It is not to be tried again.
        case refused
    }

    /// What was to be said.
    public let notice: Notice
    /// How far it is.
    public let state: State
    /// Tries so far; 0 or more.
    public let tries: Int
    /// When it is tried again; `nil` once it is settled.
    public let nextTryAt: Timestamp?
    /// When it was settled; `nil` while it is pending.
    public let settledAt: Timestamp?
    /// Why the last try that failed did.
    public let lastError: String?
}

/// The outbox (发件箱): what people are to be told, each at least once.
///
/// Whoever takes a notice has it for a while; if he dies with it, it is due again, and goes out under the
/// same key. So a kill between any two steps loses nothing, and what is told twice can be counted once.
public struct OutboxStore: Sendable {
    private let database: Store

    /// The outbox in that database.
    public init(_ store: Store) { self.database = store }

    /// Takes notices that are due, the oldest first; nobody else gets them before `leaseMilliseconds` are
    /// over.
    ///
    /// - Parameters:
    ///   - limit: At most so many.
    ///   - now: What is due by then.
    ///   - leaseMilliseconds: Longer than a sender may take for all of them.
    /// - Returns: The notices, in the order in which they were written.
    /// - Throws: `PostgresError`; then none was taken.
    public func take(atMost limit: Int, now: Timestamp, leaseMilliseconds: Int64) async throws -> [DueNotice]
    {
        precondition(limit > 0 && leaseMilliseconds > 0)
        let rows = try await self.database.pool.rows(
            TakeNotices(now: now, limit: limit, leaseEnd: now + leaseMilliseconds)
        )
        return rows.sorted { $0.sequence < $1.sequence }.map(\.due)
    }

    /// The receiver has it. A notice that is settled already stays as it is.
    public func delivered(_ key: String, at now: Timestamp) async throws {
        try await self.database.pool.run(SettleNotice(key: key, state: "delivered", at: now, why: nil))
    }

    /// It is not to be tried again; the words hold no credential.
    public func refused(_ key: String, at now: Timestamp, why: String) async throws {
        try await self.database.pool.run(SettleNotice(key: key, state: "refused", at: now, why: why))
    }

    /// It is to be tried again at that instant; the words hold no credential.
    public func postpone(_ key: String, until instant: Timestamp, why: String) async throws {
        try await self.database.pool.run(PostponeNotice(key: key, until: instant, why: why))
    }

    /// When the next notice is due; `nil` when none waits.
    public func nextDue() async throws -> Timestamp? {
        try await self.database.pool.firstRow(SelectNextDue()) ?? nil
    }

    /// Notices and how they went, the latest first, at most so many; of one ticket or, with `nil`, of all.
    public func records(ofTicket number: Int64? = nil, atMost limit: Int) async throws -> [NoticeRecord] {
        try await self.database.pool.rows(SelectNotices(ticketNumber: number, limit: limit))
    }

    /// How many are pending, delivered and refused.
    public func counts() async throws -> (pending: Int, delivered: Int, refused: Int) {
        try await self.database.pool.firstRow(CountNotices()) ?? (0, 0, 0)
    }
}

/// Takes due notices and puts them off until the lease's end. What is due is chosen in a part of its own:
/// inside `IN (…)` the planner may run it once a row, and then its limit limits nothing.
struct TakeNotices: Statement {
    static let sql = """
        WITH due AS (
            SELECT seq FROM notice
             WHERE state = 'pending' AND next_attempt_at <= $1
             ORDER BY next_attempt_at, seq LIMIT $2
               FOR UPDATE
        )
        UPDATE notice
           SET attempts = attempts + 1, next_attempt_at = $3
          FROM due
         WHERE notice.seq = due.seq
        RETURNING key, kind, ticket_number, channel, recipient_key, recipient_name, created_at,
                  device_key, device_name, device_kind, roads, stake_mark_m, direction, position_class,
                  organization_name, maintainer_key, maintainer_name,
                  facets, cause, since, affected_count, affected_names, repair_by, closed_at, reason,
                      merged_into,
                  repeat_count, notice.seq, attempts
        """

    let now: Timestamp
    let limit: Int
    let leaseEnd: Timestamp

    var parameters: [String?] { [self.now.sql, String(self.limit), self.leaseEnd.sql] }

    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> (sequence: Int64, due: DueNotice)
    {
        (try row.int64(27), DueNotice(notice: try NoticeColumns.read(row), tries: try row.int(28)))
    }
}

/// Notices and how they went.
struct SelectNotices: Statement {
    static let sql = """
        SELECT key, kind, ticket_number, channel, recipient_key, recipient_name, created_at,
               device_key, device_name, device_kind, roads, stake_mark_m, direction, position_class,
               organization_name, maintainer_key, maintainer_name,
               facets, cause, since, affected_count, affected_names, repair_by, closed_at, reason,
                   merged_into,
               repeat_count, state, attempts, next_attempt_at, settled_at, last_error
          FROM notice WHERE $1::bigint IS NULL OR ticket_number = $1 ORDER BY seq DESC LIMIT $2
        """

    let ticketNumber: Int64?
    let limit: Int

    var parameters: [String?] { [self.ticketNumber.map { String($0) }, String(self.limit)] }

    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> NoticeRecord {
        NoticeRecord(
            notice: try NoticeColumns.read(row),
            state: try row.word(27),
            tries: try row.int(28),
            nextTryAt: try row.optionalInstant(29),
            settledAt: try row.optionalInstant(30),
            lastError: try row.optionalText(31)
        )
    }
}

/// Ends a notice's way.
struct SettleNotice: Statement {
    typealias Row = Never

    static let sql = """
        UPDATE notice
           SET state = $2::notice_state, settled_at = $3, next_attempt_at = NULL, last_error = coalesce($4,
               last_error)
         WHERE key = $1 AND state = 'pending'
        """

    let key: String
    let state: String
    let at: Timestamp
    let why: String?

    var parameters: [String?] { [self.key, self.state, self.at.sql, self.why] }
}

/// Puts a notice off.
struct PostponeNotice: Statement {
    typealias Row = Never

    static let sql =
        "UPDATE notice SET next_attempt_at = $2, last_error = $3 WHERE key = $1 AND state = 'pending'"

    let key: String
    let until: Timestamp
    let why: String

    var parameters: [String?] { [self.key, self.until.sql, self.why] }
}

/// When something is due next.
struct SelectNextDue: Statement {
    static let sql = "SELECT min(next_attempt_at) FROM notice WHERE state = 'pending'"

    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> Timestamp? {
        try row.optionalInstant(0)
    }
}

/// How many are where.
struct CountNotices: Statement {
    static let sql = """
        SELECT count(*) FILTER (WHERE state = 'pending'), count(*) FILTER (WHERE state = 'delivered'),
               count(*) FILTER (WHERE state = 'refused')
          FROM notice
        """

    static func decode(
        _ row: borrowing RowReader
    ) throws(PostgresError) -> (pending: Int, delivered: Int, refused: Int) {
        (try row.int(0), try row.int(1), try row.int(2))
    }
}
