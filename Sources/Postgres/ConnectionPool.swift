/// How many connections, and how long to wait for one.
public struct PoolSettings: Sendable, Equatable {
    /// Connections, and with them threads; 1...64.
    public var connectionCount = 4
    /// Work that may wait for a connection; more is refused at once.
    public var waitingLimit = 1_024
    /// How long work waits for a connection, also while the server is away.
    public var waitTimeLimit: Duration = .seconds(10)
    /// From the first failure to connect to the next try; doubles with each.
    public var firstRetryDelay: Duration = .milliseconds(100)
    /// The longest time between two tries to connect.
    public var longestRetryDelay: Duration = .seconds(5)
    /// How long work under way may go on after ``ConnectionPool/close()``, before it is stopped.
    public var closingTimeLimit: Duration = .seconds(5)
    /// For each connection.
    public var connection = ConnectionSettings()

    /// The defaults.
    public init() {}
}

/// How near a pool is to its limits.
public struct PoolLoad: Sendable, Equatable {
    /// Connections that are open.
    public var open: Int
    /// Connections at work.
    public var busy: Int
    /// Work that waits for a connection.
    public var waiting: Int
    /// Why the last try to connect failed, when no later one succeeded.
    public var lastFailure: PostgresError?
}

/// A fixed number of connections, each with its own thread, so that a call that waits for the database holds none of
/// Swift's own threads.
///
/// Connections are opened when first needed and again when they were lost; work waits meanwhile, up to
/// ``PoolSettings/waitTimeLimit``. Work that was under way when its connection was lost fails and is not run again:
/// only its caller knows whether it may be.
public final class ConnectionPool: Sendable {
    private let core: PoolCore

    /// Starts the threads; opens no connection yet. Traps when the count is out of range.
    public init(_ address: DatabaseAddress, settings: PoolSettings = .init()) {
        precondition((1...64).contains(settings.connectionCount), "1...64 connections")
        self.core = PoolCore(address, settings)
        self.core.start()
    }

    deinit { self.core.beginClosing() }

    /// Runs `body` on one of the connections. When the task is cancelled, the statement under way is stopped.
    ///
    /// `body` blocks and must not leave a transaction open; it runs on a thread that is nobody else's meanwhile.
    @discardableResult
    public func withConnection<Result: Sendable>(
        _ body: @escaping @Sendable (borrowing PostgresConnection) throws -> Result
    ) async throws -> Result {
        let core = self.core
        let ticket = core.newTicket()
        // After the handler below has run, if it does, so that no ticket is remembered for ever.
        defer { core.forget(ticket) }
        do {
            return try await withTaskCancellationHandler {
                try await withCheckedThrowingContinuation { continuation in
                    core.add(
                        PoolJob(
                            ticket: ticket,
                            deadline: .after(core.settings.waitTimeLimit),
                            run: { connection in
                                // Answered here, so that what the closure made leaves this thread before the
                                // next work comes.
                                do {
                                    let result = try body(connection)
                                    return { continuation.resume(returning: result) }
                                } catch {
                                    return { continuation.resume(throwing: error) }
                                }
                            },
                            fail: { continuation.resume(throwing: $0) }
                        )
                    )
                }
            } onCancel: {
                core.cancel(ticket)
            }
        } catch let error as PostgresError
            where Task.isCancelled && (error.isCancelled || error.isConnectionLost)
        {
            // A stop that reaches the server between two statements stops nothing; then the connection is given up.
            throw CancellationError()
        }
    }

    /// Runs `body` in one transaction on one of the connections: all of it, or, when it throws, none.
    @discardableResult
    public func transaction<Result: Sendable>(
        isolation: Transaction.Isolation = .readCommitted,
        isReadOnly: Bool = false,
        _ body: @escaping @Sendable (borrowing Transaction) throws -> Result
    ) async throws -> Result {
        try await self.withConnection { connection in
            try connection.transaction(isolation: isolation, isReadOnly: isReadOnly, body)
        }
    }

    /// Runs one statement and reads all its rows.
    public func rows<S: Statement>(_ statement: S) async throws -> [S.Row] {
        try await self.withConnection { try $0.rows(statement) }
    }

    /// Runs one statement and reads its first row, if any.
    public func firstRow<S: Statement>(_ statement: S) async throws -> S.Row? {
        try await self.withConnection { try $0.firstRow(statement) }
    }

    /// Runs one statement and says how many rows it changed, or returned.
    @discardableResult
    public func run<S: Statement>(_ statement: S) async throws -> Int {
        try await self.withConnection { try $0.run(statement) }
    }

    /// How near the pool is to its limits.
    public var load: PoolLoad { self.core.load }

    /// Refuses new work and what still waits, lets work under way go on for ``PoolSettings/closingTimeLimit``, then
    /// stops it, and returns when every connection is closed. Closing twice is closing once.
    public func close() async {
        let core = self.core
        await withCheckedContinuation { continuation in
            core.beginClosing { continuation.resume() }
        }
    }
}
