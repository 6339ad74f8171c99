internal import WaysideCore
internal import WaysideReports
internal import WaysideStore

/// Why several rules say different things of one day (口径差异): the figures side by side, and for each device the way from
/// the first rule to each other one, choice by choice.
struct RuleComparison: Sendable {
    /// One rule's figures.
    struct Side: Sendable {
        let rule: RateRule
        let sheet: RateSheet
    }

    /// From one rule to another: the sheet after each choice.
    private struct Way: Sendable {
        let first: RateRule
        let second: RateRule
        let steps: [(choice: RuleBridge.Choice, sheet: RateSheet)]
    }

    let sides: [Side]
    private let ways: [Way]

    /// Assesses every rule, and every step between the first and the others.
    init(_ rules: [RateRule], day: ServiceDay, asKnownAt: Timestamp?, assessing: Assessing) async throws {
        var sheets: [RateRule: RateSheet] = [:]
        // What is written between two readings would look like a difference of the rules.
        var instant = asKnownAt
        func sheet(_ rule: RateRule) async throws -> RateSheet {
            if let known = sheets[rule] { return known }
            let ground = try await assessing.ground(rule, day, asKnownAt: instant)
            instant = ground.knownAt
            var assessor = try ground.assessor()
            let made = assessor.sheet()
            sheets[rule] = made
            return made
        }
        var (sides, ways): ([Side], [Way]) = ([], [])
        for rule in rules { sides.append(Side(rule: rule, sheet: try await sheet(rule))) }
        if let first = rules.first {
            for other in rules.dropFirst() {
                var steps: [(choice: RuleBridge.Choice, sheet: RateSheet)] = []
                for step in RuleBridge(from: first, to: other).steps {
                    steps.append((step.choice, try await sheet(step.rule)))
                }
                ways.append(Way(first: first, second: other, steps: steps))
            }
        }
        (self.sides, self.ways) = (sides, ways)
    }

    /// A line for each choice that moves a device's figure, or that of all together: from what, to what, and why; of one
    /// device and of all, or, with `nil`, of every device whose figures differ.
    func table(device wanted: String?) -> Table {
        var rows: [[Table.Cell]] = []
        for way in self.ways {
            guard let start = self.sides.first?.sheet else { continue }
            rows += self.rows(
                way,
                "all",
                start.allFigures,
                way.steps.map { ($0.choice, $0.sheet.allFigures) }
            )
            let sheets = [start] + way.steps.map(\.sheet)
            let byDevice = sheets.map { sheet in
                Dictionary(sheet.devices.map { ($0.device, $0.figures) }) { first, _ in first }
            }
            let keys = Set(byDevice.flatMap(\.keys)).sorted { $0.isBefore($1) }
            for key in keys where wanted == nil || key == wanted {
                rows += self.rows(
                    way,
                    key,
                    byDevice[0][key],
                    zip(way.steps, byDevice.dropFirst()).map { ($0.choice, $1[key]) }
                )
            }
        }
        return Table(
            columns: [
                Table.Column("from", "由口径"), Table.Column("to", "到口径"), Table.Column("device", "设备"),
                Table.Column("choice", "差异"), Table.Column("before", "前", isNumeric: true),
                Table.Column("after", "后", isNumeric: true),
                Table.Column("points", "变化(百分点)", isNumeric: true), Table.Column("because", "原因"),
            ],
            rows: rows
        )
    }

    private func rows(
        _ way: Way,
        _ key: String,
        _ start: RateSheet.Figures?,
        _ steps: [(choice: RuleBridge.Choice, figures: RateSheet.Figures?)]
    ) -> [[Table.Cell]] {
        var (before, rows): (RateSheet.Figures?, [[Table.Cell]]) = (start, [])
        for (choice, after) in steps {
            defer { before = after }
            // What prints the same is no difference to anybody.
            let (one, other) = (Self.text(before, for: choice), Self.text(after, for: choice))
            guard one != other else { continue }
            rows.append([
                .text(way.first.id), .text(way.second.id), .text(key),
                .text("\(choice.titleZH) \(choice.rawValue)"), .text(one), .text(other),
                Table.Cell(before.flatMap { one in after.flatMap { one.assessed.points(to: $0.assessed) } }),
                .text(Self.words(choice, way.first, way.second)),
            ])
        }
        return rows
    }

    private static func text(_ figures: RateSheet.Figures?, for choice: RuleBridge.Choice) -> String {
        guard let figures else { return "不在范围 outside" }
        if choice == .grades { return "\(figures.assessed.text) \(figures.grade ?? "—")" }
        return figures.isAssessable ? figures.assessed.text : "不可考核 (\(figures.assessed.text))"
    }

    /// What each rule chooses.
    private static func words(_ choice: RuleBridge.Choice, _ first: RateRule, _ second: RateRule) -> String {
        let names = choice.fields
        let (one, other) = (RulesCommandFields.fields(of: first), RulesCommandFields.fields(of: second))
        return zip(one, other).filter { pair in
            pair.0.value != pair.1.value
                && names.contains { pair.0.name == $0 || pair.0.name.hasPrefix($0 + ".") }
        }.map { "\($0.name): \(Self.short($0.value)) → \(Self.short($1.value))" }.joined(separator: "; ")
    }

    private static func short(_ value: String?) -> String {
        guard let value else { return "—" }
        return value.count > 40 ? value.prefix(39) + "…" : value
    }
}

extension RateSheet {
    /// The figures of all devices together.
    fileprivate var allFigures: RateSheet.Figures? { self.groups.first { $0.kind == .all }?.figures }
}

extension RuleBridge.Choice {
    /// The choice in Chinese.
    var titleZH: String {
        switch self {
        case .facet: "考核方面"
        case .status: "状态判定"
        case .exemptions: "报备"
        case .upstream: "上级中断"
        case .unknown: "未知"
        case .abnormalWeight: "异常权重"
        case .method: "方法"
        case .aggregate: "汇总与覆盖率"
        case .population: "范围"
        case .grades: "等级"
        }
    }

    /// The fields of the rule grammar that it is made of.
    var fields: [String] {
        switch self {
        case .unknown: ["unknown.as"]
        case .aggregate: ["aggregate", "unknown.minimum_coverage"]
        default: [self.rawValue]
        }
    }
}
