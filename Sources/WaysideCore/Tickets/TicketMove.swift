/// One step of a ticket (工单流转), kept for ever: who did what, when and why.
public struct TicketMove: Hashable, Sendable {
    /// Whose step.
    public let ticketNumber: Int64
    /// Its place among the ticket's steps; 1 is the opening.
    public let serial: Int
    /// Where the ticket stood; `nil` before its opening.
    public let from: FaultTicket.StageName?
    /// Where it stands after.
    public let to: FaultTicket.StageName
    /// What was done.
    public let action: FaultTicket.ActionName
    /// When it was done.
    public let at: Timestamp
    /// Who did it.
    public let by: Actor
    /// The action's reason, evidence or number of good probes, in words; `nil` where there is nothing to add.
    public let reason: String?

    /// A step.
    public init(
        ticketNumber: Int64,
        serial: Int,
        from: FaultTicket.StageName?,
        to: FaultTicket.StageName,
        action: FaultTicket.ActionName,
        at: Timestamp,
        by: Actor,
        reason: String?
    ) {
        (self.ticketNumber, self.serial, self.from, self.to) = (ticketNumber, serial, from, to)
        (self.action, self.at, self.by, self.reason) = (action, at, by, reason)
    }
}

/// Who moves tickets (操作者).
public enum Actor: Hashable, Sendable {
    /// Wayside itself, from what the probes saw or because time has passed.
    case watch
    /// A person, by the name of the account or, where there are none, of the operating system's user.
    case person(String)

    /// `watch`, or the person's name.
    public var name: String {
        switch self {
        case .watch: "watch"
        case .person(let name): name
        }
    }
}

/// Why an action was refused (拒绝); the ticket is as it was.
public struct Refusal: Error, Hashable, Sendable {
    /// What stood in its way.
    public enum Reason: Error, Hashable, Sendable {
        /// The table of moves does not lead from that stage by that action.
        case notFromThisStage
        /// Not enough good probes in a row on the failed facets.
        case unproved
        /// The owner's word is asked for and missing.
        case ownersWordMissing
        /// A deadline or the end of a suspension that is not in the future.
        case notLater
        /// A suspension longer than the policy allows, in milliseconds.
        case longerThan(Int64)
        /// A code or a text that must be given is empty, or is not one that the policy knows.
        case notGiven(String)
        /// There is no such ticket here.
        case noSuchTicket
        /// Not a live ticket of another device.
        case notAMergeTarget(Int64)
    }

    /// The ticket that was asked.
    public let ticketNumber: Int64
    /// What was asked.
    public let action: FaultTicket.ActionName
    /// Where the ticket stood; `nil` when there is none.
    public let stage: FaultTicket.StageName?
    /// What stood in its way.
    public let reason: Reason

    /// A refusal.
    public init(
        ticketNumber: Int64,
        action: FaultTicket.ActionName,
        stage: FaultTicket.StageName?,
        reason: Reason
    ) {
        (self.ticketNumber, self.action, self.stage, self.reason) = (ticketNumber, action, stage, reason)
    }
}
