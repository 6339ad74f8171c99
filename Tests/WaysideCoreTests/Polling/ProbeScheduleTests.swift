import Testing
import WaysideCore

@Suite struct ProbeScheduleTests {
    private let track = TrackKey(device: DeviceID(17), check: .reach, hop: .direct)
    private let start = Timestamp(milliseconds: 1_700_000_000_000)

    private func schedule(_ check: Check = .reach) -> ProbeSchedule {
        let track = TrackKey(device: DeviceID(17), check: check, hop: .direct)
        return ProbeSchedule(track, cadence: .usual(check), missesToConfirm: 3, now: self.start)
    }

    @Test("a track keeps its place in the interval for life")
    func place() {
        let first = PollPlan.nextDue(self.track, every: 60_000, atOrAfter: self.start)
        let afterRestart = PollPlan.nextDue(self.track, every: 60_000, atOrAfter: self.start + 86_412_345)
        #expect((afterRestart - first) % 60_000 == 0)
        #expect(first >= self.start && first < self.start + 60_000)
    }

    @Test("a hastened track is asked a re-check's time from now, once, and then in its place again")
    func hastened() {
        var schedule = self.schedule(.stream)
        let place = schedule.nextDue
        schedule.receive(.up, cause: nil, askedAt: place, now: place + 900)
        let (soon, now) = (schedule.nextDue, place + 100_000)
        let (first, second) = (schedule.hasten(now: now), schedule.hasten(now: now + 5_000))
        #expect(soon == place + 300_000 && first && !second, "it is asked soon already")
        #expect(schedule.nextDue == now + 30_000)
        schedule.receive(.up, cause: nil, askedAt: now + 30_000, now: now + 31_000)
        #expect(schedule.nextDue == soon)
    }

    @Test("who refused us is not hastened, and who is looked at again anyway is not asked more quickly")
    func notHastened() {
        for cause in [Cause.busy, .authFailed, .lockedOut] {
            var schedule = self.schedule(.stream)
            let at = schedule.nextDue
            let outcome: Outcome = cause == .authFailed ? .abnormal : .unknown
            schedule.receive(outcome, cause: cause, askedAt: at, now: at + 100)
            let due = schedule.nextDue
            let isHastened = schedule.hasten(now: at + 1_000)
            #expect(!isHastened && schedule.nextDue == due)
        }
        var schedule = self.schedule(.stream)
        let at = schedule.nextDue
        schedule.receive(.down, cause: .timeout, askedAt: at, now: at + 10_000)
        let isHastened = schedule.hasten(now: at + 10_000)
        #expect(!isHastened && schedule.nextDue == at + 30_000 && !schedule.isOut)
    }

    @Test("no second of the interval is much busier than the next", arguments: [Check.reach, .snmp])
    func flat(check: Check) {
        var bySecond = [Int](repeating: 0, count: 60)
        for number in 1...60_000 {
            let track = TrackKey(device: DeviceID(Int64(number)), check: check, hop: .direct)
            bySecond[Int(PollPlan.place(of: track, inEvery: 60_000) / 1_000)] += 1
        }
        #expect((bySecond.min() ?? 0) > 850 && (bySecond.max() ?? 0) < 1_150)
    }

    @Test("a device's checks have places of their own")
    func checksApart() {
        let places = Set(
            Check.allCases.map { check in
                PollPlan.place(
                    of: TrackKey(device: DeviceID(17), check: check, hop: .direct),
                    inEvery: 60_000
                )
            }
        )
        #expect(places.count == Check.allCases.count)
    }

    @Test("while all is well a track is asked once an interval, also when it sets out a little late")
    func regular() {
        var schedule = self.schedule()
        for late in [0, 15, 400, 3_000] as [Int64] {
            let due = schedule.nextDue
            schedule.receive(.up, cause: nil, askedAt: due + late, now: due + late + 20)
            #expect(schedule.nextDue == due + 60_000)
        }
    }

    @Test("after a miss the re-check cadence holds until the outage is confirmed, then the interval again")
    func recheck() {
        var schedule = self.schedule()
        let first = schedule.nextDue
        var at: [Int64] = []
        for _ in 0..<5 {
            at.append(schedule.nextDue - first)
            schedule.receive(.down, cause: .timeout, askedAt: schedule.nextDue, now: schedule.nextDue + 5_000)
        }
        #expect(at == [0, 20_000, 40_000, 60_000, 120_000])
        // At worst the device dies just after it was asked.
        #expect(60_000 + at[2] + 5_000 <= 60_000 + 2 * 20_000 + 5_000)
    }

    @Test("a refuted miss brings the track back to its place, but not at once")
    func refuted() {
        var schedule = self.schedule()
        let first = schedule.nextDue
        schedule.receive(.down, cause: .timeout, askedAt: first, now: first + 5_000)
        schedule.receive(.up, cause: nil, askedAt: first + 55_000, now: first + 55_010)
        #expect(schedule.nextDue == first + 120_000)
        #expect(schedule.misses == 0)
    }

    @Test("what we could not tell neither counts as a miss nor ends a re-check")
    func unknown() {
        var schedule = self.schedule()
        let first = schedule.nextDue
        schedule.receive(.down, cause: .timeout, askedAt: first, now: first + 5_000)
        schedule.receive(.unknown, cause: .selfOverloaded, askedAt: first + 20_000, now: first + 25_000)
        #expect(schedule.misses == 1 && schedule.isRechecking)
        #expect(schedule.nextDue == first + 40_000)
    }

    @Test("who refuses us is never asked quickly again", arguments: [Cause.authFailed, .lockedOut, .busy])
    func refusal(cause: Cause) {
        var schedule = self.schedule(.stream)
        var last = schedule.nextDue
        for _ in 0..<6 {
            schedule.receive(
                cause == .authFailed ? .abnormal : .unknown,
                cause: cause,
                askedAt: last,
                now: last + 300
            )
            #expect(schedule.nextDue - last >= 300_000)
            #expect(schedule.nextDue - last <= 8 * 300_000)
            if cause != .lockedOut { #expect(schedule.nextDue - last <= 600_000) }
            last = schedule.nextDue
        }
    }

    @Test("a camera that keeps us out is left alone for a minute even on a quick road")
    func lockedOut() throws {
        let quick = try #require(
            CheckCadence(
                intervalMilliseconds: 10_000,
                recheckMilliseconds: 3_000,
                deadlineMilliseconds: 5_000
            )
        )
        let track = TrackKey(device: DeviceID(3), check: .stream, hop: .direct)
        var schedule = ProbeSchedule(track, cadence: quick, missesToConfirm: 3, now: self.start)
        let first = schedule.nextDue
        schedule.receive(.unknown, cause: .lockedOut, askedAt: first, now: first + 100)
        #expect(schedule.nextDue >= first + 60_000)
    }

    @Test("a new cadence is taken over without losing what was learned")
    func adopt() throws {
        var schedule = self.schedule()
        let first = schedule.nextDue
        schedule.receive(.down, cause: .timeout, askedAt: first, now: first + 5_000)
        let quick = try #require(
            CheckCadence(intervalMilliseconds: 5_000, recheckMilliseconds: 2_000, deadlineMilliseconds: 3_000)
        )
        schedule.adopt(quick, missesToConfirm: 3, now: first + 6_000)
        #expect(schedule.isRechecking)
        #expect(schedule.nextDue < first + 11_000 && schedule.nextDue >= first + 6_000)
    }

    @Test("a cadence whose answers would not outlive one lost probe is refused")
    func cadence() {
        #expect(
            CheckCadence(
                intervalMilliseconds: 60_000,
                recheckMilliseconds: 20_000,
                deadlineMilliseconds: 5_000,
                validForMilliseconds: 119_999
            ) == nil
        )
        #expect(CheckCadence.usual(.stream).validForMilliseconds == 610_000)
        for check in Check.allCases {
            #expect(CheckCadence.usual(check).validForMilliseconds == StatusProfile.defaultValidity[check])
        }
    }

    @Test("a camera's streams and pictures share one session, its other checks have their own")
    func sessions() {
        func session(_ check: Check, _ hop: Hop) -> ProbeSession {
            ProbeSession(of: TrackKey(device: DeviceID(1), check: check, hop: hop))
        }
        #expect(session(.stream, .direct) == session(.picture, .direct))
        #expect(session(.stream, .direct) == session(.stream, .platform))
        #expect(session(.reach, .direct) != session(.snmp, .direct))
    }
}
