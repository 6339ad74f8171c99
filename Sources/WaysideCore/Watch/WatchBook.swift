/// What we think (观察簿): every watch under every profile, the live view, and the fault desk.
///
/// It takes one batch of the journal and answers with a page for the ledger. The same batches in the same order make
/// the same book; it may be lost at any time.
public struct WatchBook: Hashable, Sendable {
    /// What a batch led to.
    public struct Conclusion: Hashable, Sendable {
        /// What is to be written.
        public var page: LedgerPage
        /// What must be folded again, because something came late or was voided: from which instant on.
        public var late: [TrackKey: Timestamp]
    }

    /// The profiles of the rate rules, each once.
    public let profiles: [StatusProfile]
    /// Who is watched and how strictly.
    public private(set) var plan: WatchPlan
    /// The last batch that was taken in; `nil` before the first.
    public internal(set) var position: JournalPosition?
    /// When that batch was written; everything up to here is known.
    public internal(set) var writtenAt: Timestamp = .distantPast
    /// The voids that are known.
    public internal(set) var voids: [VoidRecord] = []

    /// What is remembered of one track.
    struct Track: Hashable, Sendable {
        /// One for each profile that counts the hop, in the order of `profiles`.
        var watches: [CheckWatch?]
        /// By the device's own settings; `nil` when the plan does not hold it.
        var live: CheckWatch?
        /// Of the last informative observation.
        var cause: Cause?
        /// When the batch of the last informative observation was written.
        var foldedAt: Timestamp = .distantPast

        var nextEnd: Timestamp? {
            (self.watches.compactMap { $0 } + [self.live].compactMap { $0 }).compactMap(\.validUntil).min()
        }
    }

    var tracks: [TrackKey: Track] = [:]
    var facets: [DeviceID: [LiveStatus]] = [:]
    var desk: FaultDesk
    private var carriedFaults: [FaultEvent] = []
    private var carriedLive: [LiveStatus] = []
    /// Tracks by the second in which the first of their watches' validity ends.
    private var ends: [Int64: Set<TrackKey>] = [:]
    private var endOf: [TrackKey: Int64] = [:]
    /// The last hits of each device's deciding facet, rising, with no miss since.
    var recentHits: [DeviceID: [Timestamp]] = [:]
    /// So many are kept: more than fit between a first miss and its confirmation at usual cadences.
    static let recentHitLimit = 6

    /// An empty book.
    public init(profiles: [StatusProfile], policy: TicketPolicy) {
        self.profiles = profiles
        self.plan = .empty
        self.desk = FaultDesk(policy: policy)
    }

    /// Every live facet, by device and facet.
    public var live: [LiveStatus] { self.facets.keys.sorted().flatMap { self.facets[$0] ?? [] } }

    // MARK: - What it is told

    /// Goes on with another plan; what that leads to stands on the next page.
    public mutating func adopt(_ plan: WatchPlan, now: Timestamp) {
        self.plan = plan
        for (key, track) in self.tracks {
            let rule = plan.entries[key.device]?.rules[key.check]
            if track.live?.rule != rule { self.tracks[key]?.live = rule.map(CheckWatch.init(rule:)) }
        }
        for device in self.facets.keys.sorted() where plan.entries[device] == nil {
            self.facets[device] = nil
        }
        self.carriedFaults += self.desk.topologyReplaced(by: plan.topology, now: now)
    }

    /// Takes in a batch and says what follows. A batch at or before the book's position says nothing new.
    public mutating func receive(_ batch: JournalBatch) -> Conclusion {
        var page = LedgerPage(position: batch.position, writtenAt: max(batch.writtenAt, self.writtenAt))
        var late: [TrackKey: Timestamp] = [:]
        if let position = self.position, batch.position <= position {
            return Conclusion(page: page, late: [:])
        }
        self.position = batch.position
        self.writtenAt = page.writtenAt
        page.faults = self.carriedFaults
        page.live = self.carriedLive
        (self.carriedFaults, self.carriedLive) = ([], [])
        var silences = self.silences(asOf: page.writtenAt)
        for entry in batch.entries {
            switch entry {
            case .observation(let observation):
                self.fold(observation, into: &page, late: &late, silences: &silences)
            case .void(let void): self.fold(void, into: &page, late: &late)
            case .clockStep(let step): page.clockSteps.append(step)
            }
        }
        page.changes = silences.standing + page.changes
        page.passing = silences.takenBack
        self.expire(into: &page)
        page.faults += self.desk.tick(page.writtenAt)
        return Conclusion(page: page, late: late)
    }

    // MARK: - How it does it

    private mutating func fold(
        _ observation: Observation,
        into page: inout LedgerPage,
        late: inout [TrackKey: Timestamp],
        silences: inout SilencesBetween
    ) {
        let key = TrackKey(device: observation.device, check: observation.check, hop: observation.hop)
        let outcome = self.isVoided(observation) ? .unknown : observation.outcome
        guard outcome != .unknown else { return }
        var track = self.tracks[key] ?? self.newTrack(key)
        var isLate = false
        for (index, profile) in self.profiles.enumerated() {
            guard var watch = track.watches[index] else { continue }
            var changes: [StatusChange] = []
            switch watch.receive(outcome, at: observation.at, into: &changes) {
            case .late: isLate = true
            case .foldedWithdrawing(let end):
                if !silences.takeBack(index, key, before: page.writtenAt) {
                    page.withdrawals.append(TrackWithdrawal(profile: profile, key: key, at: end))
                }
            case .folded, .uninformative: break
            }
            track.watches[index] = watch
            page.changes += changes.map { self.dated($0, profile, key, foldedAt: track.foldedAt) }
        }
        var liveChanges: [StatusChange] = []
        let wasFaltering = track.live?.isFaltering
        // Nothing changes when a silence turns out to be none, and yet the live view has to take it back.
        var isHeardAgain = false
        switch track.live?.receive(outcome, at: observation.at, into: &liveChanges) {
        case .late: isLate = true
        case .foldedWithdrawing: isHeardAgain = true
        case .folded, .uninformative, nil: break
        }
        if isLate {
            late[key] = min(late[key] ?? observation.at, observation.at)
            return
        }
        track.cause = observation.cause
        track.foldedAt = page.writtenAt
        self.tracks[key] = track
        self.schedule(key)
        let facet = key.check.facet
        // A copy that plays on is no proof that the camera does.
        let isHeard = self.isHeard(key)
        if isHeard, facet == (self.plan.topology.decidingFacet(of: key.device) ?? .reachability) {
            self.remember(outcome, of: key.device, at: observation.at)
        }
        if !liveChanges.isEmpty || isHeardAgain || wasFaltering != track.live?.isFaltering {
            let since = liveChanges.last?.at ?? (isHeardAgain ? observation.at : nil)
            self.refresh(key.device, facet, since: since, into: &page)
        }
        if isHeard, self.desk.isWatching(key.device) {
            page.faults += self.desk.probed(
                key.device,
                facet,
                outcome,
                at: observation.at,
                now: max(page.writtenAt, observation.at)
            )
        }
    }

    private mutating func remember(_ outcome: Outcome, of device: DeviceID, at instant: Timestamp) {
        guard outcome.isHit else { return self.recentHits[device] = nil }
        self.recentHits[device, default: []].append(instant)
        if self.recentHits[device, default: []].count > Self.recentHitLimit {
            self.recentHits[device]?.removeFirst()
        }
    }

    /// That nothing speaks any more is known as soon as it is so, provided that the last observation was known by then.
    private func dated(
        _ change: StatusChange,
        _ profile: StatusProfile,
        _ key: TrackKey,
        foldedAt: Timestamp
    ) -> TrackChange {
        let knownAt = change.status == .unknown ? max(change.at + 1, foldedAt) : nil
        return TrackChange(profile: profile, key: key, change: change, knownAt: knownAt)
    }

    private mutating func fold(
        _ void: VoidRecord,
        into page: inout LedgerPage,
        late: inout [TrackKey: Timestamp]
    ) {
        self.voids.append(void)
        page.voids.append(void)
        for (key, track) in self.tracks {
            guard void.mayCover(key),
                track.watches.contains(where: { ($0?.lastAt).map { $0 >= void.span.start } ?? false })
                    || (track.live?.lastAt).map({ $0 >= void.span.start }) ?? false
            else { continue }
            late[key] = min(late[key] ?? void.span.start, void.span.start)
        }
    }

    private func isVoided(_ observation: Observation) -> Bool {
        self.voids.contains {
            $0.covers(
                device: observation.device,
                check: observation.check,
                at: observation.at,
                collector: observation.collector
            )
        }
    }

    func newTrack(_ key: TrackKey) -> Track {
        Track(
            watches: self.profiles.map { profile in
                profile.counts(key.check, at: key.hop)
                    ? CheckWatch(rule: profile.chainRule(of: key.check)) : nil
            },
            live: self.plan.entries[key.device]?.rules[key.check].map(CheckWatch.init(rule:)),
            cause: nil
        )
    }

    /// Works out the live view of a facet and tells the desk when it changed.
    mutating func refresh(_ device: DeviceID, _ facet: Facet, since: Timestamp?, into page: inout LedgerPage)
    {
        guard let entry = self.plan.entries[device] else { return }
        let before = self.facets[device]?.first { $0.facet == facet }
        var statuses: [Status] = []
        var (cause, isFaltering): (Cause?, Bool) = (nil, false)
        for check in facet.checks where entry.checks.contains(check) {
            let tracks = Hop.allCases.map { TrackKey(device: device, check: check, hop: $0) }
                .filter(self.isHeard).compactMap { self.tracks[$0] }.filter { $0.live != nil }
            guard let best = tracks.min(by: { Self.rank($0) < Self.rank($1) }), let live = best.live else {
                continue
            }
            statuses.append(live.current)
            if live.current == .offline || live.current == .abnormal { cause = cause ?? best.cause }
            isFaltering = isFaltering || live.isFaltering
        }
        let status = Self.together(statuses)
        guard status != (before?.status ?? .unknown) || isFaltering != (before?.isFaltering ?? false) else {
            return
        }
        let hasChanged = status != (before?.status ?? .unknown)
        let now = LiveStatus(
            device: device,
            facet: facet,
            status: status,
            since: hasChanged ? since ?? page.writtenAt : before?.since ?? page.writtenAt,
            cause: cause,
            isFaltering: isFaltering,
            knownAt: page.writtenAt
        )
        self.facets[device] = (self.facets[device] ?? []).filter { $0.facet != facet } + [now]
        page.live.append(now)
        guard hasChanged else { return }
        let recentHits = self.recentHits
        page.faults += self.desk.statusChanged(
            device,
            facet,
            from: before?.status ?? .unknown,
            to: status,
            since: now.since,
            cause: cause,
            now: max(page.writtenAt, now.since),
            recentHits: { recentHits[$0] ?? [] }
        )
    }

    /// Whether the live view goes by that track: the places that the plan names decide as long as one of them tells, and
    /// where none does, the others are heard. So a camera that is dark is not online because its copy plays on, and one
    /// that is asked at the platform only is watched there.
    private func isHeard(_ key: TrackKey) -> Bool {
        guard let entry = self.plan.entries[key.device], !entry.names(key.check, at: key.hop) else {
            return true
        }
        return !Hop.allCases.contains { hop in
            let other = TrackKey(device: key.device, check: key.check, hop: hop)
            let told = entry.names(key.check, at: hop) ? self.tracks[other]?.live?.current : nil
            return told ?? .unknown != .unknown
        }
    }

    private static func rank(_ track: Track) -> UInt8 { (track.live?.current ?? .unknown).rawValue }

    private static func together(_ statuses: [Status]) -> Status {
        let known = statuses.filter { $0 != .unknown }
        guard let first = known.first else { return .unknown }
        return first != .abnormal && known.allSatisfy { $0 == first } ? first : .abnormal
    }

    // MARK: - Ends of validity

    mutating func schedule(_ key: TrackKey) {
        guard self.endOf[key] == nil, let end = self.tracks[key]?.nextEnd else { return }
        let second = end.milliseconds / 1_000
        self.ends[second, default: []].insert(key)
        self.endOf[key] = second
    }

    /// After a fold made again an end may lie earlier than it did.
    mutating func reschedule(_ key: TrackKey) {
        if let second = self.endOf.removeValue(forKey: key) { self.ends[second]?.remove(key) }
        self.schedule(key)
    }

    /// What had ceased to speak before the batch came, as it was known then; the live view says only what is still so after
    /// it.
    private mutating func silences(asOf now: Timestamp) -> SilencesBetween {
        var silences = SilencesBetween()
        for (second, keys) in self.ends where second <= now.milliseconds / 1_000 {
            for key in keys {
                guard var track = self.tracks[key] else { continue }
                for (index, profile) in self.profiles.enumerated() {
                    var changes: [StatusChange] = []
                    track.watches[index]?.expire(asOf: now, into: &changes)
                    for change in changes {
                        silences.add(index, self.dated(change, profile, key, foldedAt: track.foldedAt))
                    }
                }
                self.tracks[key] = track
            }
        }
        return silences
    }

    private mutating func expire(into page: inout LedgerPage) {
        let now = page.writtenAt
        var due: [TrackKey] = []
        for second in self.ends.keys.filter({ $0 <= now.milliseconds / 1_000 }) {
            due += self.ends.removeValue(forKey: second) ?? []
        }
        // Several checks of a facet may end at once: the facet is worked out when all have, from the last end on.
        var lastEnds: [TrackKey: Timestamp] = [:]
        for key in due.sorted() {
            self.endOf[key] = nil
            guard let end = self.expire(key, asOf: now, into: &page), let first = key.check.facet.checks.first
            else {
                continue
            }
            let facet = TrackKey(device: key.device, check: first, hop: .direct)
            lastEnds[facet] = max(lastEnds[facet] ?? end, end)
        }
        for facet in lastEnds.keys.sorted() {
            self.refresh(facet.device, facet.check.facet, since: lastEnds[facet], into: &page)
        }
    }

    /// Ends what of the track is over, and says when the live view's status of it ended.
    private mutating func expire(_ key: TrackKey, asOf now: Timestamp, into page: inout LedgerPage)
        -> Timestamp?
    {
        guard var track = self.tracks[key] else { return nil }
        for (index, profile) in self.profiles.enumerated() {
            var changes: [StatusChange] = []
            track.watches[index]?.expire(asOf: now, into: &changes)
            page.changes += changes.map { self.dated($0, profile, key, foldedAt: track.foldedAt) }
        }
        var liveChanges: [StatusChange] = []
        track.live?.expire(asOf: now, into: &liveChanges)
        self.tracks[key] = track
        let ends = (track.watches + [track.live]).compactMap { $0?.validUntil }.filter { $0 >= now }
        if let next = ends.min() {
            self.ends[next.milliseconds / 1_000, default: []].insert(key)
            self.endOf[key] = next.milliseconds / 1_000
        }
        return liveChanges.last?.at
    }
}
