import Foundation
import Testing
import WaysideCore

/// Figures, exemptions and reports of a service that runs; one after the other, because a decision of one is seen by all.
@Suite(.serialized, .timeLimit(.minutes(3))) struct SimulatedRoadTests {
    private func rates(_ sheet: [String: Any], _ name: String = "assessed") throws -> [String: [String: Any]]
    {
        let groups = try #require(sheet["groups"] as? [[String: Any]])
        return try Dictionary(
            groups.map { group in
                ("\(group["kind"] ?? "") \(group["key"] ?? "")", try #require(group[name] as? [String: Any]))
            }
        ) { first, _ in first }
    }

    private func texts(_ sheet: [String: Any]) throws -> [String: String] {
        try self.rates(sheet).compactMapValues { $0["text"] as? String }
    }

    private func expectSame(_ one: Any?, _ other: Any?, _ what: String) {
        #expect(
            (one as? NSObject).map { $0.isEqual(other) } ?? (other == nil),
            "\(what): \(String(describing: one).prefix(400)) and \(String(describing: other).prefix(400))"
        )
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
                for name in Set(wanted.keys).union(found.keys).subtracting(["devices", "groups"]) {
                    self.expectSame(found[name], wanted[name], "\(day) \(name)")
                }
                for name in ["devices", "groups"] {
                    let (found, wanted) = (found[name] as? [NSDictionary], wanted[name] as? [NSDictionary])
                    #expect(found?.count == wanted?.count && found?.isEmpty == false)
                    for (one, other) in zip(found ?? [], wanted ?? []) where one != other {
                        Issue.record("\(day) \(name): \(one) and \(other)")
                        break
                    }
                }
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
            for name in Set(kept.keys).union(anew.keys).subtracting(["devices", "groups"]) {
                self.expectSame(kept[name], anew[name], "\(rule) \(name)")
            }
            for name in ["devices", "groups"] {
                let (one, other) = (kept[name] as? [NSDictionary], anew[name] as? [NSDictionary])
                #expect(one?.count == other?.count && one?.isEmpty == false)
                for (one, other) in zip(one ?? [], other ?? []) where one != other {
                    Issue.record("\(rule) \(name): \(one) and \(other)")
                    break
                }
            }
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

    // MARK: - Evidence

    @Test(
        "what was published of any period, of all or of one organization, is made again on another machine",
        arguments: ["daily", "weekly", "monthly", "quarterly", "yearly"]
    )
    func verified(kind: String) async throws {
        let road = try await SimulatedRoad.shared.value
        for (rule, organization) in [("contractor", String?.none), ("hourly-sampled", "C1")] {
            let text = try self.evidence(road, kind, rule, organization)
            let folder = try Folder()
            let file = try folder.write(text, to: "evidence.ndjson")
            // Its hash is that of everything below the first line, by anybody's means.
            let sum = try self.tool("/bin/sh", "-c", #"tail -n +2 "$1" | sha256sum"#, "sh", file).output
                .prefix(64)
            #expect(text.split(separator: "\n").first?.contains("\"inputs_sha256\":\"\(sum)\"") == true)
            // Nothing of this machine: no data folder, no environment, another working folder.
            let ending = try self.tool(
                "/usr/bin/env",
                "-i",
                "-C",
                "/",
                Program.path,
                "report",
                "verify",
                file,
                "--format",
                "json"
            )
            #expect(ending.code == 0, "\(kind) \(rule): \(ending.output)")
            #expect(ending.output.contains(#""same": true"#) && !ending.output.contains("false"))
        }
    }

    @Test("a byte that was changed in the evidence, anywhere below its heading, is noticed")
    func changedByte() async throws {
        let road = try await SimulatedRoad.shared.value
        let text = try self.evidence(road, "daily", "contractor", "C2")
        let folder = try Folder()
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { Array($0.utf8) }
        var seen: [String: Int] = [:]
        for (number, line) in lines.enumerated().dropFirst() where !line.isEmpty {
            // The first two lines of each kind; of each, a letter or digit near the beginning, in the middle, at the end.
            let kind = String(decoding: line.dropFirst(2).prefix { $0 != UInt8(ascii: "\"") }, as: UTF8.self)
            seen[kind, default: 0] += 1
            guard seen[kind] ?? 0 <= 2 else { continue }
            let places = line.indices.filter {
                (0x30...0x39).contains(line[$0]) || (0x61...0x79).contains(line[$0])
            }
            for place in [places[places.count / 3], places[places.count / 2], places[places.count - 2]] {
                var changed = lines
                changed[number][place] = line[place] == 0x39 ? 0x38 : line[place] + 1
                let bytes = Array(changed.joined(separator: [0x0A]))
                let file = try folder.write(String(decoding: bytes, as: UTF8.self), to: "changed.ndjson")
                let ending = try Program.run(["report", "verify", file])
                let isNamed = ending.code == 2 && ending.errors.contains("changed.ndjson")
                #expect(
                    ending.code == 1 || isNamed,
                    "\(kind), line \(number + 1), byte \(place): \(ending.code) \(ending.errors)"
                )
            }
        }
        #expect(Set(seen.keys) == ["rule", "organization", "device", "exemption", "day", "track", "seen"])
    }

    @Test("evidence that was cut short does not hold, wherever it was cut")
    func cut() async throws {
        let road = try await SimulatedRoad.shared.value
        let text = try self.evidence(road, "daily", "contractor", "C2")
        let folder = try Folder()
        let lines = text.split(separator: "\n")
        func first(_ count: Int) -> String { lines.prefix(count).map { $0 + "\n" }.joined() }
        let rests: [(name: String, text: String)] = [
            ("the last line", first(lines.count - 1)), ("half the lines", first(lines.count / 2)),
            ("all but the heading", first(1)), ("all but the rule", first(2)),
            ("half a line", String(text.dropLast(30))), ("everything", ""),
        ]
        for (name, rest) in rests {
            let file = try folder.write(rest, to: "cut.ndjson")
            let ending = try Program.run(["report", "verify", file])
            #expect([1, 2].contains(ending.code), "\(name): \(ending.code)")
            #expect(ending.code == 1 || ending.errors.contains("cut.ndjson"), "\(name): \(ending.errors)")
        }
        let missing = try Program.run(["report", "verify", folder.path + "/nothing.ndjson"])
        #expect(missing.code == 2 && missing.errors.contains("nothing.ndjson"))
    }

    /// Publishes, if that was not done yet, and gives what the report stands on.
    private func evidence(_ road: SimulatedRoad, _ kind: String, _ rule: String, _ organization: String?)
        throws
        -> String
    {
        let scope = organization.map { ["--organization", $0] } ?? []
        let words = [
            "report", kind, "--day", "\(road.day)", "--rule", rule, "--publish",
        ]
        let published = try road.figures(words + scope)
        #expect(published.code == 0, "\(published.errors)")
        let rows = try road.figures("report", "list", "--format", "json").rows()
        let period = ServicePeriod(try #require(Self.kinds[kind]), containing: road.day)
        let id = "\(period).\(rule).\(organization ?? "all")"
        #expect(rows.contains { $0["id"] as? String == id }, "\(id)")
        let folder = try Folder()
        let ending = try road.run("report", "evidence", id, "--out", folder.path + "/evidence.ndjson")
        #expect(ending.code == 0, "\(ending.errors)")
        return folder.text("evidence.ndjson")
    }

    private static let kinds: [String: ServicePeriod.Kind] = [
        "daily": .day, "weekly": .week, "monthly": .month, "quarterly": .quarter, "yearly": .year,
    ]

    // MARK: - Files

    @Test("a month's figures stand in its CSV, HTML, XLSX and PDF as in its JSON")
    func files() async throws {
        let road = try await SimulatedRoad.shared.value
        let folder = try Folder()
        func report(_ format: String) throws -> String {
            let file = "\(folder.path)/month.\(format)"
            let ending = try road.figures(
                "report",
                "monthly",
                "--day",
                "\(road.day)",
                "--as-known-at",
                road.knownUntil,
                "--format",
                format,
                "--out",
                file
            )
            #expect(ending.code == 0, "\(format): \(ending.errors)")
            return file
        }
        let sheet = try #require(
            try JSONSerialization.jsonObject(with: Data(contentsOf: URL(filePath: report("json"))))
                as? [String: Any]
        )
        let rates = try self.texts(sheet)
        let all = try #require(rates["all all"])
        let device = try #require(
            (sheet["devices"] as? [[String: Any]])?.first {
                $0["device"] as? String == SimulatedRoad.outOfOrder
            }
        )
        let own = try #require((device["assessed"] as? [String: Any])?["text"] as? String)

        let csv = try String(contentsOfFile: report("csv"), encoding: .utf8)
        let line = csv.split(separator: "\r\n").first { $0.contains(SimulatedRoad.outOfOrder) }
        #expect(line?.contains(own) == true, "\(own): \(line ?? "")")

        let html = try String(contentsOfFile: report("html"), encoding: .utf8)
        #expect(html.contains("(\(all))") || html.contains(">\(all)<"), "\(all)")
        #expect(html.contains("第2路公司") && html.contains("<svg") && html.contains("</html>"))

        // A rate that may not be judged is a text there; coverage is a number, cut as it is printed.
        let coverage = try #require(try self.rates(sheet, "coverage")["all all"]?["text"] as? String)
        let read = """
            import zipfile, sys, re
            book = zipfile.ZipFile(sys.argv[1])
            for name in sorted(book.namelist()):
                if name.startswith('xl/worksheets/') or name == 'xl/sharedStrings.xml':
                    print(re.sub('<[^>]*>', '|', book.read(name).decode()))
            """
        let workbook = try self.tool("/usr/bin/python3", "-c", read, report("xlsx"))
        #expect(workbook.code == 0, "\(workbook.output)")
        let number = try #require(Double(coverage.dropLast(2))) / 100
        let cells = workbook.output.split(separator: "|").compactMap { Double($0) }
        #expect(cells.contains { abs($0 - number) < 0.000_001 }, "\(coverage)")
        #expect(workbook.output.contains(SimulatedRoad.outOfOrder) && workbook.output.contains(all))

        let pdf = try report("pdf")
        try #require(FileManager.default.fileExists(atPath: "/usr/bin/pdftotext"))
        let printed = try self.tool("/usr/bin/pdftotext", "-layout", pdf, "-").output
        #expect(printed.contains(all) && printed.contains(coverage) && printed.contains("第2路公司"))
        #expect(printed.contains(SimulatedRoad.outOfOrder))
    }

    @Test(
        "a period that has not begun, or lies before the first day, is asked wrongly",
        arguments: ["daily", "weekly", "monthly", "quarterly", "yearly"]
    )
    func outOfRange(kind: String) async throws {
        let road = try await SimulatedRoad.shared.value
        for more in [[], ["--publish"]] {
            let ahead = try road.figures(["report", kind, "--day", "2199-01-01"] + more)
            #expect(ahead.code == 2 && ahead.errors.contains("name an earlier day"), "\(ahead.errors)")
            let before = try road.figures(["report", kind, "--day", "2020-01-01"] + more)
            #expect(before.code == 2, "\(before.output.prefix(200))")
            #expect(before.errors.contains("\(road.days[0])"), "\(before.errors)")
            #expect(!before.errors.contains("name an earlier day"), "\(before.errors)")
        }
    }

    /// Runs another program to its end.
    private func tool(_ path: String, _ arguments: String...) throws -> (code: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(filePath: path)
        process.arguments = arguments
        let output = Pipe()
        (process.standardOutput, process.standardError) = (output, output)
        try process.run()
        let bytes = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: bytes, as: UTF8.self))
    }
}
