public import WaysideCore

/// What a rule says of a whole period (期间考核): each device's figures summed over its days, then everybody together as
/// for a day.
public struct PeriodFigures: Hashable, Sendable {
    private struct Sums: Hashable, Sendable {
        var raw, assessed, coverage, low, high: OnlineRate

        init(_ figures: RateSheet.Figures) {
            (self.raw, self.assessed, self.coverage) = (figures.raw, figures.assessed, figures.coverage)
            (self.low, self.high) = (figures.low, figures.high)
        }

        static func + (left: Sums, right: Sums) -> Sums {
            var sums = left
            sums.raw = left.raw + right.raw
            sums.assessed = left.assessed + right.assessed
            sums.coverage = left.coverage + right.coverage
            sums.low = left.low + right.low
            sums.high = left.high + right.high
            return sums
        }
    }

    /// Which rule.
    public let rule: RateRule
    /// How many days were added.
    public private(set) var days = 0
    /// Of all sheets, in order.
    public private(set) var digest = SheetDigest()
    private var byDevice: [String: Sums] = [:]

    /// Nothing yet.
    public init(rule: RateRule) { self.rule = rule }

    /// Adds a day's sheet of the rule.
    public mutating func add(_ sheet: RateSheet) {
        self.days += 1
        self.digest.add(sheet)
        for row in sheet.devices {
            let sums = Sums(row.figures)
            self.byDevice[row.device] = self.byDevice[row.device].map { $0 + sums } ?? sums
        }
    }

    /// How many devices were in the population on some day.
    public var devices: Int { self.byDevice.count }
    /// Everybody's rate for which no exemption exists.
    public var raw: OnlineRate { self.together(\.raw) }
    /// Everybody's rate by the rule.
    public var assessed: OnlineRate { self.together(\.assessed) }
    /// Everybody's rate as bad as it may have been.
    public var low: OnlineRate { self.together(\.low) }
    /// Everybody's rate as good as it may have been.
    public var high: OnlineRate { self.together(\.high) }
    /// How much of what could be watched was watched.
    public var coverage: OnlineRate { self.pooled(\.coverage) }

    private func together(_ rate: (Sums) -> OnlineRate) -> OnlineRate {
        guard self.rule.aggregate == .mean else { return self.pooled(rate) }
        let cut = self.byDevice.values.filter { sums in
            sums.assessed.denominator > 0
                && (self.rule.minimumCoverage == 0
                    || sums.coverage.reaches(thousandths: self.rule.minimumCoverage))
        }.compactMap { rate($0).billionths }
        return OnlineRate(
            numerator: cut.reduce(0, +),
            denominator: Int64(cut.count) * 1_000_000_000,
            unit: self.rule.method.unit
        )
    }

    private func pooled(_ rate: (Sums) -> OnlineRate) -> OnlineRate {
        let rates = self.byDevice.values.map(rate)
        guard let first = rates.first else { return .none(self.rule.method.unit) }
        return rates.dropFirst().reduce(first, +)
    }
}
