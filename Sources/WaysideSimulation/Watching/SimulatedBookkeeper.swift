internal import WaysideCore

/// Keeps the book as the service does (模拟记账), step by step and without a disk: adopts plans, takes batches in, folds
/// again what came late from books put away, and writes the ledger.
struct SimulatedBookkeeper: Sendable {
    private let settings: SimulationSettings
    private let inventory: Inventory
    private(set) var book: WatchBook
    private(set) var ledger: SimulatedLedger
    private(set) var tickets: SimulatedTickets
    private(set) var sightings: Sightings
    private var shelf: SimulatedShelf
    /// The plan of the day, and the day.
    private(set) var plan = WatchPlan.empty
    private(set) var day: ServiceDay?
    /// How many batches were taken in.
    private(set) var steps = 0
    /// How many tracks were folded again.
    private(set) var refolds = 0
    /// The instants at which the last batches were written.
    private(set) var writtenAt: [Timestamp] = []

    init(_ province: SimulatedProvince, _ settings: SimulationSettings) {
        (self.settings, self.inventory) = (settings, province.inventory)
        self.book = WatchBook(profiles: settings.profiles, policy: settings.policy)
        self.ledger = SimulatedLedger(profiles: settings.profiles, flaw: settings.flaw)
        self.tickets = SimulatedTickets(policy: settings.policy, flaw: settings.flaw)
        self.sightings = Sightings(collectors: province.wiring.collectors)
        self.shelf = SimulatedShelf(from: province.period.start)
    }

    /// Takes a batch in.
    mutating func take(_ batch: JournalBatch) throws(Disagreement) {
        self.steps += 1
        self.adoptPlan(of: ServiceDay(containing: batch.writtenAt), now: batch.writtenAt)
        for entry in batch.entries {
            switch entry {
            case .observation(let observation): self.sightings.receive(observation, at: batch.position)
            case .void(let void): self.sightings.receive(void)
            case .clockStep: continue
            }
        }
        var conclusion = self.book.receive(self.shown(batch))
        guard conclusion.page.position == batch.position, self.book.position == batch.position else {
            throw Disagreement("the book did not take batch \(batch.position.index)")
        }
        if !conclusion.late.isEmpty, self.settings.flaw != .bookIgnoresLateness {
            try self.refold(&conclusion, batch)
        }
        try self.ledger.write(conclusion.page)
        let (inventory, day) = (self.inventory, ServiceDay(containing: batch.writtenAt))
        try self.tickets.receive(conclusion.page) { device in
            inventory.device(device).map { DeviceFacts($0, on: day, in: inventory) }
        }
        self.writtenAt.append(batch.writtenAt)
        if self.shelf.isDue(batch.writtenAt) { try self.shelf.put(self.book, policy: self.settings.policy) }
    }

    /// Takes the book out of its own bytes, as after a restart.
    mutating func restart() throws(Disagreement) {
        guard
            let book = WatchBook(
                snapshot: self.book.snapshot,
                profiles: self.settings.profiles,
                policy: self.settings.policy
            )
        else { throw Disagreement("a book that was put away does not read back") }
        self.book = book
        self.book.adopt(self.plan, now: book.writtenAt)
    }

    /// Whether nothing that is not known yet can change the day.
    func isFinal(_ day: ServiceDay) -> Bool {
        let horizon = self.settings.profiles.map(\.horizonMilliseconds).max() ?? 0
        return day.end + horizon + SimulationSettings.longestDelayMilliseconds <= self.book.writtenAt
    }

    /// Lets go of what no day depends on any more, and of what was superseded before the day that is over began: once
    /// a day, so that memory does not grow with days.
    mutating func dropWhatIsFinal(after day: ServiceDay) {
        // One day more than is needed stays.
        var first = day
        while !self.isFinal(first.previous) { first = first.previous }
        self.ledger.drop(before: first.previous.start, supersededBefore: day.previous.start)
        if let oldest = self.shelf.books.first?.position {
            self.sightings.drop(
                before: first.previous.start,
                upTo: oldest,
                profiles: self.settings.profiles
            )
        }
        self.tickets.drop(endedBefore: day.start - 30 * Milliseconds.day)
        self.writtenAt.removeAll { $0 < day.previous.start }
    }

    // MARK: - How it does it

    private mutating func adoptPlan(of day: ServiceDay, now: Timestamp) {
        guard day != self.day else { return }
        self.day = day
        let targets = PatrolTargets(self.inventory, on: day, cadences: self.settings.cadences)
        var entries: [DeviceID: (checks: Set<Check>, rules: [Check: ChainRule])] = [:]
        for line in targets.lines {
            entries[line.track.device, default: ([], [:])].checks.insert(line.track.check)
            entries[line.track.device]?.rules[line.track.check] = ChainRule(
                missesToConfirm: targets.missesToConfirm,
                hitsToRecover: 1,
                validForMilliseconds: line.cadence.validForMilliseconds
            )
        }
        let hops = self.settings.profiles.first?.hops ?? [.direct]
        self.plan = WatchPlan(
            entries: entries.mapValues { WatchPlan.Entry(checks: $0.checks, rules: $0.rules, hops: hops) },
            topology: FaultTopology(Topology(self.inventory, on: day), of: self.inventory)
        )
        self.book.adopt(self.plan, now: now)
    }

    /// The batch as the book gets to see it.
    private func shown(_ batch: JournalBatch) -> JournalBatch {
        guard self.settings.flaw == .bookLosesObservations, batch.position.index % 60 == 7 else {
            return batch
        }
        var shown = batch
        shown.entries.removeAll {
            if case .observation(let seen) = $0 { seen.outcome == .down } else { false }
        }
        return shown
    }

    /// Folds again what came late, from the newest book that is old enough for it; at last from an empty one, for
    /// which all is held that a day still depends on.
    private mutating func refold(_ conclusion: inout WatchBook.Conclusion, _ batch: JournalBatch)
        throws(Disagreement)
    {
        var late = conclusion.late
        self.refolds += late.count
        let empty = WatchBook(profiles: self.settings.profiles, policy: self.settings.policy)
        let books = self.shelf.books
        for base in books.reversed() + [empty] where !late.isEmpty {
            var refold = Refold(from: base, late: late, voids: self.book.voids)
            refold.receive(
                self.sightings.journal(of: late.keys.sorted(), after: base.position, upTo: batch)
            )
            late = self.book.adopt(refold, into: &conclusion.page)
        }
        if let key = late.keys.min() {
            throw Disagreement(device: key.device, "an empty book is not old enough for \(key.check)")
        }
    }
}
