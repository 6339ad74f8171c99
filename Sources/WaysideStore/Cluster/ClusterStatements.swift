internal import Postgres

/// The version the running server says it has.
struct ShowServerVersion: Statement {
    static let sql = "SHOW server_version"

    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> String { try row.text(0) }
}

/// Whether the service's role is there.
struct SelectServiceRole: Statement {
    static let sql = "SELECT true FROM pg_catalog.pg_roles WHERE rolname = 'wayside'"

    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> Bool { try row.bool(0) }
}

/// Whether the service's database is there.
struct SelectServiceDatabase: Statement {
    static let sql = "SELECT true FROM pg_catalog.pg_database WHERE datname = 'wayside'"

    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> Bool { try row.bool(0) }
}
