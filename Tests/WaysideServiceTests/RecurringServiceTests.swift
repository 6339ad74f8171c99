import Logging
import ServiceLifecycle
import Synchronization
import TestSupport
import Testing
import WaysideService

@Suite("A background job") struct RecurringServiceTests {
    private static let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    /// Counts turns, and can let one take for ever.
    private final class Turns: Sendable {
        let count = Mutex(0)
        let cancelled = Mutex(false)
        func take() { self.count.withLock { $0 += 1 } }
        func hang() async {
            let (stream, _) = AsyncStream.makeStream(of: Void.self)
            // Ends by cancellation only.
            for await _ in stream {}
            self.cancelled.withLock { $0 = true }
        }
    }

    /// Runs the service in a group, waits until it sleeps between turns, and tells it to stop.
    private static func stop(_ service: RecurringService<VirtualClock>, _ clock: VirtualClock) async throws {
        let group = ServiceGroup(services: [service], logger: Self.quiet)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            _ = await clock.earliestDeadline()
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }

    @Test("takes one more turn when it is told to stop, if it holds something back between turns")
    func lastTurn() async throws {
        for (limit, expected) in [(nil, 1), (Duration.seconds(10), 2)] as [(Duration?, Int)] {
            let (turns, clock) = (Turns(), VirtualClock())
            let service = RecurringService(
                "job",
                every: .seconds(2),
                lastTurnLimit: limit,
                clock: clock,
                logger: Self.quiet
            ) { turns.take() }
            try await Self.stop(service, clock)
            #expect(turns.count.withLock { $0 } == expected)
        }
    }

    @Test("gives up a last turn that takes too long")
    func bounded() async throws {
        let (turns, clock) = (Turns(), VirtualClock())
        let service = RecurringService(
            "job",
            every: .seconds(2),
            lastTurnLimit: .seconds(10),
            clock: clock,
            logger: Self.quiet
        ) {
            let isFirst = turns.count.withLock { count in
                count += 1
                return count == 1
            }
            if !isFirst { await turns.hang() }
        }
        let group = ServiceGroup(services: [service], logger: Self.quiet)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            _ = await clock.earliestDeadline()
            await group.triggerGracefulShutdown()
            // The sleep between turns is cancelled first; then only the limit is slept for.
            var deadline = await clock.earliestDeadline()
            while deadline.offset < .seconds(10) {
                await Task.yield()
                deadline = await clock.earliestDeadline()
            }
            clock.advance(by: .seconds(10))
            try await tasks.waitForAll()
        }
        #expect(turns.count.withLock { $0 } == 2)
        #expect(turns.cancelled.withLock { $0 })
    }
}
