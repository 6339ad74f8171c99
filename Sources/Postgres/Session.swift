internal import CLibPQ
internal import Glibc

/// One libpq connection, the statements prepared on it, and every wait on its socket. One thread at a time.
///
/// libpq is used without blocking, so that each wait has a deadline of ours: a server that is stopped or cut off
/// cannot hold a thread.
final class Session {
    let connection: OpaquePointer
    let settings: ConnectionSettings
    let interrupt: Interrupt
    /// How long one statement may take, on our own clock; `nil` is for ever.
    let answerLimit: Duration?
    /// Given up: an answer is owed that nobody will read.
    private(set) var isAbandoned = false
    /// Notifications may come unasked.
    var isListening = false
    /// The names of the prepared statements, by type.
    private var names: [ObjectIdentifier: String] = [:]
    /// Names are never used twice on a connection.
    private var nameCount = 0

    private init(connection: OpaquePointer, settings: ConnectionSettings, interrupt: Interrupt) {
        self.connection = connection
        self.settings = settings
        self.interrupt = interrupt
        let limit = settings.statementTimeLimit
        self.answerLimit = limit > .zero ? limit + settings.silenceLimit : nil
    }

    deinit { PQfinish(self.connection) }

    /// Whether statements can be run.
    var isUsable: Bool { !self.isAbandoned && PQstatus(self.connection) == CONNECTION_OK }

    var isInTransaction: Bool { PQtransactionStatus(self.connection) != PQTRANS_IDLE }

    /// Asks the socket whether the server hung up while nobody spoke. A server that says something unasked is about
    /// to, as a rule, and a session that listens for nothing loses nothing by being opened anew.
    func noticesHangUp() -> Bool {
        guard self.isUsable else { return true }
        let socket = PQsocket(self.connection)
        if Interrupt.wait(for: POLLIN, on: socket, until: .after(.zero), or: nil) == .ready {
            guard self.isListening, PQconsumeInput(self.connection) == 1 else { return true }
        }
        return !self.isUsable
    }
}

// MARK: - Opening

extension Session {
    /// Opens a connection and sets its session up.
    static func open(
        _ address: DatabaseAddress,
        _ settings: ConnectionSettings,
        _ interrupt: Interrupt
    ) throws(PostgresError) -> Session {
        var address = address
        address.set("client_encoding", "UTF8")
        address.set("application_name", settings.applicationName)
        guard let connection = self.start(address) else {
            throw PostgresError(operation: .connect, message: "libpq is out of memory")
        }
        let session = Session(connection: connection, settings: settings, interrupt: interrupt)
        // libpq would print notices on standard error.
        _ = PQsetNoticeReceiver(connection, { _, _ in }, nil)
        do {
            try session.finishConnecting(until: .after(settings.connectTimeLimit))
            try session.setUp()
        } catch {
            var redacted = error
            redacted.operation = .connect
            redacted.message = address.redacting(error.message)
            throw redacted
        }
        return session
    }

    private static func start(_ address: DatabaseAddress) -> OpaquePointer? {
        let keywords = CStringArray(address.options.map { $0.keyword } + [nil])
        let values = CStringArray(address.options.map { $0.value } + [nil])
        return keywords.withPointers { keywords in
            values.withPointers { values in PQconnectStartParams(keywords, values, 0) }
        }
    }

    private func finishConnecting(until deadline: Deadline) throws(PostgresError) {
        // libpq asks that the first wait be for writing.
        var status = PGRES_POLLING_WRITING
        if PQstatus(self.connection) == CONNECTION_BAD { throw self.lost(.connect, nil) }
        while status == PGRES_POLLING_WRITING || status == PGRES_POLLING_READING {
            let events = status == PGRES_POLLING_WRITING ? POLLOUT : POLLIN
            let socket = PQsocket(self.connection)
            guard socket >= 0 else { throw self.lost(.connect, nil) }
            switch Interrupt.wait(for: events, on: socket, until: deadline, or: self.interrupt) {
            case .ready: status = PQconnectPoll(self.connection)
            case .interrupted: throw self.abandoned(.connect, nil, "stopped while connecting")
            case .timedOut:
                throw self.abandoned(
                    .connect,
                    nil,
                    "no session within \(self.settings.connectTimeLimit): \(self.whereabouts)"
                )
            }
        }
        guard status == PGRES_POLLING_OK else { throw self.lost(.connect, nil) }
        guard PQsetnonblocking(self.connection, 1) == 0 else { throw self.lost(.connect, nil) }
    }

    private var whereabouts: String {
        guard let host = PQhost(self.connection).map({ String(cString: $0) }) else { return "no server" }
        return "\(host), port \(PQport(self.connection).map { String(cString: $0) } ?? "?")"
    }

    /// What every statement may rely on: dates in ISO style and UTC, bytes in hex, limits kept by the server.
    private func setUp() throws(PostgresError) {
        let settings = self.settings
        try self.runScript(
            """
            SET TimeZone = 'UTC'; SET DateStyle = 'ISO, YMD'; SET bytea_output = 'hex'; SET extra_float_digits = 1;
            SET standard_conforming_strings = on; SET client_min_messages = warning;
            SET statement_timeout = \(max(0, settings.statementTimeLimit.milliseconds));
            SET lock_timeout = \(max(0, settings.lockTimeLimit.milliseconds));
            SET idle_in_transaction_session_timeout = \(max(0, settings.idleInTransactionTimeLimit.milliseconds));
            """,
            operation: .connect
        )
    }
}

// MARK: - Sending and receiving

extension Session {
    /// Runs a text of several statements and drops their rows.
    func runScript(_ text: String, operation: PostgresError.Operation) throws(PostgresError) {
        let label = Session.label(of: text)
        guard !text.utf8.contains(0) else {
            throw PostgresError(operation: operation, statement: label, message: "the text contains U+0000")
        }
        try self.checkUsable(operation, label)
        let deadline = self.answerDeadline()
        guard PQsendQuery(self.connection, text) == 1 else { throw self.lost(operation, label) }
        try self.flush(operation, label, deadline)
        try self.drain(operation, label, deadline) { _ in }
    }

    /// Prepares a statement on first use and gives its name.
    func name(of statement: any Statement.Type) throws(PostgresError) -> String {
        let key = ObjectIdentifier(statement)
        if let name = self.names[key] { return name }
        let label = "\(statement)"
        try self.checkUsable(.prepare, label)
        self.nameCount += 1
        let name = "s\(self.nameCount)"
        let deadline = self.answerDeadline()
        guard PQsendPrepare(self.connection, name, statement.sql, 0, nil) == 1 else {
            throw self.lost(.prepare, label)
        }
        try self.flush(.prepare, label, deadline)
        try self.drain(.prepare, label, deadline) { _ in }
        self.names[key] = name
        return name
    }

    /// What the server knows of a prepared statement.
    func shape(of statement: any Statement.Type) throws(PostgresError) -> StatementShape {
        let label = "\(statement)"
        let name = try self.name(of: statement)
        let deadline = self.answerDeadline()
        guard PQsendDescribePrepared(self.connection, name) == 1 else { throw self.lost(.prepare, label) }
        try self.flush(.prepare, label, deadline)
        var shape = StatementShape(parameterCount: 0, columns: [])
        try self.drain(.prepare, label, deadline) { result in
            shape.parameterCount = Int(PQnparams(result))
            shape.columns = (0..<PQnfields(result)).map { column in
                PQfname(result, column).map { String(cString: $0) } ?? ""
            }
        }
        return shape
    }

    /// Sends a prepared statement; the results are to be read next.
    func send<S: Statement>(_ statement: S, _ deadline: Deadline) throws(PostgresError) {
        let name = try self.name(of: S.self)
        let parameters = statement.parameters
        let label = "\(S.self)"
        for (index, parameter) in parameters.enumerated() where parameter?.utf8.contains(0) == true {
            throw PostgresError(
                operation: .execute,
                statement: label,
                message: "parameter $\(index + 1) contains U+0000, which PostgreSQL cannot hold"
            )
        }
        let sent = CStringArray(parameters).withPointers { values in
            PQsendQueryPrepared(
                self.connection,
                name,
                Int32(parameters.count),
                values,
                nil,
                nil,
                S.format == .binary ? 1 : 0
            )
        }
        guard sent == 1 else { throw self.lost(.execute, label) }
        try self.flush(.execute, label, deadline)
    }

    /// Reads every result of what was sent, gives the good ones to `body`, and throws the server's first error.
    func drain(
        _ operation: PostgresError.Operation,
        _ label: String?,
        _ deadline: Deadline,
        _ body: (OpaquePointer) throws(PostgresError) -> Void
    ) throws(PostgresError) {
        var failure: PostgresError?
        while let result = try self.nextResult(operation, label, deadline) {
            defer { PQclear(result) }
            switch PQresultStatus(result) {
            case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_SINGLE_TUPLE, PGRES_EMPTY_QUERY:
                guard failure == nil else { continue }
                do { try body(result) } catch { failure = error }
            case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH:
                throw self.abandoned(operation, label, "a COPY began where none was expected")
            default:
                failure = failure ?? self.failure(result, operation, label)
            }
        }
        if let failure { throw failure }
    }

    /// The next result of what was sent, to be cleared by the caller; `nil` after the last.
    ///
    /// An interrupt asks the server to stop the statement, and the server's answer to that is waited for.
    func nextResult(
        _ operation: PostgresError.Operation,
        _ label: String?,
        _ deadline: Deadline
    ) throws(PostgresError) -> OpaquePointer? {
        var deadline = deadline
        var interrupt: Interrupt? = self.interrupt
        while PQisBusy(self.connection) == 1 {
            switch Interrupt.wait(for: POLLIN, on: PQsocket(self.connection), until: deadline, or: interrupt)
            {
            case .ready:
                guard PQconsumeInput(self.connection) == 1 else { throw self.lost(operation, label) }
            case .interrupted:
                self.interrupt.clear()
                self.askToStop()
                interrupt = nil
                deadline = .after(self.settings.silenceLimit)
            case .timedOut:
                throw self.abandoned(operation, label, "no answer in time; the connection is given up")
            }
        }
        guard let result = PQgetResult(self.connection) else {
            if PQstatus(self.connection) != CONNECTION_OK { throw self.lost(operation, label) }
            return nil
        }
        return result
    }

    /// Sends what libpq still holds.
    func flush(
        _ operation: PostgresError.Operation,
        _ label: String?,
        _ deadline: Deadline
    ) throws(PostgresError) {
        while true {
            switch PQflush(self.connection) {
            case 0: return
            case 1: try self.waitToWrite(operation, label, deadline)
            default: throw self.lost(operation, label)
            }
        }
    }

    /// Waits until the socket takes more; reads meanwhile, or both sides might wait for each other.
    func waitToWrite(
        _ operation: PostgresError.Operation,
        _ label: String?,
        _ deadline: Deadline
    ) throws(PostgresError) {
        let socket = PQsocket(self.connection)
        switch Interrupt.wait(for: POLLIN | POLLOUT, on: socket, until: deadline, or: self.interrupt) {
        case .ready:
            guard PQconsumeInput(self.connection) == 1 else { throw self.lost(operation, label) }
        case .interrupted:
            throw self.abandoned(operation, label, "stopped while sending", sqlState: "57014")
        case .timedOut:
            throw self.abandoned(operation, label, "the server takes no more; the connection is given up")
        }
    }

    /// Forgets a prepared statement that the server no longer has or that a migration has made stale.
    func forget(_ statement: any Statement.Type) { self.names[ObjectIdentifier(statement)] = nil }

    func answerDeadline() -> Deadline { self.answerLimit.map { .after($0) } ?? .never }

    func checkUsable(_ operation: PostgresError.Operation, _ label: String?) throws(PostgresError) {
        guard self.isUsable else {
            throw PostgresError(
                operation: operation,
                statement: label,
                message: "the connection was lost before",
                isConnectionLost: true
            )
        }
    }

    /// Asks the server to stop what it does. libpq opens a connection for it and waits without a limit, so that
    /// happens on a thread that nobody waits for.
    func askToStop() {
        guard let request = StopRequest(self.connection) else { return }
        // Without a thread the statement runs into its own time limit.
        _ = WorkerThread.start(name: "postgres-stop") { request.send() }
    }

    /// The connection is no longer to be used: what comes next on it is not the answer to what is asked next.
    func abandoned(
        _ operation: PostgresError.Operation,
        _ label: String?,
        _ message: String,
        sqlState: String? = nil
    ) -> PostgresError {
        self.isAbandoned = true
        return PostgresError(
            operation: operation,
            statement: label,
            sqlState: sqlState,
            message: message,
            isConnectionLost: true
        )
    }

    func abandon() { self.isAbandoned = true }

    func failure(_ result: OpaquePointer, _ operation: PostgresError.Operation, _ label: String?)
        -> PostgresError
    {
        var error = PostgresError(result: result, operation: operation, statement: label)
        error.isConnectionLost = PQstatus(self.connection) != CONNECTION_OK
        return error
    }

    func lost(_ operation: PostgresError.Operation, _ label: String?) -> PostgresError {
        self.isAbandoned = true
        return PostgresError(
            connection: self.connection,
            operation: operation,
            statement: label,
            isConnectionLost: true
        )
    }

    /// The first words of a script.
    private static func label(of text: String) -> String {
        let words = text.split(whereSeparator: \.isWhitespace).prefix(4).joined(separator: " ")
        return words.count > 60 ? "\(words.prefix(60))…" : words
    }
}

/// What it takes to ask a server to stop a session's statement.
///
/// Unchecked because the compiler cannot see that libpq made it for use from another thread than the connection's
/// (manual, 34.7).
private final class StopRequest: @unchecked Sendable {
    private let request: OpaquePointer

    init?(_ connection: OpaquePointer) {
        guard let request = PQgetCancel(connection) else { return nil }
        self.request = request
    }

    deinit { PQfreeCancel(self.request) }

    /// The words are dropped: the one who waits sees the statement's own end.
    func send() {
        var words = [CChar](repeating: 0, count: 256)
        _ = PQcancel(self.request, &words, Int32(words.count))
    }
}
