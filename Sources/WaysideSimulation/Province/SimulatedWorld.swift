internal import WaysideCore

/// Everything outside the machines (外部世界): what happens, what is asked, what is seen and when it comes. A copy of it
/// goes on exactly as the original does, so that a journal need not be kept to be read again.
struct SimulatedWorld: Sendable {
    private let settings: SimulationSettings
    private var patrol: SimulatedPatrol
    private(set) var courier: Courier
    private var random: SplitMix
    private var now: Timestamp
    private var position = JournalPosition.beginning
    private var isClosed = false

    init(_ province: SimulatedProvince, _ settings: SimulationSettings) {
        var random = SplitMix(seed: settings.seed ^ 0x5EED_0FA0_0A1D)
        self.settings = settings
        self.patrol = SimulatedPatrol(province, settings, random: random.branch())
        self.courier = Courier(province, settings, random: random.branch())
        self.random = random.branch()
        self.now = province.period.start
    }

    /// The next batch of the journal; `nil` once all that was seen has come and nothing more can follow from it.
    mutating func next() -> JournalBatch? {
        guard !self.isClosed else { return nil }
        let end = self.settings.period.end
        var instant: Timestamp
        if self.now < end {
            instant = self.watch(until: self.nextTick())
        } else if let arrival = self.courier.nextArrival {
            instant = max(self.nextTick(), arrival)
        } else {
            // Nothing comes any more: one last batch tells that time has passed.
            self.isClosed = true
            instant = max(self.now, end) + SimulationSettings.longestDelayMilliseconds + Milliseconds.day
        }
        instant = max(instant, self.now + 1)
        defer {
            self.position = self.position.next
            self.now = instant
        }
        return JournalBatch(
            position: self.position,
            writtenAt: instant,
            entries: self.courier.deliver(by: instant)
        )
    }

    /// About a step later, never on the dot.
    private mutating func nextTick() -> Timestamp {
        let step = self.settings.stepMilliseconds
        let whole = (self.now - self.settings.period.start) / step + 1
        return self.settings.period.start + whole * step + self.random.below(step / 4)
    }

    /// Lets the patrol ask until the batch is written: while the service stands still nothing is written.
    private mutating func watch(until instant: Timestamp) -> Timestamp {
        var instant = instant
        self.ask(until: instant)
        if let goesOn = self.patrol.standsStill(at: instant) {
            instant = goesOn + 1_000
            self.ask(until: instant)
        }
        return instant
    }

    private mutating func ask(until instant: Timestamp) {
        var seen: [(Observation, Int, Timestamp)] = []
        self.patrol.advance(to: instant) { seen.append(($0, $1, $2)) }
        for (observation, collector, overAt) in seen {
            let back = self.patrol.linkIsBack(of: collector, at: overAt)
            self.courier.take(observation, overAt: overAt, linkIsBack: back)
        }
        for cut in self.patrol.cutsThatAreOver() {
            self.courier.report(cut: cut.span, collector: cut.collector, now: instant)
        }
    }
}
