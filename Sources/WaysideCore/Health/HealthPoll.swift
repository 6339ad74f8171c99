/// What one poll read of a device's health: values of some of its series, at one instant.
///
/// A series that the device does not have, or did not answer, is absent: never 0.
public struct HealthPoll: Sendable, Hashable {
    /// A value as the agent gave it, scaled to its series' unit.
    public enum Value: Sendable, Hashable {
        /// A level.
        case level(Double)
        /// A count, all 64 bits of it.
        case count(UInt64)
    }

    /// One series' value.
    public struct Reading: Sendable, Hashable {
        /// Which series.
        public let metric: Metric
        /// Its value.
        public let value: Value

        /// A reading.
        public init(_ metric: Metric, _ value: Value) {
            (self.metric, self.value) = (metric, value)
        }
    }

    /// Whose health.
    public let device: DeviceID
    /// When it was read, cut to the millisecond.
    public let at: Timestamp
    /// What was read.
    public let readings: [Reading]

    /// A poll.
    public init(device: DeviceID, at: Timestamp, readings: [Reading]) {
        (self.device, self.at, self.readings) = (device, at, readings)
    }
}
