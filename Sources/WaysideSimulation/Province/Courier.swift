internal import WaysideCore

/// Brings what was seen into the journal (送达): doubled, late, after a link was down, and in no order.
struct Courier: Sendable {
    private let settings: SimulationSettings
    private let collectors: [String]
    private let devices: [DeviceID]
    private var random: SplitMix
    private var underWay = DueTimes<JournalEntry>()
    /// How many were given twice.
    private(set) var doubled = 0
    /// How many came more than ten minutes after they were seen.
    private(set) var delayed = 0

    init(_ province: SimulatedProvince, _ settings: SimulationSettings, random: SplitMix) {
        (self.settings, self.collectors) = (settings, province.wiring.collectors)
        (self.devices, self.random) = (province.inventory.devices.map(\.id), random)
    }

    /// When the next thing comes; `nil` when nothing is under way.
    var nextArrival: Timestamp? { self.underWay.earliest }

    /// Takes an observation that is known at its collector from `overAt` on; `linkIsBack` is when what waits there
    /// reaches the centre.
    mutating func take(_ observation: Observation, overAt: Timestamp, linkIsBack: Timestamp?) {
        var arrival = overAt
        let latest = observation.at + SimulationSettings.longestDelayMilliseconds - Milliseconds.hour
        if let linkIsBack { arrival = linkIsBack + self.random.below(2 * Milliseconds.minute) }
        if self.random.millionths(self.settings.stragglersInAMillion) {
            arrival = overAt + self.random.duration(Milliseconds.minute...46 * Milliseconds.hour)
        }
        arrival = max(overAt, min(arrival, latest))
        if arrival - observation.at > 10 * Milliseconds.minute { self.delayed += 1 }
        self.underWay.insert(.observation(observation), at: arrival)
        guard self.random.below(100) < self.settings.doubledInAHundred else { return }
        self.doubled += 1
        var again = observation
        // Of those that are given twice a few differ, and a few come much later.
        if self.random.percent(2) { (again.outcome, again.cause) = (.down, .timeout) }
        let later =
            self.random.percent(2) ? self.random.duration(Milliseconds.minute...20 * Milliseconds.hour) : 0
        self.underWay.insert(.observation(again), at: max(overAt, min(arrival + later, latest)))
    }

    /// A cut of our own network was found out: that becomes known some time later.
    mutating func report(cut: Span, collector: Int, now: Timestamp) {
        let delay = self.random.duration(Milliseconds.minute...20 * Milliseconds.hour)
        let knownAt = now + delay
        let void = VoidRecord(
            // What began just before the cut ended in it.
            span: Span(cut.start - 5_000, cut.end),
            devices: self.random.percent(20)
                ? Set((0..<5).map { _ in self.random.pick(self.devices) }) : nil,
            checks: self.random.percent(10) ? [.reach] : nil,
            collector: self.random.percent(70) ? self.collectors[collector] : nil,
            reason: "self_network",
            at: knownAt,
            receivedAt: knownAt
        )
        self.underWay.insert(.void(void), at: knownAt)
    }

    /// What has come by then, as a batch written then has it.
    mutating func deliver(by instant: Timestamp) -> [JournalEntry] {
        var entries: [JournalEntry] = []
        while let (_, entry) = self.underWay.popFirst(before: instant + 1) {
            switch entry {
            case .observation(var observation):
                observation.receivedAt = instant
                entries.append(.observation(observation))
            case .void(var void):
                void.receivedAt = instant
                entries.append(.void(void))
            case .clockStep: entries.append(entry)
            }
        }
        return self.random.percent(30) ? self.random.shuffled(entries) : entries
    }
}
