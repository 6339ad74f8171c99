/// An instant of wall-clock time (时刻), counted in whole milliseconds since 1970-01-01T00:00:00Z.
///
/// The millisecond is the grain of everything that is assessed: whatever is finer is cut, never rounded, on entry.
public struct Timestamp: Hashable, Comparable, Sendable {
    /// Milliseconds since the Unix epoch; negative before it.
    public let milliseconds: Int64

    /// An instant that many milliseconds after the Unix epoch.
    public init(milliseconds: Int64) { self.milliseconds = milliseconds }

    /// Before everything that can be observed; "always so far".
    public static let distantPast = Timestamp(milliseconds: .min / 4)
    /// After everything that can be observed; "for ever".
    public static let distantFuture = Timestamp(milliseconds: .max / 4)

    /// The earlier instant is the smaller one.
    public static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.milliseconds < right.milliseconds
    }

    /// The instant that many milliseconds later; earlier when negative.
    public static func + (left: Timestamp, milliseconds: Int64) -> Timestamp {
        Timestamp(milliseconds: left.milliseconds + milliseconds)
    }

    /// The instant that many milliseconds earlier.
    public static func - (left: Timestamp, milliseconds: Int64) -> Timestamp {
        Timestamp(milliseconds: left.milliseconds - milliseconds)
    }

    /// Milliseconds from the right instant to the left one.
    public static func - (left: Timestamp, right: Timestamp) -> Int64 {
        left.milliseconds - right.milliseconds
    }
}

// MARK: - RFC 3339

extension Timestamp {
    /// Reads an RFC 3339 date-time with an offset, such as `2026-03-01T00:00:10.000+08:00`; digits past the
    /// millisecond are cut. `nil` for anything else, and for a leap second, which has no place in Unix time.
    public init?(_ text: some StringProtocol) {
        self.init(ascii: Array(text.utf8)[...])
    }

    /// The same from ASCII bytes, without making a string.
    public init?(ascii bytes: ArraySlice<UInt8>) {
        var reader = DigitReader(bytes: bytes)
        guard let year = reader.number(digits: 4), reader.take("-"), let month = reader.number(digits: 2),
            reader.take("-"), let day = reader.number(digits: 2),
            reader.take("T") || reader.take("t") || reader.take(" "),
            let hour = reader.number(digits: 2), reader.take(":"), let minute = reader.number(digits: 2),
            reader.take(":"), let second = reader.number(digits: 2)
        else { return nil }
        var thousandths: Int64 = 0
        if reader.take(".") {
            guard let fraction = reader.thousandths() else { return nil }
            thousandths = fraction
        }
        guard let offsetMinutes = reader.offset(), reader.isAtEnd,
            CivilDate.isValid(year: year, month: month, day: day), hour < 24, minute < 60, second < 60
        else { return nil }
        let days = CivilDate(year: year, month: month, day: day).daysSinceEpoch
        let seconds = Int64(days) * 86_400 + hour * 3_600 + minute * 60 + second - offsetMinutes * 60
        self.init(milliseconds: seconds * 1_000 + thousandths)
    }

    /// RFC 3339 with milliseconds in the offset of the service day, UTC+8.
    public var text: String {
        let local = self.milliseconds + ServiceDay.offsetMilliseconds
        let (days, rest) = local.flooredDivision(by: ServiceDay.lengthMilliseconds)
        let date = CivilDate(daysSinceEpoch: Int(days))
        return date.text + "T" + padded(rest / 3_600_000, 2) + ":" + padded(rest / 60_000 % 60, 2) + ":"
            + padded(rest / 1_000 % 60, 2) + "." + padded(rest % 1_000, 3) + "+08:00"
    }
}

extension Timestamp: CustomStringConvertible {
    /// RFC 3339; "the beginning" and "the end" of time print as `-infinity` and `infinity`.
    public var description: String {
        if self <= .distantPast { return "-infinity" }
        if self >= .distantFuture { return "infinity" }
        return self.text
    }
}

/// Reads the fixed-width numbers of a date-time.
struct DigitReader {
    private let bytes: ArraySlice<UInt8>
    private var index: Int

    init(bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        self.index = bytes.startIndex
    }

    var isAtEnd: Bool { self.index == self.bytes.endIndex }

    mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard self.index < self.bytes.endIndex, UInt32(self.bytes[self.index]) == character.value else {
            return false
        }
        self.index += 1
        return true
    }

    mutating func number(digits: Int) -> Int64? {
        guard self.bytes.endIndex - self.index >= digits else { return nil }
        var value: Int64 = 0
        for _ in 0..<digits {
            guard let digit = self.digit() else { return nil }
            value = value * 10 + digit
        }
        return value
    }

    /// One or more digits after the point, cut to three.
    mutating func thousandths() -> Int64? {
        var (value, count): (Int64, Int) = (0, 0)
        while let digit = self.digit() {
            if count < 3 { value = value * 10 + digit }
            count += 1
        }
        guard count > 0 else { return nil }
        for _ in count..<max(count, 3) { value *= 10 }
        return value
    }

    /// `Z` or `±HH:MM`, in minutes east of UTC.
    mutating func offset() -> Int64? {
        if self.take("Z") || self.take("z") { return 0 }
        let isWest = self.take("-")
        guard isWest || self.take("+"), let hours = self.number(digits: 2), self.take(":"),
            let minutes = self.number(digits: 2), hours < 24, minutes < 60
        else { return nil }
        return (isWest ? -1 : 1) * (hours * 60 + minutes)
    }

    private mutating func digit() -> Int64? {
        guard self.index < self.bytes.endIndex else { return nil }
        let byte = self.bytes[self.index]
        guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
        self.index += 1
        return Int64(byte - UInt8(ascii: "0"))
    }
}

/// The number in decimal, with zeros in front up to the width.
func padded(_ number: some BinaryInteger, _ width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
}

extension Int64 {
    /// Quotient rounded towards minus infinity, and the remainder, which is never negative.
    func flooredDivision(by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = self.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}
