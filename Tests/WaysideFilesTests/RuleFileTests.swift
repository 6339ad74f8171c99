import Testing
import WaysideCore

@testable import WaysideFiles

@Suite struct RuleFileTests {
    private let rule = """
        id: province
        version: 3
        title: {zh: 省级考核在线率, en: Provincial}
        citation: our own
        facet: stream
        method: {kind: time_weighted}
        status: {misses_to_confirm: 3, hits_to_recover: 1}
        unknown: {as: excluded}
        upstream: counted
        aggregate: pooled
        """

    private func read(_ text: String) throws -> RuleFile {
        try RuleFile.read(bytes: Array(text.utf8), name: "r.yaml") { name throws(FilesError) in
            throw FilesError(
                .open,
                file: name,
                problems: [FileProblem(file: name, wrong: "absent", mend: "add it")]
            )
        }
    }

    private func problems(_ text: String) throws -> [String] {
        try #require(throws: FilesError.self) { try self.read(text) }.problems.map(\.description)
    }

    @Test("what is not named takes its default") func defaults() throws {
        let rule = try self.read(self.rule).rule
        #expect(rule.id == "province" && rule.version == 3 && rule.titleEN == "Provincial")
        #expect(rule.population == RateRule.Population() && rule.exemptions == RateRule.Exemptions())
        #expect(rule.abnormalWeight == 1_000 && rule.minimumCoverage == 0 && rule.latenessMilliseconds == 0)
        #expect(rule.status == StatusProfile(missesToConfirm: 3, hitsToRecover: 1) && rule.grades.isEmpty)
        #expect(rule.sha256.count == 64)
        #expect(
            try self.read(self.rule + "\npopulation: null\nabnormal_weight: ~\ngrades:\n").rule.abnormalWeight
                == 1_000
        )
    }

    @Test("everything that a rule can say is read") func whole() throws {
        let text =
            self.rule.replacing("{kind: time_weighted}", with: "{kind: sampled, at: [\"00:30\", 23:59]}")
            .replacing(
                "hits_to_recover: 1}",
                with: "hits_to_recover: 2, valid_for_ms: {reach: 1, stream: 610000}, hops: [gateway, direct]}"
            )
            .replacing("{as: excluded}", with: "{as: offline, minimum_coverage: 0.9}")
                + """

                population: {kinds: [camera, ups], position_classes: [0, 8], organizations: [S1], from_day: 2026-03-01}
                abnormal_weight: 0.005
                exemptions: {accept: [works], approved_within_ms: -5, monthly_cap_ms: 0}
                lateness_ms: 7
                grades: [{at_least: 0.98, name: {zh: 优, en: good}}, {at_least: 1, name: {en: perfect}}]
                """
        let rule = try self.read(text).rule
        #expect(rule.method == .sampled(at: [1_800_000, 86_340_000]))
        #expect(rule.status.hops == [.gateway, .direct] && rule.status.validity(of: .reach) == 1)
        #expect(rule.unknown == .offline && rule.minimumCoverage == 900 && rule.abnormalWeight == 5)
        #expect(
            rule.population.kinds == [.camera, .ups] && rule.population.fromDay?.description == "2026-03-01"
        )
        #expect(
            rule.exemptions.approvedWithinMilliseconds == -5 && rule.exemptions.monthlyCapMilliseconds == 0
        )
        #expect(rule.grades.map(\.atLeastThousandths) == [980, 1_000] && rule.grades[1].nameZH == "perfect")
    }

    @Test(
        "a bad part is told with line, column and mend",
        arguments: [
            (
                "facet: stream", "facett: stream",
                [
                    "r.yaml:5:1: unknown key \"facett\" in the file, the nearest known one is facet (of id, version, title, citation, facet, population, method, status, abnormal_weight, unknown, upstream, exemptions, aggregate, lateness_ms, grades or vectors)",
                    "r.yaml:1:1: the file lacks facet, add it",
                ]
            ),
            (
                "facet: stream", "facet: streem",
                [
                    "r.yaml:5:8: facet is \"streem\", write reachability, stream, picture or recording; the nearest is stream"
                ]
            ),
            (
                "facet: stream", "facet: stream\ngrades: [{at_least: 0.98, name: {zh: 优}}]",
                [
                    "r.yaml:6:33: a grade's name lacks en, by which figures call the grade, write {zh: 优, en: good}"
                ]
            ),
            (
                "version: 3", "version: 0",
                ["r.yaml:2:10: version is \"0\", write a whole number from 1 to 1000000"]
            ),
            (
                "version: 3", "version: 1.5",
                ["r.yaml:2:10: version is \"1.5\", write a whole number from 1 to 1000000"]
            ),
            (
                "misses_to_confirm: 3", "misses: 3",
                [
                    "r.yaml:7:10: unknown key \"misses\" in status, the nearest known one is misses_to_confirm (of misses_to_confirm, hits_to_recover, valid_for_ms or hops)",
                    "r.yaml:7:9: status lacks misses_to_confirm, add it",
                ]
            ),
            (
                "{kind: time_weighted}", "{kind: instantaneous, at: \"8:00\"}",
                [
                    "r.yaml:6:35: at is \"8:00\", write a time of day from \"00:00\" to \"23:59\", two digits each, in quotes"
                ]
            ),
            (
                "{kind: time_weighted}", "{kind: instantaneous, at: \"24:00\"}",
                [
                    "r.yaml:6:35: at is \"24:00\", write a time of day from \"00:00\" to \"23:59\", two digits each, in quotes"
                ]
            ),
            (
                "{kind: time_weighted}", "{kind: sampled, at: [\"02:00\", \"02:00\"]}",
                [
                    "r.yaml:6:39: \"02:00\" does not come after the time before it, write the times strictly rising"
                ]
            ),
            (
                "{kind: time_weighted}", "{kind: presence, from: \"06:00\", to: \"06:00\"}",
                [
                    "r.yaml:6:45: the window ends at or before its beginning, write from < to; a window stays inside its day"
                ]
            ),
            (
                "{kind: time_weighted}", "{kind: time_weighted, at: []}",
                ["r.yaml:6:31: unknown key \"at\" in method, the nearest known one is kind (of kind)"]
            ),
            (
                "{as: excluded}", "{as: excluded, minimum_coverage: 0.9999}",
                [
                    "r.yaml:8:43: minimum_coverage is \"0.9999\", write a decimal from 0 to 1 with at most three places, such as 0.980"
                ]
            ),
            (
                "{as: excluded}", "{as: excluded, minimum_coverage: 1.001}",
                [
                    "r.yaml:8:43: minimum_coverage is \"1.001\", write a decimal from 0 to 1 with at most three places, such as 0.980"
                ]
            ),
            (
                "version: 3", "version: 3\nversion: 4",
                ["r.yaml:2:1: the key \"version\" stands twice, keep one of the two"]
            ),
            (
                "citation: our own", "citation: ''",
                ["r.yaml:4:11: citation is no text, write a word or a sentence"]
            ),
            (
                "aggregate: pooled", "aggregate: pooled\nvectors: ../x.yaml",
                [
                    "r.yaml:11:10: vectors is \"../x.yaml\", write a list, or the name of a file in the same folder"
                ]
            ),
        ]
    )
    func refused(part: String, wrong: String, messages: [String]) throws {
        #expect(try self.problems(self.rule.replacing(part, with: wrong)).sorted() == messages.sorted())
    }

    @Test("vectors may lie in a file beside the rule, and the rule alone can be read without them")
    func beside() throws {
        let folder = ScratchFolder()
        let path = folder.write("r.yaml", self.rule + "\nvectors: v.yaml\n")
        #expect(throws: FilesError.self) { try RuleFile.read(path) }
        let rule = try RuleFile.readRule(path)
        folder.write(
            "v.yaml",
            "- {name: n, day: 2026-03-01, devices: [C1], expect: {C1: {assessed: null}}}\n"
        )
        let file = try RuleFile.read(path)
        #expect(file.rule == rule && file.vectors.map(\.name) == ["n"])
        #expect(
            file.vectors[0].expectations[0].assessed == nil
                && file.vectors[0].inventory.devices[0].checks.isEmpty
        )
        folder.write("v.yaml", "- {name: n, dai: 2026-03-01}\n")
        let error = try #require(throws: FilesError.self) { try RuleFile.read(path) }
        #expect(error.problems.first?.description.hasPrefix("v.yaml:1:13: unknown key \"dai\"") ?? false)
    }

    @Test("what is no YAML is told with its place") func noYAML() throws {
        #expect(try self.problems("id: [1\nversion: 2\n").first?.hasPrefix("r.yaml:2:") ?? false)
        #expect(try self.problems("") == ["r.yaml: it is empty, write it as YAML"])
    }

    private let vectors = """

        vectors:
          - name: one
            day: 2026-03-01
            as_known_at: "2026-03-01T12:00:00.000+08:00"
            devices:
              - {key: SW, kind: switch}
              - {key: C1, upstream: [SW], position_class: 3}
              - C2
            assignments:
              - {device: C1, upstream: none, from_day: 2026-03-02}
            strips:
              - {device: SW, check: reach, from: "2026-03-01T00:00:00.000+08:00", every_ms: 60000, film: "u2 d . ?2 a"}
              - {device: C1, check: stream, hop: gateway, from: "00:05", every_ms: 1, film: "u"}
            observations:
              - {device: C2, check: picture, at: "2026-03-01T01:00:00.000+08:00", received_at: "01:00:01", outcome: abnormal, cause: black}
              - {void: {from: "01:00", to: "02:00", devices: [SW]}, reason: self_network, at: "03:00"}
            exemptions:
              - {id: EX-1, scope: {downstream_of: SW}, class: works, from: "00:00", to: "12:00", approved_at: "2026-02-01T00:00:00.000+08:00"}
            expect:
              C1: {ms: {online: 1, unknown: 43199999}, assessed: "100.00 %", assessable: false}
              all: {coverage: "0.00 %"}
        """

    @Test("a vector becomes inventory, observations, exemptions and expectations") func vector() throws {
        let vector = try #require(try self.read(self.rule + self.vectors).vectors.first)
        let start = try #require(ServiceDay("2026-03-01")).start
        #expect(vector.name == "one" && vector.day.start == start && vector.asKnownAt == start + 43_200_000)
        #expect(vector.inventory.organizations.map(\.key) == ["S1"])
        #expect(vector.inventory.devices.map(\.key) == ["C1", "C2", "SW"])
        #expect(vector.inventory.devices.map(\.checks) == [[.stream], [.picture], [.reach]])
        #expect(vector.inventory.devices[0].assignment.upstreams == ["SW"])
        #expect(vector.inventory.devices[0].moves.first?.upstreams == [])
        let reach = vector.observations.filter { $0.check == .reach }
        #expect(reach.map(\.outcome) == [.up, .up, .down, .unknown, .unknown, .abnormal])
        #expect(reach.map { $0.at - start } == [0, 60_000, 120_000, 240_000, 300_000, 360_000])
        #expect(vector.observations.first { $0.check == .stream }?.hop == .gateway)
        #expect(vector.observations.first { $0.check == .picture }?.receivedAt == start + 3_601_000)
        #expect(vector.voids.map(\.span) == [Span(start + 3_600_000, start + 7_200_000)])
        #expect(vector.exemptions.map(\.scope) == [.downstream(of: "SW")])
        #expect(vector.expectations.map(\.subject) == [.device("C1"), .all])
        #expect(vector.expectations[0].milliseconds == [.online: 1, .unknown: 43_199_999])
        #expect(vector.expectations[0].isAssessable == false && vector.expectations[1].coverage == "0.00 %")
    }

    @Test(
        "a bad vector is told with its place",
        arguments: [
            ("u2 d . ?2 a", "u2 x", "film is \"u2 x\", write u, a, d, ? and . with counts"),
            (
                "film: \"u\"", "flim: \"u\"",
                "unknown key \"flim\" in an entry of strips, the nearest known one is film"
            ),
            ("kind: switch", "kind: swich", "unknown kind \"swich\", the nearest known one is switch"),
            ("upstream: [SW]", "upstream: [SX]", "there is no device \"SX\""),
            ("C1: {ms", "C9: {ms", "there is no device \"C9\" in the vector, the nearest known one is C1"),
            ("{online: 1,", "{onlin: 1,", "unknown key \"onlin\" in ms, the nearest known one is online"),
            ("class: works, ", "", "the exemption has no class"),
            ("devices: [SW]}", "devices: [SY]}", "there is no device \"SY\" in the vector"),
            ("day: 2026-03-01", "day: 2026-02-30", "day is \"2026-02-30\", write a day as YYYY-MM-DD"),
        ]
    )
    func badVector(part: String, wrong: String, message: String) throws {
        let problems = try self.problems(
            self.rule + self.vectors.replacing(part, with: wrong, maxReplacements: 1)
        )
        #expect(problems.contains { $0.contains(message) && $0.hasPrefix("r.yaml:") }, "\(problems)")
    }
}
