internal import CLibPQ

/// A transaction under way; lent to the closure of ``PostgresConnection/transaction(isolation:isReadOnly:_:)``.
public struct Transaction: ~Copyable {
    private let session: Session

    init(session: Session) { self.session = session }

    /// What a transaction sees of others (SQL:2016, 4.41.4).
    public enum Isolation: String, Sendable {
        /// Each statement sees what was committed before it.
        case readCommitted = "READ COMMITTED"
        /// All statements see one instant.
        case repeatableRead = "REPEATABLE READ"
        /// As if one after the other; may fail with ``PostgresError/isSerializationFailure``.
        case serializable = "SERIALIZABLE"
    }
}

extension Transaction: StatementRunner {
    /// Runs a statement and reads all its rows.
    public func rows<S: Statement>(_ statement: S) throws(PostgresError) -> [S.Row] {
        try self.session.rows(statement)
    }

    /// Runs a statement and says how many rows it changed, or returned.
    @discardableResult
    public func run<S: Statement>(_ statement: S) throws(PostgresError) -> Int {
        try self.session.run(statement)
    }

    /// Runs a statement and reads its rows one by one.
    public func forEachRow<S: Statement>(_ statement: S, _ body: (S.Row) throws -> Void) throws {
        try self.session.forEachRow(statement, body)
    }

    /// Copies rows in and says how many.
    @discardableResult
    public func copy<C: CopyStatement>(
        _ statement: C.Type,
        _ body: (inout CopyWriter) throws -> Void
    ) throws -> Int {
        try self.session.copy(statement, body)
    }

    /// Runs a text of one or more statements without parameters.
    public func runScript(_ text: String) throws(PostgresError) {
        try self.session.runScript(text, operation: .execute)
    }
}

extension PostgresConnection {
    /// Runs `body` in one transaction: all of it, or, when it throws, none. Nothing is run again here; a caller
    /// that wants to try anew asks ``PostgresError/isSerializationFailure``.
    @discardableResult
    public func transaction<Result>(
        isolation: Transaction.Isolation = .readCommitted,
        isReadOnly: Bool = false,
        _ body: (borrowing Transaction) throws -> Result
    ) throws -> Result {
        guard !self.session.isInTransaction else {
            throw PostgresError(operation: .begin, message: "a transaction is under way on this connection")
        }
        try self.session.runScript(
            "BEGIN ISOLATION LEVEL \(isolation.rawValue) \(isReadOnly ? "READ ONLY" : "READ WRITE")",
            operation: .begin
        )
        let result: Result
        do {
            result = try body(Transaction(session: self.session))
        } catch {
            self.rollBack()
            throw error
        }
        do {
            try self.session.commit()
        } catch {
            self.rollBack()
            throw error
        }
        return result
    }

    /// The cause is already on its way up. If this fails, the connection is given up and the server rolls back.
    private func rollBack() {
        guard self.session.isUsable, self.session.isInTransaction else { return }
        self.session.interrupt.clear()
        do { try self.session.runScript("ROLLBACK", operation: .execute) } catch { self.session.abandon() }
    }
}

extension Session {
    /// Commits. A server that answers ROLLBACK, because a failed statement went unnoticed, has not committed.
    fileprivate func commit() throws(PostgresError) {
        try self.checkUsable(.commit, nil)
        let deadline = self.answerDeadline()
        var tag = ""
        guard PQsendQuery(self.connection, "COMMIT") == 1 else { throw self.lost(.commit, nil) }
        try self.flush(.commit, nil, deadline)
        try self.drain(.commit, nil, deadline) { result in
            tag = PQcmdStatus(result).map { String(cString: $0) } ?? ""
        }
        guard tag == "COMMIT" else {
            throw PostgresError(
                operation: .commit,
                sqlState: "25P02",
                message: "rolled back: a statement in it had failed"
            )
        }
    }
}
