import WaysideCore

@testable import WaysideService

/// A patrol's desk on a made-up road, driven event by event on one thread: the same decisions as in service, without
/// a clock, a task or a wait.
struct PatrolSimulation {
    /// How a device answers, and after how many milliseconds; `nil` never comes back.
    typealias Road = (_ order: ProbeOrder, _ elapsed: Int64) -> (verdict: ProbeVerdict, took: Int64)?

    static let start = Timestamp(milliseconds: 1_700_000_000_000)

    struct Asked: Hashable {
        var track: TrackKey
        var from: Int64
        var to: Int64
    }

    var desk: PatrolDesk
    var elapsed: Int64 = 0
    var wallOffset: Int64 = 0
    var isSynchronised = false
    var journal: [PatrolOutbox.Batch] = []
    /// What the journal does with a batch; `nil` hangs.
    var accepts: (Int64) -> Bool? = { _ in true }
    var asked: [Asked] = []
    private var underWay: [(number: UInt64, at: Int64, verdict: ProbeVerdict)] = []

    init(_ targets: PatrolTargets, settings: PatrolSettings = PatrolSettings()) {
        let reading = ClockKeeper.Reading(wall: Self.start, elapsedMilliseconds: 0, isSynchronised: false)
        self.desk = PatrolDesk(settings: settings, reading: reading, dated: nil)
        self.desk.adopt(targets, elapsed: 0)
    }

    /// Observations that are safe, in the order of the journal.
    var observations: [Observation] {
        self.journal.flatMap(\.entries).compactMap {
            if case .observation(let observation) = $0 { observation } else { nil }
        }
    }

    /// Runs until that moment. Control targets answer by `controls`.
    mutating func run(until end: Int64, controls: (Int64) -> Bool? = { _ in nil }, road: Road) {
        while self.elapsed < end {
            _ = self.desk.look(
                ClockKeeper.Reading(
                    wall: Self.start + self.elapsed + self.wallOffset,
                    elapsedMilliseconds: self.elapsed,
                    isSynchronised: self.isSynchronised
                )
            )
            for landed in self.underWay where landed.at <= self.elapsed {
                self.desk.receive(landed.verdict, of: landed.number, elapsed: self.elapsed)
            }
            self.underWay.removeAll { $0.at <= self.elapsed }
            for departure in self.desk.departures(elapsed: self.elapsed) {
                let order = departure.order
                let track = TrackKey(device: order.device, check: order.check, hop: order.hop)
                let answer = road(order, self.elapsed)
                let back = answer.map { self.elapsed + $0.took } ?? .max
                self.asked.append(Asked(track: track, from: self.elapsed, to: back))
                if let answer { self.underWay.append((departure.number, back, answer.verdict)) }
            }
            if self.desk.wantsControls(elapsed: self.elapsed) {
                self.desk.controls(answered: controls(self.elapsed))
            }
            if let batch = self.desk.batch(elapsed: self.elapsed) {
                switch self.accepts(self.elapsed) {
                case true?:
                    self.journal.append(batch)
                    _ = self.desk.outbox.succeeded()
                case false?: self.desk.outbox.failed("full", date: batch.writtenAt, elapsed: self.elapsed)
                case nil: break
                }
            }
            let next = min(
                self.desk.nextWake(now: self.elapsed),
                self.underWay.map(\.at).min() ?? .max,
                end
            )
            self.elapsed = max(self.elapsed + 1, next)
        }
    }
}

extension PatrolTargets {
    /// `count` devices, each its own root, each with these checks.
    static func road(_ count: Int64, _ checks: [Check], _ cadence: CheckCadence? = nil) -> PatrolTargets {
        var lines: [Line] = []
        for number in 1...count {
            for check in checks {
                let track = TrackKey(device: DeviceID(number), check: check, hop: .direct)
                lines.append(Line(track: track, cadence: cadence ?? .usual(check)))
            }
        }
        return PatrolTargets(lines: lines, devices: [:])
    }
}

extension ProbeVerdict {
    static let up = ProbeVerdict(outcome: .up)
    static let timeout = ProbeVerdict(outcome: .down, cause: .timeout)
}
