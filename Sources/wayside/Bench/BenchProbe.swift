internal import Foundation
internal import MediaProbe
internal import Synchronization
internal import WaysideService

/// The measurement of `wayside bench probe` (视频流基准): streams are looked at from many threads; what that used is
/// read off before and after.
struct BenchProbe {
    /// Values in order.
    struct Ordered {
        private let values: [Double]

        init(_ values: [Double]) { self.values = values.sorted() }

        /// The value below which that share of them lies; nil when there are none.
        func share(_ share: Double) -> Double? {
            self.values.isEmpty ? nil : self.values[Int((Double(self.values.count - 1) * share).rounded(.up))]
        }
    }

    /// What was measured; times are in milliseconds, memory in MB (2²⁰ bytes).
    struct Figures {
        var what: String
        var probes = 0
        var seconds = 0.0
        /// Of the whole process; nil where that cannot be told apart.
        var cpu: (user: Double, system: Double)?
        var took = Ordered([])
        /// From the beginning of the probe to the end of its first whole key frame.
        var firstKey = Ordered([])
        /// How many times the 99th share of `firstKey` is that of the streams alone.
        var firstKeyRatio: Double?
        /// By how much a probe outlived the time it was given; zero for one that did not.
        var overshoot = Ordered([])
        var resident = 0.0
        /// After the first tenth.
        var residentEarly = 0.0
        var residentPeak = 0.0
        var outcomes = ""
        var loadAverage = 0.0

        var probesPerSecond: Double { self.seconds > 0 ? Double(self.probes) / self.seconds : 0 }
    }

    /// One look, as short as can be kept.
    struct Look {
        var tookMilliseconds: Double
        var firstKeyMilliseconds: Double?
        var verdict: MediaVerdict
    }

    /// What was seen and used from one moment to another, or in several such times together.
    struct Stretch {
        fileprivate var looks: [Look] = []
        fileprivate var seconds = 0.0
        fileprivate var cpu = (user: 0.0, system: 0.0)
        fileprivate var memory = (resident: 0.0, early: 0.0, peak: 0.0)
        fileprivate var loadAverage = 0.0

        /// Takes in a later one.
        mutating func add(_ later: Stretch) {
            let isFirst = self.looks.isEmpty
            self.looks += later.looks
            self.seconds += later.seconds
            self.cpu.user += later.cpu.user
            self.cpu.system += later.cpu.system
            let early = isFirst ? later.memory.early : self.memory.early
            self.memory = (later.memory.resident, early, max(self.memory.peak, later.memory.peak))
            self.loadAverage = later.loadAverage
        }
    }

    /// What many threads have seen, and when the measurement is over.
    private final class Tally: Sendable {
        let looks = Mutex<[Look]>([])
        let residentEarly = Mutex(0.0)
        let next = Atomic<Int>(0)
        let isOver = Atomic<Bool>(false)
    }

    let targets: [MediaTarget]
    let limits: MediaLimits
    let prober: MediaProber
    let rounds: Int
    let concurrency: Int

    /// Looks once, which pays for what is made once, such as the list of authorities.
    func warmUp() {
        if let first = self.targets.first { _ = self.prober.inspect(first, limits: self.limits) }
    }

    /// Looks at all streams, round after round.
    func measure() async -> Stretch {
        let tally = Tally()
        let lane = BlockingLane(name: "bench", threadCount: min(self.concurrency, 256))
        let second =
            self.concurrency > 256 ? BlockingLane(name: "bench", threadCount: self.concurrency - 256) : nil
        defer {
            lane.close()
            second?.close()
        }
        ProcessUse.forgetPeak()
        let start = ProcessUse.now
        await withTaskGroup(of: Void.self) { group in
            for worker in 0..<self.concurrency {
                let lane = worker < 256 ? lane : second ?? lane
                group.addTask(executorPreference: lane) { self.work(tally) }
            }
        }
        return self.stretch(tally, since: start)
    }

    /// Looks at all streams while so many hung cameras are looked at side by side.
    func measure(beside count: Int, _ cameras: HungCameras) async -> (streams: Stretch, hung: Stretch) {
        let tally = Tally()
        let lanes = stride(from: 0, to: count, by: 250).map { first in
            BlockingLane(name: "hung", threadCount: min(250, count - first), stackBytes: 128 << 10)
        }
        defer { for lane in lanes { lane.close() } }
        ProcessUse.forgetPeak()
        let start = ProcessUse.now
        let taken = cameras.takenCount
        let beside = await withTaskGroup(of: Void.self) { group in
            for camera in 0..<count {
                group.addTask(executorPreference: lanes[camera / 250]) {
                    self.hang(on: cameras, camera, tally)
                }
            }
            // Only with all of them hanging does it count.
            await cameras.waitUntilTaken(taken + count)
            let beside = await self.measure()
            tally.isOver.store(true, ordering: .releasing)
            await group.waitForAll()
            return beside
        }
        return (beside, self.stretch(tally, since: start))
    }

    /// When a look at a hung camera is given up: after an answer's time, or where the time for a farewell begins,
    /// although nothing was agreed on with it that one could take leave of.
    var hungGiveUp: Duration { min(self.limits.total - self.limits.farewellShare, self.limits.answer) }

    /// Looks at streams until there are no more to look at.
    private func work(_ tally: Tally) {
        let count = self.targets.count * self.rounds
        while case let index = tally.next.wrappingAdd(1, ordering: .relaxed).oldValue, index < count {
            self.look(at: self.targets[index % self.targets.count], tally)
            if index == count / 10 { tally.residentEarly.withLock { $0 = ProcessUse.memory.resident } }
        }
    }

    /// Looks at one hung camera again and again, until the others are through; at least once.
    private func hang(on cameras: HungCameras, _ camera: Int, _ tally: Tally) {
        repeat { self.look(at: cameras.target(camera), tally) } while !tally.isOver.load(ordering: .acquiring)
    }

    private func look(at target: MediaTarget, _ tally: Tally) {
        let start = ContinuousClock.now
        let report = self.prober.inspect(target, limits: self.limits)
        let took = (ContinuousClock.now - start) / .milliseconds(1)
        let stages = report.stages
        let key = stages.last?.stage == .firstKeyFrame && report.verdict == .up
        let firstKey = key ? stages.reduce(Duration.zero) { $0 + $1.took } / .milliseconds(1) : nil
        let look = Look(tookMilliseconds: took, firstKeyMilliseconds: firstKey, verdict: report.verdict)
        tally.looks.withLock { $0.append(look) }
    }

    private func stretch(_ tally: Tally, since start: ProcessUse) -> Stretch {
        let end = ProcessUse.now
        let memory = ProcessUse.memory
        var stretch = Stretch(looks: tally.looks.withLock { $0 })
        stretch.seconds = (end.at - start.at) / .seconds(1)
        stretch.cpu = (
            end.userMilliseconds - start.userMilliseconds, end.systemMilliseconds - start.systemMilliseconds
        )
        stretch.memory = (memory.resident, tally.residentEarly.withLock { $0 }, memory.peak)
        stretch.loadAverage = end.loadAverage
        return stretch
    }

    /// What a stretch comes to. Whether the processor time is that of its looks alone only who measured can say.
    func figures(_ what: String, _ stretch: Stretch, giveUp: Duration, isAlone: Bool) -> Figures {
        let looks = stretch.looks
        let limit = giveUp / .milliseconds(1)
        var figures = Figures(what: what, probes: looks.count)
        figures.seconds = stretch.seconds
        figures.cpu = isAlone ? stretch.cpu : nil
        figures.took = Ordered(looks.map(\.tookMilliseconds))
        figures.firstKey = Ordered(looks.compactMap(\.firstKeyMilliseconds))
        figures.overshoot = Ordered(looks.map { max(0, $0.tookMilliseconds - limit) })
        (figures.resident, figures.residentEarly, figures.residentPeak) = stretch.memory
        let kinds = Dictionary(grouping: looks) { look in
            look.verdict.cause.map { "\(look.verdict.outcome) \($0.rawValue)" } ?? look.verdict.outcome
        }
        figures.outcomes = kinds.map { "\($0.key) \($0.value.count)" }.sorted().joined(separator: ", ")
        figures.loadAverage = stretch.loadAverage
        return figures
    }
}
