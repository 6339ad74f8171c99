internal import Glibc

/// How many files and sockets this process may have open at once.
enum LimitCheck {
    static func findings() -> [DoctorFinding] {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
            return [.warn("open files", "the system does not say", mend: "ulimit -n 65536")]
        }
        let mend = "ulimit -n 65536, or LimitNOFILE=65536 in the service's unit"
        let (most, hard) = (limit.rlim_cur, limit.rlim_max)
        let found = "\(most) (could be raised to \(hard > 1 << 40 ? "any number" : "\(hard)"))"
        // A stream takes up to four sockets while it is looked at, and a few hundred are at the design's load.
        if most < 256 { return [.fail("open files", found, mend: mend)] }
        if most < 4_096 {
            return [.warn("open files", "\(found); enough for a few hundred devices", mend: mend)]
        }
        return [.ok("open files", most > 1 << 40 ? "any number" : "\(most)")]
    }
}
