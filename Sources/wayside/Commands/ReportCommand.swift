internal import ArgumentParser
internal import Logging
internal import WaysideCore
internal import WaysideReports
internal import WaysideStore

/// What goes out of the house (报表).
struct ReportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Print reports of the online rate.",
        subcommands: [Daily.self]
    )

    /// One day by one rule.
    struct Daily: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "daily",
            abstract:
                "A day's raw and assessed rate, its coverage and its outages, by organization and in all.",
            discussion: """
                While the day runs the figures reach up to what is known and are provisional:

                  wayside report daily
                  wayside report daily --day 2026-03-01 --rule contractor --format csv
                """
        )

        @OptionGroup var data: DataOptions
        @OptionGroup var rules: RuleOptions
        @Option(help: "Day, YYYY-MM-DD (default: today).") var day: ServiceDay?
        @Option(help: "Rule id or file.") var rule = Rules.usual
        @Option(help: "Only this organization, with those below it.") var organization: String?
        @Option(help: ArgumentHelp("As it was known then, RFC 3339.", valueName: "instant")) var asKnownAt:
            Timestamp?
        @Option(help: "table, json or csv.") var format: Format = .table

        func run() async throws {
            let rule = try self.rules.read().rule(self.rule)
            let day = self.day ?? ServiceDay(containing: WallClock.now())
            try await Answering.answer(self.data) { database in
                let assessing = Assessing(database.store, journalFolder: self.data.folder.journal)
                let ground = try await assessing.ground(rule, day, asKnownAt: self.asKnownAt)
                let report = try DailyRateReport(ground, organization: self.organization)
                switch self.format {
                case .json: Output.say(report.json.pretty)
                case .csv: Output.print(report.devices.csv)
                case .table: Output.print(report.text)
                }
            }
        }
    }
}
