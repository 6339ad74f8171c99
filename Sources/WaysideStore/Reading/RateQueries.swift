internal import Postgres
public import WaysideCore

/// A day that must be assessed again (待重算日).
public struct DirtyDay: Hashable, Sendable {
    /// Which.
    public let day: ServiceDay
    /// Rises with each marking; what is cleared must be what was read.
    public let generation: Int64
}

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

    /// Writes the device rows of a whole day in place of what was there for that rule, and takes the day off
    /// the dirty ones unless it was marked again since `dirty` was read.
    ///
    /// - Throws: ``Refusal``; then nothing was changed. The rule must have been kept before.
    public func write(_ sheet: RateSheet, at now: Timestamp, clearing dirty: DirtyDay? = nil) async throws {
        guard sheet.until == nil else { throw Refusal.dayNotOver(sheet.day) }
        try await self.database.pool.transaction { transaction in
            try transaction.run(DeleteTallies(rule: sheet.rule, day: sheet.day))
            var count = 0
            var rows = sheet.devices[...]
            while !rows.isEmpty {
                let some = Array(rows.prefix(Self.rowLimit))
                count += try transaction.run(InsertTallies(sheet: sheet, rows: some, recordedAt: now))
                rows = rows.dropFirst(some.count)
            }
            guard count == sheet.devices.count else { throw Refusal.unknownDevices(sheet.day) }
            if let dirty { try transaction.run(ClearDirtyDay(dirty: dirty)) }
        }
    }

    /// The device rows of a day by a rule, by key (bytes); empty when the day was never written.
    public func rows(rule id: String, version: Int, day: ServiceDay) async throws -> [DayRow] {
        try await self.database.pool.rows(SelectTallies(rule: id, version: version, day: day))
    }

    /// The days inside that are written by a rule, rising.
    public func days(rule id: String, version: Int, from: ServiceDay, to: ServiceDay) async throws
        -> [ServiceDay]
    {
        try await self.database.pool.rows(SelectTalliedDays(rule: id, version: version, from: from, to: to))
    }

    /// Days that must be assessed again, the latest first.
    public func dirtyDays() async throws -> [DirtyDay] {
        try await self.database.pool.rows(SelectDirtyDays())
    }

    /// Marks days.
    public func mark(_ days: [ServiceDay], at now: Timestamp) async throws {
        try await self.database.pool.run(MarkDirtyDays(days: Array(Set(days)), markedAt: now))
    }

    /// Takes a day off the dirty ones, unless it was marked again since it was read.
    public func clear(_ dirty: DirtyDay) async throws {
        try await self.database.pool.run(ClearDirtyDay(dirty: dirty))
    }
}
