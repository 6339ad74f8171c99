internal import ArgumentParser
internal import WaysideCore
internal import WaysideFiles
internal import WaysideReports
internal import WaysideStore

/// One look at a device, now and back (查因).
struct WhyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "why",
        abstract: "What is wrong with a device, where along the chain, and what it would take.",
        discussion: """
              wayside why f7311382-d4fe-40c7-a345-ab789e64b4b9
              wayside why K12+300 --format json

            Shows what the camera itself and its pushed copy say, the first place that fails, what it means that they
            differ, what was seen in the last hour, its open ticket and what it hangs on. It asks nobody: a look must
            not cost a viewer his session. `wayside probe` asks a stream at once.

            Ends with 1 when something is wrong with the device.
            """
    )

    @Argument(help: "Key, or a stake mark that only one camera has.") var device: String
    @OptionGroup var data: DataOptions
    @Option(
        help: ArgumentHelp(
            "The service's settings file, for how long an answer speaks (default: the defaults).",
            valueName: "file"
        )
    )
    var settings: String?
    @Option(help: "table or json.") var format: Format = .table

    func validate() throws {
        if self.format == .csv { throw ValidationError("--format takes table or json here") }
    }

    func run() async throws {
        try await Answering.answer(self.data) { database in
            let settings = try self.settings.map { try Settings.read($0) } ?? Settings()
            let inventory = try await InventoryStore(database.store).load()
            let look = try await DeviceLook(
                try ExplainCommand.index(of: self.device, in: inventory),
                in: inventory,
                store: database.store,
                journal: JournalEvidence(folder: self.data.folder.journal),
                settings: settings,
                defects: Self.defects(of: self.data.folder),
                disagreements: Self.disagreements(of: self.data.folder),
                now: WallClock.now()
            )
            switch self.format {
            case .json: Output.say(look.json.pretty)
            case .table, .csv: Output.print(look.text)
            }
            if look.isWrong { throw Ending.no }
        }
    }

    /// What the service noted; a file that cannot be read costs these rows and nothing else, and the doctor names it.
    private static func defects(of folder: DataFolder) -> AgentDefectBook {
        AgentDefectBook((try? DefectFile.defects(at: folder.defects)) ?? [])
    }

    /// The same for places that contradict one another.
    private static func disagreements(of folder: DataFolder) -> [HopDisagreement] {
        (try? DisagreementFile.disagreements(at: folder.disagreements)) ?? []
    }
}
