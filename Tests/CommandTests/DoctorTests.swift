import Foundation
import Postgres
import StoreTestSupport
import Testing
import WaysideCore

@Suite struct DoctorTests {
    @Test("every prerequisite has its row, and what is not well has its mend")
    func rows() throws {
        let (folder, free) = (try Folder(), try Self.freePort())
        let settings = try folder.write("web: {listen: \"127.0.0.1:\(free)\"}\n", to: "wayside.yaml")
        let ending = try Program.run(
            ["doctor", "--data-dir", folder.path, "--settings", settings, "--format", "json"]
        )
        let rows = try ending.rows()
        let checks = rows.compactMap { $0["check"] as? String }
        for check in [
            "library libpq", "library OpenSSL", "library libcurl", "library zlib", "PostgreSQL programs",
            "port 127.0.0.1:\(free) of the console", "right to ICMP echo", "clock synchronisation",
            "time-zone data",
            "disk space", "disk writes", "database", "open files", "Chinese fonts",
        ] {
            #expect(checks.contains(check), "\(check) is not looked at")
        }
        for row in rows {
            let state = try #require(row["state"] as? String)
            #expect(["ok", "warn", "fail"].contains(state))
            #expect((state == "ok") == (row["mend"] is NSNull), "\(row)")
        }
        let fails = rows.contains { $0["state"] as? String == "fail" }
        #expect(ending.code == (fails ? 1 : 0))
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["wayside.yaml"])
    }

    @Test(
        "a port in use is named with the process that has it, and settings that measure nothing with their place"
    )
    func takenPort() throws {
        let (folder, taken) = (try Folder(), try SilentListener())
        let settings = try folder.write(
            "web: {listen: \"127.0.0.1:\(taken.port)\"}\nkinds: {camera: {stream: {deadline_seconds: 4}}}\n",
            to: "wayside.yaml"
        )
        let ending = try Program.run(
            "doctor",
            "--data-dir",
            folder.path,
            "--settings",
            settings,
            "--format",
            "json"
        )
        #expect(ending.code == 1)
        let row = try #require(
            try ending.rows().first { ($0["check"] as? String)?.hasPrefix("port ") == true }
        )
        #expect(row["state"] as? String == "fail")
        #expect((row["found"] as? String)?.contains("(pid \(getpid()))") == true, "\(row)")
        let warning = try #require(try ending.rows().first { $0["check"] as? String == "settings" })
        #expect(warning["state"] as? String == "warn" && "\(warning)".contains("wayside.yaml:2:"))
        #expect((warning["mend"] as? String)?.hasPrefix("write at least 5") == true)
    }

    @Test("a database that does not answer fails, and its password is not shown")
    func database() throws {
        let (folder, closed) = (try Folder(), try SilentListener(isOpen: false))
        let ending = try Program.run(
            ["doctor", "--data-dir", folder.path, "--format", "json", "--database"]
                + ["postgresql://wayside:s3cr3t-word@127.0.0.1:\(closed.port)/wayside"]
        )
        #expect(ending.code == 1 && !(ending.output + ending.errors).contains("s3cr3t"))
        let row = try #require(try ending.rows().first { $0["check"] as? String == "database" })
        #expect(row["state"] as? String == "fail", "\(row)")
    }

    @Test(
        "the jobs of the health history have their rows, and one that is behind warns with its last success"
    )
    func history() throws {
        let (folder, address) = (try Folder(), try TemporaryPostgres.newDatabase())
        let data = ["--data-dir", folder.path, "--database", "\(address)"]
        #expect(try Program.run(["migrate"] + data).code == 0)
        let now = Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1_000))
        try PostgresConnection(address).runScript(
            """
            INSERT INTO health_job VALUES ('close', '\(now.text)', '1 hours'),
                                          ('retention', '\((now - 5 * 3_600_000).text)', '2 partitions dropped')
            """
        )
        let rows = try Program.run(["doctor", "--format", "json"] + data).rows()
        func row(_ check: String) throws -> [String: Any] {
            try #require(rows.first { $0["check"] as? String == check }, "\(rows)")
        }
        #expect(try row("history close")["state"] as? String == "ok")
        let retention = try row("history retention")
        #expect(retention["state"] as? String == "warn")
        let found = try #require(retention["found"] as? String)
        #expect(
            found.contains((now - 5 * 3_600_000).text) && found.contains("2 partitions dropped"),
            "\(found)"
        )
    }

    @Test("settings with a key nobody knows are asked wrongly")
    func settings() throws {
        let folder = try Folder()
        let settings = try folder.write("wep: {}\n", to: "wayside.yaml")
        let ending = try Program.run("doctor", "--settings", settings)
        #expect(ending.code == 2 && ending.errors.contains("web"), "\(ending.errors)")
    }

    /// A TCP port that was free a moment ago.
    private static func freePort() throws -> UInt16 { try SilentListener(isOpen: false).port }
}
