internal import WaysideCore
internal import WaysideReports
internal import WaysideStore

/// Exemptions beside each other (报备一览), with what a second look finds: late approvals and overlaps.
struct ExemptionListing {
    private let cases: [ExemptionCase]
    private let inventory: Inventory
    private let members: [String: Set<Int>]

    init(_ cases: [ExemptionCase], inventory: Inventory) {
        (self.cases, self.inventory) = (cases, inventory)
        var members: [String: Set<Int>] = [:]
        for found in cases {
            var scopes = ScopeMembers(inventory, on: ServiceDay(containing: found.exemption.span.start))
            members[found.exemption.id] = Set(scopes.devices(of: found.exemption.scope))
        }
        self.members = members
    }

    /// Others that stand or are asked for, whose window and devices overlap with this one's; by the assignments of each
    /// window's first day.
    func overlaps(of id: String) -> [String] {
        guard let own = self.cases.first(where: { $0.exemption.id == id }) else { return [] }
        return self.cases.filter { other in
            other.exemption.id != id && (other.stage == .approved || other.stage == .requested)
                && other.exemption.span.overlaps(own.exemption.span)
                && !(self.members[id] ?? []).isDisjoint(with: self.members[other.exemption.id] ?? [])
                && Self.shareAFacet(own.exemption.facets, other.exemption.facets)
        }.map(\.exemption.id)
    }

    private static func shareAFacet(_ one: Set<Facet>?, _ other: Set<Facet>?) -> Bool {
        guard let one, let other else { return true }
        return !one.isDisjoint(with: other)
    }

    /// A line for each that is wanted.
    func table(where isWanted: (ExemptionCase) -> Bool) -> Table {
        Table(
            columns: [
                Table.Column("id", "编号"), Table.Column("stage", "状态"), Table.Column("scope", "范围"),
                Table.Column("devices", "设备数", isNumeric: true), Table.Column("facets", "方面"),
                Table.Column("class", "类别"), Table.Column("from", "自"), Table.Column("to", "至"),
                Table.Column("approved_at", "批准"), Table.Column("late", "迟报"),
                Table.Column("overlaps", "重叠"), Table.Column("document", "文件"),
                Table.Column("reason", "事由"),
            ],
            rows: self.cases.filter(isWanted).map { found in
                let exemption = found.exemption
                return [
                    .text(exemption.id), .text("\(found.stage.titleZH) \(found.stage.rawValue)"),
                    .text(Self.words(exemption.scope)),
                    .integer(Int64(self.members[exemption.id]?.count ?? 0)),
                    .text(
                        exemption.facets.map {
                            Facet.allCases.filter($0.contains).map(\.rawValue).joined(separator: " ")
                        } ?? "all"
                    ),
                    .text(exemption.className), .text(exemption.span.start.text),
                    .text(exemption.span.end.text), Table.Cell(exemption.approvedAt?.text),
                    found.isLate ? .text("迟 late") : .empty,
                    Table.Cell(Self.listed(self.overlaps(of: exemption.id))),
                    Table.Cell(exemption.document), Table.Cell(exemption.reason),
                ]
            }
        )
    }

    private static func listed(_ ids: [String]) -> String? { ids.isEmpty ? nil : Self.some(ids) }

    /// The first few, and how many more.
    static func some(_ words: [String]) -> String {
        words.prefix(8).joined(separator: ", ") + (words.count > 8 ? " … (\(words.count))" : "")
    }

    /// The scope in words.
    static func words(_ scope: Exemption.Scope) -> String {
        switch scope {
        case .device(let key): "device \(key)"
        case .organization(let key): "organization \(key)"
        case .downstream(let key): "downstream of \(key)"
        }
    }

    /// Refuses a scope that names nothing.
    static func check(_ scope: Exemption.Scope, in inventory: Inventory) throws {
        switch scope {
        case .device(let key), .downstream(let key):
            guard inventory.device(key: key) != nil else { throw Assessing.Refusal.noSuchDevice(key) }
        case .organization(let key):
            guard inventory.organization(key: key) != nil else {
                let known = inventory.organizations.map(\.key).joined(separator: ", ")
                throw Ending.asked("no organization has the key \(key); known are \(known)")
            }
        }
    }

    /// A line for each step.
    static func table(_ moves: [ExemptionMove]) -> Table {
        Table(
            columns: [
                Table.Column("action", "步骤"), Table.Column("at", "时间"), Table.Column("by", "经手"),
                Table.Column("reason", "理由"),
            ],
            rows: moves.map { [.text($0.action), .text($0.at.text), .text($0.by), Table.Cell($0.reason)] }
        )
    }
}

extension ExemptionCase.Stage {
    /// The stage in Chinese.
    var titleZH: String {
        switch self {
        case .requested: "待审批"
        case .approved: "已批准"
        case .rejected: "已驳回"
        case .revoked: "已撤销"
        }
    }
}

/// How much exempt time each maintainer used in a month, by class (报备用量): approved windows in force, each device's
/// minutes once a class.
struct ExemptionUsage {
    private struct Place: Hashable {
        let maintainer: String
        let className: String
    }

    private let used: [Place: Int64]
    private let inventory: Inventory

    init(_ exemptions: [Exemption], month: ServicePeriod, inventory: Inventory, knownAt: Timestamp) {
        var spans: [Place: [Int: [Span]]] = [:]
        let inForce = exemptions.filter { $0.isKnown(at: knownAt) }
        for day in month.days {
            var scopes = ScopeMembers(inventory, on: day)
            for exemption in inForce {
                let span = exemption.span.clamped(to: day.span)
                guard !span.isEmpty else { continue }
                for index in scopes.devices(of: exemption.scope) {
                    let device = inventory.devices[index]
                    guard let maintainer = device.assignment(on: day).maintainer else { continue }
                    let place = Place(maintainer: maintainer, className: exemption.className)
                    spans[place, default: [:]][index, default: []].append(
                        span.clamped(to: device.serviceLife)
                    )
                }
            }
        }
        self.used = spans.mapValues { $0.values.reduce(0) { $0 + SpanSet($1).milliseconds } }
        self.inventory = inventory
    }

    /// A line for each maintainer and class that has a budget or used something.
    func table(budgets: [ExemptionBudget]) -> Table {
        let limits = Dictionary(
            budgets.map { (Place(maintainer: $0.maintainer, className: $0.className), $0.monthMilliseconds) }
        ) { first, _ in first }
        let places = Set(limits.keys).union(self.used.keys).sorted {
            $0.maintainer == $1.maintainer
                ? $0.className.isBefore($1.className) : $0.maintainer.isBefore($1.maintainer)
        }
        return Table(
            columns: [
                Table.Column("maintainer", "运维单位代码"), Table.Column("name", "运维单位"),
                Table.Column("class", "类别"), Table.Column("used_ms", "已用毫秒", isNumeric: true),
                Table.Column("used", "已用", isNumeric: true), Table.Column("budget", "额度", isNumeric: true),
                Table.Column("left", "剩余", isNumeric: true), Table.Column("over", "超额"),
            ],
            rows: places.map { place in
                let (used, limit) = (self.used[place] ?? 0, limits[place])
                return [
                    .text(place.maintainer),
                    Table.Cell(self.inventory.organization(key: place.maintainer)?.name),
                    .text(place.className), .integer(used), .text(DailyRateReport.words(used)),
                    Table.Cell(limit.map(DailyRateReport.words)),
                    Table.Cell(limit.map { DailyRateReport.words(max(0, $0 - used)) }),
                    limit.map { .flag(used > $0) } ?? .empty,
                ]
            }
        )
    }
}
