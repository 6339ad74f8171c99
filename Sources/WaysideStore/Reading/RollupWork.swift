internal import Postgres
internal import WaysideCore

/// Keeps the sums of groups over periods (汇总): what is done inside a transaction.
///
/// A roll-up is due when days of it were written as a whole; until it is made again, nothing is added to it.
struct RollupWork {
    let rule: RateRule
    let now: Timestamp

    init(rule: RateRule, at now: Timestamp) { (self.rule, self.now) = (rule, now) }

    /// Writes a period's sums in place of those before.
    func replace(
        _ period: ServicePeriod,
        dayCount: Int,
        knownAt: Timestamp,
        groups: [RateGroupKey: RateSums],
        in transaction: borrowing Transaction
    ) throws(PostgresError) {
        try transaction.run(DeleteRollupPeriod(rule: self.rule, period: period))
        try transaction.run(
            InsertRollupPeriod(
                rule: self.rule,
                period: period,
                dayCount: dayCount,
                knownAt: knownAt,
                isDue: false,
                recordedAt: self.now
            )
        )
        try transaction.run(InsertRollups(rule: self.rule, period: period, groups: groups))
    }

    /// The longer periods that hold the day must be made again.
    func markDue(containing day: ServiceDay, in transaction: borrowing Transaction) throws(PostgresError) {
        for kind in ServicePeriod.Kind.allCases where kind != .day {
            try transaction.run(
                MarkRollupDue(
                    rule: self.rule,
                    period: ServicePeriod(kind, containing: day),
                    recordedAt: self.now
                )
            )
        }
    }

    /// The periods that hold the day and whose sums stand.
    func standing(
        containing day: ServiceDay,
        in transaction: borrowing Transaction
    ) throws(PostgresError) -> [ServicePeriod] {
        var standing: [ServicePeriod] = []
        for kind in ServicePeriod.Kind.allCases {
            let period = ServicePeriod(kind, containing: day)
            let state = try transaction.firstRow(SelectRollupPeriod(rule: self.rule, period: period))
            if let state, !state.isDue { standing.append(period) }
        }
        return standing
    }

    /// What devices contribute to a period, from their day rows; all devices for `nil`.
    ///
    /// The period is cut where one of them moves, so that each part is summed under one membership.
    func sums<Runner: StatementRunner & ~Copyable>(
        of devices: [DeviceID]?,
        in period: ServicePeriod,
        inventory: Inventory,
        _ runner: borrowing Runner
    ) throws(PostgresError) -> [RateGroupKey: RateSums] {
        try self.periodSums(of: devices, in: period, inventory: inventory, runner).sumsByGroup
    }

    /// The same by device.
    func periodSums<Runner: StatementRunner & ~Copyable>(
        of devices: [DeviceID]?,
        in period: ServicePeriod,
        inventory: Inventory,
        _ runner: borrowing Runner
    ) throws(PostgresError) -> PeriodSums {
        let members = devices.map { $0.compactMap(inventory.device) } ?? inventory.devices
        var cuts: Set<ServiceDay> = [period.first]
        for device in members {
            for move in device.moves where move.from > period.first && period.contains(move.from) {
                cuts.insert(move.from)
            }
        }
        var sums = PeriodSums(rule: self.rule, inventory: inventory)
        let starts = cuts.sorted()
        for (place, start) in starts.enumerated() {
            let end = place + 1 < starts.count ? starts[place + 1].previous : period.last
            let rows =
                if let devices {
                    try runner.rows(
                        SelectSumsOfDevices(rule: self.rule, from: start, to: end, devices: devices)
                    )
                } else {
                    try runner.rows(SelectSums(rule: self.rule, from: start, to: end))
                }
            for row in rows {
                guard let device = inventory.device(row.device) else { continue }
                sums.add(
                    DeviceSums(
                        device: device.key,
                        membership: Membership(device, on: start),
                        tally: row.tally,
                        raw: row.raw,
                        assessed: row.assessed,
                        coverage: row.coverage,
                        low: row.low,
                        high: row.high
                    )
                )
            }
        }
        return sums
    }

    /// Brings a period's sums up to date by what some devices contribute now and contributed before.
    func add(
        _ after: [RateGroupKey: RateSums],
        replacing before: [RateGroupKey: RateSums],
        to period: ServicePeriod,
        in transaction: borrowing Transaction
    ) throws(PostgresError) {
        let touched = Set(after.keys).union(before.keys).filter { after[$0] != before[$0] }
        guard !touched.isEmpty else { return }
        var groups: [RateGroupKey: RateSums] = [:]
        for row in try transaction.rows(SelectRollups(rule: self.rule, period: period))
        where touched.contains(row.group) {
            groups[row.group] = row.sums
        }
        for group in touched {
            groups[group, default: .none(self.rule)] += after[group] ?? .none(self.rule)
            groups[group, default: .none(self.rule)] -= before[group] ?? .none(self.rule)
        }
        try transaction.run(DeleteRollups(rule: self.rule, period: period, groups: Array(touched)))
        let left = groups.filter { $0.value.devices > 0 || $0.key == .all }
        try transaction.run(InsertRollups(rule: self.rule, period: period, groups: left))
    }
}
