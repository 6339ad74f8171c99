internal import Packing
public import Postgres
internal import Synchronization
public import WaysideCore

/// What every poll read, over time (健康历史): written as polls, packed when their hour is over, read as series.
///
/// One instance a process: it remembers which metrics have numbers already.
public final class HealthHistory: Sendable {
    static let fiveMinutes: Int64 = 300_000
    static let hour: Int64 = 3_600_000

    let store: Store
    private let known = Mutex(Known())
    /// For how long what is kept.
    public let retention: HealthRetention

    /// The history in that database.
    public init(_ store: Store, retention: HealthRetention = HealthRetention()) {
        (self.store, self.retention) = (store, retention)
    }

    /// What the database has been told, so that it need not be asked with every poll.
    struct Known: Sendable {
        var numbers: [Metric: Int32] = [:]
        var metrics: [Int32: Metric] = [:]
        /// The numbers that a device has, rising.
        var devices: [DeviceID: [Int32]] = [:]

        mutating func take(_ rows: [NumberedMetric]) {
            for row in rows {
                self.numbers[row.metric] = row.id
                self.metrics[row.id] = row.metric
            }
        }
    }

    /// The start of the hour that holds an instant; UTC and local hours are the same.
    static func hour(of instant: Timestamp) -> Timestamp {
        let rest = instant.milliseconds % Self.hour
        return instant - (rest < 0 ? rest + Self.hour : rest)
    }

    /// What became of polls that were to be kept.
    public struct Appended: Sendable, Hashable {
        /// Polls that were written.
        public var polls = 0
        /// Values in them.
        public var samples = 0
        /// Values and whole polls that cannot be kept, with the reasons.
        public var refused = 0
        /// Why the last of them was refused; `nil` when none was.
        public var reason: String?
    }

    /// Polls dated later than this after `now` are refused: a clock is wrong, and they would be the latest for ever.
    private static let aheadLimit = HealthHistory.hour

    /// Writes polls, all or, when it throws, none. The same poll written twice counts once.
    ///
    /// What is older than is kept, or dated well after `now`, is refused.
    public func append(_ polls: [HealthPoll], now: Timestamp) async throws -> Appended {
        var (appended, kept): (Appended, [HealthPoll]) = (Appended(), [])
        kept.reserveCapacity(polls.count)
        let oldest = self.retention.oldest(.blocks, now: now)
        for poll in polls {
            guard poll.at >= oldest, poll.at <= now + Self.aheadLimit else {
                appended.refused += 1
                appended.reason = "a poll of device \(poll.device) is dated \(poll.at), which is not kept"
                continue
            }
            let bad = poll.readings.filter { !$0.metric.isKeepable }
            if let first = bad.first {
                appended.refused += bad.count
                appended.reason = "\(first.metric) is no metric's name"
            }
            kept.append(
                bad.isEmpty
                    ? poll
                    : HealthPoll(
                        device: poll.device,
                        at: poll.at,
                        readings: poll.readings.filter { $0.metric.isKeepable }
                    )
            )
        }
        kept.removeAll { $0.readings.isEmpty }
        guard !kept.isEmpty else { return appended }
        let numbers = try await self.numbers(of: kept)
        let news = self.news(in: kept, numbers)
        let batch = kept
        let write: @Sendable (borrowing Transaction) throws -> Int = { transaction in
            if !news.isEmpty {
                try transaction.run(
                    UpsertDeviceMetrics(pairs: news.flatMap { device, new in new.map { (device, $0) } })
                )
            }
            var samples = 0
            try transaction.copy(CopyReadings.self) { writer in
                for poll in batch {
                    let block = SampleBlock(poll, numbers: numbers)
                    samples += block.columns.count
                    try writer.beginRow()
                    try writer.append(poll.device.number)
                    try writer.append(timestamp: poll.at.milliseconds)
                    try writer.append(bytes: try block.packed())
                }
            }
            return samples
        }
        do {
            appended.samples = try await self.store.pool.transaction(write)
        } catch let error as PostgresError where error.sqlState == "23514" {
            // Late, or nobody made the piece: it is made now.
            try await self.make(Set(kept.map { HealthPartition(.readings, holding: $0.at) }))
            appended.samples = try await self.store.pool.transaction(write)
        }
        self.known.withLock { known in
            for (device, new) in news {
                known.devices[device] = Array(Set(known.devices[device] ?? []).union(new)).sorted()
            }
        }
        appended.polls = kept.count
        return appended
    }

    /// The numbers of all metrics of these polls; new ones are given.
    private func numbers(of polls: [HealthPoll]) async throws -> [Metric: Int32] {
        let numbers = self.known.withLock { $0.numbers }
        var missing: Set<Metric> = []
        for poll in polls {
            for reading in poll.readings where numbers[reading.metric] == nil {
                missing.insert(reading.metric)
            }
        }
        guard !missing.isEmpty else { return numbers }
        let new = missing.sorted { ($0.name, $0.instance, $0.unit) < ($1.name, $1.instance, $1.unit) }
        let rows = try await self.store.pool.withConnection { connection in
            var rows = try connection.rows(SelectMetrics())
            let known = Set(rows.map(\.metric))
            let unknown = new.filter { !known.contains($0) }
            if !unknown.isEmpty {
                try connection.run(InsertMetrics(metrics: unknown))
                rows = try connection.rows(SelectMetrics())
            }
            return rows
        }
        return self.known.withLock { known in
            known.take(rows)
            return known.numbers
        }
    }

    /// The metrics that devices did not have before.
    private func news(in polls: [HealthPoll], _ numbers: [Metric: Int32]) -> [DeviceID: Set<Int32>] {
        let devices = self.known.withLock { $0.devices }
        var news: [DeviceID: Set<Int32>] = [:]
        for poll in polls {
            let had = devices[poll.device] ?? []
            for reading in poll.readings {
                guard let number = numbers[reading.metric], !Self.contains(had, number) else { continue }
                news[poll.device, default: []].insert(number)
            }
        }
        return news
    }

    /// Whether a number is among rising ones.
    private static func contains(_ sorted: [Int32], _ number: Int32) -> Bool {
        var (low, high) = (0, sorted.count)
        while low < high {
            let middle = (low + high) / 2
            if sorted[middle] < number { low = middle + 1 } else { high = middle }
        }
        return low < sorted.count && sorted[low] == number
    }

    /// The metrics by number; asks the database when one of these is not known yet.
    func metrics(
        _ wanted: some Sequence<UInt32>,
        in transaction: borrowing Transaction
    ) throws(PostgresError) -> [Int32: Metric] {
        let metrics = self.known.withLock { $0.metrics }
        guard wanted.contains(where: { metrics[Int32(bitPattern: $0)] == nil }) else { return metrics }
        let rows = try transaction.rows(SelectMetrics())
        return self.known.withLock { known in
            known.take(rows)
            return known.metrics
        }
    }

    /// When each job of the history last did all that was to be done.
    public func jobs() async throws -> [HealthJob] { try await self.store.pool.rows(SelectHealthJobs()) }

    /// The same by a connection of one's own.
    public static func jobs(_ connection: borrowing PostgresConnection) throws(PostgresError) -> [HealthJob] {
        try connection.rows(SelectHealthJobs())
    }
}

extension Metric {
    /// Whether it can be kept: a name of the alphabet, an instance and a unit of some length.
    var isKeepable: Bool {
        (1...64).contains(self.name.utf8.count)
            && self.name.utf8.allSatisfy { byte in
                (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || byte == 0x5F || byte == 0x2E
            }
            && self.instance.utf8.count <= 255 && !self.instance.utf8.contains(0)
            && self.unit.utf8.count <= 64 && !self.unit.utf8.contains(0)
    }
}

/// For how many local days health is kept (保留期).
public struct HealthRetention: Sendable, Hashable {
    /// Single values; 1 or more.
    public var blockDays: Int32 = 90
    /// Sums of five minutes; 1 or more.
    public var fiveMinuteDays: Int32 = 90
    /// Sums of hours; 1 or more.
    public var hourDays: Int32 = 400

    /// Three months of values, thirteen of hours.
    public init() {}

    /// Where what is kept begins.
    func oldest(_ table: HealthPartition.Table, now: Timestamp) -> Timestamp {
        let days =
            switch table {
            case .readings, .blocks: self.blockDays
            case .fiveMinutes: self.fiveMinuteDays
            case .hours: self.hourDays
            }
        return ServiceDay(number: ServiceDay(containing: now).number - days).start
    }
}
