internal import WaysideCore

/// Asks everybody in turn (模拟轮巡), by the schedules the service uses, and answers with what was seen.
struct SimulatedPatrol: Sendable {
    private struct Line: Sendable {
        var schedule: ProbeSchedule
        let place: Int
        let collector: Int
        var isAsked: Bool
    }

    private let inventory: Inventory
    private let wiring: Wiring
    private let cadences: CadenceTable
    private let end: Timestamp
    private(set) var misfortunes: Misfortunes
    private var random: SplitMix
    private var lines: [Line] = []
    private var lineOf: [TrackKey: Int] = [:]
    private var due = DueTimes<Int>()
    private var upstreams: [[Int]] = []
    private var day: ServiceDay?
    /// Everything before this instant was asked.
    private(set) var now: Timestamp
    private var cutsSeen: [Int]

    init(_ province: SimulatedProvince, _ settings: SimulationSettings, random: SplitMix) {
        var random = random
        (self.inventory, self.wiring) = (province.inventory, province.wiring)
        (self.cadences, self.end, self.now) = (settings.cadences, province.period.end, province.period.start)
        self.misfortunes = Misfortunes(
            province.inventory,
            province.wiring,
            from: province.period.start,
            trouble: settings.trouble,
            random: random.branch()
        )
        self.cutsSeen = province.wiring.collectors.map { _ in 0 }
        self.random = random
    }

    /// Asks until then, and hands over what was seen with the instant at which it is known where it was asked.
    mutating func advance(
        to instant: Timestamp,
        each: (Observation, _ collector: Int, _ overAt: Timestamp) -> Void
    ) {
        let instant = min(instant, self.end)
        while self.now < instant {
            let today = ServiceDay(containing: self.now)
            if today != self.day { self.begin(today) }
            let until = min(instant, today.end)
            while let (at, line) = self.due.popFirst(before: until) { self.ask(line, at: at, each: each) }
            self.now = until
        }
    }

    /// When the service stands still at that instant, when it goes on; `nil` when it does not.
    mutating func standsStill(at instant: Timestamp) -> Timestamp? {
        self.misfortunes.isGap(of: 0, at: instant) ? self.misfortunes.gaps[0].until : nil
    }

    /// When a collector's link that is down then is back; `nil` when it is not down.
    mutating func linkIsBack(of collector: Int, at instant: Timestamp) -> Timestamp? {
        self.misfortunes.linkIsBack(of: collector, at: instant)
    }

    /// The cuts of our own network that are over and not yet reported, with their collectors.
    mutating func cutsThatAreOver() -> [(span: Span, collector: Int)] {
        var cuts: [(span: Span, collector: Int)] = []
        for collector in self.cutsSeen.indices {
            _ = self.misfortunes.isOwnCut(of: collector, at: self.now)
            let process = self.misfortunes.ownCuts[collector]
            guard process.count > self.cutsSeen[collector], let span = process.last else { continue }
            self.cutsSeen[collector] = process.count
            // Half of them we noticed ourselves, and said so at once.
            if Self.isDoubted(span.start) { continue }
            cuts.append((span, collector))
        }
        return cuts
    }

    /// A new day's devices, and who hangs on whom.
    private mutating func begin(_ day: ServiceDay) {
        self.day = day
        self.upstreams = Topology(self.inventory, on: day).upstreams
        let targets = PatrolTargets(self.inventory, on: day, cadences: self.cadences)
        for line in self.lines.indices { self.lines[line].isAsked = false }
        for target in targets.lines {
            if let line = self.lineOf[target.track] {
                self.lines[line].isAsked = true
                continue
            }
            guard let place = self.inventory.index(of: target.track.device) else { continue }
            let schedule = ProbeSchedule(
                target.track,
                cadence: target.cadence,
                missesToConfirm: targets.missesToConfirm,
                now: day.start
            )
            self.lineOf[target.track] = self.lines.count
            self.due.insert(self.lines.count, at: schedule.nextDue)
            self.lines.append(
                Line(
                    schedule: schedule,
                    place: place,
                    collector: self.wiring.places[place].collector,
                    isAsked: true
                )
            )
        }
    }

    private mutating func ask(
        _ line: Int,
        at: Timestamp,
        each: (Observation, Int, Timestamp) -> Void
    ) {
        let (track, collector) = (self.lines[line].schedule.track, self.lines[line].collector)
        // What has retired goes on being asked once in a while: nobody told the collector.
        let isAsked = self.lines[line].isAsked || self.random.millionths(20_000)
        guard isAsked, !self.misfortunes.isGap(of: collector, at: at) else {
            self.lines[line].schedule.lose(now: at)
            return self.due.insert(line, at: self.lines[line].schedule.nextDue)
        }
        var (outcome, cause, values): (Outcome, Cause?, String?) = (.down, .timeout, nil)
        if self.misfortunes.isOwnCut(of: collector, at: at) {
            if Self.isDoubted(self.misfortunes.ownCuts[collector].since) {
                (outcome, cause, values) = (.unknown, .selfNetwork, "{\"outcome\":\"down\"}")
            }
        } else {
            (outcome, cause) = self.misfortunes.answer(
                self.lines[line].place,
                track.check,
                at: at,
                upstreams: self.upstreams
            )
        }
        let deadline = self.lines[line].schedule.cadence.deadlineMilliseconds
        let took = outcome == .down ? deadline : self.random.within(3...900)
        // Now and then something is asked that the inventory does not want asked: kept, and of no effect.
        let check = self.random.millionths(200) ? Check.picture : track.check
        each(
            Observation(
                device: track.device,
                check: check,
                hop: track.hop,
                at: at,
                collector: self.wiring.collectors[collector],
                outcome: outcome,
                cause: cause,
                tookMilliseconds: took,
                values: values
            ),
            collector,
            at + took
        )
        self.lines[line].schedule.receive(outcome, cause: cause, askedAt: at, now: at + took)
        self.due.insert(line, at: self.lines[line].schedule.nextDue)
    }

    /// Whether we doubted ourselves during the cut that began then.
    private static func isDoubted(_ start: Timestamp) -> Bool { start.milliseconds % 2 == 0 }
}
