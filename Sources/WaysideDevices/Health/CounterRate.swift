/// The rate of a counter between two polls (计数器速率), or why there is none. A rate is never negative, and never more
/// than the port can carry.
public enum CounterRate: Sendable, Hashable {
    /// Counts a second.
    case perSecond(Double)
    /// There is none, for this reason; the later sample is the next start.
    case none(Reason)

    /// Why there is no rate.
    public enum Reason: Sendable, Hashable {
        /// No time passed, or it went back.
        case noTime
        /// The agent started anew in between.
        case restarted
        /// The counter went back although the agent ran on, and no wrap explains it.
        case wentBack
        /// More came through than the port can carry: what is counted is something else.
        case implausible
        /// The counter may have wrapped more than once, so that nothing can be said: 32 bits wrap in 34 s at 1 Gbit/s.
        case ambiguous
    }

    /// A counter at one poll.
    public struct Sample: Sendable, Hashable {
        /// Its value.
        public let value: UInt64
        /// How many bits it has.
        public let width: Width
        /// What the agent's clocks said then.
        public let clock: AgentClock

        /// A sample.
        public init(_ value: UInt64, _ width: Width, _ clock: AgentClock) {
            (self.value, self.width, self.clock) = (value, width, clock)
        }
    }

    /// How many bits a counter has.
    public enum Width: UInt64, Sendable, Hashable {
        /// Wraps after 4 294 967 295.
        case bits32 = 4_294_967_295
        /// Wraps after 18 446 744 073 709 551 615: in no device's life.
        case bits64 = 18_446_744_073_709_551_615
    }

    /// The rate from one sample to the next. `mostPerSecond` is what the port can carry at most (its speed divided
    /// by 8 for octets); `nil` where that is not known.
    public static func between(_ earlier: Sample, _ later: Sample, mostPerSecond: Double? = nil)
        -> CounterRate
    {
        let milliseconds = later.clock.readAt - earlier.clock.readAt
        guard milliseconds > 0, earlier.width == later.width else { return .none(.noTime) }
        let continuity = later.clock.continuity(since: earlier.clock)
        if continuity == .restarted { return .none(.restarted) }
        let seconds = Double(milliseconds) / 1_000
        // Counting and answering do not happen at one instant: a tenth and a second's worth may be over.
        let limit = mostPerSecond.map { $0 * (1.1 + 1 / seconds) }
        // Some agents count ifTable with 64 bits.
        let isWide = max(earlier.value, later.value) > Width.bits32.rawValue
        let width: Width = isWide ? .bits64 : later.width
        let hasWrapped = later.value < earlier.value
        let count =
            hasWrapped ? width.rawValue - earlier.value + later.value + 1 : later.value - earlier.value
        let rate = Double(count) / seconds
        if hasWrapped {
            // Without a clock and without a limit, a fall may as well be a restart.
            guard continuity == .ranOn || limit != nil else { return .none(.wentBack) }
            if width == .bits64, rate > limit ?? Self.mostOctetsPerSecond { return .none(.wentBack) }
        }
        if width == .bits32 {
            // Where a whole turn fits into the time, one turn more or less cannot be told.
            if let mostPerSecond, mostPerSecond * seconds > Double(Width.bits32.rawValue) {
                return .none(.ambiguous)
            }
            if mostPerSecond == nil, hasWrapped, count > Width.bits32.rawValue / 2 { return .none(.wentBack) }
        }
        guard rate <= limit ?? Self.mostOctetsPerSecond else { return .none(.implausible) }
        return .perSecond(rate)
    }

    /// More than any port carries today: 1.6 Tbit/s.
    private static let mostOctetsPerSecond = 200e9
}
