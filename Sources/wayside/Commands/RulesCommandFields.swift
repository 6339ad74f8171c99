internal import WaysideCore

/// A rule as fields by the names of the rule grammar, every default spelt out.
enum RulesCommandFields {
    /// One field.
    struct Field {
        let name: String
        /// `nil` for "no restriction" and "no limit".
        let value: String?
        /// Whether a change of it may change a figure.
        let bearsOnFigures: Bool
    }

    /// The fields, in the order of the rule grammar; the same names for every rule.
    static func fields(of rule: RateRule) -> [Field] {
        let words: [(String, String?)] = [
            ("id", rule.id), ("version", "\(rule.version)"), ("title.zh", rule.titleZH),
            ("title.en", rule.titleEN),
            ("citation", rule.citation), ("sha256", rule.sha256),
        ]
        let figures: [(String, String?)] =
            [("facet", rule.facet.rawValue)] + self.population(rule.population) + [
                ("method.kind", rule.method.name), ("method.at", self.times(rule.method)),
                ("method.window", self.window(rule.method)),
            ] + self.status(rule.status) + [
                ("abnormal_weight", self.decimal(rule.abnormalWeight)), ("unknown.as", rule.unknown.rawValue),
                ("unknown.minimum_coverage", self.decimal(rule.minimumCoverage)),
                ("upstream", rule.upstream.rawValue),
                ("exemptions.accept", rule.exemptions.accept.sorted().joined(separator: " ")),
                ("exemptions.approved_within_ms", rule.exemptions.approvedWithinMilliseconds.map { "\($0)" }),
                ("exemptions.monthly_cap_ms", rule.exemptions.monthlyCapMilliseconds.map { "\($0)" }),
                ("aggregate", rule.aggregate.rawValue), ("lateness_ms", "\(rule.latenessMilliseconds)"),
                ("grades", self.grades(rule.grades)),
            ]
        return words.map { Field(name: $0.0, value: $0.1, bearsOnFigures: false) }
            + figures.map { Field(name: $0.0, value: $0.1, bearsOnFigures: true) }
    }

    private static func population(_ population: RateRule.Population) -> [(String, String?)] {
        [
            ("population.kinds", population.kinds.map { $0.map(\.rawValue).sorted().joined(separator: " ") }),
            (
                "population.position_classes",
                population.positionClasses.map { $0.sorted().map(String.init).joined(separator: " ") }
            ),
            ("population.organizations", population.organizations.map { $0.sorted().joined(separator: " ") }),
            ("population.from_day", population.fromDay?.description),
        ]
    }

    private static func status(_ status: StatusProfile) -> [(String, String?)] {
        [
            ("status.misses_to_confirm", "\(status.missesToConfirm)"),
            ("status.hits_to_recover", "\(status.hitsToRecover)"),
        ]
            + Check.allCases.map {
                ("status.valid_for_ms.\($0.rawValue)", "\(status.validity(of: $0))")
            } + [
                (
                    "status.hops",
                    Hop.allCases.filter { status.counts(.stream, at: $0) }.map(\.rawValue).joined(
                        separator: " "
                    )
                )
            ]
    }

    private static func times(_ method: RateRule.Method) -> String? {
        switch method {
        case .sampled(let times): times.map(self.clock).joined(separator: " ")
        case .instantaneous(let time): self.clock(time)
        case .timeWeighted, .presence: nil
        }
    }

    private static func window(_ method: RateRule.Method) -> String? {
        guard case .presence(let from, let to) = method else { return nil }
        return "\(self.clock(from))–\(self.clock(to))"
    }

    private static func grades(_ grades: [RateRule.Grade]) -> String? {
        guard !grades.isEmpty else { return nil }
        return grades.sorted { $0.atLeastThousandths > $1.atLeastThousandths }
            .map { "≥ \(self.decimal($0.atLeastThousandths)) \($0.nameZH) \($0.nameEN)" }.joined(
                separator: "; "
            )
    }

    /// `HH:MM` of milliseconds from 00:00.
    private static func clock(_ milliseconds: Int64) -> String {
        let minutes = milliseconds / 60_000
        return "\(self.padded(minutes / 60, 2)):\(self.padded(minutes % 60, 2))"
    }

    /// Thousandths as a decimal with three places.
    private static func decimal(_ thousandths: Int64) -> String {
        "\(thousandths / 1_000).\(self.padded(thousandths % 1_000, 3))"
    }

    private static func padded(_ number: Int64, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
