/// What devices contribute to a group (分组合计): whole numbers that add, so that the sum over any parts is the whole.
public struct RateSums: Hashable, Sendable {
    /// How many devices; 0 or more.
    public var devices: Int
    /// How many of them are not assessable.
    public var notAssessable: Int
    /// For which no exemption exists.
    public var raw: OnlineRate
    /// By the rule.
    public var assessed: OnlineRate
    /// How much of what could be watched was watched.
    public var coverage: OnlineRate
    /// As bad as it may have been.
    public var low: OnlineRate
    /// As good as it may have been.
    public var high: OnlineRate

    /// Sums.
    public init(
        devices: Int,
        notAssessable: Int,
        raw: OnlineRate,
        assessed: OnlineRate,
        coverage: OnlineRate,
        low: OnlineRate,
        high: OnlineRate
    ) {
        (self.devices, self.notAssessable) = (devices, notAssessable)
        (self.raw, self.assessed, self.coverage) = (raw, assessed, coverage)
        (self.low, self.high) = (low, high)
    }

    /// Nobody's, under the rule.
    public static func none(_ rule: RateRule) -> RateSums {
        let nothing = OnlineRate.none(rule.method.unit)
        return RateSums(
            devices: 0,
            notAssessable: 0,
            raw: nothing,
            assessed: nothing,
            coverage: .none(rule.coverageUnit),
            low: nothing,
            high: nothing
        )
    }

    /// One device's, under the rule: pooled its rates themselves; of a mean each rate cut to 10⁻⁹, if assessable.
    public init(_ figures: RateSheet.Figures, under rule: RateRule) {
        func part(_ rate: OnlineRate) -> OnlineRate {
            switch rule.aggregate {
            case .pooled: return rate
            case .mean:
                guard figures.isAssessable, let billionths = rate.billionths else { return .none(rate.unit) }
                return OnlineRate(numerator: billionths, denominator: 1_000_000_000, unit: rate.unit)
            }
        }
        self.init(
            devices: 1,
            notAssessable: figures.isAssessable ? 0 : 1,
            raw: part(figures.raw),
            assessed: part(figures.assessed),
            coverage: figures.coverage,
            low: part(figures.low),
            high: part(figures.high)
        )
    }

    /// Both together.
    public static func += (left: inout RateSums, right: RateSums) { left.add(right, times: 1) }
    /// The left without the right, which is contained in it.
    public static func -= (left: inout RateSums, right: RateSums) { left.add(right, times: -1) }

    private mutating func add(_ other: RateSums, times sign: Int64) {
        self.devices += Int(sign) * other.devices
        self.notAssessable += Int(sign) * other.notAssessable
        self.raw.add(other.raw, times: sign)
        self.assessed.add(other.assessed, times: sign)
        self.coverage.add(other.coverage, times: sign)
        self.low.add(other.low, times: sign)
        self.high.add(other.high, times: sign)
    }

    /// The figures that follow under the rule.
    public func figures(under rule: RateRule) -> RateSheet.Figures {
        rule.figures(
            raw: self.raw,
            assessed: self.assessed,
            coverage: self.coverage,
            low: self.low,
            high: self.high
        )
    }
}

extension OnlineRate {
    fileprivate mutating func add(_ other: OnlineRate, times sign: Int64) {
        self.numerator += sign * other.numerator
        self.denominator += sign * other.denominator
    }
}

extension RateRule {
    /// The figures of these rates: whether they may be assessed, and the grade.
    public func figures(
        raw: OnlineRate,
        assessed: OnlineRate,
        coverage: OnlineRate,
        low: OnlineRate,
        high: OnlineRate
    ) -> RateSheet.Figures {
        let isAssessable = self.isAssessable(assessed, coverage: coverage)
        return RateSheet.Figures(
            raw: raw,
            assessed: assessed,
            coverage: coverage,
            isAssessable: isAssessable,
            grade: isAssessable ? self.grade(of: assessed)?.nameEN : nil,
            low: low,
            high: high
        )
    }

    /// Whether the grade would be the same anywhere inside the error bar; `true` where there is no grade to doubt.
    public func isGradeCertain(_ figures: RateSheet.Figures) -> Bool {
        guard figures.isAssessable, !self.grades.isEmpty else { return true }
        let grade = self.grade(of: figures.assessed)
        return self.grade(of: figures.low) == grade && self.grade(of: figures.high) == grade
    }
}
