/// Which stream may be asked now, and how much of it (礼让).
///
/// - One session a camera, whatever place or check it is asked at.
/// - At one server no more sessions than it was seen to bear: a recorder has many channels and few sessions.
/// - Along the way a budget of sessions and of bit rate for each recorder, gateway and carrier link.
/// - A camera that was busy, or gives us a single session, is left to its viewers for a while when its pushed copy can
///   be asked instead; the copy keeps its own cadence and its own verdict.
/// - A credential that a server refused is tried again there only by the track that was refused: thirty channels with
///   one wrong password must not lock us out.
/// - Quality is measured seldom, and first of all left out when anything is nearly full; where it was bad it is
///   measured at every turn until it is well again.
public struct StreamCourtesy: Sendable {
    struct Flight: Hashable {
        var call: StreamCall
        var passages: [StreamPassages.Passage]
        var kilobitsPerSecond: Int64
        /// Our sessions at the server when it set out, itself included.
        var sessions: Int
    }

    struct Memory: Hashable {
        var kilobitsPerSecond: Int64?
        /// When quality is measured next.
        var windowDue: Timestamp
        var isBad = false
        /// Until when its viewers go before us.
        var sparedUntil: Timestamp = .distantPast
        var busyRow = 0
    }

    struct RefusedCredential: Hashable {
        var witness: TrackKey
        var until: Timestamp
    }

    struct Opening: Hashable {
        var server: String
        var credential: Int
    }

    /// Tracks and servers remembered at most; more than any estate has, so only what is no longer asked fills it.
    private static let limit = 200_000

    /// How gently.
    public let settings: CourtesySettings
    private var flights: [UInt64: Flight] = [:]
    private var lastNumber: UInt64 = 0
    private var cameras: Set<DeviceID> = []
    private var servers: [String: Int] = [:]
    private var sessionLimits: [String: SessionLimit] = [:]
    private var budgets: StreamBudgetUse
    private var memories: [TrackKey: Memory] = [:]
    private var refused: [Opening: RefusedCredential] = [:]
    private var counts = StreamLoad.Counts()

    /// Nobody is asked yet, and nothing was learned.
    public init(settings: CourtesySettings = CourtesySettings()) {
        precondition(settings.problems.isEmpty, settings.problems.joined(separator: "; "))
        self.settings = settings
        self.budgets = StreamBudgetUse(settings.budgets)
    }
}

// MARK: - Setting out

extension StreamCourtesy {
    /// Whether that stream may be asked now. `now` never runs backwards; it is compared with itself only.
    public mutating func admit(_ call: StreamCall, now: Timestamp) -> StreamAdmission {
        if let sparing = self.sparing(call, now: now) {
            self.counts.spared += 1
            return .spare(sparing)
        }
        let passages = call.track.hop == .direct ? call.passages : []
        let rate = self.memories[call.track]?.kilobitsPerSecond ?? self.settings.usualKilobitsPerSecond
        if let shortage = self.shortage(call, passages, rate, now: now) { return .wait(shortage) }
        let measures = self.measures(call, passages, rate, now: now)
        self.lastNumber += 1
        self.cameras.insert(call.track.device)
        self.servers[call.server, default: 0] += 1
        self.budgets.take(passages, kilobitsPerSecond: rate)
        self.flights[self.lastNumber] = Flight(
            call: call,
            passages: passages,
            kilobitsPerSecond: rate,
            sessions: self.servers[call.server] ?? 1
        )
        return .go(StreamPermit(number: self.lastNumber, measuresQuality: measures))
    }

    private mutating func sparing(_ call: StreamCall, now: Timestamp) -> StreamSparing? {
        if call.track.hop == .direct, call.hasPushedCopy, let memory = self.memories[call.track],
            memory.sparedUntil > now
        {
            return .viewers(againMilliseconds: memory.sparedUntil - now)
        }
        guard let credential = call.credential else { return nil }
        let opening = Opening(server: call.server, credential: credential)
        guard let refusal = self.refused[opening] else { return nil }
        if refusal.until <= now {
            self.refused[opening] = nil
            return nil
        }
        return refusal.witness == call.track ? nil : .credential(againMilliseconds: refusal.until - now)
    }

    private mutating func shortage(
        _ call: StreamCall,
        _ passages: [StreamPassages.Passage],
        _ rate: Int64,
        now: Timestamp
    ) -> StreamShortage? {
        if self.cameras.contains(call.track.device) { return .camera }
        self.sessionLimits[call.server]?.rest(now: now, everyMilliseconds: self.settings.raiseMilliseconds)
        if let limit = self.sessionLimits[call.server], let most = limit.most,
            !limit.allowsOneMore(beside: self.servers[call.server] ?? 0)
        {
            return .server(sessions: most)
        }
        return self.budgets.shortage(passages, kilobitsPerSecond: rate)
    }

    /// Whether this visit stays for a window.
    private mutating func measures(
        _ call: StreamCall,
        _ passages: [StreamPassages.Passage],
        _ rate: Int64,
        now: Timestamp
    ) -> Bool {
        if self.memories.count > Self.limit { self.memories.removeAll() }
        // Who was never asked waits for its place: after a start not all are measured at once.
        let memory = self.memories[call.track, default: Memory(windowDue: self.nextWindow(call.track, now))]
        self.memories[call.track] = memory
        guard memory.isBad || memory.windowDue <= now, call.canMeasure else { return false }
        let isRoomy = self.budgets.isRoomy(
            passages,
            kilobitsPerSecond: rate,
            thousandths: self.settings.windowRoomThousandths
        )
        guard isRoomy, call.hasRoomToMeasure else {
            self.counts.windowsShed += 1
            return false
        }
        self.counts.windows += 1
        return true
    }

    private func nextWindow(_ track: TrackKey, _ now: Timestamp) -> Timestamp {
        PollPlan.nextDue(track, every: self.settings.windowIntervalMilliseconds, atOrAfter: now + 1)
    }
}

// MARK: - Coming back

extension StreamCourtesy {
    /// Takes in how a visit ended, and frees what it held. A number that is not under way changes nothing.
    ///
    /// - Parameters:
    ///   - permit: What ``admit(_:now:)`` gave.
    ///   - cause: Why it was not simply up.
    ///   - measure: What a window showed; `nil` when none was measured to its end.
    ///   - now: When.
    /// - Returns: What of the window is not in order; `nil` when nothing is.
    @discardableResult
    public mutating func leave(
        _ permit: StreamPermit,
        cause: Cause?,
        measure: StreamMeasure? = nil,
        now: Timestamp
    ) -> Cause? {
        guard let flight = self.flights.removeValue(forKey: permit.number) else { return nil }
        let (call, track) = (flight.call, flight.call.track)
        self.cameras.remove(track.device)
        let others = (self.servers[call.server] ?? 1) - 1
        self.servers[call.server] = others > 0 ? others : nil
        self.budgets.giveBack(flight.passages, kilobitsPerSecond: flight.kilobitsPerSecond)
        if cause == .busy {
            if self.sessionLimits.count > Self.limit { self.sessionLimits.removeAll() }
            self.sessionLimits[call.server, default: SessionLimit()].learn(
                refusedAmong: flight.sessions,
                now: now
            )
        }
        self.note(cause, of: call, now: now)
        self.spareViewers(of: call, cause: cause, now: now)
        guard let measure, var memory = self.memories[track] else { return nil }
        let fault = self.settings.thresholds.cause(of: measure)
        if let rate = measure.kilobitsPerSecond, rate.isFinite, rate < 1e9 {
            memory.kilobitsPerSecond = max(1, Int64(rate))
        }
        memory.windowDue = self.nextWindow(track, now)
        memory.isBad = fault != nil
        self.memories[track] = memory
        return fault
    }

    private mutating func note(_ cause: Cause?, of call: StreamCall, now: Timestamp) {
        guard let credential = call.credential else { return }
        let opening = Opening(server: call.server, credential: credential)
        switch cause {
        case .authFailed, .lockedOut:
            if self.refused.count > Self.limit { self.refused.removeAll() }
            self.refused[opening] = RefusedCredential(
                witness: call.track,
                until: now + self.settings.credentialPauseMilliseconds
            )
        case nil:
            self.refused[opening] = nil
        default:
            // It said nothing of the credential.
            break
        }
    }

    private mutating func spareViewers(of call: StreamCall, cause: Cause?, now: Timestamp) {
        guard call.track.hop == .direct, call.hasPushedCopy, var memory = self.memories[call.track] else {
            return
        }
        let pause = self.settings.busyPauseMilliseconds
        if cause == .busy {
            memory.sparedUntil = now + pause << Int64(min(memory.busyRow, 3))
            memory.busyRow = min(memory.busyRow + 1, 3)
        } else {
            memory.busyRow = 0
            memory.sparedUntil = self.sessionLimits[call.server]?.most == 1 ? now + pause : .distantPast
        }
        self.memories[call.track] = memory
    }

    /// Sessions under way.
    public var sessions: Int { self.flights.count }

    /// How near everything is to its limit.
    public var load: StreamLoad {
        StreamLoad(
            budgets: self.budgets.uses.values.map { use in
                StreamLoad.Budget(
                    passage: use.passage,
                    sessions: use.sessions,
                    kilobitsPerSecond: use.kilobitsPerSecond,
                    limit: self.settings.budgets.budget(of: use.passage)
                )
            }.sorted { $0.isFuller(than: $1) },
            sessions: self.flights.count,
            learnedLimits: self.sessionLimits.values.count { $0.most != nil },
            refusedCredentials: self.refused.count,
            counts: self.counts
        )
    }
}
