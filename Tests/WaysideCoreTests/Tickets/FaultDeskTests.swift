import Testing
import WaysideCore

@Suite("The fault desk") struct FaultDeskTests {
    @Test("makes one fault of a switch and everything behind it")
    func oneRoot() {
        let film = Film([1: [], 2: [1], 3: [1]], [1: "uudddddduuuu", 2: "uudddddduuuu", 3: "uudddddduuuu"])
        let found = film.play { #expect($0.desk.watched.isEmpty) }
        #expect(
            found == [
                "4 confirmed 1 reachability@2", "4 suppressed 2 reachability by 1",
                "4 suppressed 3 reachability by 1",
                "8 released 2 of 1 well", "8 released 3 of 1 well", "10 proved 1 by 3",
            ]
        )
    }

    @Test("waits for the verdict on the upstream when the camera is confirmed first")
    func waits() {
        var film = Film([1: [], 2: [1]], [1: "uuudddd", 2: "uuddddd"])
        #expect(film.play() == ["5 confirmed 1 reachability@3", "5 suppressed 2 reachability by 1"])
        // An answer from before the first miss says nothing.
        film.answersRecentHits = true
        #expect(film.play() == ["5 confirmed 1 reachability@3", "5 suppressed 2 reachability by 1"])
    }

    @Test("judges a whole chain at once, whoever is heard of first")
    func chainFromBelow() {
        let film = Film([3: [], 2: [3], 1: [2]], [3: "uuddd", 2: "uuddd", 1: "uuddd"])
        #expect(
            film.play() == [
                "4 confirmed 3 reachability@2", "4 suppressed 2 reachability by 3",
                "4 suppressed 1 reachability by 3",
            ]
        )
    }

    @Test("names no root while one of the upstreams is not judged itself")
    func openUpstream() {
        let film = Film(
            [1: [], 4: [], 2: [4], 3: [1, 2]],
            [1: "uuuddddddddd", 4: "uu??????????", 2: "uudddddddddd", 3: "uudddddddddd"]
        )
        #expect(
            film.play() == [
                "5 confirmed 1 reachability@3", "10 confirmed 2 reachability@2",
                "10 suppressed 3 reachability by 2",
            ]
        )
    }

    @Test("dates each facet by its last beginning before the verdict")
    func flapping() {
        let film = Film(
            [1: [], 2: [1]],
            [1: "uu??????????", 2: "uudddudddddd"],
            streams: [2: "uudddddddddd"]
        )
        #expect(film.play() == ["10 confirmed 2 reachability@6+stream@2"])
    }

    @Test("gives a camera its own fault as soon as its upstream has answered since the first miss")
    func ownFault() {
        var film = Film([1: [], 2: [1]], [1: "uuuuuuuu", 2: "uudddddd"])
        #expect(film.play() == ["5 confirmed 2 reachability@2"])
        film.answersRecentHits = true
        #expect(film.play() == ["4 confirmed 2 reachability@2"])
    }

    @Test(
        "opens no ticket for a camera that has missed nothing since its switch came back from a short darkness"
    )
    func shortDarkness() {
        // The switch misses too few for an outage of its own and answers at sign 5, after the camera's last miss.
        let dark = "uud??uuuu"
        #expect(Film([1: [], 2: [1]], [1: dark, 2: "uuddd?uuu"]).play() == [])
        #expect(Film([1: [], 2: [1]], [1: dark, 2: "uuddd??du"]).play() == ["7 confirmed 2 reachability@2"])
        // No fresh probe of the camera comes: it waits no longer than its bound.
        #expect(
            Film([1: [], 2: [1]], [1: dark, 2: "uuddd???????"]).play() == ["11 confirmed 2 reachability@2"]
        )
    }

    @Test("judges by when a miss began, not by when it was known")
    func begun() {
        let topology = FaultTopology([
            .init(device: DeviceID(1), checks: [.reach]),
            .init(device: DeviceID(2), upstreams: [DeviceID(1)], checks: [.reach]),
        ])
        func at(_ milliseconds: Int64) -> Timestamp { Timestamp(milliseconds: milliseconds) }
        /// The camera's misses began at 40.0 s, 47.0 s and then, and were confirmed at 57.3 s; the switch answered
        /// at 54.5 s.
        func confirmed(lastMissAt last: Timestamp) -> (desk: FaultDesk, found: [String]) {
            var desk = FaultDesk(policy: TicketPolicy(), topology: topology)
            let events =
                desk.statusChanged(
                    DeviceID(2),
                    .reachability,
                    to: .offline,
                    since: at(40_000),
                    now: at(57_300),
                    recentHits: { $0 == DeviceID(1) ? [at(54_500)] : [] }
                ) + desk.probed(DeviceID(2), .reachability, .down, at: last, now: at(57_300))
            return (desk, events.map(Film.text))
        }
        #expect(confirmed(lastMissAt: at(54_500)).found == ["confirmed 2 reachability@4"])
        var (desk, found) = confirmed(lastMissAt: at(54_300))
        #expect(found.isEmpty && desk.isWatching(DeviceID(2)))
        // Further answers of the switch prove nothing, and do not put off the proof.
        #expect(desk.probed(DeviceID(1), .reachability, .up, at: at(64_500), now: at(64_500)).isEmpty)
        var healed = desk
        #expect(healed.probed(DeviceID(2), .reachability, .up, at: at(64_300), now: at(64_301)).isEmpty)
        let online = healed.statusChanged(
            DeviceID(2),
            .reachability,
            to: .online,
            since: at(64_300),
            now: at(64_301)
        )
        #expect(online.isEmpty && healed.watched.isEmpty)
        let missed = desk.probed(DeviceID(2), .reachability, .down, at: at(64_300), now: at(67_300))
        #expect(missed.map(Film.text) == ["confirmed 2 reachability@4"])
    }

    @Test(
        "takes no answer of an upstream for a proof after it has missed again, but another upstream's stands"
    )
    func takenBack() {
        let flaps = "uud??udu?"
        #expect(
            Film([1: [], 2: [1]], [1: flaps, 2: "uuddd?ddd"]).play() == ["7 confirmed 2 reachability@2"]
        )
        #expect(
            Film([1: [], 4: [], 2: [1, 4]], [1: flaps, 4: "uud??u???", 2: "uuddd?ddd"]).play() == [
                "6 confirmed 2 reachability@2"
            ]
        )
    }

    @Test("asks for a fresh miss too when a recovered root was dark again for a short time")
    func reprovedAfterDarkness() {
        let film = Film([1: [], 2: [1]], [1: "uuddduddu?uu", 2: "uudddddd??d?"])
        #expect(
            film.play() == [
                "4 confirmed 1 reachability@2", "4 suppressed 2 reachability by 1",
                "10 released 2 of 1 to its own fault", "10 confirmed 2 reachability@5", "11 proved 1 by 3",
            ]
        )
    }

    @Test("waits no longer than its bound for an upstream of which nobody knows")
    func bounded() {
        let film = Film([1: [], 2: [1]], [1: "uu??????????", 2: "uudddddddddd"])
        #expect(film.play() == ["10 confirmed 2 reachability@2"])
    }

    @Test("forgets what is over before it was judged")
    func blip() {
        let film = Film([1: [], 2: [1]], [1: "uu??????????", 2: "uudddduuuuuu"])
        let found = film.play { #expect($0.desk.watched.isEmpty) }
        #expect(found == [])
    }

    @Test("suppresses only when all redundant upstreams are offline")
    func redundant() {
        let one = Film([1: [], 2: [], 3: [1, 2]], [1: "uudddddd", 2: "uuuuuuuu", 3: "uudddddd"])
        #expect(one.play() == ["4 confirmed 1 reachability@2", "5 confirmed 3 reachability@2"])
        let both = Film([1: [], 2: [], 3: [1, 2]], [1: "uudddddd", 2: "uuuddddd", 3: "uudddddd"])
        #expect(
            both.play() == [
                "4 confirmed 1 reachability@2", "5 confirmed 2 reachability@3",
                "5 suppressed 3 reachability by 1",
            ]
        )
    }

    @Test(
        "keeps quiet after the root recovers until fresh probes tell, then gives an own fault from the first of them"
    )
    func reproved() {
        let film = Film(
            [1: [], 2: [1], 3: [1]],
            [1: "uuddddduuuuuuu", 2: "uudddddddddddd", 3: "uuddddd??uuuuu"]
        )
        #expect(
            film.play() == [
                "4 confirmed 1 reachability@2", "4 suppressed 2 reachability by 1",
                "4 suppressed 3 reachability by 1",
                "9 proved 1 by 3", "9 released 2 of 1 to its own fault", "9 confirmed 2 reachability@7",
                "9 released 3 of 1 well",
            ]
        )
    }

    @Test("does not count misses from before the root's recovery, and is silenced again with it")
    func relapsingRoot() {
        let film = Film([1: [], 2: [1]], [1: "uudddduddduuuuu", 2: "uuddddddddduuuu"])
        #expect(
            film.play() == [
                "4 confirmed 1 reachability@2", "4 suppressed 2 reachability by 1",
                "9 relapsed 1 reachability", "11 released 2 of 1 well", "12 proved 1 by 3",
            ]
        )
    }

    @Test("does not take a late answer for a fresh one")
    func lateAnswers() {
        let film = Film([1: [], 2: [1]], [1: "uudddu", 2: "uuddd"])
        _ = film.play { road in
            var desk = road.desk
            let recovered = Timestamp(milliseconds: 51_000)
            // Probes from before the root's recovery, known only now, and then fresh ones.
            let late = (Int64(1)...5).flatMap { step in
                desk.probed(
                    DeviceID(2),
                    .reachability,
                    .down,
                    at: recovered - 1_000,
                    now: recovered + step * 1_000
                )
            }
            #expect(late.isEmpty)
            let fresh = (Int64(1)...3).flatMap { step in
                let at = recovered + step * 20_000
                return desk.probed(DeviceID(1), .reachability, .up, at: at, now: at)
                    + desk.probed(DeviceID(2), .reachability, .down, at: at, now: at)
            }
            #expect(fresh.map(Film.text).contains("confirmed 2 reachability@7"))
        }
    }

    @Test("merges a young fault into an upstream that is confirmed later, and takes along what hung on it")
    func merges() {
        var film = Film(
            [1: [], 2: [1], 3: [2]],
            [1: "uuu??dddduuuuu", 2: "uudddddddduuuu", 3: "uudddddddduuuu"]
        )
        film.policy.verdictWaitMilliseconds = 10_000
        let found = film.play { #expect($0.desk.watched.isEmpty) }
        #expect(
            found == [
                "5 confirmed 2 reachability@2", "5 suppressed 3 reachability by 2",
                "7 confirmed 1 reachability@5", "7 merged 2 into 1", "7 suppressed 2 reachability by 1",
                "7 released 3 of 2 to another", "7 suppressed 3 reachability by 1",
                "10 released 3 of 1 well", "11 proved 1 by 3", "12 released 2 of 1 well and proved",
            ]
        )
    }

    @Test("leaves a fault that is no longer young to itself")
    func old() {
        let film = Film(
            [1: [], 2: [1], 3: [2]],
            [
                1: "uuuuuuuuuuuuuuuuuuuudddddd", 2: "uudddddddddddddddddddddddd",
                3: "uudddddddddddddddddddddddd",
            ]
        )
        #expect(
            film.play() == [
                "5 confirmed 2 reachability@2", "5 suppressed 3 reachability by 2",
                "22 confirmed 1 reachability@20",
            ]
        )
    }

    @Test("follows a chain to the highest root, through what is not monitored")
    func chain() {
        var film = Film([1: [], 2: [1], 4: [3], 5: [4]], [1: "uuddd", 2: "uuddd", 4: "uuddd", 5: "uuddd"])
        film.links.append(FaultTopology.Link(device: DeviceID(3), upstreams: [DeviceID(2)], checks: []))
        #expect(
            film.play() == [
                "4 confirmed 1 reachability@2", "4 suppressed 2 reachability by 1",
                "4 suppressed 4 reachability by 1", "4 suppressed 5 reachability by 1",
            ]
        )
    }

    @Test("is moved by no unknown outcome, in failing as in proving")
    func unknown() {
        let film = Film([1: []], [1: "u?d?d??d?u??u?d?d?u?u?u?"])
        #expect(film.play() == ["7 confirmed 1 reachability@2", "22 proved 1 by 3"])
    }

    @Test("makes one fault of all facets of a camera, and needs good probes on each")
    func facets() {
        let film = Film([2: []], [2: "uudddddduuuuuuuu"], streams: [2: "uuuuddddddddduuu"])
        #expect(
            film.play() == ["4 confirmed 2 reachability@2", "6 joined 2 stream", "15 proved 2 by 3"]
        )
    }

    @Test("needs good probes that are up, or as good as before the fault")
    func abnormal() {
        #expect(
            Film([1: []], [1: "uudddaaaaauauuu"]).play() == [
                "4 confirmed 1 reachability@2", "14 proved 1 by 3",
            ]
        )
        #expect(Film([1: []], [1: "aadddaaa"]).play() == ["4 confirmed 1 reachability@2", "7 proved 1 by 3"])
    }

    @Test("opens on abnormal only for causes of the policy, and only when it lasts")
    func opensOnAbnormal() {
        var policy = TicketPolicy()
        let topology = FaultTopology([FaultTopology.Link(device: DeviceID(1), checks: [.stream])])
        func found(_ policy: TicketPolicy) -> [FaultEvent] {
            var desk = FaultDesk(policy: policy, topology: topology)
            let start = Timestamp(milliseconds: 0)
            return desk.statusChanged(
                DeviceID(1),
                .stream,
                to: .abnormal,
                since: start,
                cause: .authFailed,
                now: start
            )
                + desk.tick(start + (policy.abnormalMilliseconds - 1))
                + desk.tick(start + policy.abnormalMilliseconds)
        }
        #expect(found(policy).isEmpty)
        policy.opensOnAbnormal = [.authFailed]
        let facet = FailedFacet(facet: .stream, since: Timestamp(milliseconds: 0), cause: .authFailed)
        #expect(
            found(policy) == [
                .confirmed(
                    DeviceID(1),
                    facets: [facet],
                    at: Timestamp(milliseconds: policy.abnormalMilliseconds)
                )
            ]
        )
    }

    @Test("withdraws what leaves service, and judges anew what hung on it")
    func topologyReplaced() {
        let film = Film([1: [], 2: [1]], [1: "uuddd", 2: "uuddd"])
        _ = film.play { road in
            var desk = road.desk
            let now = Timestamp(milliseconds: 50_000)
            let alone = FaultTopology([FaultTopology.Link(device: DeviceID(2), checks: [.reach])])
            #expect(desk.topologyReplaced(by: alone, now: now) == [.withdrawn(DeviceID(1), at: now)])
            #expect(desk.suppression(of: DeviceID(2)) != nil, "quiet until fresh probes tell")
            for step in Int64(6)...8 {
                let at = Timestamp(milliseconds: step * 10_000)
                let events = desk.probed(DeviceID(2), .reachability, .down, at: at, now: at)
                #expect(events.isEmpty == (step < 8))
            }
            #expect(desk.liveRoots == [DeviceID(2)])
        }
    }

    @Test("no longer asks for proof of a facet that is not monitored any more")
    func facetNotMonitored() {
        let film = Film([2: []], [2: "uuddduuu"], streams: [2: "uudddddd"])
        _ = film.play { road in
            var desk = road.desk
            #expect(desk.liveRoots == [DeviceID(2)])
            let now = Timestamp(milliseconds: 90_000)
            let events = desk.topologyReplaced(
                by: FaultTopology([.init(device: DeviceID(2), checks: [.reach])]),
                now: now
            )
            #expect(events.map(Film.text) == ["proved 2 by 3"])
        }
    }

    @Test("is the same after being written and read, and refuses what was cut")
    func bytes() {
        let film = Film(
            [1: [], 2: [1], 3: [], 4: [3], 5: [], 6: [5]],
            [
                1: "uuddddu", 2: "uuddddd", 3: "uu?????", 4: "uuddddd", 5: "uud??u?", 6: "uuddd??",
            ]
        )
        _ = film.play { road in
            var writer = ByteWriter()
            road.desk.encode(into: &writer)
            #expect(road.desk.watched.count == 4)
            for length in 0...writer.bytes.count {
                var reader = ByteReader(Array(writer.bytes.prefix(length)))
                let desk = FaultDesk(
                    decoding: &reader,
                    policy: road.desk.policy,
                    topology: road.desk.topology
                )
                #expect(desk == (length == writer.bytes.count ? road.desk : nil))
            }
        }
    }
}
