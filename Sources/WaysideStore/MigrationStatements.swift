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

/// Whether there is the table of applied steps: ours, by its columns; others use the name as well.
struct SelectMigrationTable: Statement {
    static let sql = """
        SELECT count(*) = 3 FROM pg_catalog.pg_attribute
         WHERE attrelid = pg_catalog.to_regclass('schema_migration')
           AND attname IN ('name', 'sha256', 'applied_at') AND NOT attisdropped
        """

    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> Bool { try row.bool(0) }
}

/// The first three tables and views that lie where ours would, whose they may be, and how many there are. What an
/// extension brought along is no sign of a guest.
struct SelectGuestTables: Statement {
    static let sql = """
        SELECT pg_catalog.current_database(), c.relname, count(*) OVER ()
          FROM pg_catalog.pg_class c
         WHERE c.relnamespace = pg_catalog.to_regnamespace(pg_catalog.quote_ident(pg_catalog.current_schema()))
           AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
           AND NOT ($1 AND c.relname = 'schema_migration')
           AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                            WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
                              AND d.objid = c.oid AND d.deptype = 'e')
         ORDER BY c.relname COLLATE "C"
         LIMIT 3
        """

    /// The table of applied steps is ours and does not count.
    let isBegun: Bool

    var parameters: [String?] { [SQLText.bool(self.isBegun)] }

    static func decode(
        _ row: borrowing RowReader
    ) throws(PostgresError) -> (database: String, table: String, count: Int) {
        (try row.text(0), try row.text(1), try row.int(2))
    }
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
