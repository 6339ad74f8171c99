/// Which stream may be asked now, and how much of it (礼让).
///
/// - One session a camera, whatever place or check it is asked at.
/// - At one server no more sessions than it was seen to bear: a recorder has many channels and few sessions. At a
///   platform's no more than are set.
/// - Along the way a budget of sessions and of bit rate for each recorder, gateway and carrier link.
/// - A camera that was busy is left to its viewers for a while when its pushed copy plays, and then every other turn:
///   seldom enough to spare them, and often enough that its last answer still speaks. One that has missed is asked.
/// - A credential that a server refused is not tried there by every channel: see ``CredentialStanding``.
/// - Quality is measured seldom, and first of all left out when anything is nearly full; where it was bad it is
///   measured at every turn until it is well again, and stays bad for as long as a window is due anyway.
public struct StreamCourtesy: Sendable {
    struct Flight: Hashable {
        var call: StreamCall
        var passages: [StreamPassages.Passage]
        var kilobitsPerSecond: Int64
        /// Our sessions at the server when it set out, itself included.
        var sessions: Int
    }

    struct Memory {
        var kilobitsPerSecond: Int64?
        /// When quality is measured next.
        var windowDue: Timestamp
        /// What the last window showed that was not in order, and when.
        var fault: (cause: Cause, at: Timestamp)?
        var last = Last.nothing
        var askedAt: Timestamp = .distantPast
        var busyAt: Timestamp?
    }

    /// What a track said last; what tells nothing of the device changes it not.
    enum Last: Hashable {
        case nothing, played, busy, missed, refused
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
    private var standings: [Opening: CredentialStanding] = [:]
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

    private func sparing(_ call: StreamCall, now: Timestamp) -> StreamSparing? {
        if let sparing = self.viewersTurn(call, now: now) { return sparing }
        guard let credential = call.credential else { return nil }
        let standing = self.standings[Opening(server: call.server, credential: credential)]
        return standing?.again(call.track, now: now).map { .credential(againMilliseconds: $0) }
    }

    /// Whether this turn is its viewers', and until when.
    private func viewersTurn(_ call: StreamCall, now: Timestamp) -> StreamSparing? {
        guard call.track.hop == .direct, let memory = self.memories[call.track], let busyAt = memory.busyAt
        else { return nil }
        let copy = TrackKey(device: call.track.device, check: call.track.check, hop: .platform)
        guard self.memories[copy]?.last == .played else { return nil }
        switch memory.last {
        case .busy:
            let again = memory.askedAt + self.settings.busyPauseMilliseconds - now
            return again > 0 ? .busy(againMilliseconds: again) : nil
        case .played where busyAt + self.settings.raiseMilliseconds > now:
            let again = memory.askedAt + call.intervalMilliseconds * 3 / 2 - now
            return again > 0 ? .viewers(againMilliseconds: again) : nil
        case .played, .nothing, .missed, .refused: return nil
        }
    }

    private mutating func shortage(
        _ call: StreamCall,
        _ passages: [StreamPassages.Passage],
        _ rate: Int64,
        now: Timestamp
    ) -> StreamShortage? {
        if self.flights.count >= self.settings.sessions {
            return .ourselves(sessions: self.settings.sessions)
        }
        if self.cameras.contains(call.track.device) { return .camera }
        if call.track.hop == .platform, self.servers[call.server] ?? 0 >= self.settings.platformSessions {
            return .server(sessions: self.settings.platformSessions)
        }
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
        guard memory.fault != nil || memory.windowDue <= now, call.canMeasure else { return false }
        let isRoomy = self.budgets.isRoomy(
            passages,
            kilobitsPerSecond: rate,
            thousandths: self.settings.windowRoomThousandths
        )
        let isFull =
            Int64(self.flights.count + 1) * 1_000 > Int64(self.settings.sessions)
            * self.settings.windowRoomThousandths
        guard isRoomy, !isFull || self.flights.isEmpty else {
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
    /// - Returns: What of its quality is not in order, as far as this window or the last one tells; `nil` when nothing
    ///   is, or when it did not play.
    @discardableResult
    public mutating func leave(
        _ permit: StreamPermit,
        cause: Cause?,
        measure: StreamMeasure? = nil,
        now: Timestamp
    ) -> StreamFault? {
        guard let flight = self.flights.removeValue(forKey: permit.number) else { return nil }
        let (call, track) = (flight.call, flight.call.track)
        self.cameras.remove(track.device)
        let others = (self.servers[call.server] ?? 1) - 1
        self.servers[call.server] = others > 0 ? others : nil
        self.budgets.giveBack(flight.passages, kilobitsPerSecond: flight.kilobitsPerSecond)
        self.learnLimit(flight, cause, now: now)
        self.note(cause, of: call, now: now)
        guard var memory = self.memories[track] else { return nil }
        defer { self.memories[track] = memory }
        memory.askedAt = now
        switch cause.map({ $0.outcome(of: track.check) }) {
        case nil: memory.last = .played
        case .some(.down): memory.last = .missed
        case .some where cause == .busy: (memory.last, memory.busyAt) = (.busy, now)
        case .some where cause?.isRefusal == true: memory.last = .refused
        default: break
        }
        guard cause == nil else { return nil }
        guard let measure else {
            // It is measured as soon as there is room; until then it is what it was, but no longer than any other.
            guard let fault = memory.fault, fault.at + self.settings.windowIntervalMilliseconds > now else {
                return nil
            }
            return StreamFault(cause: fault.cause, agoMilliseconds: now - fault.at)
        }
        if let rate = measure.kilobitsPerSecond, rate.isFinite, rate < 1e9 {
            memory.kilobitsPerSecond = max(1, Int64(rate))
        }
        memory.windowDue = self.nextWindow(track, now)
        memory.fault = self.settings.thresholds.cause(of: measure).map { ($0, now) }
        return memory.fault.map { StreamFault(cause: $0.cause, agoMilliseconds: 0) }
    }

    /// A platform is no recorder: it serves a whole province, and what it will not play is not for want of sessions.
    private mutating func learnLimit(_ flight: Flight, _ cause: Cause?, now: Timestamp) {
        let (server, track) = (flight.call.server, flight.call.track)
        guard track.hop != .platform else { return }
        if cause == .busy {
            if self.sessionLimits.count > Self.limit { self.sessionLimits.removeAll() }
            self.sessionLimits[server, default: SessionLimit()].refused(
                track,
                among: flight.sessions,
                now: now
            )
        } else if cause == nil {
            self.sessionLimits[server]?.served(among: flight.sessions)
        }
    }

    private mutating func note(_ cause: Cause?, of call: StreamCall, now: Timestamp) {
        guard let credential = call.credential else { return }
        if self.standings.count > Self.limit { self.standings.removeAll() }
        let opening = Opening(server: call.server, credential: credential)
        switch cause {
        case .authFailed, .lockedOut:
            self.standings[opening, default: CredentialStanding()].refuse(
                call.track,
                isLocked: cause == .lockedOut,
                now: now,
                pause: self.settings.credentialPauseMilliseconds
            )
        case nil: self.standings[opening, default: CredentialStanding()].accept()
        default:
            // It said nothing of the credential.
            break
        }
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
            refusedCredentials: self.standings.values.count { $0.isRefused },
            counts: self.counts
        )
    }
}
