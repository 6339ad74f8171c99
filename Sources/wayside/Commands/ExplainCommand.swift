internal import ArgumentParser
internal import WaysideCore
internal import WaysideReports
internal import WaysideStore

/// From a figure down to what was seen (追溯).
struct ExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract:
            "Account for every millisecond of a device's day: intervals, the observations behind them, the sums.",
        discussion: """
              wayside explain f7311382-d4fe-40c7-a345-ab789e64b4b9 --day 2026-03-01

            A device may be named by its key, or by a stake mark that only one camera has.
            """
    )

    @Argument(help: "Key, or stake mark.") var device: String
    @OptionGroup var data: DataOptions
    @OptionGroup var rules: RuleOptions
    @Option(help: "Day, YYYY-MM-DD (default: today).") var day: ServiceDay?
    @Option(help: "Rule id or file.") var rule = Rules.usual
    @Option(help: ArgumentHelp("As it was known then, RFC 3339.", valueName: "instant")) var asKnownAt:
        Timestamp?
    @Option(help: "table, json or csv (the intervals).") var format: Format = .table

    func run() async throws {
        let rules = try self.rules.read()
        let rule = try rules.rule(self.rule)
        let text = rules.entries.first { $0.rule == rule }?.text
        let day = self.day ?? ServiceDay(containing: WallClock.now())
        try await Answering.answer(self.data) { database in
            let ground = try await Assessing(database.store, journalFolder: self.data.folder.journal).ground(
                rule,
                day,
                asKnownAt: self.asKnownAt
            )
            let index = try Self.index(of: self.device, in: ground.inventory)
            let explanation = try await Explanation(
                ground,
                device: index,
                journal: JournalEvidence(folder: self.data.folder.journal),
                reports: ReportStore(database.store),
                ruleText: text
            )
            switch self.format {
            case .json: Output.say(explanation.json.pretty)
            case .csv: Output.print(explanation.intervals.csv)
            case .table: Output.print(explanation.text)
            }
        }
    }

    /// The device of that key, or the only camera at that stake mark.
    static func index(of name: String, in inventory: Inventory) throws -> Int {
        if let index = inventory.index(ofKey: name) { return index }
        if let stakeMark = StakeMark(name) {
            let there = inventory.devices.indices.filter { inventory.devices[$0].stakeMark == stakeMark }
            let cameras = there.filter { inventory.devices[$0].kind == .camera }
            if let only = (cameras.isEmpty ? there : cameras).first,
                (cameras.isEmpty ? there : cameras).count == 1
            {
                return only
            }
            if !there.isEmpty {
                let keys = there.map { inventory.devices[$0].key }.joined(separator: ", ")
                throw Ending.asked("several devices stand at \(stakeMark); name one by its key: \(keys)")
            }
        }
        throw Assessing.Refusal.noSuchDevice(name)
    }
}
