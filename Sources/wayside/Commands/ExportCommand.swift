internal import ArgumentParser
internal import Foundation
internal import WaysideCore
internal import WaysideReports
internal import WaysideStore

/// What goes out as files (导出).
struct ExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write files for others.",
        subcommands: [Ministry.self]
    )

    /// The ministry's sheets.
    struct Ministry: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "ministry",
            abstract: "The 13-field camera sheet, the day's statistics by organization and the status list.",
            discussion: """
                  wayside export ministry --day 2026-03-01 --out filing/

                Writes cameras, statistics and status as CSV and JSON. Cameras whose record lacks what the ministry asks
                for go into incomplete.csv with what is missing, and the command ends with 1.
                """
        )

        @OptionGroup var data: DataOptions
        @OptionGroup var rules: RuleOptions
        @Option(help: "Day, YYYY-MM-DD (default: today).") var day: ServiceDay?
        @Option(help: "Rule id or file.") var rule = Rules.usual
        @Option(help: ArgumentHelp("Folder; made when it is absent.", valueName: "dir")) var out: String

        func run() async throws {
            let rule = try self.rules.read().rule(self.rule)
            let day = self.day ?? ServiceDay(containing: WallClock.now())
            try await Answering.answer(self.data) { database in
                let assessing = Assessing(database.store, journalFolder: self.data.folder.journal)
                let ground = try await assessing.ground(rule, day)
                // The first day of all has no yesterday, and then no change on it.
                let before = try? await assessing.ground(rule, day.previous)
                let export = MinistryExport(
                    inventory: ground.inventory,
                    today: try ground.briefDay(),
                    yesterday: try before.map { try $0.briefDay() },
                    statuses: try await StatusQueries(database.store).live()
                )
                try self.write(export, day)
            }
        }

        private func write(_ export: MinistryExport, _ day: ServiceDay) throws {
            do {
                try FileManager.default.createDirectory(atPath: self.out, withIntermediateDirectories: true)
                let tables = [
                    ("cameras", export.cameras), ("statistics", export.statistics),
                    ("status", export.statusList),
                    ("incomplete", export.incompleteCameras),
                ]
                for (name, table) in tables {
                    let path = "\(self.out)/\(name)-\(day).csv"
                    try table.csv.write(toFile: path, atomically: true, encoding: .utf8)
                    Output.say("\(path): \(table.rows.count)")
                }
                let path = "\(self.out)/ministry-\(day).json"
                try (export.json.pretty + "\n").write(toFile: path, atomically: true, encoding: .utf8)
                Output.say(path)
            } catch {
                throw Ending.asked("\(self.out) cannot be written: \(error); name another folder with --out")
            }
            guard export.incompleteCameras.rows.isEmpty else {
                Output.note(
                    "\(export.incompleteCameras.rows.count) camera(s) cannot be filed; see incomplete-\(day).csv"
                )
                throw Ending.no
            }
        }
    }
}
