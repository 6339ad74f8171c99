public import Logging
public import SNMP
internal import Synchronization
public import WaysideCore
public import WaysideDevices

/// Reads the health of all devices that have an SMNP agent (健康采集): looks at each to find out what it is, then asks it
/// round after round for what its profiles measure.
///
/// Bears no verdict on whether a device is there: that is the SNMP check's. A device that does not answer has no health.
public final class HealthPatrol: Sendable {
    /// How it goes.
    public struct Load: Sendable, Hashable {
        /// Devices with an agent.
        public var devices = 0
        /// Devices that were recognised and are polled.
        public var polled = 0
        /// Rounds lost because they could not be read in time.
        public var lostRounds: UInt64 = 0
    }

    /// How often health is read.
    public struct Pace: Sendable {
        /// From one round to the next; default 60 s.
        public var round: Duration = .seconds(60)
        /// From one asking for what seldom changes to the next; default 10 min.
        public var seldom: Duration = .seconds(600)
        /// Looks under way at once; default 16.
        public var looks = 16
        /// From one look for new devices to the next; default 5 s.
        public var turn: Duration = .seconds(5)

        /// The defaults.
        public init() {}
    }

    private struct Polled {
        let device: DeviceID
        let plan: HealthPlan
        let isSeldom: Bool
    }

    private struct State {
        var looks = LookBook()
        var memories: [DeviceID: CapabilityMemory] = [:]
        var polled: [UInt32: Polled] = [:]
        var tokens: [DeviceID: [UInt32]] = [:]
        /// By the agent's host, whatever its port: a trap comes from another.
        var devicesByHost: [String: Set<DeviceID>] = [:]
        var hosts: [DeviceID: String] = [:]
        /// Equal plans share one storage: most devices of a model have the same objects.
        var plans: Set<HealthPlan> = []
        var nextToken: UInt32 = 1
    }

    private let engine: SNMPEngine
    private let rounds: HealthRounds
    private let look: DeviceSurvey
    private let finder: AgentFinder
    private let thresholds: ThresholdDesk
    private let pace: Pace
    private let take: @Sendable (HealthPoll) -> Void
    private let now: @Sendable () -> Timestamp
    private let logger: Logger
    private let state = Mutex(State())

    /// A patrol over an engine whose sink is `rounds`. `take` takes what was read and must not wait; `now` is the wall
    /// clock.
    public init(
        engine: SNMPEngine,
        rounds: HealthRounds,
        profiles: [DeviceProfile],
        book: TargetBook,
        names: NameCache,
        thresholds: ThresholdDesk,
        pace: Pace = Pace(),
        take: @escaping @Sendable (HealthPoll) -> Void,
        now: @escaping @Sendable () -> Timestamp,
        logger: Logger
    ) {
        (self.engine, self.rounds, self.thresholds, self.pace) = (engine, rounds, thresholds, pace)
        self.look = DeviceSurvey(profiles: profiles, engine: engine)
        self.finder = AgentFinder(book: book, names: names)
        (self.take, self.now, self.logger) = (take, now, logger)
    }

    /// How it goes now.
    public var load: Load {
        let lost = self.rounds.lostCount
        return self.state.withLock {
            Load(devices: $0.looks.count, polled: $0.tokens.count, lostRounds: lost)
        }
    }

    /// Reads until the task is cancelled.
    public func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.readRounds() }
            await self.lookAround()
            group.cancelAll()
        }
        let tokens = self.state.withLock { Array($0.polled.keys) }
        self.engine.unwatch(tokens)
    }

    /// The devices whose agents are at that host.
    public func devices(at source: AgentAddress) -> [DeviceID] { self.devices(atHost: source.host) }

    /// The devices whose agents are at that IPv4 address, in host order.
    public func devices(atIPv4 bits: UInt32) -> [DeviceID] {
        self.devices(atHost: SNMPValue.ipAddress(bits).description)
    }

    private func devices(atHost host: String) -> [DeviceID] {
        self.state.withLock { ($0.devicesByHost[host] ?? []).sorted() }
    }

    /// Makes the next rounds of these devices due now.
    public func hasten(_ devices: [DeviceID]) {
        let tokens = self.state.withLock { state in devices.flatMap { state.tokens[$0] ?? [] } }
        if !tokens.isEmpty { self.engine.hasten(tokens) }
    }
}

// MARK: - Looks

extension HealthPatrol {
    private func lookAround() async {
        await withTaskGroup(of: Void.self) { group in
            var underWay = 0
            while !Task.isCancelled {
                let due = self.turn(most: self.pace.looks - underWay)
                for device in due {
                    underWay += 1
                    group.addTask { await self.look(at: device) }
                }
                if underWay == self.pace.looks || !due.isEmpty {
                    await group.next()
                    underWay -= 1
                } else {
                    // Woken early by the cancellation only, which the loop sees.
                    try? await Task.sleep(for: self.pace.turn)
                }
            }
            group.cancelAll()
        }
    }

    /// Takes in what the inventory says now, and says whom to look at.
    private func turn(most: Int) -> [DeviceID] {
        var targets: [DeviceID: LookBook.Fingerprint] = [:]
        for device in self.finder.book.devices {
            guard let fingerprint = LookBook.Fingerprint(device) else { continue }
            targets[device.id] = fingerprint
        }
        let now = self.now()
        let (gone, due) = self.state.withLock { state in
            (state.looks.update(targets, now: now), state.looks.begin(most: most, now: now))
        }
        for device in gone {
            self.drop(device)
            self.state.withLock { $0.memories[device] = nil }
            self.thresholds.forget(device)
        }
        return due
    }

    private func look(at id: DeviceID) async {
        guard let device = self.finder.book.device(id), let fingerprint = LookBook.Fingerprint(device) else {
            return
        }
        guard case .success(let agent) = await self.finder.agent(of: device, within: .seconds(5)) else {
            return self.end(id, fingerprint, found: false)
        }
        let memory = self.state.withLock { $0.memories[id] } ?? CapabilityMemory()
        let outcome = await self.look.look(at: agent, remembering: memory, now: self.now().milliseconds)
        guard outcome.silence == nil, !Task.isCancelled else {
            return self.end(id, fingerprint, found: false)
        }
        self.state.withLock { $0.memories[id] = outcome.memory }
        guard self.state.withLock({ $0.looks.end(id, fingerprint, found: true, now: self.now()) }) else {
            return
        }
        self.thresholds.place(
            ThresholdSubject(key: device.key, kind: device.kind, profile: outcome.profiles.first?.profile.id),
            of: id
        )
        self.watch(id, agent, outcome)
    }

    private func end(_ id: DeviceID, _ fingerprint: LookBook.Fingerprint, found: Bool) {
        _ = self.state.withLock { $0.looks.end(id, fingerprint, found: found, now: self.now()) }
    }

    /// Has a device asked round after round by what a look found, in place of what was asked before.
    private func watch(_ id: DeviceID, _ agent: SNMPAgent, _ outcome: DeviceSurvey.Outcome) {
        self.drop(id)
        for isSeldom in [false, true] {
            let made = HealthPlan(outcome.rows, by: outcome.profiles, everyRound: !isSeldom)
            guard !made.templates.isEmpty else { continue }
            let interval = isSeldom ? self.pace.seldom : self.pace.round
            let (token, plan) = self.state.withLock { state in
                let plan = state.plans.insert(made).memberAfterInsert
                let token = state.nextToken
                state.nextToken &+= 1
                state.polled[token] = Polled(device: id, plan: plan, isSeldom: isSeldom)
                state.tokens[id, default: []].append(token)
                state.hosts[id] = agent.address.host
                state.devicesByHost[agent.address.host, default: []].insert(id)
                return (token, plan)
            }
            do {
                let subject = try PollSubject(
                    token: token,
                    agent: agent,
                    questions: plan.templates,
                    interval: interval,
                    firstAfter: self.place(of: id, in: interval)
                )
                self.engine.watch([subject])
            } catch {
                self.logger.warning("health of device \(id) cannot be asked for: \(error)")
            }
        }
    }

    /// From now to the device's place in the interval, which it keeps over restarts.
    private func place(of id: DeviceID, in interval: Duration) -> Duration {
        let whole = max(
            1,
            interval.components.seconds * 1_000 + interval.components.attoseconds / 1_000_000_000_000_000
        )
        let mixed = UInt64(bitPattern: id.number) &* 0x9E37_79B9_7F4A_7C15
        let place = Int64(mixed >> 1) % whole
        let passed = (self.now().milliseconds - place) % whole
        return .milliseconds(passed <= 0 ? -passed : whole - passed)
    }

    private func drop(_ id: DeviceID) {
        let tokens = self.state.withLock { state -> [UInt32] in
            let tokens = state.tokens.removeValue(forKey: id) ?? []
            for token in tokens { state.polled[token] = nil }
            if let host = state.hosts.removeValue(forKey: id) {
                state.devicesByHost[host]?.remove(id)
                if state.devicesByHost[host]?.isEmpty == true { state.devicesByHost[host] = nil }
            }
            // Plans that nobody has any more go, now and then.
            if state.plans.count > 64, state.plans.count > 2 * state.polled.count {
                state.plans = Set(state.polled.values.map(\.plan))
            }
            return tokens
        }
        if !tokens.isEmpty { self.engine.unwatch(tokens) }
    }
}

extension LookBook.Fingerprint {
    /// What a look at the device depends on; `nil` for one without an agent.
    fileprivate init?(_ device: Device) {
        guard device.checks.contains(.snmp), let address = device.address,
            let credential = device.snmpCredential
        else { return nil }
        self.init(address: address, credential: credential)
    }
}

// MARK: - Rounds

extension HealthPatrol {
    private func readRounds() async {
        for await round in self.rounds.rounds {
            guard let polled = self.state.withLock({ $0.polled[round.token] }) else { continue }
            let readings = polled.plan.readings(round.answers)
            if !readings.isEmpty {
                let poll = HealthPoll(device: polled.device, at: self.now(), readings: readings)
                self.take(poll)
                for change in self.thresholds.receive(poll) { self.say(change) }
                // It may have left while its last round was read.
                if self.state.withLock({ $0.tokens[polled.device] == nil }) {
                    self.thresholds.forget(polled.device)
                }
            }
            // A port that went, a card that was pulled, an agent that shrank: what was found no longer holds.
            if round.missing > 0 || round.failures > 0 && !round.answers.isEmpty {
                self.state.withLock { $0.looks.doubt(polled.device, now: self.now()) }
            }
        }
    }

    private func say(_ change: ThresholdChange) {
        let key = self.finder.book.device(change.device)?.key ?? "\(change.device)"
        self.logger.notice(
            "threshold \(change.reason.rule) \(change.kind.rawValue) on \(key): \(change.reason.textEN)"
        )
    }
}
