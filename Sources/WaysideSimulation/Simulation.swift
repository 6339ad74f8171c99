public import WaysideCore

/// A seeded stretch of days over a made-up province (模拟): the real machines, one thread, no clock, and every invariant
/// checked.
///
/// Each step is one batch of the journal. After each the cheap invariants are checked, and the dear ones after the first
/// batch of every day. What is final is dropped, so that memory grows with cameras and not with days.
public struct Simulation: Sendable {
    /// What a step was.
    public struct Step: Sendable {
        /// The batch that was taken in.
        public let batch: JournalBatch
        /// The day that is over, when the step was the first of another.
        public let dayOver: ServiceDay?
        /// The sheets that became final, a rule each.
        public let finished: [RateSheet]
    }

    /// The settings; their rules' validities are as long as the intervals ask for.
    public let settings: SimulationSettings
    /// The province.
    public let province: SimulatedProvince
    /// What each rule says of the days that are final.
    public private(set) var figures: [PeriodFigures]
    private var world: SimulatedWorld
    private var keeper: SimulatedBookkeeper
    private var random: SplitMix
    private var nextToFinish: ServiceDay
    private var checkpoint: (world: SimulatedWorld, keeper: SimulatedBookkeeper)?
    private var isOver = false

    /// A simulation that has not begun.
    public init(_ settings: SimulationSettings) {
        precondition(settings.complaints.isEmpty, "\(settings.complaints)")
        var settings = settings
        settings.rules = settings.rules.map { [cadences = settings.cadences] in
            SimulationSettings.widened($0, to: cadences)
        }
        self.settings = settings
        self.province = SimulatedProvince(settings)
        self.figures = settings.rules.map(PeriodFigures.init(rule:))
        self.world = SimulatedWorld(self.province, settings)
        self.keeper = SimulatedBookkeeper(self.province, settings)
        self.random = SplitMix(seed: settings.seed ^ 0xC4EC_5)
        self.nextToFinish = settings.from
    }

    /// Goes on by one batch; `nil` when the period is over, everything has come and everything has been checked.
    ///
    /// - Throws: The first invariant that does not hold.
    public mutating func step() throws(SimulationViolation) -> Step? {
        guard !self.isOver else { return nil }
        guard let batch = self.world.next() else {
            self.isOver = true
            if self.settings.refoldsEverything { try self.checked(Self.foldEverythingAgain) }
            return nil
        }
        let day = self.keeper.day
        try self.checked { (self) throws(Disagreement) in try self.keeper.take(batch) }
        guard let day, self.keeper.day != day else { return Step(batch: batch, dayOver: nil, finished: []) }
        let finished = try self.checked { (self) throws(Disagreement) in try self.midnight(after: day) }
        return Step(batch: batch, dayOver: day, finished: finished)
    }

    // MARK: - What it has come to

    /// How many batches were taken in.
    public var steps: Int { self.keeper.steps }
    /// How many observations were given.
    public var observations: Int { self.keeper.sightings.given }
    /// How many of them were given twice.
    public var doubled: Int { self.world.courier.doubled }
    /// How many came more than ten minutes after they were seen.
    public var delayed: Int { self.world.courier.delayed }
    /// How many are still held.
    public var held: Int { self.keeper.sightings.held }
    /// How many voids became known.
    public var voids: Int { self.keeper.sightings.voids.count }
    /// How many changes were written in the ledger.
    public var changes: Int { self.keeper.ledger.changeCount }
    /// How many tracks were folded again.
    public var refolds: Int { self.keeper.refolds }
    /// How many tickets were opened, or opened again.
    public var ticketsOpened: Int { self.keeper.tickets.opened }
    /// How many tickets were closed.
    public var ticketsClosed: Int { self.keeper.tickets.closed }

    // MARK: - How it does it

    private mutating func checked<Result>(
        _ body: (inout Simulation) throws(Disagreement) -> Result
    ) throws(SimulationViolation) -> Result {
        do throws(Disagreement) {
            return try body(&self)
        } catch {
            let device = error.device.map { self.province.inventory.device($0)?.key ?? "\($0)" }
            throw SimulationViolation(
                seed: self.settings.seed,
                step: self.keeper.steps,
                at: self.keeper.book.writtenAt,
                device: device ?? error.key,
                what: error.what
            )
        }
    }

    private mutating func midnight(after day: ServiceDay) throws(Disagreement) -> [RateSheet] {
        var inspection = Inspection(
            keeper: self.keeper,
            province: self.province,
            settings: self.settings,
            random: self.random.branch()
        )
        let lastDay = ServiceDay(containing: self.settings.period.end - 1)
        if day <= lastDay { try inspection.inspect(yesterday: day, instants: 2) }
        var finished: [RateSheet] = []
        while self.nextToFinish <= lastDay, self.keeper.isFinal(self.nextToFinish) {
            let sheets = try inspection.finish(self.nextToFinish)
            for (place, sheet) in sheets.enumerated() { self.figures[place].add(sheet) }
            finished += sheets
            self.nextToFinish = self.nextToFinish.next
        }
        try self.lookBack()
        self.keeper.dropWhatIsFinal(after: day)
        if self.random.percent(25) { self.checkpoint = (self.world, self.keeper) }
        return finished
    }

    /// Now and then: a copy of an earlier day, with a book out of its bytes, takes in what was journaled since.
    private mutating func lookBack() throws(Disagreement) {
        guard let checkpoint, self.random.percent(50) else { return }
        self.checkpoint = nil
        var (world, keeper) = checkpoint
        try keeper.restart()
        while keeper.steps < self.keeper.steps, let batch = world.next() { try keeper.take(batch) }
        guard keeper.book.snapshot == self.keeper.book.snapshot else {
            throw Disagreement(
                "the journal folded again from step \(checkpoint.keeper.steps), after a restart, gives another book"
            )
        }
    }

    private static func foldEverythingAgain(_ simulation: inout Simulation) throws(Disagreement) {
        var world = SimulatedWorld(simulation.province, simulation.settings)
        var keeper = SimulatedBookkeeper(simulation.province, simulation.settings)
        var day: ServiceDay?
        while let batch = world.next() {
            try keeper.take(batch)
            if let day, keeper.day != day { keeper.dropWhatIsFinal(after: day) }
            day = keeper.day
        }
        guard keeper.book.snapshot == simulation.keeper.book.snapshot else {
            throw Disagreement("the whole journal folded again gives another book")
        }
        guard keeper.ledger.changeCount == simulation.keeper.ledger.changeCount else {
            throw Disagreement("the whole journal folded again writes another number of changes")
        }
    }
}
