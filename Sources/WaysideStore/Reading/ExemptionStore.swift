internal import Postgres
public import WaysideCore

/// One step of an exemption (报备流程记录).
public struct ExemptionMove: Hashable, Sendable {
    /// `request`, `approve`, `reject`, `revoke`, or `import` for what came from a file.
    public var action: String
    /// When.
    public var at: Timestamp
    /// Who.
    public var by: String
    /// Why; `nil` where no reason was asked for.
    public var reason: String?
}

/// How much exempt time a maintainer may use a month and class (报备额度); shown, never applied to a figure.
public struct ExemptionBudget: Hashable, Sendable {
    /// The maintainer's key.
    public var maintainer: String
    /// The class.
    public var className: String
    /// Milliseconds a month, of all its devices together; 0 or more.
    public var monthMilliseconds: Int64

    /// A budget.
    public init(maintainer: String, className: String, monthMilliseconds: Int64) {
        (self.maintainer, self.className) = (maintainer, className)
        self.monthMilliseconds = monthMilliseconds
    }
}

/// Exemptions (报备), with what we knew of them and when.
public struct ExemptionStore: Sendable {
    private let database: Store

    /// The exemptions in that database.
    public init(_ store: Store) { self.database = store }

    /// Why an exemption is not written; nothing was changed.
    public enum Refusal: Error, Hashable, Sendable, CustomStringConvertible {
        /// There is none of that id.
        case unknown(String)
        /// The id is taken.
        case taken(String)
        /// What was asked for is never changed afterwards, only decided on.
        case changed(String)
        /// It was rejected, and a file cannot approve it.
        case rejected(String)

        /// One line.
        public var description: String {
            switch self {
            case .unknown(let id): "there is no exemption \(id); `wayside exemptions list` shows them"
            case .taken(let id): "there is an exemption \(id) already; choose another id"
            case .changed(let id):
                "exemption \(id) is known with another scope, class, facets or window; "
                    + "revoke it and give the new one another id"
            case .rejected(let id):
                "exemption \(id) was rejected here; ask for a new one under another id"
            }
        }
    }

    /// Every exemption that touches the span, by id, as it is known now. What was asked for and never
    /// approved, or revoked, is among them: a rule decides.
    public func exemptions(touching span: Span) async throws -> [Exemption] {
        try await self.cases(touching: span).map(\.exemption)
    }

    /// The same with where each stands.
    public func cases(touching span: Span) async throws -> [ExemptionCase] {
        // "For ever" is no date that the database knows.
        try await self.database.pool.rows(SelectExemptions(span: span.clamped(to: Self.datable)))
    }

    /// The years 1 to 9999.
    private static let datable = Span(
        Timestamp(milliseconds: -62_135_596_800_000),
        Timestamp(milliseconds: 253_402_300_800_000)
    )

    /// One exemption; `nil` when there is none of that id.
    public func exemption(_ id: String) async throws -> ExemptionCase? {
        try await self.database.pool.firstRow(SelectExemption(id: id))
    }

    /// What was done to an exemption, in order.
    public func moves(of id: String) async throws -> [ExemptionMove] {
        try await self.database.pool.rows(SelectExemptionMoves(id: id))
    }

    /// `EX-` and a number that no exemption has.
    public func nextID() async throws -> String {
        let last = try await self.database.pool.firstRow(SelectLastExemptionNumber()) ?? 0
        return "EX-\(last + 1)"
    }

    /// Asks for one. Nothing follows from it before it is approved.
    ///
    /// - Throws: ``Refusal/taken(_:)``.
    public func request(_ exemption: Exemption, by person: String, at now: Timestamp) async throws {
        try await self.database.pool.transaction { transaction in
            try transaction.run(TakeLedgerLock())
            guard try transaction.firstRow(SelectExemption(id: exemption.id)) == nil else {
                throw Refusal.taken(exemption.id)
            }
            try Self.write(ExemptionCase(exemption), "request", by: person, at: now, in: transaction)
        }
    }

    /// Decides on one, and marks the days of the devices it covers.
    ///
    /// - Throws: ``Refusal/unknown(_:)``; `ExemptionCase.Refusal` where that decision cannot follow.
    @discardableResult
    public func decide(
        _ id: String,
        _ action: ExemptionCase.Action,
        by person: String,
        inventory: Inventory,
        at now: Timestamp
    ) async throws -> ExemptionCase {
        try await self.database.pool.transaction { transaction in
            try transaction.run(TakeLedgerLock())
            guard let before = try transaction.firstRow(SelectExemption(id: id)) else {
                throw Refusal.unknown(id)
            }
            var after = before
            try after.perform(action, at: now)
            try transaction.run(SupersedeExemption(id: id, at: now))
            try Self.write(after, action.name, by: person, reason: action.reason, at: now, in: transaction)
            if after.exemption != before.exemption {
                try Self.mark([after.exemption], inventory: inventory, at: now, in: transaction)
            }
            return after
        }
    }

    /// Writes exemptions out of a file. Of one whose id is known only decisions are taken over: an approval or a
    /// revocation that was not known, each with its own instant. Answers how many are new or differ. The days of the
    /// devices that they cover are marked.
    ///
    /// - Throws: ``Refusal/changed(_:)``; then nothing was written.
    @discardableResult
    public func put(
        _ exemptions: [Exemption],
        inventory: Inventory,
        by person: String,
        at now: Timestamp
    ) async throws -> Int {
        try await self.database.pool.transaction { transaction in
            try transaction.run(TakeLedgerLock())
            var changed: [Exemption] = []
            for given in exemptions {
                let before = try transaction.firstRow(SelectExemption(id: given.id))
                var exemption = given
                if let before {
                    guard before.exemption.asksForTheSame(as: given) else { throw Refusal.changed(given.id) }
                    // A file from before a decision does not undo it.
                    exemption = given.decided(as: before.exemption)
                    guard exemption != before.exemption else { continue }
                    guard before.stage != .rejected || exemption.approvedAt == nil else {
                        throw Refusal.rejected(given.id)
                    }
                    try transaction.run(SupersedeExemption(id: exemption.id, at: now))
                }
                changed.append(exemption)
                let new = ExemptionCase(exemption, rejectedAt: before?.rejectedAt)
                try Self.write(new, "import", by: person, at: now, in: transaction)
            }
            try Self.mark(changed, inventory: inventory, at: now, in: transaction)
            return changed.count
        }
    }

    private static func write(
        _ new: ExemptionCase,
        _ action: String,
        by person: String,
        reason: String? = nil,
        at now: Timestamp,
        in transaction: borrowing Transaction
    ) throws(PostgresError) {
        try transaction.run(InsertExemption(new: new, recordedAt: now))
        try transaction.run(
            InsertExemptionMove(
                id: new.exemption.id,
                move: ExemptionMove(action: action, at: now, by: person, reason: reason)
            )
        )
    }

    /// Marks what the windows cover, on days that are over. A monthly cap reaches on to the month's end, but only to days on
    /// which another window covers the device: where nothing is exempt there is nothing to cap.
    private static func mark(
        _ exemptions: [Exemption],
        inventory: Inventory,
        at now: Timestamp,
        in transaction: borrowing Transaction
    ) throws(PostgresError) {
        var marks: [(device: DeviceID, day: ServiceDay)] = []
        var coveredByDay: [ServiceDay: Set<Int>] = [:]
        for exemption in exemptions {
            var covered: Set<Int> = []
            for day in Self.days(exemption.span, until: now) {
                var touched: Set<Int> = []
                if day.span.overlaps(exemption.span) {
                    var scopes = ScopeMembers(inventory, on: day)
                    touched = Set(scopes.devices(of: exemption.scope))
                }
                if !covered.isSubset(of: touched) {
                    if coveredByDay[day] == nil {
                        coveredByDay[day] = try Self.covered(on: day, inventory: inventory, in: transaction)
                    }
                    touched.formUnion(covered.intersection(coveredByDay[day] ?? []))
                }
                covered.formUnion(touched)
                marks += touched.map { (inventory.devices[$0].id, day) }
            }
        }
        guard !marks.isEmpty else { return }
        // What a file decides later than now counts from then on, and the marks wait for it.
        let decidedAt = exemptions.flatMap { [$0.approvedAt, $0.revokedAt].compactMap { $0 } }.max() ?? now
        let markedAt = max(now, decidedAt)
        if marks.count <= Self.mostMarks {
            try transaction.run(MarkDirtyDevices(marks: marks, markedAt: markedAt))
        } else {
            try transaction.run(MarkDirtyDays(days: Set(marks.map(\.day)).sorted(), markedAt: markedAt))
        }
    }

    /// Whom any window covers on the day, whatever was decided on it.
    private static func covered(
        on day: ServiceDay,
        inventory: Inventory,
        in transaction: borrowing Transaction
    ) throws(PostgresError) -> Set<Int> {
        let there = try transaction.rows(SelectExemptions(span: day.span))
        guard !there.isEmpty else { return [] }
        var scopes = ScopeMembers(inventory, on: day)
        return there.reduce(into: []) { $0.formUnion(scopes.devices(of: $1.exemption.scope)) }
    }

    /// More marks than this are made by whole days.
    private static let mostMarks = 50_000

    /// The days that are over, from the first of the span on to its month's end.
    private static func days(_ span: Span, until now: Timestamp) -> [ServiceDay] {
        let today = ServiceDay(containing: now)
        let earliest = ServiceDay(number: today.number - 400)
        var day = max(ServiceDay(containing: span.start), earliest)
        guard !span.isEmpty else { return [] }
        let last = ServicePeriod(.month, containing: ServiceDay(containing: min(span.end - 1, now))).last
        var days: [ServiceDay] = []
        while day <= last, day < today {
            days.append(day)
            day = day.next
        }
        return days
    }

    // MARK: - Budgets

    /// Every budget, by maintainer and class.
    public func budgets() async throws -> [ExemptionBudget] {
        try await self.database.pool.rows(SelectExemptionBudgets())
    }

    /// Sets a budget in place of the one before.
    public func set(_ budget: ExemptionBudget, by person: String, at now: Timestamp) async throws {
        try await self.database.pool.run(UpsertExemptionBudget(budget: budget, setAt: now, setBy: person))
    }
}

extension Exemption {
    /// The same with the other's decisions where it has none itself.
    fileprivate func decided(as other: Exemption) -> Exemption {
        Exemption(
            id: self.id,
            scope: self.scope,
            facets: self.facets,
            className: self.className,
            span: self.span,
            requestedAt: self.requestedAt ?? other.requestedAt,
            approvedAt: self.approvedAt ?? other.approvedAt,
            revokedAt: self.revokedAt ?? other.revokedAt,
            document: self.document ?? other.document,
            reason: self.reason ?? other.reason
        )
    }

    /// Whether both ask for the same, whatever was decided on them.
    fileprivate func asksForTheSame(as other: Exemption) -> Bool {
        self.scope == other.scope && self.facets == other.facets && self.className == other.className
            && self.span == other.span
    }
}
