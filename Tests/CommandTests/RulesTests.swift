import Foundation
import Testing

@Suite struct RulesTests {
    private static let names = [
        "contractor", "hourly-sampled", "ministry-instantaneous", "picture-quality", "presence",
        "province-time-weighted",
    ]

    @Test("the rules that come with the program are found beside it and listed")
    func list() throws {
        let ending = try Program.run("rules", "list", "--format", "json")
        #expect(ending.code == 0, "\(ending.errors)")
        let rows = try ending.rows()
        #expect(rows.compactMap { $0["id"] as? String }.filter(Self.names.contains) == Self.names)
        #expect(rows.allSatisfy { ($0["sha256"] as? String)?.count == 64 })
    }

    @Test("WAYSIDE_SHARE comes before the source tree")
    func share() throws {
        let folder = try Folder()
        let rule = try String(contentsOfFile: "\(Program.shippedRules)/presence.yaml", encoding: .utf8)
        try folder.write(
            rule.replacing("id: presence", with: "id: ours").replacing(/vectors: .*/, with: ""),
            to: "rules/rates/ours.yaml"
        )
        let ending = try Program.run(
            "rules",
            "list",
            "--format",
            "csv",
            environment: ["WAYSIDE_SHARE": folder.path]
        )
        #expect(ending.code == 0, "\(ending.errors)")
        #expect(ending.csv.map { $0[0] } == ["id", "ours"])
    }

    @Test("the rules that come with the program agree with their own vectors")
    func check() throws {
        let ending = try Program.run("rules", "check", "--rules-dir", Program.shippedRules)
        #expect(ending.code == 0, "\(ending.output)\(ending.errors)")
        for name in Self.names { #expect(ending.output.contains("✓ \(name)")) }
    }

    @Test("a vector that does not come out is shown with what was expected and what was found")
    func brokenVector() throws {
        let folder = try Folder()
        for name in ["province-time-weighted.yaml", "province-time-weighted.vectors.yaml"] {
            let text = try String(contentsOfFile: "\(Program.shippedRules)/\(name)", encoding: .utf8)
            try folder.write(
                text.replacing(
                    "offline: 10800000}, assessed: \"87.50 %\"",
                    with: "offline: 10800001}, assessed: \"87.51 %\""
                ),
                to: name
            )
        }
        let file = "\(folder.path)/province-time-weighted.yaml"
        let ending = try Program.run("rules", "check", file, "--format", "json")
        #expect(ending.code == 1)
        let failures = try #require(try ending.object()["failures"] as? [[String: Any]])
        let first = try #require(failures.first)
        #expect(first["subject"] as? String == "C1")
        #expect(
            failures.contains {
                $0["expected"] as? String == "87.51 %" && $0["found"] as? String == "87.50 %"
            }
        )
        #expect(
            failures.contains {
                $0["figure"] as? String == "ms.offline" && $0["expected"] as? String == "10800001"
                    && $0["found"] as? String == "10800000"
            }
        )
        let shown = try Program.run("rules", "check", file)
        #expect(shown.code == 1)
        #expect(shown.output.contains("✗ province-time-weighted") && shown.output.contains("87.51 %"))
    }

    @Test(
        "all files of the folder may be named: vectors stand for the rule that names them, which is checked once"
    )
    func vectorsNamed() throws {
        let folder = Program.shippedRules
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        try #require(names.contains("presence.vectors.yaml"))
        let all = try Program.run(["rules", "check"] + names.map { "\(folder)/\($0)" })
        #expect(all.code == 0, "\(all.output)\(all.errors)")
        for name in Self.names {
            #expect(
                all.output.split(separator: "\n").count { $0.hasPrefix("✓ \(name) ") } == 1,
                "\(all.output)"
            )
        }
        let one = try Program.run("rules", "check", "\(folder)/presence.vectors.yaml", "--format", "json")
        let rules = try #require(try one.object()["rules"] as? [[String: Any]])
        #expect(one.code == 0 && rules.map { $0["file"] as? String } == ["\(folder)/presence.yaml"])
        #expect((rules[0]["vectors"] as? Int ?? 0) > 10)
    }

    @Test("vectors that no rule names are told from a rule that was written wrongly")
    func vectorsAlone() throws {
        let folder = try Folder()
        for text in ["- {name: a, day: 2026-03-01}\n", "vectors: [{name: a}]\n"] {
            let file = try folder.write(text, to: "mine.vectors.yaml")
            let ending = try Program.run("rules", "check", file)
            #expect(
                ending.code == 2 && ending.errors.contains("`vectors: mine.vectors.yaml`"),
                "\(ending.errors)"
            )
        }
    }

    @Test("a rule without a vector proves nothing")
    func noVectors() throws {
        let folder = try Folder()
        let text = try String(contentsOfFile: "\(Program.shippedRules)/presence.yaml", encoding: .utf8)
        let file = try folder.write(text.replacing(/vectors: .*/, with: ""), to: "presence.yaml")
        #expect(try Program.run("rules", "check", file).code == 1)
    }

    @Test("a rule with a key nobody knows was written wrongly, and the nearest known key is named")
    func unknownKey() throws {
        let folder = try Folder()
        let text = try String(contentsOfFile: "\(Program.shippedRules)/presence.yaml", encoding: .utf8)
        let file = try folder.write(
            text.replacing("facet: stream", with: "facett: stream").replacing(/vectors: .*/, with: ""),
            to: "presence.yaml"
        )
        let ending = try Program.run("rules", "check", file)
        #expect(ending.code == 2)
        #expect(ending.errors.contains("facet"), "\(ending.errors)")
    }

    @Test("a rule is shown with its defaults, and one that is not there is named with those that are")
    func show() throws {
        let ending = try Program.run("rules", "show", "presence", "--format", "json")
        #expect(ending.code == 0, "\(ending.errors)")
        let fields = try ending.rows()
        func value(_ field: String) -> String? {
            fields.first { $0["field"] as? String == field }?["value"] as? String
        }
        #expect(value("method.window") == "06:00–24:00" && value("status.valid_for_ms.reach") == "125000")
        let missing = try Program.run("rules", "show", "nothing")
        #expect(missing.code == 2)
        #expect(missing.errors.contains("province-time-weighted"))
    }

    @Test("two rules differ in what differs")
    func diff() throws {
        let same = try Program.run("rules", "diff", "presence", "\(Program.shippedRules)/presence.yaml")
        #expect(same.code == 0 && same.output == "the same\n", "\(same.errors)")
        let other = try Program.run("rules", "diff", "presence", "hourly-sampled", "--format", "json")
        #expect(other.code == 1)
        let fields = try other.rows().compactMap { $0["field"] as? String }
        #expect(fields.contains("method.kind") && !fields.contains("facet"))
    }
}
