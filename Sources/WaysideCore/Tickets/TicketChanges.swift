/// All that follows for tickets from some events, a request or passing time (工单变更): written in one transaction
/// with what caused it, or not at all.
public struct TicketChanges: Hashable, Sendable {
    /// Every ticket that is new or differs, as it is now, by number.
    public internal(set) var tickets: [FaultTicket] = []
    /// Which of them are new, by number.
    public internal(set) var openedNumbers: [Int64] = []
    /// The steps, in order.
    public internal(set) var moves: [TicketMove] = []
    /// What began or ceased to hang on a ticket, in order.
    public internal(set) var affected: [AffectedChange] = []
    /// What people are to be told, in order; for the outbox.
    public internal(set) var notices: [Notice] = []

    /// Nothing.
    public init() {}

    /// Whether nothing is to be written.
    public var isEmpty: Bool { self.tickets.isEmpty && self.moves.isEmpty && self.notices.isEmpty }
}

/// A device began to hang on a ticket, or was let go (受影响设备).
public struct AffectedChange: Hashable, Sendable {
    /// Which ticket.
    public let ticketNumber: Int64
    /// Which device, since when, and until when.
    public let affected: FaultTicket.Affected

    /// A change.
    public init(ticketNumber: Int64, affected: FaultTicket.Affected) {
        (self.ticketNumber, self.affected) = (ticketNumber, affected)
    }
}

/// What a person may ask of a ticket (操作请求). What only probes can know cannot be asked.
public enum TicketRequest: Hashable, Sendable {
    /// Hands it to a maintainer; without a deadline the policy's.
    case dispatch(to: Recipient, repairBy: Timestamp?)
    /// Takes it in hand.
    case accept
    /// Lets it wait, for a reason with a code of the policy's, until a time.
    case suspend(reason: String, until: Timestamp)
    /// Goes on.
    case resume
    /// Says it is done, and shows why.
    case reportRepaired(evidence: String)
    /// Closes it, if the probes agree.
    case verify
    /// Says it is not done.
    case reject(reason: String)
    /// Explains it by the live ticket of that number.
    case merge(into: Int64)
    /// Gives the owner's word that it is done.
    case giveWord

    /// The action's word.
    public var name: FaultTicket.ActionName {
        switch self {
        case .dispatch: .dispatch
        case .accept: .accept
        case .suspend: .suspend
        case .resume: .resume
        case .reportRepaired: .reportRepaired
        case .verify: .verify
        case .reject: .reject
        case .merge: .merge
        case .giveWord: .giveWord
        }
    }
}
