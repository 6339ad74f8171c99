internal import ArgumentParser
internal import Foundation
internal import Logging
internal import ServiceLifecycle
internal import UnixSignals
internal import WaysideFiles
internal import WaysideStore

/// Everything on one machine (启动).
struct UpCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "up",
        abstract: "Run everything on one machine, with a private PostgreSQL in the data folder.",
        discussion: """
              wayside import inventory/
              wayside up

            The private PostgreSQL is made at the first start, listens on a Unix socket only, and is stopped at the end.
            Use `wayside serve --database URL` with a PostgreSQL of yours. A second `up` on the same data folder is
            refused. SIGTERM and Ctrl-C end it in order.
            """
    )

    @OptionGroup var data: DataOptions
    @OptionGroup var running: RunningOptions

    func run() async throws { try await self.running.run(self.data) }
}

/// The service with a PostgreSQL of yours.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Run everything with a PostgreSQL of yours.",
        discussion: """
              wayside serve --database postgresql://wayside@db.example/wayside --data-dir /var/lib/wayside
            """
    )

    @OptionGroup var data: DataOptions
    @OptionGroup var running: RunningOptions

    func run() async throws {
        guard self.data.database != nil else {
            throw Ending.asked("serve needs --database URL; `wayside up` brings a PostgreSQL of its own")
        }
        try await self.running.run(self.data)
    }
}

/// What `up` and `serve` share.
struct RunningOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Settings file (default: the defaults).", valueName: "file")) var settings:
        String?
    @OptionGroup var rules: RuleOptions
    @Option(
        name: .customLong("dashboards"),
        help: ArgumentHelp("Folder of the console's pages.", valueName: "dir")
    )
    var dashboards: String?

    func run(_ data: DataOptions) async throws {
        let logger = Logs.service
        let settings: Settings
        do {
            settings = try self.settings.map { try Settings.read($0) } ?? Settings()
        } catch {
            throw Ending.asked("\(error)")
        }
        for warning in settings.warnings { logger.warning("\(warning)") }
        let rules = try self.rules.read()
        try data.folder.make()
        try await Self.keepOut(data.folder)
        let database: Database
        do {
            database = try Database.open(data, connections: 6, logger: logger)
        } catch {
            throw Answering.ending(of: error)
        }
        do {
            try database.leaveNote(in: data.folder)
            let composition = Composition(
                folder: data.folder,
                settings: settings,
                settingsFolder: self.settings.map {
                    URL(filePath: $0).deletingLastPathComponent().path(percentEncoded: false)
                } ?? ".",
                rules: rules,
                database: database,
                pages: try self.dashboards ?? Shipped.folder(Shipped.console),
                logger: logger
            )
            let (services, journal) = try await composition.services()
            let group = ServiceGroup(
                configuration: ServiceGroupConfiguration(
                    services: services.map { .init(service: $0) },
                    gracefulShutdownSignals: [.sigterm, .sigint],
                    logger: logger
                )
            )
            do {
                try await group.run()
            } catch {
                await journal.close()
                throw error
            }
            await journal.close()
        } catch {
            await database.close()
            throw Answering.ending(of: error)
        }
        await database.close()
        logger.info("stopped in order")
    }

    /// Refuses a second instance before it touches anything.
    private static func keepOut(_ folder: DataFolder) async throws {
        do {
            let journal = try FileJournal.open(folder: folder.journal, report: { _ in })
            await journal.close()
        } catch  where error.operation == .lock {
            throw Ending.asked("\(error)")
        } catch {
            throw Ending.ours("\(error)")
        }
    }
}
