public import WaysideCore

/// How the patrol works.
public struct PatrolSettings: Sendable {
    /// How this collector signs its observations; default `centre`.
    public var collector = Observation.centre
    /// Probes under way at once, by check; each at least 1. Streams that wait for leave are among them, so that one
    /// narrow link takes no places from the others; how many are really visited is ``CourtesySettings/sessions``.
    public var probesInFlight: [Check: Int] = [
        .reach: 512, .snmp: 2_048, .stream: 2_048, .picture: 8, .recording: 16,
    ]
    /// From the first entry that waits to its append, in milliseconds; `1...1_000`, default 250.
    public var batchMilliseconds: Int64 = 250
    /// From one append to the next when nothing is seen, in milliseconds: an empty batch says that time has passed;
    /// `100...60_000`, default 1 000.
    public var tickMilliseconds: Int64 = 1_000
    /// Entries that wait to be made safe at most; at least 1, default 50 000. While the journal fails or hangs and
    /// this many wait, nobody is asked any more, and answers of probes under way are dropped: that time becomes
    /// unknown by the validity of what was seen before.
    public var unsafeEntriesLimit = 50_000
    /// From a failed append to the next try, in milliseconds; at least 1, default 1 000.
    public var appendRetryMilliseconds: Int64 = 1_000
    /// After its deadline a prober is given up, in milliseconds; at least 1, default 500. Its session and its place
    /// among the probes in flight stay taken until it really comes back.
    public var overrunMilliseconds: Int64 = 500
    /// From one question to our own control targets to the next, in milliseconds; at least 100, default 5 000. A first
    /// miss asks them at once.
    public var controlMilliseconds: Int64 = 5_000
    /// When misses are held to be our own fault.
    public var selfDoubt = SelfDoubt.Settings()
    /// A wall clock that differs by more from our reckoning was stepped, in milliseconds; more than 0, default 2 000.
    public var clockStepMilliseconds: Int64 = 2_000

    /// The defaults.
    public init() {}

    /// What is out of its range, in words; empty when all is well.
    public var problems: [String] {
        var problems: [String] = []
        func demand(_ holds: Bool, _ problem: String) { if !holds { problems.append(problem) } }
        demand(
            self.probesInFlight.values.allSatisfy { $0 >= 1 },
            "probes in flight must be at least 1 for every check"
        )
        demand((1...1_000).contains(self.batchMilliseconds), "the batch interval must be 1...1000 ms")
        demand((100...60_000).contains(self.tickMilliseconds), "the tick must be 100...60000 ms")
        demand(self.unsafeEntriesLimit >= 1, "at least 1 entry must be allowed to wait")
        demand(self.appendRetryMilliseconds >= 1, "the wait before another append must be at least 1 ms")
        demand(self.overrunMilliseconds >= 1, "a prober must be given at least 1 ms after its deadline")
        demand(self.controlMilliseconds >= 100, "control targets may be asked every 100 ms at most")
        demand(self.clockStepMilliseconds >= 1, "the clock's step threshold must be at least 1 ms")
        return problems
    }

    /// Probes of that check under way at once.
    public func limit(of check: Check) -> Int { self.probesInFlight[check] ?? 16 }
}
