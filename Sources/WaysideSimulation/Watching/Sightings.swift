internal import WaysideCore

/// All that was given and may still matter (已收观测), by track and in order of arrival.
struct Sightings: Sendable {
    /// One observation in 40 bytes.
    struct Sighting: Hashable, Sendable {
        let at: Timestamp
        let receivedAt: Timestamp
        let position: JournalPosition
        let outcome: Outcome
        let collector: UInt8
        let cause: Cause?
    }

    private let collectors: [String]
    /// The tracks, numbered as they were first seen.
    private(set) var keys: [TrackKey] = []
    private var numbers: [TrackKey: Int] = [:]
    private var lists: [[Sighting]] = []
    /// Every void that is known, in order of arrival.
    private(set) var voids: [VoidRecord] = []
    /// How many observations were given.
    private(set) var given = 0
    /// How many of them were dropped because they cannot matter any more, or were never informative.
    private(set) var dropped = 0

    init(collectors: [String]) { self.collectors = collectors }

    /// How many are held.
    var held: Int { self.lists.reduce(0) { $0 + $1.count } }
    func number(of key: TrackKey) -> Int? { self.numbers[key] }
    subscript(track: Int) -> [Sighting] { self.lists[track] }
    func collector(of sighting: Sighting) -> String { self.collectors[Int(sighting.collector)] }

    mutating func receive(_ observation: Observation, at position: JournalPosition) {
        self.given += 1
        guard observation.outcome != .unknown else { return self.dropped += 1 }
        let key = TrackKey(device: observation.device, check: observation.check, hop: observation.hop)
        let collector = self.collectors.firstIndex(of: observation.collector) ?? 0
        self.lists[self.track(key)].append(
            Sighting(
                at: observation.at,
                receivedAt: observation.receivedAt,
                position: position,
                outcome: observation.outcome,
                collector: UInt8(collector),
                cause: observation.cause
            )
        )
    }

    mutating func receive(_ void: VoidRecord) { self.voids.append(void) }

    private mutating func track(_ key: TrackKey) -> Int {
        if let number = self.numbers[key] { return number }
        self.numbers[key] = self.keys.count
        self.keys.append(key)
        self.lists.append([])
        return self.keys.count - 1
    }

    /// The journal's observations of those tracks from after that place, as one batch.
    func journal(of keys: [TrackKey], after position: JournalPosition?, upTo last: JournalBatch)
        -> JournalBatch
    {
        var entries: [JournalEntry] = []
        for key in keys {
            guard let track = self.numbers[key] else { continue }
            let list = self.lists[track]
            let first =
                position.map { position in list.lastIndex { $0.position <= position }.map { $0 + 1 } ?? 0 }
                ?? 0
            for sighting in list[first...] {
                entries.append(.observation(self.observation(sighting, of: key)))
            }
        }
        return JournalBatch(position: last.position, writtenAt: last.writtenAt, entries: entries)
    }

    func observation(_ sighting: Sighting, of key: TrackKey) -> Observation {
        Observation(
            device: key.device,
            check: key.check,
            hop: key.hop,
            at: sighting.at,
            receivedAt: sighting.receivedAt,
            collector: self.collector(of: sighting),
            outcome: sighting.outcome,
            cause: sighting.cause
        )
    }

    /// The voids that may cover something that is held.
    var voidsThatMatter: [VoidRecord] {
        let earliest = self.lists.lazy.compactMap { $0.lazy.map(\.at).min() }.min() ?? .distantFuture
        return self.voids.filter { $0.span.end > earliest }
    }

    /// Whether a void that is known by then makes it unknown.
    func isVoided(_ sighting: Sighting, of key: TrackKey, knownAt: Timestamp) -> Bool {
        self.voids.contains {
            $0.receivedAt <= knownAt
                && $0.covers(
                    device: key.device,
                    check: key.check,
                    at: sighting.at,
                    collector: self.collector(of: sighting)
                )
        }
    }

    /// The independent way: everything that is held, folded whole, as known at an instant.
    func fold(knownAt: Timestamp) -> ObservationFold {
        self.fold(of: Array(self.lists.indices), knownAt: knownAt)
    }

    /// The same of some tracks.
    func fold(of tracks: [Int], knownAt: Timestamp = .distantFuture) -> ObservationFold {
        var fold = ObservationFold(knownAt: knownAt)
        for track in tracks {
            for sighting in self.lists[track] {
                fold.receive(
                    self.keys[track],
                    at: sighting.at,
                    receivedAt: sighting.receivedAt,
                    outcome: sighting.outcome,
                    collector: self.collector(of: sighting)
                )
            }
        }
        for void in self.voidsThatMatter { fold.receive(void) }
        return fold
    }

    /// The last miss of a track at or after an instant, not voided, as known then.
    func lastMiss(of track: Int, since: Timestamp, knownAt: Timestamp) -> Timestamp? {
        self.lists[track].lazy.filter {
            $0.outcome == .down && $0.at >= since && $0.receivedAt <= knownAt
                && !self.isVoided($0, of: self.keys[track], knownAt: knownAt)
        }.map(\.at).max()
    }

    // MARK: - What cannot matter any more

    /// Drops of each track what comes before the last place, before `cutoff`, from which on its status follows without
    /// knowing what was before: so many misses or hits in a row, in one chain under every profile.
    ///
    /// What came after the batch at `position` stays, because it may have to be folded again from a book of that place.
    mutating func drop(before cutoff: Timestamp, upTo position: JournalPosition, profiles: [StatusProfile]) {
        let length = profiles.map { max($0.missesToConfirm, $0.hitsToRecover) }.max() ?? 1
        for (track, list) in self.lists.enumerated() {
            let key = self.keys[track]
            let validity = profiles.map { $0.validity(of: key.check) }.min() ?? 0
            let early = list.filter {
                $0.at < cutoff && !self.isVoided($0, of: key, knownAt: .distantFuture)
            }.sorted { $0.at < $1.at }
            guard let start = Self.settledRun(in: early, length: length, validity: validity) else { continue }
            let kept = list.filter { $0.at >= start || $0.position > position }
            self.dropped += list.count - kept.count
            self.lists[track] = kept
        }
    }

    private static func settledRun(in list: [Sighting], length: Int, validity: Int64) -> Timestamp? {
        var (run, later): (Int, Sighting?) = (0, nil)
        for sighting in list.reversed() {
            let goesOn = later.map {
                $0.outcome.isMiss == sighting.outcome.isMiss && $0.at - sighting.at <= validity
                    && $0.at > sighting.at
            }
            run = goesOn ?? true ? run + 1 : 1
            if run >= length { return sighting.at }
            later = sighting
        }
        return nil
    }
}
