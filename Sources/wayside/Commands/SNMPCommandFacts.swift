internal import ArgumentParser
internal import SNMP
internal import WaysideDevices
internal import WaysideFiles
internal import WaysideReports

/// Looks at a device and prints what it is and how it is.
struct SNMPFactsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "facts",
        abstract: "Find out what a device is and how it is: maker, ports, load, disks, power, neighbours.",
        discussion: """
              wayside snmp facts 198.18.1.1 --credential road-agents
              wayside snmp facts 198.18.1.1:1161 --community - --format json

            What the device does not have is left out; what it has and does not know is null; neither is ever 0. A \
            port's speed of 0 means that it states none. "partial" says that an answer was cut or missing. Ends with \
            1 when the agent is silent or refuses.
            """
    )

    @OptionGroup
    var options: SNMPOptions

    @Option(help: ArgumentHelp("Folder of device profiles.", valueName: "dir"))
    var profiles: String?

    @Option(help: ArgumentHelp("The longest time of the whole look, 1 to 3600.", valueName: "seconds"))
    var budget: Seconds?

    func run() async throws {
        let profiles = try self.readProfiles()
        let agent = try await self.options.agent()
        let engine = try self.options.engine()
        var settings = FactsSettings()
        if let deadline = self.options.deadline { settings.deadline = deadline.duration }
        if let budget = self.budget { settings.duration = budget.duration }
        let outcome = await DeviceSurvey(profiles: profiles, engine: engine, settings: settings).look(
            at: agent
        )
        await engine.close()
        if let silence = outcome.silence { throw SNMPCommandRows.ending(silence, agent) }
        let facts = outcome.facts
        switch self.options.format {
        case .json: Output.say(FactsPage(facts).json.pretty)
        case .table: Output.print(FactsPage(facts).table.text)
        case .csv: Output.print(FactsPage(facts).table.csv)
        }
        if facts.isPartial { Output.note("wayside: the facts are not whole: an answer was cut or missing") }
        for cut in facts.cuts.prefix(8) {
            let vlan = cut.vlan.map { " in VLAN \($0)" } ?? ""
            Output.note("wayside: \(cut.root)\(vlan): \(SNMPCommandRows.words(cut.why))")
        }
    }

    private func readProfiles() throws -> [DeviceProfile] {
        do {
            return try ProfileFile.readFolder(try self.profiles ?? Shipped.folder(Shipped.deviceProfiles))
        } catch let error as FilesError {
            throw Ending.asked("\(error)")
        }
    }
}
