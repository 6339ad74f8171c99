import Testing
import WaysideDevices

@Suite("Rates of counters")
struct CounterRateTests {
    private static func clock(_ seconds: Int64, up: UInt32?, engine: UInt32? = nil, system: UInt32? = nil)
        -> AgentClock
    {
        AgentClock(readAt: seconds * 1_000, upTime: up, systemUpTime: system, engineSeconds: engine)
    }

    private static func rate(
        _ earlier: UInt64,
        _ later: UInt64,
        _ width: CounterRate.Width = .bits32,
        _ clocks: (AgentClock, AgentClock) = (clock(0, up: 1_000), clock(10, up: 2_000)),
        most: Double? = 12_500_000
    ) -> CounterRate {
        .between(.init(earlier, width, clocks.0), .init(later, width, clocks.1), mostPerSecond: most)
    }

    @Test("a counter that rose has a rate")
    func rose() { #expect(Self.rate(1_000, 21_000) == .perSecond(2_000)) }

    @Test("32 and 64 bits that wrapped go on, also while sysUpTime wraps")
    func wrapped() {
        let clocks = (Self.clock(0, up: 4_294_967_290), Self.clock(1, up: 120))
        #expect(Self.rate(4_294_900_000, 5_000, .bits32, clocks) == .perSecond(72_296))
        #expect(Self.rate(18_446_744_073_709_500_000, 4_000, .bits64, clocks) == .perSecond(55_616))
    }

    @Test("an agent that started anew gives no rate, whether or not its counter is lower")
    func restarted() {
        let clocks = (Self.clock(0, up: 900_000), Self.clock(60, up: 1_500))
        #expect(Self.rate(4_000_000, 100, .bits32, clocks) == .none(.restarted))
        #expect(Self.rate(100, 4_000_000, .bits64, clocks) == .none(.restarted))
    }

    @Test("a counter that fell while the agent ran on, further than the port can carry, went back")
    func wentBack() {
        #expect(Self.rate(1 << 40, 1 << 39, .bits64) == .none(.wentBack))
        #expect(Self.rate(2_000_000_000, 100) == .none(.implausible))
        #expect(Self.rate(2_000_000_000, 100, most: nil) == .none(.wentBack))
    }

    @Test("without a clock a fall is told from a wrap by what the port can carry")
    func noClock() {
        let clocks = (Self.clock(0, up: nil), Self.clock(10, up: nil))
        #expect(Self.rate(4_294_900_000, 5_000, .bits32, clocks) == .perSecond(7_229.6))
        #expect(Self.rate(4_294_900_000, 5_000, .bits32, clocks, most: nil) == .none(.wentBack))
    }

    @Test("more than the port can carry is no rate, and 32 bits that may have turned twice say nothing")
    func bounds() {
        #expect(Self.rate(0, 200_000_000) == .none(.implausible))
        let clocks = (Self.clock(0, up: 0), Self.clock(60, up: 6_000))
        #expect(Self.rate(5, 1_005, .bits32, clocks, most: 125_000_000) == .none(.ambiguous))
        #expect(Self.rate(5, 1_205, .bits64, clocks, most: 125_000_000) == .perSecond(20))
    }

    @Test("an ifTable of 64 bits is counted with 64")
    func wideTable() { #expect(Self.rate(1 << 40, (1 << 40) + 1_000) == .perSecond(100)) }

    @Test("no time, no rate")
    func noTime() {
        let clocks = (Self.clock(10, up: 1), Self.clock(10, up: 1))
        #expect(Self.rate(1, 2, .bits32, clocks) == .none(.noTime))
    }

    @Test("a sysUpTime that fell is a restart, unless the engine's clock ran on; one that wrapped is none")
    func continuity() {
        func verdict(_ earlier: AgentClock, _ later: AgentClock) -> AgentClock.Continuity {
            later.continuity(since: earlier)
        }
        #expect(verdict(Self.clock(0, up: 500), Self.clock(60, up: 6_500)) == .ranOn)
        #expect(verdict(Self.clock(0, up: 4_294_967_000), Self.clock(60, up: 5_704)) == .ranOn)
        #expect(verdict(Self.clock(0, up: 900_000), Self.clock(60, up: 5_000)) == .restarted)
        #expect(
            verdict(Self.clock(0, up: 900_000, engine: 9_000), Self.clock(60, up: 5_000, engine: 9_060))
                == .ranOn
        )
        #expect(
            verdict(Self.clock(0, up: 900_000, engine: 9_000), Self.clock(60, up: 5_000, engine: 50))
                == .restarted
        )
        #expect(verdict(Self.clock(0, up: 1_000), Self.clock(600, up: 3_000)) == .restarted)
        #expect(
            verdict(Self.clock(0, up: nil, system: 100), Self.clock(60, up: nil, system: 6_100)) == .ranOn
        )
        #expect(verdict(Self.clock(0, up: 7), Self.clock(600, up: 7)) == .unknown)
        #expect(verdict(Self.clock(60, up: 7), Self.clock(0, up: 7)) == .unknown)
    }
}
