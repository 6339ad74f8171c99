/// The rounds that one question has cost beyond its own: discovery, agreement on time.
struct USMRounds: Equatable {
    /// The most rounds a question may cost. A good agent needs two, one that was replaced and lost its boots four.
    static let most: UInt8 = 5

    /// What the last sending of the question was.
    enum Sending: UInt8 {
        /// Not sent yet.
        case none
        /// The question by which an engine's name is found out.
        case discovery
        /// The question itself.
        case question
    }

    private(set) var used: UInt8 = 0
    var sending = Sending.none

    /// Takes a round; false when there are none left.
    mutating func take() -> Bool {
        guard self.used < Self.most else { return false }
        self.used += 1
        return true
    }
}

/// What is known of the engine at one address, and what follows from each message that comes from there.
///
/// Three things are kept apart. *Proved* is what signed messages have shown; only they change it. *On trial* is
/// what an unsigned Report claims or what a signed message shows against the clock: it is signed with and asked,
/// and becomes proved only by a signed answer. While both stand, sendings take turns, so that no forged Report can
/// keep a question from the engine that is proved.
struct USMAgent {
    /// An engine with the keys of a user and its clock.
    struct Standing {
        var keys: EngineKeys
        var clock: EngineClock
    }

    /// Why something is on trial.
    private enum Claim: Equatable {
        /// An unsigned Report names the engine.
        case engine
        /// An unsigned Report names other boots or another time for the engine that is proved.
        case time
        /// A signed message with this msgID shows lower boots or a time that went back.
        case setBack(UInt32)
    }

    private struct Trial {
        var standing: Standing
        let claim: Claim
        var isNext = true
    }

    /// What a message amounts to for the question that it may answer.
    enum Verdict: Equatable {
        /// It answers.
        case answer
        /// Something was learned: the question should be sent again at once; under the same msgID when answers to
        /// the last sending are still good.
        case again(renewsID: Bool)
        /// The agent will not answer.
        case refused(USMRefusal)
        /// A claim that nobody proves: it explains silence, should there be one.
        case doubt(USMRefusal)
        /// It says nothing to us.
        case ignored
    }

    /// What a message is, once its signature has been looked at.
    enum Message: Equatable {
        /// Nobody signed it.
        case unsignedReport(USMReport, engine: EngineID?)
        /// Signed by the engine's key.
        case report(USMReport)
        /// An answer at the level of the question.
        case response
    }

    /// What nearly no agent has.
    private struct Extra {
        var trials: ContiguousArray<Trial> = []
        var defects = DefectList()
    }

    private(set) var proved: Standing?
    /// At most one; an array, so that agents without take 8 bytes for it and no more.
    private var extra: ContiguousArray<Extra> = []
    /// Questions in a row that found no answer.
    private var silences: UInt8 = 0
    /// The clock was restored from a file and stands only as far as its last time.
    private var isRestored = false
    /// A signature has proved the engine and its clock; without, it has only answered users who sign nothing.
    private var isSigned = false

    /// Knows nothing.
    init() {}

    /// At most one.
    private var trials: ContiguousArray<Trial> {
        get { self.extra.first?.trials ?? [] }
        set {
            if newValue.isEmpty, self.extra.first?.defects.isEmpty ?? true { return self.extra = [] }
            if self.extra.isEmpty { self.extra = [Extra()] }
            self.extra[0].trials = newValue
        }
    }

    private(set) var defects: DefectList {
        get { self.extra.first?.defects ?? DefectList() }
        set {
            if self.extra.isEmpty { self.extra = [Extra()] }
            self.extra[0].defects = newValue
        }
    }

    /// Nothing has come from there, and nothing is missing from there yet.
    var knowsNothing: Bool { self.proved == nil && self.extra.isEmpty && self.silences == 0 }

    /// Takes up what was known of an engine earlier: its clock counted on to `now` from what it was last known to be.
    init(restoring engine: EngineID, boots: UInt32, time: UInt32, since instant: MonotonicTime) {
        let clock = EngineClock(boots: boots, time: time, at: instant)
        self.proved = Standing(keys: .nobody(at: engine), clock: clock)
        self.isRestored = true
        self.isSigned = true
    }
}

// MARK: - Sending

extension USMAgent {
    /// The stamp for the next sending of a question; `nil` when the engine must be discovered first.
    mutating func stamp(for user: USMUser, rounds: inout USMRounds, at now: MonotonicTime) -> USMStamp? {
        guard let standing = self.next(for: user) else {
            rounds.sending = .discovery
            return nil
        }
        rounds.sending = .question
        return USMStamp(keys: standing.keys, boots: standing.clock.boots, time: standing.clock.time(at: now))
    }

    private mutating func next(for user: USMUser) -> Standing? {
        if !self.extra.isEmpty, !self.trials.isEmpty {
            let isTurn = self.proved == nil || self.trials[0].isNext
            self.trials[0].isNext = !isTurn
            if isTurn {
                self.trials[0].standing.take(user)
                return self.trials[0].standing
            }
        }
        // An engine that has gone silent may have become another that throws away what it does not know.
        if self.silences >= 3 {
            self.silences = 0
            return nil
        }
        self.proved?.take(user)
        return self.proved
    }

    /// Notes that a question found no answer at all.
    mutating func noteSilence() {
        self.silences = min(self.silences + 1, 200)
    }

    /// The keys with which a message that names an engine may be opened; `nil` when that engine is not asked here.
    func keys(naming engine: BERReader, in bytes: RawSpan, for user: USMUser) -> EngineKeys? {
        if let keys = self.trials.first?.standing.keys, keys.engine.equals(engine, in: bytes) {
            return keys.of(user)
        }
        guard let keys = self.proved?.keys, keys.engine.equals(engine, in: bytes) else { return nil }
        return keys.of(user)
    }
}

// MARK: - Receiving

extension USMAgent {
    /// Takes a message that came from the agent's address under the live msgID `id`.
    /// `message` is a response or a signed Report only when it was opened with `keys`; those are `nil` for unsigned
    /// Reports.
    mutating func receive(
        _ message: Message,
        keys: EngineKeys?,
        boots: UInt32,
        time: UInt32,
        id: UInt32,
        user: USMUser,
        rounds: inout USMRounds,
        at now: MonotonicTime
    ) -> Verdict {
        let verdict: Verdict
        if let keys, message != .response || user.authentication != nil {
            verdict = self.receiveSigned(
                message,
                keys,
                EngineClock(boots: boots, time: time, at: now),
                id,
                now
            )
        } else if let keys {
            // Enough for who signs nothing; nothing that somebody has signed may change by it.
            if !self.isSigned {
                self.adopt(
                    Standing(keys: keys, clock: EngineClock(boots: boots, time: time, at: now)),
                    at: now
                )
            }
            verdict = .answer
        } else if case .unsignedReport(let report, let engine) = message {
            let clock = EngineClock(boots: boots, time: time, at: now)
            verdict = self.receive(report, claiming: engine, clock, user, rounds, at: now)
        } else {
            return .ignored
        }
        if verdict == .answer { self.silences = 0 }
        guard case .again = verdict, !rounds.take() else { return verdict }
        return self.proved == nil ? .refused(.tooManyRounds) : .doubt(.tooManyRounds)
    }

    /// A Report that anybody may have sent who saw the msgID.
    private mutating func receive(
        _ report: USMReport,
        claiming engine: EngineID?,
        _ clock: EngineClock,
        _ user: USMUser,
        _ rounds: USMRounds,
        at now: MonotonicTime
    ) -> Verdict {
        guard report == .unknownEngine || report == .notInTimeWindow, let engine else {
            return self.doubt(report.refusal)
        }
        let isKnown = self.proved?.keys.engine == engine || self.trials.first?.standing.keys.engine == engine
        if report == .unknownEngine, isKnown, rounds.sending != .discovery {
            return self.doubt(.engineUnknown)
        }
        if report == .notInTimeWindow, !isKnown || user.authentication == nil {
            return self.doubt(.notInTimeWindow)
        }
        guard let proved = self.proved, self.isSigned else {
            self.proved = nil
            self.trials = [
                Trial(standing: Standing(keys: user.keys(at: engine), clock: clock), claim: .engine)
            ]
            return .again(renewsID: true)
        }
        if proved.keys.engine == engine {
            if user.authentication != nil, !proved.clock.agrees(with: clock) || report == .notInTimeWindow {
                self.trials = [Trial(standing: Standing(keys: proved.keys, clock: clock), claim: .time)]
            }
        } else {
            self.trials = [
                Trial(standing: Standing(keys: user.keys(at: engine), clock: clock), claim: .engine)
            ]
        }
        // A question is still open to the answer of the engine that is proved; a discovery has nothing to lose.
        return .again(renewsID: rounds.sending == .discovery)
    }

    /// A claim ends a question only where nothing has been proved that it could stop.
    private func doubt(_ refusal: USMRefusal) -> Verdict {
        self.isSigned && !self.isRestored ? .doubt(refusal) : .refused(refusal)
    }

    /// A message that the engine's key has signed.
    private mutating func receiveSigned(
        _ message: Message,
        _ keys: EngineKeys,
        _ clock: EngineClock,
        _ id: UInt32,
        _ now: MonotonicTime
    ) -> Verdict {
        if clock.boots == EngineClock.lastBoots {
            self.defects.note(.bootsExhausted, at: now)
            return .refused(.bootsExhausted)
        }
        if self.isSigned, self.proved?.keys.engine == keys.engine {
            guard self.isTimely(clock, id, now) else { return .again(renewsID: true) }
        } else {
            self.adopt(Standing(keys: keys, clock: clock), at: now)
            self.isSigned = true
        }
        return switch message {
        case .response: .answer
        case .report(.notInTimeWindow): .again(renewsID: true)
        case .report(let report), .unsignedReport(let report, _): .refused(report.refusal)
        }
    }

    /// Holds a signed message against the clock of the engine that is proved. What was set back must be shown twice,
    /// under two msgIDs, before it is believed: a recording has only one.
    private mutating func isTimely(_ clock: EngineClock, _ id: UInt32, _ now: MonotonicTime) -> Bool {
        guard var proved = self.proved else { return false }
        let from = proved.clock.boots
        let latest = proved.clock.latestTime
        let reading = proved.clock.receive(boots: clock.boots, time: clock.latestTime, at: now)
        let defect: SNMPDeviceDefect.Kind
        switch reading {
        case .exhausted: return false
        case .lowerBoots:
            defect = .bootsLowered(from: from, to: clock.boots)
        case .late where self.isRestored && clock.latestTime >= latest:
            // We cannot have counted right while we did not run.
            proved.clock = clock
            self.settle(proved)
            return true
        case .late(let seconds):
            defect = .timeWentBack(seconds: seconds)
        case .ahead(let seconds):
            if !self.isRestored { self.defects.note(.timeWentAhead(seconds: seconds), at: now) }
            self.settle(proved)
            return true
        case .inWindow, .restarted:
            if self.trials.first?.claim == .time { self.defects.note(.reportsUnauthenticated, at: now) }
            self.settle(proved)
            return true
        }
        if let trial = self.trials.first, case .setBack(let first) = trial.claim, first != id,
            trial.standing.clock.agrees(with: clock)
        {
            proved.clock = clock
            self.defects.note(defect, at: now)
            self.settle(proved)
            return true
        }
        self.trials = [Trial(standing: Standing(keys: proved.keys, clock: clock), claim: .setBack(id))]
        return false
    }

    /// Makes an engine the one that is proved.
    private mutating func adopt(_ standing: Standing, at now: MonotonicTime) {
        if let proved = self.proved, proved.keys.engine != standing.keys.engine {
            self.defects.note(.engineIDChanged(from: proved.keys.engine, to: standing.keys.engine), at: now)
        }
        self.settle(standing)
    }

    private mutating func settle(_ standing: Standing) {
        self.proved = standing
        self.trials = []
        self.isRestored = false
    }

    /// Notes that another address answers under the same engine ID with another clock.
    mutating func noteDuplicate(_ other: AgentAddress, at now: MonotonicTime) {
        self.defects.note(.duplicateEngineID(with: other), at: now)
    }
}

extension USMAgent.Standing {
    /// Puts the keys of another user in.
    fileprivate mutating func take(_ user: USMUser) {
        self.keys = self.keys.of(user)
    }
}
