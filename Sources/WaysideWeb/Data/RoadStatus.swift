public import WaysideCore

/// The road at one moment (路况): what the live view, the open tickets and the events say together.
///
/// Read all of it in one transaction, so that the page can follow from `lastSequence` on without missing anything.
public struct RoadStatus: Sendable {
    /// When it was read.
    public var at: Timestamp
    /// Every facet's live status; a monitored facet that is missing is unknown.
    public var statuses: [LiveStatus]
    /// Tickets that are neither closed nor merged, the latest first.
    public var tickets: [FaultTicket]
    /// The live tickets on which a device hangs without being their root, by device.
    public var explanations: [DeviceID: Int64]
    /// What changed last, newest first; as many as the page should show.
    public var lastEvents: [ConsoleEvent]
    /// The number of the newest event; 0 when there is none.
    public var lastSequence: Int64

    /// The road at one moment.
    public init(
        at: Timestamp,
        statuses: [LiveStatus],
        tickets: [FaultTicket],
        explanations: [DeviceID: Int64],
        lastEvents: [ConsoleEvent],
        lastSequence: Int64
    ) {
        (self.at, self.statuses, self.tickets, self.explanations) = (at, statuses, tickets, explanations)
        (self.lastEvents, self.lastSequence) = (lastEvents, lastSequence)
    }
}

/// What is known of a device besides its status (设备档案).
public struct DeviceHistory: Sendable {
    /// Tickets whose root it is or was, the latest first; at most as many as the panel should show.
    public var tickets: [FaultTicket]
    /// What changed last on it, newest first; may be empty.
    public var lastEvents: [ConsoleEvent]
    /// The latest observation of each of its checks, where known.
    public var lastObservations: [Observation]
    /// What is known of its stream at every place; `nil` for a device without one.
    public var hops: HopTable?
    /// What its SNMP agent does against its standard.
    public var defects: [AgentDefect]

    /// What is known.
    public init(
        tickets: [FaultTicket],
        lastEvents: [ConsoleEvent] = [],
        lastObservations: [Observation] = [],
        hops: HopTable? = nil,
        defects: [AgentDefect] = []
    ) {
        (self.tickets, self.lastEvents, self.lastObservations) = (tickets, lastEvents, lastObservations)
        (self.hops, self.defects) = (hops, defects)
    }
}

/// A ticket with its steps (工单档案).
public struct TicketHistory: Sendable {
    /// As it is now.
    public var ticket: FaultTicket
    /// Every step, in order.
    public var moves: [TicketMove]
    /// Every device that is or was dark because of it, in all its occurrences.
    public var affected: [FaultTicket.Affected]

    /// A ticket with its steps.
    public init(ticket: FaultTicket, moves: [TicketMove], affected: [FaultTicket.Affected]) {
        (self.ticket, self.moves, self.affected) = (ticket, moves, affected)
    }
}
