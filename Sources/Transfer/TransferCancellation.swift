internal import Synchronization

/// Says *stop* to a transfer that another thread is waiting on; heard within about a second.
public final class TransferCancellation: Sendable {
    private let flag = Atomic<Bool>(false)

    /// A token that has not been used.
    public init() {}

    /// Stops every transfer that holds this token, now and later.
    public func cancel() {
        self.flag.store(true, ordering: .releasing)
    }

    /// Whether `cancel` was called.
    public var isCancelled: Bool { self.flag.load(ordering: .acquiring) }
}
