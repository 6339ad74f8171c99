internal import Synchronization
public import WaysideCore

/// The book of thresholds for those who ask at once (阈值台): the poller tells it what was read, the prober asks what is
/// passed.
public final class ThresholdDesk: Sendable {
    private let book: Mutex<ThresholdBook>

    /// A desk with these rules.
    public init(rules: [ThresholdRule]) { self.book = Mutex(ThresholdBook(rules: rules)) }

    /// Says what a device is.
    func place(_ subject: ThresholdSubject, of device: DeviceID) {
        self.book.withLock { $0.place(subject, of: device) }
    }

    /// Forgets a device that is asked no more.
    func forget(_ device: DeviceID) { self.book.withLock { $0.forget(device) } }

    /// Takes what a poll read, and says what changed by it.
    func receive(_ poll: HealthPoll) -> [ThresholdChange] { self.book.withLock { $0.receive(poll) } }

    /// What is passed on a device now.
    func reasons(_ device: DeviceID) -> [ThresholdReason] { self.book.withLock { $0.current(device) } }
}
