internal import Synchronization
public import WaysideCore

/// Takes what polls read and writes it a few seconds later in batches (健康历史写入): whoever polls never waits for the
/// database.
///
/// Health history is not the ledger: while the database is away a bounded number of polls is kept, of more the oldest
/// are lost, and how many is said.
public final class HealthWriter: Sendable {
    /// Writes polls, all or none, and says how many values were refused for good.
    public typealias Append = @Sendable (_ polls: [HealthPoll]) async throws -> Int

    /// How the writing goes.
    public struct Load: Sendable, Hashable {
        /// Polls that wait.
        public var waiting = 0
        /// Polls that were written.
        public var written: UInt64 = 0
        /// Values that were written.
        public var samples: UInt64 = 0
        /// Values that can never be kept: of an impossible date or name.
        public var refused: UInt64 = 0
        /// Polls that were lost because too many waited.
        public var lost: UInt64 = 0

        /// Of nothing yet.
        public init() {}
    }

    /// Polls that could not be written, and wait.
    public struct Unwritten: Error, CustomStringConvertible {
        /// How many wait.
        public let count: Int
        /// In the database's words.
        public let reason: String

        /// Both.
        public var description: String { "\(self.count) polls are not written: \(self.reason)" }
    }

    private struct State {
        var waiting: [HealthPoll] = []
        /// How many at the front of `waiting` are being written.
        var underWay = 0
        var load = Load()
    }

    private let append: Append
    private let limit: Int
    private let state = Mutex(State())

    /// So many polls are written at once.
    public static let batchLimit = 5_000

    /// A writer with nothing to write.
    ///
    /// - Parameters:
    ///   - limit: Polls that may wait; 1 or more. 100,000 are two minutes of 50,000 devices.
    ///   - append: Writes them.
    public init(limit: Int = 100_000, append: @escaping Append) {
        precondition(limit >= 1, "at least one poll may wait")
        (self.limit, self.append) = (limit, append)
    }

    /// How it goes now.
    public var load: Load {
        self.state.withLock { state in
            var load = state.load
            load.waiting = state.waiting.count
            return load
        }
    }

    /// Takes a poll; never waits. From any thread.
    public func take(_ poll: HealthPoll) {
        self.state.withLock { state in
            state.waiting.append(poll)
            Self.trim(&state, self.limit)
        }
    }

    /// Loses the oldest that are not being written, in lumps, so that a full queue costs little a poll.
    private static func trim(_ state: inout State, _ limit: Int) {
        let slack = max(1, limit / 16)
        guard state.waiting.count >= limit + slack || state.waiting.count > limit && slack == 1 else {
            return
        }
        let excess = min(state.waiting.count - limit, state.waiting.count - state.underWay)
        guard excess > 0 else { return }
        state.waiting.removeSubrange(state.underWay..<(state.underWay + excess))
        state.load.lost += UInt64(excess)
    }

    /// Writes everything that waits; one turn of a recurring job.
    ///
    /// - Throws: ``Unwritten`` when something cannot be written; it stays.
    public func turn() async throws {
        while true {
            let batch = self.state.withLock { state in
                state.underWay = min(state.waiting.count, Self.batchLimit)
                return Array(state.waiting.prefix(state.underWay))
            }
            guard !batch.isEmpty else { return }
            do {
                let refused = try await self.append(batch)
                self.state.withLock { state in
                    state.waiting.removeFirst(state.underWay)
                    state.underWay = 0
                    state.load.written += UInt64(batch.count)
                    state.load.samples += UInt64(max(0, batch.reduce(0) { $0 + $1.readings.count } - refused))
                    state.load.refused += UInt64(max(0, refused))
                }
            } catch {
                let count = self.state.withLock { state in
                    state.underWay = 0
                    Self.trim(&state, self.limit)
                    return state.waiting.count
                }
                throw Unwritten(count: count, reason: String(describing: error))
            }
        }
    }
}
