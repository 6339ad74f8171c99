internal import Glibc
internal import WaysideCore

/// The one place where the program asks for the time of day.
enum WallClock {
    /// Now, cut to the millisecond.
    static func now() -> Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(milliseconds: Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000)
    }
}
