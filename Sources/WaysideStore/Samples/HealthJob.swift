internal import Postgres
public import WaysideCore

/// A job of the history with its last success (后台任务完成情况).
public struct HealthJob: Sendable, Hashable {
    /// What must be done again and again.
    public enum Name: String, CaseIterable, Sendable {
        /// Partitions are made ahead.
        case partitions
        /// Hours that are over are packed.
        case close
        /// What is too old is dropped.
        case retention

        /// What it does, after "health history:".
        public var words: String {
            switch self {
            case .partitions: "making partitions ahead"
            case .close: "closing hours"
            case .retention: "dropping what is too old"
            }
        }

        /// Done longer ago than this, it is behind; in milliseconds. The first two are done every minute, the third
        /// every hour.
        public var patienceMilliseconds: Int64 {
            switch self {
            case .partitions, .close: 1_800_000
            case .retention: 4 * 3_600_000
            }
        }
    }

    /// Which.
    public let name: Name
    /// When it last did all that was to be done.
    public let doneAt: Timestamp
    /// What it did.
    public let detail: String

    /// Whether it should have been done again by `now`.
    public func isBehind(at now: Timestamp) -> Bool { now - self.doneAt > self.name.patienceMilliseconds }
}

/// Says that a job of the history has done all that was to be done.
struct UpsertHealthJob: Statement {
    typealias Row = Never

    static let sql = """
        INSERT INTO health_job (name, done_at, detail) VALUES ($1, $2, $3)
        ON CONFLICT (name) DO UPDATE SET done_at = EXCLUDED.done_at, detail = EXCLUDED.detail
        """

    let name: HealthJob.Name
    let doneAt: Timestamp
    let detail: String

    var parameters: [String?] { [self.name.rawValue, self.doneAt.sql, self.detail] }
}

/// When each job was last done.
struct SelectHealthJobs: Statement {
    static let sql = "SELECT name, done_at, detail FROM health_job ORDER BY name"

    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> HealthJob {
        HealthJob(name: try row.word(0), doneAt: try row.instant(1), detail: try row.text(2))
    }
}
