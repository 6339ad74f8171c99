/// A local calendar day (服务日) of the road network: `[00:00, 24:00)` in UTC+8, always 86 400 000 ms long.
public struct ServiceDay: Hashable, Comparable, Sendable {
    /// Every day's length; there is no daylight saving in UTC+8.
    public static let lengthMilliseconds: Int64 = 86_400_000
    /// What local time is ahead of UTC.
    public static let offsetMilliseconds: Int64 = 8 * 3_600_000

    /// Days since 1970-01-01, by the local calendar.
    public let number: Int32

    /// The day with that number.
    public init(number: Int32) { self.number = number }

    /// The day that holds the instant.
    public init(containing instant: Timestamp) {
        let local = instant.milliseconds + Self.offsetMilliseconds
        self.init(number: Int32(clamping: local.flooredDivision(by: Self.lengthMilliseconds).quotient))
    }

    /// Reads `YYYY-MM-DD`; `nil` for anything else.
    public init?(_ text: some StringProtocol) {
        var reader = DigitReader(bytes: Array(text.utf8)[...])
        guard let year = reader.number(digits: 4), reader.take("-"), let month = reader.number(digits: 2),
            reader.take("-"), let day = reader.number(digits: 2), reader.isAtEnd,
            CivilDate.isValid(year: year, month: month, day: day)
        else { return nil }
        self.init(number: Int32(clamping: CivilDate(year: year, month: month, day: day).daysSinceEpoch))
    }

    /// 00:00 of the day.
    public var start: Timestamp {
        Timestamp(milliseconds: Int64(self.number) * Self.lengthMilliseconds - Self.offsetMilliseconds)
    }

    /// 24:00 of the day, which is 00:00 of the next.
    public var end: Timestamp { self.start + Self.lengthMilliseconds }

    /// From 00:00 up to 24:00.
    public var span: Span { Span(self.start, self.end) }

    /// The day after.
    public var next: ServiceDay { ServiceDay(number: self.number + 1) }
    /// The day before.
    public var previous: ServiceDay { ServiceDay(number: self.number - 1) }

    /// The first day of the month that holds this day.
    public var firstOfMonth: ServiceDay {
        let date = CivilDate(daysSinceEpoch: Int(self.number))
        return ServiceDay(number: self.number - Int32(date.day) + 1)
    }

    /// How many days the month that holds this day has.
    public var daysInMonth: Int {
        let date = CivilDate(daysSinceEpoch: Int(self.number))
        return Int(CivilDate.length(ofMonth: date.month, year: date.year))
    }

    /// The earlier day is the smaller one.
    public static func < (left: ServiceDay, right: ServiceDay) -> Bool { left.number < right.number }
}

extension ServiceDay: CustomStringConvertible {
    /// `YYYY-MM-DD`.
    public var description: String { CivilDate(daysSinceEpoch: Int(self.number)).text }
}
