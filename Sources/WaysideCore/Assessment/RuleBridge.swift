/// Why two rules differ on a day (口径差异): a way from one to the other, one choice at a time.
///
/// Each step is a rule of its own, so each change of the figure is exact, and together they are the whole difference.
public struct RuleBridge: Sendable {
    /// One choice in which the rules differ.
    public enum Choice: String, Hashable, Sendable, CaseIterable {
        /// Which side of the device is judged.
        case facet
        /// How observations become a status.
        case status
        /// Which exemptions are accepted.
        case exemptions
        /// What upstream time is taken for.
        case upstream
        /// What unknown time is taken for.
        case unknown
        /// What abnormal time is worth.
        case abnormalWeight = "abnormal_weight"
        /// How a day becomes a rate.
        case method
        /// How devices become a group, and which figures may be assessed.
        case aggregate
        /// Which devices it is about.
        case population
        /// Which rate earns which grade.
        case grades
    }

    /// The rule after a choice was made as the second rule makes it.
    public struct Step: Hashable, Sendable {
        /// Which choice.
        public let choice: Choice
        /// The first rule with this choice and all those before it taken from the second.
        public let rule: RateRule
    }

    /// The rule the way begins with.
    public let first: RateRule
    /// The choices in which the rules differ, in order; the last step gives the second rule's figures.
    public let steps: [Step]

    /// The way from one rule to another.
    public init(from first: RateRule, to second: RateRule) {
        var (rule, steps): (RateRule, [Step]) = (first, [])
        for choice in Choice.allCases {
            var next = rule
            next.take(choice, from: second)
            guard next != rule else { continue }
            steps.append(Step(choice: choice, rule: next))
            rule = next
        }
        (self.first, self.steps) = (first, steps)
    }
}

extension RateRule {
    fileprivate mutating func take(_ choice: RuleBridge.Choice, from other: RateRule) {
        switch choice {
        case .facet: self.facet = other.facet
        case .status: self.status = other.status
        case .exemptions: self.exemptions = other.exemptions
        case .upstream: self.upstream = other.upstream
        case .unknown: self.unknown = other.unknown
        case .abnormalWeight: self.abnormalWeight = other.abnormalWeight
        case .method: self.method = other.method
        case .aggregate: (self.aggregate, self.minimumCoverage) = (other.aggregate, other.minimumCoverage)
        case .population: self.population = other.population
        case .grades: self.grades = other.grades
        }
    }
}
