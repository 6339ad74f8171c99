public import Logging
public import ServiceLifecycle

/// A background job that takes no orders (后台任务): it is woken now and then, looks at the state, and brings it to what
/// it should be. Twice is the same as once; it does not retry, because it will be back.
public struct RecurringService<C: Clock>: Service where C.Duration == Duration {
    private let name: String
    private let interval: Duration
    private let lastTurnLimit: Duration?
    private let clock: C
    private let job: @Sendable () async throws -> Void
    private let logger: Logger

    /// A job that has not begun.
    ///
    /// - Parameters:
    ///   - name: For the log.
    ///   - interval: From the end of one turn to the beginning of the next.
    ///   - lastTurnLimit: When given, a job that is told to stop takes one more turn, which is given up after so long;
    ///     for jobs that hold something back between turns.
    ///   - clock: Paces the turns; monotonic.
    ///   - logger: A line when a turn fails after one that did not, and when it works again.
    ///   - job: One turn.
    public init(
        _ name: String,
        every interval: Duration,
        lastTurnLimit: Duration? = nil,
        clock: C,
        logger: Logger,
        job: @escaping @Sendable () async throws -> Void
    ) {
        (self.name, self.interval, self.clock, self.logger, self.job) = (name, interval, clock, logger, job)
        self.lastTurnLimit = lastTurnLimit
    }

    /// Takes turns until told to stop.
    public func run() async throws {
        await self.takeTurns()
        guard let limit = self.lastTurnLimit else { return }
        // A task of its own, which nobody cancels: also a service that is torn down lets go of what it holds.
        await Task { await self.takeLastTurn(within: limit) }.value
    }

    private func takeLastTurn(within limit: Duration) async {
        await withTaskGroup(of: (isDone: Bool, failure: (any Error)?).self) { group in
            group.addTask {
                do {
                    try await self.job()
                    return (true, nil)
                } catch {
                    return (true, error)
                }
            }
            group.addTask {
                // Ends early only when the turn is done, and then nobody reads this.
                try? await self.clock.sleep(for: limit)
                return (false, nil)
            }
            let first = await group.next()
            group.cancelAll()
            // A turn that was given up ends by its cancellation, and says what became of it.
            var turn = first
            if first?.isDone == false { turn = await group.next() }
            guard let failure = turn?.failure else { return }
            self.logger.error(
                "\(self.name) could not take its last turn",
                metadata: ["error": "\(failure)", "given_up": "\(first?.isDone == false)"]
            )
        }
    }

    private func takeTurns() async {
        await cancelWhenGracefulShutdown {
            var isFailing = false
            while !Task.isCancelled {
                do {
                    try await self.job()
                    if isFailing { self.logger.info("\(self.name) works again") }
                    isFailing = false
                } catch {
                    if !isFailing && !Task.isCancelled {
                        self.logger.warning(
                            "\(self.name) failed, and will be back",
                            metadata: ["error": "\(error)"]
                        )
                    }
                    isFailing = true
                }
                // Ends early only when we stop, and then the loop ends too.
                try? await self.clock.sleep(for: self.interval)
            }
        }
    }
}
