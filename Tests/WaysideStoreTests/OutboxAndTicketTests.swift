import StoreTestSupport
import TestSupport
import Testing
import WaysideCore
import WaysideStore

@Suite("Tickets and the outbox")
struct OutboxAndTicketTests {
    private static func at(_ seconds: Int64) -> Timestamp { JournalFixture.at(seconds) }

    /// A store with one dispatched ticket of camera 1, opened at second 100.
    private func storeWithTicket() async throws -> Store {
        let store = try await StoreFixture.storeWithInventory()
        let camera = try #require(try await InventoryStore(store).load().device(key: "CAM-1"))
        var page = LedgerPage(position: .beginning, writtenAt: Self.at(100))
        let failed = FailedFacet(facet: .reachability, since: Self.at(40), cause: .timeout)
        page.faults = [.confirmed(camera.id, facets: [failed], at: Self.at(100))]
        try await PostgresLedger(store).commit(page)
        return store
    }

    @Test("a person moves a ticket, every step is kept, and what is not allowed changes nothing")
    func requests() async throws {
        let store = try await self.storeWithTicket()
        let (tickets, queries) = (TicketStore(store), TicketQueries(store))
        let refusal = await #expect(throws: Refusal.self) {
            try await tickets.perform(.reportRepaired(evidence: "photo"), on: 1, by: "li", at: Self.at(200))
        }
        #expect(refusal?.reason == .notFromThisStage)
        await #expect(throws: Refusal.self) {
            try await tickets.perform(.accept, on: 9, by: "li", at: Self.at(200))
        }
        #expect(try await tickets.perform(.accept, on: 1, by: "li", at: Self.at(200)).stage.name == .accepted)
        let until = Self.at(4_000)
        _ = try await tickets.perform(
            .suspend(reason: "weather", until: until),
            on: 1,
            by: "li",
            at: Self.at(300)
        )
        #expect(try await tickets.tick(Self.at(3_999)) == 0)
        #expect(try await tickets.tick(Self.at(4_000)) == 1)
        #expect(try await tickets.tick(Self.at(4_000)) == 0)
        let record = try #require(try await queries.record(1))
        #expect(record.ticket.stage.name == .accepted)
        #expect(record.moves.map(\.action) == [.open, .dispatch, .accept, .suspend, .resume])
        #expect(record.moves.map(\.by) == [.watch, .watch, .person("li"), .person("li"), .watch])
        #expect(try await queries.live() == [record.ticket])
        #expect(try await queries.record(2) == nil)
        await store.close()
    }

    @Test("a deadline warns once and is breached once, and people are told once each")
    func deadlines() async throws {
        let store = try await self.storeWithTicket()
        let (tickets, outbox) = (TicketStore(store), OutboxStore(store))
        let day: Int64 = 86_400
        for second in [100, day * 8 / 10 + 100, day * 8 / 10 + 100, day + 100, day + 100, 2 * day] {
            try await tickets.tick(Self.at(second))
        }
        let due = try await outbox.take(atMost: 100, now: Self.at(9 * day), leaseMilliseconds: 60_000)
        #expect(due.map(\.notice.kind) == [.opened, .opened, .warned, .warned, .breached, .breached])
        #expect(Set(due.map(\.notice.key)).count == 6)
        #expect(try await TicketQueries(store).live().first?.clock?.isBreached == true)
        await store.close()
    }

    @Test("a notice whose sender dies is due again under the same key, and is settled once")
    func lease() async throws {
        let store = try await self.storeWithTicket()
        let outbox = OutboxStore(store)
        #expect(try await outbox.nextDue() == Self.at(100))
        let first = try await outbox.take(atMost: 1, now: Self.at(100), leaseMilliseconds: 30_000)
        #expect(first.map(\.tries) == [1])
        // Killed here: until the lease is over nobody gets it, then somebody does.
        let second = try await outbox.take(atMost: 9, now: Self.at(129), leaseMilliseconds: 30_000)
        #expect(second.count == 1)
        #expect(second.first?.notice.key != first.first?.notice.key)
        let again = try await outbox.take(atMost: 1, now: Self.at(130), leaseMilliseconds: 30_000)
        #expect(again.map(\.notice) == first.map(\.notice))
        #expect(again.map(\.tries) == [2])
        let key = try #require(again.first?.notice.key)
        try await outbox.delivered(key, at: Self.at(131))
        // The first sender, thought dead, comes back late: what is settled stays so.
        try await outbox.postpone(key, until: Self.at(500), why: "late")
        try await outbox.refused(key, at: Self.at(500), why: "late")
        let other = try #require(second.first?.notice.key)
        try await outbox.postpone(other, until: Self.at(600), why: "421 try later")
        #expect(try await outbox.nextDue() == Self.at(600))
        #expect(try await outbox.take(atMost: 9, now: Self.at(599), leaseMilliseconds: 1).isEmpty)
        try await outbox.refused(other, at: Self.at(601), why: "550 no such user")
        #expect(try await outbox.counts() == (0, 1, 1))
        let records = try await outbox.records(ofTicket: 1, atMost: 9)
        #expect(Set(records.map(\.state)) == [.delivered, .refused])
        #expect(records.first { $0.state == .refused }?.lastError == "550 no such user")
        #expect(try await outbox.records(ofTicket: 2, atMost: 9).isEmpty)
        #expect(try await outbox.nextDue() == nil)
        await store.close()
    }

    @Test("the same page again, and a page after a crash, tell nobody twice")
    func idempotent() async throws {
        let store = try await self.storeWithTicket()
        let ledger = PostgresLedger(store)
        let camera = try #require(try await InventoryStore(store).load().device(key: "CAM-1"))
        var page = LedgerPage(position: .beginning, writtenAt: Self.at(100))
        page.faults = [.confirmed(camera.id, facets: [], at: Self.at(100))]
        try await ledger.commit(page)
        #expect(try await OutboxStore(store).counts().pending == 2)
        #expect(try await TicketQueries(store).tickets(of: camera.id, atMost: 9).count == 1)
        await store.close()
    }
}
