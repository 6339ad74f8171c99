/// Collects observations in any order and folds them into tracks (重放): what `replay` and re-assessment stand on.
///
/// Arrival order never matters: what is known at the time of the question is sorted by instant and folded whole.
public struct ObservationFold {
    /// An observation without what a status does not need; 24 bytes.
    private struct Sighting {
        let at: Timestamp
        let outcome: Outcome
        let collector: UInt32
    }

    private let knownAt: Timestamp
    private var sightings: [TrackKey: [Sighting]] = [:]
    private var collectors: [String] = []
    private var collectorNumbers: [String: UInt32] = [:]
    private var voids: [VoidRecord] = []

    /// How many observations were taken in, informative or not.
    public private(set) var count = 0

    /// A fold that ignores what was received after that instant.
    public init(knownAt: Timestamp = .distantFuture) { self.knownAt = knownAt }

    /// Takes in one observation.
    public mutating func receive(_ observation: Observation) {
        self.receive(
            TrackKey(device: observation.device, check: observation.check, hop: observation.hop),
            at: observation.at,
            receivedAt: observation.receivedAt,
            outcome: observation.outcome,
            collector: observation.collector
        )
    }

    /// Takes in one observation by its parts.
    public mutating func receive(
        _ key: TrackKey,
        at: Timestamp,
        receivedAt: Timestamp,
        outcome: Outcome,
        collector: String
    ) {
        self.count += 1
        guard receivedAt <= self.knownAt, outcome != .unknown else { return }
        let sighting = Sighting(at: at, outcome: outcome, collector: self.number(of: collector))
        self.sightings[key, default: []].append(sighting)
    }

    /// Takes in one void.
    public mutating func receive(_ void: VoidRecord) {
        guard void.receivedAt <= self.knownAt else { return }
        self.voids.append(void)
    }

    /// Folds everything under a profile, by device.
    public func tracks(under profile: StatusProfile) -> [DeviceID: [CheckTrack]] {
        var result: [DeviceID: [CheckTrack]] = [:]
        for (key, sightings) in self.sightings where profile.counts(key.check, at: key.hop) {
            let track = CheckTrack(
                check: key.check,
                hop: key.hop,
                rule: profile.chainRule(of: key.check),
                observations: self.informative(sightings, key).lazy.map { ($0.at, $0.outcome) },
                horizon: .distantFuture
            )
            result[key.device, default: []].append(track)
        }
        return result.mapValues { tracks in
            tracks.sorted { ($0.check.order, $0.hop.order) < ($1.check.order, $1.hop.order) }
        }
    }

    /// Not voided, by instant, and at one instant only the worst.
    private func informative(_ sightings: [Sighting], _ key: TrackKey) -> [Sighting] {
        var kept = sightings
        let voids = self.voids.filter { $0.mayCover(key) }
        if !voids.isEmpty {
            kept.removeAll { sighting in
                let collector = self.collectors[Int(sighting.collector)]
                return voids.contains {
                    $0.covers(device: key.device, check: key.check, at: sighting.at, collector: collector)
                }
            }
        }
        let isSorted = zip(kept, kept.dropFirst()).allSatisfy { $0.at < $1.at }
        if !isSorted {
            kept.sort { ($0.at, $1.outcome.precedence) < ($1.at, $0.outcome.precedence) }
            var last: Timestamp?
            kept.removeAll { sighting in
                defer { last = sighting.at }
                return sighting.at == last
            }
        }
        return kept
    }

    private mutating func number(of collector: String) -> UInt32 {
        if let known = self.collectorNumbers[collector] { return known }
        let number = UInt32(self.collectors.count)
        self.collectors.append(collector)
        self.collectorNumbers[collector] = number
        return number
    }
}
