/// A bucket of permits to send: fills at a fixed rate, holds a burst.
struct Pacer {
    private let nanosecondsPerSend: Int64
    private let burst: Int64
    /// Permits in nanoseconds of filling, so that no fraction is lost.
    private var credit: Int64
    private var lastFilled: MonotonicTime

    init(sendsPerSecond: Int, burst: Int, now: MonotonicTime) {
        self.nanosecondsPerSend = 1_000_000_000 / Int64(sendsPerSecond)
        self.burst = Int64(burst)
        self.credit = self.burst * self.nanosecondsPerSend
        self.lastFilled = now
    }

    /// How many may be sent now.
    mutating func allowance(at now: MonotonicTime) -> Int {
        let most = self.burst * self.nanosecondsPerSend
        self.credit = min(most, self.credit + min(most, max(0, now - self.lastFilled)))
        self.lastFilled = max(now, self.lastFilled)
        return Int(self.credit / self.nanosecondsPerSend)
    }

    /// Takes permits that `allowance` has shown.
    mutating func spend(_ count: Int) {
        self.credit -= Int64(count) * self.nanosecondsPerSend
    }

    /// When the next permit will be there; the past when one is.
    func nextPermit() -> MonotonicTime {
        self.lastFilled + self.nanosecondsPerSend - self.credit
    }
}
