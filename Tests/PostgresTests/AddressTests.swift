import Postgres
import StoreTestSupport
import Testing

@Suite("Addresses and passwords")
struct AddressTests {
    private static let secret = "Pa55-w%C3%B6rt"

    @Test("an address prints without its password, however it is printed")
    func printing() throws {
        let address = try DatabaseAddress(
            "postgresql://road:\(AddressTests.secret)@db.example:5433/wayside?sslmode=require"
        )
        var dumped = ""
        dump(address, to: &dumped)
        for text in [
            "\(address)", String(reflecting: address), dumped, "\([address])", "\(Optional(address) as Any)",
        ] {
            #expect(!text.contains("Pa55"))
            #expect(text.contains("<secret>"))
            #expect(text.contains("db.example"))
        }
        #expect(address.user == "road")
        #expect(address.database == "wayside")
        #expect(address.withDatabase("other").database == "other")
    }

    @Test(
        "an address that cannot be read is not repeated in the error",
        arguments: [
            "postgresql://u:Pa55@h:1/d?nonsense=Pa55", "postgrse://u:Pa55@h/d", "password=Pa55 host",
            "password='Pa55", "postgresql://u:Pa55%zz@h/d",
        ]
    )
    func unreadable(text: String) {
        let error = postgresError { _ = try DatabaseAddress(text) }
        #expect(error?.operation == .address)
        #expect(error.map { "\($0)" }?.contains("Pa55") == false)
    }

    @Test("a wrong password is refused in the server's words, without the password; the right one enters")
    func wrongPassword() throws {
        struct HBAFile: Statement {
            static let sql = "SELECT pg_read_file(current_setting('hba_file'))"
            static func decode(_ row: borrowing RowReader) throws(PostgresError) -> String { try row.text(0) }
        }
        let address = try TemporaryPostgres.newDatabase()
        let superuser = try PostgresConnection(address.withUser("postgres"))
        let rules = try #require(try superuser.firstRow(HBAFile()))
        try superuser.runScript("CREATE ROLE guest LOGIN PASSWORD 'Pa55-right'")
        let lines = "local all guest scram-sha-256\n\(rules)"
        try superuser.runScript(
            """
            DO $$ BEGIN
                EXECUTE format('COPY (SELECT unnest(string_to_array(%L, chr(10)))) TO %L', '\(lines)',
                    current_setting('hba_file'));
            END $$;
            SELECT pg_reload_conf();
            """
        )
        let folder = try #require(try superuser.firstRow(SocketFolder()))
        func url(_ password: String) -> String {
            "host=\(folder.path) port=\(folder.port) user=guest dbname=\(address.database ?? "") password=\(password)"
        }
        // The server takes up its new rules when its signal arrives; until then the guest has no rule at all.
        var error: PostgresError?
        repeat {
            error = postgresError { _ = try PostgresConnection(try DatabaseAddress(url("Pa55-wrong"))) }
        } while error?.message.contains("eer authentication failed") == true
        let words = try #require(error.map { "\($0)" })
        #expect(words.contains("password authentication failed for user \"guest\""))
        #expect(!words.contains("Pa55"))
        #expect(error?.operation == .connect)
        let connection = try PostgresConnection(try DatabaseAddress(url("Pa55-right")))
        let isUsable = connection.isUsable
        #expect(isUsable)
    }

    private struct SocketFolder: Statement {
        static let sql = "SELECT current_setting('unix_socket_directories'), current_setting('port')"
        static func decode(_ row: borrowing RowReader) throws(PostgresError) -> (path: String, port: String) {
            (try row.text(0), try row.text(1))
        }
    }

    @Test("a server that is not there, and one that accepts and never speaks, are errors within the limit")
    func unreachable() throws {
        var settings = ConnectionSettings()
        settings.connectTimeLimit = .milliseconds(200)
        let absent = DatabaseAddress(socketFolder: "/nowhere", port: 1, user: "u", database: "d")
        let error = postgresError { _ = try PostgresConnection(absent, settings: settings) }
        #expect(error?.isConnectionLost == true)
        #expect(error?.message.contains("/nowhere") == true)

        let mute = try MuteServer()
        let start = ContinuousClock.now
        let late = postgresError { _ = try PostgresConnection(mute.address, settings: settings) }
        #expect(late?.message.contains("no session within") == true)
        #expect(ContinuousClock.now - start < .seconds(10))
    }
}
