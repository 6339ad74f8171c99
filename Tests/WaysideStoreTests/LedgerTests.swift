import Postgres
import StoreTestSupport
import TestSupport
import Testing
import WaysideCore
import WaysideStore

@Suite("The ledger")
struct LedgerTests {
    @Test("in memory does what every ledger does", arguments: LedgerConformance.allCases)
    func memory(scenario: LedgerConformance) async throws {
        let ledger = MemoryLedger(inventory: LedgerConformance.inventory)
        let wrong = try await scenario.play(on: ledger)
        #expect(wrong == [])
    }

    @Test("in PostgreSQL does what every ledger does", arguments: LedgerConformance.allCases)
    func postgres(scenario: LedgerConformance) async throws {
        let store = try await StoreFixture.storeWithInventory()
        let wrong = try await scenario.play(on: ReadablePostgresLedger(store))
        #expect(wrong == [])
        await store.close()
    }

    private static let profile = StatusProfile(missesToConfirm: 3, hitsToRecover: 1)
    private static let start = JournalFixture.start

    private func page(_ position: UInt64, _ seconds: Int64) -> LedgerPage {
        LedgerPage(position: JournalPosition(index: position), writtenAt: JournalFixture.at(seconds))
    }

    private func change(_ device: Int64, _ check: Check, _ seconds: Int64, _ status: Status) -> TrackChange {
        TrackChange(
            profile: Self.profile,
            key: TrackKey(device: DeviceID(device), check: check, hop: .direct),
            change: StatusChange(at: JournalFixture.at(seconds), status: status)
        )
    }

    @Test(
        "in PostgreSQL and in memory hold the same after any pages, now and as known before",
        arguments: UInt64(0)..<8
    )
    func sameAsMemory(seed: UInt64) async throws {
        var random = SplitMix(seed: seed)
        let store = try await StoreFixture.storeWithInventory()
        let (real, memory) = (try await ReadablePostgresLedger(store), MemoryLedger())
        let keys = (1...3).map { TrackKey(device: DeviceID($0), check: .reach, hop: .direct) }
        var ends: [(TrackKey, Timestamp)] = []
        var instant: Int64 = 0
        func next(_ random: inout SplitMix) -> StatusChange {
            instant += 1
            return StatusChange(at: JournalFixture.at(instant), status: random.pick(Status.allCases))
        }
        for number in 0..<40 {
            var page = self.page(UInt64(number), Int64(number) * 10 + 1_000)
            for _ in 0..<Int.random(in: 0...4, using: &random) {
                let (key, change) = (random.pick(keys), next(&random))
                page.changes.append(TrackChange(profile: Self.profile, key: key, change: change))
                if change.status == .unknown { ends.append((key, change.at)) }
            }
            if random.percent(30), let (key, at) = ends.randomElement(using: &random) {
                page.withdrawals = [TrackWithdrawal(profile: Self.profile, key: key, at: at)]
            }
            if random.percent(20) {
                let key = random.pick(keys)
                page.changes.removeAll { $0.key == key }
                page.withdrawals.removeAll { $0.key == key }
                let after = Int.random(in: -1...number, using: &random)
                page.refolds = [
                    TrackRefold(
                        profile: Self.profile,
                        key: key,
                        after: after < 0 ? nil : JournalPosition(index: UInt64(after)),
                        changes: (0..<Int.random(in: 0...3, using: &random)).map { _ in next(&random) }
                    )
                ]
            }
            for _ in 0..<(random.percent(20) ? 2 : 1) {
                try await real.commit(page)
                try await memory.commit(page)
            }
        }
        for known in [nil] + (0..<8).map({ JournalFixture.at(990 + 51 * $0) }) {
            for key in keys {
                let wanted = try await memory.changes(Self.profile, key, asKnownAt: known)
                #expect(try await real.changes(Self.profile, key, asKnownAt: known) == wanted, "seed \(seed)")
            }
        }
        await store.close()
    }

    @Test("a page that cannot be written whole is not written at all")
    func allOrNothing() async throws {
        let store = try await StoreFixture.storeWithInventory()
        let ledger = PostgresLedger(store)
        var page = self.page(3, 60)
        page.changes = [self.change(1, .reach, 10, .online)]
        page.live = [
            LiveStatus(
                device: DeviceID(1),
                facet: .reachability,
                status: .online,
                since: Self.start,
                cause: nil,
                isFaltering: false,
                knownAt: Self.start
            )
        ]
        var broken = page
        // Reach has no hops: the table refuses it.
        broken.changes.append(
            TrackChange(
                profile: Self.profile,
                key: TrackKey(device: DeviceID(1), check: .reach, hop: .platform),
                change: StatusChange(at: Self.start, status: .online)
            )
        )
        await #expect(throws: PostgresError.self) { try await ledger.commit(broken) }
        #expect(try await ledger.position() == nil)
        #expect(try await StatusQueries(store).live().isEmpty)
        #expect(try await StatusQueries(store).eventRange() == nil)
        try await ledger.commit(page)
        #expect(try await ledger.position() == page.position)
        #expect(try await ledger.knownUntil() == page.writtenAt)
        #expect(try await StatusQueries(store).live() == page.live)
        await store.close()
    }

    @Test("a change of a day that is over marks it and the days since for its device, one of today does not")
    func dirtyDays() async throws {
        let store = try await StoreFixture.storeWithInventory()
        let ledger = PostgresLedger(store)
        let marks = DirtyDays(store)
        var page = self.page(0, 60)
        page.changes = [self.change(1, .reach, 10, .online)]
        try await ledger.commit(page)
        #expect(try await marks.all().isEmpty)
        page = self.page(1, 2 * 86_400 + 60)
        page.changes = [self.change(1, .reach, 100, .offline)]
        try await ledger.commit(page)
        let dirty = try await marks.all()
        #expect(dirty.map(\.day) == [ServiceDay(number: 20_514), ServiceDay(number: 20_513)])
        #expect(dirty.map(\.devices) == [[DeviceID(1)], [DeviceID(1)]])
        // Marked again while somebody worked on it, a day stays dirty.
        try await marks.mark([DeviceID(1)], [ServiceDay(number: 20_513)], at: Self.start)
        for day in dirty { try await marks.clear(day) }
        #expect(try await marks.all().map(\.day) == [ServiceDay(number: 20_513)])
        // A whole day stands for all of its devices, and stays when only they are taken off.
        let single = try await marks.all()
        try await marks.mark([ServiceDay(number: 20_513)], at: Self.start)
        #expect(try await marks.all().map(\.devices) == [nil])
        for day in single { try await marks.clear(day) }
        #expect(try await marks.all().map(\.devices) == [nil])
        for day in try await marks.all() { try await marks.clear(day) }
        #expect(try await marks.all().isEmpty)
        await store.close()
    }

    @Test("a change of long ago marks the last four hundred days, and very many devices whole days")
    func manyDirtyDays() async throws {
        let store = try StoreFixture.store()
        let (ledger, marks) = (PostgresLedger(store), DirtyDays(store))
        let today: Int32 = 20_513 + 1_000
        let days = (today - 400..<today).reversed().map(ServiceDay.init(number:))
        var page = self.page(0, 1_000 * 86_400 + 60)
        page.changes = (1...2).map { self.change($0, .reach, 10, .online) }
        try await ledger.commit(page)
        var dirty = try await marks.all()
        #expect(dirty.map(\.day) == days)
        #expect(dirty.allSatisfy { $0.devices == [DeviceID(1), DeviceID(2)] })
        for day in dirty { try await marks.clear(day) }
        page = self.page(1, 1_000 * 86_400 + 120)
        page.changes = (1...51).map { self.change($0, .reach, 20, .offline) }
        try await ledger.commit(page)
        dirty = try await marks.all()
        #expect(dirty.map(\.day) == days)
        #expect(dirty.allSatisfy { $0.devices == nil })
        await store.close()
    }

    @Test("a window holds of each track the last change before, those inside and the first after")
    func window() async throws {
        let store = try await StoreFixture.storeWithInventory()
        var page = self.page(0, 1_000)
        page.changes = [10, 20, 30, 40, 50].map {
            self.change(1, .reach, $0, $0 % 20 == 0 ? .offline : .online)
        }
        page.changes += [self.change(1, .stream, 5, .online), self.change(2, .reach, 900, .online)]
        try await PostgresLedger(store).commit(page)
        let tracks = try await TrackQueries(store).tracks(
            Self.profile,
            touching: Span(JournalFixture.at(25), JournalFixture.at(40))
        )
        let found = tracks.mapValues { $0.changes.map { ($0.at - Self.start) / 1_000 } }
        #expect(found[TrackKey(device: DeviceID(1), check: .reach, hop: .direct)] == [20, 30, 40])
        #expect(found[TrackKey(device: DeviceID(1), check: .stream, hop: .direct)] == [5])
        #expect(found[TrackKey(device: DeviceID(2), check: .reach, hop: .direct)] == [900])
        #expect(found.count == 3)
        let other = StatusProfile(missesToConfirm: 2, hitsToRecover: 1)
        #expect(
            try await TrackQueries(store).tracks(other, touching: .init(Self.start, Self.start + 1)).isEmpty
        )
        await store.close()
    }

    @Test("events rise in number, say what was before, and go on where a screen left off")
    func events() async throws {
        let store = try await StoreFixture.storeWithInventory()
        let (ledger, queries) = (PostgresLedger(store), StatusQueries(store))
        func live(_ status: Status, _ seconds: Int64) -> LiveStatus {
            LiveStatus(
                device: DeviceID(1),
                facet: .reachability,
                status: status,
                since: JournalFixture.at(seconds),
                cause: nil,
                isFaltering: false,
                knownAt: JournalFixture.at(seconds)
            )
        }
        var page = self.page(0, 100)
        page.live = [live(.online, 1), live(.offline, 2)]
        try await ledger.commit(page)
        page = self.page(1, 200)
        page.live = [live(.online, 150)]
        page.faults = [
            .confirmed(
                DeviceID(1),
                facets: [FailedFacet(facet: .reachability, since: Self.start, cause: .timeout)],
                at: JournalFixture.at(200)
            )
        ]
        try await ledger.commit(page)
        let events = try await queries.events(after: 0, atMost: 10)
        let told: [String] = events.map { event in
            switch event.content {
            case .status(_, let status, let before, _, _, _): "\(before?.name ?? "-") > \(status.name)"
            case .ticket(let number, let action): "\(number) \(action.rawValue)"
            }
        }
        #expect(told == ["- > online", "online > offline", "offline > online", "1 open", "1 dispatch"])
        #expect(events.map(\.sequence) == events.map(\.sequence).sorted())
        #expect(try await queries.events(after: events[2].sequence, atMost: 1) == [events[3]])
        #expect(try await queries.lastEvents(atMost: 2) == [events[4], events[3]])
        #expect(try await queries.pruneEvents(before: JournalFixture.at(150)) == 2)
        #expect(try await queries.eventRange() == events[2].sequence...events[4].sequence)
        await store.close()
    }

    @Test("voids and clock steps are kept")
    func voids() async throws {
        let store = try await StoreFixture.storeWithInventory()
        var page = self.page(0, 100)
        let void = VoidRecord(
            span: Span(Self.start, Self.start + 60_000),
            devices: [DeviceID(1), DeviceID(2)],
            checks: [.reach],
            reason: "self_network",
            at: Self.start
        )
        page.voids = [
            void, VoidRecord(span: Span(Self.start, Self.start), reason: "self_clock", at: Self.start),
        ]
        page.clockSteps = [ClockStep(at: Self.start, byMilliseconds: -3_600_000)]
        try await PostgresLedger(store).commit(page)
        struct Count: Statement {
            static let sql = """
                SELECT (SELECT count(*) FROM void_record WHERE device_ids = '{1,2}' AND checks = '{reach}')
                     + (SELECT count(*) FROM void_record WHERE device_ids IS NULL AND checks IS NULL)
                     + (SELECT count(*) FROM clock_step WHERE by_ms = -3600000)
                """
            static func decode(_ row: borrowing RowReader) throws(PostgresError) -> Int { try row.int(0) }
        }
        #expect(try await store.pool.firstRow(Count()) == 3)
        await store.close()
    }
}
