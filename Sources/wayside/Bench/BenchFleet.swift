internal import WaysideCore
internal import WaysideSimulation

/// A made-up fleet whose health walks as that of real devices does (基准健康数据), the same for the same seed: of ten
/// devices eight cameras, and of a hundred sixteen switches with 24 ports and four UPSes.
struct BenchFleet {
    /// One series' way from value to value.
    fileprivate enum Walk {
        /// A level that wanders in steps of a unit between two bounds.
        case level(Int64, step: Int64, ClosedRange<Int64>, places: Double, movesPercent: Int64)
        /// A level with a daily shape and noise, in whole units.
        case daily(least: Int64, swing: Int64, noise: Int64)
        /// Octets at a mean rate a second with so much noise in hundredths; by day more than by night.
        case traffic(UInt64, perSecond: Int64, noise: Int64)
        /// A counter that mostly stands still.
        case rare(UInt64, millionths: Int64)
        /// A number that does not change.
        case fixed(Int64)
    }

    fileprivate struct Series {
        let metric: Metric
        var walk: Walk
    }

    fileprivate struct Unit {
        let device: DeviceID
        var series: [Series]
        var random: SplitMix
        /// Its place in the minute, in milliseconds.
        let offset: Int64
        var lastAt: Timestamp
    }

    private var units: [Unit] = []

    /// What kind of device is measured apart.
    static let camera = DeviceID(1)
    /// The first switch.
    static let networkSwitch = DeviceID(9)

    init(devices: Int, seed: UInt64, from start: Timestamp) {
        var random = SplitMix(seed: seed)
        for number in 0..<devices {
            var own = SplitMix(seed: random.next())
            let series =
                switch number % 25 {
                case 8, 13, 18, 23: Self.networkSwitch(&own)
                case 24: Self.ups(&own)
                default: Self.camera(&own)
                }
            self.units.append(
                Unit(
                    device: DeviceID(Int64(number + 1)),
                    series: series,
                    random: own,
                    offset: Int64(number) * 60_000 / Int64(devices),
                    lastAt: start - 60_000
                )
            )
        }
    }

    /// How many series there are.
    var seriesCount: Int { self.units.reduce(0) { $0 + $1.series.count } }

    private static func gauge(_ name: String, _ unit: String, _ walk: Walk, _ instance: String = "") -> Series
    {
        Series(metric: Metric(name: name, instance: instance, unit: unit, kind: .gauge), walk: walk)
    }

    private static func counter(_ name: String, _ unit: String, _ walk: Walk, _ instance: String = "")
        -> Series
    {
        Series(metric: Metric(name: name, instance: instance, unit: unit, kind: .counter), walk: walk)
    }

    private static func port(_ name: String, in rate: Int64, out: Int64, _ random: inout SplitMix) -> [Series]
    {
        let (inward, outward) = (UInt64(random.below(1 << 42)), UInt64(random.below(1 << 42)))
        return [
            self.counter("interface.in_octets", "octets", .traffic(inward, perSecond: rate, noise: 6), name),
            self.counter(
                "interface.out_octets",
                "octets",
                .traffic(outward, perSecond: out, noise: 15),
                name
            ),
            self.counter(
                "interface.in_errors",
                "packets",
                .rare(UInt64(random.below(90)), millionths: 900),
                name
            ),
            self.counter("interface.out_errors", "packets", .rare(0, millionths: 50), name),
            self.counter(
                "interface.in_discards",
                "packets",
                .rare(UInt64(random.below(9_000)), millionths: 3_000),
                name
            ),
            self.gauge("interface.oper_status", "", .fixed(rate > 0 ? 1 : 2), name),
        ]
    }

    private static func camera(_ random: inout SplitMix) -> [Series] {
        [
            self.gauge("cpu.load", "%", .level(35, step: 4, 5...95, places: 1, movesPercent: 80)),
            self.gauge("memory.used_percent", "%", .level(61, step: 1, 50...70, places: 1, movesPercent: 6)),
            self.gauge("temperature", "celsius", .level(41, step: 1, 20...70, places: 1, movesPercent: 8)),
            self.gauge("storage.used_percent", "%", .fixed(random.below(100))),
        ] + self.port("eth0", in: 9_000, out: 500_000, &random)
    }

    private static func networkSwitch(_ random: inout SplitMix) -> [Series] {
        var series = [
            self.gauge("cpu.load", "%", .daily(least: 8, swing: 14, noise: 4)),
            self.gauge("memory.used_percent", "%", .level(47, step: 1, 40...60, places: 1, movesPercent: 4)),
            self.gauge(
                "temperature",
                "celsius",
                .level(452, step: 3, 300...700, places: 10, movesPercent: 50)
            ),
            self.gauge("psu.status", "", .fixed(1), "1"), self.gauge("psu.status", "", .fixed(1), "2"),
            self.gauge(
                "poe.used_watts",
                "W",
                .level(1_480, step: 6, 0...3_700, places: 10, movesPercent: 70)
            ),
            self.gauge("poe.budget_watts", "W", .fixed(370)),
        ]
        for number in 1...24 {
            // Twenty cameras, two free ports, two uplinks.
            let rate: (Int64, Int64) =
                number > 22 ? (400_000, 5_000_000) : number > 20 ? (0, 0) : (500_000, 9_000)
            series += self.port("GigabitEthernet0/0/\(number)", in: rate.0, out: rate.1, &random)
        }
        return series
    }

    private static func ups(_ random: inout SplitMix) -> [Series] {
        [
            self.gauge("ups.on_battery", "", .fixed(0)), self.gauge("ups.charge_percent", "%", .fixed(100)),
            self.gauge(
                "ups.runtime_minutes",
                "min",
                .level(84, step: 1, 60...95, places: 1, movesPercent: 9)
            ),
            self.gauge(
                "ups.input_voltage",
                "V",
                .level(2_251, step: 9, 2_100...2_400, places: 10, movesPercent: 90)
            ),
            self.gauge(
                "ups.output_voltage",
                "V",
                .level(2_200, step: 2, 2_190...2_210, places: 10, movesPercent: 60)
            ),
            self.gauge("ups.load_percent", "%", .daily(least: 31, swing: 9, noise: 2)),
            self.gauge(
                "temperature",
                "celsius",
                .level(264, step: 1, 200...400, places: 10, movesPercent: 20)
            ),
        ]
    }

    /// The polls of one minute, in the order of their instants; each a little early or late.
    mutating func minute(_ start: Timestamp) -> [HealthPoll] {
        self.units.indices.map { index in
            let jitter = self.units[index].random.below(400)
            return self.units[index].poll(at: start + self.units[index].offset + jitter)
        }
    }
}

extension BenchFleet.Unit {
    fileprivate mutating func poll(at: Timestamp) -> HealthPoll {
        let elapsed = at - self.lastAt
        self.lastAt = at
        let hour = (at - ServiceDay(containing: at).start) / 3_600_000
        let byDay = hour >= 7 && hour < 19
        return HealthPoll(
            device: self.device,
            at: at,
            readings: self.series.indices.map { index in
                HealthPoll.Reading(
                    self.series[index].metric,
                    self.series[index].walk.next(after: elapsed, hour: hour, byDay: byDay, &self.random)
                )
            }
        )
    }
}

extension BenchFleet.Walk {
    fileprivate mutating func next(
        after elapsed: Int64,
        hour: Int64,
        byDay: Bool,
        _ random: inout SplitMix
    ) -> HealthPoll.Value {
        switch self {
        case .fixed(let value): return .level(Double(value))
        case .level(let value, let step, let bounds, let places, let moves):
            var next = value
            if random.below(100) < moves { next += random.below(2 * step + 1) - step }
            next = min(max(next, bounds.lowerBound), bounds.upperBound)
            self = .level(next, step: step, bounds, places: places, movesPercent: moves)
            return .level(Double(next) / places)
        case .daily(let least, let swing, let noise):
            let shape = byDay ? swing : swing * max(0, 6 - abs(hour - 19)) / 12
            return .level(Double(least + shape + random.below(noise + 1)))
        case .rare(let count, let millionths):
            let next = random.below(1_000_000) < millionths ? count + 1 + UInt64(random.below(20)) : count
            self = .rare(next, millionths: millionths)
            return .count(next)
        case .traffic(let count, let rate, let noise):
            let mean = rate * elapsed / 1_000 * (byDay ? 100 : 82) / 100
            let swing = mean * noise / 100
            let next = count &+ UInt64(max(0, mean - swing + random.below(2 * swing + 1)))
            self = .traffic(next, perSecond: rate, noise: noise)
            return .count(next)
        }
    }
}
