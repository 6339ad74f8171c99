internal import Postgres
internal import WaysideCore

/// A step that a database has.
struct AppliedMigration: Sendable {
    let name: String
    let checksum: [UInt8]
}

/// The number by which Wayside's migrators know each other: "wayside" in ASCII.
private let migrationLockNumber = "33602696483791973"

/// Waits until no other program migrates this database.
struct TakeMigrationLock: Statement {
    typealias Row = Never

    static let sql = "SELECT pg_catalog.pg_advisory_lock($1)"

    var parameters: [String?] { [migrationLockNumber] }
}

/// Lets the next one.
struct GiveMigrationLockBack: Statement {
    typealias Row = Never

    static let sql = "SELECT pg_catalog.pg_advisory_unlock($1)"

    var parameters: [String?] { [migrationLockNumber] }
}

/// Whether any step was ever applied.
struct SelectMigrationTable: Statement {
    static let sql = "SELECT to_regclass('schema_migration') IS NOT NULL"

    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> Bool { try row.bool(0) }
}

/// The steps that were applied, in order.
struct SelectMigrations: Statement {
    static let sql = "SELECT name, sha256 FROM schema_migration ORDER BY name COLLATE \"C\""

    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> AppliedMigration {
        AppliedMigration(name: try row.text(0), checksum: try row.bytes(1))
    }
}

/// Writes down that a step was applied.
struct InsertMigration: Statement {
    typealias Row = Never

    static let sql = "INSERT INTO schema_migration (name, sha256, applied_at) VALUES ($1, $2, $3)"

    let migration: Migration
    let appliedAt: Timestamp

    var parameters: [String?] {
        [
            self.migration.name, SQLText.bytes(self.migration.checksum),
            SQLText.timestamp(self.appliedAt.milliseconds),
        ]
    }
}
