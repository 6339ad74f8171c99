import Testing
import WaysideCore
import WaysideFiles

private let names = [
    "ministry-instantaneous", "hourly-sampled", "province-time-weighted", "contractor", "presence",
    "picture-quality",
]
private let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(
    separator: "/"
)

@Suite struct ShippedRulesTests {
    @Test(
        "a rule that we ship is in order, cites its source and agrees with its own vectors",
        arguments: names
    )
    func agrees(name: String) throws {
        let file = try RuleFile.read("\(root)/Deploy/rules/rates/\(name).yaml")
        #expect(file.rule.id == name && file.rule.sha256.count == 64 && file.rule.citation.count > 40)
        #expect(file.vectors.count >= 4)
        for vector in file.vectors {
            let knownAt = vector.asKnownAt ?? .distantFuture
            var fold = ObservationFold(knownAt: knownAt)
            for observation in vector.observations { fold.receive(observation) }
            for void in vector.voids { fold.receive(void) }
            let sheet = try Replay(
                rule: file.rule,
                inventory: vector.inventory,
                exemptions: vector.exemptions,
                fold: fold,
                knownAt: knownAt
            ).sheet(of: vector.day)
            for expectation in vector.expectations { try self.compare(expectation, sheet, vector) }
        }
    }

    private func compare(_ wanted: RateVector.Expectation, _ sheet: RateSheet, _ vector: RateVector) throws {
        let figures: RateSheet.Figures
        switch wanted.subject {
        case .all: figures = try #require(sheet.groups.first { $0.kind == .all }).figures
        case .device(let key):
            let row = try #require(sheet.devices.first { $0.device == key })
            figures = row.figures
            for timeClass in TimeClass.allCases where wanted.milliseconds != nil {
                let milliseconds = wanted.milliseconds?[timeClass] ?? 0
                #expect(row.tally[timeClass] == milliseconds, "\(vector.name): \(key) \(timeClass.name)")
            }
        }
        if let text = wanted.assessed { #expect(figures.assessed.text == text, "\(vector.name)") }
        if let text = wanted.raw { #expect(figures.raw.text == text, "\(vector.name)") }
        if let text = wanted.coverage { #expect(figures.coverage.text == text, "\(vector.name)") }
        if let flag = wanted.isAssessable { #expect(figures.isAssessable == flag, "\(vector.name)") }
    }
}
