internal import WaysideCore
internal import WaysideFiles
internal import WaysideReports

/// What a rule gives for its own examples, compared with what they expect (算例).
struct RulesCommandVectors {
    /// One figure that came out otherwise.
    struct Failure {
        let line: Int64?
        let vector: String?
        let subject: String?
        let figure: String
        let expected: String
        let found: String

        var cells: [Table.Cell] {
            [
                Table.Cell(self.line), Table.Cell(self.vector), Table.Cell(self.subject), .text(self.figure),
                .text(self.expected), .text(self.found),
            ]
        }
    }

    let rule: RateRule
    let vectorCount: Int
    private(set) var failures: [Failure] = []
    private(set) var failedVectorCount = 0

    /// Works through all of them. A rule without any proves nothing, which is a failure.
    init(_ file: RuleFile) throws {
        (self.rule, self.vectorCount) = (file.rule, file.vectors.count)
        guard !file.vectors.isEmpty else {
            self.failures = [
                Failure(
                    line: nil,
                    vector: nil,
                    subject: nil,
                    figure: "vectors",
                    expected: "at least one",
                    found: "none"
                )
            ]
            return
        }
        for vector in file.vectors {
            let before = self.failures.count
            try self.check(vector)
            if self.failures.count > before { self.failedVectorCount += 1 }
        }
    }

    private mutating func check(_ vector: RateVector) throws {
        let knownAt = vector.asKnownAt ?? .distantFuture
        var fold = ObservationFold(knownAt: knownAt)
        for observation in vector.observations { fold.receive(observation) }
        for void in vector.voids { fold.receive(void) }
        let replay = Replay(
            rule: self.rule,
            inventory: vector.inventory,
            exemptions: vector.exemptions,
            fold: fold,
            knownAt: knownAt
        )
        let sheet: RateSheet
        do throws(Assessor.NotBegun) {
            sheet = try replay.sheet(of: vector.day)
        } catch {
            self.failures.append(
                Failure(
                    line: Int64(vector.line),
                    vector: vector.name,
                    subject: nil,
                    figure: "as_known_at",
                    expected: "after 00:00 of \(vector.day)",
                    found: "\(error.knownAt)"
                )
            )
            return
        }
        for expectation in vector.expectations { self.compare(expectation, sheet, vector) }
    }

    private mutating func compare(_ wanted: RateVector.Expectation, _ sheet: RateSheet, _ vector: RateVector)
    {
        let (subject, tally, figures): (String, DayTally?, RateSheet.Figures?)
        switch wanted.subject {
        case .all:
            (subject, tally) = ("all", nil)
            figures = sheet.groups.first { $0.kind == .all }?.figures
        case .device(let key):
            let row = sheet.devices.first { $0.device == key }
            (subject, tally, figures) = (key, row?.tally, row?.figures)
        }
        func note(_ figure: String, _ expected: String, _ found: String) {
            guard expected != found else { return }
            self.failures.append(
                Failure(
                    line: Int64(wanted.line),
                    vector: vector.name,
                    subject: subject,
                    figure: figure,
                    expected: expected,
                    found: found
                )
            )
        }
        guard let figures else { return note("figures", "in the population", "not in the population") }
        if let milliseconds = wanted.milliseconds, let tally {
            for timeClass in TimeClass.allCases {
                note("ms.\(timeClass.name)", "\(milliseconds[timeClass] ?? 0)", "\(tally[timeClass])")
            }
        }
        if let text = wanted.assessed { note("assessed", text, figures.assessed.text) }
        if let text = wanted.raw { note("raw", text, figures.raw.text) }
        if let text = wanted.coverage { note("coverage", text, figures.coverage.text) }
        if let flag = wanted.isAssessable { note("assessable", "\(flag)", "\(figures.isAssessable)") }
    }
}
