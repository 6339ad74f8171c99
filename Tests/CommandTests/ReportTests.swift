import Foundation
import Testing

@Suite struct ReportTests {
    private static let id = "2026-03-02.province-time-weighted.all"

    private func assessed(_ ending: Program.Ending, kind: String = "all", key: String = "all") throws
        -> [String: Any]
    {
        let groups = try #require(try ending.object()["groups"] as? [[String: Any]])
        let group = try #require(
            groups.first { $0["kind"] as? String == kind && $0["key"] as? String == key }
        )
        return try #require(group["assessed"] as? [String: Any])
    }

    @Test("an approval moves the figure as known now by what the preview said, and a published figure never")
    func restated() async throws {
        let ledger = try await FigureLedger.make()
        let published = try ledger.figures(
            "report",
            "daily",
            "--day",
            "2026-03-02",
            "--publish",
            "--as",
            "李工"
        )
        #expect(published.code == 0, "\(published.errors)")
        // 24 h x 4 - 2 h offline - 2 h upstream = 92 of 96
        let before = try ledger.run("report", "show", Self.id, "--format", "json")
        #expect(try self.assessed(before)["text"] as? String == "95.83 %")
        let request = try ledger.run(
            "exemptions",
            "request",
            "--device",
            "CAM-1",
            "--class",
            "works",
            "--document",
            "〔2026〕12号",
            "--from",
            "2026-03-02T09:00:00+08:00",
            "--to",
            "2026-03-02T13:00:00+08:00"
        )
        #expect(request.output.hasPrefix("EX-1 requested"), "\(request.errors)")
        #expect(
            try self.assessed(ledger.figures("report", "daily", "--day", "2026-03-02", "--format", "json"))[
                "text"
            ]
                as? String == "95.83 %"
        )
        // without the window 90 of 92
        let preview = try ledger.figures("exemptions", "preview", "EX-1", "--format", "json").rows()
        let all = try #require(preview.first { $0["kind"] as? String == "all" })
        #expect(all["without"] as? String == "95.83 %" && all["with"] as? String == "97.82 %")
        #expect(all["points"] as? String == "+1.99")
        #expect(try ledger.run("exemptions", "approve", "EX-1", "--as", "王工").code == 0)
        try await ledger.advance()
        let row = try #require(try ledger.figures("report", "list", "--format", "json").rows().first)
        #expect(row["published"] as? String == "95.83 %" && row["known_now"] as? String == "97.82 %")
        #expect(row["points"] as? String == "+1.99" && row["published_by"] as? String == "李工")
        let again = try ledger.figures("report", "daily", "--day", "2026-03-02", "--publish")
        #expect(again.errors.contains("revision 2") && again.errors.contains("EX-1"), "\(again.errors)")
        #expect(
            try ledger.run("report", "show", Self.id, "--revision", "1", "--format", "json").output
                == before.output
        )
        let same = try ledger.figures("report", "daily", "--day", "2026-03-02", "--publish")
        #expect(same.errors.contains("unchanged since revision 2"), "\(same.errors)")
        let beside = try ledger.figures("report", "show", Self.id, "--beside", "before", "--format", "csv")
            .csv
        #expect(beside.first { $0[1] == "all" }?.last == "-1.99")
        #expect(try ledger.run("exemptions", "revoke", "EX-1", "--reason", "未按报备施工").code == 0)
        try await ledger.advance()
        #expect(
            try self.assessed(ledger.figures("report", "daily", "--day", "2026-03-02", "--format", "json"))[
                "text"
            ]
                as? String == "95.83 %"
        )
    }

    @Test(
        "a decision that cannot follow, an unknown device and a window that runs backwards are refused with words that mend"
    )
    func refusals() async throws {
        let ledger = try await FigureLedger.make()
        func request(_ more: String...) throws -> Program.Ending {
            try Program.run(
                [
                    "exemptions", "request", "--class", "works", "--document", "D-1", "--from",
                    "2026-03-02T09:00:00+08:00", "--database", ledger.url,
                ] + more
            )
        }
        #expect(try request("--device", "CAM-9", "--to", "2026-03-02T10:00:00+08:00").code == 2)
        #expect(try request("--device", "CAM-1", "--to", "2026-03-02T08:00:00+08:00").code == 2)
        #expect(
            try request("--device", "CAM-1", "--organization", "S1", "--to", "2026-03-02T10:00:00+08:00").code
                == 2
        )
        #expect(try request("--organization", "S1", "--to", "2026-03-02T10:00:00+08:00").code == 0)
        let overlap = try request("--device", "CAM-1", "--to", "2026-03-02T10:00:00+08:00")
        #expect(overlap.code == 0 && overlap.errors.contains("overlaps with EX-1"), "\(overlap.errors)")
        let early = try ledger.run("exemptions", "revoke", "EX-1", "--reason", "x")
        #expect(early.code == 2 && early.errors.contains("reject it instead"), "\(early.errors)")
        #expect(try ledger.run("exemptions", "reject", "EX-1", "--reason", "无文件").code == 0)
        let late = try ledger.run("exemptions", "approve", "EX-1")
        #expect(late.code == 2 && late.errors.contains("another id"), "\(late.errors)")
        let approved = try ledger.run("exemptions", "approve", "EX-2")
        #expect(
            approved.code == 0 && approved.errors.contains("after its window began"),
            "\(approved.errors)"
        )
        let unknown = try ledger.run("exemptions", "approve", "EX-9")
        #expect(unknown.code == 2 && unknown.errors.contains("exemptions list"), "\(unknown.errors)")
        let file = try Folder()
        let exported = try ledger.run("exemptions", "export").output
        let path = try file.write(exported, to: "exemptions.ndjson")
        #expect(try ledger.run("exemptions", "import", path).output.contains("2 read, 0 new"))
        let moved = try file.write(exported.replacing("T10:00", with: "T11:00"), to: "moved.ndjson")
        let refused = try ledger.run("exemptions", "import", moved)
        #expect(refused.code == 2 && refused.errors.contains("revoke it and give the new one another id"))
        let budget = try ledger.run(
            "exemptions",
            "budget",
            "--month",
            "2026-03",
            "--maintainer",
            "M1",
            "--class",
            "works",
            "--hours",
            "2",
            "--format",
            "json"
        ).rows()
        #expect(budget.first?["used_ms"] as? Int == 3_600_000 && budget.first?["over"] as? Bool == false)
    }

    @Test(
        "a published report is made again from its evidence alone, and anything changed in it is noticed",
        arguments: [("daily", "2026-03-02.contractor.all"), ("monthly", "2026-03.contractor.S1")]
    )
    func verified(period: String, id: String) async throws {
        let ledger = try await FigureLedger.make()
        let scope = id.hasSuffix("S1") ? ["--organization", "S1"] : []
        let published = try Program.run(
            ["report", period, "--day", "2026-03-02", "--rule", "contractor", "--publish"] + scope + [
                "--database", ledger.url, "--rules-dir", Program.shippedRules,
            ]
        )
        #expect(published.code == 0, "\(published.errors)")
        let folder = try Folder()
        let file = folder.path + "/evidence.ndjson"
        #expect(try ledger.run("report", "evidence", id, "--out", file).code == 0)
        // Another machine: no database, no data folder.
        let verified = try Program.run(["report", "verify", file, "--format", "json"])
        #expect(verified.code == 0, "\(verified.errors)")
        #expect(try verified.rows().allSatisfy { $0["same"] as? Bool == true })
        let text = folder.text("evidence.ndjson")
        #expect(text.contains("T10:00:00.000+08:00 offline"))
        for (from, to) in [
            ("T10:00:00.000+08:00 offline", "T10:00:00.001+08:00 offline"), ("CAM-2", "CAM-7"),
            ("abnormal_weight: 0.500", "abnormal_weight: 0.501"),
        ] {
            let changed = try folder.write(text.replacing(from, with: to), to: "changed.ndjson")
            let ending = try Program.run(["report", "verify", changed])
            #expect(ending.code == 1, "\(from): \(ending.errors)")
        }
        let cut = try folder.write(String(text.dropLast(40)), to: "cut.ndjson")
        let ending = try Program.run(["report", "verify", cut])
        #expect(ending.code == 2 && ending.errors.contains("cut.ndjson:"), "\(ending.errors)")
        #expect(try Program.run(["report", "verify", try folder.write("", to: "empty.ndjson")]).code == 2)
    }

    @Test("a month is the sum of its days, for every group")
    func sums() async throws {
        let ledger = try await FigureLedger.make()
        let month = try ledger.figures("report", "monthly", "--day", "2026-03-02", "--format", "json")
        for (kind, key) in [("all", "all"), ("organization", "S1"), ("maintainer", "M2"), ("road", "G99")] {
            var (numerator, denominator) = (0, 0)
            for day in ["2026-03-01", "2026-03-02"] {
                let rate = try self.assessed(
                    ledger.figures("report", "daily", "--day", day, "--format", "json"),
                    kind: kind,
                    key: key
                )
                numerator += rate["num"] as? Int ?? 0
                denominator += rate["den"] as? Int ?? 0
            }
            let rate = try self.assessed(month, kind: kind, key: key)
            #expect(rate["num"] as? Int == numerator && rate["den"] as? Int == denominator, "\(kind) \(key)")
        }
        let ahead = try ledger.figures("report", "monthly", "--day", "2199-01-01")
        #expect(ahead.code == 2 && ahead.errors.contains("name an earlier day"), "\(ahead.errors)")
        let before = try ledger.figures("report", "weekly", "--day", "2020-01-01")
        #expect(before.code == 2, "\(before.errors)")
    }

    @Test(
        "a report is written as HTML, XLSX, PDF and CSV, and names of devices are only names there",
        .timeLimit(.minutes(2))
    )
    func files() async throws {
        let ledger = try await FigureLedger.make()
        let folder = try Folder()
        for format in ["html", "xlsx", "pdf", "csv"] {
            let file = "\(folder.path)/day.\(format)"
            let ending = try ledger.figures(
                "report",
                "daily",
                "--day",
                "2026-03-02",
                "--format",
                format,
                "--out",
                file
            )
            #expect(ending.code == 0, "\(ending.errors)")
            let bytes = FileManager.default.contents(atPath: file) ?? Data()
            switch format {
            case "xlsx": #expect(bytes.starts(with: Data("PK".utf8)))
            case "pdf": #expect(bytes.starts(with: Data("%PDF-".utf8)))
            default:
                let text = String(decoding: bytes, as: UTF8.self)
                #expect(text.contains("95.83 %") || text.contains("87.50 %"))
                #expect(format == "csv" || text.contains("&lt;CAM-1&gt;") && !text.contains("<CAM-1>"))
            }
        }
        let unwritable = try ledger.figures(
            "report",
            "daily",
            "--day",
            "2026-03-02",
            "--format",
            "html",
            "--out",
            "/nowhere/day.html"
        )
        #expect(unwritable.code == 2 && unwritable.errors.contains("--out"))
    }

    @Test("why two rules differ is told choice by choice, and the steps lead from one figure to the other")
    func differences() async throws {
        let ledger = try await FigureLedger.make()
        let rows = try ledger.figures(
            "rates",
            "--day",
            "2026-03-02",
            "--rules",
            "province-time-weighted,contractor",
            "--format",
            "json"
        ).rows()
        let steps = rows.filter { $0["device"] as? String == "CAM-2" }
        #expect(
            steps.map { ($0["choice"] as? String)?.split(separator: " ").last.map(String.init) } == [
                "upstream", "abnormal_weight",
            ]
        )
        // 23 of 24 h; without the upstream hour all of 23 h; with half the weight 22.5 of 23 h
        #expect(
            steps.first?["before"] as? String == "95.83 %" && steps.last?["after"] as? String == "97.82 %"
        )
        for (one, next) in zip(steps, steps.dropFirst()) {
            #expect(one["after"] as? String == next["before"] as? String)
        }
        let explained = try ledger.figures("explain", "CAM-2", "--day", "2026-03-02", "--rule", "contractor")
        #expect(
            explained.output.contains("上级中断 upstream")
                && explained.output.contains("raw observations have aged out")
        )
    }
}
