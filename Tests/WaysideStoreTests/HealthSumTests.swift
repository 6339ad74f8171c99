import Postgres
import StoreTestSupport
import TestSupport
import Testing
import WaysideCore

@testable import WaysideStore

/// A row of a view of sums, as a reader with no other right sees it.
private struct SumRow: Sendable {
    let start: Timestamp
    let count: Int
    let least, greatest, mean, last: Double
    let increase, perSecond: Double?

    init(_ row: borrowing RowReader) throws(PostgresError) {
        (self.start, self.count) = (try row.instant(0), try row.int(1))
        (self.least, self.greatest) = (try row.double(2), try row.double(3))
        (self.mean, self.last) = (try row.double(4), try row.double(5))
        (self.increase, self.perSecond) = (try row.optionalDouble(6), try row.optionalDouble(7))
    }
}

private struct AskFiveMinuteRows: Statement {
    static let sql = """
        SELECT bucket_at, count, least, greatest, mean, last, increase, per_second
          FROM health_5m WHERE device_key = $1 AND metric = $2 ORDER BY bucket_at
        """
    let device, metric: String
    var parameters: [String?] { [self.device, self.metric] }
    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> SumRow { try SumRow(row) }
}

private struct AskHourRows: Statement {
    static let sql = """
        SELECT bucket_at, count, least, greatest, mean, last, increase, per_second
          FROM health_1h WHERE device_key = $1 AND metric = $2 ORDER BY bucket_at
        """
    let device, metric: String
    var parameters: [String?] { [self.device, self.metric] }
    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> SumRow { try SumRow(row) }
}

private struct AskForMore: Statement {
    static let sql = "SELECT device_id, hour, packed FROM health_block"
    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> Int64 { try row.int64(0) }
}

/// What Grafana gets, held against a sum over the single values that is too simple to be wrong.
@Suite("Sums by plain SQL")
struct HealthSumTests {
    private static let load = Metric(name: "cpu.load", unit: "%", kind: .gauge)
    private static let octets = Metric(name: "interface.in_octets", unit: "octets", kind: .counter)
    /// 2026-03-01T10:00+08:00.
    private static let ten = Timestamp(milliseconds: 1_772_330_400_000)
    private static let hour: Int64 = 3_600_000

    /// Three hours of polls with jitter; 25 minutes in which nobody answered, and a restart of the device.
    private static func walk(_ device: DeviceID, _ seed: UInt64) -> [HealthPoll] {
        var random = SplitMix(seed: seed)
        var (octets, polls) = (UInt64(1) << 40, [HealthPoll]())
        for minute in 0..<180 {
            octets = minute == 140 ? 0 : octets + UInt64.random(in: 0..<40_000_000, using: &random)
            guard !(70..<95).contains(minute) else { continue }
            let load = Double(Int.random(in: 200...900, using: &random)) / 10
            polls.append(
                HealthPoll(
                    device: device,
                    at: Self.ten + Int64(minute) * 60_000 + Int64.random(in: 0..<3_000, using: &random),
                    readings: [.init(Self.load, .level(load)), .init(Self.octets, .count(octets))]
                )
            )
        }
        return polls
    }

    /// What a bucket must say.
    private static func expect(
        _ row: SumRow,
        _ polls: [HealthPoll],
        _ place: Int,
        every length: Int64,
        _ seed: UInt64
    ) {
        func value(_ poll: HealthPoll) -> Double { poll.readings[place].value.number }
        let own = polls.filter { $0.at >= row.start && $0.at < row.start + length }
        let values = own.map(value)
        func near(_ found: Double?, _ wanted: Double) -> Bool {
            // The sums are kept with 24 bits.
            found.map { abs($0 - wanted) <= abs(wanted) / 4_000_000 } ?? false
        }
        #expect(row.count == values.count && !values.isEmpty, "seed \(seed) \(row.start)")
        #expect(near(row.least, values.min() ?? -1) && near(row.greatest, values.max() ?? -1))
        #expect(
            near(row.mean, values.reduce(0, +) / Double(values.count)) && near(row.last, values.last ?? -1)
        )
        guard place == 1 else {
            return #expect(row.increase == nil && row.perSecond == nil)
        }
        var (increase, milliseconds) = (0.0, 0 as Int64)
        for (before, after) in zip(polls, polls.dropFirst()) where own.contains(after) {
            guard value(after) >= value(before) else { continue }
            increase += value(after) - value(before)
            milliseconds += after.at - before.at
        }
        guard milliseconds > 0 else { return #expect(row.increase == nil && row.perSecond == nil) }
        #expect(near(row.increase, increase), "seed \(seed) \(row.start)")
        #expect(near(row.perSecond, increase * 1_000 / Double(milliseconds)), "seed \(seed) \(row.start)")
    }

    @Test(
        "a reader with rights on two views alone gets the sums of a gauge and the rates of a counter; where nobody answered there is no row",
        arguments: UInt64(0)..<3
    )
    func grafana(seed: UInt64) async throws {
        let address = try TemporaryPostgres.newDatabase()
        let store = try Store.open(address, settings: PoolSettings(), now: StoreFixture.now)
        _ = try await InventoryStore(store).apply(LedgerConformance.inventory, at: StoreFixture.now)
        let history = HealthHistory(store)
        let device = try #require(try await InventoryStore(store).load().devices.first)
        let polls = Self.walk(device.id, seed)
        let now = Self.ten + 4 * Self.hour
        _ = try await history.append(polls, now: now)
        _ = try await history.closeDue(now: now)
        await store.close()
        let role = "reader_\(seed)"
        let connection = try PostgresConnection(address.withUser("postgres"))
        try connection.runScript(
            "CREATE ROLE \(role); GRANT SELECT ON health_5m, health_1h TO \(role); SET ROLE \(role)"
        )
        var (fives, hours): ([[SumRow]], [[SumRow]]) = ([], [])
        for metric in [Self.load.name, Self.octets.name] {
            fives.append(try connection.rows(AskFiveMinuteRows(device: device.key, metric: metric)))
            hours.append(try connection.rows(AskHourRows(device: device.key, metric: metric)))
        }
        var refusal: String?
        do throws(PostgresError) { _ = try connection.rows(AskForMore()) } catch { refusal = error.sqlState }
        try connection.runScript("RESET ROLE; DROP OWNED BY \(role); DROP ROLE \(role)")
        #expect(refusal == "42501")
        for place in [0, 1] {
            // 36 times five minutes, of which five are within the gap; all three hours have something.
            #expect(fives[place].count == 31 && hours[place].count == 3)
            #expect(
                !fives[place].contains {
                    $0.start >= Self.ten + 70 * 60_000 && $0.start < Self.ten + 95 * 60_000
                }
            )
            for row in fives[place] { Self.expect(row, polls, place, every: 300_000, seed) }
            for row in hours[place] { Self.expect(row, polls, place, every: Self.hour, seed) }
        }
    }
}
