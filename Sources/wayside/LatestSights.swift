internal import Synchronization
internal import WaysideCore

/// A journal that remembers what every track said last (最近观测), for the console: what is shown of a device must not
/// cost a walk through the journal.
final class LatestSights: Journal {
    /// What is remembered of an observation; small, because there is one of every track of the estate.
    private struct Sight {
        var at: Timestamp
        var outcome: Outcome
        var cause: Cause?
        var took: Int32

        init(_ observation: Observation) {
            (self.at, self.outcome, self.cause) = (observation.at, observation.outcome, observation.cause)
            self.took = observation.tookMilliseconds.map { Int32(clamping: $0) } ?? -1
        }
    }

    private struct Entry {
        var latest: Sight
        var telling: Sight?
    }

    private let journal: any Journal
    private let entries = Mutex<[TrackKey: Entry]>([:])

    /// In front of that journal.
    init(_ journal: any Journal) { self.journal = journal }

    func append(_ entries: [JournalEntry], writtenAt: Timestamp) async throws -> JournalPosition {
        let position = try await self.journal.append(entries, writtenAt: writtenAt)
        self.entries.withLock { known in
            for case .observation(let seen) in entries {
                let key = TrackKey(device: seen.device, check: seen.check, hop: seen.hop)
                let sight = Sight(seen)
                var entry = known[key] ?? Entry(latest: sight)
                if sight.at >= entry.latest.at { entry.latest = sight }
                if sight.outcome != .unknown, sight.at >= entry.telling?.at ?? .distantPast {
                    entry.telling = sight
                }
                known[key] = entry
            }
        }
        return position
    }

    func batch(atOrAfter position: JournalPosition) async throws -> JournalBatch? {
        try await self.journal.batch(atOrAfter: position)
    }

    /// The latest of each of the device's tracks, and where that could not tell, the latest that could; by check and
    /// place. Of this run of the service only.
    func observations(of device: DeviceID) -> [Observation] {
        let keys = Check.allCases.flatMap { check in
            Hop.allCases.map { TrackKey(device: device, check: check, hop: $0) }
        }
        return self.entries.withLock { known in
            keys.flatMap { key -> [Observation] in
                guard let entry = known[key] else { return [] }
                let sights =
                    [entry.latest]
                    + (entry.latest.outcome == .unknown ? [entry.telling] : []).compactMap(\.self)
                return sights.map { sight in
                    Observation(
                        device: key.device,
                        check: key.check,
                        hop: key.hop,
                        at: sight.at,
                        outcome: sight.outcome,
                        cause: sight.cause,
                        tookMilliseconds: sight.took < 0 ? nil : Int64(sight.took)
                    )
                }
            }
        }
    }
}
