/// A device that fails, as the root-cause machine follows it (故障跟踪): from the confirmed outage to the proof that it
/// is over.
struct Outage: Hashable, Sendable {
    /// What is made of it.
    enum Stage: Hashable, Sendable {
        /// Its upstreams are judged first, but no longer than until then.
        case waiting(until: Timestamp)
        /// A fault of its own.
        case live(at: Timestamp)
        /// Everything it hangs on is offline.
        case suppressed(Suppression)
        /// What it hung on is back; quiet until fresh probes tell.
        case reproving(Suppression, from: Timestamp)
    }

    let device: DeviceID
    /// Every facet that has failed in this outage, in the order of `Facet.allCases`.
    var facets: [Side]
    var stage: Stage
    /// When each upstream answered after the first miss that counts, and has not missed since; bounded by their number.
    ///
    /// The first such answer that was heard of stays: would every further one take its place, a device whose probes
    /// always begin just before its upstream's could never be proved.
    var freshHits: [DeviceID: Timestamp] = [:]
    /// Whether it had a fault of its own before it was suppressed, which must be proved like any other.
    var mustProve = false

    /// One facet of it.
    struct Side: Hashable, Sendable {
        let facet: Facet
        /// Offline, or abnormal for a cause that opens tickets; `nil` when it is well again.
        var failing: Failing?
        /// Its status before it failed: what was abnormal before need not become better than that.
        var before: Status
        /// The first miss.
        var since: Timestamp
        var cause: Cause?
        /// Good probes in a row since the last that was not.
        var goodProbes = 0
        /// The first of them.
        var wellSince: Timestamp
        /// Misses in a row since its root recovered.
        var freshMisses = 0
        /// The first of them.
        var firstFreshMiss: Timestamp?
        /// When the last probe began that it missed.
        var lastMiss: Timestamp
        /// Older probes that come late change no counts.
        var lastProbeAt = Timestamp.distantPast

        init(facet: Facet, failing: Failing, before: Status, since: Timestamp, cause: Cause?) {
            (self.facet, self.failing, self.before) = (facet, failing, before)
            (self.since, self.cause, self.wellSince, self.lastMiss) = (since, cause, since, since)
        }

        var failed: FailedFacet { FailedFacet(facet: self.facet, since: self.since, cause: self.cause) }

        /// An informative outcome.
        mutating func count(_ outcome: Outcome, at instant: Timestamp) {
            guard instant >= self.lastProbeAt else { return }
            self.lastProbeAt = instant
            if outcome.isMiss { self.lastMiss = max(self.lastMiss, instant) }
            let isGood = outcome == .up || outcome == .abnormal && self.before == .abnormal
            if isGood {
                if self.goodProbes == 0 { self.wellSince = instant }
                self.goodProbes += 1
            } else {
                self.goodProbes = 0
            }
        }

        mutating func countFresh(_ outcome: Outcome, at instant: Timestamp) {
            switch outcome {
            case .unknown: return
            case .up, .abnormal: (self.freshMisses, self.firstFreshMiss) = (0, nil)
            case .down:
                if self.freshMisses == 0 { self.firstFreshMiss = instant }
                self.freshMisses += 1
            }
        }
    }

    /// How a facet fails.
    enum Failing: UInt8, Hashable, Sendable, CaseIterable {
        case offline, abnormal
    }

    var isFailing: Bool { self.facets.contains { $0.failing != nil } }
    var hasOffline: Bool { self.facets.contains { $0.failing == .offline } }
    func isOffline(_ facet: Facet) -> Bool {
        self.facets.contains { $0.facet == facet && $0.failing == .offline }
    }

    /// Whether it has missed a probe that began when the upstream had answered, so that what the upstream went through
    /// before does not explain it.
    func hasMissed(sinceHitOf upstream: DeviceID) -> Bool {
        guard let hit = self.freshHits[upstream] else { return false }
        return self.facets.contains { $0.failing == .offline && $0.lastMiss >= hit }
    }

    /// The first miss of what fails now, or of what has failed.
    var since: Timestamp {
        let failing = self.facets.filter { $0.failing != nil }
        return (failing.isEmpty ? self.facets : failing).map(\.since).min() ?? .distantFuture
    }

    /// Good probes on every facet, when it is well; `nil` while it fails or they are too few.
    func recovery(goodProbesToProve: Int) -> FaultTicket.Recovery? {
        guard !self.isFailing, let goodProbes = self.facets.map(\.goodProbes).min(),
            goodProbes >= goodProbesToProve
        else { return nil }
        let wellSince = self.facets.map(\.wellSince).max() ?? .distantPast
        return FaultTicket.Recovery(goodProbes: goodProbes, wellSince: wellSince)
    }

    /// Waiting or being proved anew: not yet judged.
    var isUndecided: Bool {
        switch self.stage {
        case .waiting, .reproving: true
        case .live, .suppressed: false
        }
    }

    /// Where its failing facets begin to be its own: what was not its own was upstream's.
    mutating func begin(from instant: Timestamp) {
        self.facets.removeAll { $0.failing == nil }
        for place in self.facets.indices {
            self.facets[place].since = self.facets[place].firstFreshMiss ?? instant
        }
    }

    /// Forgets what was counted before its root recovered.
    mutating func startFresh() {
        self.freshHits = [:]
        for place in self.facets.indices {
            (self.facets[place].freshMisses, self.facets[place].firstFreshMiss) = (0, nil)
        }
    }
}

/// A device silenced by a cause upstream (抑制).
public struct Suppression: Hashable, Sendable {
    /// The device whose fault explains it.
    public let root: DeviceID
    /// When that was judged.
    public let at: Timestamp

    /// A suppression.
    public init(root: DeviceID, at: Timestamp) { (self.root, self.at) = (root, at) }
}
