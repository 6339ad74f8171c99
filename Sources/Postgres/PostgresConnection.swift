internal import CLibPQ
internal import Glibc

/// One session with a database. Its calls block, each with a deadline; one thread at a time uses it.
///
/// Sessions speak UTC, ISO dates, hex bytes and UTF-8, so that ``RowReader`` and ``SQLText`` are exact whatever the
/// server's own settings are.
public struct PostgresConnection: ~Copyable {
    let session: Session

    /// Opens a session. The password, if any, is in no error.
    public init(_ address: DatabaseAddress, settings: ConnectionSettings = .init()) throws(PostgresError) {
        self.session = try Session.open(address, settings, try Interrupt())
    }

    init(session: Session) { self.session = session }

    /// Whether statements can still be run; learnt from the last answer.
    public var isUsable: Bool { self.session.isUsable }

    /// The server's process for this session.
    public var serverProcess: Int { Int(PQbackendPID(self.session.connection)) }

    /// The server's version as PostgreSQL counts it: 150020 is 15.20.
    public var serverVersion: Int { Int(PQserverVersion(self.session.connection)) }

    /// Stops what this session is doing, from any thread: the statement under way fails with 57014, a wait for
    /// notifications ends.
    public var stopper: Stopper { Stopper(interrupt: self.session.interrupt) }

    /// Prepares a statement without running it and says how the server understood it. A test asks this of every
    /// statement of the program.
    @discardableResult
    public func prepare(_ statement: any Statement.Type) throws(PostgresError) -> StatementShape {
        try self.session.shape(of: statement)
    }

    /// Stops a session's work from elsewhere.
    public struct Stopper: Sendable {
        let interrupt: Interrupt

        /// Asks once; stays asked until the session has noticed.
        public func stop() { self.interrupt.raise() }
    }
}

extension PostgresConnection: StatementRunner {
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
