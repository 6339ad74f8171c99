import Testing
import WaysideCore

private func minute(_ count: Int64) -> Timestamp { Timestamp(milliseconds: count * 60_000) }

private func clock() -> RepairClock {
    RepairClock(startedAt: minute(0), warnAt: minute(80), repairBy: minute(100))
}

private let pause = RepairClock.Pause(reason: "works", from: minute(90), until: minute(120))

@Suite("A repair clock") struct RepairClockTests {
    /// A clock in each of its states, at minute 110 at the latest.
    static let states: [RepairClock.State] = [
        RepairClock.Progress.running, .warned(at: minute(80)), .breached(at: minute(100)),
    ]
    .flatMap { progress in
        [
            .going(progress), .paused(pause, progress), .stopped(.repaired, at: minute(90), progress),
            .stopped(.recovered, at: minute(90), progress), .stopped(.merged, at: minute(90), progress),
        ]
    }

    @Test("allows in each state what its table says", arguments: Self.states)
    func wholeTable(state: RepairClock.State) {
        let fresh = RepairClock(startedAt: minute(0), warnAt: minute(80), repairBy: minute(100), state: state)
        var (isGoing, isPaused, isStopped) = (false, false, false)
        switch state {
        case .going: isGoing = true
        case .paused: isPaused = true
        case .stopped: isStopped = true
        }
        var paused = fresh
        #expect(paused.pause(pause) == isGoing)
        var resumed = fresh
        #expect(resumed.resume(at: minute(110)) == isPaused)
        var stopped = fresh
        #expect(stopped.stop(.repaired, at: minute(110)) == isGoing)
        var goesOn = fresh
        #expect(goesOn.goOn(at: minute(110)) == isStopped)
        for (after, isAllowed) in [
            (paused, isGoing), (resumed, isPaused), (stopped, isGoing), (goesOn, isStopped),
        ] {
            #expect(after.progress == fresh.progress)
            #expect((after == fresh) == !isAllowed)
        }
        #expect((fresh.deadline != nil) == isGoing)
    }

    @Test("warns once and is breached once")
    func film() {
        var clock = clock()
        var signals: [Int64: RepairClock.Signal] = [:]
        for now in Int64(0)...200 { signals[now] = clock.tick(minute(now)) }
        #expect(signals == [80: .warned, 100: .breached])
        #expect(clock.isBreached && clock.nextDeadline == nil)
    }

    @Test("tells only of the breach when nobody looked in time")
    func late() {
        var clock = clock()
        #expect(clock.tick(minute(500)) == .breached)
        #expect(clock.tick(minute(501)) == nil)
        #expect(clock.progress == .breached(at: minute(100)))
    }

    @Test("moves warning and deadline by as much as a pause lasted, at most until its end")
    func pauses() {
        var early = clock()
        #expect(early.pause(RepairClock.Pause(reason: "works", from: minute(10), until: minute(60))) == true)
        #expect(early.tick(minute(59)) == nil && early.nextDeadline == minute(60) && early.deadline == nil)
        var late = early
        #expect(early.resume(at: minute(30)) == true)
        #expect((early.warnAt, early.repairBy) == (minute(100), minute(120)))
        #expect(late.tick(minute(75)) == .pauseEnded)
        #expect(late.resume(at: minute(75)) == true)
        #expect((late.warnAt, late.repairBy) == (minute(130), minute(150)))
    }

    @Test("does not go back on a warning or a breach when it is paused")
    func memory() {
        var clock = clock()
        #expect(clock.tick(minute(85)) == .warned)
        #expect(clock.pause(RepairClock.Pause(reason: "works", from: minute(90), until: minute(300))) == true)
        #expect(clock.resume(at: minute(200)) == true)
        #expect(clock.tick(minute(205)) == nil)
        #expect(clock.tick(minute(210)) == .breached)
    }

    @Test("takes off what the device worked, and nothing for a false report")
    func goesOn() {
        for (reason, repairBy) in [(RepairClock.StopReason.recovered, minute(130)), (.repaired, minute(100))]
        {
            var clock = clock()
            #expect(clock.stop(reason, at: minute(50)) == true)
            #expect(clock.tick(minute(500)) == nil)
            #expect(clock.goOn(at: minute(80)) == true)
            #expect(clock.repairBy == repairBy)
        }
    }

    @Test("never warns after its deadline")
    func warning() {
        #expect(RepairClock(startedAt: minute(0), warnAt: minute(9), repairBy: minute(5)).warnAt == minute(5))
    }
}
