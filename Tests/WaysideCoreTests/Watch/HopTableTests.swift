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

    private func table(_ observations: [Observation]) -> HopTable {
        HopTable(self.device, observations: observations, now: self.now) {
            CheckCadence.usual($0).validForMilliseconds
        }
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
            (.down, .timeout, .up, nil, .direct, [.cloudPlaysOn]),
            (.down, .timeout, .down, .notFound, .direct, []),
            (.unknown, .busy, .down, .notFound, .platform, []),
            (.unknown, .busy, .up, nil, nil, []),
            (.abnormal, .authFailed, .down, .notFound, .platform, []),
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
        let table = self.table([self.seen(.direct, direct, why), self.seen(.platform, platform, cause)])
        #expect(table.firstFailing == fails)
        #expect(table.findings == findings)
        #expect(table.rows.map(\.hop) == Hop.allCases)
        #expect(table.rows.filter(\.isAsked).map(\.hop) == [.direct, .platform])
    }

    @Test("a frozen copy of a camera whose own picture moves is stale")
    func frozen() {
        let copy = self.seen(.platform, .down, .frozen, check: .picture)
        let streams = [self.seen(.direct, .up), self.seen(.platform, .up)]
        #expect(self.table(streams + [copy]).findings == [.cloudStale])
        let own = self.seen(.direct, .down, .frozen, check: .picture)
        #expect(
            self.table(streams + [copy, own]).findings.isEmpty,
            "a camera that is frozen itself is no copy's fault"
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
        #expect(table.findings.isEmpty && table.firstFailing == nil)
        #expect(table.rows[0].outcome == .up && table.rows[0].latest?.outcome == .unknown)
        #expect(table.rows[0].ageMilliseconds == 609_000)
        #expect(table.rows[3].outcome == .unknown && table.rows[3].latest == old)
    }

    @Test("a gateway that does not play between a camera and a platform that do is where it is lost")
    func between() {
        let table = self.table([
            self.seen(.direct, .up), self.seen(.gateway, .down, .noMedia),
            self.seen(.platform, .down, .notFound),
        ])
        #expect(table.firstFailing == .gateway && table.findings == [.lostOnTheWay, .notPushed])
    }
}
