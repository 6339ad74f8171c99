internal import ArgumentParser
internal import WaysideCore
internal import WaysideReports

/// Several definitions of one day side by side (口径对照).
struct RatesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rates",
        abstract: "A day's online rate by several rules side by side, from one ledger.",
        discussion: """
              wayside rates --day 2026-03-01 --rules province-time-weighted,contractor

            Without --rules all rules of the folder are shown.
            """
    )

    @OptionGroup var data: DataOptions
    @OptionGroup var rules: RuleOptions
    @Option(help: "Day, YYYY-MM-DD (default: today).") var day: ServiceDay?
    @Option(name: .customLong("rules"), help: ArgumentHelp("Rule ids, comma between.", valueName: "ids"))
    var names: String?
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
            var table = Table(
                columns: [
                    Table.Column("rule", "口径"), Table.Column("title", "名称"), Table.Column("facet", "方面"),
                    Table.Column("method", "方法"), Table.Column("devices", "设备数", isNumeric: true),
                    Table.Column("raw", "原始在线率", isNumeric: true),
                    Table.Column("assessed", "考核在线率", isNumeric: true),
                    Table.Column("coverage", "覆盖率", isNumeric: true),
                    Table.Column("error_low", "误差下限", isNumeric: true),
                    Table.Column("error_high", "误差上限", isNumeric: true),
                    Table.Column("provisional", "暂定"),
                ]
            )
            for rule in wanted {
                let sheet = try await assessing.sheet(rule, day, asKnownAt: self.asKnownAt)
                guard let all = sheet.groups.first(where: { $0.kind == .all }) else { continue }
                let assessed =
                    all.figures.isAssessable
                    ? all.figures.assessed.text : "不可考核 (\(all.figures.assessed.text))"
                table.rows.append([
                    .text("\(rule.id) v\(rule.version)"), .text(rule.titleZH), .text(rule.facet.rawValue),
                    .text(rule.method.name), .integer(Int64(all.devices)), .text(all.figures.raw.text),
                    .text(assessed), .text(all.figures.coverage.text), .text(all.figures.low.text),
                    .text(all.figures.high.text), .flag(sheet.isProvisional),
                ])
            }
            Output.print(table, as: self.format)
        }
    }
}
