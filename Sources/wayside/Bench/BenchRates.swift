internal import Foundation
internal import Logging
internal import Postgres
internal import WaysideCore
internal import WaysideFiles
internal import WaysideReports
internal import WaysideStore

/// The measurements of `wayside bench rates` (在线率基准).
struct BenchRates {
    private let days: Int
    private let observations: Int
    /// Where the filled database stays; `nil` for a temporary folder.
    private let kept: DataFolder?
    /// What the database is filled with, as a word in a file beside it.
    private let filling: String
    private let rules: Rules
    private let rule: RateRule
    private let province: BenchProvince
    private let first = ServiceDay(number: 20_513)

    init(
        cameras: Int,
        days: Int,
        seed: UInt64,
        observations: Int,
        keptIn folder: DataFolder?,
        rules: Rules
    ) throws {
        (self.days, self.observations, self.rules) = (days, observations, rules)
        (self.kept, self.filling) = (folder, "cameras \(cameras), days \(days), seed \(seed)\n")
        self.rule = try rules.rule(Rules.usual)
        self.province = BenchProvince(cameras: cameras, profile: self.rule.status, seed: seed)
    }

    private var allDays: [ServiceDay] {
        (0..<Int32(self.days)).map { ServiceDay(number: self.first.number + $0) }
    }
    private var span: ClosedRange<ServiceDay> { self.first...(self.allDays.last ?? self.first) }
    private var month: ServicePeriod { ServicePeriod(.month, containing: self.first) }

    func run() async throws -> Table {
        let bench = BenchCluster(keptIn: self.kept)
        let rows = try await bench.run { cluster in
            var settings = PoolSettings()
            settings.connectionCount = 2
            settings.connection.statementTimeLimit = .seconds(600)
            let store = try Store.open(cluster.address, settings: settings, now: self.first.start)
            let rows: [[Table.Cell]]
            do {
                rows = try await self.measure(store, folder: bench.folder)
            } catch {
                await store.close()
                throw error
            }
            await store.close()
            return rows
        }
        return Table(
            columns: [
                Table.Column("what", "测项"), Table.Column("seconds", "秒", isNumeric: true),
                Table.Column("aim", "目标", isNumeric: true),
                Table.Column("ratio", "与 SQL 之比", isNumeric: true),
                Table.Column("note", "说明"),
            ],
            rows: rows
        )
    }

    private func measure(_ store: Store, folder: DataFolder) async throws -> [[Table.Cell]] {
        let assessing = Assessing(store, journalFolder: folder.journal)
        try await self.provide(store, folder: folder)
        _ = try await assessing.inventories.current()
        var rows: [[Table.Cell]] = []
        func row(_ what: String, _ seconds: Double, _ aim: String, ratio: Double? = nil, _ note: String = "")
        {
            Output.note("\(what): \(Self.text(seconds)) s")
            rows.append([
                .text(what), .text(Self.text(seconds)), .text(aim),
                Table.Cell(ratio.map { String(format: "%.2f", $0) }), .text(note),
            ])
        }
        let day = self.allDays[self.days / 2]
        var (ours, peers): ([Double], [Double]) = ([], [])
        for _ in 0..<5 {
            peers.append(try await Self.seconds { try await self.plain(store, day) })
            ours.append(try await Self.seconds { _ = try await assessing.sheet(self.rule, day) })
        }
        let (own, peer) = (Self.median(ours), Self.median(peers))
        try await self.compare(store, assessing, day)
        row(
            "one day by plain SQL",
            peer,
            "",
            "no exemptions, upstreams, groups or error bars; the sums agree"
        )
        row(
            "one day from changes",
            own,
            "1.0",
            ratio: own / peer,
            "median of 5; lowest \(Self.text(ours.min() ?? 0))"
        )
        try await self.parts(store, assessing, day, row)
        let all = try await Self.seconds {
            try await assessing.forEachSheet(self.rule, self.span) { _, _ in }
        }
        let allPlain = try await Self.seconds {
            for day in self.allDays { try await self.plain(store, day) }
        }
        row("\(self.days) days by plain SQL", allPlain, "")
        row("\(self.days) days from changes", all, "15", ratio: all / allPlain)
        try await self.keep(store, assessing, row)
        try await self.restate(store, assessing, row)
        try self.replay(folder.path, row)
        return rows
    }

    /// Where the time of a day goes.
    private func parts(
        _ store: Store,
        _ assessing: Assessing,
        _ day: ServiceDay,
        _ row: (String, Double, String, Double?, String) -> Swift.Void
    ) async throws {
        let inventory = try await assessing.inventories.current()
        var wanted: [TrackKey] = []
        let asked = try await Self.seconds {
            _ = try await assessing.inventories.current()
            wanted = self.rule.neededTracks(of: inventory, on: day, topology: Topology(inventory, on: day))
        }
        let read = try await Self.seconds {
            _ = try await TrackQueries(store).current(self.rule.status, wanted, touching: day.span)
        }
        let ground = try await assessing.ground(self.rule, day)
        let assessed = try await Self.seconds {
            _ = try await ground.sheet()
        }
        row("  of it: what is needed", asked, "", nil, "\(wanted.count) tracks")
        row("  of it: reading changes", read, "", nil, "")
        row("  of it: assessing", assessed, "", nil, "")
    }

    private func plain(_ store: Store, _ day: ServiceDay) async throws {
        _ = try await PlainSums(store).milliseconds(self.rule.status, .stream, on: day)
    }

    /// Both ways must come to the same, or the comparison is none.
    private func compare(_ store: Store, _ assessing: Assessing, _ day: ServiceDay) async throws {
        let plain = try await PlainSums(store).milliseconds(self.rule.status, .stream, on: day)
        let tally = try await assessing.sheet(self.rule, day).devices.map(\.tally).reduce(DayTally(), +)
        guard tally[.online] == plain[.online] ?? 0,
            tally[.offline] + tally[.upstream] == plain[.offline] ?? 0
        else {
            throw Ending.ours("the sums differ: \(plain) by SQL, \(tally[.online]) online by assessment")
        }
    }

    /// Fills the database, unless it is the kept one and was filled with the same.
    private func provide(_ store: Store, folder: DataFolder) async throws {
        let note = folder.path + "/filled.txt"
        if let filled = FileManager.default.contents(atPath: note) {
            guard String(decoding: filled, as: UTF8.self) == self.filling else {
                throw Ending.asked(
                    "\(folder.path) holds \(String(decoding: filled, as: UTF8.self))"
                        + "and not \(self.filling)ask for the same, or name another folder with --keep"
                )
            }
            // What an earlier run wrote besides the changes.
            try await store.pool.withConnection {
                try $0.runScript(
                    """
                    TRUNCATE day_tally, rate_rollup, rollup_period, rate_rule, exemption, exemption_move, dirty_day,
                        dirty_device, published_report, published_report_part
                    """
                )
                try $0.runScript("VACUUM ANALYZE")
            }
            return Output.note("used again: \(self.filling)")
        }
        let count = try await self.fill(store)
        Output.note("filled: \(count) changes over \(self.days) days")
        guard FileManager.default.createFile(atPath: note, contents: Data(self.filling.utf8)) else {
            throw Ending.ours("\(note) cannot be written")
        }
    }

    private func fill(_ store: Store) async throws -> Int {
        _ = try await InventoryStore(store).apply(self.province.inventory, at: self.first.start)
        let numbered = try await InventoryStore(store).load()
        let ledger = PostgresLedger(store)
        var (index, count): (UInt64, Int) = (0, 0)
        for (place, day) in self.allDays.enumerated() {
            var rest = self.province.changes(on: day, isFirst: place == 0, numbered: numbered)[...]
            count += rest.count
            while !rest.isEmpty {
                var page = LedgerPage(position: JournalPosition(index: index), writtenAt: day.end - 1)
                page.changes = Array(rest.prefix(20_000))
                try await ledger.commit(page)
                rest = rest.dropFirst(20_000)
                index += 1
            }
            Output.note("filling: \(place + 1) of \(self.days) days")
        }
        try await ledger.commit(
            LedgerPage(
                position: JournalPosition(index: index),
                writtenAt: (self.allDays.last ?? self.first).end + ServiceDay.lengthMilliseconds
            )
        )
        try await store.pool.withConnection { try $0.runScript("VACUUM ANALYZE") }
        return count
    }

    private func keep(
        _ store: Store,
        _ assessing: Assessing,
        _ row: (String, Double, String, Double?, String) -> Swift.Void
    ) async throws {
        let now = (self.allDays.last ?? self.first).end + ServiceDay.lengthMilliseconds
        let rates = RateQueries(store)
        for entry in self.rules.entries { try await rates.keep(entry.rule, text: entry.text, at: now) }
        let kept = try await Self.seconds {
            for day in self.allDays {
                let ground = try await assessing.ground(self.rule, day)
                var assessor = try ground.assessor()
                try await rates.write(assessor.sheet(), knownAt: ground.knownAt, at: now)
            }
        }
        row("\(self.days) days kept as rows", kept, "", nil, "assessed and written, by one rule")
        try await store.pool.withConnection { try $0.runScript("VACUUM ANALYZE day_tally") }
        let inventory = try await assessing.inventories.current()
        let rollups = RollupQueries(store)
        let made = try await Self.seconds {
            for kind in ServicePeriod.Kind.allCases where kind != .day {
                for period in Set(self.allDays.map { ServicePeriod(kind, containing: $0) }) {
                    try await rollups.make(self.rule, period, inventory: inventory, at: now)
                }
            }
        }
        row("weeks, month, quarter, year rolled up", made, "", nil, "")
        var times: [Double] = []
        for _ in 0..<9 {
            times.append(
                try await Self.seconds {
                    let sums = try await rollups.kept(self.rule, self.month) ?? [:]
                    _ = RateGroups.rows(of: sums, under: self.rule)
                }
            )
        }
        row("a month from roll-ups", Self.median(times), "0.050", nil, "median of 9")
    }

    private func restate(
        _ store: Store,
        _ assessing: Assessing,
        _ row: (String, Double, String, Double?, String) -> Swift.Void
    ) async throws {
        let now = (self.allDays.last ?? self.first).end + ServiceDay.lengthMilliseconds
        let inventory = try await assessing.inventories.current()
        let days = self.allDays[0...1]
        let cameras = inventory.devices.filter { $0.kind == .camera }.prefix(160)
        let exemptions = cameras.map { camera in
            Exemption(
                id: "EX-\(camera.key)",
                scope: .device(camera.key),
                className: "works",
                span: Span(days[0].start, days[1].end),
                approvedAt: now
            )
        }
        let restating = Restating(assessing: assessing, rules: [(self.rule, "")])
        let before = try await RollupQueries(store).kept(self.rule, self.month)?[.all]
        let time = try await Self.seconds {
            try await ExemptionStore(store).put(exemptions, inventory: inventory, by: "bench", at: now)
            while try await !DirtyDays(store).all().isEmpty {
                for dirty in try await DirtyDays(store).all() { try await restating.clean(dirty, at: now) }
            }
        }
        let after = try await RollupQueries(store).kept(self.rule, self.month)?[.all]
        guard before?.assessed != after?.assessed else { throw Ending.ours("the exemption changed nothing") }
        let fresh = try await RollupQueries(store).sums(self.rule, self.month, inventory: inventory)
        guard fresh.sumsByGroup[.all] == after else {
            throw Ending.ours("the month's sums differ from those of its days")
        }
        row(
            "an exemption of \(cameras.count) cameras x 2 days restated",
            time,
            "1.0",
            nil,
            "written, days, weeks, month, quarter and year brought up to date, by one rule; checked against all rows"
        )
    }

    private func replay(_ folder: String, _ row: (String, Double, String, Double?, String) -> Swift.Void)
        throws
    {
        let files = try BenchReplay(
            folder: folder,
            observations: self.observations,
            rule: self.rules,
            first: self.first
        )
        let (seconds, kibibytes) = try files.run()
        row(
            "replay of \(self.observations) observations",
            seconds,
            "3.0",
            nil,
            "a process of its own; \(kibibytes / 1_024) MiB at most, aim 300"
        )
    }

    static func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

    static func text(_ seconds: Double) -> String { String(format: "%.3f", seconds) }

    static func seconds(_ work: () async throws -> Swift.Void) async throws -> Double {
        let clock = ContinuousClock()
        let start = clock.now
        try await work()
        return (clock.now - start) / .seconds(1)
    }
}
