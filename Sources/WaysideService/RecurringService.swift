public import Logging
public import ServiceLifecycle

/// A background job that takes no orders (后台任务): it is woken now and then, looks at the state, and brings it to what
/// it should be. Twice is the same as once; it does not retry, because it will be back.
public struct RecurringService<C: Clock>: Service where C.Duration == Duration {
    private let name: String
    private let interval: Duration
    private let clock: C
    private let job: @Sendable () async throws -> Void
    private let logger: Logger

    /// A job that has not begun.
    ///
    /// - Parameters:
    ///   - name: For the log.
    ///   - interval: From the end of one turn to the beginning of the next.
    ///   - clock: Paces the turns; monotonic.
    ///   - logger: A line when a turn fails after one that did not, and when it works again.
    ///   - job: One turn.
    public init(
        _ name: String,
        every interval: Duration,
        clock: C,
        logger: Logger,
        job: @escaping @Sendable () async throws -> Void
    ) {
        (self.name, self.interval, self.clock, self.logger, self.job) = (name, interval, clock, logger, job)
    }

    /// Takes turns until told to stop.
    public func run() async throws {
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
