import Foundation
import StoreTestSupport
import Testing

/// Two real agents that were cloned with their configuration, from the service that meets them to the person who comes
/// in the morning.
@Suite(.timeLimit(.minutes(4))) struct AgentDefectTests {
    private static let user =
        "createUser watch SHA-256 sign-watch-word AES hide-watch-word\nrouser watch priv"

    /// The agents' common engine ID.
    private static let engine = "0x80001f8804776179736964653031"

    /// An agent with the common engine ID and that count of starts.
    private static func agent(boots: Int) throws -> SNMPRealAgent {
        // An agent that is not told that it had this ID before counts its starts from 1.
        let boots = "oldEngineID \(Self.engine)\nengineBoots \(boots - 1)"
        return try SNMPRealAgent("exactEngineID \(Self.engine)\n\(boots)\n\(Self.user)")
    }

    @Test(
        "two devices with one engine ID are told of by the console, and by why and the doctor after the service has ended"
    )
    func twins() async throws {
        let (one, other) = (try Self.agent(boots: 7), try Self.agent(boots: 40))
        let folder = try Folder()
        let webPort = try SilentListener(isOpen: false).port
        try folder.write("key,name,kind,parent\nS,S,section,\n", to: "inventory/organizations.csv")
        try folder.write(
            """
            key,kind,name,organization,address,checks,snmp
            SRV-1,server,A,S,127.0.0.1:\(one.port),snmp,agents
            SRV-2,server,B,S,127.0.0.1:\(other.port),snmp,agents

            """,
            to: "inventory/devices.csv"
        )
        try folder.write(
            """
            credentials:
              agents:
                snmp: {version: 3, user: watch, auth: {method: sha256, passphrase: sign-watch-word}, priv: {method: aes128, passphrase: hide-watch-word}}

            """,
            to: "inventory/credentials.yaml"
        )
        try folder.write("web: {listen: \"127.0.0.1:\(webPort)\"}\n", to: "wayside.yaml")
        let database = "\(try TemporaryPostgres.newDatabase())"
        let data = ["--data-dir", folder.path + "/data", "--database", database]
        let imported = try Program.run(["import", folder.path + "/inventory"] + data)
        try #require(imported.code == 0, "\(imported.errors)")
        let arguments =
            data + [
                "--settings", folder.path + "/wayside.yaml", "--dashboards",
                Program.root + "/Dashboards/web", "--rules-dir", Program.shippedRules,
            ]
        let service = try RunningService(arguments, port: webPort)
        try await until("both agents are recognised") {
            service.get("/metrics")?.contains("wayside_health_devices_polled 2\n") == true
        }
        // Its last turn notes what was seen since the one before.
        service.end()
        let look = try Program.run(["why", "SRV-1", "--format", "json"] + data).object()
        let defects = try #require(look["defects"] as? [[String: Any]])
        let twin = try #require(defects.first { $0["kind"] as? String == "duplicate_engine_id" }, "\(look)")
        #expect((twin["detail"] as? String)?.hasSuffix("127.0.0.1:\(other.port) (SRV-2)") == true, "\(twin)")
        let doctor = try Program.run(["doctor", "--format", "json"] + data).rows()
        let row = try #require(doctor.first { $0["check"] as? String == "SNMP agents" })
        #expect((row["found"] as? String)?.contains("SRV-1, SRV-2") == true, "\(row)")
        let again = try RunningService(arguments, port: webPort)
        let list = try #require(again.get("/api/v1/defects"))
        again.end()
        let answer = try #require(try JSONSerialization.jsonObject(with: Data(list.utf8)) as? [String: Any])
        let keys = (answer["defects"] as? [[String: Any]])?.compactMap {
            ($0["device"] as? [String: Any])?["key"] as? String
        }
        #expect(Set(keys ?? []) == ["SRV-1", "SRV-2"], "\(list)")
    }
}
