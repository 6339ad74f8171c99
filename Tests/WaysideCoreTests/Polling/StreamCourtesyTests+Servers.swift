import Testing
import WaysideCore

// What is learned of servers from their refusals.
extension StreamCourtesyTests {
    @Test(
        "a recorder that refuses two channels beside three sessions is asked for three at once, for four hours"
    )
    func learnedLimit() throws {
        var courtesy = StreamCourtesy()
        let permits = try (1...5).map {
            try self.permit(courtesy.admit(self.call($0, server: "nvr"), now: self.second(0)))
        }
        courtesy.leave(permits[4], cause: .busy, now: self.second(1))
        #expect(courtesy.load.learnedLimits == 0, "one channel alone may be dead")
        courtesy.leave(permits[3], cause: .busy, now: self.second(1))
        #expect(courtesy.load.learnedLimits == 1)
        #expect(
            courtesy.admit(self.call(6, server: "nvr"), now: self.second(2)) == .wait(.server(sessions: 3))
        )
        _ = try self.permit(courtesy.admit(self.call(7, server: "other"), now: self.second(2)))
        let later = self.second(1 + 14_400)
        #expect(
            courtesy.admit(self.call(6, server: "nvr"), now: later + -1) == .wait(.server(sessions: 3))
        )
        _ = try self.permit(courtesy.admit(self.call(6, server: "nvr"), now: later))
    }

    @Test("two dead channels that say busy for ever take no sessions from the others of their recorder")
    func deadChannels() throws {
        var courtesy = StreamCourtesy()
        for turn in 0..<200 {
            let now = self.second(Int64(turn) * 300)
            let permits = try (1...6).map {
                try self.permit(courtesy.admit(self.call($0, server: "nvr"), now: now))
            }
            for (index, permit) in permits.enumerated() {
                courtesy.leave(permit, cause: index == 2 || index == 4 ? .busy : nil, now: now)
            }
        }
        #expect(courtesy.load.learnedLimits == 0)
    }

    @Test("at one platform's server are no more sessions than are set, and others are not concerned")
    func platformSessions() throws {
        var settings = CourtesySettings()
        settings.platformSessions = 2
        var courtesy = StreamCourtesy(settings: settings)
        func call(_ device: Int64, _ hop: Hop = .platform) -> StreamCall {
            self.call(device, hop, server: "cloud")
        }
        let permits = try (1...2).map {
            try self.permit(courtesy.admit(call($0), now: self.second(0)))
        }
        #expect(courtesy.admit(call(3), now: self.second(0)) == .wait(.server(sessions: 2)))
        _ = try self.permit(courtesy.admit(call(4, .direct), now: self.second(0)))
        courtesy.leave(permits[0], cause: nil, now: self.second(1))
        courtesy.leave(permits[1], cause: nil, now: self.second(1))
        _ = try self.permit(courtesy.admit(call(3), now: self.second(1)))
    }

    @Test("what a platform will not play teaches nothing about how many sessions it bears")
    func platformTeachesNothing() throws {
        var courtesy = StreamCourtesy()
        for device in 1...20 {
            let now = self.second(Int64(device))
            let other = try self.permit(
                courtesy.admit(self.call(100 + Int64(device), .platform, server: "cloud"), now: now)
            )
            let dead = try self.permit(
                courtesy.admit(self.call(Int64(device), .platform, server: "cloud"), now: now)
            )
            courtesy.leave(dead, cause: .busy, now: now)
            _ = other
        }
        #expect(courtesy.load.learnedLimits == 0 && courtesy.sessions == 20)
    }

    @Test(
        "of ten at once at a server that bears five, the limit learned is five, in whatever order they come back"
    )
    func learnsTheTruth() throws {
        for seed in 0..<5 {
            var courtesy = StreamCourtesy()
            let permits = try (1...10).map {
                try self.permit(courtesy.admit(self.call($0, server: "nvr"), now: self.second(0)))
            }
            let order = permits.enumerated().sorted {
                ($0.offset * 7 + seed) % 10 < ($1.offset * 7 + seed) % 10
            }
            for (index, permit) in order {
                courtesy.leave(permit, cause: index >= 5 ? .busy : nil, now: self.second(1))
            }
            for number in 11...15 {
                _ = try self.permit(
                    courtesy.admit(self.call(Int64(number), server: "nvr"), now: self.second(2))
                )
            }
            #expect(
                courtesy.admit(self.call(16, server: "nvr"), now: self.second(2))
                    == .wait(.server(sessions: 5))
            )
        }
    }

    @Test("the limit is never none, grows with time, and a lone session that is refused teaches nothing")
    func atLeastOne() throws {
        let tracks = (1...2).map { TrackKey(device: DeviceID($0), check: .stream, hop: .direct) }
        var limit = SessionLimit()
        for track in tracks { limit.refused(track, among: 1, now: self.second(0)) }
        #expect(limit.most == nil)
        for track in tracks { limit.refused(track, among: 2, now: self.second(0)) }
        #expect(limit.most == 1 && limit.allowsOneMore(beside: 0) && !limit.allowsOneMore(beside: 1))
        limit.rest(now: self.second(7_199), everyMilliseconds: 3_600_000)
        #expect(limit.most == 2)
        limit.rest(now: self.second(7_200), everyMilliseconds: 3_600_000)
        #expect(limit.most == 3)
        limit.rest(now: self.second(3_600 * 100), everyMilliseconds: 3_600_000)
        #expect(limit.most == nil)
    }

    private func channel(_ device: Int64, credential: Int = 7) -> StreamCall {
        self.call(device, server: "nvr") { $0.credential = credential }
    }

    /// Thirty channels, one after the other, each asked in every turn; how often each was really asked.
    private func knocks(turns: Int, _ cause: (Int64) -> Cause?) throws -> [Int64: Int] {
        var courtesy = StreamCourtesy()
        var knocks: [Int64: Int] = [:]
        for turn in 0..<turns {
            for device in 1...30 {
                let device = Int64((device + turn * 11) % 30 + 1)
                let now = self.second(Int64(turn) * 300 + device * 10)
                switch courtesy.admit(self.channel(device), now: now) {
                case .go(let permit):
                    knocks[device, default: 0] += 1
                    courtesy.leave(permit, cause: cause(device), now: now)
                case .spare(let sparing): #expect(sparing.cause == .collectorGap)
                case .wait(let shortage): Issue.record("\(shortage)")
                }
            }
        }
        return knocks
    }

    @Test(
        "thirty channels with one wrong password do not knock more often than two would, nor always the same"
    )
    func credentials() throws {
        let knocks = try self.knocks(turns: 24) { _ in .authFailed }
        let all = knocks.values.reduce(0, +)
        #expect((4...16).contains(all), "\(knocks)")
        #expect(knocks.count >= 4, "\(knocks)")
    }

    @Test("two forbidden channels keep no other of their recorder out for longer than the first pause")
    func forbiddenChannels() throws {
        let knocks = try self.knocks(turns: 24) { $0 == 12 || $0 == 13 ? .authFailed : nil }
        for device in (1...30) where device != 12 && device != 13 {
            #expect(knocks[Int64(device)] ?? 0 >= 20, "channel \(device): \(knocks)")
        }
    }

    @Test("where an account is locked, the others keep away for longer each time")
    func locked() throws {
        var courtesy = StreamCourtesy()
        var pauses: [Int64] = []
        var now = self.second(0)
        for _ in 0..<4 {
            let permit = try self.permit(courtesy.admit(self.channel(1), now: now))
            courtesy.leave(permit, cause: .lockedOut, now: now)
            guard case .spare(let sparing) = courtesy.admit(self.channel(2), now: now) else {
                Issue.record("it may knock")
                return
            }
            pauses.append(sparing.againMilliseconds)
            now = now + sparing.againMilliseconds
        }
        #expect(pauses == [900_000, 1_800_000, 3_600_000, 3_600_000])
    }

    @Test(
        "a right credential at the same server is not kept out, and one that is accepted again is open to all"
    )
    func otherCredential() throws {
        var courtesy = StreamCourtesy()
        func visit(_ call: StreamCall, _ cause: Cause?) throws {
            let permit = try self.permit(courtesy.admit(call, now: self.second(1)))
            courtesy.leave(permit, cause: cause, now: self.second(1))
        }
        try visit(self.channel(1), .authFailed)
        #expect(
            courtesy.admit(self.channel(2), now: self.second(1))
                == .spare(.credential(againMilliseconds: 900_000))
        )
        #expect(courtesy.load.refusedCredentials == 1)
        try visit(self.channel(31, credential: 8), nil)
        try visit(self.channel(1), nil)
        try visit(self.channel(2), nil)
        #expect(courtesy.load.refusedCredentials == 0)
    }
}
