internal import ArgumentParser
internal import WaysideCore
internal import WaysideFiles
internal import WaysideReports

/// Assesses a day from files alone (重放考核).
struct ReplayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Work out a day's online rate from files alone, without a database.",
        discussion: """
            The same observations, exemptions, inventory and rule give the same figures on every machine:

              wayside replay --inventory inventory/ --observations journal.ndjson \\
                --rule Deploy/rules/rates/province-time-weighted.yaml --day 2026-03-01 --format json

            With --as-known-at only what was known by then counts; while that instant lies inside the day the figures
            reach up to it and are provisional.
            """
    )

    @Option(help: ArgumentHelp("Folder (or file) of the inventory.", valueName: "dir"))
    var inventory: String

    @Option(help: ArgumentHelp("Observations and voids, one JSON a line.", valueName: "file"))
    var observations: String

    @Option(help: ArgumentHelp("Exemptions, one JSON a line.", valueName: "file"))
    var exemptions: String?

    @Option(help: ArgumentHelp("Rate rule.", valueName: "file"))
    var rule: String

    @Option(help: ArgumentHelp("Day, YYYY-MM-DD.", valueName: "day"))
    var day: ServiceDay

    @Option(help: ArgumentHelp("Only what was known by then, RFC 3339.", valueName: "instant"))
    var asKnownAt: Timestamp?

    @Option(help: "table, json or csv.")
    var format: Format = .table

    func run() async throws {
        let sheet: RateSheet
        do {
            sheet = try self.sheet()
        } catch let error as FilesError {
            throw Ending.asked("\(error)")
        } catch let error as Assessor.NotBegun {
            throw Ending.asked(
                "--as-known-at \(error.knownAt) is not after 00:00 of \(error.day); name an instant inside the day or "
                    + "after it"
            )
        }
        let report = RateSheetReport(sheet)
        switch self.format {
        case .json: Output.say(report.json.pretty)
        case .csv: Output.print(report.devices.csv)
        case .table:
            Output.say(
                "\(sheet.day)  \(sheet.rule.titleZH) · \(sheet.rule.titleEN)  (\(sheet.rule.id) v\(sheet.rule.version))"
            )
            if let until = sheet.until { Output.say("截至 until \(until)") }
            if sheet.isProvisional { Output.say("暂定 provisional") }
            Output.print(report.groups.text)
            Output.print(report.devices.text)
        }
    }

    private func sheet() throws -> RateSheet {
        let inventory = try InventoryFiles(.replay).read(self.inventory).complete(from: self.inventory)
        let rule = try RuleFile.readRule(self.rule)
        for key in (rule.population.organizations ?? []).sorted()
        where inventory.organization(key: key) == nil {
            throw Ending.asked(
                "\(self.rule): population.organizations names \(key), which is not in the inventory; mend the key or add it"
            )
        }
        let exemptions = try self.exemptions.map { try ExemptionFile.read($0, inventory: inventory) } ?? []
        let knownAt = self.asKnownAt ?? .distantFuture
        var fold = ObservationFold(knownAt: knownAt)
        try ObservationFile.readLines(
            self.observations,
            devices: DeviceKeys(inventory),
            each: { seen in
                fold.receive(
                    TrackKey(device: seen.device, check: seen.check, hop: seen.hop),
                    at: seen.at,
                    receivedAt: seen.receivedAt,
                    outcome: seen.outcome,
                    collector: seen.collector
                )
            },
            void: { fold.receive($0) }
        )
        let replay = Replay(
            rule: rule,
            inventory: inventory,
            exemptions: exemptions,
            fold: fold,
            knownAt: knownAt
        )
        return try replay.sheet(of: self.day)
    }
}
