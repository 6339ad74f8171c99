/// What an instant of each class is worth, in thousandths (各类别取值).
struct ClassValues {
    private let values: [Int64?]

    /// Asks for each class; `nil` is left out.
    init(_ value: (TimeClass) -> Int64?) { self.values = TimeClass.allCases.map(value) }

    subscript(timeClass: TimeClass) -> Int64? { self.values[timeClass.rawValue] }
}

extension RateRule {
    /// What an instant of that class is worth in the assessed rate, in thousandths; `nil` when it is left out.
    func assessedValue(_ timeClass: TimeClass) -> Int64? {
        switch timeClass {
        case .online: 1_000
        case .abnormal: self.abnormalWeight
        case .offline: 0
        case .upstream: self.upstream == .excluded ? nil : 0
        case .unknown:
            switch self.unknown {
            case .excluded: nil
            case .offline: 0
            case .online: 1_000
            }
        case .exemptOnline, .exemptAbnormal, .exemptOffline, .exemptUpstream, .exemptUnknown, .uncommissioned:
            nil
        }
    }

    /// The same for the raw rate, for which no exemption exists.
    func rawValue(_ timeClass: TimeClass) -> Int64? { self.assessedValue(timeClass.withoutExemption) }

    /// The values of all classes, looked up once for many devices: raw, assessed, and the assessed one with unknown time
    /// counted as nothing (low) and as online (high).
    var values: (raw: ClassValues, assessed: ClassValues, low: ClassValues, high: ClassValues) {
        (
            ClassValues { self.rawValue($0) }, ClassValues { self.assessedValue($0) },
            ClassValues { $0 == .unknown ? 0 : self.assessedValue($0) },
            ClassValues { $0 == .unknown ? 1_000 : self.assessedValue($0) }
        )
    }

    /// The rate that follows from a line of classes over the part of the day that is known, by the rule's method. A
    /// class is worth so many thousandths, or is left out when its value is `nil`.
    func rate(
        of line: ClassLine,
        day: ServiceDay,
        window: Span,
        values: ClassValues
    ) -> OnlineRate {
        var rate = OnlineRate.none(self.method.unit)
        switch self.method {
        case .timeWeighted:
            for interval in line.intervals {
                guard let value = values[interval.timeClass] else { continue }
                rate.numerator += value * interval.span.milliseconds
                rate.denominator += 1_000 * interval.span.milliseconds
            }
        case .sampled, .instantaneous:
            for sample in self.samples(of: line, day: day, window: window) {
                guard let value = values[sample] else { continue }
                rate.numerator += value
                rate.denominator += 1_000
            }
        case .presence(let from, let to):
            let inside = Span(day.start + from, day.start + to).clamped(to: window)
            let present = line.intervals.filter { $0.span.overlaps(inside) }
            if let greatest = present.compactMap({ values[$0.timeClass] }).max() {
                (rate.numerator, rate.denominator) = (greatest, 1_000)
            }
        }
        return rate
    }

    /// In what the coverage is counted: in samples where the rate is, else in milliseconds.
    var coverageUnit: OnlineRate.Unit {
        switch self.method {
        case .timeWeighted, .presence: .millisecond
        case .sampled, .instantaneous: .sample
        }
    }

    /// How much of what could be watched was watched.
    func coverage(of line: ClassLine, day: ServiceDay, window: Span) -> OnlineRate {
        var tally = DayTally()
        switch self.method {
        case .timeWeighted: tally = line.tally()
        case .presence(let from, let to): tally = line.tally(in: Span(day.start + from, day.start + to))
        case .sampled, .instantaneous:
            for sample in self.samples(of: line, day: day, window: window) { tally[sample] += 1 }
        }
        let (watched, countable) = tally.watched
        return OnlineRate(numerator: 1_000 * watched, denominator: 1_000 * countable, unit: self.coverageUnit)
    }

    private func samples(of line: ClassLine, day: ServiceDay, window: Span) -> [TimeClass] {
        let times: [Int64] =
            switch self.method {
            case .sampled(let times): times
            case .instantaneous(let time): [time]
            case .timeWeighted, .presence: []
            }
        return times.map { day.start + $0 }.filter(window.contains).compactMap(line.timeClass(at:))
    }

    /// Whether a figure may be assessed: something counts, and enough was watched; equality passes.
    func isAssessable(_ assessed: OnlineRate, coverage: OnlineRate) -> Bool {
        assessed.denominator > 0
            && (self.minimumCoverage == 0 || coverage.reaches(thousandths: self.minimumCoverage))
    }

    /// The English name of the best grade the rate reaches; `nil` when it reaches none.
    public func grade(of rate: OnlineRate) -> Grade? {
        self.grades.filter { rate.reaches(thousandths: $0.atLeastThousandths) }
            .max { $0.atLeastThousandths < $1.atLeastThousandths }
    }
}
