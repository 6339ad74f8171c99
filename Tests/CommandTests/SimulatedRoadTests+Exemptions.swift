import Foundation
import Testing
import WaysideCore

// What decisions on exemptions move, and what cannot be asked.
extension SimulatedRoadTests {
    @Test(
        "an exemption moves nothing until it is approved, then what its preview said, and nothing once it is revoked"
    )
    func decided() async throws {
        let road = try await SimulatedRoad.shared.value
        let (day, rule) = (road.day, "province-time-weighted")
        let report = "\(day).\(rule).all"
        let publish = ["report", "daily", "--day", "\(day)", "--publish", "--as", "李工"]
        func published() throws -> String { try road.figures(publish).errors }
        #expect(try published().contains("revision 1"))
        let frozen = try road.run("report", "show", report, "--revision", "1", "--format", "json").output
        let before = try self.texts(road.daily(day, rule))

        let request = try road.run(
            "exemptions",
            "request",
            "--device",
            SimulatedRoad.outOfOrder,
            "--class",
            "works",
            "--document",
            "〔2026〕12号",
            "--from",
            self.at(day, "02:00"),
            "--to",
            self.at(day, "08:00")
        )
        let id = try #require(request.output.split(separator: " ").first.map(String.init))
        #expect(id.hasPrefix("EX-") && request.output.contains("requested"), "\(request.errors)")
        let asked = try road.run(
            "exemptions",
            "list",
            "--month",
            "\(day)".prefix(7).description,
            "--stage",
            "requested",
            "--format",
            "json"
        ).rows()
        #expect(asked.map { $0["id"] as? String } == [id])
        let requested = try self.texts(road.daily(day, rule))
        #expect(requested == before)

        let preview = try road.figures("exemptions", "preview", id, "--format", "json").rows()
        #expect(preview.count > 4)
        let approved = try road.run("exemptions", "approve", id, "--as", "王工")
        #expect(approved.code == 0 && approved.errors.contains("迟报"), "\(approved.errors)")
        try await until("the approval is known") { try self.texts(road.daily(day, rule)) != before }
        var wanted = before
        for effect in preview {
            let group = "\(effect["kind"] ?? "") \(effect["key"] ?? "")"
            #expect(effect["without"] as? String == before[group], "\(group)")
            wanted[group] = effect["with"] as? String
        }
        let after = try self.texts(road.daily(day, rule))
        #expect(after == wanted)

        let row = try #require(
            try road.figures("report", "list", "--format", "json").rows().first {
                $0["id"] as? String == report
            }
        )
        #expect(row["published"] as? String == before["all all"])
        #expect(row["known_now"] as? String == after["all all"])
        let effect = try #require(preview.first { $0["kind"] as? String == "all" })
        #expect(row["points"] as? String == effect["points"] as? String)
        try await road.untilKept()
        let shown = try road.figures("report", "show", report, "--format", "csv").csv
        #expect(shown.first { $0[1] == "S002" }?.suffix(2).first == after["organization S002"])
        #expect(
            try road.run("report", "show", report, "--revision", "1", "--format", "json").output == frozen
        )

        let second = try published()
        #expect(second.contains("revision 2") && second.contains(id), "\(second)")
        #expect(try published().contains("unchanged since revision 2"))
        #expect(
            try road.run("report", "show", report, "--revision", "1", "--format", "json").output == frozen
        )
        let steps = try road.run("exemptions", "show", id, "--format", "json").rows()
        #expect(steps.compactMap { $0["by"] as? String }.last == "王工")

        #expect(try road.run("exemptions", "revoke", id, "--reason", "未按报备施工").code == 0)
        try await until("the revocation is known") { try self.texts(road.daily(day, rule)) == before }
        let again = try road.run("exemptions", "approve", id)
        #expect(again.code == 2 && again.errors.contains("another id"), "\(again.errors)")
        try await road.untilKept()
        let third = try published()
        #expect(third.contains("revision 3") && third.contains(id), "\(third)")
    }

    @Test("the rows that are kept follow every decision, whenever it falls between two looks of the service")
    func keptAfterDecisions() async throws {
        let road = try await SimulatedRoad.shared.value
        let rule = "province-time-weighted"
        let published = try road.figures([
            "report", "daily", "--day", "\(road.day)", "--organization", "S002", "--publish",
        ])
        #expect(published.code == 0, "\(published.errors)")
        func daily() throws -> String? { try self.texts(road.daily(road.day, rule))["organization S002"] }
        func kept() throws -> String? {
            try road.figures("report", "list", "--format", "json").rows().first {
                $0["id"] as? String == "\(road.day).\(rule).S002"
            }?["known_now"] as? String
        }
        let before = try daily()
        for round in 1...3 {
            let request = try road.run([
                "exemptions", "request", "--device", SimulatedRoad.outOfOrder, "--class", "works",
                "--document",
                "D", "--from", self.at(road.day, "02:00"), "--to", self.at(road.day, "08:00"),
            ])
            let id = try #require(request.output.split(separator: " ").first.map(String.init))
            #expect(try road.run("exemptions", "approve", id).code == 0)
            try await until("the approval is known") { try daily() != before }
            try await road.untilKept()
            #expect(try kept() == daily(), "approval \(round)")
            #expect(try road.run("exemptions", "revoke", id, "--reason", "x").code == 0)
            try await until("the revocation is known") { try daily() == before }
            try await road.untilKept()
            #expect(try kept() == daily(), "revocation \(round)")
        }
    }

    @Test("what cannot be is refused with 2 and words that mend")
    func refused() async throws {
        let road = try await SimulatedRoad.shared.value
        let day = road.day
        func request(_ more: [String]) throws -> Program.Ending {
            try road.run(["exemptions", "request", "--document", "D-1"] + more)
        }
        let window = ["--from", self.at(day, "20:00"), "--to", self.at(day, "21:00")]
        for (more, words) in [
            (["--class", "works", "--device", "CAM-9"] + window, "no device has the key CAM-9"),
            (["--class", "works", "--organization", "S9"] + window, "known are"),
            (["--class", "works"] + window, "--downstream-of"),
            (["--class", "", "--organization", "S001"] + window, "--class"),
            (["--class", "works", "--organization", "S001", "--facets", "sound"] + window, "picture"),
            (
                [
                    "--class", "works", "--organization", "S001", "--from", self.at(day, "21:00"), "--to",
                    self.at(day, "20:00"),
                ], "--to"
            ),
            (["--class", "works", "--organization", "S001", "--id", "EX-1"] + window, "EX-1"),
        ] {
            let ending = try request(more)
            #expect(ending.code == 2 && ending.errors.contains(words), "\(more): \(ending.errors)")
            #expect(ending.output.isEmpty)
        }
        for (words, mend) in [
            (["budget", "--hours", "3"], "--maintainer"),
            (["budget", "--hours", "3", "--maintainer", "C1", "--class", "works"], "M1, M2, M3"),
            (["budget", "--month", "2026-3"], "YYYY-MM"), (["list", "--stage", "late"], "revoked"),
            (["reject", "EX-1", "--reason", "x"], "EX-1"), (["revoke", "EX-1", "--reason", ""], "--reason"),
            (["approve", "EX-1"], "EX-1"), (["approve", "EX-2"], "another id"),
            (["show", "EX-99"], "exemptions list"), (["preview", "EX-99"], "exemptions list"),
        ] {
            let ending =
                words[0] == "preview"
                ? try road.figures(["exemptions"] + words) : try road.run(["exemptions"] + words)
            #expect(ending.code == 2 && ending.errors.contains(mend), "\(words): \(ending.errors)")
        }
        let folder = try Folder()
        let text = try road.run("exemptions", "export").output
        let same = try folder.write(text, to: "same.ndjson")
        #expect(try road.run("exemptions", "import", same).output.contains(" 0 new"))
        let first = try #require(text.split(separator: "\n").first { $0.contains("\"EX-1\"") })
        let moved = try folder.write(
            first.replacing("force_majeure", with: "works") + "\n",
            to: "moved.ndjson"
        )
        let refused = try road.run("exemptions", "import", moved)
        #expect(refused.code == 2 && refused.errors.contains("EX-1"), "\(refused.errors)")
        #expect(try road.run("exemptions", "export").output == text)
    }

    @Test("a budget is shown beside what was used, each device's minutes once a class")
    func budget() async throws {
        let road = try await SimulatedRoad.shared.value
        // A class of its own: what other tests use does not show here.
        for window in [("10:00", "12:00"), ("11:00", "13:00")] {
            let request = try road.run(
                "exemptions",
                "request",
                "--device",
                "CAM-S001-0101",
                "--class",
                "inspection",
                "--document",
                "D-7",
                "--from",
                self.at(road.day, window.0),
                "--to",
                self.at(road.day, window.1)
            )
            #expect(request.code == 0, "\(request.errors)")
            #expect(request.errors.contains("overlaps") == (window.0 == "11:00"), "\(request.errors)")
            let id = try #require(request.output.split(separator: " ").first.map(String.init))
            #expect(try road.run("exemptions", "approve", id).code == 0)
        }
        let rows = try road.run(
            "exemptions",
            "budget",
            "--month",
            "\(road.day)".prefix(7).description,
            "--maintainer",
            "M3",
            "--class",
            "inspection",
            "--hours",
            "2",
            "--format",
            "json"
        ).rows()
        let row = try #require(rows.first { $0["class"] as? String == "inspection" })
        #expect(row["used_ms"] as? Int == 3 * 3_600_000 && row["over"] as? Bool == true)
    }
}
