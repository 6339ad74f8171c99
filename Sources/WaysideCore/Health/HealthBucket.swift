/// What a series did in one stretch of time (时段统计): five minutes, or an hour.
public struct HealthBucket: Sendable, Hashable {
    /// Where it begins; a whole multiple of its length since 1970.
    public let start: Timestamp
    /// Values in it; 1 or more.
    public var count: Int
    /// The least value. Of a counter: of its readings, as of the following two.
    public var least: Double
    /// The greatest value.
    public var greatest: Double
    /// The mean of the values, each counted once.
    public var mean: Double
    /// The last value.
    public var last: HealthPoll.Value
    /// Of a counter: what was counted from reading to reading, each step in the bucket of its later reading; `nil` when no
    /// step is known. Never negative.
    public var increase: UInt64?
    /// Of a counter: the milliseconds over which `increase` was counted.
    public var countedMilliseconds: Int64

    /// A bucket.
    public init(
        start: Timestamp,
        count: Int,
        least: Double,
        greatest: Double,
        mean: Double,
        last: HealthPoll.Value,
        increase: UInt64?,
        countedMilliseconds: Int64
    ) {
        (self.start, self.count, self.least, self.greatest) = (start, count, least, greatest)
        (self.mean, self.last) = (mean, last)
        (self.increase, self.countedMilliseconds) = (increase, countedMilliseconds)
    }

    /// Of a counter: the mean rate a second; `nil` when no step is known.
    public var perSecond: Double? {
        guard let increase, self.countedMilliseconds > 0 else { return nil }
        return Double(increase) * 1_000 / Double(self.countedMilliseconds)
    }

    /// Two readings further apart than this are not joined into one step: 65 minutes, so that a series read once an
    /// hour still has steps.
    public static let longestStepMilliseconds: Int64 = 3_900_000

    /// The buckets of a series that hold at least one value, rising.
    ///
    /// `points` rise in time; `before` is the last value before them, so that a counter's first step is known. `length` is
    /// a bucket's, in milliseconds; 1 or more.
    public static func buckets(
        of points: some Sequence<HealthPoint>,
        after before: HealthPoint?,
        kind: Metric.Kind,
        every length: Int64
    ) -> [HealthBucket] {
        precondition(length >= 1, "a bucket has a length")
        var buckets: [HealthBucket] = []
        var (last, sum) = (before, 0.0)
        for point in points {
            let start = Timestamp(
                milliseconds: point.at.milliseconds.flooredDivision(by: length).quotient * length
            )
            let number = point.value.number
            if buckets.last?.start == start {
                buckets[buckets.count - 1].take(point, number)
                sum += number
            } else {
                sum = number
                buckets.append(
                    HealthBucket(
                        start: start,
                        count: 1,
                        least: number,
                        greatest: number,
                        mean: number,
                        last: point.value,
                        increase: nil,
                        countedMilliseconds: 0
                    )
                )
            }
            buckets[buckets.count - 1].mean = sum / Double(buckets[buckets.count - 1].count)
            if kind == .counter, let last { buckets[buckets.count - 1].count(from: last, to: point) }
            last = point
        }
        return buckets
    }

    private mutating func take(_ point: HealthPoint, _ number: Double) {
        self.count += 1
        self.least = min(self.least, number)
        self.greatest = max(self.greatest, number)
        self.last = point.value
    }

    private mutating func count(from earlier: HealthPoint, to later: HealthPoint) {
        let time = later.at - earlier.at
        guard case .count(let from) = earlier.value, case .count(let to) = later.value, time > 0,
            time <= Self.longestStepMilliseconds, case .increase(let step) = CounterStep(from: from, to: to)
        else { return }
        let (sum, overflows) = (self.increase ?? 0).addingReportingOverflow(step)
        self.increase = overflows ? .max : sum
        self.countedMilliseconds += time
    }

    /// Buckets of a length put together into longer ones, as if made from the values themselves.
    public static func joined(_ buckets: some Sequence<HealthBucket>, every length: Int64) -> [HealthBucket] {
        var joined: [HealthBucket] = []
        for bucket in buckets {
            let start = Timestamp(
                milliseconds: bucket.start.milliseconds.flooredDivision(by: length).quotient * length
            )
            guard let open = joined.last, open.start == start else {
                joined.append(
                    HealthBucket(
                        start: start,
                        count: bucket.count,
                        least: bucket.least,
                        greatest: bucket.greatest,
                        mean: bucket.mean,
                        last: bucket.last,
                        increase: bucket.increase,
                        countedMilliseconds: bucket.countedMilliseconds
                    )
                )
                continue
            }
            let count = open.count + bucket.count
            let increase: UInt64? =
                switch (open.increase, bucket.increase) {
                case (nil, let other), (let other, nil): other
                case (let one?, let other?): one.addingReportingOverflow(other).overflow ? .max : one + other
                }
            joined[joined.count - 1] = HealthBucket(
                start: start,
                count: count,
                least: min(open.least, bucket.least),
                greatest: max(open.greatest, bucket.greatest),
                mean: (open.mean * Double(open.count) + bucket.mean * Double(bucket.count)) / Double(count),
                last: bucket.last,
                increase: increase,
                countedMilliseconds: open.countedMilliseconds + bucket.countedMilliseconds
            )
        }
        return joined
    }
}
