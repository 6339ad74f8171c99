internal import Postgres
internal import WaysideCore

/// A metric with its number.
struct NumberedMetric: Sendable {
    let id: Int32
    let metric: Metric

    init(_ row: borrowing RowReader) throws(PostgresError) {
        self.id = Int32(clamping: try row.int64(0))
        self.metric = Metric(
            name: try row.text(1),
            instance: try row.text(2),
            unit: try row.text(3),
            kind: try row.word(4)
        )
    }
}

/// Every metric.
struct SelectMetrics: Statement {
    static let sql = "SELECT id, name, instance, unit, kind FROM health_metric"

    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> NumberedMetric {
        try NumberedMetric(row)
    }
}

/// Gives metrics numbers, if they have none.
struct InsertMetrics: Statement {
    typealias Row = Never

    static let sql = """
        INSERT INTO health_metric (name, instance, unit, kind)
        SELECT name, instance, unit, kind
          FROM unnest($1::text[], $2::text[], $3::text[], $4::metric_kind[]) AS new (name, instance, unit, kind)
        ON CONFLICT (name, instance, unit, kind) DO NOTHING
        """

    let metrics: [Metric]

    var parameters: [String?] {
        [
            SQLText.array(self.metrics.map(\.name)), SQLText.array(self.metrics.map(\.instance)),
            SQLText.array(self.metrics.map(\.unit)), SQLText.array(self.metrics.map(\.kind.rawValue)),
        ]
    }
}

/// Adds metrics to those that devices have.
struct UpsertDeviceMetrics: Statement {
    typealias Row = Never

    static let sql = """
        INSERT INTO health_device (device_id, metrics)
        SELECT device_id, array_agg(DISTINCT metric ORDER BY metric)
          FROM unnest($1::bigint[], $2::integer[]) AS new (device_id, metric)
         GROUP BY device_id ORDER BY device_id
        ON CONFLICT (device_id) DO UPDATE SET metrics = (
            SELECT array_agg(DISTINCT metric ORDER BY metric)
              FROM unnest(health_device.metrics || EXCLUDED.metrics) AS whole (metric)
        )
        """

    let pairs: [(device: DeviceID, metric: Int32)]

    var parameters: [String?] {
        [SQLText.array(self.pairs.map(\.device)), SQLText.array(self.pairs.map { Int64($0.metric) })]
    }
}

/// The metrics of a device.
struct SelectDeviceMetrics: Statement {
    static let sql = """
        SELECT metric.id, metric.name, metric.instance, metric.unit, metric.kind
          FROM health_device
         CROSS JOIN LATERAL unnest(health_device.metrics) AS had (id)
          JOIN health_metric AS metric ON metric.id = had.id
         WHERE health_device.device_id = $1
         ORDER BY metric.name, metric.instance, metric.id
        """

    let device: DeviceID

    var parameters: [String?] { [String(self.device.number)] }

    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> NumberedMetric {
        try NumberedMetric(row)
    }
}

/// Polls of hours that are not closed.
struct CopyReadings: CopyStatement {
    static let sql = "COPY health_reading (device_id, at, packed) FROM STDIN (FORMAT binary)"
    static let columnCount = 3
}

/// Blocks of closed hours.
struct CopyBlocks: CopyStatement {
    static let sql = "COPY health_block (device_id, hour, packed) FROM STDIN (FORMAT binary)"
    static let columnCount = 3
}

/// Packed samples of a device, out of a table.
struct PackedSamples: Sendable {
    let device: DeviceID
    /// A poll's instant, or a block's hour.
    let at: Timestamp
    let packed: [UInt8]

    init(_ row: borrowing RowReader) throws(PostgresError) {
        (self.device, self.at, self.packed) = (try row.device(0), try row.instant(1), try row.bytes(2))
    }
}

/// The next devices that have polls in an hour.
struct SelectReadDevices: Statement {
    static let sql = """
        SELECT DISTINCT device_id FROM health_reading
         WHERE at >= $1 AND at < $2 AND device_id > $3 ORDER BY device_id LIMIT $4
        """

    let span: Span
    let after: Int64
    let limit: Int

    var parameters: [String?] {
        [self.span.start.sql, self.span.end.sql, String(self.after), String(self.limit)]
    }

    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> DeviceID { try row.device(0) }
}

/// Polls of devices in a stretch of time, in order.
struct SelectReadings: Statement {
    static let sql = """
        SELECT device_id, at, packed FROM health_reading
         WHERE device_id BETWEEN $1 AND $2 AND at >= $3 AND at < $4 ORDER BY device_id, at
        """

    let devices: ClosedRange<DeviceID>
    let span: Span

    var parameters: [String?] {
        [
            String(self.devices.lowerBound.number), String(self.devices.upperBound.number),
            self.span.start.sql,
            self.span.end.sql,
        ]
    }

    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> PackedSamples {
        try PackedSamples(row)
    }
}

/// Forgets polls that are in blocks now.
struct DeleteReadings: Statement {
    typealias Row = Never

    static let sql = """
        DELETE FROM health_reading WHERE device_id = ANY ($1::bigint[]) AND at >= $2 AND at < $3
        """

    let devices: [DeviceID]
    let span: Span

    var parameters: [String?] { [SQLText.array(self.devices), self.span.start.sql, self.span.end.sql] }
}

/// Whether there are polls in a stretch of time.
struct SelectReadingExists: Statement {
    static let sql = "SELECT EXISTS (SELECT 1 FROM health_reading WHERE at >= $1 AND at < $2)"

    let span: Span

    var parameters: [String?] { [self.span.start.sql, self.span.end.sql] }

    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> Bool { try row.bool(0) }
}

/// The last polls of a device, the latest first.
struct SelectLastReadings: Statement {
    static let sql = """
        SELECT device_id, at, packed FROM health_reading WHERE device_id = $1 AND at >= $2 AND at < $3
         ORDER BY at DESC LIMIT $4
        """

    let device: DeviceID
    let span: Span
    let limit: Int

    var parameters: [String?] {
        [String(self.device.number), self.span.start.sql, self.span.end.sql, String(self.limit)]
    }

    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> PackedSamples {
        try PackedSamples(row)
    }
}

/// Blocks of devices of some hours, in order.
struct SelectBlocks: Statement {
    static let sql = """
        SELECT device_id, hour, packed FROM health_block
         WHERE device_id = ANY ($1::bigint[]) AND hour >= $2 AND hour < $3 ORDER BY device_id, hour
        """

    let devices: [DeviceID]
    let span: Span

    var parameters: [String?] { [SQLText.array(self.devices), self.span.start.sql, self.span.end.sql] }

    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> PackedSamples {
        try PackedSamples(row)
    }
}

/// The last blocks of a device, the latest first.
struct SelectLastBlocks: Statement {
    static let sql = """
        SELECT device_id, hour, packed FROM health_block WHERE device_id = $1 ORDER BY hour DESC LIMIT $2
        """

    let device: DeviceID
    let limit: Int

    var parameters: [String?] { [String(self.device.number), String(self.limit)] }

    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> PackedSamples {
        try PackedSamples(row)
    }
}

/// Forgets the blocks of an hour that are about to be written anew.
struct DeleteBlocks: Statement {
    typealias Row = Never

    static let sql = "DELETE FROM health_block WHERE device_id = ANY ($1::bigint[]) AND hour = $2"

    let devices: [DeviceID]
    let hour: Timestamp

    var parameters: [String?] { [SQLText.array(self.devices), self.hour.sql] }
}
