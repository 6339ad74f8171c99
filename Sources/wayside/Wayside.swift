internal import ArgumentParser

/// The one program: every job of Wayside is a command of it.
@main
struct Wayside: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "wayside",
        abstract: "沿线 · Watches the video network of an expressway, and says what its online rate is and why.",
        subcommands: [
            UpCommand.self, ServeCommand.self, ImportCommand.self, JournalCommand.self, ProbeCommand.self,
            SNMPCommand.self, ReportCommand.self, ExportCommand.self, RatesCommand.self, ExplainCommand.self,
            ReplayCommand.self, RulesCommand.self, TicketsCommand.self, DoctorCommand.self, MigrateCommand.self,
        ]
    )
}
