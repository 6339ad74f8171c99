import Synchronization

/// Lets tasks wait until something is told (消息).
final class News: Sendable {
    private let waiting = Mutex<[UInt64: CheckedContinuation<Void, Never>]>([:])
    private let next = Atomic<UInt64>(0)

    /// Wakes everybody.
    func tell() {
        let all = self.waiting.withLock { waiting in
            defer { waiting = [:] }
            return waiting
        }
        for continuation in all.values { continuation.resume() }
    }

    /// Waits until it holds, looking whenever something is told; ends when the task is cancelled.
    func wait(until holds: @escaping @Sendable () -> Bool) async throws {
        while !holds() {
            let number = self.next.add(1, ordering: .relaxed).newValue
            await withTaskCancellationHandler {
                await withCheckedContinuation { continuation in
                    self.waiting.withLock { $0[number] = continuation }
                    if holds() || Task.isCancelled { self.wake(number) }
                }
            } onCancel: {
                self.wake(number)
            }
            try Task.checkCancellation()
        }
    }

    private func wake(_ number: UInt64) { self.waiting.withLock { $0.removeValue(forKey: number) }?.resume() }
}
