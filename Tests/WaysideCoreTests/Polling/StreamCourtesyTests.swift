import Testing
import WaysideCore

@Suite struct StreamCourtesyTests {
    private typealias Passage = StreamPassages.Passage

    private static let gateway = Passage(device: DeviceID(900), key: "GW-1", kind: .gateway)
    private static let link = Passage(device: DeviceID(901), key: "LINK-1", kind: .link)

    func second(_ number: Int64) -> Timestamp { Timestamp(milliseconds: number * 1_000) }

    func call(
        _ device: Int64,
        _ hop: Hop = .direct,
        check: Check = .stream,
        server: String? = nil,
        _ change: (inout StreamCall) -> Void = { _ in }
    ) -> StreamCall {
        var call = StreamCall(
            track: TrackKey(device: DeviceID(device), check: check, hop: hop),
            server: server ?? "192.0.2.\(device)"
        )
        change(&call)
        return call
    }

    func permit(_ admission: StreamAdmission) throws -> StreamPermit {
        guard case .go(let permit) = admission else {
            throw Refused(admission: admission)
        }
        return permit
    }

    struct Refused: Error { var admission: StreamAdmission }

    @Test("a camera has one session of ours, whatever place or check asks, and is free again when it ends")
    func oneSession() throws {
        var courtesy = StreamCourtesy()
        let first = try self.permit(courtesy.admit(self.call(1), now: self.second(0)))
        let others = [
            self.call(1, .platform, server: "cloud"), self.call(1, check: .picture), self.call(1),
        ]
        for other in others { #expect(courtesy.admit(other, now: self.second(1)) == .wait(.camera)) }
        #expect(courtesy.sessions == 1)
        courtesy.leave(first, cause: nil, now: self.second(2))
        _ = try self.permit(courtesy.admit(others[0], now: self.second(2)))
        courtesy.leave(first, cause: nil, now: self.second(3))
        #expect(courtesy.sessions == 1, "leave is given back once only")
    }

    @Test(
        "a gateway's budget of sessions and of bit rate holds for direct streams, and the platform passes none of it"
    )
    func budgets() throws {
        var settings = CourtesySettings()
        settings.budgets.byDevice["GW-1"] = StreamBudget(sessions: 2, kilobitsPerSecond: 100_000)
        settings.budgets.byKind[.link] = StreamBudget(sessions: 100, kilobitsPerSecond: 10_000)
        var courtesy = StreamCourtesy(settings: settings)
        func direct(_ device: Int64, _ passages: [Passage]) -> StreamCall {
            self.call(device) { $0.passages = passages }
        }
        let first = try self.permit(
            courtesy.admit(direct(1, [Self.gateway, Self.link]), now: self.second(0))
        )
        _ = try self.permit(courtesy.admit(direct(2, [Self.gateway, Self.link]), now: self.second(0)))
        let full = StreamShortage.budget(Self.gateway, .sessions)
        #expect(courtesy.admit(direct(3, [Self.gateway]), now: self.second(0)) == .wait(full))
        #expect(full.words == "budget of GW-1 used up (sessions)")
        #expect(
            courtesy.admit(direct(4, [Self.link]), now: self.second(0))
                == .wait(.budget(Self.link, .bitRate)),
            "two streams of 4 096 leave no room for a third under 10 000"
        )
        _ = try self.permit(
            courtesy.admit(
                self.call(5, .platform, server: "cloud") { $0.passages = [Self.gateway] },
                now: self.second(0)
            )
        )
        let load = courtesy.load
        #expect(load.budgets.map(\.passage.key) == ["GW-1", "LINK-1"])
        #expect(load.budgets.map(\.thousandths) == [1_000, 819])
        courtesy.leave(first, cause: .timeout, now: self.second(1))
        _ = try self.permit(courtesy.admit(direct(3, [Self.gateway]), now: self.second(1)))
    }

    @Test(
        "one session is let through whatever it carries, and a track counts with the rate it was measured at"
    )
    func measuredRate() throws {
        var settings = CourtesySettings()
        settings.budgets.byKind[.link] = StreamBudget(sessions: 100, kilobitsPerSecond: 1_000)
        settings.windowIntervalMilliseconds = 60_000
        var courtesy = StreamCourtesy(settings: settings)
        let small = self.call(1) { $0.passages = [Self.link] }
        let first = try self.permit(courtesy.admit(small, now: self.second(0)))
        #expect(
            courtesy.admit(self.call(2) { $0.passages = [Self.link] }, now: self.second(0))
                == .wait(.budget(Self.link, .bitRate))
        )
        courtesy.leave(
            first,
            cause: nil,
            measure: StreamMeasure(kilobitsPerSecond: 128.9),
            now: self.second(1)
        )
        let again = try self.permit(courtesy.admit(small, now: self.second(2)))
        #expect(courtesy.load.budgets.first?.kilobitsPerSecond == 128)
        courtesy.leave(again, cause: nil, now: self.second(3))
        #expect(courtesy.load.budgets.isEmpty)
    }

    @Test("quality is measured once an interval, at each track's own place, spread over the interval")
    func windows() throws {
        var courtesy = StreamCourtesy()
        var measured: [Int64: [Int64]] = [:]
        for turn in 0..<48 {
            let now = self.second(Int64(turn) * 300)
            for device in 1...200 {
                let permit = try self.permit(courtesy.admit(self.call(Int64(device)), now: now))
                if permit.measuresQuality { measured[Int64(device), default: []].append(Int64(turn)) }
                let measure = permit.measuresQuality ? StreamMeasure(kilobitsPerSecond: 4_000) : nil
                courtesy.leave(permit, cause: nil, measure: measure, now: now)
            }
        }
        #expect(measured.count == 200)
        for turns in measured.values {
            #expect((7...8).contains(turns.count))
            #expect(zip(turns, turns.dropFirst()).allSatisfy { $1 - $0 == 6 })
        }
        let perTurn = (12..<18).map { turn in
            measured.values.count { turns in turns.contains { $0 == Int64(turn) } }
        }
        #expect(perTurn.reduce(0, +) == 200)
        #expect(perTurn.allSatisfy { (15...55).contains($0) }, "not all in one turn: \(perTurn)")
    }

    @Test(
        "a window is shed when a budget or our own sessions are nearly full, and made up for at the next turn"
    )
    func shedding() throws {
        var settings = CourtesySettings()
        settings.budgets.byKind[.gateway] = StreamBudget(sessions: 4, kilobitsPerSecond: 1_000_000)
        settings.sessions = 8
        var courtesy = StreamCourtesy(settings: settings)
        func visit(_ device: Int64, at second: Int64) throws -> StreamPermit {
            let call = self.call(device) { $0.passages = device < 10 ? [Self.gateway] : [] }
            return try self.permit(courtesy.admit(call, now: self.second(second)))
        }
        for device in 1...4 {
            let permit = try visit(Int64(device), at: 0)
            #expect(!permit.measuresQuality, "after a start each waits for its place")
            courtesy.leave(permit, cause: nil, now: self.second(0))
        }
        let permits = try (1...4).map { try visit(Int64($0), at: 1_801) }
        #expect(permits.map(\.measuresQuality) == [true, true, true, false])
        #expect(courtesy.load.counts.windows == 3 && courtesy.load.counts.windowsShed == 1)
        for permit in permits {
            courtesy.leave(permit, cause: nil, measure: nil, now: self.second(1_802))
        }
        for device in 11...16 { _ = try visit(Int64(device), at: 1_803) }
        #expect(try !visit(4, at: 1_900).measuresQuality, "six of our own eight are taken")
        #expect(courtesy.load.counts.windowsShed == 2)
        _ = try visit(17, at: 1_900)
        #expect(courtesy.admit(self.call(18), now: self.second(1_900)) == .wait(.ourselves(sessions: 8)))
    }

    @Test("where one session at a time is let through, one at a time is measured")
    func narrowLink() throws {
        var settings = CourtesySettings()
        settings.budgets.byKind[.link] = StreamBudget(sessions: 1, kilobitsPerSecond: 512)
        var courtesy = StreamCourtesy(settings: settings)
        var windows = 0
        for turn in 0..<7 {
            let now = self.second(Int64(turn) * 300)
            let permit = try self.permit(courtesy.admit(self.call(1) { $0.passages = [Self.link] }, now: now))
            windows += permit.measuresQuality ? 1 : 0
            let measure = permit.measuresQuality ? StreamMeasure(kilobitsPerSecond: 480) : nil
            courtesy.leave(permit, cause: nil, measure: measure, now: now)
        }
        #expect(windows == 1 && courtesy.load.counts.windowsShed == 0)
    }

    @Test("a bad stream that cannot be measured now is what it was, for as long as a window is due anyway")
    func badAndUnmeasured() throws {
        var settings = CourtesySettings()
        settings.budgets.byKind[.link] = StreamBudget(sessions: 2, kilobitsPerSecond: 1_000_000)
        var courtesy = StreamCourtesy(settings: settings)
        let call = self.call(1) { $0.passages = [Self.link] }
        func visit(at second: Int64, _ measure: StreamMeasure?, cause: Cause? = nil) throws -> StreamFault? {
            let permit = try self.permit(courtesy.admit(call, now: self.second(second)))
            #expect(permit.measuresQuality == (measure != nil))
            return courtesy.leave(permit, cause: cause, measure: measure, now: self.second(second))
        }
        _ = try visit(at: 0, nil)
        let bad = StreamMeasure(kilobitsPerSecond: 900, packetsExpected: 500, packetsLost: 50)
        #expect(try visit(at: 1_801, bad) == StreamFault(cause: .lossHigh, agoMilliseconds: 0))
        let other = try self.permit(
            courtesy.admit(self.call(2) { $0.passages = [Self.link] }, now: self.second(1_802))
        )
        #expect(try visit(at: 2_101, nil) == StreamFault(cause: .lossHigh, agoMilliseconds: 300_000))
        #expect(try visit(at: 2_401, nil, cause: .timeout) == nil, "it did not play, which says more")
        #expect(try visit(at: 3_600, nil) == StreamFault(cause: .lossHigh, agoMilliseconds: 1_799_000))
        #expect(try visit(at: 3_601, nil) == nil)
        courtesy.leave(other, cause: nil, now: self.second(3_602))
        #expect(try visit(at: 3_901, StreamMeasure(kilobitsPerSecond: 900)) == nil)
    }

    @Test("a stream whose window was bad is measured at every turn until it is well")
    func badWindow() throws {
        var courtesy = StreamCourtesy()
        func visit(at second: Int64, lost: Int?) throws -> (measures: Bool, fault: Cause?) {
            let permit = try self.permit(courtesy.admit(self.call(1), now: self.second(second)))
            let measure = lost.map {
                StreamMeasure(kilobitsPerSecond: 900, packetsExpected: 500, packetsLost: $0)
            }
            let fault = courtesy.leave(
                permit,
                cause: nil,
                measure: permit.measuresQuality ? measure : nil,
                now: self.second(second)
            )
            return (permit.measuresQuality, fault?.cause)
        }
        #expect(try visit(at: 0, lost: 50) == (false, nil))
        #expect(try visit(at: 1_801, lost: 50) == (true, .lossHigh))
        #expect(try visit(at: 1_831, lost: 6) == (true, .lossHigh))
        #expect(try visit(at: 1_861, lost: 5) == (true, nil), "5 of 500 are not more than 1 %")
        #expect(try visit(at: 1_891, lost: 50) == (false, nil))
    }

    @Test(
        "a camera that was busy is left to its viewers while its pushed copy plays, then in every other turn"
    )
    func viewersFirst() throws {
        var courtesy = StreamCourtesy()
        let copy = self.call(1, .platform, server: "cloud")
        func visit(_ call: StreamCall, at second: Int64, _ cause: Cause? = nil) throws {
            let permit = try self.permit(courtesy.admit(call, now: self.second(second)))
            courtesy.leave(permit, cause: cause, now: self.second(second))
        }
        let direct = self.call(1)
        try visit(copy, at: 0)
        try visit(direct, at: 0, .busy)
        #expect(courtesy.admit(direct, now: self.second(899)) == .spare(.busy(againMilliseconds: 1_000)))
        try visit(copy, at: 899)
        try visit(direct, at: 900)
        #expect(
            courtesy.admit(direct, now: self.second(1_200)) == .spare(.viewers(againMilliseconds: 150_000))
        )
        try visit(direct, at: 1_500)
        try visit(copy, at: 1_501, .noMedia)
        try visit(direct, at: 1_800)
        try visit(copy, at: 1_801)
        #expect(
            courtesy.admit(direct, now: self.second(2_100)) == .spare(.viewers(againMilliseconds: 150_000)),
            "its copy plays again"
        )
        try visit(direct, at: 14_400)
        try visit(direct, at: 14_401)
        #expect(StreamSparing.busy(againMilliseconds: 1).cause == .busy)
        #expect(StreamSparing.viewers(againMilliseconds: 1).cause == .collectorGap)
        #expect(courtesy.load.counts.spared == 3)
    }

    @Test("a camera that was busy and dies is asked again as soon as any other, though its copy plays on")
    func busyAndDead() throws {
        var courtesy = StreamCourtesy()
        func visit(_ call: StreamCall, at second: Int64, _ cause: Cause?) throws {
            let permit = try self.permit(courtesy.admit(call, now: self.second(second)))
            courtesy.leave(permit, cause: cause, now: self.second(second))
        }
        try visit(self.call(1, .platform, server: "cloud"), at: 0, nil)
        try visit(self.call(1), at: 0, .busy)
        try visit(self.call(1), at: 900, .timeout)
        try visit(self.call(1), at: 930, .timeout)
        try visit(self.call(1), at: 960, .timeout)
    }

    @Test("a busy camera without a pushed copy is asked again in its own turn")
    func noCopy() throws {
        var courtesy = StreamCourtesy()
        let permit = try self.permit(courtesy.admit(self.call(1), now: self.second(0)))
        courtesy.leave(permit, cause: .busy, now: self.second(0))
        _ = try self.permit(courtesy.admit(self.call(1), now: self.second(300)))
    }

    @Test(
        "a measure becomes the gravest cause that passes its threshold",
        arguments: [
            (StreamMeasure(kilobitsPerSecond: 900, packetsExpected: 100, packetsLost: 2), nil),
            (StreamMeasure(kilobitsPerSecond: 900, packetsExpected: 100, packetsLost: 3), .lossHigh),
            (StreamMeasure(kilobitsPerSecond: 900, packetsExpected: 300, packetsLost: 3), nil),
            (StreamMeasure(kilobitsPerSecond: 31.9, timestampJumps: 4), .bitrateLow),
            (StreamMeasure(kilobitsPerSecond: 32, timestampJumps: 1), .timestampsJump),
            (StreamMeasure(kilobitsPerSecond: 32, timestampJumps: 0), nil),
            (StreamMeasure(), nil),
        ] as [(StreamMeasure, Cause?)]
    )
    func thresholds(measure: StreamMeasure, cause: Cause?) {
        #expect(QualityThresholds().cause(of: measure) == cause)
    }

    @Test("settings out of their range say so")
    func problems() {
        #expect(CourtesySettings().problems.isEmpty)
        var settings = CourtesySettings()
        settings.windowMilliseconds = 1_999
        settings.budgets.byDevice["GW"] = StreamBudget(sessions: 0, kilobitsPerSecond: 1)
        settings.thresholds.lossThousandths = 1_001
        #expect(settings.problems.count == 3)
    }
}
