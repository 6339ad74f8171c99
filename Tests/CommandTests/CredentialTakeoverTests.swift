import Foundation
import StoreTestSupport
import Testing

/// What a running service does when a password is corrected and nothing else: a real service, a real PostgreSQL, a
/// server that lets nobody in and notes who knocks.
@Suite(.timeLimit(.minutes(4))) struct CredentialTakeoverTests {
    @Test("a running service takes over new credentials although the inventory is the same")
    func takeover() async throws {
        let (folder, server) = (try Folder(), try DoorkeeperServer(.refuse))
        let port = try SilentListener(isOpen: false).port
        let data = [
            "--data-dir", folder.path + "/data", "--database", "\(try TemporaryPostgres.newDatabase())",
        ]
        try folder.write("key,name,kind,parent\nS,S,section,\n", to: "inventory/organizations.csv")
        try folder.write(
            """
            key,kind,name,organization,checks,stream_url
            CAM-1,camera,CAM,S,stream,rtsp://127.0.0.1:\(server.port)/live

            """,
            to: "inventory/devices.csv"
        )
        try folder.write(
            "web: {listen: \"127.0.0.1:\(port)\"}\nchecks: {stream: {interval_seconds: 1, recheck_seconds: 1, "
                + "deadline_seconds: 1, valid_for_seconds: 5}}\n",
            to: "wayside.yaml"
        )
        func bring(user: String) throws -> String {
            try folder.write(
                "credentials:\n  door: {stream: {user: \(user), password: s3cr3t-word}}\n"
                    + "streams: {CAM-1: door}\n",
                to: "inventory/credentials.yaml"
            )
            let ending = try Program.run(["import", folder.path + "/inventory"] + data)
            try #require(ending.code == 0, "\(ending.errors)")
            return ending.output
        }
        _ = try bring(user: "old-viewer")
        let service = try RunningService(
            data + [
                "--settings", folder.path + "/wayside.yaml", "--rules-dir", Program.shippedRules,
                "--dashboards", Program.root + "/Dashboards/web",
            ],
            port: port
        )
        defer { service.end() }
        try await until("it knocks as the old user") {
            _ = service.get("/readyz")
            return server.knows(user: "old-viewer")
        }
        #expect(!server.knows(user: "new-viewer"))
        #expect(try bring(user: "new-viewer").contains("nothing changes"))
        try await until("it knocks as the new user") {
            _ = service.get("/readyz")
            return server.knows(user: "new-viewer")
        }
    }
}
