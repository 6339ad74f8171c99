internal import Synchronization
internal import WaysideCore
internal import WaysideReports
internal import WaysideStore

/// What a period comes to (周期读数): from the rows that are kept where they are up to date, else assessed anew day by day.
struct PeriodReading: Sendable {
    let assessing: Assessing

    private var store: Store { self.assessing.store }

    /// A period's figures with a point for each day.
    struct Reading: Sendable {
        var sheet: PeriodSheet
        var days: [PeriodReport.DayFigures]
    }

    /// Works the period out, now or as it was known then. The sheet is of all; each day's point is the organization's. A
    /// line for each device takes longer.
    func read(
        _ rule: RateRule,
        _ period: ServicePeriod,
        organization: String?,
        asKnownAt: Timestamp? = nil,
        needsDevices: Bool
    ) async throws -> Reading {
        let ledger = PostgresLedger(self.store, journal: self.assessing.journal)
        guard let knownUntil = try await ledger.knownUntil(),
            let first = try await StatusQueries(self.store).firstDay()
        else { throw Assessing.Refusal.nothingKnown }
        let known = asKnownAt ?? knownUntil
        guard period.last >= first else { throw Assessing.Refusal.beforeFirst(period.last, first: first) }
        let days = period.days.filter { $0 >= first && $0.start < known }
        guard !days.isEmpty else { throw Assessing.Refusal.notBegun(max(period.first, first), known) }
        if asKnownAt == nil, try await self.isKept(rule, days, knownUntil: knownUntil) {
            return try await self.kept(rule, period, days, organization, knownUntil, needsDevices)
        }
        return try await self.anew(rule, period, days, organization, asKnownAt: asKnownAt)
    }

    /// Whether every day that is over has rows, and none waits to be made again.
    private func isKept(_ rule: RateRule, _ days: [ServiceDay], knownUntil: Timestamp) async throws -> Bool {
        guard let first = days.first, let last = days.last else { return false }
        let kept = try await RollupQueries(self.store).keptDays(rule, from: first, to: last)
        guard Set(kept.map(\.day)).isSuperset(of: days.filter { $0.end <= knownUntil }) else { return false }
        return try await DirtyDays(self.store).all().allSatisfy { !days.contains($0.day) }
    }

    private func kept(
        _ rule: RateRule,
        _ period: ServicePeriod,
        _ days: [ServiceDay],
        _ organization: String?,
        _ knownUntil: Timestamp,
        _ needsDevices: Bool
    ) async throws -> Reading {
        let rollups = RollupQueries(self.store)
        let inventory = try await self.assessing.inventories.current()
        let running = days.filter { $0.end > knownUntil }
        var points: [PeriodReport.DayFigures] = []
        for day in days where day.end <= knownUntil {
            let groups = try await rollups.kept(rule, ServicePeriod(.day, containing: day))
            let sums = groups?[RateGroupKey.whole(of: organization)]
            points.append(.init(day: day, figures: sums?.figures(under: rule)))
        }
        var sheet = PeriodSheet(
            period: period,
            days: days,
            until: running.isEmpty ? nil : knownUntil,
            isProvisional: days.count < period.dayCount
                || days.contains { rule.isProvisional($0, knownAt: knownUntil) },
            rule: rule,
            devices: [],
            groups: []
        )
        if running.isEmpty, !needsDevices, let sums = try await rollups.kept(rule, period) {
            sheet.groups = RateGroups.rows(of: sums, under: rule)
            return Reading(sheet: sheet, days: points)
        }
        var sums = try await rollups.sums(rule, period, inventory: inventory)
        for day in running {
            let today = try await self.assessing.sheet(rule, day)
            sums.add(today)
            points.append(.init(day: day, figures: today.whole(of: organization)?.figures))
            // The ledger goes on while the rows are read: the day's own sheet says up to when it holds.
            sheet.until = today.until
            sheet.isProvisional = sheet.isProvisional || today.isProvisional
        }
        (sheet.devices, sheet.groups) = (sums.devices, sums.groups)
        return Reading(sheet: sheet, days: points)
    }

    private func anew(
        _ rule: RateRule,
        _ period: ServicePeriod,
        _ days: [ServiceDay],
        _ organization: String?,
        asKnownAt: Timestamp?
    ) async throws -> Reading {
        let inventory = try await self.assessing.inventories.current()
        let made = DaysMade(PeriodSums(rule: rule, inventory: inventory), organization: organization)
        var rest = days[...]
        if asKnownAt == nil, let first = days.first, let settled = try await self.settled(rule, days) {
            try await self.assessing.forEachSheet(rule, first...settled) { sheet, _ in made.add(sheet) }
            rest = days.drop { $0 <= settled }
        }
        for day in rest { made.add(try await self.assessing.sheet(rule, day, asKnownAt: asKnownAt)) }
        let (sums, points, until, hasProvisional) = made.all
        let isProvisional = hasProvisional || days.count < period.dayCount
        return Reading(
            sheet: PeriodSheet(
                period: period,
                days: days,
                until: until,
                isProvisional: isProvisional,
                rule: rule,
                devices: sums.devices,
                groups: sums.groups
            ),
            days: points
        )
    }
}

extension PeriodReading {
    /// The last of the days, which follow on each other, that lies so far behind what is known that no open outage's last
    /// miss matters to it; `nil` when none does.
    private func settled(_ rule: RateRule, _ days: [ServiceDay]) async throws -> ServiceDay? {
        let ledger = PostgresLedger(self.assessing.store, journal: self.assessing.journal)
        guard let knownUntil = try await ledger.knownUntil() else { return nil }
        let reach = Int64(rule.status.hitsToRecover) * rule.status.longestValidity
        return days.last { $0.end + reach <= knownUntil }
    }
}

/// Days as they are made, in whatever order (逐日合计).
private final class DaysMade: Sendable {
    private struct State {
        var sums: PeriodSums
        var points: [PeriodReport.DayFigures] = []
        var until: Timestamp?
        var isProvisional = false
    }

    private let organization: String?
    private let state: Mutex<State>

    init(_ sums: PeriodSums, organization: String?) {
        self.organization = organization
        self.state = Mutex(State(sums: sums))
    }

    func add(_ sheet: RateSheet) {
        let point = PeriodReport.DayFigures(
            day: sheet.day,
            figures: sheet.whole(of: self.organization)?.figures
        )
        self.state.withLock { state in
            state.sums.add(sheet)
            state.points.append(point)
            state.until = sheet.until ?? state.until
            state.isProvisional = state.isProvisional || sheet.isProvisional
        }
    }

    var all: (PeriodSums, [PeriodReport.DayFigures], until: Timestamp?, isProvisional: Bool) {
        self.state.withLock { state in
            (state.sums, state.points.sorted { $0.day < $1.day }, state.until, state.isProvisional)
        }
    }
}

extension RateGroupKey {
    /// The group of the organization, or of all.
    static func whole(of organization: String?) -> RateGroupKey {
        organization.map { RateGroupKey(.organization, $0) } ?? .all
    }
}

extension RateSheet {
    /// The row of the organization, or of all.
    func whole(of organization: String?) -> RateSheet.GroupRow? {
        let wanted = RateGroupKey.whole(of: organization)
        return self.groups.first { $0.kind == wanted.kind && $0.key == wanted.key }
    }
}
