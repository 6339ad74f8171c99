internal import WaysideCore
internal import WaysideReports
internal import WaysideStore

/// What an exemption does, or would do, to the figures of a rule (报备影响): shown before it is approved.
struct ExemptionPreview: Sendable {
    /// A group whose rate the exemption moves on a day.
    struct Effect: Sendable {
        let day: ServiceDay
        let group: RateGroupKey
        let without: RateSheet.Figures
        let with: RateSheet.Figures
    }

    /// By how much, a line for each group and day; empty where it moves nothing.
    let effects: [Effect]
    /// Why it moves less than it might; `nil` when nothing stands in its way.
    let remark: String?

    /// So many days of a window are looked at, the latest ones.
    private static let mostDays = 62

    /// Works out both sides of every day of the window that has begun.
    init(_ exemption: Exemption, rule: RateRule, assessing: Assessing, now: Timestamp) async throws {
        let granted = exemption.granted(at: now)
        self.remark = Self.remark(granted, rule: rule, now: now)
        let inventory = try await assessing.inventories.current()
        let last = ServiceDay(containing: min(exemption.span.end - 1, now))
        let first = max(
            ServiceDay(containing: exemption.span.start),
            ServiceDay(number: last.number - Int32(Self.mostDays) + 1)
        )
        var effects: [Effect] = []
        var day = first
        while day <= last {
            effects += try await Self.effects(granted, rule, day, inventory, assessing)
            day = day.next
        }
        self.effects = effects
    }

    /// Why the exemption does not count under the rule, as known then; `nil` when it does.
    static func remark(_ exemption: Exemption, rule: RateRule, now: Timestamp) -> String? {
        if exemption.revokedAt.map({ $0 <= now }) ?? false { return "revoked" }
        if exemption.approvedAt.map({ $0 > now }) ?? true { return "not approved" }
        if !rule.exemptions.accept.contains(exemption.className) {
            let accepted = rule.exemptions.accept.sorted().joined(separator: ", ")
            return "rule \(rule.id) does not accept the class \(exemption.className); it accepts "
                + (accepted.isEmpty ? "none" : accepted)
        }
        if let facets = exemption.facets, !facets.contains(rule.facet) {
            return "rule \(rule.id) judges \(rule.facet.rawValue), which the exemption does not cover"
        }
        if let limit = rule.exemptions.approvedWithinMilliseconds, let approvedAt = exemption.approvedAt,
            approvedAt - exemption.span.start > limit
        {
            return
                "approved \(DailyRateReport.words(approvedAt - exemption.span.start)) after its window began; "
                + "rule \(rule.id) accepts at most \(limit / 1_000) s"
        }
        if exemption.span.start > now { return "the window has not begun: it moves nothing yet" }
        return nil
    }

    private static func effects(
        _ exemption: Exemption,
        _ rule: RateRule,
        _ day: ServiceDay,
        _ inventory: Inventory,
        _ assessing: Assessing
    ) async throws -> [Effect] {
        var scopes = ScopeMembers(inventory, on: day)
        let devices = Set(scopes.devices(of: exemption.scope))
        guard !devices.isEmpty else { return [] }
        let ground = try await assessing.ground(rule, day, devices: devices, inventory: inventory)
        // What is known ends a moment before now; an approval of this moment is to count all the same.
        let exemption =
            exemption.approvedAt.map { exemption.granted(at: min($0, ground.knownAt)) } ?? exemption
        let others = ground.exemptions.filter { $0.id != exemption.id }
        func groups(_ exemptions: [Exemption]) throws -> [RateGroupKey: RateSums] {
            var assessor = try ground.with(exemptions).assessor()
            var groups = RateGroups(rule: rule, inventory: inventory)
            for index in devices.sorted() {
                guard let row = assessor.deviceRow(of: index) else { continue }
                groups.add(row.figures, of: assessor.membership(of: index))
            }
            return groups.sumsByGroup
        }
        let (without, with) = (try groups(others), try groups(others + [exemption]))
        let rollups = RollupQueries(assessing.store)
        let period = ServicePeriod(.day, containing: day)
        let (whole, standing): ([RateGroupKey: RateSums], [RateGroupKey: RateSums])
        if let kept = try await rollups.kept(rule, period) {
            let numbers = devices.map { inventory.devices[$0].id }.sorted()
            (whole, standing) = (
                kept, try await rollups.sums(rule, period, of: numbers, inventory: inventory).sumsByGroup
            )
        } else {
            (whole, standing) = (
                try await assessing.sheet(rule, day).sumsByGroup(inventory: inventory),
                try groups(ground.exemptions)
            )
        }
        return without.keys.sorted { $0.isBefore($1) }.compactMap { group in
            guard without[group] != with[group], var rest = whole[group] else { return nil }
            rest -= standing[group] ?? .none(rule)
            var (one, other) = (rest, rest)
            one += without[group] ?? .none(rule)
            other += with[group] ?? .none(rule)
            return Effect(
                day: day,
                group: group,
                without: one.figures(under: rule),
                with: other.figures(under: rule)
            )
        }
    }

    /// A line for each effect.
    func table(inventory: Inventory) -> Table {
        Table(
            columns: [
                Table.Column("day", "日期"), Table.Column("kind", "分组"), Table.Column("key", "代码"),
                Table.Column("name", "名称"), Table.Column("without", "不报备", isNumeric: true),
                Table.Column("with", "报备后", isNumeric: true),
                Table.Column("points", "变化(百分点)", isNumeric: true),
                Table.Column("coverage_with", "报备后覆盖率", isNumeric: true),
            ],
            rows: self.effects.map { effect in
                [
                    .text(effect.day.description), .text(effect.group.kind.rawValue),
                    .text(effect.group.key),
                    .text(inventory.organization(key: effect.group.key)?.name ?? effect.group.key),
                    .text(effect.without.assessed.text), .text(effect.with.assessed.text),
                    Table.Cell(effect.without.assessed.points(to: effect.with.assessed)),
                    .text(effect.with.coverage.text),
                ]
            }
        )
    }
}

extension Exemption {
    /// The same, approved then, or earlier if it was.
    fileprivate func granted(at instant: Timestamp) -> Exemption {
        Exemption(
            id: self.id,
            scope: self.scope,
            facets: self.facets,
            className: self.className,
            span: self.span,
            requestedAt: self.requestedAt,
            approvedAt: min(self.approvedAt ?? instant, instant),
            revokedAt: self.revokedAt,
            document: self.document,
            reason: self.reason
        )
    }
}

extension Assessing.Ground {
    /// The same with other exemptions.
    func with(_ exemptions: [Exemption]) -> Assessing.Ground {
        Assessing.Ground(
            inventory: self.inventory,
            exemptions: exemptions,
            tracks: self.tracks,
            knownAt: self.knownAt,
            rule: self.rule,
            day: self.day,
            topology: self.topology
        )
    }
}

extension RateSheet {
    /// The sums behind its groups, from its device rows.
    func sumsByGroup(inventory: Inventory) -> [RateGroupKey: RateSums] {
        var groups = RateGroups(rule: self.rule, inventory: inventory)
        for row in self.devices {
            guard let device = inventory.device(key: row.device) else { continue }
            groups.add(row.figures, of: Membership(device, on: self.day))
        }
        return groups.sumsByGroup
    }
}
