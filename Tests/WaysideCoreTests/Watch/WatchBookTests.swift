import TestSupport
import Testing
import WaysideCore

/// The book takes batches in order of arrival; what stands in the ledger in the end is what hindsight says.
@Suite struct WatchBookTests {
    /// What a ledger keeps of changes, in memory.
    struct Written {
        struct Place: Hashable {
            let profile: StatusProfile
            let key: TrackKey
        }
        var rows: [Place: [(position: JournalPosition, change: StatusChange)]] = [:]

        mutating func write(_ page: LedgerPage) {
            for withdrawal in page.withdrawals {
                let place = Place(profile: withdrawal.profile, key: withdrawal.key)
                self.rows[place, default: []].removeAll { $0.change.at == withdrawal.at }
            }
            for refold in page.refolds {
                let place = Place(profile: refold.profile, key: refold.key)
                self.rows[place, default: []].removeAll { row in
                    refold.after.map { row.position > $0 } ?? true
                }
                self.rows[place, default: []] += refold.changes.map { (page.position, $0) }
            }
            for change in page.changes {
                self.rows[Place(profile: change.profile, key: change.key), default: []].append(
                    (page.position, change.change)
                )
            }
        }

        func changes(_ profile: StatusProfile, _ key: TrackKey) -> [StatusChange] {
            (self.rows[Place(profile: profile, key: key)] ?? []).map(\.change).sorted { $0.at < $1.at }
        }
    }

    /// Batches of what was received in the same quarter of an hour.
    static func batches(_ road: SeededRoad) -> [JournalBatch] {
        var entries: [(Timestamp, JournalEntry)] = road.observations.map { ($0.receivedAt, .observation($0)) }
        entries += road.voids.map { ($0.receivedAt, .void($0)) }
        let grouped = Dictionary(grouping: entries) { $0.0.milliseconds / 900_000 }
        return grouped.keys.sorted().enumerated().map { index, quarter in
            JournalBatch(
                position: JournalPosition(index: UInt64(index)),
                writtenAt: Timestamp(milliseconds: (quarter + 1) * 900_000),
                entries: (grouped[quarter] ?? []).map(\.1)
            )
        }
    }

    static func plan(_ road: SeededRoad) -> WatchPlan {
        let entries = road.inventory.devices.filter { $0.isInService(on: road.day) && $0.isMonitored }.map {
            device in
            (
                device.id,
                WatchPlan.Entry(
                    checks: device.checks,
                    rules: Dictionary(
                        uniqueKeysWithValues: device.checks.map { ($0, road.rule.status.chainRule(of: $0)) }
                    )
                )
            )
        }
        return WatchPlan(
            entries: Dictionary(uniqueKeysWithValues: entries),
            topology: FaultTopology(Topology(road.inventory, on: road.day), of: road.inventory)
        )
    }

    static func book(_ road: SeededRoad) -> WatchBook {
        var book = WatchBook(profiles: [road.rule.status, Self.second], policy: TicketPolicy())
        book.adopt(self.plan(road), now: road.day.start)
        return book
    }

    static let second = StatusProfile(
        missesToConfirm: 2,
        hitsToRecover: 2,
        validForMilliseconds: [.reach: 3_000_000, .snmp: 3_000_000, .stream: 4_000_000]
    )

    /// Runs the batches through the book with a snapshot kept every few batches, as the bookkeeper does.
    static func run(_ road: SeededRoad, restarting: Bool = false) throws -> (WatchBook, Written) {
        var book = self.book(road)
        var written = Written()
        var snapshots: [WatchBook] = [book]
        let batches = self.batches(road)
        for batch in batches {
            var conclusion = book.receive(batch)
            if !conclusion.late.isEmpty {
                self.refold(&book, &conclusion, from: snapshots, batches: batches)
            }
            written.write(conclusion.page)
            if batch.position.index % 7 == 0 { snapshots.append(book) }
            if restarting, batch.position.index % 11 == 3 {
                let kept = try #require(
                    WatchBook(snapshot: book.snapshot, profiles: book.profiles, policy: TicketPolicy())
                )
                book = kept
                book.adopt(self.plan(road), now: batch.writtenAt)
            }
        }
        return (book, written)
    }

    private static func refold(
        _ book: inout WatchBook,
        _ conclusion: inout WatchBook.Conclusion,
        from snapshots: [WatchBook],
        batches: [JournalBatch]
    ) {
        var late = conclusion.late
        for base in snapshots.reversed() where !late.isEmpty {
            var refold = Refold(from: base, late: late, voids: book.voids)
            for batch in batches where base.position.map({ batch.position > $0 }) ?? true {
                if batch.position <= conclusion.page.position { refold.receive(batch) }
            }
            late = book.adopt(refold, into: &conclusion.page)
        }
        #expect(late.isEmpty, "the empty book is old enough for everything")
    }

    @Test(
        "late, doubled, reordered and voided observations end in the same ledger as hindsight",
        arguments: UInt64(0)..<60
    )
    func hindsight(seed: UInt64) throws {
        let road = SeededRoad(seed: seed)
        let (book, written) = try Self.run(road)
        var fold = ObservationFold(knownAt: book.writtenAt)
        for observation in road.observations { fold.receive(observation) }
        for void in road.voids { fold.receive(void) }
        for profile in book.profiles {
            for (device, tracks) in fold.tracks(under: profile) {
                for track in tracks {
                    let key = TrackKey(device: device, check: track.check, hop: track.hop)
                    let expected = track.changes.filter { $0.at < book.writtenAt }
                    let found = written.changes(profile, key)
                    let difference = found.difference(from: expected).map { step in
                        switch step {
                        case .insert(_, let change, _): "+ \(change.at) \(change.status.name) \(change)"
                        case .remove(_, let change, _): "- \(change.at) \(change.status.name) \(change)"
                        }
                    }
                    if !difference.isEmpty {
                        Issue.record(
                            "seed \(seed) \(key) written until \(book.writtenAt):\n\(difference.joined(separator: "\n"))"
                        )
                    }
                }
            }
        }
    }

    @Test(
        "a book that is put away and taken out again all the time writes the same",
        arguments: UInt64(0)..<20
    )
    func restarts(seed: UInt64) throws {
        let road = SeededRoad(seed: seed)
        let (whole, wholeWritten) = try Self.run(road)
        let (kept, keptWritten) = try Self.run(road, restarting: true)
        #expect(whole.live == kept.live)
        #expect(
            wholeWritten.rows.mapValues { $0.map(\.change) }
                == keptWritten.rows.mapValues { $0.map(\.change) }
        )
    }

    @Test("a batch taken in twice says nothing new")
    func twice() throws {
        let road = SeededRoad(seed: 5)
        var book = Self.book(road)
        let batch = try #require(Self.batches(road).first { !$0.entries.isEmpty })
        let first = book.receive(batch).page
        #expect(!first.isEmpty)
        let before = book
        let second = book.receive(batch).page
        #expect(second.isEmpty)
        #expect(book == before)
    }

    @Test("a snapshot cut anywhere is refused, not believed")
    func cutSnapshot() throws {
        let road = SeededRoad(seed: 3)
        let (book, _) = try Self.run(road)
        let bytes = book.snapshot
        for length in stride(from: 0, to: bytes.count, by: max(1, bytes.count / 200)) {
            #expect(
                WatchBook(snapshot: Array(bytes[..<length]), profiles: book.profiles, policy: TicketPolicy())
                    == nil
            )
        }
    }

    @Test(
        "a camera that stops answering is offline from its first miss, and unknown once nobody asks any more"
    )
    func live() throws {
        let camera = DeviceID(1)
        let rule = ChainRule(missesToConfirm: 3, hitsToRecover: 1, validForMilliseconds: 125_000)
        var book = WatchBook(profiles: [], policy: TicketPolicy())
        book.adopt(
            WatchPlan(
                entries: [camera: WatchPlan.Entry(checks: [.stream], rules: [.stream: rule])],
                topology: FaultTopology([FaultTopology.Link(device: camera, checks: [.stream])])
            ),
            now: Timestamp(milliseconds: 0)
        )
        var live: [String] = []
        var faults: [FaultEvent] = []
        for minute in 0..<12 {
            let at = Timestamp(milliseconds: Int64(minute) * 60_000)
            let outcome: Outcome? = minute < 2 ? .up : minute < 7 ? .down : nil
            let entries: [JournalEntry] =
                outcome.map {
                    [
                        .observation(
                            Observation(
                                device: camera,
                                check: .stream,
                                at: at,
                                outcome: $0,
                                cause: $0 == .down ? .noMedia : nil
                            )
                        )
                    ]
                } ?? []
            let batch = JournalBatch(
                position: JournalPosition(index: UInt64(minute)),
                writtenAt: at + 1,
                entries: entries
            )
            let page = book.receive(batch).page
            live += page.live.map {
                "\(minute): \($0.status.name)\($0.isFaltering ? " faltering" : "") since \($0.since.milliseconds / 1_000)"
            }
            faults += page.faults
        }
        #expect(
            live == [
                "0: online since 0", "2: online faltering since 0", "4: offline since 120",
                "9: unknown since 485",
            ]
        )
        let confirmed = faults.filter { if case .confirmed = $0 { true } else { false } }
        #expect(confirmed.count == 1)
    }

    /// What the live view says of a camera that is asked at two places, a look at each a minute.
    private static func live(
        direct: String,
        platform: String,
        hops: Set<Hop> = [.direct],
        validForMilliseconds: Int64 = 125_000
    ) -> (live: [String], faults: [FaultEvent]) {
        let camera = DeviceID(1)
        let rule = ChainRule(missesToConfirm: 3, hitsToRecover: 1, validForMilliseconds: validForMilliseconds)
        var book = WatchBook(profiles: [], policy: TicketPolicy())
        book.adopt(
            WatchPlan(
                entries: [camera: WatchPlan.Entry(checks: [.stream], rules: [.stream: rule], hops: hops)],
                topology: FaultTopology([FaultTopology.Link(device: camera, checks: [.stream])])
            ),
            now: Timestamp(milliseconds: 0)
        )
        var told: (live: [String], faults: [FaultEvent]) = ([], [])
        for (minute, symbols) in zip(direct, platform).enumerated() {
            let at = Timestamp(milliseconds: Int64(minute) * 60_000)
            let looks = [(Hop.direct, symbols.0, Int64(0)), (.platform, symbols.1, 5_000)].filter {
                $0.1 != "."
            }
            let entries = looks.map { hop, symbol, later in
                JournalEntry.observation(
                    Observation(
                        device: camera,
                        check: .stream,
                        hop: hop,
                        at: at + later,
                        outcome: symbol == "+" ? .up : .down,
                        cause: symbol == "+" ? nil : .timeout
                    )
                )
            }
            let page = book.receive(
                JournalBatch(
                    position: JournalPosition(index: UInt64(minute)),
                    writtenAt: at + 6_000,
                    entries: entries
                )
            ).page
            told.live += page.live.map { "\(minute): \($0.status.name)\($0.isFaltering ? " faltering" : "")" }
            told.faults += page.faults
        }
        return told
    }

    @Test(
        "a camera that is dark is not online because its copy plays on, and the copy's hits do not prove it repaired"
    )
    func copyPlaysOn() {
        // Between two of the camera's misses its copy says as often that all is well as proves a repair.
        let told = Self.live(
            direct: "++---....-....+",
            platform: "+++++++++++++++",
            validForMilliseconds: 610_000
        )
        #expect(told.live == ["0: online", "2: online faltering", "4: offline", "14: online"])
        #expect(told.faults.contains { if case .confirmed = $0 { true } else { false } })
        let repaired = told.faults.filter { if case .proved = $0 { true } else { false } }
        #expect(repaired.isEmpty, "\(told.faults)")
    }

    @Test("a copy that is lost does not make the camera's own stream offline")
    func copyIsLost() {
        let told = Self.live(direct: "+++++++++", platform: "++-------")
        #expect(told.live == ["0: online"] && told.faults.isEmpty)
    }

    @Test("where no place that is named tells, whatever place tells is heard")
    func othersHeard() {
        #expect(
            Self.live(direct: ".......", platform: "++---..").live == [
                "0: online", "2: online faltering", "4: offline",
            ]
        )
        let spared = Self.live(direct: "++.......+", platform: "++++++++++").live
        #expect(spared == ["0: online"], "left to its viewers, its copy speaks for it")
        #expect(
            Self.live(direct: "-----", platform: "+++++", hops: [.direct, .platform]).live.last == "0: online"
        )
        #expect(Self.live(direct: "+++++", platform: "-----", hops: [.platform]).live.last == "2: offline")
    }

    @Test("a silence that turns out to be none is taken back in the live view too")
    func heardAgain() throws {
        let camera = DeviceID(1)
        let rule = ChainRule(missesToConfirm: 3, hitsToRecover: 1, validForMilliseconds: 125_000)
        var book = WatchBook(profiles: [], policy: TicketPolicy())
        book.adopt(
            WatchPlan(
                entries: [camera: WatchPlan.Entry(checks: [.stream], rules: [.stream: rule])],
                topology: FaultTopology([FaultTopology.Link(device: camera, checks: [.stream])])
            ),
            now: Timestamp(milliseconds: 0)
        )
        // The observation of 120 s waits for a link and comes when nobody expects it any more.
        let batches: [(writtenAt: Int64, seenAt: Int64?)] = [(1, 0), (130, nil), (200, 120), (260, 240)]
        let live = batches.enumerated().flatMap { index, batch in
            let entries = batch.seenAt.map { at in
                JournalEntry.observation(
                    Observation(
                        device: camera,
                        check: .stream,
                        at: Timestamp(milliseconds: at * 1_000),
                        outcome: .up
                    )
                )
            }
            let page = book.receive(
                JournalBatch(
                    position: JournalPosition(index: UInt64(index)),
                    writtenAt: Timestamp(milliseconds: batch.writtenAt * 1_000),
                    entries: [entries].compactMap { $0 }
                )
            ).page
            return page.live.map {
                "\(batch.writtenAt): \($0.status.name) since \($0.since.milliseconds / 1_000)"
            }
        }
        #expect(live == ["1: online since 0", "130: unknown since 125", "200: online since 120"])
    }
}
