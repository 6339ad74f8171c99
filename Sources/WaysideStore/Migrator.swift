internal import Cryptography
public import Postgres
public import WaysideCore

/// Brings a database to the schema that this program is written for: forward only, in order, one transaction each.
///
/// What was applied is kept with its checksum in `schema_migration`. Several programs may start at once: one migrates,
/// the others wait for it and find nothing left to do.
public struct Migrator: Sendable {
    /// All steps, in order.
    public let migrations: [Migration]

    /// Why a database is not migrated.
    public struct Refusal: Error, Sendable, Equatable, CustomStringConvertible {
        /// What was found.
        public enum Reason: Sendable, Equatable {
            /// The file of a step that was applied reads otherwise now.
            case changed(String)
            /// The database has a step that this program does not know: it was migrated by a newer one.
            case newer(String)
            /// A step was applied without the one before it.
            case gap(String)
            /// The database holds tables of another program (the first three, of so many) and no step of ours.
            case foreign(database: String, tables: [String], count: Int)
            /// A step failed; nothing of it was kept.
            case failed(String, line: Int?, PostgresError)
        }

        /// What was found.
        public var reason: Reason

        /// What was found, and how to mend it.
        public var description: String {
            switch self.reason {
            case .changed(let name):
                "migration \(name) was changed after it had been applied; put the released text back and write a new one"
            case .newer(let name):
                "the database has migration \(name), which this program does not know; use the newer program"
            case .gap(let name):
                "the database lacks migration \(name) but has a later one; restore it from a backup"
            case .foreign(let database, let tables, let count):
                """
                the database "\(database)" seems to be another program's: it holds \
                \(tables.map { "\"\($0)\"" }.joined(separator: ", "))\
                \(count > tables.count ? " and \(count - tables.count) more" : "") and nothing of Wayside's; \
                nothing was changed; name an empty database
                """
            case .failed(let name, let line, let error):
                "migration \(name)\(line.map { ", line \($0)" } ?? ""): \(error)"
            }
        }
    }

    /// Steps other than the program's own, for tests; traps when two share a name or they are out of order.
    public init(migrations: [Migration]) {
        let names = migrations.map { $0.name }
        precondition(zip(names, names.dropFirst()).allSatisfy { $0 < $1 }, "migrations are in order")
        self.migrations = migrations
    }

    /// Applies what is missing and gives its names. The connection's lock limit says how long to wait for another
    /// program that migrates; a long step needs a connection with a long statement limit.
    @discardableResult
    public func migrate(
        _ connection: borrowing PostgresConnection,
        at now: Timestamp
    ) throws -> [String] {
        try connection.run(TakeMigrationLock())
        do {
            let applied = try self.applyMissing(connection, now)
            try connection.run(GiveMigrationLockBack())
            return applied
        } catch {
            // The lock ends with the session in any case; the first error is the one to tell.
            _ = try? connection.run(GiveMigrationLockBack())
            throw error
        }
    }

    /// The steps that a database lacks; throws what ``migrate(_:at:)`` would refuse. Changes nothing.
    public func missing(in connection: borrowing PostgresConnection) throws -> [String] {
        try self.compare(with: try self.applied(connection) ?? []).map { $0.name }
    }

    /// What was applied, after the proof that the database is ours or holds nothing; `nil` when it was never begun.
    private func applied(_ connection: borrowing PostgresConnection) throws -> [AppliedMigration]? {
        let isBegun = try connection.firstRow(SelectMigrationTable()) == true
        let applied = isBegun ? try connection.rows(SelectMigrations()) : []
        guard applied.isEmpty else { return applied }
        let guests = try connection.rows(SelectGuestTables(isBegun: isBegun))
        if let first = guests.first {
            let tables = guests.map { $0.table }
            throw Refusal(reason: .foreign(database: first.database, tables: tables, count: first.count))
        }
        return isBegun ? [] : nil
    }

    private func applyMissing(
        _ connection: borrowing PostgresConnection,
        _ now: Timestamp
    ) throws -> [String] {
        let applied = try self.applied(connection)
        if applied == nil { try connection.runScript(Migrator.tableText) }
        let missing = try self.compare(with: applied ?? [])
        for migration in missing { try self.apply(migration, connection, now) }
        return missing.map { $0.name }
    }

    private func apply(
        _ migration: Migration,
        _ connection: borrowing PostgresConnection,
        _ now: Timestamp
    ) throws {
        try connection.transaction { transaction in
            do throws(PostgresError) {
                try transaction.runScript(migration.sql)
            } catch {
                let line = Migrator.line(of: error.position, in: migration.sql)
                throw Refusal(reason: .failed(migration.name, line: line, error))
            }
            try transaction.run(InsertMigration(migration: migration, appliedAt: now))
        }
    }

    /// What is missing, after the proof that what is there is a beginning of what we know.
    private func compare(with applied: [AppliedMigration]) throws(Refusal) -> [Migration] {
        let known = Dictionary(uniqueKeysWithValues: self.migrations.map { ($0.name, $0.checksum) })
        for step in applied {
            guard let checksum = known[step.name] else { throw Refusal(reason: .newer(step.name)) }
            guard checksum == step.checksum else { throw Refusal(reason: .changed(step.name)) }
        }
        let names = Set(applied.map { $0.name })
        if let gap = self.migrations.prefix(applied.count).first(where: { !names.contains($0.name) }) {
            throw Refusal(reason: .gap(gap.name))
        }
        return Array(self.migrations.dropFirst(applied.count))
    }

    private static func line(of position: Int?, in text: String) -> Int? {
        position.map { text.unicodeScalars.prefix($0 - 1).count { $0 == "\n" } + 1 }
    }

    private static let tableText = """
        CREATE TABLE schema_migration (
            name       text        PRIMARY KEY,
            sha256     bytea       NOT NULL CHECK (octet_length(sha256) = 32),
            applied_at timestamptz NOT NULL
        )
        """
}
