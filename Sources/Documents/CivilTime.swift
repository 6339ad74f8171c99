/// A date and a time of day as a clock on a wall shows them: no zone, no leap seconds.
public struct CivilTime: Hashable, Sendable {
    /// 1900...9999, which is what a spreadsheet can hold.
    public let year: Int
    /// 1...12.
    public let month: Int
    /// 1...31.
    public let day: Int
    /// 0...23.
    public let hour: Int
    /// 0...59.
    public let minute: Int
    /// 0...59.
    public let second: Int

    /// What a clock shows that many seconds after 1970-01-01 00:00:00 UTC, set ahead of UTC by `offsetSeconds`.
    ///
    /// The year must come out within 1900...9999.
    public init(secondsSince1970: Int64, offsetSeconds: Int64 = 0) {
        let seconds = secondsSince1970 + offsetSeconds
        let days = (seconds >= 0 ? seconds : seconds - 86_399) / 86_400
        let rest = Int(seconds - days * 86_400)
        // Counted in eras of 400 years that begin on the first of March, so that the leap day comes last.
        let shifted = Int(days) + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        self.month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        self.day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
        self.year = yearOfEra + era * 400 + (self.month <= 2 ? 1 : 0)
        (self.hour, self.minute, self.second) = (rest / 3_600, rest / 60 % 60, rest % 60)
        precondition((1_900...9_999).contains(self.year), "a document's years are 1900...9999")
    }

    /// `2026-07-01`.
    public var dayText: String {
        "\(Self.padded(self.year, 4))-\(Self.padded(self.month, 2))-\(Self.padded(self.day, 2))"
    }

    /// `2026-07-01 08:05:00`.
    public var text: String { "\(self.dayText) \(self.timeText)" }

    var timeText: String {
        "\(Self.padded(self.hour, 2)):\(Self.padded(self.minute, 2)):\(Self.padded(self.second, 2))"
    }

    private static func padded(_ number: Int, _ count: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, count - digits.count)) + digits
    }
}
