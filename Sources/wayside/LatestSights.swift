internal import Synchronization
internal import WaysideCore

/// A journal that remembers what every track said last (最近观测), for the console: what is shown of a device must not
/// cost a walk through the journal.
final class LatestSights: Journal {
    private let journal: any Journal
    /// What confirms a verdict of that check.
    private let rule: @Sendable (Check) -> ChainRule
    private let sights = Mutex<[TrackKey: TrackSight]>([:])

    /// In front of that journal.
    init(_ journal: any Journal, rule: @escaping @Sendable (Check) -> ChainRule) {
        (self.journal, self.rule) = (journal, rule)
    }

    func append(_ entries: [JournalEntry], writtenAt: Timestamp) async throws -> JournalPosition {
        let position = try await self.journal.append(entries, writtenAt: writtenAt)
        self.sights.withLock { known in
            for case .observation(let seen) in entries {
                let key = TrackKey(device: seen.device, check: seen.check, hop: seen.hop)
                let rule = self.rule(seen.check)
                if known[key]?.receive(seen, rule: rule) == nil {
                    known[key] = TrackSight(seen, rule: rule)
                }
            }
        }
        return position
    }

    func batch(atOrAfter position: JournalPosition) async throws -> JournalBatch? {
        try await self.journal.batch(atOrAfter: position)
    }

    /// What is remembered of the device's tracks. Of this run of the service only.
    func sights(of device: DeviceID) -> [TrackKey: TrackSight] {
        self.sights.withLock { known in
            var sights: [TrackKey: TrackSight] = [:]
            for key in Self.keys(of: device) { sights[key] = known[key] }
            return sights
        }
    }

    /// The latest of each of the device's tracks, and where that could not tell, the latest that could; by check and
    /// place. Of this run of the service only.
    func observations(of device: DeviceID) -> [Observation] {
        let sights = self.sights(of: device)
        return Self.keys(of: device).flatMap { key -> [Observation] in
            guard let sight = sights[key] else { return [] }
            let looks =
                [sight.latest] + (sight.latest.outcome == .unknown ? [sight.telling] : []).compactMap(\.self)
            return looks.map { look in
                Observation(
                    device: key.device,
                    check: key.check,
                    hop: key.hop,
                    at: look.at,
                    outcome: look.outcome,
                    cause: look.cause,
                    tookMilliseconds: look.tookMilliseconds
                )
            }
        }
    }

    private static func keys(of device: DeviceID) -> [TrackKey] {
        Check.allCases.flatMap { check in
            Hop.allCases.map { TrackKey(device: device, check: check, hop: $0) }
        }
    }
}
