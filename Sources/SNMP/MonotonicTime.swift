internal import Glibc

/// A reading of the machine's monotonic clock in nanoseconds. Measures and paces; dates nothing.
typealias MonotonicTime = Int64

extension MonotonicTime {
    /// Reads the clock. Only the loop and its callers' rim do; everything below takes the time as an
    /// argument.
    static func read() -> MonotonicTime {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        return Int64(now.tv_sec) * 1_000_000_000 + Int64(now.tv_nsec)
    }
}

extension Duration {
    /// The whole nanoseconds of this span, held within ±292 years.
    var wholeNanoseconds: Int64 {
        let (seconds, attoseconds) = self.components
        let (product, isTooLong) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        guard !isTooLong else { return seconds > 0 ? .max : .min }
        return product.addingReportingOverflow(attoseconds / 1_000_000_000).partialValue
    }
}
