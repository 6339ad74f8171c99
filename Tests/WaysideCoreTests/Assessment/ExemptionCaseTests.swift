import Testing
import WaysideCore

@Suite("An exemption on its way")
struct ExemptionCaseTests {
    private static let start = ServiceDay(number: 20_513).start
    private static let decidedAt = Self.start + 5_000
    private static let now = Self.start + 9_000
    private static let actions: [ExemptionCase.Action] = [
        .approve, .reject(reason: "no document"), .revoke(reason: "works ended"),
    ]

    private static func exemption(approvedAt: Timestamp?, revokedAt: Timestamp? = nil) -> Exemption {
        Exemption(
            id: "EX-7",
            scope: .device("CAM-1"),
            className: "works",
            span: Span(Self.start, Self.start + 60_000),
            requestedAt: Self.start - 1,
            approvedAt: approvedAt,
            revokedAt: revokedAt,
            document: "〔2026〕7",
            reason: "road works"
        )
    }

    private static func standing(_ stage: ExemptionCase.Stage) -> ExemptionCase {
        switch stage {
        case .requested: ExemptionCase(self.exemption(approvedAt: nil))
        case .approved: ExemptionCase(self.exemption(approvedAt: self.decidedAt))
        case .rejected: ExemptionCase(self.exemption(approvedAt: nil), rejectedAt: self.decidedAt)
        case .revoked:
            ExemptionCase(self.exemption(approvedAt: self.decidedAt, revokedAt: self.decidedAt + 1))
        }
    }

    /// What follows; what is not named here is refused.
    private static func follows(_ stage: ExemptionCase.Stage, _ action: String) -> ExemptionCase.Stage? {
        switch (stage, action) {
        case (.requested, "approve"): .approved
        case (.requested, "reject"): .rejected
        case (.approved, "revoke"): .revoked
        default: nil
        }
    }

    @Test("stands where its instants say", arguments: ExemptionCase.Stage.allCases)
    func stages(stage: ExemptionCase.Stage) { #expect(Self.standing(stage).stage == stage) }

    @Test(
        "goes where the table says, with the instant of the decision, or refuses and stays as it was",
        arguments: ExemptionCase.Stage.allCases,
        actions
    )
    func moves(stage: ExemptionCase.Stage, action: ExemptionCase.Action) throws {
        let before = Self.standing(stage)
        var after = before
        guard let next = Self.follows(stage, action.name) else {
            let refusal = #expect(throws: ExemptionCase.Refusal.self) {
                try after.perform(action, at: Self.now)
            }
            #expect(after == before)
            #expect(refusal?.id == "EX-7" && refusal?.stage == stage && refusal?.action == action.name)
            let words = try #require(refusal).description
            #expect(words.contains("EX-7") && words.contains(stage.rawValue) && words.contains(action.name))
            let mend: String =
                switch stage {
                case .requested: "reject it instead"
                case .approved: "revoke it instead"
                case .rejected, .revoked: "ask for a new one under another id"
                }
            #expect(refusal?.mend == mend)
            return
        }
        try after.perform(action, at: Self.now)
        #expect(after.stage == next)
        switch next {
        case .approved: #expect(after == ExemptionCase(Self.exemption(approvedAt: Self.now)))
        case .rejected:
            #expect(after == ExemptionCase(Self.exemption(approvedAt: nil), rejectedAt: Self.now))
        case .revoked:
            let revoked = Self.exemption(approvedAt: Self.decidedAt, revokedAt: Self.now)
            #expect(after == ExemptionCase(revoked))
        case .requested: Issue.record("nothing leads back to the request")
        }
        #expect(after.exemption.isKnown(at: Self.now) == (next == .approved))
    }

    @Test("an action has a word and, but for an approval, a reason")
    func words() {
        #expect(Self.actions.map(\.name) == ["approve", "reject", "revoke"])
        #expect(Self.actions.map(\.reason) == [nil, "no document", "works ended"])
    }

    @Test("is late only when it was approved after its window had begun")
    func late() {
        func isLate(_ approvedAt: Timestamp?) -> Bool {
            ExemptionCase(Self.exemption(approvedAt: approvedAt)).isLate
        }
        #expect(!isLate(nil))
        #expect(!isLate(Self.start - 1))
        #expect(!isLate(Self.start))
        #expect(isLate(Self.start + 1))
    }

    @Test("a window that is over may still be approved")
    func afterwards() throws {
        var late = Self.standing(.requested)
        try late.perform(.approve, at: Self.start + 90_000_000)
        #expect(late.stage == .approved && late.isLate)
    }
}
