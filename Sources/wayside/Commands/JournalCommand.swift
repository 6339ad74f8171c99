internal import ArgumentParser
internal import WaysideCore

/// Takes observations out of a journal and into one (流水导出与导入).
struct JournalCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "journal",
        abstract: "Take observations out of the journal, or put some in, one JSON a line.",
        discussion: """
              wayside journal export --data-dir /var/lib/wayside --from 2026-03-01 --to 2026-03-02 --out day.ndjson
              wayside journal import day.ndjson --journal /srv/other/journal

            What is exported is what `wayside replay` reads.
            """,
        subcommands: [JournalExportCommand.self, JournalImportCommand.self]
    )
}

/// Which journal is meant.
struct JournalPlace: ParsableArguments {
    @Option(help: ArgumentHelp("The journal's own folder.", valueName: "dir"))
    var journal: String?

    @Option(
        name: .customLong("data-dir"),
        help: ArgumentHelp(
            "The data folder with the journal in it (default: $WAYSIDE_DATA, else the usual place).",
            valueName: "dir"
        )
    )
    var dataFolder: String?

    mutating func validate() throws {
        if self.journal != nil, self.dataFolder != nil {
            throw ValidationError(
                "Give --journal or --data-dir, not both: --data-dir DIR means --journal DIR/journal."
            )
        }
    }

    /// The journal's folder.
    var folder: String { self.journal ?? DataFolder.usual(self.dataFolder).journal }
}

/// An instant on a command line: RFC 3339, or a day for its 00:00.
struct InstantArgument: ExpressibleByArgument {
    let instant: Timestamp

    init?(argument: String) {
        guard let instant = ServiceDay(argument)?.start ?? Timestamp(argument) else { return nil }
        self.instant = instant
    }
}
