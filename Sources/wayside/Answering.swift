internal import ArgumentParser
internal import Documents
internal import Logging
internal import Postgres
internal import WaysideCore
internal import WaysideFiles
internal import WaysideStore
internal import WaysideWeb

/// Runs a command on the database, and makes plain words and the right exit code of whatever goes wrong.
enum Answering {
    /// Opens the database, does the work, and closes it again.
    static func answer(
        _ options: DataOptions,
        _ work: (Database) async throws -> Swift.Void
    ) async throws {
        let database: Database
        do {
            database = try Database.open(options, logger: Logs.quiet)
        } catch {
            throw self.ending(of: error)
        }
        do {
            try await work(database)
        } catch {
            await database.close()
            throw self.ending(of: error)
        }
        await database.close()
    }

    /// What the asker can mend ends with 2, what we must mend with 3.
    static func ending(of error: any Error) -> any Error {
        switch error {
        case is ExitCode, is ValidationError, is CleanExit: error
        case let error as FilesError: Ending.asked("\(error)")
        case let error as Assessing.Refusal: Ending.asked("\(error)")
        case let error as ExemptionStore.Refusal: Ending.asked("\(error)")
        case let error as Assessor.NotBegun:
            Ending.asked(
                "\(error.day) is not before \(error.knownAt), up to where it is known; name an earlier day"
            )
        case let error as DocumentError: Ending.ours("\(error)")
        case let error as ReportStore.Refusal: Ending.asked("\(error)")
        case let error as RateQueries.Refusal: Ending.asked("\(error)")
        case let error as ExemptionCase.Refusal: Ending.asked("\(error)")
        case let error as WebError: Ending.asked("\(error)")
        case let error as ClusterError: Ending.ours("\(error)")
        case let error as PostgresError: Ending.ours("database: \(error)")
        default: Ending.ours("\(error)")
        }
    }
}

/// The loggers of the program.
enum Logs {
    /// For commands that answer a question: only what is wrong, on standard error.
    static var quiet: Logger {
        var logger = Logger(label: "wayside") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = .warning
        return logger
    }

    /// For the service: what happens, on standard error.
    static var service: Logger {
        var logger = Logger(label: "wayside") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = .info
        return logger
    }
}
