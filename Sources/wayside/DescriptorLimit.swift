internal import Glibc

/// How many files and sockets this process may have open at once (描述符上限).
enum DescriptorLimit {
    /// What the service asks for: four for each stream under way, thousands of web and database connections beside.
    static let service: UInt64 = 16_384

    /// What holds now, and the most it may be raised to; `nil` when the system does not say.
    static var now: (current: UInt64, highest: UInt64)? {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return nil }
        return (UInt64(limit.rlim_cur), UInt64(limit.rlim_max))
    }

    /// Raises it to at least that many, as far as the system lets us; login shells give 1 024 and let everybody raise
    /// them. Answers what holds then.
    @discardableResult
    static func raise(to wanted: UInt64) -> UInt64 {
        guard let (current, highest) = self.now else { return 0 }
        guard current < wanted else { return current }
        var limit = rlimit(rlim_cur: rlim_t(min(wanted, highest)), rlim_max: rlim_t(highest))
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        return self.now?.current ?? 0
    }
}
