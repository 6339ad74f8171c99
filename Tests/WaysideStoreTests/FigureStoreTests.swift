import Postgres
import StoreTestSupport
import TestSupport
import Testing
import WaysideCore
import WaysideStore

@Suite("Figures, exemptions and the schema")
struct FigureStoreTests {
    private static let day = ServiceDay(number: 20_513)
    private static let now = Self.day.end + 3_600_000

    private static let rule = RateRule(
        id: "test",
        version: 1,
        titleZH: "测试",
        titleEN: "test",
        citation: "our own",
        facet: .reachability,
        method: .timeWeighted,
        status: StatusProfile(missesToConfirm: 3, hitsToRecover: 1),
        unknown: .excluded,
        upstream: .counted,
        aggregate: .pooled,
        sha256: String(repeating: "ab", count: 32)
    )

    private func sheet(_ inventory: Inventory, knownAt: Timestamp = .distantFuture) throws -> RateSheet {
        var assessor = try Assessor(
            rule: Self.rule,
            inventory: inventory,
            day: Self.day,
            knownAt: knownAt,
            exemptions: []
        ) { index, _ in
            let changes = [StatusChange(at: Self.day.start + Int64(index) * 3_600_000, status: .online)]
            return [CheckTrack(check: .reach, hop: .direct, changes: changes)]
        }
        return assessor.sheet()
    }

    @Test("a day's rows are written in place of those before, and read again")
    func rows() async throws {
        let store = try await StoreFixture.storeWithInventory()
        let rates = RateQueries(store)
        let sheet = try self.sheet(try await InventoryStore(store).load())
        await #expect(throws: PostgresError.self) {
            try await rates.write(sheet, knownAt: Self.now, at: Self.now)
        }
        try await rates.keep(Self.rule, text: "id: test", at: Self.now)
        try await rates.keep(Self.rule, text: "id: test", at: Self.now)
        var other = Self.rule
        other.sha256 = String(repeating: "cd", count: 32)
        await #expect(throws: RateQueries.Refusal.otherText(rule: "test", version: 1)) {
            try await rates.keep(other, text: "id: test # changed", at: Self.now)
        }
        let marks = DirtyDays(store)
        try await marks.mark([Self.day], at: Self.now)
        let dirty = try await marks.all()
        #expect(dirty.map(\.devices) == [nil])
        for _ in 0..<2 {
            try await rates.write(sheet, knownAt: Self.now - 1, at: Self.now, clearing: dirty.first)
        }
        #expect(try await marks.all().isEmpty)
        let rows = try await rates.rows(rule: "test", version: 1, day: Self.day)
        #expect(rows.map(\.device) == sheet.devices.map(\.device))
        #expect(rows.map(\.tally) == sheet.devices.map(\.tally))
        #expect(rows.map(\.assessed) == sheet.devices.map(\.figures.assessed))
        #expect(rows.map(\.coverage) == sheet.devices.map(\.figures.coverage))
        #expect(rows.map(\.low) == sheet.devices.map(\.figures.low))
        let kept = try await RollupQueries(store).keptDays(Self.rule, from: Self.day, to: Self.day)
        #expect(kept.map(\.day) == [Self.day])
        #expect(kept.map(\.knownAt) == [Self.now - 1])
        await store.close()
    }

    @Test("a day that is not over is not kept, and the table refuses a day that is not whole")
    func wholeDays() async throws {
        let store = try await StoreFixture.storeWithInventory()
        let rates = RateQueries(store)
        let inventory = try await InventoryStore(store).load()
        try await rates.keep(Self.rule, text: "id: test", at: Self.now)
        let half = try self.sheet(inventory, knownAt: Self.day.start + 43_200_000)
        await #expect(throws: RateQueries.Refusal.dayNotOver(Self.day)) {
            try await rates.write(half, knownAt: Self.now, at: Self.now)
        }
        var wrong = try self.sheet(inventory)
        wrong.devices[1].tally[.online] += 1
        let error = await #expect(throws: PostgresError.self) {
            try await rates.write(wrong, knownAt: Self.now, at: Self.now)
        }
        #expect(error?.constraint == "the_day_is_whole")
        #expect(try await rates.rows(rule: "test", version: 1, day: Self.day).isEmpty)
        await store.close()
    }

    @Test("exemptions are kept as they are known now, and mark the days they touch")
    func exemptions() async throws {
        let store = try await StoreFixture.storeWithInventory()
        let exemptions = ExemptionStore(store)
        let day = Self.day
        let first = Exemption(
            id: "EX-1",
            scope: .downstream(of: "SW-1"),
            facets: [.stream, .reachability],
            className: "works",
            span: Span(day.start + 1_000, day.start + 2_000),
            requestedAt: day.start,
            approvedAt: nil,
            document: "〔2026〕1",
            reason: "road works"
        )
        let approved = Exemption(
            id: "EX-1",
            scope: first.scope,
            facets: first.facets,
            className: "works",
            span: first.span,
            requestedAt: first.requestedAt,
            approvedAt: day.start + 5_000,
            document: first.document,
            reason: first.reason
        )
        let all = Exemption(
            id: "EX-2",
            scope: .organization("S1"),
            className: "mains",
            span: day.span,
            approvedAt: day.start
        )
        let now = day.end + 1_000
        let inventory = try await InventoryStore(store).load()
        func put(_ list: [Exemption], at instant: Timestamp) async throws -> Int {
            try await exemptions.put(list, inventory: inventory, by: "tester", at: instant)
        }
        #expect(try await put([first, all], at: now) == 2)
        #expect(try await exemptions.exemptions(touching: day.span) == [first, all])
        #expect(try await put([approved, all], at: now + 1) == 1)
        #expect(try await exemptions.exemptions(touching: day.span) == [approved, all])
        #expect(try await exemptions.exemptions(touching: day.next.span).isEmpty)
        let dirty = try await DirtyDays(store).all()
        #expect(dirty.map(\.day) == [day])
        #expect(dirty.map(\.devices) == [Set(inventory.devices.map(\.id))])
        await store.close()
    }
}
