/// Work for a pool.
struct PoolJob: Sendable {
    let ticket: UInt64
    /// Until when it waits for a connection.
    let deadline: Deadline
    /// Runs on a connection and gives back what tells the caller.
    let run: @Sendable (borrowing PostgresConnection) -> @Sendable () -> Void
    /// Tells the caller that it never ran.
    let fail: @Sendable (any Error) -> Void
}

/// The queue of a ``ConnectionPool`` and the threads that serve it.
///
/// Unchecked because every variable is read and written inside the gate only, which the compiler cannot see.
final class PoolCore: @unchecked Sendable {
    let settings: PoolSettings
    private let address: DatabaseAddress
    private let gate = Gate()

    private var waiting: [PoolJob] = []
    private var lastTicket: UInt64 = 0
    /// Cancelled before they were added.
    private var cancelledEarly: Set<UInt64> = []
    /// The work under way, by its ticket, and what stops it.
    private var running: [UInt64: Interrupt] = [:]
    private var connecting: [ObjectIdentifier: Interrupt] = [:]
    private var openCount = 0
    private var threadCount = 0
    private var isClosing = false
    private var lastFailure: PostgresError?
    private var whenClosed: [@Sendable () -> Void] = []

    init(_ address: DatabaseAddress, _ settings: PoolSettings) {
        self.address = address
        self.settings = settings
    }

    var load: PoolLoad {
        self.gate.locked {
            PoolLoad(
                open: self.openCount,
                busy: self.running.count,
                waiting: self.waiting.count,
                lastFailure: self.lastFailure
            )
        }
    }

    func start() {
        self.gate.locked { self.threadCount = self.settings.connectionCount + 1 }
        for number in 1...self.settings.connectionCount {
            self.startThread("postgres-\(number)") { self.serve() }
        }
        self.startThread("postgres-watch") { self.watchDeadlines() }
    }

    private func startThread(_ name: String, _ body: @escaping @Sendable () -> Void) {
        let isStarted = WorkerThread.start(name: name) {
            body()
            self.threadEnds()
        }
        if !isStarted { self.threadEnds() }
    }

    private func threadEnds() {
        let closed = self.gate.locked { () -> [@Sendable () -> Void] in
            self.threadCount -= 1
            self.gate.wakeAll()
            guard self.threadCount == 0 else { return [] }
            defer { self.whenClosed = [] }
            return self.whenClosed
        }
        closed.forEach { $0() }
    }
}

// MARK: - From any thread

extension PoolCore {
    func newTicket() -> UInt64 {
        self.gate.locked {
            self.lastTicket += 1
            return self.lastTicket
        }
    }

    func add(_ job: PoolJob) {
        let refusal = self.gate.locked { () -> (any Error)? in
            if self.cancelledEarly.remove(job.ticket) != nil { return CancellationError() }
            if self.isClosing { return PoolCore.closed }
            if self.threadCount < 2 {
                return PostgresError(
                    operation: .wait,
                    message: "the system gave no thread for the connections"
                )
            }
            if self.waiting.count >= self.settings.waitingLimit {
                return PostgresError(
                    operation: .wait,
                    message: "\(self.waiting.count) others wait for a connection already"
                )
            }
            self.waiting.append(job)
            self.gate.wakeAll()
            return nil
        }
        if let refusal { job.fail(refusal) }
    }

    /// Stops the work, or takes it out of the queue, or remembers that it is not to be added.
    func cancel(_ ticket: UInt64) {
        let job = self.gate.locked { () -> PoolJob? in
            if let interrupt = self.running[ticket] {
                interrupt.raise()
                return nil
            }
            if let index = self.waiting.firstIndex(where: { $0.ticket == ticket }) {
                return self.waiting.remove(at: index)
            }
            self.cancelledEarly.insert(ticket)
            return nil
        }
        job?.fail(CancellationError())
    }

    func forget(_ ticket: UInt64) { self.gate.locked { _ = self.cancelledEarly.remove(ticket) } }

    func beginClosing(_ whenClosed: (@Sendable () -> Void)? = nil) {
        let (jobs, isClosed) = self.gate.locked { () -> ([PoolJob], Bool) in
            self.isClosing = true
            let isClosed = self.threadCount == 0
            if let whenClosed, !isClosed { self.whenClosed.append(whenClosed) }
            self.connecting.values.forEach { $0.raise() }
            self.gate.wakeAll()
            defer { self.waiting = [] }
            return (self.waiting, isClosed)
        }
        jobs.forEach { $0.fail(PoolCore.closed) }
        if isClosed { whenClosed?() }
    }

    private static let closed = PostgresError(operation: .wait, message: "the connections are closed")
}

// MARK: - The thread of one connection

extension PoolCore {
    /// Serves work until the pool closes. The connection is opened before the work is taken, so that work which no
    /// connection can be found for stays in the queue and runs into its own deadline.
    private func serve() {
        var session: Session?
        var failures = 0
        while self.waitForWork() {
            if let current = session, current.noticesHangUp() { self.drop(&session) }
            if session == nil {
                session = self.connect()
                failures = session == nil ? failures + 1 : 0
                if session == nil { self.pause(afterFailures: failures) }
            }
            guard let current = session, let job = self.take(for: current) else { continue }
            let answer = job.run(PostgresConnection(session: current))
            if !current.isUsable || current.isInTransaction { self.drop(&session) }
            self.finished(job.ticket, current.interrupt)
            answer()
        }
        self.drop(&session)
    }

    /// Waits until there is work; `false` when the pool closes.
    private func waitForWork() -> Bool {
        self.gate.locked {
            while self.waiting.isEmpty && !self.isClosing { self.gate.wait() }
            return !self.isClosing
        }
    }

    private func connect() -> Session? {
        do {
            let interrupt = try Interrupt()
            let key = ObjectIdentifier(interrupt)
            let mayConnect = self.gate.locked {
                self.connecting[key] = interrupt
                return !self.isClosing
            }
            defer { self.gate.locked { self.connecting[key] = nil } }
            guard mayConnect else { return nil }
            let session = try Session.open(self.address, self.settings.connection, interrupt)
            self.gate.locked {
                self.openCount += 1
                self.lastFailure = nil
            }
            return session
        } catch {
            self.gate.locked { self.lastFailure = error }
            return nil
        }
    }

    private func pause(afterFailures count: Int) {
        let doubled = self.settings.firstRetryDelay * (1 << min(count - 1, 16))
        let end = ContinuousClock.now + min(doubled, self.settings.longestRetryDelay)
        self.gate.locked {
            while !self.isClosing, ContinuousClock.now < end {
                self.gate.wait(atMost: ContinuousClock.now.duration(to: end))
            }
        }
    }

    private func take(for session: Session) -> PoolJob? {
        self.gate.locked {
            guard !self.isClosing, !self.waiting.isEmpty else { return nil }
            let job = self.waiting.removeFirst()
            self.running[job.ticket] = session.interrupt
            return job
        }
    }

    private func finished(_ ticket: UInt64, _ interrupt: Interrupt) {
        self.gate.locked {
            self.running[ticket] = nil
            // Under the same lock as `cancel`, so that a late stop cannot hit the next work.
            interrupt.clear()
            self.gate.wakeAll()
        }
    }

    private func drop(_ session: inout Session?) {
        guard session != nil else { return }
        session = nil
        self.gate.locked { self.openCount -= 1 }
    }
}

// MARK: - The thread that watches deadlines

extension PoolCore {
    private func watchDeadlines() {
        while let late = self.nextLate() { late.fail(self.waitedTooLong()) }
        self.watchClosing()
    }

    /// Waits for the next work whose time is up; `nil` when the pool closes. All wait equally long, so the first
    /// in the queue is the first to run out of time.
    private func nextLate() -> PoolJob? {
        self.gate.locked {
            while !self.isClosing {
                guard let first = self.waiting.first else {
                    self.gate.wait()
                    continue
                }
                if first.deadline.hasPassed { return self.waiting.removeFirst() }
                self.gate.wait(atMost: .milliseconds(Int64(first.deadline.pollMilliseconds)))
            }
            return nil
        }
    }

    private func waitedTooLong() -> PostgresError {
        self.gate.locked {
            guard var error = self.lastFailure else {
                return PostgresError(
                    operation: .wait,
                    message: "all \(self.settings.connectionCount) connections were busy for "
                        + "\(self.settings.waitTimeLimit)"
                )
            }
            error.message = "no connection within \(self.settings.waitTimeLimit): \(error.message)"
            error.isConnectionLost = true
            return error
        }
    }

    /// Stops what is still under way when the time for closing is up.
    private func watchClosing() {
        let end = ContinuousClock.now + self.settings.closingTimeLimit
        self.gate.locked {
            while self.threadCount > 1, ContinuousClock.now < end {
                self.gate.wait(atMost: ContinuousClock.now.duration(to: end))
            }
            self.running.values.forEach { $0.raise() }
        }
    }
}
