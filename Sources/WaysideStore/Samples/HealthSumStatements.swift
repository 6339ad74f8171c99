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

/// A table of sums.
protocol HealthSumTable {
    static var name: String { get }
    /// A bucket's length in milliseconds.
    static var length: Int64 { get }
}

/// Sums of five minutes.
enum FiveMinuteSums: HealthSumTable {
    static let name = "health_rollup_5m"
    static let length = HealthHistory.fiveMinutes
}

/// Sums of hours.
enum HourSums: HealthSumTable {
    static let name = "health_rollup_1h"
    static let length = HealthHistory.hour
}

/// Writes sums.
struct CopyHealthSums<Table: HealthSumTable>: CopyStatement {
    static var sql: String {
        """
        COPY \(Table.name) (device_id, hour, metric_ids, places, counts, leasts, greatests, means, lasts, increases,
        counted_ms) FROM STDIN (FORMAT binary)
        """
    }
    static var columnCount: Int { 11 }
}

/// Forgets sums that are about to be written anew.
struct DeleteHealthSums<Table: HealthSumTable>: Statement {
    typealias Row = Never

    static var sql: String {
        "DELETE FROM \(Table.name) WHERE device_id = ANY ($1::bigint[]) AND hour = $2"
    }

    let devices: [DeviceID]
    let hour: Timestamp

    var parameters: [String?] { [SQLText.array(self.devices), self.hour.sql] }
}

/// Sums of one series, in order.
struct SelectHealthSums<Table: HealthSumTable>: Statement {
    static var sql: String {
        """
        SELECT rollup.hour + bucket.place * $5::bigint * interval '1 ms', bucket.count, bucket.least, bucket.greatest,
               bucket.mean, bucket.last, nullif(bucket.increase, 'NaN'), bucket.counted_ms
          FROM \(Table.name) AS rollup
         CROSS JOIN LATERAL unnest(
                   rollup.metric_ids, rollup.places, rollup.counts, rollup.leasts, rollup.greatests, rollup.means,
                   rollup.lasts, rollup.increases, rollup.counted_ms
               ) AS bucket (metric_id, place, count, least, greatest, mean, last, increase, counted_ms)
         WHERE rollup.device_id = $1 AND rollup.hour >= $2 AND rollup.hour < $3 AND bucket.metric_id = $4
         ORDER BY rollup.hour, bucket.place
        """
    }

    let device: DeviceID
    let hours: Span
    let metric: Int32

    var parameters: [String?] {
        [
            String(self.device.number), self.hours.start.sql, self.hours.end.sql, String(self.metric),
            String(Table.length),
        ]
    }

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
