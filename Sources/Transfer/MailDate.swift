/// The instant in a mail's `Date` header, given by the caller: nothing here asks the clock.
public struct MailDate: Sendable, Hashable {
    /// Milliseconds since 1970-01-01T00:00:00Z; the header cuts them to seconds.
    public let unixMilliseconds: Int64
    /// East of Greenwich; -1439 to 1439. China is 480.
    public let offsetMinutes: Int

    /// From the year 1970 to 9998; outside is a mistake of the program.
    public init(unixMilliseconds: Int64, offsetMinutes: Int) {
        precondition((0..<253_370_764_800_000).contains(unixMilliseconds), "a mail is dated 1970 to 9998")
        precondition((-1439...1439).contains(offsetMinutes), "an offset is less than a day")
        self.unixMilliseconds = unixMilliseconds
        self.offsetMinutes = offsetMinutes
    }

    /// As RFC 5322 §3.3 writes it: `Sun, 01 Mar 2026 08:00:00 +0800`.
    var headerText: String {
        let seconds = self.unixMilliseconds.dividedDown(by: 1000) + Int64(self.offsetMinutes) * 60
        let day = seconds.dividedDown(by: 86_400)
        let second = Int(seconds - day * 86_400)
        let (year, month, dayOfMonth) = Self.civil(day)
        // 1970-01-01 was a Thursday.
        let weekday = Self.weekdays[Int((day % 7 + 11) % 7)]
        let time = [second / 3600, second / 60 % 60, second % 60].map(Self.twoDigits).joined(separator: ":")
        let offset = abs(self.offsetMinutes)
        let zone =
            (self.offsetMinutes < 0 ? "-" : "+") + Self.twoDigits(offset / 60) + Self.twoDigits(offset % 60)
        return "\(weekday), \(Self.twoDigits(dayOfMonth)) \(Self.months[month - 1]) \(year) \(time) \(zone)"
    }

    private static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    private static func twoDigits(_ number: Int) -> String { (number < 10 ? "0" : "") + String(number) }

    /// The Gregorian date of a day counted from 1970-01-01. Years are counted from 1 March, so that the leap
    /// day comes last and months have a regular length (153 days in five).
    private static func civil(_ day: Int64) -> (year: Int, month: Int, day: Int) {
        let shifted = day + 719_468
        let era = shifted.dividedDown(by: 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let dayOfMonth = dayOfYear - (153 * marchMonth + 2) / 5 + 1
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        let year = era * 400 + yearOfEra + (month <= 2 ? 1 : 0)
        return (Int(year), Int(month), Int(dayOfMonth))
    }
}

extension Int64 {
    /// Division that rounds towards minus infinity.
    fileprivate func dividedDown(by divisor: Int64) -> Int64 {
        let (quotient, remainder) = self.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
