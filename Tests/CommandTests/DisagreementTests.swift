import Foundation
import StoreTestSupport
import Testing

/// A camera that refuses us while its copy plays, from the service that sees it to the person who comes in the morning.
@Suite(.timeLimit(.minutes(4))) struct DisagreementTests {
    @Test(
        "a camera of which one place contradicts another is listed and counted, dark in the live view, and told by the doctor after the service has ended"
    )
    func fromServiceToDoctor() async throws {
        let (platform, closed) = (try MovingListener(), try SilentListener(isOpen: false))
        let folder = try Folder()
        let webPort = try SilentListener(isOpen: false).port
        try folder.write("key,name,kind,parent\nS,S,section,\n", to: "inventory/organizations.csv")
        try folder.write(
            """
            key,kind,name,organization,checks,stream_url,platform_url
            CAM-1,camera,A,S,stream,rtsp://127.0.0.1:\(closed.port)/1,http://127.0.0.1:\(platform.port)/1.flv
            CAM-2,camera,B,S,stream,http://127.0.0.1:\(platform.port)/2.flv,http://127.0.0.1:\(platform.port)/2.flv

            """,
            to: "inventory/devices.csv"
        )
        try folder.write(
            """
            web: {listen: "127.0.0.1:\(webPort)"}
            checks: {stream: {interval_seconds: 2, recheck_seconds: 1, deadline_seconds: 2, valid_for_seconds: 60}}

            """,
            to: "wayside.yaml"
        )
        let database = "\(try TemporaryPostgres.newDatabase())"
        let data = ["--data-dir", folder.path + "/data", "--database", database]
        let imported = try Program.run(["import", folder.path + "/inventory"] + data)
        try #require(imported.code == 0, "\(imported.errors)")
        let service = try RunningService(
            data + [
                "--settings", folder.path + "/wayside.yaml", "--dashboards",
                Program.root + "/Dashboards/web", "--rules-dir", Program.shippedRules,
            ],
            port: webPort
        )
        try await until("the disagreement is counted") {
            service.get("/metrics")?.contains(
                "wayside_stream_disagreements{finding=\"direct_misaddressed\"} 1\n"
            ) == true
        }
        let metrics = try #require(service.get("/metrics"))
        #expect(metrics.contains("wayside_stream_disagreements{finding=\"cloud_stale\"} 0\n"))
        let list = try Self.object(service.get("/api/v1/disagreements"))
        let rows = try #require(list["disagreements"] as? [[String: Any]])
        #expect(rows.compactMap { ($0["device"] as? [String: Any])?["key"] as? String } == ["CAM-1"])
        #expect(rows.first?["first_failing"] as? String == "direct")
        let device = try Self.object(service.get("/api/v1/devices/CAM-1"))
        let facets = try #require(device["facets"] as? [[String: Any]])
        #expect(facets.map { $0["status"] as? String } == ["offline"], "its copy does not make it online")
        service.end()
        let look = try Program.run(["why", "CAM-1", "--format", "json"] + data).object()
        let hops = try #require(look["hops"] as? [String: Any])
        #expect(hops["findings"] as? [String] == ["direct_misaddressed"])
        let stands = try #require(look["disagreements"] as? [[String: Any]])
        #expect(stands.map { $0["first_seen_at"] as? String } == [rows[0]["first_seen_at"] as? String])
        let doctor = try Program.run(["doctor", "--format", "json"] + data).rows()
        let row = try #require(doctor.first { $0["check"] as? String == "stream places" })
        #expect((row["found"] as? String)?.contains("direct_misaddressed 1 (CAM-1)") == true, "\(row)")
    }

    private static func object(_ text: String?) throws -> [String: Any] {
        let data = Data(try #require(text).utf8)
        return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    }
}
