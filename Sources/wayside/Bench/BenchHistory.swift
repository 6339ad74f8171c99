internal import Foundation
internal import Glibc
internal import Logging
internal import Postgres
internal import WaysideCore
internal import WaysideReports
internal import WaysideStore

/// The measurements of `wayside bench history` (健康历史基准).
struct BenchHistory {
    let devices: Int
    let hours: Int
    let content: BenchFleet.Content
    let seed: UInt64
    private let first = ServiceDay(number: 20_513).start

    init(devices: Int, hours: Int, content: BenchFleet.Content, seed: UInt64) {
        (self.devices, self.hours, self.content, self.seed) = (devices, hours, content, seed)
    }

    func run() async throws -> Table {
        try await BenchCluster(keptIn: nil).run { cluster in
            var settings = PoolSettings()
            settings.connectionCount = 2
            settings.connection.statementTimeLimit = .seconds(600)
            let store = try Store.open(cluster.address, settings: settings, now: self.first)
            let table: Table
            do {
                table = try await self.measure(store)
            } catch {
                await store.close()
                throw error
            }
            await store.close()
            return table
        }
    }

    private func measure(_ store: Store) async throws -> Table {
        let history = HealthHistory(store)
        var fleet = BenchFleet(
            devices: self.devices,
            content: self.content,
            seed: self.seed,
            from: self.first
        )
        Output.note("\(self.devices) devices, \(fleet.seriesCount) series, \(self.hours) hours")
        try await history.makePartitions(now: self.first)
        var figures = Figures()
        for hour in 0..<self.hours {
            let start = self.first + Int64(hour) * 3_600_000
            try await self.write(&fleet, start, history, store, &figures)
            let closing = try await Self.seconds(&figures.closing) {
                try await history.close(hour: start)
            }
            figures.closed += closing.samples
            figures.payload += closing.bytes
        }
        Output.note("written: \(figures.written) values in \(figures.polls) polls")
        return try await self.table(history, store, figures)
    }

    private struct Figures {
        var written = 0
        var polls = 0
        var closed = 0
        var payload = 0
        var writing = 0.0
        var closing = 0.0
        var plainWriting = 0.0
        /// The peer's numbers of metrics.
        var numbers: [Metric: Int32] = [:]
    }

    /// Polls that are written at once: what 30,000 devices say in the two seconds between turns of the service's writer.
    private static let batchSize = 1_000

    /// An hour's polls, and the same values by the peer, batch by batch in turn.
    private func write(
        _ fleet: inout BenchFleet,
        _ start: Timestamp,
        _ history: HealthHistory,
        _ store: Store,
        _ figures: inout Figures
    ) async throws {
        if figures.written == 0 {
            try await store.pool.withConnection { try $0.runScript(Self.plainTable) }
        }
        var waiting: [HealthPoll] = []
        for minute in 0..<60 {
            waiting += fleet.minute(start + Int64(minute) * 60_000)
            while waiting.count >= Self.batchSize || minute == 59 && !waiting.isEmpty {
                let batch = Array(waiting.prefix(Self.batchSize))
                waiting.removeFirst(batch.count)
                try await self.write(batch, history, store, now: start + 3_600_000, &figures)
            }
        }
    }

    private func write(
        _ batch: [HealthPoll],
        _ history: HealthHistory,
        _ store: Store,
        now: Timestamp,
        _ figures: inout Figures
    ) async throws {
        let appended = try await Self.seconds(&figures.writing) {
            try await history.append(batch, now: now)
        }
        figures.written += appended.samples
        figures.polls += appended.polls
        for poll in batch {
            for reading in poll.readings where figures.numbers[reading.metric] == nil {
                figures.numbers[reading.metric] = Int32(figures.numbers.count + 1)
            }
        }
        let known = figures.numbers
        try await Self.seconds(&figures.plainWriting) {
            try await store.pool.transaction { try Self.copyPlain(batch, known, in: $0) }
        }
    }

    private static func copyPlain(
        _ polls: [HealthPoll],
        _ numbers: [Metric: Int32],
        in transaction: borrowing Transaction
    ) throws {
        try transaction.copy(CopyPlain.self) { writer in
            for poll in polls {
                for reading in poll.readings {
                    try writer.beginRow()
                    try writer.append(poll.device.number)
                    try writer.append(numbers[reading.metric] ?? 0)
                    try writer.append(timestamp: poll.at.milliseconds)
                    try writer.append(reading.value.number)
                }
            }
        }
    }

    private func table(_ history: HealthHistory, _ store: Store, _ figures: Figures) async throws -> Table {
        let blocks = try await Self.size(store, "health_block")
        let sums = try await Self.size(store, "health_rollup_5m") + Self.size(store, "health_rollup_1h")
        let plain = try await store.pool.firstRow(SelectPlainSize()) ?? 0
        let samples = Double(max(1, figures.closed))
        var rows: [[Table.Cell]] = []
        func row(
            _ what: String,
            _ value: Double,
            _ unit: String,
            _ aim: String,
            ratio: Double? = nil,
            _ note: String = ""
        ) {
            rows.append([
                .text(what), .text(String(format: "%.3f", value)), .text(unit), .text(aim),
                Table.Cell(ratio.map { String(format: "%.3f", $0) }), .text(note),
            ])
        }
        row(
            "at rest, rows and index",
            Double(blocks) / samples,
            "B/sample",
            "2",
            ratio: Double(blocks) / Double(max(1, plain)),
            "\(figures.closed) samples"
        )
        row("of it packed values", Double(figures.payload) / samples, "B/sample", "")
        row(
            "sums of 5 minutes and hours",
            Double(sums) / samples,
            "B/sample",
            "",
            "rows and index, beside the values"
        )
        row("narrow table with btree", Double(plain) / samples, "B/sample", "")
        row("polls copied", Double(figures.written) / figures.writing, "samples/s", "", "packed, committed")
        row(
            "hours closed",
            samples / figures.closing,
            "samples/s",
            "",
            "read, packed, summed, written, dropped"
        )
        row(
            "written: copied and closed",
            Double(figures.written) / (figures.writing + figures.closing),
            "samples/s",
            "200000",
            ratio: figures.plainWriting / (figures.writing + figures.closing),
            "ratio: times as fast as the narrow table"
        )
        row("written by the narrow table", Double(figures.written) / figures.plainWriting, "samples/s", "")
        for (name, device) in [("camera", BenchFleet.camera), ("switch", BenchFleet.networkSwitch)] {
            let times = try await self.read(history, store, device)
            row(
                "a \(name)'s day, every series",
                times.whole * 1_000,
                "ms",
                "5",
                ratio: times.whole / times.plain,
                "\(times.samples) samples; ratio to the narrow table"
            )
            row("a \(name)'s day, one series", times.single * 1_000, "ms", "5")
        }
        row("greatest memory", Double(Self.memory) / 1_024, "MiB", "", "of this program")
        return Table(
            columns: [
                Table.Column("what", "测项"), Table.Column("value", "值", isNumeric: true),
                Table.Column("unit", "单位"), Table.Column("aim", "目标", isNumeric: true),
                Table.Column("ratio", "与窄表之比", isNumeric: true), Table.Column("note", "说明"),
            ],
            rows: rows
        )
    }

    /// Medians of several reads of the first day, and a check that both tables say the same.
    private func read(
        _ history: HealthHistory,
        _ store: Store,
        _ device: DeviceID
    ) async throws -> (whole: Double, single: Double, plain: Double, samples: Int) {
        let end = self.first + ServiceDay.lengthMilliseconds
        var (whole, single, plain): ([Double], [Double], [Double]) = ([], [], [])
        var (samples, plainSamples) = (0, 0)
        for _ in 0..<7 {
            var time = 0.0
            samples = try await Self.seconds(&time) {
                try await history.readAll(device, from: self.first, to: end).reduce(0) {
                    $0 + $1.points.count
                }
            }
            whole.append(time)
            time = 0
            _ = try await Self.seconds(&time) {
                try await history.read(device, "cpu.load", from: self.first, to: end)
            }
            single.append(time)
            time = 0
            plainSamples = try await Self.seconds(&time) {
                try await store.pool.rows(SelectPlain(device: device, from: self.first, to: end)).count
            }
            plain.append(time)
        }
        guard samples == plainSamples else {
            throw Ending.ours(
                "the history gives \(samples) values of device \(device), the narrow table \(plainSamples)"
            )
        }
        return (whole.sorted()[3], single.sorted()[3], plain.sorted()[3], samples)
    }

    @discardableResult
    private static func seconds<Answer>(
        _ sum: inout Double,
        _ work: () async throws -> Answer
    ) async throws -> Answer {
        let clock = ContinuousClock()
        let start = clock.now
        let answer = try await work()
        let time = clock.now - start
        sum += Double(time.components.seconds) + Double(time.components.attoseconds) / 1e18
        return answer
    }

    private static func size(_ store: Store, _ table: String) async throws -> Int64 {
        try await store.pool.firstRow(SelectPiecesSize(table: table)) ?? 0
    }

    /// The greatest resident memory of this program, in KiB.
    private static var memory: Int {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return usage.ru_maxrss
    }

    private static let plainTable = """
        CREATE TABLE plain_sample (device_id bigint, metric_id integer, at timestamptz, value double precision);
        CREATE INDEX ON plain_sample (device_id, metric_id, at);
        """
}

/// The peer's rows.
private struct CopyPlain: CopyStatement {
    static let sql = "COPY plain_sample (device_id, metric_id, at, value) FROM STDIN (FORMAT binary)"
    static let columnCount = 4
}

/// What the peer takes, with its index.
private struct SelectPlainSize: Statement {
    static let sql = "SELECT pg_total_relation_size('plain_sample')"

    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> Int64 { try row.int64(0) }
}

/// What the pieces of a table take, with their indexes and what is kept out of line.
private struct SelectPiecesSize: Statement {
    static let sql = """
        SELECT coalesce(sum(pg_total_relation_size(inhrelid)), 0)::bigint FROM pg_inherits
         WHERE inhparent = $1::regclass
        """

    let table: String

    var parameters: [String?] { [self.table] }

    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> Int64 { try row.int64(0) }
}

/// A device's day from the peer.
private struct SelectPlain: Statement {
    static let sql = """
        SELECT metric_id, at, value FROM plain_sample WHERE device_id = $1 AND at >= $2 AND at < $3
         ORDER BY metric_id, at
        """

    let device: DeviceID
    let from: Timestamp
    let to: Timestamp

    var parameters: [String?] {
        [
            String(self.device.number), SQLText.timestamp(self.from.milliseconds),
            SQLText.timestamp(self.to.milliseconds),
        ]
    }

    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> HealthPoint {
        HealthPoint(at: Timestamp(milliseconds: try row.timestamp(1)), value: .level(try row.double(2)))
    }
}
