internal import Packing
internal import Postgres
public import WaysideCore

extension HealthHistory {
    /// What closing an hour did.
    public struct Closing: Sendable, Hashable {
        /// Blocks that were written, new or anew.
        public var blocks = 0
        /// Values in them.
        public var samples = 0
        /// Bytes of them, packed.
        public var bytes = 0
        /// Devices whose block of the hour is damaged; their polls stay as they are.
        public var damaged: [Damage] = []
    }

    /// A block that cannot be read any more (损坏的数据块).
    public struct Damage: Error, Sendable, Hashable, CustomStringConvertible {
        /// Whose.
        public let device: DeviceID
        /// The hour that it is of, or the instant of the poll.
        public let at: Timestamp
        /// What is wrong with it.
        public let reason: String

        /// Names the row, so that it can be looked at, or deleted, by hand.
        public var description: String {
            "the samples of device \(self.device) at \(self.at) are damaged (\(self.reason)); "
                + "restore the row of health_block or health_reading from a backup, or delete it"
        }
    }

    /// So many devices are closed in one transaction.
    private static let devicesAtOnce = 250
    /// An hour is left open for so long after its end, for polls that are on their way.
    static let graceMilliseconds: Int64 = 120_000

    /// Closes every hour that is over and still has polls, the earliest first. Twice is the same as once; late polls of
    /// an hour that was closed before are merged into it.
    @discardableResult
    public func closeDue(now: Timestamp) async throws -> Closing {
        var whole = Closing()
        var hours = 0
        for piece in try await self.partitions(.readings)
        where piece.span.end + Self.graceMilliseconds <= now {
            let closing = try await self.close(hour: piece.span.start)
            whole.blocks += closing.blocks
            whole.samples += closing.samples
            whole.bytes += closing.bytes
            whole.damaged += closing.damaged
            hours += 1
        }
        if let damage = whole.damaged.first { throw damage }
        let detail = "\(hours) hours, \(whole.blocks) blocks, \(whole.samples) values"
        try await self.store.pool.run(UpsertHealthJob(name: .close, doneAt: now, detail: detail))
        return whole
    }

    /// Packs the polls of an hour, with what is packed of it already, and makes the sums.
    ///
    /// Some hundred devices are one transaction: their block, their sums and the end of their polls come together or not
    /// at all. Whoever is killed in between goes on where he was; two at once get in each other's way, and one of them
    /// throws.
    @discardableResult
    public func close(hour: Timestamp) async throws -> Closing {
        let span = Span(hour, hour + Self.hour)
        try await self.make(
            Set(HealthPartition.Table.allCases.map { HealthPartition($0, holding: hour) })
        )
        var whole = Closing()
        var after: Int64 = .min
        while true {
            let place = after
            let part = try await self.store.pool.transaction(isolation: .repeatableRead) { transaction in
                try self.closePart(span, after: place, in: transaction)
            }
            guard let last = part.last else { break }
            whole.blocks += part.closing.blocks
            whole.samples += part.closing.samples
            whole.bytes += part.closing.bytes
            whole.damaged += part.closing.damaged
            after = last
        }
        try await self.dropIfEmpty(HealthPartition(.readings, holding: hour))
        return whole
    }

    private struct Part: Sendable {
        var last: Int64?
        var closing = Closing()
    }

    /// What is written of one device.
    private struct Work {
        let device: DeviceID
        let packed: [UInt8]
        let block: SampleBlock
    }

    private func closePart(
        _ span: Span,
        after: Int64,
        in transaction: borrowing Transaction
    ) throws -> Part {
        let devices = try transaction.rows(
            SelectReadDevices(span: span, after: after, limit: Self.devicesAtOnce)
        )
        guard let first = devices.first, let last = devices.last else { return Part() }
        var part = Part(last: last.number)
        var around: [DeviceID: [Timestamp: PackedSamples]] = [:]
        let neighbours = Span(span.start - Self.hour, span.end + Self.hour)
        for row in try transaction.rows(SelectBlocks(devices: devices, span: neighbours)) {
            around[row.device, default: [:]][row.at] = row
        }
        var tables: [DeviceID: SampleTable] = [:]
        var damaged: Set<DeviceID> = []
        func add(_ row: PackedSamples) {
            do throws(PackingError) {
                tables[row.device, default: SampleTable()].add(try SampleBlock(packed: row.packed))
            } catch {
                part.closing.damaged.append(
                    Damage(device: row.device, at: row.at, reason: "\(error)")
                )
                damaged.insert(row.device)
            }
        }
        for device in devices {
            if let row = around[device]?[span.start] { add(row) }
        }
        try transaction.forEachRow(SelectReadings(devices: first...last, span: span)) { add($0) }
        var works: [Work] = []
        for device in devices where !damaged.contains(device) {
            guard let block = tables[device]?.block() else { continue }
            let packed = try block.packed()
            works.append(Work(device: device, packed: packed, block: block))
            part.closing.blocks += 1
            part.closing.samples += block.sampleCount
            part.closing.bytes += packed.count
        }
        try self.write(works, span.start, around, in: transaction)
        try transaction.run(DeleteReadings(devices: works.map(\.device), span: span))
        return part
    }

    private func write(
        _ works: [Work],
        _ hour: Timestamp,
        _ around: [DeviceID: [Timestamp: PackedSamples]],
        in transaction: borrowing Transaction
    ) throws {
        let metrics = try self.metrics(works.flatMap { $0.block.series }, in: transaction)
        try transaction.run(DeleteBlocks(devices: works.map(\.device), hour: hour))
        try transaction.copy(CopyBlocks.self) { writer in
            for work in works {
                try writer.beginRow()
                try writer.append(work.device.number)
                try writer.append(timestamp: hour.milliseconds)
                try writer.append(bytes: work.packed)
            }
        }
        var (own, next): ([Rollup], [Rollup]) = ([], [])
        for work in works {
            let before = Self.block(around[work.device]?[hour - Self.hour])
            own.append(Rollup(work.device, hour, work.block, after: before, metrics))
            // The first step of the next hour begins at a value of this one.
            if let after = Self.block(around[work.device]?[hour + Self.hour]) {
                next.append(Rollup(work.device, hour + Self.hour, after, after: work.block, metrics))
            }
        }
        try Self.write(own, hour, in: transaction)
        if !next.isEmpty { try Self.write(next, hour + Self.hour, in: transaction) }
    }

    /// A neighbour's block; one that is damaged only costs a counter's first step.
    private static func block(_ row: PackedSamples?) -> SampleBlock? {
        row.flatMap { try? SampleBlock(packed: $0.packed) }
    }

    /// The sums of a device and hour.
    private struct Rollup {
        let device: DeviceID
        let hour: Timestamp
        var fiveMinutes = RollupArrays()
        var hours = RollupArrays()

        init(
            _ device: DeviceID,
            _ hour: Timestamp,
            _ block: SampleBlock,
            after before: SampleBlock?,
            _ metrics: [Int32: Metric]
        ) {
            (self.device, self.hour) = (device, hour)
            for series in block.series {
                let number = Int32(bitPattern: series)
                guard let metric = metrics[number] else { continue }
                let buckets = HealthBucket.buckets(
                    of: block.points(of: series),
                    after: metric.kind == .counter ? before?.lastPoint(of: series) : nil,
                    kind: metric.kind,
                    every: HealthHistory.fiveMinutes
                )
                self.fiveMinutes.append(buckets, of: number, hour: hour, every: HealthHistory.fiveMinutes)
                self.hours.append(
                    HealthBucket.joined(buckets, every: HealthHistory.hour),
                    of: number,
                    hour: hour,
                    every: HealthHistory.hour
                )
            }
        }
    }

    private static func write(
        _ rollups: [Rollup],
        _ hour: Timestamp,
        in transaction: borrowing Transaction
    ) throws {
        let devices = rollups.map(\.device)
        try transaction.run(DeleteHealthSums<FiveMinuteSums>(devices: devices, hour: hour))
        try transaction.copy(CopyHealthSums<FiveMinuteSums>.self) { writer in
            for rollup in rollups { try rollup.fiveMinutes.write(rollup.device, hour, to: &writer) }
        }
        try transaction.run(DeleteHealthSums<HourSums>(devices: devices, hour: hour))
        try transaction.copy(CopyHealthSums<HourSums>.self) { writer in
            for rollup in rollups { try rollup.hours.write(rollup.device, hour, to: &writer) }
        }
    }
}
