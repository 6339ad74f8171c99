internal import ArgumentParser
internal import WaysideCore

/// Measures (基准).
struct BenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measure this machine: how fast it makes figures, asks agents and looks at streams.",
        subcommands: [
            BenchRatesCommand.self, BenchSNMPCommand.self, BenchHistoryCommand.self, BenchProbeCommand.self,
        ]
    )
}

/// Measures how fast figures are made.
struct BenchRatesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rates",
        abstract:
            "A day, a month, roll-ups, a restatement and a replay of a made-up province, beside one plain SQL statement.",
        discussion: """
            Makes a private database of its own in a temporary folder, fills it, measures, and throws it away:

              wayside bench rates                              50,000 cameras, 31 days; takes some minutes
              wayside bench rates --cameras 2000 --days 3      a quick look

            With --keep the database stays in that folder; asked with the same cameras, days and seed, it is measured again
            without being filled. Ctrl-C and SIGTERM stop the database as well. Times are wall clock on this machine as it is; compare the ratios, and run it on an idle machine.
            """
    )

    @Option(help: "Cameras, 100 to 100000.") var cameras = 50_000
    @Option(help: "Days, 2 to 31.") var days = 31
    @Option(help: "Seed.") var seed: UInt64 = 1
    @Option(help: "Lines of the observation file that is replayed, 1000 or more.") var observations =
        1_000_000
    @Option(
        help: ArgumentHelp("Keep the filled database there, and use it when it is there.", valueName: "dir")
    )
    var keep: String?
    @OptionGroup var rules: RuleOptions
    @Option(help: "table, json or csv.") var format: Format = .table

    func validate() throws {
        guard (100...100_000).contains(self.cameras), (2...31).contains(self.days), self.observations >= 1_000
        else {
            throw ValidationError("--cameras is 100 to 100000, --days 2 to 31, --observations 1000 or more")
        }
    }

    func run() async throws {
        let rules = try self.rules.read()
        do {
            let bench = try BenchRates(
                cameras: self.cameras,
                days: self.days,
                seed: self.seed,
                observations: self.observations,
                keptIn: self.keep.map { DataFolder($0) },
                rules: rules
            )
            Output.print(try await bench.run(), as: self.format)
        } catch {
            throw Answering.ending(of: error)
        }
    }
}

/// Measures how health history is written, kept and read.
struct BenchHistoryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history",
        abstract:
            "Health of a made-up fleet written, packed and read, beside one narrow table with an index.",
        discussion: """
            Makes a private database of its own in a temporary folder, fills it, measures, and throws it away:

              wayside bench history                            100 devices, 24 hours; takes some minutes
              wayside bench history --devices 50 --hours 3     a quick look
              wayside bench history --moving                   without whatever mostly stands still

            The fleet is asked for what the shipped profiles ask: of its values about half are states and error counters,
            which hardly ever move, and are cheap to keep. With --moving only counters of traffic and levels with noise
            are left, which is the worst that can be. Both tables get the same values in the same batches of 1,000 polls,
            in turn: as many as 30,000 devices say between two turns of the service's writer. Times are wall clock on this
            machine as it is; "written" counts the copying of polls and the closing of hours.
            """
    )

    @Option(help: "Devices, 25 to 5000.") var devices = 100
    @Option(help: "Hours, 1 to 24.") var hours = 24
    @Flag(help: "Only series that move with nearly every poll.") var moving = false
    @Option(help: "Seed.") var seed: UInt64 = 1
    @Option(help: "table, json or csv.") var format: Format = .table

    func validate() throws {
        guard (25...5_000).contains(self.devices), (1...24).contains(self.hours) else {
            throw ValidationError("--devices is 25 to 5000, --hours 1 to 24")
        }
    }

    func run() async throws {
        do {
            let bench = BenchHistory(
                devices: self.devices,
                hours: self.hours,
                content: self.moving ? .moving : .everything,
                seed: self.seed
            )
            Output.print(try await bench.run(), as: self.format)
        } catch {
            throw Answering.ending(of: error)
        }
    }
}
