import Postgres
import StoreTestSupport
import TestSupport
import Testing
import WaysideCore
import WaysideStore

@Suite("Roll-ups")
struct RollupTests {
    @Test(
        "a restated device changes day, week, month, quarter and year as if all were summed anew",
        arguments: UInt64(0)..<3
    )
    func restated(seed: UInt64) async throws {
        var road = try await RollupFixture(seed: seed)
        for rule in RollupFixture.rules {
            for period in RollupFixture.periods { try await road.check(rule, period, "made, seed \(seed)") }
            for number in 0..<12 {
                let day = road.random.pick(RollupFixture.days)
                let count = road.random.pick([1, 1, 2, 4, 8])
                let keys = road.inventory.devices.map(\.key).shuffled(using: &road.random).prefix(count)
                var changed = 0
                for key in keys {
                    let before = road.rows[rule.id]?[day]?[key]
                    let choice = Int.random(in: 0..<10, using: &road.random)
                    let after = choice < 2 ? before : choice < 4 ? nil : road.row(key, rule)
                    road.set(after, key, rule, day)
                    if after != before { changed += 1 }
                }
                #expect(try await road.restate(rule, day, keys) == changed, "seed \(seed)")
                let rows = try await RateQueries(road.store).rows(rule: rule.id, version: 1, day: day)
                #expect(rows.map(\.device) == road.sheet(rule, day).devices.map(\.device))
                #expect(rows.map(\.assessed) == road.sheet(rule, day).devices.map(\.figures.assessed))
                #expect(rows.map(\.tally) == road.sheet(rule, day).devices.map(\.tally))
                for kind in ServicePeriod.Kind.allCases {
                    let period = ServicePeriod(kind, containing: day)
                    try await road.check(rule, period, "seed \(seed), restatement \(number)")
                }
            }
            for period in RollupFixture.periods { try await road.check(rule, period, "in the end") }
        }
        await road.store.close()
    }

    @Test("when everybody leaves the population no group is left, and all come back")
    func everybody() async throws {
        var road = try await RollupFixture(seed: 21)
        for rule in RollupFixture.rules {
            let keys = road.inventory.devices.map(\.key)
            for day in RollupFixture.days {
                for key in keys { road.set(nil, key, rule, day) }
                _ = try await road.restate(rule, day, keys)
            }
            for period in RollupFixture.periods {
                let kept = try #require(try await RollupQueries(road.store).kept(rule, period))
                #expect(kept.values.allSatisfy { $0 == .none(rule) })
                #expect(kept.keys.allSatisfy { $0 == .all })
            }
            for day in RollupFixture.days {
                for key in keys { road.set(road.row(key, rule), key, rule, day) }
                _ = try await road.restate(rule, day, keys)
            }
            for period in RollupFixture.periods { try await road.check(rule, period, "back again") }
        }
        await road.store.close()
    }

    @Test("a period that is due gets no differences, and is whole once it was made")
    func due() async throws {
        var road = try await RollupFixture(seed: 22)
        let (rule, day) = (RollupFixture.rules[1], RollupFixture.days[1])
        let rollups = RollupQueries(road.store)
        try await road.writeDay(rule, day)
        let due = try await rollups.due(rule)
        #expect(
            due.map(\.kind) == [.week, .month, .quarter, .year]
                && due.allSatisfy { $0.contains(day) }
        )
        #expect(try await rollups.due(RollupFixture.rules[0]).isEmpty)
        let before = try await self.dump(road.store, longer: true)
        for key in ["CAM-1", "CAM-2"] {
            road.set(road.row(key, rule), key, rule, day)
            road.set(road.row(key, rule), key, rule, RollupFixture.days[2])
        }
        for place in [day, RollupFixture.days[2]] {
            #expect(try await road.restate(rule, place, ["CAM-1", "CAM-2"]) == 2)
            try await road.check(rule, ServicePeriod(.day, containing: place), "a day is never due")
        }
        #expect(try await self.dump(road.store, longer: true) == before)
        for period in due { #expect(try await rollups.kept(rule, period) == nil) }
        #expect(try await rollups.due(rule) == due)
        try await road.makeDue(rule)
        #expect(try await rollups.due(rule).isEmpty)
        for period in RollupFixture.periods { try await road.check(rule, period, "made again") }
        await road.store.close()
    }

    @Test("twice is the same as once: a day written, a device restated, a period made")
    func twice() async throws {
        var road = try await RollupFixture(seed: 23)
        let (rule, day) = (RollupFixture.rules[0], RollupFixture.days[3])
        road.set(road.row("CAM-3", rule), "CAM-3", rule, day)
        road.set(nil, "CAM-4", rule, day)
        _ = try await road.restate(rule, day, ["CAM-3", "CAM-4"])
        let once = try await self.dump(road.store)
        #expect(try await road.restate(rule, day, ["CAM-3", "CAM-4"]) == 0)
        #expect(try await road.restate(rule, day, road.inventory.devices.map(\.key)) == 0)
        #expect(try await self.dump(road.store) == once)
        for _ in 0..<2 {
            for place in RollupFixture.days {
                try await RateQueries(road.store).write(
                    road.sheet(rule, place),
                    knownAt: RollupFixture.now,
                    at: RollupFixture.now
                )
            }
            try await road.makeDue(rule)
            #expect(try await self.dump(road.store) == once)
        }
        await road.store.close()
    }

    @Test("a period is known up to where the least known of its days is")
    func knownAt() async throws {
        let road = try await RollupFixture(seed: 24)
        let (rule, days) = (RollupFixture.rules[0], RollupFixture.days)
        for (place, day) in days.enumerated() {
            try await RateQueries(road.store).write(
                road.sheet(rule, day),
                knownAt: RollupFixture.now - Int64(place),
                at: RollupFixture.now
            )
        }
        let rollups = RollupQueries(road.store)
        let kept = try await rollups.keptDays(rule, from: days[1], to: days[3])
        #expect(kept.map(\.day) == Array(days[1...3]))
        #expect(kept.map(\.knownAt) == (1...3).map { RollupFixture.now - $0 })
        #expect(try await rollups.keptDays(rule, from: days[4].next, to: days[4].next).isEmpty)
        await road.store.close()
    }

    @Test(
        "a camera that an import puts into another section takes its days along, with the same rates or others",
        arguments: [false, true]
    )
    func corrected(ratesChange: Bool) async throws {
        var road = try await RollupFixture(seed: 25)
        try await road.correct("CAM-6") { device in
            device.assignment.organization = "S2"
            device.assignment.maintainer = "M2"
        }
        let marked = try await DirtyDays(road.store).all()
        #expect(marked.map(\.day) == RollupFixture.days.reversed())
        for rule in RollupFixture.rules {
            for dirty in marked {
                if ratesChange { road.set(road.row("CAM-6", rule), "CAM-6", rule, dirty.day) }
                if let devices = dirty.devices {
                    let keys = devices.compactMap { road.inventory.device($0)?.key }
                    _ = try await road.restate(rule, dirty.day, keys)
                } else {
                    try await RateQueries(road.store).write(
                        road.sheet(rule, dirty.day),
                        knownAt: RollupFixture.now,
                        at: RollupFixture.now
                    )
                }
            }
            try await road.makeDue(rule)
            for period in RollupFixture.periods { try await road.check(rule, period, "corrected") }
        }
        await road.store.close()
    }

    @Test("PostgreSQL refuses days and sums that cannot be")
    func refused() async throws {
        let road = try await RollupFixture(seed: 26)
        let before = try await self.dump(road.store)
        for script in [
            "UPDATE rate_rollup SET assessed_num = assessed_den + 1",
            "UPDATE rate_rollup SET low_num = -1 WHERE group_kind = 'all'",
            "UPDATE rate_rollup SET coverage_den = coverage_num - 1",
            "UPDATE rate_rollup SET devices = -1, not_assessable = 0",
            "UPDATE rate_rollup SET not_assessable = devices + 1",
            "UPDATE rate_rollup SET not_assessable = -1",
            "UPDATE rollup_period SET day_count = -1",
            "UPDATE day_tally SET online_ms = online_ms + 1",
            "UPDATE day_tally SET online_ms = online_ms + 1 + offline_ms, offline_ms = -1",
            "UPDATE day_tally SET assessed_num = assessed_den + 1",
            "UPDATE day_tally SET high_num = -1",
            "UPDATE day_tally SET coverage_den = coverage_num - 1",
            "UPDATE day_tally SET unit = 'percent'",
        ] {
            let error = await #expect(throws: PostgresError.self, "\(script)") {
                try await road.store.pool.withConnection { try $0.runScript(script) }
            }
            #expect(error?.sqlState == "23514", "\(script)")
        }
        #expect(try await self.dump(road.store) == before)
        await road.store.close()
    }

    @Test("a sheet with a group that cannot be is not kept at all")
    func wrongGroup() async throws {
        var road = try await RollupFixture(seed: 27)
        let (rule, day) = (RollupFixture.rules[0], RollupFixture.days[0])
        let before = try await self.dump(road.store)
        road.set(road.row("CAM-1", rule), "CAM-1", rule, day)
        var sheet = road.sheet(rule, day)
        sheet.groups[0].notAssessable = sheet.groups[0].devices + 1
        await #expect(throws: PostgresError.self) {
            try await RateQueries(road.store).write(sheet, knownAt: RollupFixture.now, at: RollupFixture.now)
        }
        sheet = road.sheet(rule, day)
        sheet.devices[0].device = "CAM-99"
        await #expect(throws: RateQueries.Refusal.unknownDevices(day)) {
            try await RateQueries(road.store).write(sheet, knownAt: RollupFixture.now, at: RollupFixture.now)
        }
        #expect(try await self.dump(road.store) == before)
        await road.store.close()
    }

    /// Every figure in the tables as text, in order; of periods longer than a day alone if asked.
    private func dump(_ store: Store, longer: Bool = false) async throws -> [String] {
        try await store.pool.rows(SelectEverything()).filter { !longer || !$0.hasPrefix("day ") }
    }
}

/// Sums and rows, a line each.
private struct SelectEverything: Statement {
    static let sql = """
        SELECT concat_ws(
                   ' ', period, rule_id, first_day, group_kind, group_key, devices, not_assessable, raw_num, raw_den,
                   assessed_num, assessed_den, coverage_num, coverage_den, low_num, low_den, high_num, high_den
               ) AS line FROM rate_rollup
         UNION ALL
        SELECT concat_ws(' ', period, rule_id, first_day, day_count, is_due) FROM rollup_period
         UNION ALL
        SELECT concat_ws(
                   ' ', 'day', rule_id, day, device_id, online_ms, offline_ms, raw_num, raw_den, assessed_num,
                   assessed_den, coverage_num, coverage_den, low_num, low_den, high_num, high_den, grade
               ) FROM day_tally
         ORDER BY line
        """

    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> String { try row.text(0) }
}
