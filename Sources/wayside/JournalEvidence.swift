internal import WaysideCore
internal import WaysideStore

/// Looks up single observations in the journal (原始观测), as long as it keeps them.
struct JournalEvidence: Sendable {
    /// An observation's place.
    struct Place: Hashable, Sendable {
        let key: TrackKey
        let at: Timestamp
    }

    let folder: String

    /// The observations at those places; those that have aged out are missing.
    func observations(at places: Set<Place>) async -> [Place: Observation] {
        guard let earliest = places.map(\.at).min(), let latest = places.map(\.at).max(),
            let archive = try? JournalArchive(folder: self.folder, report: { _ in })
        else { return [:] }
        var found: [Place: Observation] = [:]
        var position = await Self.position(in: archive, writtenAtOrAfter: earliest)
        // What cannot be read is missing from the explanation, which says so; the figure does not depend on it.
        while found.count < places.count, let batch = try? await archive.batch(atOrAfter: position) {
            position = batch.position.next
            for case .observation(let seen) in batch.entries where seen.at >= earliest && seen.at <= latest {
                let place = Place(
                    key: TrackKey(device: seen.device, check: seen.check, hop: seen.hop),
                    at: seen.at
                )
                if places.contains(place) { found[place] = seen }
            }
        }
        return found
    }

    /// What was seen of those devices since that instant, in the order of writing.
    func observations(of devices: Set<DeviceID>, since: Timestamp) async -> [Observation] {
        // A journal that is not there yet holds nothing.
        guard let archive = try? JournalArchive(folder: self.folder, report: { _ in }) else { return [] }
        var found: [Observation] = []
        var position = await Self.position(in: archive, writtenAtOrAfter: since)
        // What cannot be read is missing from the look; no figure depends on it.
        while let batch = try? await archive.batch(atOrAfter: position) {
            position = batch.position.next
            for case .observation(let seen) in batch.entries
            where devices.contains(seen.device) && seen.at >= since {
                found.append(seen)
            }
        }
        return found
    }

    /// The last miss of each open outage, by the instant it began: what was received up to `knownAt`, looked for
    /// backwards in growing steps. What has aged out of the journal is missing.
    func lastMisses(
        of outages: [TrackKey: Timestamp],
        knownAt: Timestamp,
        lookBack: Int64
    ) async -> [TrackKey: Timestamp] {
        guard let begin = outages.values.min(),
            let archive = try? JournalArchive(folder: self.folder, report: { _ in })
        else { return [:] }
        var step = max(60_000, lookBack)
        while true {
            let from = max(begin, knownAt - step)
            let found = await Self.lastMisses(of: outages, in: archive, from: from, knownAt: knownAt)
            if from == begin || found.count == outages.count { return found }
            step *= 4
        }
    }

    /// The same out of the batches written from that instant on; what is voided by then is no miss.
    private static func lastMisses(
        of outages: [TrackKey: Timestamp],
        in archive: JournalArchive,
        from: Timestamp,
        knownAt: Timestamp
    ) async -> [TrackKey: Timestamp] {
        var misses: [Observation] = []
        var voids: [VoidRecord] = []
        var position = await Self.position(in: archive, writtenAtOrAfter: from)
        while let batch = try? await archive.batch(atOrAfter: position), batch.writtenAt <= knownAt {
            position = batch.position.next
            for entry in batch.entries {
                switch entry {
                case .observation(let seen):
                    let key = TrackKey(device: seen.device, check: seen.check, hop: seen.hop)
                    guard seen.outcome == .down, let since = outages[key], seen.at >= since,
                        seen.receivedAt <= knownAt
                    else { continue }
                    misses.append(seen)
                case .void(let void): if void.receivedAt <= knownAt { voids.append(void) }
                case .clockStep: continue
                }
            }
        }
        var found: [TrackKey: Timestamp] = [:]
        for seen in misses {
            let isVoided = voids.contains {
                $0.covers(device: seen.device, check: seen.check, at: seen.at, collector: seen.collector)
            }
            guard !isVoided else { continue }
            let key = TrackKey(device: seen.device, check: seen.check, hop: seen.hop)
            found[key] = max(found[key] ?? seen.at, seen.at)
        }
        return found
    }

    /// The first place whose batch was written at that instant or later: batches are written in the order of time.
    private static func position(
        in archive: JournalArchive,
        writtenAtOrAfter instant: Timestamp
    ) async -> JournalPosition {
        var (low, high): (UInt64, UInt64) = (0, 1)
        func isBefore(_ index: UInt64) async -> Bool {
            guard let batch = try? await archive.batch(atOrAfter: JournalPosition(index: index)) else {
                return false
            }
            return batch.writtenAt < instant
        }
        while await isBefore(high) { (low, high) = (high, high * 2) }
        while low < high {
            let middle = low + (high - low) / 2
            if await isBefore(middle) { low = middle + 1 } else { high = middle }
        }
        return JournalPosition(index: low)
    }
}
