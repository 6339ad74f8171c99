internal import ArgumentParser

/// Brings the database to this program's schema (升级库表).
struct MigrateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate",
        abstract: "Bring the database to this program's schema; `up` and `serve` do so by themselves.",
        discussion: """
            Forward only, one transaction a step, under a lock; a step that was changed after its release is refused.

              wayside migrate --database postgresql://wayside@db.example/wayside
            """
    )

    @OptionGroup var data: DataOptions

    func run() async throws {
        try await Answering.answer(self.data) { _ in Output.say("the schema is up to date") }
    }
}
