internal import Postgres
public import WaysideCore

/// A device's whole day by a rule, as it is kept (日统计行).
public struct DayRow: Hashable, Sendable {
    /// The device's key.
    public let device: String
    /// The eleven sums.
    public let tally: DayTally
    /// For which no exemption exists.
    public let raw: OnlineRate
    /// By the rule.
    public let assessed: OnlineRate
    /// How much of what could be watched was watched.
    public let coverage: OnlineRate
    /// Whether something counts and enough was watched.
    public let isAssessable: Bool
    /// The grade's English name; `nil` when there is none.
    public let grade: String?
    /// As bad as it may have been.
    public let low: OnlineRate
    /// As good as it may have been.
    public let high: OnlineRate
    /// Whether more could still become known without coming late when it was written.
    public let isProvisional: Bool

    func says(_ row: RateSheet.DeviceRow) -> Bool {
        let figures = row.figures
        return self.tally == row.tally && self.raw == figures.raw && self.assessed == figures.assessed
            && self.coverage == figures.coverage && self.low == figures.low && self.high == figures.high
            && self.isAssessable == figures.isAssessable && self.grade == figures.grade
    }
}

extension RateSheet {
    /// The sums behind its groups.
    var groupSums: [RateGroupKey: RateSums] {
        Dictionary(
            uniqueKeysWithValues: self.groups.map { row in
                (
                    RateGroupKey(row.kind, row.key),
                    RateSums(
                        devices: row.devices,
                        notAssessable: row.notAssessable,
                        raw: row.figures.raw,
                        assessed: row.figures.assessed,
                        coverage: row.figures.coverage,
                        low: row.figures.low,
                        high: row.figures.high
                    )
                )
            }
        )
    }
}

/// Rules, day rows and dirty days.
public struct RateQueries: Sendable {
    private let database: Store

    /// The figures in that database.
    public init(_ store: Store) { self.database = store }

    /// Why a rule or a sheet is not kept.
    public enum Refusal: Error, Hashable, Sendable, CustomStringConvertible {
        /// The rule's version is known with another text: a changed rule needs a new version.
        case otherText(rule: String, version: Int)
        /// A sheet that ends before its day does is shown, never kept.
        case dayNotOver(ServiceDay)
        /// The sheet names a device that is not in the inventory.
        case unknownDevices(ServiceDay)

        /// One line.
        public var description: String {
            switch self {
            case .otherText(let rule, let version):
                "rule \(rule) version \(version) is known with another text; "
                    + "give the changed one a new version"
            case .dayNotOver(let day): "\(day) is not over; its figures are not kept"
            case .unknownDevices(let day): "the sheet of \(day) names devices that are not in the inventory"
            }
        }
    }

    /// How many rows go in by one statement.
    private static let rowLimit = 4_000

    /// Keeps a rule's text under its id and version; once is the same as twice.
    ///
    /// - Throws: ``Refusal/otherText(rule:version:)``.
    public func keep(_ rule: RateRule, text: String, at now: Timestamp) async throws {
        try await self.database.pool.transaction { transaction in
            try transaction.run(InsertRule(rule: rule, text: text, recordedAt: now))
            guard try transaction.firstRow(SelectRuleHash(id: rule.id, version: rule.version)) == rule.sha256
            else {
                throw Refusal.otherText(rule: rule.id, version: rule.version)
            }
        }
    }

    /// Writes the device rows of a whole day in place of what was there for that rule, with the day's roll-up; those of
    /// longer periods are due then. Takes the marks off that were read as `dirty`, unless they were set again since.
    /// `knownAt` is up to where all was known when the sheet was made.
    ///
    /// - Throws: ``Refusal``; then nothing was changed. The rule must have been kept before.
    public func write(
        _ sheet: RateSheet,
        knownAt: Timestamp,
        at now: Timestamp,
        clearing dirty: DirtyDay? = nil
    ) async throws {
        guard sheet.until == nil else { throw Refusal.dayNotOver(sheet.day) }
        try await self.database.pool.transaction { transaction in
            try transaction.run(DeleteTallies(rule: sheet.rule, day: sheet.day))
            try Self.insert(
                sheet.devices,
                sheet.rule,
                sheet.day,
                isProvisional: sheet.isProvisional,
                at: now,
                in: transaction
            )
            let rollups = RollupWork(rule: sheet.rule, at: now)
            try rollups.replace(
                ServicePeriod(.day, containing: sheet.day),
                dayCount: 1,
                knownAt: knownAt,
                groups: sheet.groupSums,
                in: transaction
            )
            try rollups.markDue(containing: sheet.day, in: transaction)
            if let dirty { try DirtyDays.clear(dirty, in: transaction) }
        }
    }

    /// Writes rows of some devices of a day that is kept already, and brings the roll-ups of the day and of every longer
    /// period up to date by the difference. One of the devices that `rows` does not hold is in the rule's population no
    /// more. Answers how many devices' figures differ from what was kept; the others are left as they are.
    public func restate(
        _ rows: [RateSheet.DeviceRow],
        of devices: Set<DeviceID>,
        rule: RateRule,
        day: ServiceDay,
        inventory: Inventory,
        isProvisional: Bool,
        at now: Timestamp
    ) async throws -> Int {
        try await self.database.pool.transaction { transaction in
            let known = try transaction.rows(
                SelectTalliesOfDevices(
                    rule: rule.id,
                    version: rule.version,
                    day: day,
                    devices: devices.sorted()
                )
            )
            let before = Dictionary(known.map { ($0.device, $0) }) { first, _ in first }
            var changed: Set<String> = []
            for row in rows where before[row.device].map({ !$0.says(row) }) ?? true {
                changed.insert(row.device)
            }
            changed.formUnion(Set(before.keys).subtracting(rows.map(\.device)))
            guard !changed.isEmpty else { return 0 }
            let numbers = changed.compactMap { inventory.device(key: $0)?.id }.sorted()
            guard numbers.count == changed.count else { throw Refusal.unknownDevices(day) }
            let rollups = RollupWork(rule: rule, at: now)
            let standing = try rollups.standing(containing: day, in: transaction)
            let sumsBefore = try standing.map {
                try rollups.sums(of: numbers, in: $0, inventory: inventory, transaction)
            }
            try transaction.run(DeleteTalliesOfDevices(rule: rule, day: day, devices: numbers))
            try Self.insert(
                rows.filter { changed.contains($0.device) },
                rule,
                day,
                isProvisional: isProvisional,
                at: now,
                in: transaction
            )
            for (period, sumsBefore) in zip(standing, sumsBefore) {
                let after = try rollups.sums(of: numbers, in: period, inventory: inventory, transaction)
                try rollups.add(after, replacing: sumsBefore, to: period, in: transaction)
            }
            return changed.count
        }
    }

    private static func insert(
        _ rows: [RateSheet.DeviceRow],
        _ rule: RateRule,
        _ day: ServiceDay,
        isProvisional: Bool,
        at now: Timestamp,
        in transaction: borrowing Transaction
    ) throws {
        var count = 0
        var rest = rows[...]
        while !rest.isEmpty {
            let some = Array(rest.prefix(Self.rowLimit))
            count += try transaction.run(
                InsertTallies(
                    rule: rule,
                    day: day,
                    isProvisional: isProvisional,
                    rows: some,
                    recordedAt: now
                )
            )
            rest = rest.dropFirst(some.count)
        }
        guard count == rows.count else { throw Refusal.unknownDevices(day) }
    }

    /// The device rows of a day by a rule, by key (bytes); empty when the day was never written.
    public func rows(rule id: String, version: Int, day: ServiceDay) async throws -> [DayRow] {
        try await self.database.pool.rows(SelectTallies(rule: id, version: version, day: day))
    }
}
