internal import Postgres
internal import WaysideCore

/// Buckets of all series of a device and hour, as the arrays of one row.
struct RollupArrays: Sendable {
    var metrics: [Int32] = []
    var places: [Int16] = []
    var counts: [Int32] = []
    var leasts: [Float] = []
    var greatests: [Float] = []
    var means: [Float] = []
    var lasts: [Float] = []
    var increases: [Float] = []
    var counted: [Int32] = []

    /// Adds the buckets of one series.
    mutating func append(_ buckets: [HealthBucket], of metric: Int32, hour: Timestamp, every length: Int64) {
        for bucket in buckets {
            self.metrics.append(metric)
            self.places.append(Int16(clamping: (bucket.start - hour) / length))
            self.counts.append(Int32(clamping: bucket.count))
            self.leasts.append(Float(bucket.least))
            self.greatests.append(Float(bucket.greatest))
            self.means.append(Float(bucket.mean))
            self.lasts.append(Float(bucket.last.number))
            self.increases.append(bucket.increase.map { Float($0) } ?? .nan)
            self.counted.append(Int32(clamping: bucket.countedMilliseconds))
        }
    }

    func write(_ device: DeviceID, _ hour: Timestamp, to writer: inout CopyWriter) throws(PostgresError) {
        try writer.beginRow()
        try writer.append(device.number)
        try writer.append(timestamp: hour.milliseconds)
        try writer.append(self.metrics)
        try writer.append(self.places)
        try writer.append(self.counts)
        try writer.append(self.leasts)
        try writer.append(self.greatests)
        try writer.append(self.means)
        try writer.append(self.lasts)
        try writer.append(self.increases)
        try writer.append(self.counted)
    }
}

/// Sums of five minutes.
struct CopyFiveMinuteRollups: CopyStatement {
    static let sql = """
        COPY health_rollup_5m (device_id, hour, metric_ids, places, counts, leasts, greatests, means, lasts, increases,
        counted_ms) FROM STDIN (FORMAT binary)
        """
    static let columnCount = 11
}

/// Sums of hours.
struct CopyHourRollups: CopyStatement {
    static let sql = """
        COPY health_rollup_1h (device_id, hour, metric_ids, places, counts, leasts, greatests, means, lasts, increases,
        counted_ms) FROM STDIN (FORMAT binary)
        """
    static let columnCount = 11
}

/// Forgets sums of five minutes that are about to be written anew.
struct DeleteFiveMinuteRollups: Statement {
    typealias Row = Never

    static let sql = "DELETE FROM health_rollup_5m WHERE device_id = ANY ($1::bigint[]) AND hour = $2"

    let devices: [DeviceID]
    let hour: Timestamp

    var parameters: [String?] { [SQLText.array(self.devices), self.hour.sql] }
}

/// Forgets sums of hours that are about to be written anew.
struct DeleteHourRollups: Statement {
    typealias Row = Never

    static let sql = "DELETE FROM health_rollup_1h WHERE device_id = ANY ($1::bigint[]) AND hour = $2"

    let devices: [DeviceID]
    let hour: Timestamp

    var parameters: [String?] { [SQLText.array(self.devices), self.hour.sql] }
}

/// What the two tables of sums have in common.
private enum RollupColumns {
    static let list = """
        rollup.hour + bucket.place * $5::bigint * interval '1 ms', bucket.count, bucket.least, bucket.greatest,
        bucket.mean, bucket.last, nullif(bucket.increase, 'NaN'), bucket.counted_ms
        """
    static let arrays = """
        unnest(rollup.metric_ids, rollup.places, rollup.counts, rollup.leasts, rollup.greatests, rollup.means,
               rollup.lasts, rollup.increases, rollup.counted_ms)
            AS bucket (metric_id, place, count, least, greatest, mean, last, increase, counted_ms)
        """

    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> HealthBucket {
        HealthBucket(
            start: try row.instant(0),
            count: try row.int(1),
            least: try row.double(2),
            greatest: try row.double(3),
            mean: try row.double(4),
            last: .level(try row.double(5)),
            increase: try row.optionalDouble(6).map { $0 < 1.8e19 ? UInt64($0) : .max },
            countedMilliseconds: try row.int64(7)
        )
    }
}

/// Sums of five minutes of one series, in order.
struct SelectFiveMinuteRollups: Statement {
    static let sql = """
        SELECT \(RollupColumns.list) FROM health_rollup_5m AS rollup CROSS JOIN LATERAL \(RollupColumns.arrays)
         WHERE rollup.device_id = $1 AND rollup.hour >= $2 AND rollup.hour < $3 AND bucket.metric_id = $4
         ORDER BY rollup.hour, bucket.place
        """

    let device: DeviceID
    let hours: Span
    let metric: Int32

    var parameters: [String?] {
        [
            String(self.device.number), self.hours.start.sql, self.hours.end.sql, String(self.metric),
            "\(HealthHistory.fiveMinutes)",
        ]
    }

    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> HealthBucket {
        try RollupColumns.decode(row)
    }
}

/// Sums of hours of one series, in order.
struct SelectHourRollups: Statement {
    static let sql = """
        SELECT \(RollupColumns.list) FROM health_rollup_1h AS rollup CROSS JOIN LATERAL \(RollupColumns.arrays)
         WHERE rollup.device_id = $1 AND rollup.hour >= $2 AND rollup.hour < $3 AND bucket.metric_id = $4
         ORDER BY rollup.hour, bucket.place
        """

    let device: DeviceID
    let hours: Span
    let metric: Int32

    var parameters: [String?] {
        [
            String(self.device.number), self.hours.start.sql, self.hours.end.sql, String(self.metric),
            "\(HealthHistory.hour)",
        ]
    }

    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> HealthBucket {
        try RollupColumns.decode(row)
    }
}
