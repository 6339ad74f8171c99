internal import Postgres
public import WaysideCore

/// Something that changed on the live view (实时事件), with the number by which a screen that was away comes
/// back.
public struct LiveEvent: Hashable, Sendable {
    /// What changed.
    public enum Content: Hashable, Sendable {
        /// A facet's status; what it was before is `nil` when it had none.
        case status(Facet, Status, before: Status?, since: Timestamp, cause: Cause?, isFaltering: Bool)
        /// A ticket moved; the action's word.
        case ticket(number: Int64, action: FaultTicket.ActionName)
    }

    /// Rises in the order in which events were committed; 1 or more.
    public let sequence: Int64
    /// Whose; of a ticket its root.
    public let device: DeviceID
    /// What changed.
    public let content: Content
    /// When this was known.
    public let knownAt: Timestamp
}

/// Reads the live view.
public struct StatusQueries: Sendable {
    private let database: Store

    /// The live view in that database.
    public init(_ store: Store) { self.database = store }

    /// Every facet's status, by device and facet; of some devices or, with `nil`, of all.
    public func live(of devices: Set<DeviceID>? = nil) async throws -> [LiveStatus] {
        try await self.database.pool.rows(SelectLiveStatuses(devices: devices))
    }

    /// What changed after that event, oldest first, at most so many.
    public func events(after sequence: Int64, atMost limit: Int) async throws -> [LiveEvent] {
        try await self.database.pool.rows(SelectEventsAfter(sequence: sequence, limit: limit))
    }

    /// What changed last, newest first, at most so many.
    public func lastEvents(atMost limit: Int) async throws -> [LiveEvent] {
        try await self.database.pool.rows(SelectLastEvents(limit: limit))
    }

    /// The numbers of the oldest and the newest event that is kept; `nil` when none is. A screen that asks
    /// for what is older has to begin anew.
    public func eventRange() async throws -> ClosedRange<Int64>? {
        try await self.database.pool.firstRow(SelectEventRange()) ?? nil
    }

    /// The day of the first change that was ever written down; `nil` while there is none.
    public func firstDay() async throws -> ServiceDay? {
        try await self.database.pool.firstRow(SelectFirstChange()).flatMap { $0 }.map(
            ServiceDay.init(containing:)
        )
    }

    /// Forgets events that were known before that instant; answers how many.
    @discardableResult
    public func pruneEvents(before instant: Timestamp) async throws -> Int {
        try await self.database.pool.run(DeleteEvents(before: instant))
    }
}

/// The first change under any profile.
struct SelectFirstChange: Statement {
    static let sql = """
        SELECT min(first.at)
          FROM status_profile
         CROSS JOIN LATERAL (
               SELECT at FROM status_change
                WHERE profile_id = status_profile.id AND superseded_at IS NULL ORDER BY at LIMIT 1
         ) AS first
        """

    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> Timestamp? {
        try row.optionalInstant(0)
    }
}

/// The live view.
struct SelectLiveStatuses: Statement {
    static let sql = """
        SELECT device_id, facet, status, since, cause, is_faltering, known_at FROM live_status
         WHERE $1::bigint[] IS NULL OR device_id = ANY ($1::bigint[]) ORDER BY device_id, facet
        """

    let devices: Set<DeviceID>?

    var parameters: [String?] { [self.devices.map { SQLText.array($0.sorted()) }] }

    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> LiveStatus {
        LiveStatus(
            device: try row.device(0),
            facet: try row.word(1),
            status: try row.status(2),
            since: try row.instant(3),
            cause: try row.cause(4),
            isFaltering: try row.bool(5),
            knownAt: try row.instant(6)
        )
    }
}

/// Events after one.
struct SelectEventsAfter: Statement {
    static let sql = """
        SELECT seq, kind, device_id, facet, status, before_status, since, cause, is_faltering, ticket_number,
               ticket_action, known_at
          FROM live_event WHERE seq > $1 ORDER BY seq LIMIT $2
        """

    let sequence: Int64
    let limit: Int

    var parameters: [String?] { [String(self.sequence), String(self.limit)] }

    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> LiveEvent { try LiveEvent(row) }
}

/// The newest events.
struct SelectLastEvents: Statement {
    static let sql = """
        SELECT seq, kind, device_id, facet, status, before_status, since, cause, is_faltering, ticket_number,
               ticket_action, known_at
          FROM live_event ORDER BY seq DESC LIMIT $1
        """

    let limit: Int

    var parameters: [String?] { [String(self.limit)] }

    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> LiveEvent { try LiveEvent(row) }
}

/// From which event to which.
struct SelectEventRange: Statement {
    static let sql = "SELECT min(seq), max(seq) FROM live_event"

    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> ClosedRange<Int64>? {
        guard let first = try row.optionalInt64(0), let last = try row.optionalInt64(1) else { return nil }
        return first...last
    }
}

/// Forgets events.
struct DeleteEvents: Statement {
    typealias Row = Never

    static let sql = "DELETE FROM live_event WHERE known_at < $1"

    let before: Timestamp

    var parameters: [String?] { [self.before.sql] }
}

extension LiveEvent {
    fileprivate init(_ row: borrowing RowReader) throws(PostgresError) {
        self.sequence = try row.int64(0)
        self.device = try row.device(2)
        self.knownAt = try row.instant(11)
        if try row.text(1) == "ticket" {
            self.content = .ticket(number: try row.int64(9), action: try row.word(10))
        } else {
            let before: Status? = try row.isNull(5) ? nil : try row.status(5)
            self.content = .status(
                try row.word(3),
                try row.status(4),
                before: before,
                since: try row.instant(6),
                cause: try row.cause(7),
                isFaltering: try row.bool(8)
            )
        }
    }
}
