internal import Postgres
public import WaysideCore

/// A day that has rows by a rule.
public struct KeptDay: Hashable, Sendable {
    /// Which.
    public let day: ServiceDay
    /// Up to where all was known when they were made.
    public let knownAt: Timestamp
}

/// Sums over periods (周期汇总).
public struct RollupQueries: Sendable {
    private let database: Store

    /// The roll-ups in that database.
    public init(_ store: Store) { self.database = store }

    /// The sums of the period's groups as they are kept; `nil` when there are none or they must be made again.
    public func kept(_ rule: RateRule, _ period: ServicePeriod) async throws -> [RateGroupKey: RateSums]? {
        try await self.database.pool.transaction(isolation: .repeatableRead, isReadOnly: true) {
            transaction in
            let state = try transaction.firstRow(SelectRollupPeriod(rule: rule, period: period))
            guard let state, !state.isDue else { return nil }
            let rows = try transaction.rows(SelectRollups(rule: rule, period: period))
            return Dictionary(rows.map { ($0.group, $0.sums) }) { first, _ in first }
        }
    }

    /// The sums of the period by device, from the day rows; of some devices or, with `nil`, of all.
    public func sums(
        _ rule: RateRule,
        _ period: ServicePeriod,
        of devices: [DeviceID]? = nil,
        inventory: Inventory
    ) async throws -> PeriodSums {
        try await self.database.pool.transaction(isolation: .repeatableRead, isReadOnly: true) {
            transaction in
            try RollupWork(rule: rule, at: .distantPast).periodSums(
                of: devices,
                in: period,
                inventory: inventory,
                transaction
            )
        }
    }

    /// The days inside that have rows, rising.
    public func keptDays(_ rule: RateRule, from: ServiceDay, to: ServiceDay) async throws -> [KeptDay] {
        try await self.database.pool.rows(SelectKeptDays(rule: rule, from: from, to: to))
    }

    /// Periods whose sums must be made again, the shortest and latest first.
    public func due(_ rule: RateRule) async throws -> [ServicePeriod] {
        try await self.database.pool.rows(SelectDuePeriods(rule: rule))
    }

    /// Makes the period's sums from its day rows, in one transaction.
    public func make(
        _ rule: RateRule,
        _ period: ServicePeriod,
        inventory: Inventory,
        at now: Timestamp
    ) async throws {
        try await self.database.pool.transaction(isolation: .repeatableRead) { transaction in
            let work = RollupWork(rule: rule, at: now)
            let days = try transaction.rows(SelectKeptDays(rule: rule, from: period.first, to: period.last))
            try work.replace(
                period,
                dayCount: days.count,
                knownAt: days.map(\.knownAt).min() ?? now,
                groups: try work.sums(of: nil, in: period, inventory: inventory, transaction),
                in: transaction
            )
        }
    }
}
