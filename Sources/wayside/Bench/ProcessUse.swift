internal import Foundation
internal import Glibc

/// What this process has used up to a moment.
struct ProcessUse {
    let at: ContinuousClock.Instant
    let userMilliseconds: Double
    let systemMilliseconds: Double
    let loadAverage: Double

    static var now: ProcessUse {
        var use = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &use)
        var load = 0.0
        _ = getloadavg(&load, 1)
        func milliseconds(_ time: timeval) -> Double {
            Double(time.tv_sec) * 1_000 + Double(time.tv_usec) / 1_000
        }
        return ProcessUse(
            at: .now,
            userMilliseconds: milliseconds(use.ru_utime),
            systemMilliseconds: milliseconds(use.ru_stime),
            loadAverage: load
        )
    }

    /// Resident now, and the most since `forgetPeak`, in MB (2²⁰ bytes).
    static var memory: (resident: Double, peak: Double) {
        guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8) else {
            return (0, 0)
        }
        func megabytes(_ name: String) -> Double {
            let line = status.split(separator: "\n").first { $0.hasPrefix(name) }
            let number = line?.split(separator: " ").dropFirst().first ?? line?.split(separator: "\t").last
            return number.flatMap { Double($0.filter(\.isNumber)) }.map { $0 / 1_024 } ?? 0
        }
        return (megabytes("VmRSS:"), megabytes("VmHWM:"))
    }

    /// Lets the peak begin anew; where the kernel does not offer that, it is the peak since the start.
    static func forgetPeak() {
        guard let file = FileHandle(forWritingAtPath: "/proc/self/clear_refs") else { return }
        try? file.write(contentsOf: Data("5".utf8))  // Refused: the peak goes on.
        try? file.close()
    }
}
