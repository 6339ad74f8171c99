internal import CLibPQ

/// What went wrong between us and the database: what we were doing, with which statement, and the server's own
/// words. Holds no parameter and no password.
public struct PostgresError: Error, Sendable, Equatable {
    /// What we were doing.
    public enum Operation: String, Sendable {
        /// Reading a connection URL.
        case address
        /// Opening a connection.
        case connect
        /// Waiting for a free connection of a pool.
        case wait
        /// Preparing a statement.
        case prepare
        /// Running a statement.
        case execute
        /// Reading a row.
        case decode
        /// Copying rows in.
        case copy
        /// Beginning a transaction.
        case begin
        /// Committing a transaction. When the connection was lost here, nobody knows whether it was committed.
        case commit
        /// Waiting for notifications.
        case listen
    }

    /// What we were doing.
    public var operation: Operation
    /// The statement's type name, or the first words of a script; `nil` where there was none.
    public var statement: String?
    /// The five characters of SQLSTATE (PostgreSQL, appendix A) when the server spoke.
    public var sqlState: String?
    /// The server's message, or ours.
    public var message: String
    /// The server's detail; may hold values of the row concerned.
    public var detail: String?
    /// The server's hint.
    public var hint: String?
    /// The constraint that was violated.
    public var constraint: String?
    /// Where in the statement's text the fault lies: a character, from 1.
    public var position: Int?
    /// The connection is gone; another may work.
    public var isConnectionLost: Bool

    /// An error of our own making, or the server's by its fields.
    public init(
        operation: Operation,
        statement: String? = nil,
        sqlState: String? = nil,
        message: String,
        isConnectionLost: Bool = false
    ) {
        self.operation = operation
        self.statement = statement
        self.sqlState = sqlState
        self.message = message
        self.isConnectionLost = isConnectionLost
    }

    /// Two transactions crossed; the same transaction may succeed when it is run again (40001, 40P01).
    public var isSerializationFailure: Bool { self.sqlState == "40001" || self.sqlState == "40P01" }

    /// The statement was stopped: by us, or by the server's time limit (57014).
    public var isCancelled: Bool { self.sqlState == "57014" }

    /// A row with the same key exists (23505).
    public var isUniqueViolation: Bool { self.sqlState == "23505" }

    /// Nobody knows whether the transaction was committed: the connection was lost while the answer was awaited.
    public var isOutcomeUnknown: Bool { self.operation == .commit && self.isConnectionLost }
}

extension PostgresError: CustomStringConvertible {
    /// One line: operation, statement, SQLSTATE, message; detail and hint behind it.
    public var description: String {
        var text = "PostgreSQL, \(self.operation.rawValue)"
        if let statement = self.statement { text += " \(statement)" }
        text += ": \(self.message)"
        if let detail = self.detail { text += " (\(detail))" }
        if let hint = self.hint { text += " Hint: \(hint)" }
        if let sqlState = self.sqlState { text += " [\(sqlState)]" }
        return text
    }
}

extension PostgresError {
    /// The server's words in a result.
    init(result: OpaquePointer, operation: Operation, statement: String?) {
        self.init(
            operation: operation,
            statement: statement,
            sqlState: pq_error_sqlstate(result).map { String(cString: $0) },
            message: pq_error_primary(result).map { String(cString: $0) }
                ?? PostgresError.oneLine(PQresultErrorMessage(result))
        )
        self.detail = pq_error_detail(result).map { String(cString: $0) }
        self.hint = pq_error_hint(result).map { String(cString: $0) }
        self.constraint = pq_error_constraint(result).map { String(cString: $0) }
        self.position = pq_error_position(result).flatMap { Int(String(cString: $0)) }
    }

    /// libpq's last words about a connection, on one line.
    init(connection: OpaquePointer, operation: Operation, statement: String?, isConnectionLost: Bool) {
        self.init(
            operation: operation,
            statement: statement,
            message: PostgresError.oneLine(PQerrorMessage(connection)),
            isConnectionLost: isConnectionLost
        )
    }

    private static func oneLine(_ text: UnsafePointer<CChar>?) -> String {
        guard let text else { return "no reason given" }
        let words = String(cString: text).split(whereSeparator: \.isNewline)
        return words.isEmpty ? "the connection was closed" : words.joined(separator: " ")
    }
}
