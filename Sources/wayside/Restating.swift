internal import Logging
internal import WaysideCore
internal import WaysideStore

/// Brings the kept figures up to date (重算): days that are over and were never kept, days that have become final, what
/// was marked dirty, and the sums of longer periods. A background job that takes no orders.
struct Restating: Sendable {
    /// A rule with the text of its file.
    typealias KnownRule = (rule: RateRule, text: String)

    let assessing: Assessing
    let rules: [KnownRule]

    /// So many days are made anew in one turn at the most; the job comes back.
    private static let daysPerTurn = 4
    /// So many roll-ups.
    private static let periodsPerTurn = 4
    /// Above this share of the devices, in hundredths, a day is made as a whole.
    private static let wholeDayShare = 20

    private var store: Store { self.assessing.store }

    /// Does what is to be done; answers whether there is more.
    @discardableResult
    func turn(now: Timestamp) async throws -> Bool {
        let ledger = PostgresLedger(self.store, journal: self.assessing.journal)
        guard let knownUntil = try await ledger.knownUntil() else { return false }
        for (rule, text) in self.rules {
            try await RateQueries(self.store).keep(rule, text: text, at: now)
        }
        var left = Self.daysPerTurn
        for dirty in try await DirtyDays(self.store).all(markedUpTo: knownUntil)
        where dirty.day.end <= knownUntil && left > 0 {
            try await self.clean(dirty, at: now)
            left -= 1
        }
        for (rule, _) in self.rules where left > 0 {
            for day in try await self.unkept(rule, knownUntil: knownUntil).prefix(left) {
                try await self.make(rule, day, at: now)
                left -= 1
            }
        }
        if left == 0 { return true }
        return try await self.rollUp(now: now)
    }

    /// Days that are over and have no rows, or whose rows were made before they were final; the latest first.
    private func unkept(_ rule: RateRule, knownUntil: Timestamp) async throws -> [ServiceDay] {
        guard let first = try await StatusQueries(self.store).firstDay() else { return [] }
        let yesterday = ServiceDay(containing: knownUntil).previous
        guard first <= yesterday else { return [] }
        let kept = try await RollupQueries(self.store).keptDays(rule, from: first, to: yesterday)
        let knownAt = Dictionary(kept.map { ($0.day, $0.knownAt) }) { first, _ in first }
        return (first.number...yesterday.number).reversed().map(ServiceDay.init(number:)).filter { day in
            guard let madeAt = knownAt[day] else { return true }
            return rule.isProvisional(day, knownAt: madeAt)
                && !rule.isProvisional(day, knownAt: knownUntil)
        }
    }

    private func make(_ rule: RateRule, _ day: ServiceDay, at now: Timestamp) async throws {
        let ground = try await self.assessing.ground(rule, day)
        var assessor = try ground.assessor()
        try await RateQueries(self.store).write(assessor.sheet(), knownAt: ground.knownAt, at: now)
    }

    func clean(_ dirty: DirtyDay, at now: Timestamp) async throws {
        let inventory = try await self.assessing.inventories.current()
        var devices: Set<Int>?
        if let marked = dirty.devices {
            let places = Set(marked.compactMap { inventory.index(of: $0) })
            let affected = Topology(inventory, on: dirty.day).affected(by: places)
            if affected.count * 100 <= inventory.devices.count * Self.wholeDayShare || affected.count < 500 {
                devices = affected
            }
        }
        for (rule, _) in self.rules {
            let kept = try await RollupQueries(self.store).keptDays(rule, from: dirty.day, to: dirty.day)
            // A day without rows is made as a whole by and by.
            guard !kept.isEmpty else { continue }
            if let devices {
                try await self.restate(rule, dirty.day, devices, inventory, at: now)
            } else {
                try await self.make(rule, dirty.day, at: now)
            }
        }
        try await DirtyDays(self.store).clear(dirty)
    }

    private func restate(
        _ rule: RateRule,
        _ day: ServiceDay,
        _ devices: Set<Int>,
        _ inventory: Inventory,
        at now: Timestamp
    ) async throws {
        let ground = try await self.assessing.ground(rule, day, devices: devices, inventory: inventory)
        var assessor = try ground.assessor()
        var rows: [RateSheet.DeviceRow] = []
        for index in devices.sorted() {
            if let row = assessor.deviceRow(of: index) { rows.append(row) }
        }
        _ = try await RateQueries(self.store).restate(
            rows,
            of: Set(devices.map { inventory.devices[$0].id }),
            rule: rule,
            day: day,
            inventory: inventory,
            isProvisional: rule.isProvisional(day, knownAt: ground.knownAt),
            at: now
        )
    }

    private func rollUp(now: Timestamp) async throws -> Bool {
        let rollups = RollupQueries(self.store)
        var left = Self.periodsPerTurn
        for (rule, _) in self.rules {
            for period in try await rollups.due(rule) {
                if left == 0 { return true }
                try await rollups.make(
                    rule,
                    period,
                    inventory: try await self.assessing.inventories.current(),
                    at: now
                )
                left -= 1
            }
        }
        return false
    }
}
