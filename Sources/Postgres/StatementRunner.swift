/// What statements can be run on: a connection, or a transaction on it.
public protocol StatementRunner: ~Copyable {
    /// Runs a statement and reads all its rows. For many rows prefer ``forEachRow(_:_:)``.
    func rows<S: Statement>(_ statement: S) throws(PostgresError) -> [S.Row]

    /// Runs a statement and says how many rows it changed, or returned.
    @discardableResult
    func run<S: Statement>(_ statement: S) throws(PostgresError) -> Int

    /// Runs a statement and reads its rows one by one, in constant memory. Nothing else can be run meanwhile.
    /// When the body throws, the statement is stopped and the body's error comes out.
    func forEachRow<S: Statement>(_ statement: S, _ body: (S.Row) throws -> Void) throws

    /// Copies rows in and says how many. When the body throws, none is kept and the body's error comes out.
    @discardableResult
    func copy<C: CopyStatement>(_ statement: C.Type, _ body: (inout CopyWriter) throws -> Void) throws -> Int

    /// Runs a text of one or more statements without parameters; its rows are dropped. For migrations.
    func runScript(_ text: String) throws(PostgresError)
}

extension StatementRunner where Self: ~Copyable {
    /// Runs a statement and reads its first row, if any.
    public func firstRow<S: Statement>(_ statement: S) throws(PostgresError) -> S.Row? {
        try self.rows(statement).first
    }
}
