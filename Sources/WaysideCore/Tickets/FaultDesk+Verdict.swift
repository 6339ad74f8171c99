/// How the desk judges: one outage at a time, upstreams first.
extension FaultDesk {
    enum Verdict {
        /// It misses although something it hangs on works, or it hangs on nothing, or it has waited long enough.
        case own
        /// All it hangs on is offline, because of that root.
        case cutOff(root: DeviceID)
        /// Upstreams are not judged yet.
        case open
    }

    /// Judges the devices and whatever changes by that, by rising rank, so that each is judged once and after all of
    /// its upstreams.
    mutating func settle(_ devices: [DeviceID], now: Timestamp, into events: inout [FaultEvent]) {
        var levels: [Int: Set<DeviceID>] = [:]
        for device in devices where self.outages[device] != nil {
            levels[self.topology.rank(of: device), default: []].insert(device)
        }
        while let rank = levels.keys.min(), let level = levels.removeValue(forKey: rank) {
            for device in level.sorted() {
                let before = self.outages[device]?.stage
                self.judge(device, now: now, into: &events)
                guard self.outages[device]?.stage != before else { continue }
                for dependent in self.topology.dependents(of: device) where self.outages[dependent] != nil {
                    let rankBelow = self.topology.rank(of: dependent)
                    if rankBelow > rank { levels[rankBelow, default: []].insert(dependent) }
                }
            }
        }
    }

    private mutating func judge(_ device: DeviceID, now: Timestamp, into events: inout [FaultEvent]) {
        guard let outage = self.outages[device] else { return }
        switch outage.stage {
        case .waiting: self.judgeWaiting(outage, now: now, into: &events)
        case .live(let at): self.judgeLive(outage, since: at, now: now, into: &events)
        case .suppressed(let suppression), .reproving(let suppression, _):
            if !outage.isFailing {
                self.judgeWell(outage, under: suppression, now: now, into: &events)
            } else {
                self.judgeSilent(outage, under: suppression, now: now, into: &events)
            }
        }
    }

    private mutating func judgeWaiting(_ outage: Outage, now: Timestamp, into events: inout [FaultEvent]) {
        guard outage.isFailing else { return self.forget(outage.device) }
        switch self.verdict(on: outage, now: now) {
        case .open: return
        case .own: self.confirm(outage, now: now, into: &events)
        case .cutOff(let root): self.suppress(outage, under: root, now: now, into: &events)
        }
    }

    private mutating func judgeLive(
        _ outage: Outage,
        since confirmedAt: Timestamp,
        now: Timestamp,
        into events: inout [FaultEvent]
    ) {
        if let recovery = outage.recovery(goodProbesToProve: self.policy.goodProbesToProve) {
            self.forget(outage.device)
            events.append(.proved(outage.device, recovery, at: now))
        } else if outage.hasOffline, now - confirmedAt <= self.policy.mergeWithinMilliseconds,
            case .cutOff(let root) = self.verdict(on: outage, now: now)
        {
            events.append(.merged(outage.device, into: root, at: now))
            var merged = outage
            merged.mustProve = true
            self.suppress(merged, under: root, now: now, into: &events)
        }
    }

    /// Nothing of it fails any more: let go, unless it had a fault of its own that is not proved yet.
    private mutating func judgeWell(
        _ outage: Outage,
        under suppression: Suppression,
        now: Timestamp,
        into events: inout [FaultEvent]
    ) {
        let recovery = outage.recovery(goodProbesToProve: self.policy.goodProbesToProve)
        guard recovery != nil || !outage.mustProve else { return }
        self.forget(outage.device)
        let release = FaultEvent.Release.well(outage.mustProve ? recovery : nil)
        events.append(.released(outage.device, root: suppression.root, release, at: now))
    }

    private mutating func judgeSilent(
        _ outage: Outage,
        under suppression: Suppression,
        now: Timestamp,
        into events: inout [FaultEvent]
    ) {
        let verdict = self.verdict(on: outage, now: now)
        if case .cutOff(let root) = verdict {
            if root != suppression.root {
                events.append(.released(outage.device, root: suppression.root, .otherRoot, at: now))
                self.suppress(outage, under: root, now: now, into: &events)
            } else if case .reproving = outage.stage {
                var back = outage
                back.stage = .suppressed(suppression)
                self.remember(back)
            }
            return
        }
        guard case .reproving(_, let from) = outage.stage else {
            var quiet = outage
            quiet.stage = .reproving(suppression, from: now)
            quiet.startFresh()
            return self.remember(quiet)
        }
        guard case .own = verdict,
            outage.facets.contains(where: {
                $0.failing != nil && $0.freshMisses >= self.policy.missesAfterRecovery
            })
        else { return }
        events.append(.released(outage.device, root: suppression.root, .ownFault, at: now))
        var own = outage
        own.begin(from: from)
        self.confirm(own, now: now, into: &events)
    }

    private func verdict(on outage: Outage, now: Timestamp) -> Verdict {
        let isPatienceOver = self.patience(outage) <= now
        // An abnormal device answers, so nothing cuts it off; it only has to last.
        guard outage.hasOffline else { return isPatienceOver ? .own : .open }
        let upstreams = self.topology.upstreams(of: outage.device)
        guard !upstreams.isEmpty else { return .own }
        var (roots, answering): ([DeviceID], [DeviceID]) = ([], [])
        var (canOneNotCut, isOneOpen) = (false, false)
        for upstream in upstreams {
            guard let facet = self.topology.decidingFacet(of: upstream) else {
                canOneNotCut = true
                continue
            }
            guard let above = self.outages[upstream], above.isOffline(facet) else {
                answering.append(upstream)
                continue
            }
            switch above.stage {
            case .live: roots.append(upstream)
            case .suppressed(let suppression): roots.append(suppression.root)
            case .waiting, .reproving: isOneOpen = true
            }
        }
        if canOneNotCut { return .own }
        if !answering.isEmpty {
            return isPatienceOver || answering.contains(where: outage.hasMissed(sinceHitOf:)) ? .own : .open
        }
        if isOneOpen { return .open }
        return roots.min { self.age($0) < self.age($1) }.map { .cutOff(root: $0) } ?? .open
    }

    /// The earliest outage is the root of the others; of equally early ones the smaller number.
    private func age(_ device: DeviceID) -> (Timestamp, DeviceID) {
        (self.outages[device]?.since ?? .distantFuture, device)
    }

    /// Until when the outage waits for others.
    func patience(_ outage: Outage) -> Timestamp {
        switch outage.stage {
        case .waiting(let until): until
        case .reproving(_, let from): from + self.policy.verdictWaitMilliseconds
        case .live(let at): at
        case .suppressed(let suppression): suppression.at
        }
    }
}

/// How the desk changes what it remembers.
extension FaultDesk {
    mutating func fails(
        _ device: DeviceID,
        _ side: Outage.Side,
        now: Timestamp,
        into events: inout [FaultEvent]
    ) {
        guard var outage = self.outages[device] else {
            let wait =
                side.failing == .offline
                ? now + self.policy.verdictWaitMilliseconds : side.since + self.policy.abnormalMilliseconds
            return self.remember(Outage(device: device, facets: [side], stage: .waiting(until: wait)))
        }
        let wasWell = !outage.isFailing
        let hadOffline = outage.hasOffline
        let place = outage.facets.firstIndex { $0.facet == side.facet }
        if let place {
            var known = outage.facets[place]
            (known.failing, known.goodProbes) = (side.failing, 0)
            known.lastMiss = max(known.lastMiss, side.lastMiss)
            known.cause = side.cause ?? known.cause
            if outage.facets[place].failing == nil, !outage.isOwn { known.since = side.since }
            outage.facets[place] = known
        } else {
            outage.facets.append(side)
            outage.facets.sort { $0.facet.place < $1.facet.place }
        }
        switch outage.stage {
        case .live:
            if wasWell {
                events.append(.relapsed(device, side.failed, at: now))
            } else if place == nil {
                events.append(.facetJoined(device, side.failed, at: now))
            }
        case .suppressed(let suppression):
            if place == nil {
                events.append(.suppressed(device, side.failed, root: suppression.root, at: now))
            }
        case .waiting where !hadOffline && outage.hasOffline:
            outage.stage = .waiting(until: now + self.policy.verdictWaitMilliseconds)
        case .waiting, .reproving: break
        }
        self.remember(outage)
    }

    mutating func works(_ device: DeviceID, _ facet: Facet) {
        guard let place = self.outages[device]?.facets.firstIndex(where: { $0.facet == facet }) else {
            return
        }
        self.outages[device]?.facets[place].failing = nil
    }

    /// Asks what is known of the upstreams of an outage that has just begun to wait.
    mutating func ask(_ recentHits: (DeviceID) -> [Timestamp], about device: DeviceID) {
        guard self.undecided.contains(device) else { return }
        for upstream in self.topology.upstreams(of: device) {
            // The earliest that is fresh stays; those after it say nothing more.
            for instant in recentHits(upstream) { _ = self.hears(hitOf: upstream, at: instant, device) }
        }
    }

    /// An upstream of the undecided device answered a probe that began then; says whether that was news.
    mutating func hears(hitOf upstream: DeviceID, at instant: Timestamp, _ device: DeviceID) -> Bool {
        guard let outage = self.outages[device], outage.freshHits[upstream] == nil, outage.hasOffline else {
            return false
        }
        let firstMiss: Timestamp? =
            switch outage.stage {
            case .waiting: outage.since
            case .reproving: outage.facets.compactMap(\.firstFreshMiss).min()
            case .live, .suppressed: nil
            }
        guard let firstMiss, instant > firstMiss else { return false }
        self.outages[device]?.freshHits[upstream] = instant
        return true
    }

    /// An upstream of the undecided device missed a probe that began then: what it had answered before proves nothing
    /// more, for it may be dark again.
    mutating func hears(missOf upstream: DeviceID, at instant: Timestamp, _ device: DeviceID) {
        guard let hit = self.outages[device]?.freshHits[upstream], hit <= instant else { return }
        self.outages[device]?.freshHits[upstream] = nil
    }

    mutating func withdraw(_ device: DeviceID, now: Timestamp, into events: inout [FaultEvent]) {
        guard let outage = self.outages[device] else { return }
        self.forget(device)
        switch outage.stage {
        case .waiting: break
        case .live: events.append(.withdrawn(device, at: now))
        case .suppressed(let suppression), .reproving(let suppression, _):
            events.append(.released(device, root: suppression.root, .withdrawn, at: now))
        }
    }

    fileprivate mutating func confirm(_ outage: Outage, now: Timestamp, into events: inout [FaultEvent]) {
        var live = outage
        live.facets.removeAll { $0.failing == nil }
        (live.stage, live.mustProve) = (.live(at: now), false)
        live.startFresh()
        self.remember(live)
        events.append(.confirmed(live.device, facets: live.facets.map(\.failed), at: now))
    }

    fileprivate mutating func suppress(
        _ outage: Outage,
        under root: DeviceID,
        now: Timestamp,
        into events: inout [FaultEvent]
    ) {
        var silent = outage
        silent.stage = .suppressed(Suppression(root: root, at: now))
        silent.startFresh()
        self.remember(silent)
        for side in silent.facets where side.failing != nil {
            events.append(.suppressed(silent.device, side.failed, root: root, at: now))
        }
    }

    fileprivate mutating func remember(_ outage: Outage) {
        self.outages[outage.device] = outage
        if outage.isUndecided {
            self.undecided.insert(outage.device)
        } else {
            self.undecided.remove(outage.device)
        }
    }

    fileprivate mutating func forget(_ device: DeviceID) {
        self.outages[device] = nil
        self.undecided.remove(device)
    }
}

extension Outage {
    /// A fault of its own: its beginning stays, however often it comes and goes before it is proved.
    fileprivate var isOwn: Bool { if case .live = self.stage { true } else { false } }
}

extension Facet {
    /// Its place in the order of declaration.
    var place: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}
