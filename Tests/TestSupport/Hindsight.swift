public import WaysideCore

/// The oracle: sees the whole film and answers for one instant at a time, straight from the numbered rules.
///
/// It is slow on purpose. It shares no code with the machine but the value types, so that both cannot be wrong alike.
public struct Hindsight {
    /// One informative observation.
    public struct Frame: Hashable, Sendable {
        /// When.
        public var at: Timestamp
        /// What.
        public var outcome: Outcome
    }

    private let rule: RateRule
    private let inventory: Inventory
    private let day: ServiceDay
    private let exemptions: [Exemption]
    private let knownAt: Timestamp
    private let films: [TrackKey: [Frame]]
    private let knownStatuses: [TrackKey: [(span: Span, status: Status)]]

    /// An oracle for that day.
    public init(
        rule: RateRule,
        inventory: Inventory,
        day: ServiceDay,
        observations: [Observation],
        voids: [VoidRecord],
        exemptions: [Exemption],
        knownAt: Timestamp = .distantFuture
    ) {
        self.rule = rule
        self.inventory = inventory
        self.day = day
        self.exemptions = exemptions
        self.knownAt = knownAt
        var films: [TrackKey: [Frame]] = [:]
        for observation in observations {
            guard observation.receivedAt <= knownAt, observation.outcome != .unknown else { continue }
            let isVoid = voids.contains { void in
                void.receivedAt <= knownAt && void.span.start <= observation.at
                    && observation.at < void.span.end
                    && (void.devices.map { $0.contains(observation.device) } ?? true)
                    && (void.checks.map { $0.contains(observation.check) } ?? true)
                    && (void.collector.map { $0 == observation.collector } ?? true)
            }
            if isVoid { continue }
            let key = TrackKey(device: observation.device, check: observation.check, hop: observation.hop)
            films[key, default: []].append(Frame(at: observation.at, outcome: observation.outcome))
        }
        self.films = films.mapValues(Self.onePerInstant)
        self.knownStatuses = Dictionary(
            uniqueKeysWithValues: self.films.map { key, film in
                (key, Self.statuses(of: film, profile: rule.status, check: key.check))
            }
        )
    }

    /// Rule 1: at one instant keep one, in the order down, abnormal, up.
    private static func onePerInstant(_ film: [Frame]) -> [Frame] {
        Set(film.map(\.at)).sorted().map { at in
            let outcomes = film.filter { $0.at == at }.map(\.outcome)
            return Frame(
                at: at,
                outcome: outcomes.contains(.down) ? .down : outcomes.contains(.abnormal) ? .abnormal : .up
            )
        }
    }

    /// Rules 2 to 5, chain by chain and run by run.
    private static func statuses(
        of film: [Frame],
        profile: StatusProfile,
        check: Check
    ) -> [(span: Span, status: Status)] {
        let validity = profile.validity(of: check)
        var chains: [[Frame]] = []
        for frame in film {
            if let last = chains.last?.last, frame.at.milliseconds <= last.at.milliseconds + validity {
                chains[chains.count - 1].append(frame)
            } else {
                chains.append([frame])
            }
        }
        var result: [(span: Span, status: Status)] = []
        for chain in chains {
            guard let first = chain.first, let last = chain.last else { continue }
            var runs: [[Frame]] = []
            for frame in chain {
                if let run = runs.last, (run[0].outcome == .down) == (frame.outcome == .down) {
                    runs[runs.count - 1].append(frame)
                } else {
                    runs.append([frame])
                }
            }
            var takesEffect: [(at: Timestamp, status: Status)] = [(first.at, .unknown)]
            var status = Status.unknown
            for run in runs {
                if run[0].outcome == .down {
                    if status != .offline && run.count >= profile.missesToConfirm {
                        status = .offline
                        takesEffect.append((run[0].at, .offline))
                    }
                } else if status != .offline || run.count >= profile.hitsToRecover {
                    for frame in run {
                        status = frame.outcome == .up ? .online : .abnormal
                        takesEffect.append((frame.at, status))
                    }
                }
            }
            let end = Timestamp(milliseconds: last.at.milliseconds + validity)
            for (index, effect) in takesEffect.enumerated() {
                let next = index + 1 < takesEffect.count ? takesEffect[index + 1].at : end
                result.append((Span(effect.at, next), effect.status))
            }
        }
        return result
    }

    private func status(of key: TrackKey, at instant: Timestamp) -> Status {
        self.knownStatuses[key]?.last { $0.span.start <= instant && instant < $0.span.end }?.status
            ?? .unknown
    }

    /// Rule 6.
    public func status(of device: Device, _ facet: Facet, at instant: Timestamp) -> Status {
        var known: [Status] = []
        for check in device.checks where check.facet == facet {
            let hops: [Hop] = facet == .reachability ? [.direct] : Array(self.rule.status.hops)
            let verdicts = hops.map {
                self.status(of: TrackKey(device: device.id, check: check, hop: $0), at: instant)
            }
            for candidate in [Status.online, .abnormal, .offline] where verdicts.contains(candidate) {
                known.append(candidate)
                break
            }
        }
        if known.isEmpty { return .unknown }
        if known.allSatisfy({ $0 == .offline }) { return .offline }
        if known.allSatisfy({ $0 == .online }) { return .online }
        return .abnormal
    }

    private func isInService(_ device: Device) -> Bool {
        (device.commissionedOn.map { $0 <= self.day } ?? true)
            && (device.retiredOn.map { self.day < $0 } ?? true)
    }

    private func upstreams(of device: Device) -> [Device] {
        device.assignment(on: self.day).upstreams.compactMap { self.inventory.device(key: $0) }
            .filter(self.isInService)
    }

    private func isDown(_ upstream: Device, at instant: Timestamp) -> Bool {
        if upstream.checks.isEmpty {
            let above = self.upstreams(of: upstream)
            return !above.isEmpty && above.allSatisfy { self.isDown($0, at: instant) }
        }
        let hasReach = upstream.checks.contains(.reach) || upstream.checks.contains(.snmp)
        return self.status(of: upstream, hasReach ? .reachability : .stream, at: instant) == .offline
    }

    private func isExempt(_ device: Device, at instant: Timestamp) -> Bool {
        self.exemptions.contains { exemption in
            guard let approvedAt = exemption.approvedAt, approvedAt <= self.knownAt,
                exemption.revokedAt.map({ $0 > self.knownAt }) ?? true,
                self.rule.exemptions.accept.contains(exemption.className),
                exemption.facets.map({ $0.contains(self.rule.facet) }) ?? true,
                exemption.span.start <= instant, instant < exemption.span.end
            else { return false }
            if let limit = self.rule.exemptions.approvedWithinMilliseconds {
                guard approvedAt.milliseconds - exemption.span.start.milliseconds <= limit else {
                    return false
                }
            }
            switch exemption.scope {
            case .device(let key): return device.key == key
            case .organization(let key):
                var current = device.assignment(on: self.day).organization
                while let organization = current {
                    if organization == key { return true }
                    current = self.inventory.organization(key: organization)?.parent
                }
                return false
            case .downstream(let key): return device.key != key && self.hangs(device, on: key)
            }
        }
    }

    private func hangs(_ device: Device, on root: String) -> Bool {
        let above = device.assignment(on: self.day).upstreams
        return !above.isEmpty
            && above.allSatisfy { key in
                key == root || self.inventory.device(key: key).map { self.hangs($0, on: root) } ?? false
            }
    }

    /// The class of one instant: the first that applies.
    public func timeClass(of device: Device, at instant: Timestamp) -> TimeClass {
        let commissioned = device.commissionedOn?.start ?? .distantPast
        let retired = device.retiredOn?.start ?? .distantFuture
        if instant < commissioned || instant >= retired { return .uncommissioned }
        let isExempt = self.isExempt(device, at: instant)
        switch self.status(of: device, self.rule.facet, at: instant) {
        case .online: return isExempt ? .exemptOnline : .online
        case .abnormal: return isExempt ? .exemptAbnormal : .abnormal
        case .unknown: return isExempt ? .exemptUnknown : .unknown
        case .offline:
            let above = self.upstreams(of: device)
            if !above.isEmpty && above.allSatisfy({ self.isDown($0, at: instant) }) {
                return isExempt ? .exemptUpstream : .upstream
            }
            return isExempt ? .exemptOffline : .offline
        }
    }

    /// The eleven sums: the class is asked at every instant where it could change.
    public func tally(of device: Device) -> DayTally {
        let end = min(self.day.end, self.knownAt)
        var instants: Set<Timestamp> = [self.day.start]
        for (key, film) in self.films {
            for frame in film {
                instants.insert(frame.at)
                instants.insert(
                    Timestamp(milliseconds: frame.at.milliseconds + self.rule.status.validity(of: key.check))
                )
            }
        }
        for exemption in self.exemptions { instants.formUnion([exemption.span.start, exemption.span.end]) }
        let sorted = instants.filter { self.day.start <= $0 && $0 < end }.sorted()
        var tally = DayTally()
        for (index, instant) in sorted.enumerated() {
            let next = index + 1 < sorted.count ? sorted[index + 1] : end
            tally[self.timeClass(of: device, at: instant)] += next.milliseconds - instant.milliseconds
        }
        return tally
    }
}
