internal import Synchronization

/// A clock that moves only when a test moves it, so that a month of patrols takes milliseconds.
///
/// Whoever sleeps on it is woken, in the order of the deadlines, when the clock is moved to or past them.
public final class VirtualClock: Clock {
    /// A point on this clock.
    public struct Instant: InstantProtocol {
        /// Since the clock was made.
        public var offset: Duration

        /// The later point.
        public func advanced(by duration: Duration) -> Instant { Instant(offset: self.offset + duration) }
        /// From this point to the other.
        public func duration(to other: Instant) -> Duration { other.offset - self.offset }
        /// The earlier point is the smaller one.
        public static func < (left: Instant, right: Instant) -> Bool { left.offset < right.offset }
    }

    private struct Sleeper {
        var number: UInt64
        var deadline: Instant
        var continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var now = Instant(offset: .zero)
        var lastNumber: UInt64 = 0
        var sleepers: [Sleeper] = []
        var cancelled: Set<UInt64> = []
        var waiting: [CheckedContinuation<Instant, Never>] = []
    }

    private let state = Mutex(State())

    /// A clock at zero.
    public init() {}

    /// Where the clock stands.
    public var now: Instant { self.state.withLock { $0.now } }
    /// The finest step.
    public var minimumResolution: Duration { .milliseconds(1) }

    /// Sleeps until the clock is moved to the deadline or past it.
    public func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        let number = self.state.withLock { state in
            state.lastNumber += 1
            return state.lastNumber
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let (isOver, isCancelled, waiting, first) = self.state.withLock { state in
                    let isCancelled = state.cancelled.remove(number) != nil
                    let isOver = deadline <= state.now
                    if !isCancelled, !isOver {
                        state.sleepers.append(
                            Sleeper(number: number, deadline: deadline, continuation: continuation)
                        )
                    }
                    let first = state.sleepers.map(\.deadline).min()
                    defer { if first != nil { state.waiting = [] } }
                    return (isOver, isCancelled, state.waiting, first)
                }
                if isCancelled {
                    continuation.resume(throwing: CancellationError())
                } else if isOver {
                    continuation.resume()
                }
                if let first { for watcher in waiting { watcher.resume(returning: first) } }
            }
        } onCancel: {
            let sleeper = self.state.withLock { state -> Sleeper? in
                guard let index = state.sleepers.firstIndex(where: { $0.number == number }) else {
                    state.cancelled.insert(number)
                    return nil
                }
                return state.sleepers.remove(at: index)
            }
            sleeper?.continuation.resume(throwing: CancellationError())
        }
    }

    /// The earliest deadline that somebody sleeps for; waits until there is one.
    public func earliestDeadline() async -> Instant {
        await withCheckedContinuation { continuation in
            let first = self.state.withLock { state -> Instant? in
                let first = state.sleepers.map(\.deadline).min()
                if first == nil { state.waiting.append(continuation) }
                return first
            }
            if let first { continuation.resume(returning: first) }
        }
    }

    /// Moves the clock there, never back, and wakes whoever sleeps for no longer.
    public func advance(to instant: Instant) {
        let due = self.state.withLock { state in
            state.now = max(state.now, instant)
            let due = state.sleepers.filter { $0.deadline <= state.now }
            state.sleepers.removeAll { $0.deadline <= state.now }
            return due.sorted { $0.deadline < $1.deadline }
        }
        for sleeper in due { sleeper.continuation.resume() }
    }

    /// Moves the clock by that much.
    public func advance(by duration: Duration) { self.advance(to: self.now.advanced(by: duration)) }
}
