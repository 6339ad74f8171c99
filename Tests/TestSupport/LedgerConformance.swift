public import WaysideCore

/// A ledger that can be asked what it holds.
public protocol ReadableLedger: Ledger {
    /// A track's changes, rising, as known at an instant, or now.
    func changes(_ profile: StatusProfile, _ key: TrackKey, asKnownAt: Timestamp?) async throws
        -> [StatusChange]
    /// The live view, by device and facet.
    func live() async throws -> [LiveStatus]
    /// Every ticket, by number.
    func tickets() async throws -> [FaultTicket]
    /// Every notice, in the order in which they were written.
    func notices() async throws -> [Notice]
}

/// What every ledger does alike: each scenario plays pages into an empty ledger and answers with what was
/// wrong.
///
/// The ledger must know the devices of ``inventory`` under its numbers, and tickets go by the default
/// policies.
public enum LedgerConformance: String, CaseIterable, Sendable {
    case onceIsTwice, positionMoves, withdrawal, refold, passingSilence, reannouncedEnd, liveView, ticketLife,
        upstreamTicket

    /// Two cameras behind one switch, and who maintains them.
    public static let inventory: Inventory = {
        let assignment = Assignment(organization: "S1", maintainer: "M1", roads: ["G42"], upstreams: [])
        var devices = [
            Device(id: DeviceID(1), key: "SW-1", kind: .switch, name: "switch 1", assignment: assignment)
        ]
        for number in 1...2 {
            var behind = assignment
            behind.upstreams = ["SW-1"]
            devices.append(
                Device(
                    id: DeviceID(Int64(number) + 1),
                    key: "CAM-\(number)",
                    kind: .camera,
                    name: "camera \(number)",
                    assignment: behind
                )
            )
        }
        for index in devices.indices { devices[index].checks = [.reach] }
        return Inventory(
            organizations: [
                Organization(key: "S1", name: "section 1", kind: .section, parent: nil),
                Organization(key: "M1", name: "maintainer 1", kind: .maintainer, parent: nil),
            ],
            devices: devices
        )
    }()

    private static let profile = StatusProfile(missesToConfirm: 3, hitsToRecover: 1)
    private static let start = ServiceDay(number: 20_513).start

    private static func at(_ seconds: Int64) -> Timestamp { Self.start + seconds * 1_000 }

    private static func page(_ position: UInt64, _ seconds: Int64) -> LedgerPage {
        LedgerPage(position: JournalPosition(index: position), writtenAt: Self.at(seconds))
    }

    private static func key(_ device: Int64) -> TrackKey {
        TrackKey(device: DeviceID(device), check: .reach, hop: .direct)
    }

    private static func change(_ device: Int64, _ seconds: Int64, _ status: Status) -> TrackChange {
        TrackChange(
            profile: Self.profile,
            key: Self.key(device),
            change: StatusChange(at: Self.at(seconds), status: status, precedingAt: Self.at(seconds - 60))
        )
    }

    /// Plays the scenario; answers what was wrong, empty when nothing was.
    public func play(on ledger: some ReadableLedger) async throws -> [String] {
        switch self {
        case .onceIsTwice: try await Self.onceIsTwice(ledger)
        case .positionMoves: try await Self.positionMoves(ledger)
        case .withdrawal: try await Self.withdrawal(ledger)
        case .refold: try await Self.refold(ledger)
        case .passingSilence: try await Self.passingSilence(ledger)
        case .reannouncedEnd: try await Self.reannouncedEnd(ledger)
        case .liveView: try await Self.liveView(ledger)
        case .ticketLife: try await Self.ticketLife(ledger)
        case .upstreamTicket: try await Self.upstreamTicket(ledger)
        }
    }

    private static func story(_ changes: [StatusChange]) -> String {
        changes.map { "\(($0.at - Self.start) / 1_000) \($0.status.name)" }.joined(separator: ", ")
    }

    private static func expect(_ found: some Equatable, _ wanted: some Equatable, _ what: String) -> [String]
    {
        "\(found)" == "\(wanted)" ? [] : ["\(what): \(found), wanted \(wanted)"]
    }

    private static func onceIsTwice(_ ledger: some ReadableLedger) async throws -> [String] {
        var page = Self.page(0, 60)
        page.changes = [Self.change(2, 10, .online)]
        page.faults = [
            .confirmed(
                DeviceID(2),
                facets: [FailedFacet(facet: .reachability, since: Self.at(10), cause: nil)],
                at: Self.at(60)
            )
        ]
        for _ in 0..<3 { try await ledger.commit(page) }
        return Self.expect(
            Self.story(try await ledger.changes(Self.profile, Self.key(2), asKnownAt: nil)),
            "10 online",
            "changes"
        )
            + Self.expect(try await ledger.tickets().count, 1, "tickets")
            + Self.expect(
                try await ledger.notices().map(\.key),
                ["ticket-1-opened-1-webhook", "ticket-1-opened-1-mail"],
                "notices"
            )
    }

    private static func positionMoves(_ ledger: some ReadableLedger) async throws -> [String] {
        var wrong = Self.expect(try await ledger.position() == nil, true, "a new ledger has no position")
        try await ledger.commit(Self.page(7, 10))
        wrong += Self.expect(try await ledger.position()?.index ?? 0, 7, "position")
        var older = Self.page(6, 20)
        older.changes = [Self.change(2, 5, .online)]
        try await ledger.commit(older)
        wrong += Self.expect(try await ledger.position()?.index ?? 0, 7, "position after an older page")
        return wrong
            + Self.expect(
                try await ledger.changes(Self.profile, Self.key(2), asKnownAt: nil).count,
                0,
                "changes"
            )
    }

    private static func withdrawal(_ ledger: some ReadableLedger) async throws -> [String] {
        var first = Self.page(0, 200)
        first.changes = [
            Self.change(2, 10, .online), Self.change(2, 135, .unknown), Self.change(3, 10, .online),
        ]
        try await ledger.commit(first)
        var second = Self.page(1, 300)
        second.withdrawals = [TrackWithdrawal(profile: Self.profile, key: Self.key(2), at: Self.at(135))]
        second.changes = [Self.change(2, 135, .abnormal)]
        try await ledger.commit(second)
        let (now, then) = (
            try await ledger.changes(Self.profile, Self.key(2), asKnownAt: nil),
            try await ledger.changes(Self.profile, Self.key(2), asKnownAt: Self.at(299))
        )
        return Self.expect(Self.story(now), "10 online, 135 abnormal", "now")
            + Self.expect(Self.story(then), "10 online, 135 unknown", "as known before")
            + Self.expect(
                Self.story(try await ledger.changes(Self.profile, Self.key(2), asKnownAt: Self.at(199))),
                "",
                "before all"
            )
    }

    private static func refold(_ ledger: some ReadableLedger) async throws -> [String] {
        for (index, change) in [(10, Status.online), (100, .offline), (160, .online)].enumerated() {
            var page = Self.page(UInt64(index), Int64(change.0) + 60)
            page.changes = [
                Self.change(2, Int64(change.0), change.1), Self.change(3, Int64(change.0), change.1),
            ]
            try await ledger.commit(page)
        }
        var page = Self.page(9, 400)
        page.refolds = [
            TrackRefold(
                profile: Self.profile,
                key: Self.key(2),
                after: JournalPosition(index: 0),
                changes: [Self.change(2, 130, .abnormal).change]
            ),
            TrackRefold(profile: Self.profile, key: Self.key(3), after: nil, changes: []),
        ]
        try await ledger.commit(page)
        return Self.expect(
            Self.story(try await ledger.changes(Self.profile, Self.key(2), asKnownAt: nil)),
            "10 online, 130 abnormal",
            "now"
        )
            + Self.expect(
                Self.story(try await ledger.changes(Self.profile, Self.key(2), asKnownAt: Self.at(399))),
                "10 online, 100 offline, 160 online",
                "as known before"
            )
            + Self.expect(
                try await ledger.changes(Self.profile, Self.key(3), asKnownAt: nil).count,
                0,
                "from nothing"
            )
    }

    /// A silence between two pages was known until the second took it back, and no longer.
    private static func passingSilence(_ ledger: some ReadableLedger) async throws -> [String] {
        var first = Self.page(0, 100)
        first.changes = [Self.change(2, 10, .online)]
        try await ledger.commit(first)
        var second = Self.page(1, 300)
        var silence = Self.change(2, 135, .unknown)
        silence.knownAt = Self.at(136)
        second.passing = [silence]
        second.changes = [Self.change(2, 135, .abnormal)]
        try await ledger.commit(second)
        var wrong: [String] = []
        for (seconds, story) in [
            (135, "10 online"), (136, "10 online, 135 unknown"), (299, "10 online, 135 unknown"),
            (300, "10 online, 135 abnormal"),
        ] {
            let instant = Self.at(Int64(seconds))
            let known = try await ledger.changes(Self.profile, Self.key(2), asKnownAt: instant)
            wrong += Self.expect(Self.story(known), story, "as known at \(seconds)")
        }
        let now = try await ledger.changes(Self.profile, Self.key(2), asKnownAt: nil)
        return wrong + Self.expect(Self.story(now), "10 online, 135 abnormal", "now")
    }

    /// A fold made again takes back the end that an older book announced, and announces it anew.
    private static func reannouncedEnd(_ ledger: some ReadableLedger) async throws -> [String] {
        var first = Self.page(0, 200)
        first.changes = [Self.change(2, 10, .online), Self.change(2, 135, .unknown)]
        try await ledger.commit(first)
        var second = Self.page(5, 300)
        second.withdrawals = [TrackWithdrawal(profile: Self.profile, key: Self.key(2), at: Self.at(135))]
        second.refolds = [
            TrackRefold(
                profile: Self.profile,
                key: Self.key(2),
                after: JournalPosition(index: 0),
                changes: [Self.change(2, 135, .unknown).change, Self.change(2, 250, .online).change]
            )
        ]
        try await ledger.commit(second)
        return Self.expect(
            Self.story(try await ledger.changes(Self.profile, Self.key(2), asKnownAt: nil)),
            "10 online, 135 unknown, 250 online",
            "now"
        )
    }

    private static func liveView(_ ledger: some ReadableLedger) async throws -> [String] {
        func live(_ status: Status, _ seconds: Int64) -> LiveStatus {
            LiveStatus(
                device: DeviceID(2),
                facet: .reachability,
                status: status,
                since: Self.at(seconds),
                cause: status == .offline ? .timeout : nil,
                isFaltering: false,
                knownAt: Self.at(seconds)
            )
        }
        var first = Self.page(0, 100)
        first.live = [live(.online, 10), live(.offline, 90)]
        try await ledger.commit(first)
        var wrong = Self.expect(
            try await ledger.live() == [live(.offline, 90)],
            true,
            "the last of a page counts"
        )
        var second = Self.page(1, 200)
        second.live = [live(.online, 150)]
        try await ledger.commit(second)
        wrong += Self.expect(try await ledger.live() == [live(.online, 150)], true, "the next page counts")
        return wrong
    }

    private static func ticketLife(_ ledger: some ReadableLedger) async throws -> [String] {
        let failed = FailedFacet(facet: .reachability, since: Self.at(10), cause: .timeout)
        var first = Self.page(0, 100)
        first.faults = [.confirmed(DeviceID(2), facets: [failed], at: Self.at(100))]
        try await ledger.commit(first)
        var wrong = Self.expect(
            try await ledger.tickets().map(\.stage.name),
            [FaultTicket.StageName.dispatched],
            "opened"
        )
        var second = Self.page(1, 400)
        let recovery = FaultTicket.Recovery(goodProbes: 3, wellSince: Self.at(300))
        second.faults = [.proved(DeviceID(2), recovery, at: Self.at(400))]
        try await ledger.commit(second)
        wrong += Self.expect(
            try await ledger.tickets().map(\.stage.name),
            [FaultTicket.StageName.closed],
            "closed"
        )
        var third = Self.page(2, 900)
        third.faults = [
            .confirmed(
                DeviceID(2),
                facets: [FailedFacet(facet: .reachability, since: Self.at(800), cause: nil)],
                at: Self.at(900)
            )
        ]
        try await ledger.commit(third)
        wrong += Self.expect(try await ledger.tickets().map(\.repeatCount), [1], "reopened under its number")
        wrong += Self.expect(
            try await ledger.notices().map(\.kind),
            [Notice.Kind.opened, .opened, .closed, .closed, .reopened, .reopened],
            "notices"
        )
        let facts = try await ledger.notices().first?.facts
        wrong += Self.expect(facts?.device.maintainer?.name ?? "", "maintainer 1", "maintainer")
        return wrong
            + Self.expect(facts?.cause == .timeout && facts?.since == Self.at(10), true, "why and since when")
    }

    private static func upstreamTicket(_ ledger: some ReadableLedger) async throws -> [String] {
        let failed = FailedFacet(facet: .reachability, since: Self.at(10), cause: .timeout)
        var first = Self.page(0, 100)
        first.faults = [
            .confirmed(DeviceID(1), facets: [failed], at: Self.at(100)),
            .suppressed(DeviceID(2), failed, root: DeviceID(1), at: Self.at(100)),
            .suppressed(DeviceID(3), failed, root: DeviceID(1), at: Self.at(100)),
        ]
        try await ledger.commit(first)
        var second = Self.page(1, 200)
        second.faults = [
            .released(DeviceID(2), root: DeviceID(1), .ownFault, at: Self.at(200)),
            .confirmed(DeviceID(2), facets: [failed], at: Self.at(200)),
        ]
        try await ledger.commit(second)
        let tickets = try await ledger.tickets()
        let affected = tickets.first?.affected.map { "\($0.device) \($0.until != nil)" } ?? []
        let notice = try await ledger.notices().first?.facts
        return Self.expect(tickets.map(\.root), [DeviceID(1), DeviceID(2)], "a ticket for each root")
            + Self.expect(affected, ["#2 true", "#3 false"], "who hangs on it")
            + Self.expect(notice?.affectedNames ?? [], ["camera 1", "camera 2"], "who is named")
    }
}
