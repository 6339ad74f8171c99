/// One cell of a document's table.
public enum DocumentCell: Hashable, Sendable {
    /// Words; never taken for a formula, whatever they begin with.
    case text(String)
    /// A whole number.
    case integer(Int64)
    /// A share in percent, cut (not rounded) to hundredths; a denominator of 0 prints as "—". Neither is negative.
    case percentage(numerator: Int64, denominator: Int64)
    /// A date and a time of day.
    case dateTime(CivilTime)
    /// A date.
    case date(CivilTime)
    /// Yes or no.
    case flag(Bool)
    /// Nothing.
    case empty

    /// Words, or nothing.
    public init(_ text: String?) { self = text.map(DocumentCell.text) ?? .empty }

    /// A number, or nothing.
    public init(_ number: Int64?) { self = number.map(DocumentCell.integer) ?? .empty }

    /// As printed.
    public var text: String {
        switch self {
        case .text(let text): text
        case .integer(let number): String(number)
        case .percentage(let numerator, let denominator):
            Self.basisPoints(numerator, of: denominator).map(Self.percent) ?? "—"
        case .dateTime(let time): time.text
        case .date(let time): time.dayText
        case .flag(let flag): flag ? "√" : "×"
        case .empty: ""
        }
    }

    /// Whether a table may break it over lines when it is too wide: a number loses its sense, words do not.
    var isBreakable: Bool {
        if case .text = self { true } else { false }
    }

    /// Hundredths of a percent, cut; nothing of nothing.
    static func basisPoints(_ numerator: Int64, of denominator: Int64) -> Int64? {
        precondition(numerator >= 0 && denominator >= 0, "a share's parts are not negative")
        guard denominator > 0 else { return nil }
        return Int64(clamping: Int128(numerator) * 10_000 / Int128(denominator))
    }

    private static func percent(_ basisPoints: Int64) -> String {
        let hundredths = basisPoints % 100
        return "\(basisPoints / 100).\(hundredths < 10 ? "0" : "")\(hundredths)%"
    }
}
