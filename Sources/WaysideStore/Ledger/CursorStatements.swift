internal import Postgres
internal import WaysideCore

/// Lets one transaction at a time write conclusions, so that their numbers rise in the order in which others
/// see them. The number is "ledger" in ASCII.
struct TakeLedgerLock: Statement {
    typealias Row = Never

    static let sql = "SELECT pg_catalog.pg_advisory_xact_lock(119161357821298)"
}

/// How far a journal is written down.
struct SelectCursor: Statement {
    static let sql = "SELECT position FROM journal_cursor WHERE journal = $1"

    let journal: String

    var parameters: [String?] { [self.journal] }

    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> JournalPosition {
        JournalPosition(number: try row.int64(0))
    }
}

/// Moves a journal's cursor on.
struct UpsertCursor: Statement {
    typealias Row = Never

    static let sql = """
        INSERT INTO journal_cursor (journal, position, written_at) VALUES ($1, $2, $3)
        ON CONFLICT (journal) DO UPDATE SET position = EXCLUDED.position, written_at = EXCLUDED.written_at
        """

    let journal: String
    let position: JournalPosition
    let writtenAt: Timestamp

    var parameters: [String?] { [self.journal, self.position.sql, self.writtenAt.sql] }
}

/// Up to which instant each journal is written down.
struct SelectKnownUntil: Statement {
    static let sql = "SELECT written_at FROM journal_cursor WHERE journal = $1"

    let journal: String

    var parameters: [String?] { [self.journal] }

    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> Timestamp { try row.instant(0) }
}

/// Gives a profile its number; answers nothing when it has one.
struct InsertProfile: Statement {
    static let sql = """
        INSERT INTO status_profile (canonical_text) VALUES ($1) ON CONFLICT (canonical_text) DO NOTHING
            RETURNING id
        """

    let profile: StatusProfile

    var parameters: [String?] { [self.profile.canonicalText] }

    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> Int64 { try row.int64(0) }
}

/// A profile's number.
struct SelectProfile: Statement {
    static let sql = "SELECT id FROM status_profile WHERE canonical_text = $1"

    let profile: StatusProfile

    var parameters: [String?] { [self.profile.canonicalText] }

    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> Int64 { try row.int64(0) }
}
