internal import ArgumentParser
internal import WaysideCore
internal import WaysideReports
internal import WaysideStore

/// Several definitions of one day side by side (口径对照).
struct RatesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rates",
        abstract: "A day's online rate by several rules side by side, from one ledger, and why they differ.",
        discussion: """
              wayside rates --day 2026-03-01 --rules province-time-weighted,contractor
              wayside rates --day 2026-03-01 --rules province-time-weighted,contractor --device CAM-0001

            Without --rules all rules of the folder are shown. With two or more named, the way from the first to each \
            other one follows, choice by choice, for all and device by device: each step is the whole assessment with one \
            more choice of the other rule, so the steps add up to the difference. --format csv and json give that way; \
            --no-why leaves it out and gives the figures.
            """
    )

    @OptionGroup var data: DataOptions
    @OptionGroup var rules: RuleOptions
    @Option(help: "Day, YYYY-MM-DD (default: today).") var day: ServiceDay?
    @Option(name: .customLong("rules"), help: ArgumentHelp("Rule ids, comma between.", valueName: "ids"))
    var names: String?
    @Option(help: ArgumentHelp("Explain only this device.", valueName: "key")) var device: String?
    @Flag(inversion: .prefixedNo, help: "Say why the rules differ.") var why = true
    @Option(help: ArgumentHelp("As it was known then, RFC 3339.", valueName: "instant")) var asKnownAt:
        Timestamp?
    @Option(help: "table, json or csv.") var format: Format = .table

    func run() async throws {
        let rules = try self.rules.read()
        let wanted =
            try self.names?.split(separator: ",").map { try rules.rule(String($0)) }
            ?? rules.entries.map(\.rule)
        let day = self.day ?? ServiceDay(containing: WallClock.now())
        try await Answering.answer(self.data) { database in
            let assessing = Assessing(database.store, journalFolder: self.data.folder.journal)
            if let device = self.device {
                try ExemptionListing.check(.device(device), in: try await assessing.inventories.current())
            }
            let explains = self.why && self.names != nil && wanted.count > 1
            let comparison = try await RuleComparison(
                explains ? wanted : [],
                day: day,
                asKnownAt: self.asKnownAt,
                assessing: assessing
            )
            var sides = comparison.sides
            if !explains {
                for rule in wanted {
                    let sheet = try await assessing.sheet(rule, day, asKnownAt: self.asKnownAt)
                    sides.append(RuleComparison.Side(rule: rule, sheet: sheet))
                }
            }
            guard explains else { return Output.print(Self.table(sides), as: self.format) }
            let way = comparison.table(device: self.device)
            guard self.format == .table else { return Output.print(way, as: self.format) }
            Output.print(Self.table(sides).text)
            Output.say("")
            if way.rows.isEmpty {
                Output.say("各口径结果相同 · the rules say the same of every device")
            } else {
                Output.say("为何不同 why they differ")
                Output.print(way.text)
            }
        }
    }

    /// A line for each rule.
    private static func table(_ sides: [RuleComparison.Side]) -> Table {
        Table(
            columns: [
                Table.Column("rule", "口径"), Table.Column("title", "名称"), Table.Column("facet", "方面"),
                Table.Column("method", "方法"), Table.Column("devices", "设备数", isNumeric: true),
                Table.Column("raw", "原始在线率", isNumeric: true),
                Table.Column("assessed", "考核在线率", isNumeric: true),
                Table.Column("coverage", "覆盖率", isNumeric: true),
                Table.Column("error_low", "误差下限", isNumeric: true),
                Table.Column("error_high", "误差上限", isNumeric: true), Table.Column("grade", "等级"),
                Table.Column("provisional", "暂定"),
            ],
            rows: sides.compactMap { side in
                guard let all = side.sheet.groups.first(where: { $0.kind == .all }) else { return nil }
                let rule = side.rule
                return [
                    .text("\(rule.id) v\(rule.version)"), .text(rule.titleZH), .text(rule.facet.rawValue),
                    .text(rule.method.name), .integer(Int64(all.devices)),
                ] + RateSheetReport.cells(of: all.figures, under: rule) + [.flag(side.sheet.isProvisional)]
            }
        )
    }
}
