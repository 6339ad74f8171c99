/// One value of a series with its instant (采样点).
public struct HealthPoint: Sendable, Hashable {
    /// When it was read.
    public let at: Timestamp
    /// What was read.
    public let value: HealthPoll.Value

    /// A point.
    public init(at: Timestamp, value: HealthPoll.Value) { (self.at, self.value) = (at, value) }
}

extension HealthPoll.Value {
    /// The value as a number; a count beyond 2⁵³ loses its last digits.
    public var number: Double {
        switch self {
        case .level(let level): level
        case .count(let count): Double(count)
        }
    }
}

extension HealthPoll.Value: CustomStringConvertible {
    /// The shortest text that reads back as the same value; whole levels without a decimal point.
    public var description: String {
        switch self {
        case .count(let count): return "\(count)"
        case .level(let level):
            let text = "\(level)"
            return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
        }
    }
}

/// A series of a device with the last that is known of it.
public struct HealthSeries: Sendable, Hashable {
    /// Which.
    public let metric: Metric
    /// The last value; `nil` when all that was kept has aged out.
    public let last: HealthPoint?

    /// A series.
    public init(metric: Metric, last: HealthPoint?) { (self.metric, self.last) = (metric, last) }
}
