/// What an agent's clocks said at one poll (运行时钟): by two of these a restart is told from a clock that wrapped.
public struct AgentClock: Sendable, Hashable {
    /// When it was read, in milliseconds of the poller's monotonic clock.
    public let readAt: Int64
    /// sysUpTime: hundredths of a second, wraps after 2³² of them (497 days); restarts with the agent.
    public let upTime: UInt32?
    /// hrSystemUptime: hundredths of a second since the device started; wraps likewise.
    public let systemUpTime: UInt32?
    /// snmpEngineTime: seconds since the engine started (RFC 3414); does not wrap in a device's life.
    public let engineSeconds: UInt32?

    /// A reading.
    public init(readAt: Int64, upTime: UInt32?, systemUpTime: UInt32? = nil, engineSeconds: UInt32? = nil) {
        self.readAt = readAt
        self.upTime = upTime
        self.systemUpTime = systemUpTime
        self.engineSeconds = engineSeconds
    }

    /// What happened to the agent between two readings.
    public enum Continuity: Sendable, Hashable {
        /// It ran on: counters that went back have wrapped.
        case ranOn
        /// It started anew: counters began at 0.
        case restarted
        /// It has no clock that tells.
        case unknown
    }

    /// What happened since the earlier reading.
    ///
    /// A clock that went on by about the time that passed, modulo its width, ran on: so a sysUpTime near 2³² that is
    /// near 0 a moment later has wrapped. Where sysUpTime did not, snmpEngineTime may still tell that the agent ran
    /// on: both start with it. hrSystemUptime only helps where neither is there, because counters may begin anew with
    /// the agent while the device runs on.
    public func continuity(since earlier: AgentClock) -> Continuity {
        let passed = self.readAt - earlier.readAt
        guard passed >= 0 else { return .unknown }
        let agent = Self.ranOn(earlier.upTime, self.upTime, millisecondsPerTick: 10, passed)
        let engine = Self.ranOn(earlier.engineSeconds, self.engineSeconds, millisecondsPerTick: 1_000, passed)
        let system = Self.ranOn(earlier.systemUpTime, self.systemUpTime, millisecondsPerTick: 10, passed)
        switch (agent, engine) {
        case (true?, _), (_, true?): return .ranOn
        case (false?, _), (nil, false?): return .restarted
        case (nil, nil): return system.map { $0 ? .ranOn : .restarted } ?? .unknown
        }
    }

    /// How far an agent's clock may be off: a tenth of the time passed and 10 s, because agents answer late and
    /// their crystals are cheap.
    private static func tolerance(_ passed: Int64) -> Int64 { passed / 10 + 10_000 }

    /// Whether a clock ran on; `nil` where it says nothing: it is not there, or it stands still.
    private static func ranOn(
        _ earlier: UInt32?,
        _ later: UInt32?,
        millisecondsPerTick: Int64,
        _ passed: Int64
    ) -> Bool? {
        guard let earlier, let later else { return nil }
        let elapsed = Int64(later &- earlier) * millisecondsPerTick
        if abs(elapsed - passed) <= Self.tolerance(passed) { return true }
        return later == earlier ? nil : false
    }
}
