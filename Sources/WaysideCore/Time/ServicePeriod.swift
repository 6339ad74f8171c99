/// A stretch of whole days that is reported on as one (统计周期): a day, a week, a month, a quarter or a year.
public struct ServicePeriod: Hashable, Sendable {
    /// How long it is.
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        /// One day.
        case day
        /// A week of ISO 8601: Monday to Sunday.
        case week
        /// A calendar month.
        case month
        /// Three calendar months, from January, April, July or October on.
        case quarter
        /// A calendar year.
        case year
    }

    /// How long it is.
    public let kind: Kind
    /// Its first day.
    public let first: ServiceDay
    /// Its last day.
    public let last: ServiceDay

    /// The period of that kind that holds the day.
    public init(_ kind: Kind, containing day: ServiceDay) {
        let date = CivilDate(daysSinceEpoch: Int(day.number))
        self.kind = kind
        switch kind {
        case .day: (self.first, self.last) = (day, day)
        case .week:
            let monday = day.number - Int32(Self.daysAfterMonday(day))
            (self.first, self.last) = (ServiceDay(number: monday), ServiceDay(number: monday + 6))
        case .month: (self.first, self.last) = Self.months(date.month...date.month, of: date.year)
        case .quarter:
            let month = (date.month - 1) / 3 * 3 + 1
            (self.first, self.last) = Self.months(month...month + 2, of: date.year)
        case .year: (self.first, self.last) = Self.months(1...12, of: date.year)
        }
    }

    /// How many days it has.
    public var dayCount: Int { Int(self.last.number - self.first.number) + 1 }

    /// Its days, rising.
    public var days: [ServiceDay] { (self.first.number...self.last.number).map(ServiceDay.init(number:)) }

    /// From 00:00 of its first day to 24:00 of its last.
    public var span: Span { Span(self.first.start, self.last.end) }

    /// The period of the same kind before it.
    public var previous: ServicePeriod { ServicePeriod(self.kind, containing: self.first.previous) }

    /// Whether the day is one of its days.
    public func contains(_ day: ServiceDay) -> Bool { self.first <= day && day <= self.last }

    /// 0 for a Monday to 6 for a Sunday; 1970-01-01 was a Thursday.
    private static func daysAfterMonday(_ day: ServiceDay) -> Int64 {
        (Int64(day.number) + 3).flooredDivision(by: 7).remainder
    }

    private static func months(_ months: ClosedRange<Int64>, of year: Int64) -> (ServiceDay, ServiceDay) {
        let first = CivilDate(year: year, month: months.lowerBound, day: 1)
        let last = CivilDate(
            year: year,
            month: months.upperBound,
            day: CivilDate.length(ofMonth: months.upperBound, year: year)
        )
        return (
            ServiceDay(number: Int32(first.daysSinceEpoch)), ServiceDay(number: Int32(last.daysSinceEpoch))
        )
    }
}

extension ServicePeriod: CustomStringConvertible {
    /// `2026-03-01`, `2026-W09`, `2026-03`, `2026-Q1` or `2026`.
    public var description: String {
        let date = CivilDate(daysSinceEpoch: Int(self.first.number))
        switch self.kind {
        case .day: return date.text
        case .week:
            // The year of an ISO week is that of its Thursday.
            let thursday = ServiceDay(number: self.first.number + 3)
            let year = ServicePeriod(.year, containing: thursday)
            return "\(year)-W" + padded((thursday.number - year.first.number) / 7 + 1, 2)
        case .month: return padded(date.year, 4) + "-" + padded(date.month, 2)
        case .quarter: return padded(date.year, 4) + "-Q\((date.month - 1) / 3 + 1)"
        case .year: return padded(date.year, 4)
        }
    }
}
