import TestSupport
import Testing
import WaysideStore

@testable import WaysideCore

/// A small made-up road in a database whose day rows are random numbers, with what they should be beside it.
struct RollupFixture {
    /// Around the end of a quarter; the first three days are in one week with the next three.
    static let days = ["2026-03-29", "2026-03-30", "2026-03-31", "2026-04-01", "2026-04-02"].compactMap {
        ServiceDay($0)
    }
    static let now = Self.days[4].end + 36_000_000

    static let rules: [RateRule] = [
        Self.rule("pooled", .timeWeighted, .pooled, minimumCoverage: 0),
        Self.rule("mean", .timeWeighted, .mean, minimumCoverage: 500),
        Self.rule("sampled", .sampled(at: [0, 28_800_000]), .pooled, minimumCoverage: 300),
    ]

    let store: Store
    private(set) var inventory: Inventory
    /// What the rows should be, by rule, day and device.
    private(set) var rows: [String: [ServiceDay: [String: RateSheet.DeviceRow]]] = [:]
    var random: SplitMix

    private static func rule(
        _ id: String,
        _ method: RateRule.Method,
        _ aggregate: RateRule.Aggregation,
        minimumCoverage: Int64
    ) -> RateRule {
        RateRule(
            id: id,
            version: 1,
            titleZH: "汇总",
            titleEN: "roll-up",
            citation: "our own",
            facet: .reachability,
            method: method,
            status: StatusProfile(missesToConfirm: 3, hitsToRecover: 1),
            unknown: .excluded,
            minimumCoverage: minimumCoverage,
            upstream: .counted,
            aggregate: aggregate,
            grades: [RateRule.Grade(atLeastThousandths: 600, nameZH: "良", nameEN: "good")],
            sha256: String(repeating: "5a", count: 32)
        )
    }

    /// Whole days of every rule, kept, and every longer period made.
    init(seed: UInt64) async throws {
        self.random = SplitMix(seed: seed)
        self.store = try StoreFixture.store()
        _ = try await InventoryStore(self.store).apply(Self.road, at: Self.days[0].start)
        self.inventory = try await InventoryStore(self.store).load()
        for rule in Self.rules {
            try await RateQueries(self.store).keep(rule, text: "id: \(rule.id)", at: Self.now)
            for day in Self.days { try await self.writeDay(rule, day) }
            try await self.makeDue(rule)
        }
    }

    /// Two sections of a province with two maintainers; four devices move inside the days.
    static var road: Inventory {
        let devices = (1...8).map { number in
            var device = Device(
                id: DeviceID(Int64(number)),
                key: "CAM-\(number)",
                kind: .camera,
                name: "",
                assignment: Assignment(
                    organization: number % 2 == 0 ? "S1" : "S2",
                    maintainer: number % 3 == 0 ? "M1" : nil,
                    roads: number < 4 ? ["G42", "S38"] : ["G42"]
                )
            )
            device.positionClass = number % 3
            device.checks = [.reach]
            switch number {
            case 1: device.moves = [Move(from: Self.days[1], organization: "S1")]
            case 2: device.moves = [Move(from: Self.days[3], organization: "S2", maintainer: "M2")]
            case 3:
                device.moves = [
                    Move(from: Self.days[2], organization: "S1"),
                    Move(from: Self.days[4], organization: "S2", roads: ["G40"]),
                ]
            case 4: device.moves = [Move(from: Self.days[3], maintainer: "M1")]
            default: break
            }
            return device
        }
        return Inventory(
            organizations: [
                Organization(key: "P", name: "P", kind: .province, parent: nil),
                Organization(key: "S1", name: "S1", kind: .section, parent: "P"),
                Organization(key: "S2", name: "S2", kind: .section, parent: "P"),
                Organization(key: "M1", name: "M1", kind: .maintainer, parent: nil),
                Organization(key: "M2", name: "M2", kind: .maintainer, parent: nil),
            ],
            devices: devices
        )
    }

    /// The periods that hold the days, each once.
    static var periods: [ServicePeriod] {
        let periods = ServicePeriod.Kind.allCases.flatMap { kind in
            Self.days.map { ServicePeriod(kind, containing: $0) }
        }
        return Set(periods).sorted { ($0.dayCount, $0.first) < ($1.dayCount, $1.first) }
    }

    mutating func row(_ key: String, _ rule: RateRule) -> RateSheet.DeviceRow {
        var tally = DayTally()
        let offline = Int64.random(in: 0...ServiceDay.lengthMilliseconds, using: &self.random)
        (tally[.offline], tally[.online]) = (offline, ServiceDay.lengthMilliseconds - offline)
        let none = RateSums.none(rule)
        func rate(_ unit: OnlineRate.Unit, _ random: inout SplitMix) -> OnlineRate {
            if random.percent(8) { return .none(unit) }
            let most: Int64 = unit == .millisecond ? 86_400_000_000 : 2_000
            let denominator = Int64.random(in: 1...most, using: &random)
            let numerator = Int64.random(in: 0...denominator, using: &random)
            return OnlineRate(numerator: numerator, denominator: denominator, unit: unit)
        }
        return RateSheet.DeviceRow(
            device: key,
            tally: tally,
            figures: rule.figures(
                raw: rate(none.raw.unit, &self.random),
                assessed: rate(none.assessed.unit, &self.random),
                coverage: rate(none.coverage.unit, &self.random),
                low: rate(none.low.unit, &self.random),
                high: rate(none.high.unit, &self.random)
            )
        )
    }

    /// The sheet of a day as it should be now.
    func sheet(_ rule: RateRule, _ day: ServiceDay) -> RateSheet {
        let rows = (self.rows[rule.id]?[day] ?? [:]).values.sorted { $0.device.isBefore($1.device) }
        var groups = RateGroups(rule: rule, inventory: self.inventory)
        for row in rows {
            guard let device = self.inventory.device(key: row.device) else { continue }
            groups.add(row.figures, of: Membership(device, on: day))
        }
        return RateSheet(
            day: day,
            until: nil,
            isProvisional: false,
            rule: rule,
            devices: rows,
            groups: groups.rows
        )
    }

    /// The sums of a period as they should be now.
    func wanted(_ rule: RateRule, _ period: ServicePeriod) -> [RateGroupKey: RateSums] {
        var sums = PeriodSums(rule: rule, inventory: self.inventory)
        for day in Self.days where period.contains(day) { sums.add(self.sheet(rule, day)) }
        return sums.sumsByGroup
    }

    /// Writes a whole day of new numbers; one device in eight is not in the population.
    mutating func writeDay(_ rule: RateRule, _ day: ServiceDay) async throws {
        var rows: [String: RateSheet.DeviceRow] = [:]
        for device in self.inventory.devices where !self.random.percent(12) {
            rows[device.key] = self.row(device.key, rule)
        }
        self.rows[rule.id, default: [:]][day] = rows
        try await RateQueries(self.store).write(self.sheet(rule, day), knownAt: Self.now, at: Self.now)
    }

    /// Writes what is in `rows` of these devices now, as a restatement.
    func restate(_ rule: RateRule, _ day: ServiceDay, _ keys: some Sequence<String>) async throws -> Int {
        let keys = Set(keys)
        let rows = self.sheet(rule, day).devices.filter { keys.contains($0.device) }
        return try await RateQueries(self.store).restate(
            rows,
            of: Set(keys.compactMap { self.inventory.device(key: $0)?.id }),
            rule: rule,
            day: day,
            inventory: self.inventory,
            isProvisional: false,
            at: Self.now
        )
    }

    /// Gives a device of a day other numbers, or with `nil` takes it out of the population.
    mutating func set(_ row: RateSheet.DeviceRow?, _ key: String, _ rule: RateRule, _ day: ServiceDay) {
        self.rows[rule.id]?[day]?[key] = row
    }

    func makeDue(_ rule: RateRule) async throws {
        for period in try await RollupQueries(self.store).due(rule) {
            try await RollupQueries(self.store).make(
                rule,
                period,
                inventory: self.inventory,
                at: Self.now
            )
        }
    }

    /// Imports the road with one device changed.
    mutating func correct(_ key: String, _ change: (inout Device) -> Void) async throws {
        var devices = self.inventory.devices
        guard let index = devices.firstIndex(where: { $0.key == key }) else { return }
        change(&devices[index])
        let corrected = Inventory(organizations: self.inventory.organizations, devices: devices)
        _ = try await InventoryStore(self.store).apply(corrected, at: Self.now)
        self.inventory = try await InventoryStore(self.store).load()
    }

    /// Asks that the kept sums are those of the rows and those that a full computation gives.
    func check(
        _ rule: RateRule,
        _ period: ServicePeriod,
        _ words: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let kept = try await RollupQueries(self.store).kept(rule, period)
        let sums = try await RollupQueries(self.store).sums(rule, period, inventory: self.inventory)
        let comment = Comment(rawValue: "\(rule.id), \(period), \(words)")
        let wanted = self.wanted(rule, period)
        #expect(Self.differing(sums.sumsByGroup, wanted) == [], comment, sourceLocation: sourceLocation)
        let found = try #require(kept, comment, sourceLocation: sourceLocation)
        #expect(Self.differing(found, wanted) == [], comment, sourceLocation: sourceLocation)
    }

    /// The groups whose sums are not the same. Everybody's group is kept also when nobody is in it.
    private static func differing(
        _ found: [RateGroupKey: RateSums],
        _ wanted: [RateGroupKey: RateSums]
    ) -> [String] {
        let found = found.filter { $0.value.devices > 0 }
        return Set(found.keys).union(wanted.keys).filter { found[$0] != wanted[$0] }.map {
            "\($0.kind.rawValue) \($0.key)"
        }.sorted()
    }
}
