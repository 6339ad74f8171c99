extension FaultTicket {
    /// A stage without what it knows: the word in files and tables.
    public enum StageName: String, Hashable, Sendable, CaseIterable {
        /// 待派.
        case opened
        /// 已派.
        case dispatched
        /// 已接.
        case accepted
        /// 挂起.
        case suspended
        /// 待复核.
        case repaired
        /// 自复.
        case recovered
        /// 已销.
        case closed
        /// 归并.
        case merged
    }

    /// What a person or the watch may do to a ticket.
    public enum Action: Hashable, Sendable {
        /// Hands it to a maintainer, who has until `repairBy` and is reminded at `warnAt`.
        case dispatch(to: Recipient, warnAt: Timestamp, repairBy: Timestamp)
        /// The maintainer takes it in hand.
        case accept
        /// Work waits, for a reason with a code, until a time.
        case suspend(reason: String, until: Timestamp)
        /// Work goes on.
        case resume
        /// The maintainer says it is done, and shows why.
        case reportRepaired(evidence: String)
        /// The watch saw enough good probes without anybody's word.
        case recover(Recovery)
        /// The proof is enough.
        case verify(Proof)
        /// The same fault again before closing.
        case relapse
        /// It is not done.
        case reject(reason: String)
        /// The ticket of that number explains it.
        case merge(into: Int64)
        /// The same fault again within the policy's days after closing.
        case reopen([FailedFacet])
    }

    /// An action without what it brings: the word in files and tables.
    public enum ActionName: String, Hashable, Sendable, CaseIterable {
        /// The first step of every ticket.
        case open
        /// 派单.
        case dispatch
        /// 接单.
        case accept
        /// 挂起.
        case suspend
        /// 恢复.
        case resume
        /// 报修复.
        case reportRepaired = "report_repaired"
        /// 自复.
        case recover
        /// 复核.
        case verify
        /// 复发.
        case relapse
        /// 驳回.
        case reject
        /// 归并.
        case merge
        /// 重开.
        case reopen
        /// The owner's word (业主确认): moves nothing by itself, and is a name only in a refusal.
        case giveWord = "give_word"
    }

    /// Moves the ticket, or refuses and leaves it as it was. Every pair of stage and action that is not written here
    /// is refused.
    ///
    /// - Throws: `Refusal` with the stage, the action and what stood in its way.
    @discardableResult
    public mutating func perform(
        _ action: Action,
        at now: Timestamp,
        by actor: Actor = .watch
    ) throws(Refusal) -> TicketMove {
        let before = self.stage.name
        var moved = self
        do {
            try moved.move(action, at: now)
        } catch {
            throw Refusal(ticketNumber: self.number, action: action.name, stage: before, reason: error)
        }
        moved.moveCount += 1
        self = moved
        return TicketMove(
            ticketNumber: self.number,
            serial: self.moveCount,
            from: before,
            to: self.stage.name,
            action: action.name,
            at: now,
            by: actor,
            reason: action.reason
        )
    }

    private mutating func move(_ action: Action, at now: Timestamp) throws(Refusal.Reason) {
        switch self.stage {
        case .opened(let at):
            switch action {
            case .dispatch(let to, let warnAt, let repairBy):
                guard repairBy > now else { throw .notLater }
                self.clock = RepairClock(startedAt: now, warnAt: warnAt, repairBy: repairBy)
                self.stage = .dispatched(to: to, at: now)
            case .recover(let recovery): self.recover(recovery, from: .opened(at: at), at: now)
            case .merge(let number): try self.merge(into: number, at: now)
            default: throw .notFromThisStage
            }

        case .dispatched(let to, let at):
            switch action {
            case .accept: self.stage = .accepted(by: to, at: now)
            case .recover(let recovery): self.recover(recovery, from: .dispatched(to: to, at: at), at: now)
            case .merge(let number): try self.merge(into: number, at: now)
            default: throw .notFromThisStage
            }

        case .accepted(let by, let at):
            switch action {
            case .suspend(let reason, let until):
                try self.suspend(by, acceptedAt: at, reason: reason, until: until, at: now)
            case .reportRepaired(let evidence):
                guard !evidence.isEmpty else { throw .notGiven("evidence") }
                self.stopClock(.repaired, at: now)
                self.stage = .repaired(by: by, at: now, evidence: evidence)
            case .recover(let recovery): self.recover(recovery, from: .accepted(by: by, at: at), at: now)
            case .merge(let number): try self.merge(into: number, at: now)
            default: throw .notFromThisStage
            }

        case .suspended(let of, let suspension):
            guard case .resume = action else { throw .notFromThisStage }
            _ = self.clock?.resume(at: now)
            self.stage = .accepted(by: of, at: suspension.acceptedAt)

        case .repaired(let by, _, _):
            switch action {
            case .verify(let proof): self.stage = .closed(at: now, proof)
            case .reject(let reason):
                guard !reason.isEmpty else { throw .notGiven("reason") }
                _ = self.clock?.goOn(at: now)
                self.ownersWord = nil
                self.stage = .dispatched(to: by, at: now)
            default: throw .notFromThisStage
            }

        case .recovered(let before, _):
            switch action {
            case .verify(let proof): self.stage = .closed(at: now, proof)
            case .relapse: self.relapse(to: before, at: now)
            default: throw .notFromThisStage
            }

        case .closed:
            guard case .reopen(let facets) = action else { throw .notFromThisStage }
            self.reopen(facets, at: now)

        case .merged:
            throw .notFromThisStage
        }
    }

    private mutating func suspend(
        _ maintainer: Recipient,
        acceptedAt: Timestamp,
        reason: String,
        until: Timestamp,
        at now: Timestamp
    ) throws(Refusal.Reason) {
        guard !reason.isEmpty else { throw .notGiven("reason") }
        guard until > now else { throw .notLater }
        _ = self.clock?.pause(RepairClock.Pause(reason: reason, from: now, until: until))
        let suspension = Suspension(acceptedAt: acceptedAt, at: now, reason: reason, until: until)
        self.stage = .suspended(of: maintainer, suspension)
    }

    private mutating func recover(_ recovery: Recovery, from before: Unfinished, at now: Timestamp) {
        self.recovery = recovery
        self.stopClock(.recovered, at: now)
        self.stage = .recovered(before, at: now)
    }

    private mutating func relapse(to before: Unfinished, at now: Timestamp) {
        _ = self.clock?.goOn(at: now)
        (self.recovery, self.ownersWord) = (nil, nil)
        switch before {
        case .opened(let at): self.stage = .opened(at: at)
        case .dispatched(let to, let at): self.stage = .dispatched(to: to, at: at)
        case .accepted(let by, let at): self.stage = .accepted(by: by, at: at)
        }
    }

    private mutating func merge(into number: Int64, at now: Timestamp) throws(Refusal.Reason) {
        guard number != self.number else { throw .notAMergeTarget(number) }
        self.stopClock(.merged, at: now)
        self.stage = .merged(into: number, at: now)
    }

    /// A new occurrence under the old number: the clock starts anew when it is dispatched.
    private mutating func reopen(_ facets: [FailedFacet], at now: Timestamp) {
        self.facets = facets
        self.repeatCount += 1
        (self.clock, self.recovery, self.ownersWord, self.affected) = (nil, nil, nil, [])
        self.stage = .opened(at: now)
    }

    private mutating func stopClock(_ reason: RepairClock.StopReason, at now: Timestamp) {
        _ = self.clock?.stop(reason, at: now)
    }
}

extension FaultTicket.Stage {
    /// The stage's word.
    public var name: FaultTicket.StageName {
        switch self {
        case .opened: .opened
        case .dispatched: .dispatched
        case .accepted: .accepted
        case .suspended: .suspended
        case .repaired: .repaired
        case .recovered: .recovered
        case .closed: .closed
        case .merged: .merged
        }
    }
}

extension FaultTicket.Action {
    /// The action's word.
    public var name: FaultTicket.ActionName {
        switch self {
        case .dispatch: .dispatch
        case .accept: .accept
        case .suspend: .suspend
        case .resume: .resume
        case .reportRepaired: .reportRepaired
        case .recover: .recover
        case .verify: .verify
        case .relapse: .relapse
        case .reject: .reject
        case .merge: .merge
        case .reopen: .reopen
        }
    }

    /// What the step's record says besides.
    var reason: String? {
        switch self {
        case .dispatch(let to, _, let repairBy): "to \(to.key), repair by \(repairBy)"
        case .suspend(let reason, let until): "\(reason), until \(until)"
        case .reportRepaired(let evidence): evidence
        case .recover(let recovery): "\(recovery.goodProbes) good probes since \(recovery.wellSince)"
        case .verify(let proof):
            "\(proof.goodProbes) good probes since \(proof.wellSince)"
                + (proof.ownersWord.map { ", word of \($0.by)" } ?? "")
        case .reject(let reason): reason
        case .merge(let number): "into \(number)"
        case .accept, .resume, .relapse, .reopen: nil
        }
    }
}
