internal import ArgumentParser

/// The one program: every job of Wayside is a command of it.
@main
struct Wayside: AsyncParsableCommand {
    /// Runs the command. The parser ends a wrong question with 64; here that is 2, as everywhere in the contracts.
    static func main() async {
        do {
            var command = try self.parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch {
            guard self.exitCode(for: error) == .validationFailure else { self.exit(withError: error) }
            Output.note(self.fullMessage(for: error))
            self.exit(withError: Ending.asked)
        }
    }

    static let configuration = CommandConfiguration(
        commandName: "wayside",
        abstract:
            "沿线 · Watches the video network of an expressway, and says what its online rate is and why.",
        subcommands: [
            UpCommand.self, ServeCommand.self, ImportCommand.self, JournalCommand.self, ProbeCommand.self,
            SNMPCommand.self, ReportCommand.self, ExportCommand.self, RatesCommand.self, ExplainCommand.self,
            WhyCommand.self,
            ReplayCommand.self, SimulateCommand.self, RulesCommand.self, ExemptionsCommand.self,
            TicketsCommand.self, HistoryCommand.self, DoctorCommand.self, MigrateCommand.self,
            BenchCommand.self,
        ]
    )
}
