internal import WaysideCore

/// Everything that breaks in the province (世间百态), and what a probe finds because of it. It is asked with rising
/// instants only, and knows nothing of how observations are judged.
struct Misfortunes: Sendable {
    private let wiring: Wiring
    private var faults: [FaultProcess]
    private var reboots: [FaultProcess]
    private var flaps: [Int: FaultProcess] = [:]
    private var wrongPasswords: [Int: FaultProcess] = [:]
    private var losses: [Int: FaultProcess] = [:]
    private var power: [FaultProcess]
    private var fibres: [FaultProcess]
    /// Our own network is cut, by collector.
    private(set) var ownCuts: [FaultProcess]
    /// The collector stands still and asks nothing, by collector.
    private(set) var gaps: [FaultProcess]
    /// What a collector saw does not reach the centre; it comes when the link is back. The centre's own never fails.
    private(set) var links: [FaultProcess]
    private var noise: SplitMix

    /// How long a UPS carries what it backs.
    private static let backedFor = 20 * Milliseconds.minute

    init(_ inventory: Inventory, _ wiring: Wiring, from start: Timestamp, trouble: Int64, random: SplitMix) {
        var random = random
        func process(every days: Int64, hours: Int64 = 0, _ down: ClosedRange<Int64>) -> FaultProcess {
            FaultProcess(
                from: start,
                upMean: (days * Milliseconds.day + hours * Milliseconds.hour) / trouble,
                down: down,
                random: random.branch()
            )
        }
        self.wiring = wiring
        let (minute, hour) = (Milliseconds.minute, Milliseconds.hour)
        self.faults = inventory.devices.map { device in
            switch device.kind {
            case .camera: process(every: 45, hour...36 * hour)
            case .switch: process(every: 80, hour / 2...10 * hour)
            case .link: process(every: 60, hour / 3...6 * hour)
            default: process(every: 100, hour...8 * hour)
            }
        }
        self.reboots = inventory.devices.map { device in
            process(every: device.kind == .camera ? 12 : 30, minute...3 * minute)
        }
        for (index, place) in wiring.places.enumerated() {
            let isCamera = inventory.devices[index].kind == .camera
            if isCamera, place.isFlapping {
                // About 120 times a day, whatever the trouble.
                self.flaps[index] = FaultProcess(
                    from: start,
                    upMean: 9 * minute,
                    down: minute...6 * minute,
                    random: random.branch()
                )
            }
            if isCamera, place.hasChangingPassword {
                self.wrongPasswords[index] = process(every: 15, hour...72 * hour)
            }
            if isCamera, place.isLossy {
                self.losses[index] = process(every: 0, hours: 12, 5 * minute...60 * minute)
            }
        }
        self.power = (0..<wiring.domainCount).map { _ in process(every: 30, 3 * minute...6 * hour) }
        self.fibres = (0..<wiring.fibreCount).map { _ in process(every: 60, hour...9 * hour) }
        self.ownCuts = wiring.collectors.map { _ in process(every: 4, 2 * minute...20 * minute) }
        self.gaps = wiring.collectors.map { _ in process(every: 1, hours: 12, 2 * minute...14 * minute) }
        self.links = wiring.collectors.map { _ in process(every: 3, 10 * minute...20 * hour) }
        self.noise = random.branch()
    }

    // MARK: - Our own

    mutating func isGap(of collector: Int, at instant: Timestamp) -> Bool {
        self.gaps[collector].isDown(at: instant)
    }

    mutating func isOwnCut(of collector: Int, at instant: Timestamp) -> Bool {
        self.ownCuts[collector].isDown(at: instant)
    }

    /// When the link that was down is back; `nil` when it is not down. The centre is its own link.
    mutating func linkIsBack(of collector: Int, at instant: Timestamp) -> Timestamp? {
        guard collector > 0, self.links[collector].isDown(at: instant) else { return nil }
        return self.links[collector].until
    }

    // MARK: - What a probe finds

    /// What a probe finds that really sets out. `upstreams` are the places of what each device hangs on today.
    mutating func answer(
        _ index: Int,
        _ check: Check,
        at instant: Timestamp,
        upstreams: [[Int]]
    ) -> (outcome: Outcome, cause: Cause?) {
        if self.noise.millionths(500) {
            return (.unknown, self.noise.percent(50) ? .selfOverloaded : .busy)
        }
        if self.noise.millionths(700) { return (.down, .timeout) }
        guard self.isAlive(index, at: instant, upstreams: upstreams, depth: 0) else {
            return (.down, self.noise.percent(80) ? .timeout : .unreachable)
        }
        guard check == .stream else {
            return (.up, self.noise.percent(1) ? .refused : nil)
        }
        if self.faults[index].isDown { return (.down, self.noise.percent(70) ? .noMedia : .protocolError) }
        if self.wrongPasswords[index]?.isDown(at: instant) ?? false { return (.abnormal, .authFailed) }
        if self.losses[index]?.isDown(at: instant) ?? false { return (.abnormal, .lossHigh) }
        return (.up, nil)
    }

    /// Whether it answers: it has power, runs, and one way up to the centre is open.
    private mutating func isAlive(_ index: Int, at instant: Timestamp, upstreams: [[Int]], depth: Int) -> Bool
    {
        let place = self.wiring.places[index]
        if self.power[place.powerDomain].isDown(at: instant) {
            let isCarried = place.isBacked && instant - self.power[place.powerDomain].since < Self.backedFor
            if !isCarried { return false }
        }
        // Every other fault leaves the device reachable: only its media is gone.
        if self.faults[index].isDown(at: instant), depth > 0 || self.faults[index].count % 2 == 0 {
            return false
        }
        if self.reboots[index].isDown(at: instant) { return false }
        if self.flaps[index]?.isDown(at: instant) ?? false { return false }
        guard !upstreams[index].isEmpty, depth < 16 else { return true }
        for (number, upstream) in upstreams[index].enumerated() {
            if number < place.fibres.count, self.fibres[place.fibres[number]].isDown(at: instant) { continue }
            if self.isAlive(upstream, at: instant, upstreams: upstreams, depth: depth + 1) { return true }
        }
        return false
    }
}
