internal import Synchronization
internal import WaysideCore

/// What of the journal may be read, and who waits for more: shared by the one who writes and all who read.
final class JournalTail: Sendable {
    struct Contents {
        /// By position; the last one is written to.
        var segments: [JournalSegment] = []
        /// How much of the last segment is safe, in bytes.
        var activeLength: Int64 = 0
        /// The place of the next batch: all before it is safe.
        var end = JournalPosition.beginning
        /// The greatest `writtenAt` so far.
        var lastWrittenAt = Timestamp.distantPast
        /// No more will come.
        var isClosed = false
        fileprivate var waiters: [UInt64: Waiter] = [:]
        fileprivate var nextWaiter: UInt64 = 0
    }

    fileprivate struct Waiter {
        var position: JournalPosition
        var continuation: CheckedContinuation<Void, any Error>
    }

    private let contents = Mutex(Contents())

    /// As it is now.
    var now: Contents { self.contents.withLock { $0 } }

    /// Changes it, and wakes those who waited for that.
    func publish(_ change: (inout Contents) -> Void) {
        let woken = self.contents.withLock { contents in
            change(&contents)
            let ready = contents.waiters.filter { contents.isClosed || $0.value.position < contents.end }
            for number in ready.keys { contents.waiters[number] = nil }
            return ready.values.map(\.continuation)
        }
        for continuation in woken { continuation.resume() }
    }

    /// Waits until the batch at that place was written, or the journal is closed.
    ///
    /// - Throws: `CancellationError`.
    func wait(for position: JournalPosition) async throws {
        let number = self.contents.withLock { contents in
            contents.nextWaiter += 1
            return contents.nextWaiter
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let isReady = self.contents.withLock { contents in
                    if contents.isClosed || position < contents.end { return true }
                    contents.waiters[number] = Waiter(position: position, continuation: continuation)
                    return false
                }
                if isReady { return continuation.resume() }
                // Cancelled before the waiter was in the list, the handler found nobody.
                if Task.isCancelled { self.giveUp(number) }
            }
        } onCancel: {
            self.giveUp(number)
        }
    }

    private func giveUp(_ number: UInt64) {
        let waiter = self.contents.withLock { $0.waiters.removeValue(forKey: number) }
        waiter?.continuation.resume(throwing: CancellationError())
    }
}
