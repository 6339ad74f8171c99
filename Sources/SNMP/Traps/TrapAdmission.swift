/// How many datagrams the trap listener takes: limits against floods.
public struct TrapLimits: Sendable, Hashable {
    /// Datagrams a second from one address; default 20, range 1...10 000.
    public var perSourcePerSecond = 20
    /// Datagrams at once from one address; default 100, range 1...10 000.
    public var perSourceBurst = 100
    /// Datagrams a second from all; default 1 000, range 1...100 000.
    public var overallPerSecond = 1_000
    /// Datagrams at once from all; default 2 000, range 1...100 000.
    public var overallBurst = 2_000
    /// Addresses remembered; default 16 384, range 16...1 000 000.
    public var mostSources = 16_384
    /// How long the same bytes from the same address count as sent again; default 30 s, range 0 s...10 min.
    public var repeatedWithin: Duration = .seconds(30)
    /// Datagrams remembered for that; default 16 384, range 16...1 000 000.
    public var mostRemembered = 16_384

    /// The defaults.
    public init() {}

    /// Throws, naming the setting, where a value lies outside its range.
    func check() throws(SNMPError) {
        func demand(_ value: Int, _ range: ClosedRange<Int>, _ setting: String) throws(SNMPError) {
            guard range.contains(value) else {
                throw SNMPError(.settings, setting, "must be in \(range.lowerBound)...\(range.upperBound)")
            }
        }
        try demand(self.perSourcePerSecond, 1...10_000, "perSourcePerSecond")
        try demand(self.perSourceBurst, 1...10_000, "perSourceBurst")
        try demand(self.overallPerSecond, 1...100_000, "overallPerSecond")
        try demand(self.overallBurst, 1...100_000, "overallBurst")
        try demand(self.mostSources, 16...1_000_000, "mostSources")
        try demand(self.mostRemembered, 16...1_000_000, "mostRemembered")
        guard self.repeatedWithin >= .zero, self.repeatedWithin <= .seconds(600) else {
            throw SNMPError(.settings, "repeatedWithin", "must be in 0 s...10 min")
        }
    }
}

/// What the trap listener has taken and thrown away since it was made.
public struct TrapCounters: Sendable, Hashable {
    /// Datagrams received.
    public var received: UInt64 = 0
    /// Traps and informs delivered.
    public var delivered: UInt64 = 0
    /// Informs answered, repeated ones among them.
    public var answered: UInt64 = 0
    /// Thrown away: the same bytes from the same address again.
    public var repeated: UInt64 = 0
    /// Thrown away: too many from one address.
    public var overSourceLimit: UInt64 = 0
    /// Thrown away: too many from all.
    public var overOverallLimit: UInt64 = 0
    /// Thrown away: not SNMP, or no trap.
    public var malformed: UInt64 = 0
    /// Thrown away: another community, user, key or time than ours.
    public var notAuthentic: UInt64 = 0
    /// v3: questions for our engine's name or time that were answered.
    public var reports: UInt64 = 0

    /// Nothing yet.
    public init() {}
}

/// Decides which datagrams are looked at, before any of their bytes is: a bucket of permits for each address, one for
/// all, and a memory of what came lately. Its memory is bounded, whoever sends.
struct TrapAdmission {
    /// What becomes of a datagram.
    enum Ruling: Equatable {
        case admitted
        /// The same came lately: an inform is answered again, nothing is delivered.
        case repeated
        case overSourceLimit
        case overOverallLimit
    }

    private struct Source: Hashable {
        let high: UInt64
        let low: UInt64
        let scope: UInt32
    }

    private let limits: TrapLimits
    private var overall: Pacer
    private var sources: BoundedTable<Source, Pacer>
    private var seen: BoundedTable<Int, MonotonicTime>

    init(limits: TrapLimits, now: MonotonicTime) {
        self.limits = limits
        self.overall = Pacer(sendsPerSecond: limits.overallPerSecond, burst: limits.overallBurst, now: now)
        self.sources = BoundedTable(most: limits.mostSources)
        self.seen = BoundedTable(most: limits.mostRemembered)
    }

    var sourceCount: Int { self.sources.count }

    /// Rules on a datagram. One address's limit comes first, so that it cannot use up what belongs to all; ports do
    /// not tell sources apart, or a new port would be a new allowance.
    mutating func rule(on bytes: RawSpan, from address: AgentAddress, at now: MonotonicTime) -> Ruling {
        let source = Source(high: address.high, low: address.low, scope: address.scope)
        var bucket =
            self.sources[source]
            ?? Pacer(
                sendsPerSecond: self.limits.perSourcePerSecond,
                burst: self.limits.perSourceBurst,
                now: now
            )
        guard bucket.allowance(at: now) > 0 else { return .overSourceLimit }
        guard self.overall.allowance(at: now) > 0 else { return .overOverallLimit }
        bucket.spend(1)
        self.sources.insert(bucket, for: source)
        self.overall.spend(1)
        // A salted hash: nobody can make two different datagrams of one.
        var hasher = Hasher()
        hasher.combine(source)
        bytes.withUnsafeBytes { hasher.combine(bytes: $0) }
        let digest = hasher.finalize()
        let isRepeated =
            self.seen[digest].map { now - $0 < self.limits.repeatedWithin.wholeNanoseconds } ?? false
        if !isRepeated { self.seen.insert(now, for: digest) }
        return isRepeated ? .repeated : .admitted
    }
}
