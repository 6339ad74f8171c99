internal import Glibc
internal import WaysideCore
internal import WaysideSimulation

/// One made-up series' way from value to value (基准序列).
enum BenchWalk {
    /// A level that goes up or down by up to a step between two bounds; all in units of the last decimal place.
    case wandering(Int64, step: Int64, ClosedRange<Int64>, places: Double, movesPercent: Int64)
    /// A whole level that follows the day, with noise in every poll and spikes now and then.
    case busy(least: Int64, swing: Int64, noise: Int64)
    /// A counter of octets or packets.
    case traffic(BenchTraffic)
    /// A counter that seldom moves, or never.
    case rare(UInt64, perMinute: Double)
    /// A counter of a port that nobody is at.
    case still(UInt64)
    /// A state; one poll in 20,000 finds another.
    case state(Int64)

    /// When a poll is made, and what has happened since the last.
    struct Moment {
        let at: Timestamp
        let elapsedMilliseconds: Int64
        let isRestarted: Bool

        /// From 0 in the dead of night to 1 at the peaks of the morning and the evening.
        var dayCurve: Double {
            let hour = Double(self.at - ServiceDay(containing: self.at).start) / 3_600_000
            func peak(_ at: Double, _ width: Double) -> Double {
                let distance = min(abs(hour - at), 24 - abs(hour - at)) / width
                return exp(-distance * distance)
            }
            return min(1, peak(8.5, 2.5) + 0.7 * peak(13, 3) + peak(18, 2.8))
        }
    }

    /// Whether nearly every poll finds another value.
    var isMoving: Bool {
        switch self {
        case .wandering, .busy, .traffic: true
        case .rare(_, let perMinute): perMinute >= 1
        case .still, .state: false
        }
    }

    mutating func next(_ moment: Moment, _ random: inout SplitMix) -> HealthPoll.Value {
        switch self {
        case .wandering(let value, let step, let bounds, let places, let moves):
            var next = value
            if random.below(100) < moves { next += random.below(2 * step + 1) - step }
            next = min(max(next, bounds.lowerBound), bounds.upperBound)
            self = .wandering(next, step: step, bounds, places: places, movesPercent: moves)
            return .level(Double(next) / places)
        case .busy(let least, let swing, let noise):
            let spike = random.below(60) == 0 ? 10 + random.below(40) : 0
            let byDay = Int64(Double(swing) * moment.dayCurve)
            return .level(Double(min(100, least + byDay + spike + random.below(2 * noise + 1))))
        case .traffic(var traffic):
            let count = traffic.next(moment, &random)
            self = .traffic(traffic)
            return .count(count)
        case .rare(let count, let perMinute):
            let mean = perMinute * Double(moment.elapsedMilliseconds) / 60_000
            let base = moment.isRestarted ? 0 : count
            let step = mean > 0 ? max(0, mean + sqrt(mean) * random.normal()).rounded() : 0
            self = .rare(base + UInt64(step), perMinute: perMinute)
            return .count(base + UInt64(step))
        case .still(let count):
            if moment.isRestarted { self = .still(0) }
            return .count(moment.isRestarted ? 0 : count)
        case .state(let value):
            return .level(Double(random.below(20_000) == 0 ? value + 1 : value))
        }
    }
}

/// What passes a port: by day more than by night, drifting over hours, noisy from minute to minute, with bursts of some
/// minutes now and then.
struct BenchTraffic {
    private var count: UInt64
    private let perSecond: Double
    /// The standard deviation of a minute's sum, as a share of it.
    private let noise: Double
    /// The logarithm of a slow drift.
    private var drift = 0.0
    private var burst: (factor: Double, minutesLeft: Int64) = (1, 0)

    init(_ count: UInt64, perSecond: Double, noise: Double) {
        (self.count, self.perSecond, self.noise) = (count, perSecond, noise)
    }

    mutating func next(_ moment: BenchWalk.Moment, _ random: inout SplitMix) -> UInt64 {
        self.drift = 0.99 * self.drift + 0.02 * random.normal()
        if self.burst.minutesLeft > 0 {
            self.burst.minutesLeft -= 1
        } else {
            // About one in two hours.
            let begins = random.below(120) == 0
            self.burst =
                begins ? (1.5 + Double(random.below(400)) / 100, 1 + random.below(8)) : (1, 0)
        }
        let mean = self.perSecond * Double(moment.elapsedMilliseconds) / 1_000
        let level = (0.55 + 0.45 * moment.dayCurve) * exp(self.drift) * self.burst.factor
        let passed = mean * level * max(0, 1 + self.noise * random.normal())
        self.count = (moment.isRestarted ? 0 : self.count) &+ UInt64(passed)
        return self.count
    }
}

extension SplitMix {
    /// A number of the standard normal distribution, nearly: the sum of twelve even ones.
    fileprivate mutating func normal() -> Double {
        var sum = -6.0
        for _ in 0..<12 { sum += Double(self.below(1 << 20)) / Double(1 << 20) }
        return sum
    }
}
