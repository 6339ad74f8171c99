import Testing
import WaysideCore
import WaysideFiles

@Suite("Files of thresholds")
struct ThresholdFileTests {
    private func problems(_ text: String) -> String {
        do {
            _ = try ThresholdFile.read(bytes: Array(text.utf8), name: "t.yaml")
            return ""
        } catch {
            return "\(error)"
        }
    }

    private static let good = """
        rules:
          - id: hot
            reason: {zh: 热, en: hot}
            citation: our own
            metric: temperature
            above: 75
            clear: 70
            polls_to_raise: 3
        """

    @Test("the shipped rules are read, each with its citation, and speak of what they should")
    func shipped() throws {
        let tests = try #require(#filePath.firstRange(of: "/Tests/")).lowerBound
        let rules = try ThresholdFile.read("\(#filePath[..<tests])/Deploy/rules/thresholds/usual.yaml")
        #expect(
            rules.map(\.id) == [
                "disk-failed", "recorder-disk-missing", "dead-disks", "temperature-high", "uplink-errors",
                "ups-on-battery", "ups-on-battery-status", "ups-on-battery-flag", "ups-charge-low",
                "poe-budget", "power-supply-failed", "power-supply-failed-cisco",
            ]
        )
        #expect(rules.allSatisfy { !$0.citation.isEmpty })
        #expect(rules[4].measure == .share(of: ["interface.in_packets"], atLeast: 1_000))
        #expect(rules[1].profiles == ["hikvision-recorder"])
        // What a number of a state means is the maker's business.
        for rule in rules {
            if case .states = rule.condition { #expect(rule.profiles?.isEmpty == false, "\(rule.id)") }
        }
    }

    @Test("a rule is read with everything it says")
    func whole() throws {
        let rule = try #require(try ThresholdFile.read(bytes: Array(Self.good.utf8), name: "t.yaml").first)
        #expect(rule.condition == .above(raise: 75, clear: 70))
        #expect(rule.pollsToRaise == 3)
        #expect(rule.pollsToClear == 1)
        #expect(rule.instance == "*")
    }

    @Test(
        "what is wrong is named with the mend",
        arguments: [
            ("    above: 75", "    abov: 75", "above"), ("clear: 70", "clear: 80", "bad side"),
            ("    above: 75", "    above: 75\n    below: 3", "one of above, below or states"),
            ("metric: temperature", "metric: Temperature", "a-z"),
            ("above: 75", "above: hot", "decimal number"),
            ("polls_to_raise: 3", "polls_to_raise: 0", "1 to 1000"),
            ("    citation: our own\n", "", "lacks citation"),
            ("polls_to_raise: 3", "measure: share", "share_of"),
            ("polls_to_raise: 3", "at_least: 3", "measure: share"),
        ]
    )
    func wrong(part: String, replacement: String, expected: String) {
        let text = Self.good.replacing(part, with: replacement)
        #expect(self.problems(text).contains(expected), "\(self.problems(text))")
    }
}
