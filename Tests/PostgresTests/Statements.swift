import Postgres

/// One value there and back: what the server says of a text we wrote.
struct Echo<Kind: EchoKind>: Statement {
    static var sql: String { "SELECT $1::\(Kind.type), $1::\(Kind.type)::text" }
    var text: String?

    var parameters: [String?] { [self.text] }

    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> Kind.Value? { try Kind.read(row) }
}

protocol EchoKind: Sendable {
    associatedtype Value: Sendable
    static var type: String { get }
    static func read(_ row: borrowing RowReader) throws(PostgresError) -> Value?
}

enum AsInstant: EchoKind {
    static let type = "timestamptz"
    static func read(_ row: borrowing RowReader) throws(PostgresError) -> Int64? {
        try row.optionalTimestamp(0)
    }
}

enum AsDay: EchoKind {
    static let type = "date"
    static func read(_ row: borrowing RowReader) throws(PostgresError) -> Int? { try row.optionalDay(0) }
}

enum AsNumber: EchoKind {
    static let type = "bigint"
    static func read(_ row: borrowing RowReader) throws(PostgresError) -> Int64? { try row.optionalInt64(0) }
}

enum AsDouble: EchoKind {
    static let type = "double precision"
    static func read(_ row: borrowing RowReader) throws(PostgresError) -> Double? {
        try row.optionalDouble(0)
    }
}

enum AsBool: EchoKind {
    static let type = "boolean"
    static func read(_ row: borrowing RowReader) throws(PostgresError) -> Bool? { try row.optionalBool(0) }
}

enum AsBytes: EchoKind {
    static let type = "bytea"
    static func read(_ row: borrowing RowReader) throws(PostgresError) -> [UInt8]? {
        try row.optionalBytes(0)
    }
}

enum AsText: EchoKind {
    static let type = "text"
    static func read(_ row: borrowing RowReader) throws(PostgresError) -> String? { try row.optionalText(0) }
}

enum AsNumbers: EchoKind {
    static let type = "bigint[]"
    static func read(_ row: borrowing RowReader) throws(PostgresError) -> [Int64]? {
        try row.optionalInt64s(0)
    }
}

enum AsTexts: EchoKind {
    static let type = "text[]"
    static func read(_ row: borrowing RowReader) throws(PostgresError) -> [String?]? {
        try row.textsAndNulls(0)
    }
}

/// Milliseconds since 1970 by the server's own reckoning.
struct EpochOf: Statement {
    static let sql = "SELECT (extract(epoch FROM $1::timestamptz) * 1000)::numeric(30, 0)"
    var text: String

    var parameters: [String?] { [self.text] }

    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> Int64 { try row.int64(0) }
}

struct Count: Statement {
    static let sql = "SELECT count(*) FROM thing"
    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> Int { try row.int(0) }
}

struct InsertThings: Statement {
    typealias Row = Never
    static let sql = "INSERT INTO thing (id, name) SELECT * FROM unnest($1::bigint[], $2::text[])"
    var things: [(id: Int64, name: String?)]

    init(_ things: [(id: Int64, name: String?)]) { self.things = things }

    var parameters: [String?] {
        [SQLText.array(self.things.map { $0.id }), SQLText.array(self.things.map { $0.name })]
    }
}

struct SelectNames: Statement {
    static let sql = "SELECT name FROM thing ORDER BY id"
    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> String? {
        try row.optionalText(0)
    }
}

struct Numbers: Statement {
    static let sql = "SELECT generate_series(1, $1::bigint)"
    var count: Int

    var parameters: [String?] { [String(self.count)] }

    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> Int { try row.int(0) }
}

struct SleepLong: Statement {
    static let sql = "SELECT pg_sleep(600)::text"
    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> String { try row.text(0) }
}

struct Misspelt: Statement {
    static let sql = "SELEKT 1"
    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> Int { try row.int(0) }
}

let thingTable =
    "CREATE TABLE thing (id bigint PRIMARY KEY, name text CONSTRAINT short CHECK (length(name) < 100))"

/// Catches what a body throws, as the error it should be.
func postgresError(_ body: () throws -> Void) -> PostgresError? {
    do {
        try body()
        return nil
    } catch {
        return error as? PostgresError
    }
}
