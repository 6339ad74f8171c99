import Foundation
import StoreTestSupport
import Testing
import WaysideCore

@Suite struct WhyTests {
    private let folder: Folder
    private let database: String
    private var data: [String] { ["--data-dir", self.folder.path + "/data", "--database", self.database] }

    init() throws {
        self.folder = try Folder()
        self.database = "\(try TemporaryPostgres.newDatabase())"
        _ = try self.folder.write("key,name,kind,parent\nS1,S1,section,\n", to: "organizations.csv")
        let devices = """
            key,kind,name,organization,upstream,stake_mark,checks,stream_url,platform_url
            GW-1,gateway,GW,S1,,,none,,
            CAM-1,camera,CAM,S1,GW-1,K12+300,stream,rtsp://192.0.2.1/a,http://198.51.100.1/a.m3u8

            """
        _ = try self.folder.write(devices, to: "devices.csv")
        let imported = try Program.run(["import", self.folder.path] + self.data)
        try #require(imported.code == 0, "\(imported.errors)")
    }

    /// Writes into the journal what was seen so many seconds ago.
    private func see(_ seen: [(hop: String, outcome: String, cause: String?, secondsAgo: Int64)]) throws {
        let now = Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1_000))
        let lines = seen.map { one in
            let at = (now + -one.secondsAgo * 1_000).text
            let cause = one.cause.map { "\"\($0)\"" } ?? "null"
            return #"{"at":"\#(at)","device":"CAM-1","check":"stream","hop":"\#(one.hop)","#
                + #""outcome":"\#(one.outcome)","cause":\#(cause),"values":{"codec":"h264"}}"#
        }
        let file = try self.folder.write(lines.joined(separator: "\n") + "\n", to: "seen.ndjson")
        let ending = try Program.run([
            "journal", "import", file, "--journal", self.folder.path + "/data/journal", "--inventory",
            self.folder.path,
        ])
        try #require(ending.code == 0, "\(ending.errors)")
    }

    @Test("a look tells the place that fails, what it means, what was seen and what it would take")
    func look() throws {
        try self.see([
            ("direct", "up", nil, 330), ("direct", "up", nil, 30), ("platform", "down", "stale_playlist", 40),
            ("platform", "down", "stale_playlist", 70), ("platform", "down", "stale_playlist", 100),
            ("platform", "down", "not_found", 4_000),
        ])
        let since = Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1_000)) - 7_200_000
        try self.folder.write(
            """
            [{"device": "CAM-1", "finding": "cloud_stale", "first_failing": "platform",
              "first_seen_at": "\(since.text)", "last_seen_at": "\((since + 7_000_000).text)"},
             {"device": "CAM-1", "finding": "platform_away", "first_failing": "platform",
              "first_seen_at": "\(since.text)", "last_seen_at": "\(since.text)"}]
            """,
            to: "data/stream-disagreements.json"
        )
        let ending = try Program.run(["why", "K12+300", "--format", "json"] + self.data)
        #expect(ending.code == 1, "\(ending.errors)")
        let look = try ending.object()
        let hops = try #require(look["hops"] as? [String: Any])
        #expect(hops["first_failing"] as? String == "platform")
        #expect(hops["findings"] as? [String] == ["cloud_stale"])
        let stands = try #require(look["disagreements"] as? [[String: Any]])
        #expect(
            stands.map { $0["first_seen_at"] as? String } == [since.text],
            "of what still stands, since when the service has seen it"
        )
        let seen = try #require(look["observations"] as? [[String: Any]])
        #expect(
            seen.map { $0["hop"] as? String } == ["direct", "platform", "platform", "platform", "direct"],
            "an hour back, the latest first"
        )
        #expect((seen[0]["values"] as? [String: Any])?["codec"] as? String == "h264")
        #expect((look["upstreams"] as? [[String: Any]])?.map { $0["device"] as? String } == ["GW-1"])
        #expect((look["advice"] as? [String])?.first?.contains("the gateway's push") == true)
        let text = try Program.run(["why", "CAM-1"] + self.data)
        #expect(text.code == 1)
        for words in [
            "platform", "stale_playlist", "the camera plays, the platform's copy stands still", "GW-1",
            "cloud_stale  自 since \(since.text)",
        ] {
            #expect(text.output.contains(words), "\(words)")
        }
        let doctor = try Program.run(["doctor", "--format", "json"] + self.data).rows()
        let row = try #require(doctor.first { $0["check"] as? String == "stream places" })
        #expect(row["state"] as? String == "warn" && row["mend"] as? String == "wayside why CAM-1", "\(row)")
        #expect((row["found"] as? String)?.contains("cloud_stale 1 (CAM-1); platform_away 1 (CAM-1)") == true)
    }

    @Test("places that differ by one look are told as not yet confirmed, and nobody is blamed")
    func unsettled() throws {
        try self.see([("direct", "up", nil, 60), ("platform", "down", "timeout", 40)])
        let look = try Program.run(["why", "CAM-1", "--format", "json"] + self.data).object()
        let hops = try #require(look["hops"] as? [String: Any])
        #expect(
            hops["first_failing"] as? String == "platform" && (hops["findings"] as? [Any])?.isEmpty == true
        )
        let text = try Program.run(["why", "CAM-1"] + self.data).output
        #expect(text.contains("not confirmed yet"), "\(text)")
    }

    @Test("a camera whose own address is its recorder's is told to be that one's word")
    func servedByRecorder() throws {
        let devices = """
            key,kind,name,organization,upstream,address,checks,stream_url
            NVR-1,recorder,NVR,S1,,192.0.2.9,reach,
            CAM-2,camera,CAM,S1,NVR-1,,stream,rtsp://192.0.2.9:554/ch/2

            """
        let other = try Folder()
        try other.write("key,name,kind,parent\nS1,S1,section,\n", to: "organizations.csv")
        try other.write(devices, to: "devices.csv")
        let imported = try Program.run(["import", other.path] + self.data)
        try #require(imported.code == 0, "\(imported.errors)")
        let look = try Program.run(["why", "CAM-2", "--format", "json"] + self.data).object()
        let rows = try #require((look["hops"] as? [String: Any])?["rows"] as? [[String: Any]])
        #expect((rows[0]["served_by"] as? [String: String]) == ["key": "NVR-1", "kind": "recorder"])
        #expect(rows[0]["hop"] as? String == "direct" && rows[3]["served_by"] is NSNull)
        let text = try Program.run(["why", "CAM-2"] + self.data).output
        #expect(text.contains("is served by NVR-1 (recorder)"), "\(text)")
    }

    @Test(
        "what its SNMP agent did in the night is told in the morning, with what to do, by why and by the doctor"
    )
    func defects() throws {
        let at = Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1_000)) - 8 * 3_600_000
        try self.folder.write(
            """
            [{"device": "CAM-1", "kind": "boots_lowered", "detail": "lowered its boots from 9 to 2", "count": 4,
              "first_seen_at": "\(at.text)", "last_seen_at": "\((at + 60_000).text)"},
             {"device": "CAM-1", "kind": "of_a_later_version", "detail": "", "count": 1,
              "first_seen_at": "\(at.text)", "last_seen_at": "\(at.text)"}]
            """,
            to: "data/snmp-defects.json"
        )
        let look = try Program.run(["why", "CAM-1", "--format", "json"] + self.data).object()
        let defects = try #require(look["defects"] as? [[String: Any]])
        #expect(defects.compactMap { $0["kind"] as? String } == ["boots_lowered"])
        #expect(defects.first?["count"] as? Int == 4)
        #expect((look["advice"] as? [String])?.contains { $0.contains("upgrade its firmware") } == true)
        let text = try Program.run(["why", "CAM-1"] + self.data).output
        #expect(text.contains("代理缺陷") && text.contains("lowered its boots from 9 to 2"), "\(text)")
        let doctor = try Program.run(["doctor", "--format", "json"] + self.data).rows()
        let row = try #require(doctor.first { $0["check"] as? String == "SNMP agents" })
        #expect(row["state"] as? String == "warn" && row["mend"] as? String == "wayside why CAM-1", "\(row)")
    }

    @Test("a device that is well everywhere ends with 0, and what cannot be asked is named with its mend")
    func wellAndWrong() throws {
        try self.see([("direct", "up", nil, 20), ("platform", "up", nil, 10)])
        let well = try Program.run(["why", "CAM-1"] + self.data)
        #expect(well.code == 0 && well.output.contains("no place fails"), "\(well.output) \(well.errors)")
        let unknown = try Program.run(["why", "CAM-9"] + self.data)
        #expect(unknown.code == 2 && unknown.errors.contains("CAM-9"), "\(unknown.errors)")
        let csv = try Program.run(["why", "CAM-1", "--format", "csv"] + self.data)
        #expect(csv.code == 2 && csv.errors.contains("table or json"), "\(csv.errors)")
    }
}
