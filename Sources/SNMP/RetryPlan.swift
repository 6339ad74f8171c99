/// When a question is sent again, and when it is over.
struct RetryPlan: Equatable {
    let deadline: MonotonicTime
    private(set) var attemptsLeft: Int
    private var wait: Int64

    /// Plans from the moment a question is asked. Each wait is twice the one before; the first is
    /// `retryAfter`, or less where the deadline would come before the last attempt had its turn.
    init(askedAt now: MonotonicTime, limit: Duration, attempts: Int, retryAfter: Duration) {
        self.init(
            askedAt: now,
            limit: limit.wholeNanoseconds,
            attempts: attempts,
            retryAfter: retryAfter.wholeNanoseconds
        )
    }

    /// The same, in nanoseconds.
    init(askedAt now: MonotonicTime, limit: Int64, attempts: Int, retryAfter: Int64) {
        let limit = max(1, limit)
        let (end, isTooFar) = now.addingReportingOverflow(limit)
        self.deadline = isTooFar ? .max : end
        self.attemptsLeft = attempts
        self.wait = max(1, min(retryAfter, limit / (1 << Int64(attempts) - 1)))
    }

    /// Counts one sending. Says when to send again; `nil` when it was the last, and only the deadline is
    /// left.
    mutating func sent(at now: MonotonicTime) -> MonotonicTime? {
        self.attemptsLeft -= 1
        guard self.attemptsLeft > 0 else { return nil }
        let (again, isTooFar) = now.addingReportingOverflow(self.wait)
        self.wait *= 2
        return isTooFar || again >= self.deadline ? nil : again
    }
}
