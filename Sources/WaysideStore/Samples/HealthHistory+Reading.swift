internal import Packing
internal import Postgres
public import WaysideCore

extension HealthHistory {
    /// How finely a series is read.
    public enum Grain: String, Sendable, CaseIterable {
        /// Every value.
        case raw
        /// Five minutes at a time.
        case fiveMinutes = "5m"
        /// An hour at a time.
        case hour = "1h"

        /// A bucket's length in milliseconds; `nil` for single values.
        public var milliseconds: Int64? {
            switch self {
            case .raw: nil
            case .fiveMinutes: HealthHistory.fiveMinutes
            case .hour: HealthHistory.hour
            }
        }
    }

    /// A series' values in a stretch of time.
    public struct Reading: Sendable, Hashable {
        /// Which series.
        public let metric: Metric
        /// Single values, rising.
        public let points: [HealthPoint]
        /// Whether values at the beginning were left out because there were too many.
        public let isCut: Bool
    }

    /// Hours around the latest in which a series' last value is looked for.
    private static let lastHours: Int64 = 3
    private static let lastPolls = 400

    /// Every series that a device has or had, by name and instance, with its last value if it is recent.
    public func series(of device: DeviceID, now: Timestamp) async throws -> [HealthSeries] {
        try await self.store.pool.transaction(isolation: .repeatableRead, isReadOnly: true) { transaction in
            let metrics = try transaction.rows(SelectDeviceMetrics(device: device))
            guard !metrics.isEmpty else { return [] }
            var last: [UInt32: HealthPoint] = [:]
            func take(_ row: PackedSamples) throws(Damage) {
                let block = try Self.unpack(row, only: nil)
                for series in block.series {
                    guard let point = block.lastPoint(of: series) else { continue }
                    if let known = last[series], known.at >= point.at { continue }
                    last[series] = point
                }
            }
            let hours = Span(
                Self.hour(of: now) - Self.lastHours * Self.hour,
                Self.hour(of: now) + Self.lastHours * Self.hour
            )
            for row in try transaction.rows(
                SelectLastReadings(device: device, span: hours, limit: Self.lastPolls)
            ) { try take(row) }
            for row in try transaction.rows(SelectLastBlocks(device: device, limit: 2)) { try take(row) }
            return metrics.map { row in
                HealthSeries(metric: row.metric, last: last[UInt32(bitPattern: row.id)])
            }
        }
    }

    /// The last value of each series of a device that has a recent one.
    public func latest(_ device: DeviceID, now: Timestamp) async throws -> [Metric: HealthPoint] {
        var latest: [Metric: HealthPoint] = [:]
        for series in try await self.series(of: device, now: now) { latest[series.metric] = series.last }
        return latest
    }

    /// The values of a series with `from` ≤ instant < `to`, closed hours and open ones together, in order.
    ///
    /// Of more than `limit` values the latest are given, and it is said. `nil` when the device never had that series; of
    /// series that differ in unit or kind alone the one that came last is meant. Throws ``Damage`` when a block cannot be
    /// read.
    public func read(
        _ device: DeviceID,
        _ name: String,
        instance: String = "",
        from: Timestamp,
        to: Timestamp,
        atMost limit: Int = 1_000_000
    ) async throws -> Reading? {
        try await self.store.pool.transaction(isolation: .repeatableRead, isReadOnly: true) { transaction in
            guard let row = try Self.metric(device, name, instance, in: transaction) else { return nil }
            var points = try Self.points(row, device, Span(from, max(from, to)), in: transaction)
            let isCut = points.count > limit
            if isCut { points.removeFirst(points.count - limit) }
            return Reading(metric: row.metric, points: points, isCut: isCut)
        }
    }

    /// The values of every series of a device with `from` ≤ instant < `to`, each in order; series without any are left
    /// out. At most a week at once is meant: all of it is in memory.
    ///
    /// - Throws: ``Damage`` when a block cannot be read.
    public func readAll(_ device: DeviceID, from: Timestamp, to: Timestamp) async throws -> [Reading] {
        try await self.store.pool.transaction(isolation: .repeatableRead, isReadOnly: true) { transaction in
            let metrics = try transaction.rows(SelectDeviceMetrics(device: device))
            let span = Span(from, max(from, to))
            var parts: [SampleBlock] = []
            let hours = Span(Self.hour(of: from), span.end)
            for row in try transaction.rows(SelectBlocks(devices: [device], span: hours)) {
                parts.append(try Self.unpack(row, only: nil))
            }
            for row in try transaction.rows(SelectReadings(devices: device...device, span: span)) {
                parts.append(try Self.unpack(row, only: nil))
            }
            var points: [UInt32: [HealthPoint]] = [:]
            for part in parts {
                for series in part.series { points[series, default: []] += part.points(of: series) }
            }
            return metrics.compactMap { row in
                let own = Self.ordered(points[UInt32(bitPattern: row.id)] ?? [])
                    .filter { $0.at >= from && $0.at < to }
                return own.isEmpty ? nil : Reading(metric: row.metric, points: own, isCut: false)
            }
        }
    }

    /// In order, of the same instant the last one; mostly they are so already.
    private static func ordered(_ points: [HealthPoint]) -> [HealthPoint] {
        guard !zip(points, points.dropFirst()).allSatisfy({ $0.at < $1.at }) else { return points }
        let byTime = Dictionary(points.map { ($0.at, $0) }) { _, later in later }
        return byTime.values.sorted { $0.at < $1.at }
    }

    /// The same in stretches of five minutes or an hour. Where single values have aged out, the kept sums are given.
    public func buckets(
        _ device: DeviceID,
        _ name: String,
        instance: String = "",
        from: Timestamp,
        to: Timestamp,
        every length: Int64
    ) async throws -> (metric: Metric, buckets: [HealthBucket])? {
        precondition(length == Self.fiveMinutes || length == Self.hour, "sums are of 5 minutes or an hour")
        return try await self.store.pool.transaction(isolation: .repeatableRead, isReadOnly: true) {
            transaction in
            guard let row = try Self.metric(device, name, instance, in: transaction) else { return nil }
            // From the hour before, so that a counter's first step is known.
            let begin = Timestamp(milliseconds: from.milliseconds / length * length)
            let span = Span(begin - Self.hour, max(from, to))
            let points = try Self.points(row, device, span, in: transaction)
            let fresh = HealthBucket.buckets(of: points, after: nil, kind: row.metric.kind, every: length)
            let hours = Span(Self.hour(of: begin), max(from, to))
            let kept =
                length == Self.hour
                ? try transaction.rows(
                    SelectHealthSums<HourSums>(device: device, hours: hours, metric: row.id)
                )
                : try transaction.rows(
                    SelectHealthSums<FiveMinuteSums>(device: device, hours: hours, metric: row.id)
                )
            var byStart = Dictionary(kept.map { ($0.start, $0) }) { _, later in later }
            for bucket in fresh { byStart[bucket.start] = bucket }
            let whole = byStart.values.filter { $0.start >= begin && $0.start < to }
            return (row.metric, whole.sorted { $0.start < $1.start })
        }
    }

    private static func metric(
        _ device: DeviceID,
        _ name: String,
        _ instance: String,
        in transaction: borrowing Transaction
    ) throws(PostgresError) -> NumberedMetric? {
        try transaction.rows(SelectDeviceMetrics(device: device)).last {
            $0.metric.name == name && $0.metric.instance == instance
        }
    }

    private static func points(
        _ row: NumberedMetric,
        _ device: DeviceID,
        _ span: Span,
        in transaction: borrowing Transaction
    ) throws -> [HealthPoint] {
        let series = UInt32(bitPattern: row.id)
        var points: [HealthPoint] = []
        let hours = Span(Self.hour(of: span.start), span.end)
        for row in try transaction.rows(SelectBlocks(devices: [device], span: hours)) {
            points += try Self.unpack(row, only: [series]).points(of: series)
        }
        for row in try transaction.rows(SelectReadings(devices: device...device, span: span)) {
            points += try Self.unpack(row, only: [series]).points(of: series)
        }
        // Polls of an open hour come after every block, unless they are late, or were written twice.
        return Self.ordered(points).filter { $0.at >= span.start && $0.at < span.end }
    }

    private static func unpack(_ row: PackedSamples, only wanted: Set<UInt32>?) throws(Damage) -> SampleBlock
    {
        do throws(PackingError) {
            return try SampleBlock(packed: row.packed, only: wanted)
        } catch {
            throw Damage(device: row.device, at: row.at, reason: "\(error)")
        }
    }
}
