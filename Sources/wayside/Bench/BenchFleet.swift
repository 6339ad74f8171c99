internal import WaysideCore
internal import WaysideSimulation

/// A made-up fleet whose health walks as that of real devices does (基准健康数据), the same for the same seed: of 25
/// devices 20 cameras, four switches with 24 ports and a UPS, with the series that the shipped profiles ask them for.
///
/// A poll comes some hundred milliseconds early or late, one in fifty seconds late after a repeated question; three in a
/// thousand never come, and of one in five hundred a value is missing. Devices restart once in a month.
struct BenchFleet {
    /// Which series there are.
    enum Content {
        /// Every one that such devices are asked for, states and error counters of sound ports among them.
        case everything
        /// Those alone that move with nearly every poll.
        case moving
    }

    fileprivate struct Series {
        let metric: Metric
        var walk: BenchWalk
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

    init(devices: Int, content: Content, seed: UInt64, from start: Timestamp) {
        var random = SplitMix(seed: seed)
        for number in 0..<devices {
            var own = SplitMix(seed: random.next())
            let series =
                switch number % 25 {
                case 8, 13, 18, 23: Self.networkSwitch(&own)
                case 24: Self.ups()
                default: Self.camera(&own)
                }
            self.units.append(
                Unit(
                    device: DeviceID(Int64(number + 1)),
                    series: content == .everything ? series : series.filter(\.walk.isMoving),
                    random: own,
                    offset: Int64(number) * 60_000 / Int64(devices),
                    lastAt: start - 60_000
                )
            )
        }
    }

    /// How many series there are.
    var seriesCount: Int { self.units.reduce(0) { $0 + $1.series.count } }

    /// The polls of one minute, in the order of the devices.
    mutating func minute(_ start: Timestamp) -> [HealthPoll] {
        self.units.indices.compactMap { index in
            self.units[index].poll(around: start + self.units[index].offset)
        }
    }
}

// MARK: - Devices

extension BenchFleet {
    private static func gauge(_ name: String, _ unit: String, _ walk: BenchWalk, _ instance: String = "")
        -> Series
    {
        Series(metric: Metric(name: name, instance: instance, unit: unit, kind: .gauge), walk: walk)
    }

    /// A level that wanders; `value` and `step` in units of the last decimal place.
    private static func wandering(
        _ name: String,
        _ unit: String,
        _ value: Int64,
        step: Int64,
        places: Double = 1,
        movesPercent: Int64,
        _ instance: String = ""
    ) -> Series {
        let bounds = value - 40 * step...value + 40 * step
        return self.gauge(
            name,
            unit,
            .wandering(value, step: step, bounds, places: places, movesPercent: movesPercent),
            instance
        )
    }

    /// The series of a port with so many octets a second in and out.
    private static func port(_ name: String, in rate: Double, out: Double, _ random: inout SplitMix)
        -> [Series]
    {
        func counter(_ series: String, _ unit: String, _ walk: BenchWalk) -> Series {
            Series(
                metric: Metric(name: "interface.\(series)", instance: name, unit: unit, kind: .counter),
                walk: walk
            )
        }
        func traffic(_ rate: Double, noise: Double) -> BenchWalk {
            guard rate > 0 else { return .still(UInt64(random.below(1 << 30))) }
            return .traffic(BenchTraffic(UInt64(random.below(1 << 42)), perSecond: rate, noise: noise))
        }
        // One port in twenty has a bad plug.
        let isBad = random.below(20) == 0
        func rare(_ perMinute: Double) -> BenchWalk {
            .rare(UInt64(random.below(900)), perMinute: isBad && rate > 0 ? perMinute : 0)
        }
        return [
            self.gauge("interface.oper_state", "", .state(rate > 0 ? 1 : 2), name),
            counter("in_octets", "octets", traffic(rate, noise: 0.05)),
            counter("out_octets", "octets", traffic(out, noise: 0.12)),
            counter("in_packets", "packets", traffic(rate / 1_100, noise: 0.05)),
            counter("in_errors", "packets", rare(3)), counter("out_errors", "packets", rare(0.1)),
            counter("in_discards", "packets", rare(0.5)), counter("out_discards", "packets", rare(2)),
        ]
    }

    private static func camera(_ random: inout SplitMix) -> [Series] {
        [
            self.gauge("cpu.load", "%", .busy(least: 28, swing: 20, noise: 6)),
            self.wandering("memory.used", "%", 61, step: 1, movesPercent: 12),
            self.gauge("storage.used", "%", .state(random.below(100))),
        ] + self.port("eth0", in: 9_000, out: 500_000, &random)
    }

    private static func networkSwitch(_ random: inout SplitMix) -> [Series] {
        var series = [
            self.gauge("cpu.load", "%", .busy(least: 8, swing: 14, noise: 4)),
            self.wandering("memory.used", "%", 47, step: 1, movesPercent: 10),
            self.wandering("temperature.celsius", "C", 452, step: 3, places: 10, movesPercent: 60, "board"),
            self.wandering("temperature.celsius", "C", 52, step: 1, movesPercent: 15, "CPU"),
            self.gauge("power.supply_state", "", .state(1), "1"),
            self.gauge("power.supply_state", "", .state(1), "2"),
            self.gauge("fan.state", "", .state(1), "1"),
            self.wandering("poe.consumption", "W", 1_480, step: 6, places: 10, movesPercent: 80),
            self.gauge("poe.budget", "W", .state(370)),
        ]
        for number in 1...24 {
            // Two uplinks, two free ports, and cameras that send.
            let rates: (Double, Double) =
                number > 22 ? (400_000, 5_000_000) : number > 20 ? (0, 0) : (500_000, 9_000)
            series += self.port("GigabitEthernet0/0/\(number)", in: rates.0, out: rates.1, &random)
            guard number <= 20 else { continue }
            series.append(
                self.wandering(
                    "poe.power",
                    "W",
                    5_000 + random.below(4_000),
                    step: 60,
                    places: 1_000,
                    movesPercent: 90,
                    "port \(number)"
                )
            )
        }
        return series
    }

    private static func ups() -> [Series] {
        [
            self.gauge("ups.output_state", "", .state(2)), self.gauge("ups.battery_state", "", .state(2)),
            self.gauge("ups.charge", "%", .state(100)),
            self.wandering("ups.runtime", "min", 84, step: 1, movesPercent: 9),
            self.wandering("ups.input_voltage", "V", 2_251, step: 9, places: 10, movesPercent: 90),
            self.wandering("ups.output_voltage", "V", 2_200, step: 2, places: 10, movesPercent: 60),
            self.wandering("ups.input_frequency", "Hz", 500, step: 1, places: 10, movesPercent: 40),
            self.gauge("ups.load", "%", .busy(least: 31, swing: 9, noise: 2)),
            self.wandering("ups.battery_temperature", "C", 264, step: 1, places: 10, movesPercent: 20),
        ]
    }
}

extension BenchFleet.Unit {
    /// The poll that was due then; `nil` when the device did not answer.
    fileprivate mutating func poll(around due: Timestamp) -> HealthPoll? {
        guard self.random.below(1_000) >= 3 else { return nil }
        let isRepeated = self.random.below(50) == 0
        let at = due + self.random.below(400) + (isRepeated ? 1_000 + self.random.below(2_500) : 0)
        let elapsed = at - self.lastAt
        self.lastAt = at
        let isRestarted = self.random.below(43_200) == 0
        let lost = self.random.below(500) == 0 ? Int(self.random.below(Int64(self.series.count))) : -1
        let moment = BenchWalk.Moment(
            at: at,
            elapsedMilliseconds: elapsed,
            isRestarted: isRestarted
        )
        var readings: [HealthPoll.Reading] = []
        readings.reserveCapacity(self.series.count)
        for index in self.series.indices {
            let value = self.series[index].walk.next(moment, &self.random)
            if index != lost { readings.append(HealthPoll.Reading(self.series[index].metric, value)) }
        }
        return HealthPoll(device: self.device, at: at, readings: readings)
    }
}
