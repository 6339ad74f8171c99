import Testing
import WaysideCore

@testable import WaysideService

@Suite struct PatrolDeskTests {
    private static func track(_ number: Int64, _ check: Check = .reach, _ hop: Hop = .direct) -> TrackKey {
        TrackKey(device: DeviceID(number), check: check, hop: hop)
    }

    @Test("everybody is asked once an interval, and no second is much busier than the next")
    func flat() {
        var patrol = PatrolSimulation(.road(6_000, [.reach]))
        patrol.run(until: 180_000) { _, _ in (.up, 3) }
        var bySecond = [Int](repeating: 0, count: 180)
        for asked in patrol.asked { bySecond[Int(asked.from / 1_000)] += 1 }
        #expect(patrol.asked.count >= 17_990 && patrol.asked.count <= 18_000)
        #expect((bySecond.max() ?? 0) < 150 && (bySecond.min() ?? 0) > 60)
        #expect(patrol.observations.count > 17_900)
    }

    @Test("batches hold nothing received later, follow one another within a second, and come within 250 ms")
    func batches() {
        var patrol = PatrolSimulation(.road(10, [.reach]))
        patrol.run(until: 120_000) { _, _ in (.up, 7) }
        var last = PatrolSimulation.start
        for batch in patrol.journal {
            #expect(batch.writtenAt >= last && batch.writtenAt - last <= 1_001)
            for case .observation(let seen) in batch.entries {
                #expect(seen.receivedAt <= batch.writtenAt && seen.at <= seen.receivedAt)
                #expect(batch.writtenAt - seen.receivedAt <= 251)
            }
            last = batch.writtenAt
        }
        #expect(patrol.journal.contains { $0.entries.isEmpty })
    }

    @Test("an outage is confirmed within the interval, two re-checks and the deadline")
    func confirmation() throws {
        var patrol = PatrolSimulation(.road(40, [.reach]))
        patrol.run(until: 300_000) { order, elapsed in
            order.device == DeviceID(7) && elapsed >= 100_000 ? (.timeout, 5_000) : (.up, 2)
        }
        let misses = patrol.observations.filter { $0.device == DeviceID(7) && $0.outcome == .down }
        let third = try #require(misses.count >= 3 ? misses[2] : nil)
        #expect(third.receivedAt - (PatrolSimulation.start + 100_000) <= 105_000)
        #expect(misses[1].at - misses[0].at == 20_000 && third.at - misses[1].at == 20_000)
        #expect(misses.count >= 5 && misses[4].at - misses[3].at == 60_000)
    }

    @Test(
        "24 cameras that accept and never speak: each ends at its deadline, with never more than one session"
    )
    func silentCameras() throws {
        let quick = try #require(
            CheckCadence(
                intervalMilliseconds: 10_000,
                recheckMilliseconds: 3_000,
                deadlineMilliseconds: 5_000
            )
        )
        var lines: [PatrolTargets.Line] = []
        for number in 1...24 as ClosedRange<Int64> {
            for (check, hop) in [(.stream, .direct), (.stream, .platform), (.picture, .direct)]
                as [(Check, Hop)]
            {
                lines.append(PatrolTargets.Line(track: Self.track(number, check, hop), cadence: quick))
            }
        }
        var patrol = PatrolSimulation(PatrolTargets(lines: lines, devices: [:]))
        patrol.run(until: 120_000) { _, _ in (.timeout, 5_000) }
        for camera in Dictionary(grouping: patrol.asked, by: \.track.device).values {
            let sessions = camera.sorted { $0.from < $1.from }
            for (one, next) in zip(sessions, sessions.dropFirst()) { #expect(next.from >= one.to) }
            #expect(Set(sessions.map(\.track)).count == 3)
        }
    }

    @Test(
        "a prober that does not come back is given up as ours, and keeps the camera's session until it does"
    )
    func overrun() throws {
        var patrol = PatrolSimulation(.road(1, [.stream]))
        patrol.run(until: 3_000_000) { _, _ in nil }
        #expect(patrol.asked.count == 1)
        let first = try #require(patrol.observations.first)
        #expect(first.outcome == .unknown && first.cause == .selfOverloaded)
        // Given up after 10 s and 500 ms, and received when its batch was appended.
        #expect(first.receivedAt - first.at == 10_750)
        #expect(patrol.observations.allSatisfy { $0.cause == .selfOverloaded })
        let health = patrol.desk.health(elapsed: patrol.elapsed)
        #expect(health.overrunning == 1 && health.inFlight == [.stream: 1] && health.lostTurns > 0)
        patrol.desk.receive(.up, of: 1, elapsed: patrol.elapsed)
        patrol.run(until: 4_000_000) { _, _ in (.up, 900) }
        #expect(patrol.observations.last?.outcome == .up)
    }

    @Test("no more probes of a check are under way than may be")
    func limits() {
        var settings = PatrolSettings()
        settings.probesInFlight = [.reach: 3]
        var patrol = PatrolSimulation(.road(60, [.reach]), settings: settings)
        patrol.run(until: 240_000) { _, _ in (.timeout, 5_000) }
        for asked in patrol.asked {
            #expect(patrol.asked.count { $0.from <= asked.from && asked.from < $0.to } <= 3)
        }
        #expect(patrol.desk.health(elapsed: patrol.elapsed).lostTurns > 0)
        #expect(patrol.observations.contains { $0.outcome == .unknown && $0.cause == .selfOverloaded })
    }

    @Test("a journal that takes nothing: bounded, then nobody is asked, and nothing safe is lost or doubled")
    func fullDisk() {
        var settings = PatrolSettings()
        settings.unsafeEntriesLimit = 100
        var patrol = PatrolSimulation(.road(30, [.reach]), settings: settings)
        patrol.accepts = { $0 < 60_000 || $0 > 1_200_000 }
        patrol.run(until: 1_000_000) { _, _ in (.up, 3) }
        let health = patrol.desk.health(elapsed: patrol.elapsed)
        #expect(health.isPaused && health.unsafeEntries <= 100)
        #expect(health.journalFailure?.reason == "full")
        #expect(patrol.asked.last.map { $0.from < 400_000 } == true)
        patrol.run(until: 1_400_000) { _, _ in (.up, 3) }
        let seen = patrol.observations
        #expect(Set(seen.map { [$0.device.number, $0.at.milliseconds] }).count == seen.count)
        #expect(patrol.desk.health(elapsed: patrol.elapsed).journalFailure == nil)
        #expect(patrol.asked.last.map { $0.from > 1_300_000 } == true)
        for device in Dictionary(grouping: seen, by: \.device).values {
            #expect(device.map(\.at) == device.map(\.at).sorted())
        }
    }

    @Test(
        "a wall clock that steps back and forward an hour: nothing lost, nothing out of order, the steps recorded"
    )
    func clockSteps() {
        var patrol = PatrolSimulation(.road(10, [.reach]))
        patrol.run(until: 120_000) { _, _ in (.up, 3) }
        patrol.wallOffset = -3_600_000
        patrol.run(until: 240_000) { _, _ in (.up, 3) }
        patrol.wallOffset = 0
        patrol.run(until: 360_000) { _, _ in (.up, 3) }
        let steps = patrol.journal.flatMap(\.entries).compactMap {
            if case .clockStep(let step) = $0 { step.byMilliseconds } else { nil }
        }
        #expect(steps == [-3_600_000, 3_600_000])
        #expect(patrol.observations.count >= 58 && patrol.observations.allSatisfy { $0.outcome == .up })
        let end = PatrolSimulation.start + 360_000
        #expect(patrol.observations.allSatisfy { $0.at >= PatrolSimulation.start && $0.receivedAt <= end })
        #expect(patrol.journal.map(\.writtenAt) == patrol.journal.map(\.writtenAt).sorted())
    }

    @Test("after an adopted step back what is seen says nothing until true time has caught up")
    func adoptedStep() {
        var patrol = PatrolSimulation(.road(10, [.reach]))
        patrol.run(until: 120_000) { _, _ in (.up, 3) }
        (patrol.wallOffset, patrol.isSynchronised) = (-600_000, true)
        patrol.run(until: 900_000) { _, _ in (.up, 3) }
        let doubtful = patrol.observations.filter { $0.cause == .selfClock }
        #expect(doubtful.count > 80)
        #expect(doubtful.allSatisfy { $0.outcome == .unknown && $0.values == #"{"original":"up"}"# })
        #expect(patrol.observations.last?.outcome == .up)
        let wall = PatrolSimulation.start + 900_000 - 600_000
        #expect(patrol.observations.allSatisfy { $0.at <= wall })
        #expect(patrol.asked.count > 140)
    }

    @Test("when our own control targets fall silent the road's misses are ours")
    func ownNetwork() {
        var patrol = PatrolSimulation(.road(4, [.reach]))
        let isCut = { (elapsed: Int64) in elapsed >= 130_000 && elapsed < 400_000 }
        patrol.run(until: 600_000, controls: { !isCut($0) }) { _, elapsed in
            isCut(elapsed) ? (.timeout, 5_000) : (.up, 3)
        }
        #expect(!patrol.observations.contains { $0.outcome == .down })
        #expect(patrol.observations.contains { $0.outcome == .unknown && $0.cause == .selfNetwork })
        #expect(patrol.desk.health(elapsed: patrol.elapsed).selfDoubt == nil)
    }

    @Test("targets that are replaced while running: who stays keeps its place, who goes is asked no more")
    func replaced() {
        var patrol = PatrolSimulation(.road(20, [.reach]))
        patrol.run(until: 120_000) { _, _ in (.up, 3) }
        patrol.desk.adopt(.road(10, [.reach]), elapsed: patrol.elapsed)
        patrol.run(until: 300_000) { _, _ in (.up, 3) }
        let late = patrol.asked.filter { $0.from >= 120_000 }
        #expect(Set(late.map(\.track.device.number)) == Set(1...10))
        for asked in Dictionary(grouping: patrol.asked, by: \.track).values {
            for (one, next) in zip(asked, asked.dropFirst()) { #expect(next.from - one.from == 60_000) }
        }
    }

    /// A camera's two places, and what was asked of each.
    private static func twoPlaces(
        until end: Int64,
        settings: PatrolSettings = PatrolSettings(),
        cameras: Int64 = 1,
        road: PatrolSimulation.Road
    ) -> PatrolSimulation {
        let lines = (1...cameras).flatMap { number in
            [Hop.direct, .platform].map {
                PatrolTargets.Line(track: Self.track(number, .stream, $0), cadence: .usual(.stream))
            }
        }
        var patrol = PatrolSimulation(PatrolTargets(lines: lines, devices: [:]), settings: settings)
        patrol.run(until: end, road: road)
        return patrol
    }

    @Test(
        "when a copy's outage is confirmed, and when it is over, the camera itself is looked at soon; then as always"
    )
    func otherPlaces() throws {
        let patrol = Self.twoPlaces(until: 4_000_000) { order, elapsed in
            let isLost = order.hop == .platform && (1_000_000..<2_500_000).contains(elapsed)
            return (isLost ? ProbeVerdict(outcome: .down, cause: .noMedia) : .up, 900)
        }
        let copy = patrol.observations.filter { $0.hop == .platform }
        let own = patrol.asked.filter { $0.track.hop == .direct }.map(\.from)
        let misses = copy.filter { $0.outcome == .down }
        let confirmed = try #require(misses.count > 3 ? misses[2] : nil).at - PatrolSimulation.start
        let over =
            try #require(copy.first { $0.outcome == .up && $0.at > misses[2].at }).at - PatrolSimulation.start
        let place = try #require(own.first) % 300_000
        let extra = own.filter { $0 % 300_000 != place }
        for change in [confirmed, over] {
            // The answer took 900 ms, and a re-check's time is 30 s.
            #expect(own.contains { $0 > change && $0 <= change + 30_901 }, "\(change) in \(own)")
        }
        #expect(extra.count <= 2, "one more look for each change, and no other")
        #expect(own.count { $0 % 300_000 == place } >= 13)
        for (one, next) in zip(own, own.dropFirst()) { #expect(next - one >= 30_000) }
    }

    @Test("a camera that refuses us is not looked at sooner because its copy is lost")
    func refusing() {
        func own(isLost: Bool) -> [Int64] {
            Self.twoPlaces(until: 3_000_000) { order, elapsed in
                if order.hop == .direct { return (ProbeVerdict(outcome: .unknown, cause: .lockedOut), 300) }
                return (isLost && elapsed > 1_000_000 ? .timeout : .up, 5_000)
            }.asked.filter { $0.track.hop == .direct }.map(\.from)
        }
        #expect(own(isLost: true) == own(isLost: false))
    }

    @Test(
        "when more than half of the streams that may be asked are under way, nobody is looked at besides his turn"
    )
    func crowded() {
        var settings = PatrolSettings()
        settings.probesInFlight = [.stream: 1]
        func own(isLost: Bool) -> [Int64] {
            Self.twoPlaces(until: 3_000_000, settings: settings, cameras: 2) { order, elapsed in
                // The second camera never leaves: from its first turn on it holds what the other would need.
                if order.device == DeviceID(2) { return elapsed > 900_000 ? nil : (.up, 900) }
                let dies = isLost && order.hop == .platform && elapsed > 900_000
                return (dies ? .timeout : .up, 900)
            }.asked.filter { $0.track.hop == .direct && $0.track.device == DeviceID(1) }.map(\.from)
        }
        #expect(own(isLost: true) == own(isLost: false))
    }

    @Test("a device of which somebody hints is asked at once, and nobody else; its place stays")
    func hinted() {
        var patrol = PatrolSimulation(.road(20, [.reach]))
        patrol.run(until: 100_000) { _, _ in (.up, 3) }
        let before = patrol.asked.count
        patrol.desk.hasten(DeviceID(7), elapsed: patrol.elapsed)
        patrol.desk.hasten(DeviceID(7), elapsed: patrol.elapsed)
        patrol.desk.hasten(DeviceID(99), elapsed: patrol.elapsed)
        patrol.run(until: 100_002) { _, _ in (.up, 3) }
        let hinted = patrol.asked[before...].filter { $0.track.device == DeviceID(7) }
        #expect(hinted.map(\.from) == [100_000])
        patrol.run(until: 400_000) { _, _ in (.up, 3) }
        let usual = patrol.asked.filter { $0.track.device == DeviceID(7) && $0.from != 100_000 }.map(\.from)
        #expect(Set(usual.map { $0 % 60_000 }).count == 1)
        #expect(usual.count >= 5)
    }
}
