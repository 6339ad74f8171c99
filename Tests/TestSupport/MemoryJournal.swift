public import WaysideCore

/// A journal kept in an array, for tests and the simulator.
public actor MemoryJournal: Journal {
    /// What a journal says whose disk is full.
    public struct Full: Error {}

    private var batches: [JournalBatch]
    private var isClosed = false
    private var refusalsLeft = 0
    private var waiters:
        [Int: (position: JournalPosition, continuation: CheckedContinuation<Void, any Error>)] = [:]
    private var nextWaiter = 0

    /// A journal that holds these batches, in the order of their positions.
    public init(_ batches: [JournalBatch] = []) { self.batches = batches }

    /// Everything that was appended, in order.
    public var everything: [JournalBatch] { self.batches }

    /// Refuses that many appends from now on.
    public func refuse(_ count: Int) { self.refusalsLeft = count }

    /// Lets readers end once they have read all.
    public func close() {
        self.isClosed = true
        self.wake()
    }

    /// Remembers the entries.
    public func append(_ entries: [JournalEntry], writtenAt: Timestamp) async throws -> JournalPosition {
        guard self.refusalsLeft == 0 else {
            self.refusalsLeft -= 1
            throw Full()
        }
        let position = self.batches.last?.position.next ?? .beginning
        let instant = max(writtenAt, self.batches.last?.writtenAt ?? writtenAt)
        self.batches.append(JournalBatch(position: position, writtenAt: instant, entries: entries))
        self.wake()
        return position
    }

    /// The first batch at or after that place; waits until there is one.
    public func batch(atOrAfter position: JournalPosition) async throws -> JournalBatch? {
        while true {
            if let batch = self.batches.first(where: { $0.position >= position }) { return batch }
            if self.isClosed { return nil }
            try await self.wait(for: position)
        }
    }

    private func wait(for position: JournalPosition) async throws {
        self.nextWaiter += 1
        let number = self.nextWaiter
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation {
                (continuation: CheckedContinuation<Void, any Error>) in
                if Task.isCancelled { return continuation.resume(throwing: CancellationError()) }
                self.waiters[number] = (position, continuation)
            }
        } onCancel: {
            Task { await self.giveUp(number) }
        }
    }

    private func giveUp(_ number: Int) {
        self.waiters.removeValue(forKey: number)?.continuation.resume(throwing: CancellationError())
    }

    private func wake() {
        let last = self.batches.last?.position
        for (number, waiter) in self.waiters
        where self.isClosed || last.map({ waiter.position <= $0 }) ?? false {
            self.waiters[number] = nil
            waiter.continuation.resume()
        }
    }
}
