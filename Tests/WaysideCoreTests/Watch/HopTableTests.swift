import Testing
import WaysideCore

@Suite struct HopTableTests {
    private let now = Timestamp(milliseconds: 1_700_000_000_000)

    private var device: Device {
        var device = Device(
            id: DeviceID(1),
            key: "CAM",
            kind: .camera,
            name: "CAM",
            assignment: Assignment()
        )
        (device.streamURL, device.platformURL) = ("rtsp://192.0.2.1/a", "http://198.51.100.1/a.m3u8")
        return device
    }

    private func seen(
        _ hop: Hop,
        _ outcome: Outcome,
        _ cause: Cause? = nil,
        check: Check = .stream,
        secondsAgo: Int64 = 60
    ) -> Observation {
        Observation(
            device: DeviceID(1),
            check: check,
            hop: hop,
            at: self.now + -secondsAgo * 1_000,
            outcome: outcome,
            cause: cause
        )
    }

    /// Several looks that all say the same; the last so many seconds ago, each before it half a minute earlier.
    private func looks(
        _ hop: Hop,
        _ outcome: Outcome,
        _ cause: Cause? = nil,
        check: Check = .stream,
        count: Int64 = 3,
        secondsAgo: Int64 = 60
    ) -> [Observation] {
        (0..<count).map {
            self.seen(hop, outcome, cause, check: check, secondsAgo: secondsAgo + 30 * (count - 1 - $0))
        }
    }

    private static func rule(_ check: Check) -> ChainRule {
        ChainRule(
            missesToConfirm: 3,
            hitsToRecover: 1,
            validForMilliseconds: CheckCadence.usual(check).validForMilliseconds
        )
    }

    private func table(_ observations: [Observation]) -> HopTable {
        HopTable(self.device, observations: observations, now: self.now, rule: Self.rule)
    }

    @Test(
        "what two places say of a camera becomes the place that fails and what it means",
        arguments: [
            (Outcome.up, nil, .up, nil, nil, []),
            (.up, nil, .down, .stalePlaylist, .platform, [.cloudStale]),
            (.up, nil, .down, .notFound, .platform, [.notPushed]),
            (.up, nil, .down, .noMedia, .platform, [.notPushed]),
            (.abnormal, .lossHigh, .down, .noKeyframe, .platform, [.notPushed]),
            (.up, nil, .down, .timeout, .platform, [.platformAway]),
            (.up, nil, .down, .refused, .platform, [.platformAway]),
            (.down, .timeout, .up, nil, .direct, [.cloudPlaysOn]),
            (.down, .noMedia, .up, nil, .direct, [.cloudPlaysOn]),
            (.down, .notFound, .up, nil, .direct, [.directMisaddressed]),
            (.down, .refused, .up, nil, .direct, [.directMisaddressed]),
            (.down, .tlsFailed, .up, nil, .direct, [.directMisaddressed]),
            (.down, .protocolError, .abnormal, .bitrateLow, .direct, [.directMisaddressed]),
            (.down, .timeout, .down, .notFound, .direct, []),
            (.unknown, .busy, .down, .notFound, .platform, []),
            (.unknown, .busy, .up, nil, nil, []),
        ] as [(Outcome, Cause?, Outcome, Cause?, Hop?, [HopTable.Finding])]
    )
    func disagreement(
        direct: Outcome,
        why: Cause?,
        platform: Outcome,
        cause: Cause?,
        fails: Hop?,
        findings: [HopTable.Finding]
    ) {
        let table = self.table(self.looks(.direct, direct, why) + self.looks(.platform, platform, cause))
        #expect(table.firstFailing == fails)
        #expect(table.findings == findings)
        #expect(table.rows.map(\.hop) == Hop.allCases)
        #expect(table.rows.filter(\.isAsked).map(\.hop) == [.direct, .platform])
    }

    @Test(
        "a place that kept us away before any media came neither plays nor fails, and no other is blamed for it",
        arguments: [Cause.authFailed, .busy, .lockedOut, .certificateInvalid, .unsupportedCodec, nil]
    )
    func unproved(cause: Cause?) {
        let copyIsMissing = self.table(
            self.looks(.direct, .abnormal, cause) + self.looks(.platform, .down, .notFound)
        )
        #expect(copyIsMissing.findings.isEmpty && copyIsMissing.firstFailing == .platform)
        #expect(!copyIsMissing.rows[0].plays && !copyIsMissing.rows[0].fails && !copyIsMissing.isUnsettled)
        let copyIsBarred = self.table(
            self.looks(.direct, .down, .timeout) + self.looks(.platform, .abnormal, cause)
        )
        #expect(copyIsBarred.findings.isEmpty && copyIsBarred.firstFailing == .direct)
        #expect(!copyIsBarred.rows[3].plays)
    }

    @Test("of the causes that make a stream abnormal only those measured on media prove that it came")
    func proof() {
        let abnormal = Cause.allCases.filter { $0.outcome(of: .stream) == .abnormal }
        #expect(
            Set(abnormal.filter { $0.mediaEvidence == .measured })
                == [.lossHigh, .bitrateLow, .timestampsJump]
        )
        let down = Cause.allCases.filter { $0.outcome(of: .stream) == .down }
        #expect(down.count == 10)
        for cause in down {
            #expect(![.measured, .barred, .nothing].contains(cause.mediaEvidence), "\(cause)")
        }
    }

    @Test(
        "a single miss, and one less than confirms an outage, is no disagreement yet",
        arguments: [1, 2, 3] as [Int64]
    )
    func confirmation(misses: Int64) {
        for (hop, other) in [(Hop.platform, Hop.direct), (.direct, .platform)] {
            let table = self.table(
                self.looks(hop, .down, .timeout, count: misses)
                    + [320, 20].map { self.seen(other, .up, secondsAgo: $0) }
            )
            #expect(table.firstFailing == hop)
            #expect(table.findings.isEmpty == (misses < 3))
            #expect(table.isUnsettled == (misses < 3) && table.isSettled == (misses >= 3))
            #expect((table.rows.first { $0.hop == hop }?.confirmedAt != nil) == (misses >= 3))
        }
    }

    @Test(
        "a camera that has just died is not said to play until it has been looked at since its copy was lost"
    )
    func justDied() {
        let lost = self.looks(.platform, .down, .noMedia, secondsAgo: 30)
        let before = self.table([self.seen(.direct, .up, secondsAgo: 280)] + lost)
        #expect(before.findings.isEmpty && before.isUnsettled)
        let dead = self.table(
            [self.seen(.direct, .up, secondsAgo: 280), self.seen(.direct, .down, .timeout, secondsAgo: 10)]
                + lost
        )
        #expect(dead.findings.isEmpty && dead.firstFailing == .direct && !dead.isUnsettled)
        let alive = self.table([280, 10].map { self.seen(.direct, .up, secondsAgo: $0) } + lost)
        #expect(alive.findings == [.notPushed])
    }

    @Test(
        "a camera that has just come back is not said to be pushed by nobody until its copy has been looked at since"
    )
    func justBack() {
        let gone =
            self.looks(.direct, .down, .timeout, secondsAgo: 200)
            + self.looks(.platform, .down, .noMedia, secondsAgo: 190) + [
                self.seen(.direct, .up, secondsAgo: 40)
            ]
        #expect(self.table(gone).findings.isEmpty && self.table(gone).isUnsettled)
        let still = self.seen(.platform, .down, .noMedia, secondsAgo: 10)
        #expect(self.table(gone + [still]).findings == [.notPushed])
        #expect(self.table(gone + [self.seen(.platform, .up, secondsAgo: 10)]).isSettled)
    }

    @Test("misses so far apart that the earlier one no longer spoke do not confirm one another")
    func gap() {
        let far = [1_300, 650, 5].map { self.seen(.platform, .down, .timeout, secondsAgo: $0) }
        let own = [301, 1].map { self.seen(.direct, .up, secondsAgo: $0) }
        #expect(self.table(far + own).findings.isEmpty)
        let near = [1_200, 600, 5].map { self.seen(.platform, .down, .timeout, secondsAgo: $0) }
        #expect(self.table(near + own).findings == [.platformAway])
    }

    @Test("of two looks at one instant the worse one counts, once, in whatever order they come")
    func sameInstant() {
        let twice = [
            self.seen(.platform, .down, .timeout, secondsAgo: 90), self.seen(.platform, .up, secondsAgo: 60),
            self.seen(.platform, .down, .timeout), self.seen(.platform, .down, .timeout),
        ]
        for looks in [twice, twice.reversed()] {
            let table = self.table(looks + [self.seen(.direct, .up, secondsAgo: 5)])
            #expect(table.rows[3].fails && table.rows[3].confirmedAt == nil && table.findings.isEmpty)
        }
    }

    @Test("a frozen copy of a camera whose own picture moves is stale, once that is confirmed")
    func frozen() {
        let copy = self.looks(.platform, .down, .frozen, check: .picture, secondsAgo: 90)
        let streams = [self.seen(.direct, .up), self.seen(.platform, .up)]
        #expect(self.table(streams + copy).findings == [.cloudStale])
        #expect(self.table(streams + copy.dropLast()).findings.isEmpty)
        let own = self.seen(.direct, .down, .frozen, check: .picture)
        #expect(
            self.table(streams + copy + [own]).findings.isEmpty,
            "a camera that is frozen itself is no copy's fault"
        )
        let dark = self.looks(.direct, .down, .timeout) + [self.seen(.platform, .up)]
        #expect(
            self.table(dark + copy.suffix(1)).findings.isEmpty,
            "a copy that stands still does not play on"
        )
    }

    @Test(
        "an old answer no longer speaks, what could not be told does not hide it, and the future is not looked at"
    )
    func validity() {
        let old = self.seen(.platform, .down, .notFound, secondsAgo: 610)
        let table = self.table([
            self.seen(.direct, .up, secondsAgo: 609), self.seen(.direct, .unknown, .busy, secondsAgo: 9), old,
            self.seen(.platform, .up, secondsAgo: -1),
        ])
        #expect(table.findings.isEmpty && table.firstFailing == nil && !table.isSettled)
        #expect(table.rows[0].outcome == .up && table.rows[0].latest?.outcome == .unknown)
        #expect(table.rows[0].ageMilliseconds == 609_000)
        #expect(table.rows[3].outcome == .unknown && table.rows[3].latest?.at == old.at)
        #expect(table.rows[3].confirmedAt == nil)
    }

    @Test("a gateway that does not play between a camera and a platform that do is where it is lost")
    func between() {
        let table = self.table(
            self.looks(.direct, .up) + self.looks(.gateway, .down, .noMedia)
                + self.looks(.platform, .down, .notFound)
        )
        #expect(table.firstFailing == .gateway && table.findings == [.lostOnTheWay, .notPushed])
    }
}
