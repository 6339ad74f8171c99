/// What is known of an engine's boots and time, as the engine that is not authoritative keeps them (RFC 3414 §2.3).
struct EngineClock: Equatable {
    /// How far a message may lie behind, in seconds (RFC 3414 §2.2.3).
    static let window: Int64 = 150
    /// Where boots end; an engine there answers nobody (RFC 3414 §2.2.2).
    static let lastBoots = UInt32(Int32.max)

    /// snmpEngineBoots.
    private(set) var boots: UInt32
    /// The greatest snmpEngineTime received under these boots, in seconds.
    private(set) var latestTime: UInt32
    /// When the engine's time was 0, by our clock.
    private var zeroAt: MonotonicTime

    /// Takes boots and time as of an instant.
    init(boots: UInt32, time: UInt32, at now: MonotonicTime) {
        self.boots = boots
        self.latestTime = time
        self.zeroAt = now - Int64(time) * 1_000_000_000
    }

    /// The engine's time in seconds as we count it on.
    func time(at now: MonotonicTime) -> UInt32 {
        UInt32(clamping: min(Int64(Int32.max), max(0, (now - self.zeroAt) / 1_000_000_000)))
    }

    /// How a message's boots and time stand to the clock.
    enum Reading: Equatable {
        /// In the window; the clock may have been set forward.
        case inWindow
        /// In the window, and further ahead than the window is wide: the engine's clock was set.
        case ahead(seconds: Int64)
        /// Higher boots than known: the engine has restarted.
        case restarted
        /// Lower boots than known.
        case lowerBoots
        /// The same boots and a time too long ago.
        case late(seconds: Int64)
        /// The boots have ended.
        case exhausted
    }

    /// Holds a message that has been proved authentic against the clock and, where the RFC lets it, sets the clock
    /// by it (RFC 3414 §3.2 step 7b).
    mutating func receive(boots: UInt32, time: UInt32, at now: MonotonicTime) -> Reading {
        let counted = self.time(at: now)
        if boots == Self.lastBoots { return .exhausted }
        if boots > self.boots {
            self = EngineClock(boots: boots, time: time, at: now)
            return .restarted
        }
        if boots < self.boots { return .lowerBoots }
        let difference = Int64(time) - Int64(counted)
        if time > self.latestTime {
            self.latestTime = time
            self.zeroAt = now - Int64(time) * 1_000_000_000
            if difference > Self.window { return .ahead(seconds: difference) }
        }
        return difference < -Self.window ? .late(seconds: -difference) : .inWindow
    }

    /// Whether the other clock shows the same boots and about the same time, as those of one engine do.
    func agrees(with other: EngineClock) -> Bool {
        let difference = self.zeroAt.subtractingReportingOverflow(other.zeroAt)
        return self.boots == other.boots && !difference.overflow
            && difference.partialValue.magnitude <= UInt64(Self.window) * 1_000_000_000
    }
}
