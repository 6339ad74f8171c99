import Postgres
import StoreTestSupport
import Testing
import WaysideCore
import WaysideStore

private func migration(_ name: String, _ sql: String) -> Migration {
    Migration(name: name, bytes: Array(sql.utf8))
}

private let first = migration("m0001_first", "CREATE TABLE one (id bigint);\nINSERT INTO one VALUES (1);")
private let second = migration(
    "m0002_second",
    "CREATE TABLE two (id bigint);\n\nINSERT INTO two SELECT id FROM one;"
)

@Suite("Migrations")
struct MigratorTests {
    private static let now = Timestamp(milliseconds: 1_772_323_210_123)

    private struct Applied: Statement {
        static let sql = "SELECT name || ' ' || applied_at FROM schema_migration ORDER BY name"
        static func decode(_ row: borrowing RowReader) throws(PostgresError) -> String { try row.text(0) }
    }

    private struct CountTwo: Statement {
        static let sql = "SELECT count(*) FROM two"
        static func decode(_ row: borrowing RowReader) throws(PostgresError) -> Int { try row.int(0) }
    }

    /// What migrating refuses, and why.
    private func refusal(
        _ migrations: [Migration],
        _ connection: borrowing PostgresConnection
    ) throws -> Migrator.Refusal.Reason? {
        do {
            _ = try Migrator(migrations: migrations).migrate(connection, at: MigratorTests.now)
            return nil
        } catch let refusal as Migrator.Refusal {
            return refusal.reason
        }
    }

    @Test("what is missing is applied in order, once, and dated by the caller")
    func forward() throws {
        let connection = try PostgresConnection(try TemporaryPostgres.newDatabase())
        #expect(try Migrator(migrations: [first]).missing(in: connection) == ["m0001_first"])
        #expect(
            try Migrator(migrations: [first]).migrate(connection, at: MigratorTests.now) == ["m0001_first"]
        )
        let both = Migrator(migrations: [first, second])
        #expect(try both.missing(in: connection) == ["m0002_second"])
        #expect(try both.migrate(connection, at: MigratorTests.now + 1_000) == ["m0002_second"])
        #expect(try both.migrate(connection, at: MigratorTests.now + 2_000).isEmpty)
        #expect(try connection.firstRow(CountTwo()) == 1)
        #expect(
            try connection.rows(Applied()) == [
                "m0001_first 2026-03-01 00:00:10.123+00", "m0002_second 2026-03-01 00:00:11.123+00",
            ]
        )
    }

    @Test("the program's list is the folder's, numbered from 1 without gaps")
    func releasedSteps() throws {
        let tests = try #require(#filePath.firstRange(of: "/Tests/")).lowerBound
        let folder = "\(#filePath[..<tests])/Sources/WaysideStore/Migrations"
        let files = SmallFile.names(in: folder).filter { $0.hasSuffix(".sql") }.map { String($0.dropLast(4)) }
        let listed = Store.migrations.map { $0.name }
        #expect(listed == files.sorted())
        for (index, name) in listed.enumerated() {
            let number = String(index + 1)
            #expect(name.hasPrefix("m\(String(repeating: "0", count: 4 - number.count))\(number)_"))
        }
    }

    @Test("the program's steps apply to an empty database")
    func releasedStepsApply() throws {
        let connection = try PostgresConnection(try TemporaryPostgres.newDatabase())
        let applied = try Migrator(migrations: Store.migrations).migrate(connection, at: MigratorTests.now)
        #expect(applied == Store.migrations.map { $0.name })
        #expect(try Migrator(migrations: Store.migrations).missing(in: connection).isEmpty)
    }

    @Test("a changed step, a newer database and a gap are refused, and nothing is applied")
    func refusals() throws {
        let connection = try PostgresConnection(try TemporaryPostgres.newDatabase())
        let changed = migration("m0001_first", first.sql + " ")
        let between = migration("m0001_middle", "SELECT 1")
        _ = try Migrator(migrations: [first, second]).migrate(connection, at: MigratorTests.now)
        #expect(try self.refusal([changed, second], connection) == .changed("m0001_first"))
        #expect(try self.refusal([first], connection) == .newer("m0002_second"))
        #expect(try self.refusal([first, between, second], connection) == .gap("m0001_middle"))
        #expect(throws: Migrator.Refusal.self) { try Migrator(migrations: [first]).missing(in: connection) }
        #expect(try self.refusal([first, second], connection) == nil)
    }

    @Test("a step that fails leaves nothing, and its line is told; the steps before it stay")
    func failure() throws {
        let connection = try PostgresConnection(try TemporaryPostgres.newDatabase())
        let wrong = migration(
            "m0002_wrong",
            "CREATE TABLE two (id bigint);\n-- 桩号\nSELECT nonsense FROM two;"
        )
        guard case .failed("m0002_wrong", line: 3, let error) = try self.refusal([first, wrong], connection)
        else {
            Issue.record("it was not refused as it should be")
            return
        }
        #expect(error.sqlState == "42703")
        #expect(
            try Migrator(migrations: [first, second]).migrate(connection, at: MigratorTests.now) == [
                "m0002_second"
            ]
        )
    }

    private struct Tables: Statement {
        static let sql = """
            SELECT relname::text FROM pg_class
             WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v') ORDER BY relname
            """
        static func decode(_ row: borrowing RowReader) throws(PostgresError) -> String { try row.text(0) }
    }

    /// The words of what migrating refuses.
    private func words(
        _ migrations: [Migration],
        _ connection: borrowing PostgresConnection
    ) throws -> String? {
        do {
            _ = try Migrator(migrations: migrations).migrate(connection, at: MigratorTests.now)
            return nil
        } catch let refusal as Migrator.Refusal {
            return refusal.description
        }
    }

    @Test("a database that is somebody else's is refused by name, and stays as it was")
    func foreign() throws {
        let connection = try PostgresConnection(try TemporaryPostgres.newDatabase())
        try connection.runScript(
            "CREATE TABLE zebra (id int); CREATE TABLE \"Order\" (id int); CREATE TABLE device (id int)"
        )
        let three = try #require(try self.words(Store.migrations, connection))
        #expect(three.contains("\"Order\", \"device\", \"zebra\""))
        #expect(three.contains("\"test_"))
        #expect(three.contains("empty database"))
        try connection.runScript("CREATE VIEW lion AS SELECT 1 AS id; CREATE TABLE yak (id int)")
        let five = try #require(try self.words(Store.migrations, connection))
        #expect(five.contains("\"Order\", \"device\", \"lion\" and 2 more"))
        #expect(throws: Migrator.Refusal.self) { try Migrator(migrations: [first]).missing(in: connection) }
        #expect(try connection.rows(Tables()) == ["Order", "device", "lion", "yak", "zebra"])
    }

    @Test("a schema_migration that is another program's is refused, not read")
    func foreignMigrations() throws {
        let connection = try PostgresConnection(try TemporaryPostgres.newDatabase())
        try connection.runScript("CREATE TABLE schema_migration (version bigint PRIMARY KEY)")
        #expect(try self.words([first], connection)?.contains("\"schema_migration\"") == true)
        #expect(try connection.rows(Tables()) == ["schema_migration"])
    }

    @Test("a try that ended before its first step is taken up, but not among somebody else's tables")
    func begun() throws {
        let connection = try PostgresConnection(try TemporaryPostgres.newDatabase())
        #expect(try Migrator(migrations: []).migrate(connection, at: MigratorTests.now).isEmpty)
        try connection.runScript("CREATE TABLE zebra (id int)")
        #expect(try self.words([first], connection)?.contains("\"zebra\"") == true)
        try connection.runScript("DROP TABLE zebra")
        #expect(try self.words([first], connection) == nil)
        // A guest's table beside ours is no concern of a database that is ours already.
        try connection.runScript("CREATE TABLE zebra (id int)")
        #expect(try self.words([first, second], connection) == nil)
    }

    @Test("of programs that migrate at the same moment one does, and the others find it done")
    func together() async throws {
        let address = try TemporaryPostgres.newDatabase()
        let applied = try await withThrowingTaskGroup(of: [String].self) { group in
            for _ in 0..<4 {
                group.addTask {
                    let connection = try PostgresConnection(address)
                    return try Migrator(migrations: [first, second]).migrate(
                        connection,
                        at: MigratorTests.now
                    )
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(applied == ["m0001_first", "m0002_second"])
    }
}
