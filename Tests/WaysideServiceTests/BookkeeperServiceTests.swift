import Logging
import TestSupport
import Testing
import WaysideCore

@testable import WaysideService

/// The bookkeeper between a journal, a ledger that may be away, and a shelf that may be lost.
@Suite struct BookkeeperServiceTests {
    static let first = StatusProfile(missesToConfirm: 3, hitsToRecover: 1)
    static let second = StatusProfile(missesToConfirm: 2, hitsToRecover: 2)

    /// Runs a bookkeeper until it has read a closed journal.
    static func keep(
        _ profiles: [StatusProfile],
        _ journal: MemoryJournal,
        _ ledger: MemoryLedger,
        _ shelf: MemoryBookShelf,
        shelveEvery: Int64 = 3_600_000
    ) async throws {
        var settings = BookkeeperSettings()
        settings.shelveIntervalMilliseconds = shelveEvery
        (settings.firstRetryInterval, settings.longestRetryInterval) = (.zero, .zero)
        try await BookkeeperService(
            profiles: profiles,
            policy: TicketPolicy(),
            plan: LatestPlan(.empty),
            journal: journal,
            ledger: ledger,
            shelf: shelf,
            settings: settings,
            clock: ContinuousClock(),
            committed: { _ in },
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        ).run()
    }

    /// The road's observations in order of arrival, a batch each quarter of an hour.
    static func journal(_ road: SeededRoad) async -> MemoryJournal {
        var entries: [(Timestamp, JournalEntry)] = road.observations.map { ($0.receivedAt, .observation($0)) }
        entries += road.voids.map { ($0.receivedAt, .void($0)) }
        let grouped = Dictionary(grouping: entries) { $0.0.milliseconds / 900_000 }
        let batches = grouped.keys.sorted().enumerated().map { index, quarter in
            JournalBatch(
                position: JournalPosition(index: UInt64(index)),
                writtenAt: Timestamp(milliseconds: (quarter + 1) * 900_000),
                entries: (grouped[quarter] ?? []).map(\.1)
            )
        }
        let journal = MemoryJournal(batches)
        await journal.close()
        return journal
    }

    /// What stands in the ledger is what hindsight says.
    static func expectHindsight(
        _ road: SeededRoad,
        _ profiles: [StatusProfile],
        _ journal: MemoryJournal,
        _ ledger: MemoryLedger,
        _ seed: UInt64
    ) async throws {
        let end = try #require(await journal.everything.last?.writtenAt)
        var fold = ObservationFold(knownAt: end)
        for observation in road.observations { fold.receive(observation) }
        for void in road.voids { fold.receive(void) }
        for profile in profiles {
            for (device, tracks) in fold.tracks(under: profile) {
                for track in tracks {
                    let key = TrackKey(device: device, check: track.check, hop: track.hop)
                    let expected = track.changes.filter { $0.at < end }
                    let found = try await ledger.changes(profile, key, asKnownAt: nil)
                    #expect(found == expected, "seed \(seed) \(key) \(profile.canonicalText)")
                }
            }
        }
    }

    @Test(
        "a ledger that is away again and again loses nothing and gets nothing twice",
        arguments: UInt64(0)..<8
    )
    func ledgerAway(seed: UInt64) async throws {
        let road = SeededRoad(seed: seed)
        let (journal, ledger) = (await Self.journal(road), MemoryLedger())
        await ledger.refuse(17)
        try await Self.keep([Self.first, Self.second], journal, ledger, MemoryBookShelf())
        try await Self.expectHindsight(road, [Self.first, Self.second], journal, ledger, seed)
        let positions = await ledger.pages.map(\.position)
        #expect(positions == positions.sorted() && Set(positions).count == positions.count)
    }

    @Test("a bookkeeper who starts anew at any batch goes on where the ledger is", arguments: UInt64(0)..<8)
    func restarts(seed: UInt64) async throws {
        let road = SeededRoad(seed: seed)
        let (whole, ledger, shelf) = (await Self.journal(road), MemoryLedger(), MemoryBookShelf())
        let batches = await whole.everything
        var random = SplitMix(seed: seed)
        var count = 0
        while count < batches.count {
            count = min(batches.count, count + Int.random(in: 1...25, using: &random))
            let part = MemoryJournal(Array(batches[..<count]))
            await part.close()
            if random.percent(20) { await shelf.lose() }
            try await Self.keep([Self.first, Self.second], part, ledger, shelf)
        }
        try await Self.expectHindsight(road, [Self.first, Self.second], whole, ledger, seed)
    }

    @Test("a profile that comes later gets all the journal's past", arguments: UInt64(0)..<8)
    func newcomer(seed: UInt64) async throws {
        let road = SeededRoad(seed: seed)
        let (whole, ledger, shelf) = (await Self.journal(road), MemoryLedger(), MemoryBookShelf())
        let batches = await whole.everything
        let half = MemoryJournal(Array(batches[..<(batches.count / 2)]))
        await half.close()
        try await Self.keep([Self.first], half, ledger, shelf)
        try await Self.keep([Self.first, Self.second], whole, ledger, shelf)
        try await Self.expectHindsight(road, [Self.first, Self.second], whole, ledger, seed)
    }
}
