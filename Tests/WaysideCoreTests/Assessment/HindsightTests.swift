import TestSupport
import Testing
import WaysideCore

/// The machine sees one observation at a time; the oracle sees the whole film. They agree on every millisecond.
@Suite struct HindsightTests {
    /// 1,450 roads of seven devices: 10,150 device-days.
    @Test("machine and oracle agree on every millisecond of ten thousand device-days", arguments: 0..<29)
    func agreement(block: Int) throws {
        for seed in UInt64(block * 50)..<UInt64(block * 50 + 50) {
            let road = SeededRoad(seed: seed)
            try Self.compare(road, knownAt: .distantFuture, seed: seed)
        }
    }

    @Test(
        "they agree on what was known at any instant, while the day runs and after",
        arguments: UInt64(0)..<100
    )
    func knowledge(seed: UInt64) throws {
        let road = SeededRoad(seed: seed)
        var random = SplitMix(seed: seed ^ 0x5EED)
        let knownAt = road.day.start + Int64.random(in: 1...120_000_000, using: &random)
        try Self.compare(road, knownAt: knownAt, seed: seed)
    }

    @Test("the order of arrival changes nothing", arguments: UInt64(0)..<100)
    func order(seed: UInt64) throws {
        let road = SeededRoad(seed: seed)
        var random = SplitMix(seed: ~seed)
        let sheets = try (0..<3).map { _ in
            try Self.sheet(
                road,
                observations: road.observations.shuffled(using: &random),
                knownAt: .distantFuture
            )
        }
        #expect(sheets[0] == sheets[1] && sheets[1] == sheets[2], "seed \(seed)")
    }

    @Test("every mutant of the machine is told from the real one", arguments: MutantWatch.allCases)
    func mutants(mutant: MutantWatch) throws {
        let caught = try (UInt64(0)..<60).contains { seed in
            let road = SeededRoad(seed: seed)
            let replay = Self.oracle(road, knownAt: .distantFuture)
            return try road.inventory.devices.contains { device in
                var assessor = try Self.mutated(road, by: mutant)
                let index = try #require(road.inventory.index(of: device.id))
                return assessor.classLine(of: index).tally() != replay.tally(of: device)
            }
        }
        #expect(caught)
    }

    @Test("any partition of the devices sums to the whole", arguments: UInt64(0)..<50)
    func partition(seed: UInt64) throws {
        let road = SeededRoad(seed: seed)
        let sheet = try Self.sheet(road, observations: road.observations, knownAt: .distantFuture)
        #expect(sheet.devices.allSatisfy { $0.tally.total == ServiceDay.lengthMilliseconds })
        guard road.rule.aggregate == .pooled else { return }
        let all = try #require(sheet.groups.first { $0.kind == .all }).figures
        for rate in [\RateSheet.Figures.raw, \.assessed, \.coverage, \.low, \.high] {
            #expect(
                sheet.devices.map { $0.figures[keyPath: rate] }.reduce(.none(.millisecond), +)
                    == all[keyPath: rate]
            )
        }
    }

    @Test(
        "the error bar holds the figure with unknown taken at its worst and best",
        arguments: UInt64(0)..<200
    )
    func errorBars(seed: UInt64) throws {
        let road = SeededRoad(seed: seed)
        let sheet = try Self.sheet(road, observations: road.observations, knownAt: .distantFuture)
        for row in sheet.devices where row.figures.low.denominator > 0 {
            let (low, high) = (row.figures.low, row.figures.high)
            let single =
                road.inventory.device(key: row.device)?.checks.filter { $0.facet == road.rule.facet }.count
                == 1
            guard single, road.rule.abnormalWeight == 1_000, road.rule.upstream == .counted else { continue }
            #expect(low.numerator <= high.numerator, "seed \(seed) \(row.device)")
        }
    }

    private static func compare(_ road: SeededRoad, knownAt: Timestamp, seed: UInt64) throws {
        let sheet = try self.sheet(road, observations: road.observations, knownAt: knownAt)
        let oracle = self.oracle(road, knownAt: knownAt)
        for row in sheet.devices {
            let device = try #require(road.inventory.device(key: row.device))
            let expected = oracle.tally(of: device)
            if row.tally != expected {
                Issue.record("seed \(seed), \(row.device): machine \(row.tally), oracle \(expected)")
            }
        }
    }

    private static func oracle(_ road: SeededRoad, knownAt: Timestamp) -> Hindsight {
        Hindsight(
            rule: road.rule,
            inventory: road.inventory,
            day: road.day,
            observations: road.observations,
            voids: road.voids,
            exemptions: road.exemptions,
            knownAt: knownAt
        )
    }

    private static func sheet(
        _ road: SeededRoad,
        observations: [Observation],
        knownAt: Timestamp
    ) throws -> RateSheet {
        var fold = ObservationFold(knownAt: knownAt)
        for observation in observations { fold.receive(observation) }
        for void in road.voids { fold.receive(void) }
        let replay = Replay(
            rule: road.rule,
            inventory: road.inventory,
            exemptions: road.exemptions,
            fold: fold,
            knownAt: knownAt
        )
        return try replay.sheet(of: road.day)
    }

    private static func mutated(_ road: SeededRoad, by mutant: MutantWatch) throws -> Assessor {
        var films: [TrackKey: [Observation]] = [:]
        for observation in road.observations where observation.outcome != .unknown {
            let covered = road.voids.contains {
                $0.covers(
                    device: observation.device,
                    check: observation.check,
                    at: observation.at,
                    collector: observation.collector
                )
            }
            guard !covered, road.rule.status.counts(observation.check, at: observation.hop) else { continue }
            let key = TrackKey(device: observation.device, check: observation.check, hop: observation.hop)
            films[key, default: []].append(observation)
        }
        let tracks = films.map { key, film in
            (
                key,
                mutant.track(
                    check: key.check,
                    hop: key.hop,
                    rule: road.rule.status.chainRule(of: key.check),
                    observations: film.sorted { $0.at < $1.at }.map { ($0.at, $0.outcome) }
                )
            )
        }
        return try Assessor(
            rule: road.rule,
            inventory: road.inventory,
            day: road.day,
            knownAt: .distantFuture,
            exemptions: road.exemptions
        ) { index, facet in
            let device = road.inventory.devices[index]
            return tracks.filter {
                $0.0.device == device.id && $0.0.check.facet == facet && device.checks.contains($0.0.check)
            }.map(\.1)
        }
    }
}
