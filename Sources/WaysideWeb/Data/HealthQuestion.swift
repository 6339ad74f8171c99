public import WaysideCore

/// What a page or a program asks of a series of health (指标查询).
public struct HealthQuestion: Hashable, Sendable {
    /// The device's key.
    public let device: String
    /// The metric's name.
    public let name: String
    /// The part that is measured; empty when the device has one of it.
    public let instance: String
    /// Where it begins; `nil` for a day before the end.
    public let from: Timestamp?
    /// Where it ends, itself outside; `nil` for now.
    public let to: Timestamp?
    /// The length of a sum in milliseconds, five minutes or an hour; `nil` for single values.
    public let everyMilliseconds: Int64?
}

/// A series of health over time.
public struct HealthAnswer: Hashable, Sendable {
    /// What there is of it.
    public enum Content: Hashable, Sendable {
        /// Single values, rising; whether the earliest were left out because there were too many.
        case points([HealthPoint], isCut: Bool)
        /// Sums, rising.
        case buckets([HealthBucket])
    }

    /// Which series.
    public let metric: Metric
    /// Where it begins.
    public let from: Timestamp
    /// Where it ends, itself outside.
    public let to: Timestamp
    /// What there is of it.
    public let content: Content

    /// An answer.
    public init(metric: Metric, from: Timestamp, to: Timestamp, content: Content) {
        (self.metric, self.from, self.to, self.content) = (metric, from, to, content)
    }
}
