internal import Glibc

/// A lock and a condition on which threads wait.
///
/// Unchecked because the compiler cannot see that what lies behind the two pointers is made for being shared; they
/// never change and live as long as the gate.
final class Gate: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    init() {
        pthread_mutex_init(self.mutex, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(self.condition, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(self.condition)
        pthread_mutex_destroy(self.mutex)
        self.condition.deallocate()
        self.mutex.deallocate()
    }

    func locked<Result>(_ body: () -> Result) -> Result {
        pthread_mutex_lock(self.mutex)
        defer { pthread_mutex_unlock(self.mutex) }
        return body()
    }

    /// Inside ``locked(_:)`` only. Returns when woken, and sometimes without a reason.
    func wait() { pthread_cond_wait(self.condition, self.mutex) }

    /// Inside ``locked(_:)`` only. Returns when woken, when the time is up, and sometimes without a reason.
    func wait(atMost duration: Duration) {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        let nanoseconds = time.tv_nsec + Int(max(0, duration.milliseconds) % 1_000 + 1) * 1_000_000
        time.tv_sec += Int(max(0, duration.milliseconds) / 1_000) + nanoseconds / 1_000_000_000
        time.tv_nsec = nanoseconds % 1_000_000_000
        pthread_cond_timedwait(self.condition, self.mutex, &time)
    }

    func wakeAll() { pthread_cond_broadcast(self.condition) }
}
