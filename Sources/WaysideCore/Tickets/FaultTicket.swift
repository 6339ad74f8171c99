/// The work of putting one fault right (故障工单): one per root cause, with everything that hangs on it.
public struct FaultTicket: Hashable, Sendable {
    /// Where the work stands. Each case carries what that stage knows, so no field is set too early.
    public enum Stage: Hashable, Sendable {
        /// 待派: a fault was confirmed; nobody has been told.
        case opened(at: Timestamp)
        /// 已派: handed to a maintainer.
        case dispatched(to: Recipient, at: Timestamp)
        /// 已接: the maintainer has it in hand.
        case accepted(by: Recipient, at: Timestamp)
        /// 挂起: work must wait, for a reason and until a time.
        case suspended(of: Recipient, Suspension)
        /// 待复核: the maintainer says it is done.
        case repaired(by: Recipient, at: Timestamp, evidence: String)
        /// 自复: it works again and nobody said why.
        case recovered(Unfinished, at: Timestamp)
        /// 已销: probes agree.
        case closed(at: Timestamp, Proof)
        /// 归并: another ticket explains it.
        case merged(into: Int64, at: Timestamp)
    }

    /// A wait that both sides know of (挂起).
    public struct Suspension: Hashable, Sendable {
        /// When the maintainer had accepted.
        public let acceptedAt: Timestamp
        /// From when on.
        public let at: Timestamp
        /// The reason's code.
        public let reason: String
        /// When work goes on at the latest.
        public let until: Timestamp

        /// A wait.
        public init(acceptedAt: Timestamp, at: Timestamp, reason: String, until: Timestamp) {
            (self.acceptedAt, self.at, self.reason, self.until) = (acceptedAt, at, reason, until)
        }
    }

    /// Where a ticket stood when the device came back by itself, and where it stands again if the fault does.
    public enum Unfinished: Hashable, Sendable {
        /// Opened.
        case opened(at: Timestamp)
        /// Dispatched.
        case dispatched(to: Recipient, at: Timestamp)
        /// Accepted.
        case accepted(by: Recipient, at: Timestamp)
    }

    /// What a closing rests on (复核依据); can only be made of enough good probes, and the owner's word where asked.
    public struct Proof: Hashable, Sendable {
        /// Good probes in a row on each failed facet; 1 or more.
        public let goodProbes: Int
        /// Since when the device works: the first of them.
        public let wellSince: Timestamp
        /// Who said that the work is done; `nil` where it was not asked for.
        public let ownersWord: OwnersWord?

        /// What was proved, if the policy finds it enough.
        public init(
            goodProbes: Int,
            wellSince: Timestamp,
            ownersWord: OwnersWord?,
            policy: TicketPolicy
        ) throws(Refusal.Reason) {
            guard goodProbes >= policy.goodProbesToProve else { throw .unproved }
            guard ownersWord != nil || !policy.isOwnersWordRequired else { throw .ownersWordMissing }
            self.init(goodProbes: goodProbes, wellSince: wellSince, ownersWord: ownersWord)
        }

        /// A proof as it was stored.
        init(goodProbes: Int, wellSince: Timestamp, ownersWord: OwnersWord?) {
            (self.goodProbes, self.wellSince, self.ownersWord) = (goodProbes, wellSince, ownersWord)
        }
    }

    /// The owner agrees that it is done (业主确认).
    public struct OwnersWord: Hashable, Sendable {
        /// Whose word.
        public let by: String
        /// When it was given.
        public let at: Timestamp

        /// A word.
        public init(by: String, at: Timestamp) { (self.by, self.at) = (by, at) }
    }

    /// Good probes that the watch has counted since the fault was last seen.
    public struct Recovery: Hashable, Sendable {
        /// In a row, on each failed facet.
        public let goodProbes: Int
        /// The first of them.
        public let wellSince: Timestamp

        /// Good probes.
        public init(goodProbes: Int, wellSince: Timestamp) {
            (self.goodProbes, self.wellSince) = (goodProbes, wellSince)
        }
    }

    /// A device that is dark because of the ticket's root.
    public struct Affected: Hashable, Sendable {
        /// Which.
        public let device: DeviceID
        /// Since when it is dark.
        public let since: Timestamp
        /// When it was let go: well again, or a fault of its own or of another root; `nil` while it hangs on this one.
        public var until: Timestamp?

        /// An affected device.
        public init(device: DeviceID, since: Timestamp, until: Timestamp? = nil) {
            (self.device, self.since, self.until) = (device, since, until)
        }
    }

    /// Its number for people, the same for ever; 1 or more.
    public let number: Int64
    /// The device at the root of the fault.
    public let root: DeviceID
    /// When it was first opened.
    public let openedAt: Timestamp
    /// The facets that fail, or failed, in this occurrence; in the order of `Facet.allCases`.
    public internal(set) var facets: [FailedFacet]
    /// How often the fault has come back under this number; 0 or more.
    public internal(set) var repeatCount: Int
    /// Where the work stands.
    public internal(set) var stage: Stage
    /// The maintainer's time; `nil` until it is dispatched.
    public internal(set) var clock: RepairClock?
    /// What the watch has proved; `nil` while the fault is on.
    public internal(set) var recovery: Recovery?
    /// The owner's word; `nil` while it is not given.
    public internal(set) var ownersWord: OwnersWord?
    /// What hangs or hung on it in this occurrence, by device number.
    public internal(set) var affected: [Affected]
    /// Steps so far; 1 or more.
    public internal(set) var moveCount: Int
    /// Occasions so far on which people were told; the next notice has the next number.
    public internal(set) var noticeCount: Int

    /// A ticket as it was stored.
    public init(
        number: Int64,
        root: DeviceID,
        openedAt: Timestamp,
        facets: [FailedFacet],
        repeatCount: Int = 0,
        stage: Stage,
        clock: RepairClock? = nil,
        recovery: Recovery? = nil,
        ownersWord: OwnersWord? = nil,
        affected: [Affected] = [],
        moveCount: Int = 1,
        noticeCount: Int = 0
    ) {
        (self.number, self.root, self.openedAt, self.facets) = (number, root, openedAt, facets)
        (self.repeatCount, self.stage, self.clock, self.recovery) = (repeatCount, stage, clock, recovery)
        (self.ownersWord, self.affected) = (ownersWord, affected)
        (self.moveCount, self.noticeCount) = (moveCount, noticeCount)
    }

    /// Opens a ticket for a confirmed fault, with its first step.
    public static func open(
        number: Int64,
        root: DeviceID,
        facets: [FailedFacet],
        at now: Timestamp,
        by actor: Actor = .watch
    ) -> (ticket: FaultTicket, move: TicketMove) {
        let ticket = FaultTicket(
            number: number,
            root: root,
            openedAt: now,
            facets: facets,
            stage: .opened(at: now)
        )
        let move = TicketMove(
            ticketNumber: number,
            serial: 1,
            from: nil,
            to: .opened,
            action: .open,
            at: now,
            by: actor,
            reason: nil
        )
        return (ticket, move)
    }
}

/// One side of a device that fails (故障方面).
public struct FailedFacet: Hashable, Sendable {
    /// Which.
    public let facet: Facet
    /// Since when: the first miss.
    public let since: Timestamp
    /// Why, as the probes put it; `nil` when they did not say.
    public let cause: Cause?

    /// A failed side.
    public init(facet: Facet, since: Timestamp, cause: Cause?) {
        (self.facet, self.since, self.cause) = (facet, since, cause)
    }
}

extension FaultTicket {
    /// Whether work is left: neither closed nor merged. A device has at most one such ticket.
    public var isLive: Bool {
        switch self.stage {
        case .opened, .dispatched, .accepted, .suspended, .repaired, .recovered: true
        case .closed, .merged: false
        }
    }

    /// When it was closed; `nil` in every other stage.
    public var closedAt: Timestamp? { if case .closed(let at, _) = self.stage { at } else { nil } }

    /// Who has it; `nil` until it is dispatched, and when it was closed or merged.
    public var maintainer: Recipient? {
        switch self.stage {
        case .dispatched(let maintainer, _), .accepted(let maintainer, _), .suspended(let maintainer, _),
            .repaired(let maintainer, _, _), .recovered(.dispatched(let maintainer, _), _),
            .recovered(.accepted(let maintainer, _), _):
            maintainer
        case .opened, .recovered(.opened, _), .closed, .merged: nil
        }
    }

    /// Until when it is to be put right; `nil` while the clock rests or has stopped, and before it is dispatched.
    public var repairBy: Timestamp? { self.clock?.deadline }

    /// When passing time next means something to it; `nil` when it means nothing.
    public var nextDeadline: Timestamp? { self.isLive ? self.clock?.nextDeadline : nil }

    /// Since when the fault is on: the first miss of any facet.
    public var since: Timestamp { self.facets.map(\.since).min() ?? self.openedAt }

    /// Why: the cause of the facet that failed first, or of the next that has one.
    public var cause: Cause? { self.facets.leadingCause }
}

extension [FailedFacet] {
    /// The cause of the facet that failed first, or of the next that has one; ties in the order of the list.
    var leadingCause: Cause? {
        let said = self.enumerated().filter { $0.element.cause != nil }
        return said.min { ($0.element.since, $0.offset) < ($1.element.since, $1.offset) }?.element.cause
    }
}
