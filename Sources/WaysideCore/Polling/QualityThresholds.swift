/// What a window of measuring showed (质量测量); what was not measured is `nil`.
public struct StreamMeasure: Hashable, Sendable {
    /// Of the picture's stream, in 1 000 bit/s.
    public var kilobitsPerSecond: Double?
    /// Packets by sequence numbers; 0 or more.
    public var packetsExpected: Int?
    /// Those of them that never came.
    public var packetsLost: Int?
    /// How often the stream's own clock leapt.
    public var timestampJumps: Int?

    /// A measure.
    public init(
        kilobitsPerSecond: Double? = nil,
        packetsExpected: Int? = nil,
        packetsLost: Int? = nil,
        timestampJumps: Int? = nil
    ) {
        (self.kilobitsPerSecond, self.timestampJumps) = (kilobitsPerSecond, timestampJumps)
        (self.packetsExpected, self.packetsLost) = (packetsExpected, packetsLost)
    }
}

/// From where on a stream that arrives is not in order (质量门限).
///
/// GB/T 28181 asks for a loss of at most 1e-3. Two seconds hold a few hundred packets, of which one lost is more than
/// that already: so the default is ten times as much, and a handful lost by chance is never enough.
public struct QualityThresholds: Hashable, Sendable {
    /// More than this share of the packets lost, in thousandths; `0...1_000`, default 10.
    public var lossThousandths: Int64 = 10
    /// Fewer lost packets than this say nothing, whatever their share; at least 1, default 3.
    public var leastLost = 3
    /// Less than this, in 1 000 bit/s; 0 or more, 0 asks for nothing; default 32, the least that the ministry's map
    /// takes.
    public var leastKilobitsPerSecond: Int64 = 32
    /// At least so many leaps of the stream's clock in one window; at least 1, default 1.
    public var mostTimestampJumps = 1

    /// The defaults.
    public init() {}

    /// What is wrong with it, the gravest first; `nil` when nothing is.
    public func cause(of measure: StreamMeasure) -> Cause? {
        if let expected = measure.packetsExpected, let lost = measure.packetsLost, lost >= self.leastLost,
            Int64(lost) * 1_000 > Int64(expected) * self.lossThousandths
        {
            return .lossHigh
        }
        if let rate = measure.kilobitsPerSecond, rate < Double(self.leastKilobitsPerSecond) {
            return .bitrateLow
        }
        if let jumps = measure.timestampJumps, jumps >= self.mostTimestampJumps { return .timestampsJump }
        return nil
    }
}
