import Foundation
import Testing
import WaysideCore

/// Figures, exemptions and reports of a service that runs; one after the other, because a decision of one is seen by all.
@Suite(.serialized, .timeLimit(.minutes(3))) struct SimulatedRoadTests {
    func rates(_ sheet: [String: Any], _ name: String = "assessed") throws -> [String: [String: Any]] {
        let groups = try #require(sheet["groups"] as? [[String: Any]])
        return try Dictionary(
            groups.map { group in
                ("\(group["kind"] ?? "") \(group["key"] ?? "")", try #require(group[name] as? [String: Any]))
            }
        ) { first, _ in first }
    }

    func texts(_ sheet: [String: Any]) throws -> [String: String] {
        try self.rates(sheet).compactMapValues { $0["text"] as? String }
    }

    private func expectSame(_ one: Any?, _ other: Any?, _ what: String) {
        #expect(
            (one as? NSObject).map { $0.isEqual(other) } ?? (other == nil),
            "\(what): \(String(describing: one).prefix(400)) and \(String(describing: other).prefix(400))"
        )
    }

    /// Every field of two sheets; of devices and groups that differ only the first is shown.
    private func expectSame(sheet one: [String: Any], _ other: [String: Any], _ what: String) {
        for name in Set(one.keys).union(other.keys).subtracting(["devices", "groups"]) {
            self.expectSame(one[name], other[name], "\(what) \(name)")
        }
        for name in ["devices", "groups"] {
            let (rows, others) = (one[name] as? [NSDictionary], other[name] as? [NSDictionary])
            #expect(rows?.count == others?.count && rows?.isEmpty == false, "\(what) \(name)")
            for (row, another) in zip(rows ?? [], others ?? []) where row != another {
                Issue.record("\(what) \(name): \(row) and \(another)")
                break
            }
        }
    }

    private func at(_ day: ServiceDay, _ clock: String) -> String { "\(day)T\(clock):00+08:00" }

    // MARK: - Figures

    @Test(
        "what the service says of a day is what replay says of the files, now and as it was known",
        arguments: SimulatedRoad.rules
    )
    func replayed(rule: String) async throws {
        let road = try await SimulatedRoad.shared.value
        let folder = try Folder()
        let exemptions = try folder.write(try road.run("exemptions", "export").output, to: "e.ndjson")
        for day in road.days {
            let replay = try Program.run([
                "replay", "--inventory", road.inventory, "--observations", road.observations, "--exemptions",
                exemptions, "--rule", road.rule(rule), "--day", "\(day)", "--format", "json",
            ])
            #expect(replay.code == 0, "\(replay.errors)")
            let wanted = try replay.object()
            for found in [
                try road.daily(day, rule), try road.daily(day, rule, "--as-known-at", road.knownUntil),
            ] {
                self.expectSame(sheet: found, wanted, "\(day)")
            }
        }
    }

    @Test(
        "the simulated days hold offline, upstream, abnormal and exempt time, and a camera that is not yet there"
    )
    func notTrivial() async throws {
        let road = try await SimulatedRoad.shared.value
        var sums: [String: Int] = [:]
        for day in road.days {
            let devices = try #require(
                try road.daily(day, "province-time-weighted")["devices"] as? [[String: Any]]
            )
            for device in devices {
                for (name, value) in try #require(device["ms"] as? [String: Int]) {
                    sums[name, default: 0] += value
                }
            }
        }
        for name in ["online", "abnormal", "offline", "upstream", "exempt_online", "uncommissioned"] {
            #expect(sums[name] ?? 0 > 60_000, "\(name)")
        }
    }

    @Test(
        "a week, month, quarter and year are the sums of their days in every group",
        arguments: ["weekly", "monthly", "quarterly", "yearly"]
    )
    func periods(kind: String) async throws {
        let road = try await SimulatedRoad.shared.value
        for rule in ["province-time-weighted", "hourly-sampled"] {
            let ending = try road.figures(
                "report",
                kind,
                "--day",
                "\(road.day)",
                "--rule",
                rule,
                "--as-known-at",
                road.knownUntil,
                "--format",
                "json"
            )
            #expect(ending.code == 0, "\(ending.errors)")
            let sheet = try ending.object()
            let days = try #require(sheet["days"] as? [String])
            #expect(days.contains("\(road.day)"))
            var sums: [String: [Int]] = [:]
            for (place, text) in days.enumerated() {
                let day = try #require(ServiceDay(text))
                let daily = try road.daily(day, rule, "--as-known-at", road.knownUntil)
                for (part, name) in ["raw", "assessed", "coverage"].enumerated() {
                    for (group, rate) in try self.rates(daily, name) {
                        var sum = sums[group] ?? [0, 0, 0, 0, 0, 0]
                        sum[2 * part] += rate["num"] as? Int ?? 0
                        sum[2 * part + 1] += rate["den"] as? Int ?? 0
                        sums[group] = sum
                    }
                }
                let point = try #require((sheet["by_day"] as? [[String: Any]])?[place])
                self.expectSame(point["assessed"], try self.rates(daily)["all all"], text)
            }
            for (part, name) in ["raw", "assessed", "coverage"].enumerated() {
                let groups = try self.rates(sheet, name)
                #expect(Set(groups.keys) == Set(sums.keys))
                for (group, rate) in groups {
                    let sum = try #require(sums[group])
                    #expect(
                        rate["num"] as? Int == sum[2 * part] && rate["den"] as? Int == sum[2 * part + 1],
                        "\(rule) \(name) of \(group)"
                    )
                }
            }
        }
    }

    @Test(
        "a period put together from rows that are kept is the one that is worked out anew",
        arguments: ["weekly", "monthly", "yearly"]
    )
    func kept(kind: String) async throws {
        let road = try await SimulatedRoad.shared.value
        try await road.untilKept()
        for rule in SimulatedRoad.rules {
            let words = ["report", kind, "--day", "\(road.day)", "--rule", rule, "--format", "json"]
            let kept = try road.figures(words).object()
            // A period that is over has no end of its own; then what is known now is as good.
            let until = kept["until"] as? String ?? road.knownUntil
            let anew = try road.figures(words + ["--as-known-at", until]).object()
            self.expectSame(sheet: kept, anew, rule)
        }
    }

    @Test("an organization's report is its part of the whole one")
    func scoped() async throws {
        let road = try await SimulatedRoad.shared.value
        for (kind, rule) in [("daily", "contractor"), ("monthly", "province-time-weighted")] {
            func report(_ more: String...) throws -> [String: Any] {
                let words =
                    [
                        "report", kind, "--day", "\(road.day)", "--rule", rule, "--as-known-at",
                        road.knownUntil,
                        "--format", "json",
                    ] + more
                return try road.figures(words).object()
            }
            let whole = try report()
            let part = try report("--organization", "C2")
            let (all, own) = (try self.rates(whole), try self.rates(part))
            #expect(own["organization C2"] != nil, "\(kind)")
            #expect(Set(own.keys).isSubset(of: ["organization C2", "organization S002"]), "\(kind)")
            for (group, rate) in own { self.expectSame(rate, all[group], "\(kind) \(group)") }
            let devices = try #require(part["devices"] as? [NSDictionary])
            #expect(devices.count == 12)
            let known = try #require(whole["devices"] as? [NSDictionary])
            for device in devices { #expect(known.contains(device)) }
        }
        let unknown = try road.figures(
            "report",
            "daily",
            "--day",
            "\(road.day)",
            "--organization",
            "S999"
        )
        #expect(unknown.code == 2 && unknown.errors.contains("S002"), "\(unknown.errors)")
    }

    // MARK: - Exemptions

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
