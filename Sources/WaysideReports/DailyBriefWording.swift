public import WaysideCore

/// Words that follow the sign of a change (升降用语): never "up" for what went down.
public enum DailyBriefWording {
    /// A change of a rate in hundredths of a percentage point, from one printed figure to the other; `nil` unless both
    /// are assessable.
    public static func change(_ today: RateSheet.Figures?, since before: RateSheet.Figures?) -> Int64? {
        guard let today, let before, today.isAssessable, before.isAssessable,
            let now = today.assessed.basisPoints,
            let then = before.assessed.basisPoints
        else { return nil }
        return now - then
    }

    /// `+0.12`, `-1.05`, `0.00`: percentage points.
    public static func signed(points: Int64) -> String {
        (points > 0 ? "+" : points < 0 ? "-" : "") + self.unsigned(points: points)
    }

    /// `上升0.12个百分点`, `下降1.05个百分点`, `持平`.
    public static func zh(points: Int64) -> String {
        points == 0 ? "持平" : (points > 0 ? "上升" : "下降") + self.unsigned(points: points) + "个百分点"
    }

    /// `up 0.12 points`, `down 1.05 points`, `unchanged`.
    public static func en(points: Int64) -> String {
        points == 0 ? "unchanged" : (points > 0 ? "up " : "down ") + self.unsigned(points: points) + " points"
    }

    /// `增加3起`, `减少1起`, `持平`.
    public static func zh(count: Int) -> String {
        count == 0 ? "持平" : (count > 0 ? "增加" : "减少") + "\(abs(count))起"
    }

    /// `3 more`, `1 fewer`, `as many`.
    public static func en(count: Int) -> String {
        count == 0 ? "as many" : "\(abs(count)) " + (count > 0 ? "more" : "fewer")
    }

    /// `97.83 %`, or what a figure that is not assessable is called.
    public static func zh(_ figures: RateSheet.Figures?) -> String {
        guard let figures, figures.isAssessable else {
            return "不可考核" + (figures.map { "(覆盖率\($0.coverage.text))" } ?? "")
        }
        return figures.assessed.text
    }

    /// `97.83 %`, or what a figure that is not assessable is called.
    public static func en(_ figures: RateSheet.Figures?) -> String {
        guard let figures, figures.isAssessable else {
            return "not assessable" + (figures.map { " (coverage \($0.coverage.text))" } ?? "")
        }
        return figures.assessed.text
    }

    /// `2026年3月1日`.
    public static func zh(_ day: ServiceDay) -> String {
        let parts = day.description.split(separator: "-").map { $0.drop { $0 == "0" } }
        return "\(parts[0])年\(parts[1])月\(parts[2])日"
    }

    /// `1 up`, `2 down`: a plural where English wants one.
    static func en(_ count: Int, _ one: String, _ many: String) -> String {
        "\(count) \(count == 1 ? one : many)"
    }

    private static func unsigned(points: Int64) -> String {
        let (whole, rest) = abs(points).quotientAndRemainder(dividingBy: 100)
        return "\(whole).\(rest < 10 ? "0" : "")\(rest)"
    }
}
