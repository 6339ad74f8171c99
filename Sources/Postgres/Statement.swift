/// One SQL statement, with what goes in and what comes out.
public protocol Statement: Sendable {
    /// One decoded row; `Never` for a statement that returns none.
    associatedtype Row: Sendable

    /// The text, with `$1`, `$2`, … for parameters. Prepared once a connection, under the type's identity.
    static var sql: String { get }

    /// The parameters, in order, in PostgreSQL's text format; ``SQLText`` writes the less simple ones.
    var parameters: [String?] { get }

    /// How the server writes the rows; text when nothing is said.
    static var format: RowFormat { get }

    /// Reads one row.
    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> Row
}

/// How rows are written on the wire (PostgreSQL manual, 55.1.3).
public enum RowFormat: Sendable {
    /// As people read them; every type can be read.
    case text
    /// As the server keeps them: several times faster for whole numbers, Booleans, texts, enums and instants, which are
    /// all that ``RowReader`` reads of it.
    case binary
}

extension Statement where Row == Never {
    /// A row came back from a statement that promised none.
    public static func decode(_ row: borrowing RowReader) throws(PostgresError) -> Never {
        throw PostgresError(
            operation: .decode,
            statement: "\(Self.self)",
            message: "a row came back; none was promised"
        )
    }
}

extension Statement {
    /// No parameters.
    public var parameters: [String?] { [] }

    /// As text.
    public static var format: RowFormat { .text }
}

/// A `COPY table (columns) FROM STDIN (FORMAT binary)`: the fastest way in for many rows.
public protocol CopyStatement: Sendable {
    /// The text; it must say `FORMAT binary`.
    static var sql: String { get }

    /// How many columns each row has.
    static var columnCount: Int { get }
}

/// What the server understood of a prepared statement.
public struct StatementShape: Sendable, Equatable {
    /// How many parameters it takes.
    public var parameterCount: Int
    /// The names of the columns it answers with, left to right; empty when it returns no rows.
    public var columns: [String]
}
