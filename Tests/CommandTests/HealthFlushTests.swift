import Foundation
import Postgres
import StoreTestSupport
import Testing
import WaysideCore
import WaysideStore

/// Polls that are in the database.
private struct CountReadings: Statement {
    static let sql = "SELECT count(DISTINCT (device_id, at)) FROM health_reading"
    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> Int64 { try row.int64(0) }
}

/// What a service that is told to stop does with what it has polled: a real service, a real agent, a real PostgreSQL.
@Suite(.timeLimit(.minutes(4))) struct HealthFlushTests {
    private let agent: SNMPRealAgent
    private let folder: Folder
    private let address: DatabaseAddress
    private let trapPort: UInt16
    private let webPort: UInt16

    init() throws {
        (self.agent, self.folder) = (try SNMPRealAgent(), try Folder())
        self.address = try TemporaryPostgres.newDatabase()
        (self.trapPort, self.webPort) = (try SNMPRealAgent.freePort(), try SilentListener(isOpen: false).port)
        try self.folder.write("key,name,kind,parent\nS,S,section,\n", to: "inventory/organizations.csv")
        try self.folder.write(
            """
            key,kind,name,organization,address,checks,snmp
            SRV-1,server,SRV,S,127.0.0.1:\(self.agent.port),snmp,agents

            """,
            to: "inventory/devices.csv"
        )
        try self.folder.write(
            "credentials:\n  agents: {snmp: {version: 2c, community: road-agents}}\n",
            to: "inventory/credentials.yaml"
        )
        try self.folder.write(
            "web: {listen: \"127.0.0.1:\(self.webPort)\"}\ntraps: {port: \(self.trapPort)}\n",
            to: "wayside.yaml"
        )
        let imported = try Program.run(["import", self.folder.path + "/inventory"] + self.data)
        try #require(imported.code == 0, "\(imported.errors)")
    }

    private var data: [String] {
        ["--data-dir", self.folder.path + "/data", "--database", "\(self.address)"]
    }

    /// A metric of the service as it is now.
    private func metric(_ name: String, of service: RunningService) -> Int? {
        service.get("/metrics")?.split(separator: "\n").first { $0.hasPrefix(name + " ") }
            .flatMap { $0.split(separator: " ").last.flatMap { Int($0) } }
    }

    /// Lets the agent say that it has something to say, so that it is polled at once.
    private func hint() throws {
        let ending = try Program.run(
            ["-v2c", "-c", "road-agents", "127.0.0.1:\(self.trapPort)", "", "1.3.6.1.6.3.1.1.5.4"],
            by: "/usr/bin/snmptrap"
        )
        try #require(ending.code == 0, "\(ending.errors)")
    }

    @Test(
        "what was polled is written before a service that is told to stop ends, though the database was busy"
    )
    func flush() async throws {
        let service = try RunningService(
            self.data + [
                "--settings", self.folder.path + "/wayside.yaml", "--dashboards",
                Program.root + "/Dashboards/web", "--rules-dir", Program.shippedRules,
            ],
            port: self.webPort
        )
        try await until("the agent is recognised") {
            self.metric("wayside_health_devices_polled", of: service) == 1
        }
        let reader = try PostgresConnection(self.address)
        try reader.runScript("BEGIN; LOCK TABLE health_reading IN ACCESS EXCLUSIVE MODE")
        try self.hint()
        try await until("a poll waits for the table") {
            (self.metric("wayside_health_polls_waiting", of: service) ?? 0) >= 1
        }
        let waiting = try #require(self.metric("wayside_health_polls_waiting", of: service))
        let written = try #require(self.metric("wayside_health_polls_written_total", of: service))
        let ending = Task.detached { service.end() }
        // The console goes before the writer: the service has been told.
        try await until("the console has closed") { service.get("/healthz") == nil }
        try reader.runScript("ROLLBACK")
        await ending.value
        let count = try #require(try reader.rows(CountReadings()).first)
        #expect(count >= Int64(waiting + written) && waiting >= 1)
    }
}
