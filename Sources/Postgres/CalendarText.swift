/// Instants and days as PostgreSQL writes them in the ISO style (manual, 8.5.2), read and written exactly.
enum CalendarText {
    private static let millisecondsPerDay: Int64 = 86_400_000

    /// `2026-03-01 00:00:10.123+00`, in UTC.
    static func instant(_ milliseconds: Int64) -> String {
        let (days, time) = self.floorDivide(milliseconds, by: self.millisecondsPerDay)
        let (year, month, day) = self.civil(daysSince1970: days)
        let clock =
            "\(two(time / 3_600_000)):\(two(time / 60_000 % 60)):\(two(time / 1_000 % 60)).\(three(time % 1_000))+00"
        return self.withEra(year, month, day, "\(clock)")
    }

    /// `2026-03-01`.
    static func day(_ daysSince1970: Int) -> String {
        let (year, month, day) = self.civil(daysSince1970: Int64(daysSince1970))
        return self.withEra(year, month, day, nil)
    }

    /// Reads `2026-03-01 00:00:10.123456+00`, any offset, `BC` behind it; cuts below the millisecond (towards the
    /// past). `nil` for `infinity` and whatever else is not an instant.
    static func milliseconds(_ bytes: UnsafeBufferPointer<UInt8>) -> Int64? {
        var reader = DigitReader(bytes)
        guard let date = self.date(&reader), reader.skip(" "), let hour = reader.number(), reader.skip(":"),
            let minute = reader.number(), reader.skip(":"), let second = reader.number()
        else { return nil }
        let (microseconds, offset) = (reader.microseconds(), reader.offsetSeconds())
        guard let offset, let microseconds else { return nil }
        guard let days = self.days(date, isBeforeChrist: reader.skipEra()), reader.isAtEnd else { return nil }
        let seconds = days * 86_400 + hour * 3_600 + minute * 60 + second - offset
        return seconds * 1_000 + microseconds / 1_000
    }

    /// Reads `2026-03-01`, with `BC` behind it or not.
    static func daysSince1970(_ bytes: UnsafeBufferPointer<UInt8>) -> Int? {
        var reader = DigitReader(bytes)
        guard let date = self.date(&reader), let days = self.days(date, isBeforeChrist: reader.skipEra()),
            reader.isAtEnd
        else { return nil }
        return Int(days)
    }

    private static func date(_ reader: inout DigitReader) -> (year: Int64, month: Int64, day: Int64)? {
        guard let year = reader.number(), reader.skip("-"), let month = reader.number(), reader.skip("-"),
            let day = reader.number()
        else { return nil }
        return (year, month, day)
    }

    private static func days(_ date: (year: Int64, month: Int64, day: Int64), isBeforeChrist: Bool) -> Int64?
    {
        guard (1...12).contains(date.month), (1...31).contains(date.day) else { return nil }
        // The year before AD 1 is 1 BC, which astronomers call 0.
        return self.days(year: isBeforeChrist ? 1 - date.year : date.year, month: date.month, day: date.day)
    }

    /// Days since 1970-01-01 in the proleptic Gregorian calendar, counted in eras of 400 years that begin in March.
    private static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        let marchYear = month <= 2 ? year - 1 : year
        let (era, yearOfEra) = self.floorDivide(marchYear, by: 400)
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    private static func civil(daysSince1970: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let (era, dayOfEra) = self.floorDivide(daysSince1970 + 719_468, by: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * marchMonth + 2) / 5 + 1)
    }

    private static func floorDivide(_ number: Int64, by divisor: Int64) -> (Int64, Int64) {
        let (quotient, remainder) = number.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }

    private static func withEra(_ year: Int64, _ month: Int64, _ day: Int64, _ clock: String?) -> String {
        let shown = String(year > 0 ? year : 1 - year)
        let padded = String(repeating: "0", count: max(0, 4 - shown.count)) + shown
        let clock = clock.map { " \($0)" } ?? ""
        return "\(padded)-\(self.two(month))-\(self.two(day))\(clock)\(year > 0 ? "" : " BC")"
    }

    private static func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }

    private static func three(_ number: Int64) -> String {
        number < 10 ? "00\(number)" : number < 100 ? "0\(number)" : "\(number)"
    }
}

/// Reads digits and signs from the left.
private struct DigitReader {
    private let bytes: UnsafeBufferPointer<UInt8>
    private var index = 0

    init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    var isAtEnd: Bool { self.index == self.bytes.count }

    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard self.index < self.bytes.count, UInt32(self.bytes[self.index]) == character.value else {
            return false
        }
        self.index += 1
        return true
    }

    mutating func skipEra() -> Bool { self.skip(" ") && self.skip("B") && self.skip("C") }

    /// One to nine digits.
    mutating func number() -> Int64? {
        var value: Int64 = 0
        let start = self.index
        while self.index < self.bytes.count, self.index - start < 9 {
            let digit = self.bytes[self.index] &- UInt8(ascii: "0")
            guard digit < 10 else { break }
            value = value * 10 + Int64(digit)
            self.index += 1
        }
        return self.index > start ? value : nil
    }

    /// `.123456`, or nothing, which is 0.
    mutating func microseconds() -> Int64? {
        guard self.skip(".") else { return 0 }
        let start = self.index
        guard var value = self.number(), self.index - start <= 6 else { return nil }
        for _ in (self.index - start)..<6 { value *= 10 }
        return value
    }

    /// `+08`, `-03:30`, `+08:05:43`, in seconds east of Greenwich.
    mutating func offsetSeconds() -> Int64? {
        let isEast = self.skip("+")
        guard isEast || self.skip("-"), let hours = self.number() else { return nil }
        var seconds = hours * 3_600
        if self.skip(":") {
            guard let minutes = self.number() else { return nil }
            seconds += minutes * 60
            if self.skip(":") {
                guard let rest = self.number() else { return nil }
                seconds += rest
            }
        }
        return isEast ? seconds : -seconds
    }
}
