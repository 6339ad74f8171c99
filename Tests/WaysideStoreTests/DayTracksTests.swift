import StoreTestSupport
import Synchronization
import TestSupport
import Testing
import WaysideCore
import WaysideStore

/// A random ledger of four devices over a few days, with changes at midnight among them.
private struct RandomLedger {
    static let profile = StatusProfile(missesToConfirm: 3, hitsToRecover: 1)
    static let first = ServiceDay(number: 20_513)
    static let days = Self.first...ServiceDay(number: 20_517)
    static let keys = (1...4).flatMap { number in
        [Check.reach, .stream].map { TrackKey(device: DeviceID(Int64(number)), check: $0, hop: .direct) }
    }

    let store: Store
    private(set) var lastWrittenAt = Self.first.start

    init(seed: UInt64) async throws {
        var random = SplitMix(seed: seed)
        self.store = try StoreFixture.store()
        let devices = Array(JournalFixture.devices.prefix(4))
        let inventory = Inventory(organizations: [], devices: devices)
        _ = try await InventoryStore(self.store).apply(inventory, at: Self.first.start)
        let ledger = PostgresLedger(self.store)
        // Where each track stands, in hours from the first day on.
        var hours = [Int64](repeating: -6, count: Self.keys.count)
        var ends: [TrackWithdrawal] = []
        func next(_ place: Int, _ random: inout SplitMix) -> StatusChange {
            hours[place] += random.pick([1, 2, 3, 6, 12])
            if random.percent(30) { hours[place] += (24 - hours[place] % 24) % 24 }
            let at = Self.first.start + hours[place] * 3_600_000
            let status = random.pick(Status.allCases)
            return StatusChange(
                at: at,
                status: status,
                precedingAt: random.percent(70) ? at - 60_000 : nil,
                lastMissAt: random.percent(50) ? at - 30_000 : nil
            )
        }
        for number in 0..<30 {
            let writtenAt = Self.first.start + Int64(number + 1) * 14_400_000
            var page = LedgerPage(position: JournalPosition(index: UInt64(number)), writtenAt: writtenAt)
            let refolded = random.percent(20) ? random.pick(Array(Self.keys.indices)) : nil
            for place in Self.keys.indices where place != refolded {
                while Self.first.start + hours[place] * 3_600_000 < writtenAt, random.percent(60) {
                    let change = next(place, &random)
                    let key = Self.keys[place]
                    page.changes.append(TrackChange(profile: Self.profile, key: key, change: change))
                    if change.status == .unknown {
                        ends.append(TrackWithdrawal(profile: Self.profile, key: key, at: change.at))
                    }
                }
            }
            if random.percent(30), let end = ends.randomElement(using: &random) {
                if refolded.map({ Self.keys[$0] != end.key }) ?? true { page.withdrawals = [end] }
            }
            if let refolded {
                let after = Int.random(in: -1...number, using: &random)
                page.refolds = [
                    TrackRefold(
                        profile: Self.profile,
                        key: Self.keys[refolded],
                        after: after < 0 ? nil : JournalPosition(index: UInt64(after)),
                        changes: (0..<3).map { _ in next(refolded, &random) }
                    )
                ]
            }
            try await ledger.commit(page)
            self.lastWrittenAt = writtenAt
        }
    }

    /// What the slow way says, without what `current` leaves out: a first change after the span that ends no outage.
    func wanted(_ keys: [TrackKey], _ span: Span) async throws -> [TrackKey: [StatusChange]] {
        let tracks = try await TrackQueries(self.store).tracks(
            Self.profile,
            touching: span,
            asKnownAt: self.lastWrittenAt
        )
        return Self.some(keys, of: tracks, span)
    }

    static func some(
        _ keys: [TrackKey],
        of tracks: [TrackKey: CheckTrack],
        _ span: Span
    ) -> [TrackKey: [StatusChange]] {
        var wanted: [TrackKey: [StatusChange]] = [:]
        for key in keys {
            guard let changes = tracks[key]?.changes, !changes.isEmpty else { continue }
            let inside = changes.filter { $0.at < span.end }
            let isOpen = inside.last?.status == .offline
            let found = isOpen ? changes : inside
            if !found.isEmpty { wanted[key] = found }
        }
        return wanted
    }

    /// Besides the wanted tracks so many that there are not, which makes the store read in the other way.
    static func padded(_ keys: [TrackKey], _ checks: [Check]) -> [TrackKey] {
        keys
            + checks.flatMap { check in
                (0..<4_100).map {
                    TrackKey(device: DeviceID(1_000_000 + Int64($0)), check: check, hop: .direct)
                }
            }
    }
}

/// Takes down what a body that may run anywhere is given.
private final class DaysSeen: Sendable {
    private let seen = Mutex<[(day: ServiceDay, tracks: DayTracks)]>([])
    func take(_ day: ServiceDay, _ tracks: DayTracks) { self.seen.withLock { $0.append((day, tracks)) } }
    var days: [(day: ServiceDay, tracks: DayTracks)] { self.seen.withLock { $0 } }
}

@Suite("A day's tracks")
struct DayTracksTests {
    private static let checks: [[Check]] = [[], [.reach], [.reach, .stream]]

    @Test(
        "are those that were known when the last page was written, looked up singly or read as a whole",
        arguments: UInt64(0)..<5
    )
    func current(seed: UInt64) async throws {
        var random = SplitMix(seed: ~seed)
        let ledger = try await RandomLedger(seed: seed)
        let queries = TrackQueries(ledger.store)
        var spans = [
            RandomLedger.days.lowerBound.previous, RandomLedger.days.lowerBound, .init(number: 20_515),
        ]
        .map(\.span)
        spans += (0..<3).map { _ in
            let from = RandomLedger.first.start + Int64.random(in: -4...96, using: &random) * 3_600_000
            return Span(from, from + Int64.random(in: 1...60, using: &random) * 3_600_000)
        }
        for span in spans {
            for keys in [RandomLedger.keys, Array(RandomLedger.keys.shuffled(using: &random).prefix(3))] {
                let wanted = try await ledger.wanted(keys, span)
                for checks in Self.checks {
                    let found = try #require(
                        try await queries.current(
                            RandomLedger.profile,
                            RandomLedger.padded(keys, checks),
                            touching: span
                        )
                    )
                    #expect(found.knownUntil == ledger.lastWrittenAt)
                    #expect(RandomLedger.some(keys, of: found.tracks, span) == wanted, "seed \(seed)")
                    if checks.isEmpty { #expect(Set(found.tracks.keys).isSubset(of: keys)) }
                }
            }
        }
        await ledger.store.close()
    }

    @Test("are the same one by one and for days in a row", arguments: UInt64(0)..<5)
    func inARow(seed: UInt64) async throws {
        let ledger = try await RandomLedger(seed: seed)
        for checks in Self.checks {
            let wanted = RandomLedger.padded(RandomLedger.keys, checks)
            try await self.compare(ledger.store, RandomLedger.days, wanted, RandomLedger.keys, "seed \(seed)")
        }
        let some = [RandomLedger.keys[0], RandomLedger.keys[3]]
        try await self.compare(ledger.store, RandomLedger.days, some, some, "seed \(seed)")
        await ledger.store.close()
    }

    @Test("in a row begin with a change at midnight, also when it is a track's first")
    func midnight() async throws {
        let store = try StoreFixture.store()
        let days = RandomLedger.days
        let second = days.lowerBound.next
        let keys = RandomLedger.keys
        func change(_ key: TrackKey, _ at: Timestamp, _ status: Status) -> TrackChange {
            TrackChange(profile: RandomLedger.profile, key: key, change: StatusChange(at: at, status: status))
        }
        var page = LedgerPage(position: .beginning, writtenAt: days.upperBound.end)
        page.changes = [
            change(keys[0], days.lowerBound.start, .offline), change(keys[0], second.start, .online),
            change(keys[2], second.start, .online), change(keys[4], second.start - 1, .online),
            change(keys[4], second.start, .offline), change(keys[4], second.end, .online),
            change(keys[6], second.start + 1, .online),
        ]
        try await PostgresLedger(store).commit(page)
        for checks in Self.checks {
            try await self.compare(store, days, RandomLedger.padded(keys, checks), keys, "\(checks)")
        }
        await store.close()
    }

    private func compare(
        _ store: Store,
        _ days: ClosedRange<ServiceDay>,
        _ wanted: [TrackKey],
        _ keys: [TrackKey],
        _ words: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let (queries, seen) = (TrackQueries(store), DaysSeen())
        try await queries.forEachDay(days, RandomLedger.profile, wanted) { seen.take($0, $1) }
        #expect(seen.days.map(\.day.number) == Array(days.lowerBound.number...days.upperBound.number))
        for (day, found) in seen.days {
            let single = try #require(
                try await queries.current(RandomLedger.profile, wanted, touching: day.span)
            )
            #expect(found.knownUntil == single.knownUntil)
            let inARow = RandomLedger.some(keys, of: found.tracks, day.span)
            let byItself = RandomLedger.some(keys, of: single.tracks, day.span)
            let differing = keys.filter { inARow[$0] != byItself[$0] }.map {
                "\($0.device) \($0.check): \(inARow[$0]?.count ?? 0) for \(byItself[$0]?.count ?? 0)"
            }
            #expect(differing == [], "\(words), \(day)", sourceLocation: sourceLocation)
        }
    }

    @Test("have the sums by status that one plain statement gives", arguments: UInt64(0)..<3)
    func plainSums(seed: UInt64) async throws {
        let ledger = try await RandomLedger(seed: seed)
        for number in RandomLedger.days.lowerBound.number...RandomLedger.days.upperBound.number {
            let day = ServiceDay(number: number)
            var wanted: [Status: Int64] = [:]
            let tracks = try await ledger.wanted(RandomLedger.keys.filter { $0.check == .reach }, day.span)
            for changes in tracks.values {
                for (place, change) in changes.enumerated() {
                    let end = place + 1 < changes.count ? changes[place + 1].at : day.end
                    wanted[change.status, default: 0] +=
                        Span(change.at, end).clamped(to: day.span).milliseconds
                }
            }
            let found = try await PlainSums(ledger.store).milliseconds(RandomLedger.profile, .reach, on: day)
            #expect(found.filter { $0.value > 0 } == wanted.filter { $0.value > 0 }, "seed \(seed), \(day)")
        }
        await ledger.store.close()
    }

    @Test("are none while the ledger is empty or has never heard of the profile")
    func empty() async throws {
        let store = try await StoreFixture.storeWithInventory()
        let (queries, seen) = (TrackQueries(store), DaysSeen())
        let (day, keys) = (RandomLedger.first, RandomLedger.keys)
        #expect(try await queries.current(RandomLedger.profile, keys, touching: day.span)?.knownUntil == nil)
        try await queries.forEachDay(day...day, RandomLedger.profile, keys) { seen.take($0, $1) }
        #expect(seen.days.isEmpty)
        try await PostgresLedger(store).commit(LedgerPage(position: .beginning, writtenAt: day.end))
        let found = try #require(
            try await queries.current(RandomLedger.profile, keys, touching: day.span)
        )
        #expect(found.knownUntil == day.end && found.tracks.isEmpty)
        try await queries.forEachDay(day...day.next, RandomLedger.profile, keys) { seen.take($0, $1) }
        #expect(seen.days.map(\.day) == [day, day.next])
        #expect(seen.days.allSatisfy { $0.tracks.tracks.isEmpty && $0.tracks.knownUntil == day.end })
        await store.close()
    }
}
