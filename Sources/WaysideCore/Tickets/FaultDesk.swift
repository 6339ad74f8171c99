/// The root-cause machine (根因判定): of everything that fails it says what is a fault of its own, what hangs on
/// another's, and when each is over.
///
/// Upstreams are judged before what hangs on them. It takes confirmed changes of status, single probes of what fails,
/// and passing time, and answers with events. It remembers only what fails now, waits, or is not yet proved well.
/// Its topology is given anew after a restart; its memory is `bytes`.
public struct FaultDesk: Hashable, Sendable {
    /// The rules.
    public let policy: TicketPolicy
    /// Who hangs on whom.
    public private(set) var topology: FaultTopology
    /// By device; bounded by the number of devices that fail.
    var outages: [DeviceID: Outage]
    /// The devices whose outage is waiting or being proved anew; follows from `outages`.
    var undecided: Set<DeviceID>

    /// A desk that knows of no outage.
    public init(policy: TicketPolicy, topology: FaultTopology = FaultTopology()) {
        self.init(policy: policy, topology: topology, outages: [:])
    }

    init(policy: TicketPolicy, topology: FaultTopology, outages: [DeviceID: Outage]) {
        (self.policy, self.topology, self.outages) = (policy, topology, outages)
        self.undecided = Set(outages.values.lazy.filter(\.isUndecided).map(\.device))
    }

    // MARK: What it is told

    /// A facet's confirmed status changed; `unknown` moves nothing, and what the topology does not hold has no faults.
    ///
    /// `since` is from when on the status holds, the first miss or the first hit; `now` is when that is known.
    /// `before` is the status before an outage, when known: a facet that was abnormal before it failed need not
    /// become better than that to be proved. `recentHits` says when a device's deciding facet was lately found
    /// up or abnormal, rising and with no miss since, which spares the wait for the next probe of an upstream that has
    /// answered since. The probe that
    /// changed the status should be told of afterwards: only of that is it known when the last miss began, and a
    /// fault is the device's own only when it has missed a probe that began at or after an upstream's answer.
    public mutating func statusChanged(
        _ device: DeviceID,
        _ facet: Facet,
        from before: Status = .online,
        to status: Status,
        since: Timestamp,
        cause: Cause? = nil,
        now: Timestamp,
        recentHits: (DeviceID) -> [Timestamp] = { _ in [] }
    ) -> [FaultEvent] {
        var events: [FaultEvent] = []
        switch status {
        case .unknown: return []
        case .offline:
            guard self.topology.contains(device, facet) else { return [] }
            let side = Outage.Side(
                facet: facet,
                failing: .offline,
                before: before,
                since: since,
                cause: cause
            )
            let wasOffline = self.outages[device]?.hasOffline ?? false
            self.fails(device, side, now: now, into: &events)
            // Asked only once: later the upstream may have missed again, of which its last hit says nothing.
            if !wasOffline { self.ask(recentHits, about: device) }
        case .abnormal where cause.map(self.policy.opensOnAbnormal.contains) ?? false:
            guard self.topology.contains(device, facet) else { return [] }
            let side = Outage.Side(
                facet: facet,
                failing: .abnormal,
                before: .online,
                since: since,
                cause: cause
            )
            self.fails(device, side, now: now, into: &events)
        case .online, .abnormal:
            guard self.outages[device]?.facets.contains(where: { $0.facet == facet }) ?? false else {
                return []
            }
            self.works(device, facet)
        }
        self.settle([device] + self.topology.dependents(of: device), now: now, into: &events)
        return events
    }

    /// A probe said something of a facet; may be told of every probe, and cares for those that `isWatching`.
    public mutating func probed(
        _ device: DeviceID,
        _ facet: Facet,
        _ outcome: Outcome,
        at instant: Timestamp,
        now: Timestamp
    ) -> [FaultEvent] {
        guard outcome != .unknown else { return [] }
        var stirred: [DeviceID] = []
        if let outage = self.outages[device],
            let place = outage.facets.firstIndex(where: { $0.facet == facet })
        {
            if instant >= outage.facets[place].lastProbeAt {
                if case .reproving(_, let from) = outage.stage, instant >= from {
                    self.outages[device]?.facets[place].countFresh(outcome, at: instant)
                }
                self.outages[device]?.facets[place].count(outcome, at: instant)
                stirred.append(device)
            }
        }
        if !self.undecided.isEmpty, self.topology.decidingFacet(of: device) == facet {
            for dependent in self.topology.dependents(of: device) where self.undecided.contains(dependent) {
                if !outcome.isHit {
                    self.hears(missOf: device, at: instant, dependent)
                } else if self.hears(hitOf: device, at: instant, dependent) {
                    stirred.append(dependent)
                }
            }
        }
        var events: [FaultEvent] = []
        self.settle(stirred, now: now, into: &events)
        return events
    }

    /// Time has passed; waits that are over end.
    public mutating func tick(_ now: Timestamp) -> [FaultEvent] {
        let due = self.undecided.filter { device in
            guard let until = self.outages[device].map(self.patience) else { return false }
            return until <= now
        }
        var events: [FaultEvent] = []
        self.settle(Array(due), now: now, into: &events)
        return events
    }

    /// The network is another from now on: at the start, at midnight, after an import.
    public mutating func topologyReplaced(by topology: FaultTopology, now: Timestamp) -> [FaultEvent] {
        self.topology = topology
        var events: [FaultEvent] = []
        for device in self.outages.keys.sorted() {
            self.outages[device]?.facets.removeAll { !topology.contains(device, $0.facet) }
            if self.outages[device]?.facets.isEmpty ?? false {
                self.withdraw(device, now: now, into: &events)
            }
        }
        self.settle(Array(self.outages.keys), now: now, into: &events)
        return events
    }

    // MARK: What it can be asked

    /// Whether `probed` should be told of the device's probes: it fails or is not yet proved well, or something that
    /// hangs on it waits for its verdict.
    public func isWatching(_ device: DeviceID) -> Bool {
        self.outages[device] != nil
            || !self.undecided.isEmpty
                && self.topology.dependents(of: device).contains(where: self.undecided.contains)
    }

    /// Every device it remembers, by number.
    public var watched: [DeviceID] { self.outages.keys.sorted() }

    /// The devices with a live fault of their own, by number.
    public var liveRoots: [DeviceID] {
        self.outages.values.compactMap { if case .live = $0.stage { $0.device } else { nil } }.sorted()
    }

    /// Why the device is silent; `nil` when it is not suppressed. It stays so until it is proved anew.
    public func suppression(of device: DeviceID) -> Suppression? {
        switch self.outages[device]?.stage {
        case .suppressed(let suppression), .reproving(let suppression, _): suppression
        case .waiting, .live, nil: nil
        }
    }

    /// The next instant after that one at which `tick` ends a wait; `nil` when passing time brings nothing.
    public func nextDeadline(after instant: Timestamp) -> Timestamp? {
        self.undecided.compactMap { self.outages[$0].map(self.patience) }.filter { $0 > instant }.min()
    }
}
