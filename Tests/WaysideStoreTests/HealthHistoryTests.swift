import Packing
import Postgres
import StoreTestSupport
import TestSupport
import Testing
import WaysideCore

@testable import WaysideStore

/// A row's first column as a number.
private struct Number: Statement {
    static let sql = """
        SELECT (SELECT count(*) FROM health_reading), (SELECT count(*) FROM health_block)
        """
    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> [Int64] {
        [try row.int64(0), try row.int64(1)]
    }
}

/// What Grafana would ask.
private struct AskFiveMinutes: Statement {
    static let sql = """
        SELECT device_key || ' ' || metric || ' ' || bucket_at || ' ' || count || ' ' || least || ' ' || greatest || ' '
               || mean || ' ' || last || ' ' || coalesce(increase::text, '-') || ' ' || coalesce(per_second::text, '-')
          FROM health_5m WHERE metric = $1 ORDER BY bucket_at
        """
    let metric: String
    var parameters: [String?] { [self.metric] }
    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> String { try row.text(0) }
}

private struct AskHours: Statement {
    static let sql = """
        SELECT bucket_at || ' ' || count || ' ' || last || ' ' || coalesce(increase::text, '-')
          FROM health_1h WHERE metric = $1 ORDER BY bucket_at
        """
    let metric: String
    var parameters: [String?] { [self.metric] }
    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> String { try row.text(0) }
}

@Suite("Health history")
struct HealthHistoryTests {
    private static let load = Metric(name: "cpu.load", unit: "%", kind: .gauge)
    private static let octets = Metric(
        name: "interface.in_octets",
        instance: "GigabitEthernet0/0/1",
        unit: "octets",
        kind: .counter
    )
    /// 2026-03-01T10:00+08:00.
    private static let ten = Timestamp(milliseconds: 1_772_330_400_000)
    private static let hour: Int64 = 3_600_000

    private static func poll(_ device: DeviceID, _ at: Timestamp, load: Double?, octets: UInt64?)
        -> HealthPoll
    {
        var readings: [HealthPoll.Reading] = []
        if let load { readings.append(.init(Self.load, .level(load))) }
        if let octets { readings.append(.init(Self.octets, .count(octets))) }
        return HealthPoll(device: device, at: at, readings: readings)
    }

    /// A poll a minute with a jitter; every tenth poll has no load.
    private static func hourOfPolls(_ device: DeviceID, from start: Timestamp, octetsFrom: UInt64 = 1_000)
        -> [HealthPoll]
    {
        var polls: [HealthPoll] = []
        for minute in 0..<60 {
            let at = start + Int64(minute * 60_000 + minute * 37 % 90)
            let load: Double? = minute % 10 == 3 ? nil : Double(20 + minute % 7) + 0.5
            let octets = octetsFrom + UInt64(minute) * 6_000
            polls.append(Self.poll(device, at, load: load, octets: octets))
        }
        return polls
    }

    private func counts(_ store: Store) async throws -> [Int64] {
        try #require(try await store.pool.firstRow(Number()))
    }

    @Test("what was polled is read in order, before its hour is closed and after, with gaps as gaps")
    func readBack() async throws {
        let store = try await StoreFixture.storeWithInventory()
        let history = HealthHistory(store)
        let device = DeviceID(1)
        let polls = Self.hourOfPolls(device, from: Self.ten)
        let now = Self.ten + Self.hour + 600_000
        let appended = try await history.append(polls, now: now)
        #expect(appended.polls == 60)
        #expect(appended.samples == 54 + 60)
        #expect(appended.refused == 0)
        let expected = polls.compactMap { poll in
            poll.readings.first { $0.metric == Self.load }.map { HealthPoint(at: poll.at, value: $0.value) }
        }
        func check() async throws {
            let reading = try await history.read(device, "cpu.load", from: Self.ten, to: now)
            #expect(reading?.metric == Self.load)
            #expect(reading?.points == expected)
            let part = try await history.read(
                device,
                "interface.in_octets",
                instance: "GigabitEthernet0/0/1",
                from: Self.ten + 600_000,
                to: Self.ten + 900_000
            )
            #expect(part?.points.map(\.value) == (10..<15).map { .count(1_000 + $0 * 6_000) })
            let latest = try await history.latest(device, now: now)
            #expect(latest[Self.octets]?.value == .count(1_000 + 59 * 6_000))
            #expect(latest[Self.load]?.at == expected.last?.at)
        }
        #expect(try await self.counts(store) == [60, 0])
        try await check()
        let closing = try await history.closeDue(now: now)
        #expect(closing.blocks == 1)
        #expect(closing.samples == 114)
        #expect(try await self.counts(store) == [0, 1])
        try await check()
        #expect(try await history.read(device, "cpu.lood", from: Self.ten, to: now) == nil)
        #expect(try await history.series(of: device, now: now).map(\.metric) == [Self.load, Self.octets])
    }

    @Test(
        "an hour under way stays open; closing twice is closing once; late polls are merged, and doubles count once"
    )
    func late() async throws {
        let store = try await StoreFixture.storeWithInventory()
        let history = HealthHistory(store)
        let device = DeviceID(2)
        let polls = Self.hourOfPolls(device, from: Self.ten)
        let early = polls.enumerated().filter { $0.offset % 5 != 4 }.map(\.element)
        let tail = polls.enumerated().filter { $0.offset % 5 == 4 }.map(\.element)
        let now = Self.ten + Self.hour
        _ = try await history.append(early, now: now)
        _ = try await history.append(Array(early.prefix(7)), now: now)
        #expect(try await history.closeDue(now: now + 60_000).blocks == 0)
        #expect(try await history.closeDue(now: now + 600_000).blocks == 1)
        #expect(try await history.closeDue(now: now + 660_000).blocks == 0)
        _ = try await history.append(tail + Array(early.prefix(3)), now: now + 700_000)
        let between = try await history.read(device, "cpu.load", from: Self.ten, to: now)
        #expect(between?.points.count == 54)
        #expect(try await history.closeDue(now: now + 760_000).samples == 114)
        #expect(try await self.counts(store) == [0, 1])
        let after = try await history.read(device, "cpu.load", from: Self.ten, to: now)
        #expect(after?.points == between?.points)
        #expect(after?.points.map(\.at) == after?.points.map(\.at).sorted())
    }

    @Test(
        "sums are read by plain SQL; a counter's first step comes from the hour before, also when that is closed later"
    )
    func sums() async throws {
        let store = try await StoreFixture.storeWithInventory()
        let history = HealthHistory(store)
        let device = try #require(try await InventoryStore(store).load().devices.first)
        func poll(_ minutes: Int64, _ load: Double, _ octets: UInt64) -> HealthPoll {
            Self.poll(device.id, Self.ten + minutes * 60_000, load: load, octets: octets)
        }
        let now = Self.ten + 3 * Self.hour
        let polls = [
            poll(60, 10, 4_000), poll(62, 20, 10_000), poll(64, 60, 16_000), poll(66, 1, 500),
            poll(68, 3, 1_100),
        ]
        _ = try await history.append(polls, now: now)
        _ = try await history.closeDue(now: now)
        let text = try await store.pool.rows(AskFiveMinutes(metric: "interface.in_octets"))
        #expect(
            text == [
                "\(device.key) interface.in_octets 2026-03-01 03:00:00+00 3 4000 16000 10000 16000 12000 50",
                "\(device.key) interface.in_octets 2026-03-01 03:05:00+00 2 500 1100 800 1100 600 5",
            ]
        )
        #expect(
            try await store.pool.rows(AskFiveMinutes(metric: "cpu.load")) == [
                "\(device.key) cpu.load 2026-03-01 03:00:00+00 3 10 60 30 60 - -",
                "\(device.key) cpu.load 2026-03-01 03:05:00+00 2 1 3 2 3 - -",
            ]
        )
        _ = try await history.append([poll(58, 5, 1_000)], now: now)
        _ = try await history.closeDue(now: now)
        #expect(
            try await store.pool.rows(AskHours(metric: "interface.in_octets")) == [
                "2026-03-01 02:00:00+00 1 1000 -", "2026-03-01 03:00:00+00 5 1100 15600",
            ]
        )
        let buckets = try #require(
            try await history.buckets(
                device.id,
                "interface.in_octets",
                instance: "GigabitEthernet0/0/1",
                from: Self.ten + Self.hour,
                to: now,
                every: HealthHistory.fiveMinutes
            )
        ).buckets
        #expect(buckets.map(\.increase) == [15_000, 600])
        #expect(buckets.map(\.perSecond) == [15_000 / 360, 5])
        // Where the values have aged out the sums remain.
        try await store.pool.withConnection { try $0.runScript("TRUNCATE health_block") }
        let kept = try await history.buckets(
            device.id,
            "cpu.load",
            from: Self.ten,
            to: now,
            every: HealthHistory.hour
        )
        #expect(kept?.buckets.map(\.count) == [1, 5])
        let mean = try #require(kept?.buckets.last?.mean)
        #expect(abs(mean - 18.8) < 0.001)
    }

    /// Fails the n-th statement of a closing, wherever it is, by a rule in the database.
    private static let tables = ["health_block", "health_rollup_5m", "health_rollup_1h", "health_reading"]

    @Test(
        "a closing that is stopped at any of its tables loses nothing, doubles nothing, and is done by the next one",
        arguments: tables
    )
    func killed(table: String) async throws {
        let store = try await StoreFixture.storeWithInventory()
        let history = HealthHistory(store)
        let devices = [DeviceID(1), DeviceID(2), DeviceID(3)]
        let polls = devices.flatMap { Self.hourOfPolls($0, from: Self.ten) }
        let now = Self.ten + 2 * Self.hour
        _ = try await history.append(polls, now: now)
        try await history.make(
            Set(HealthPartition.Table.allCases.map { HealthPartition($0, holding: Self.ten) })
        )
        let verb = table == "health_reading" ? "DELETE" : "INSERT"
        try await store.pool.withConnection { connection in
            try connection.runScript(
                """
                CREATE FUNCTION stop_it() RETURNS trigger LANGUAGE plpgsql AS
                $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$;
                CREATE TRIGGER stop_it BEFORE \(verb) ON \(table) FOR EACH ROW EXECUTE FUNCTION stop_it();
                """
            )
        }
        await #expect(throws: PostgresError.self) { try await history.closeDue(now: now) }
        #expect(try await self.counts(store) == [180, 0])
        for device in devices {
            #expect(try await history.read(device, "cpu.load", from: Self.ten, to: now)?.points.count == 54)
        }
        try await store.pool.withConnection { try $0.runScript("DROP TRIGGER stop_it ON \(table)") }
        #expect(try await history.closeDue(now: now).samples == 3 * 114)
        #expect(try await self.counts(store) == [0, 3])
        for device in devices {
            #expect(try await history.read(device, "cpu.load", from: Self.ten, to: now)?.points.count == 54)
        }
    }

    @Test("two who close the same hour at once write it once")
    func together() async throws {
        let address = try TemporaryPostgres.newDatabase()
        var settings = PoolSettings()
        settings.connectionCount = 2
        let store = try Store.open(address, settings: settings, now: StoreFixture.now)
        let (one, other) = (HealthHistory(store), HealthHistory(store))
        let now = Self.ten + 2 * Self.hour
        for device in 1...40 {
            _ = try await one.append(Self.hourOfPolls(DeviceID(Int64(device)), from: Self.ten), now: now)
        }
        let failures = await withTaskGroup(of: Bool.self) { group in
            for history in [one, other] {
                group.addTask {
                    do {
                        _ = try await history.closeDue(now: now)
                        return false
                    } catch {
                        return true
                    }
                }
            }
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(failures < 2)
        _ = try await one.closeDue(now: now)
        #expect(try await self.counts(store) == [0, 40])
        #expect(try await other.read(DeviceID(40), "cpu.load", from: Self.ten, to: now)?.points.count == 54)
        await store.close()
    }

    @Test(
        "pieces are made two days ahead, once, and dropped when they are older than is kept, which is noted"
    )
    func partitions() async throws {
        let store = try await StoreFixture.storeWithInventory()
        var retention = HealthRetention()
        (retention.blockDays, retention.fiveMinuteDays, retention.hourDays) = (3, 5, 40)
        let history = HealthHistory(store, retention: retention)
        let made = try await history.makePartitions(now: Self.ten)
        #expect(made.contains("health_reading_2026030301"))
        #expect(made.contains("health_block_20260303"))
        #expect(made.contains("health_rollup_1h_20260301"))
        #expect(try await history.makePartitions(now: Self.ten).isEmpty)
        _ = try await history.append(Self.hourOfPolls(DeviceID(1), from: Self.ten), now: Self.ten + Self.hour)
        _ = try await history.closeDue(now: Self.ten + 2 * Self.hour)
        let day = ServiceDay.lengthMilliseconds
        #expect(
            try await history.retain(now: Self.ten + 2 * day).allSatisfy { !$0.hasPrefix("health_block") }
        )
        #expect(try await self.counts(store) == [0, 1])
        let dropped = try await history.retain(now: Self.ten + 4 * day)
        #expect(dropped.contains("health_block_20260301"))
        #expect(!dropped.contains { $0.hasPrefix("health_rollup") })
        #expect(try await self.counts(store) == [0, 0])
        let kept = try await history.buckets(
            DeviceID(1),
            "cpu.load",
            from: Self.ten,
            to: Self.ten + Self.hour,
            every: HealthHistory.hour
        )
        #expect(kept?.buckets.count == 1)
        let jobs = try await history.jobs()
        #expect(jobs.map(\.name) == [.close, .partitions, .retention])
        #expect(jobs.last?.doneAt == Self.ten + 4 * day)
    }

    @Test(
        "a piece that somebody reads stays, the others are dropped, nothing is noted, and the next time all is well"
    )
    func undropped() async throws {
        let address = try TemporaryPostgres.newDatabase()
        let store = try Store.open(address, settings: PoolSettings(), now: StoreFixture.now)
        var retention = HealthRetention()
        (retention.blockDays, retention.fiveMinuteDays, retention.hourDays) = (3, 3, 3)
        let history = HealthHistory(store, retention: retention)
        try await history.makePartitions(now: Self.ten)
        let later = Self.ten + 6 * ServiceDay.lengthMilliseconds
        let reader = try PostgresConnection(address)
        try reader.runScript("BEGIN; SELECT count(*) FROM health_block_20260301")
        let failure = await #expect(throws: HealthHistory.Undropped.self) {
            try await history.retain(now: later)
        }
        #expect(failure?.count == 1 && failure?.first == "health_block_20260301", "\(failure as Any)")
        #expect(try await history.partitions(.blocks).map(\.name) == ["health_block_20260301"])
        #expect(try await history.jobs().map(\.name) == [.partitions])
        try reader.runScript("ROLLBACK")
        #expect(try await history.retain(now: later) == ["health_block_20260301"])
        let job = try #require(try await history.jobs().last)
        #expect(job.name == .retention && job.doneAt == later)
        #expect(!job.isBehind(at: later + 3_600_000) && job.isBehind(at: later + 5 * 3_600_000))
        await store.close()
    }

    @Test("what can never be kept is refused and counted, and holds nothing else up")
    func refused() async throws {
        let store = try await StoreFixture.storeWithInventory()
        let history = HealthHistory(store)
        let bad = Metric(name: "CPU Load", unit: "%", kind: .gauge)
        let polls = [
            HealthPoll(
                device: DeviceID(1),
                at: Self.ten,
                readings: [.init(bad, .level(1)), .init(Self.load, .level(2))]
            ),
            Self.poll(DeviceID(1), Timestamp(milliseconds: 0), load: 1, octets: nil),
            Self.poll(DeviceID(1), Self.ten + 9 * Self.hour, load: 1, octets: nil),
        ]
        let appended = try await history.append(polls, now: Self.ten)
        #expect(appended.polls == 1)
        #expect(appended.samples == 1)
        #expect(appended.refused == 3)
        #expect(appended.reason != nil)
    }

    @Test("a damaged block is named, and the other devices' hours are closed")
    func damaged() async throws {
        let store = try await StoreFixture.storeWithInventory()
        let history = HealthHistory(store)
        let now = Self.ten + 2 * Self.hour
        for device in [1, 2] as [Int64] {
            _ = try await history.append(Self.hourOfPolls(DeviceID(device), from: Self.ten), now: now)
        }
        _ = try await history.closeDue(now: now)
        try await store.pool.withConnection { connection in
            try connection.runScript(
                "UPDATE health_block SET packed = set_byte(packed, 20, get_byte(packed, 20) # 1) WHERE device_id = 1"
            )
        }
        await #expect(throws: HealthHistory.Damage.self) {
            try await history.read(DeviceID(1), "cpu.load", from: Self.ten, to: now)
        }
        let late = Self.poll(DeviceID(2), Self.ten + 30_000, load: 77, octets: nil)
        let lateToo = Self.poll(DeviceID(1), Self.ten + 30_000, load: 77, octets: nil)
        _ = try await history.append([late, lateToo], now: now)
        await #expect(throws: HealthHistory.Damage.self) { try await history.closeDue(now: now) }
        #expect(try await self.counts(store) == [1, 2])
        #expect(try await history.read(DeviceID(2), "cpu.load", from: Self.ten, to: now)?.points.count == 55)
    }
}
