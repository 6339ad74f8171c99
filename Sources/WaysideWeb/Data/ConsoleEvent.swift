public import WaysideCore

/// Something that changed on the live view (实时事件), with the number by which a screen that was away comes back.
public struct ConsoleEvent: Hashable, Sendable {
    /// What changed.
    public enum Content: Hashable, Sendable {
        /// A facet's status; what it was before is `nil` when it had none.
        case status(Facet, Status, before: Status?, since: Timestamp, cause: Cause?, isFaltering: Bool)
        /// A ticket moved; the action's word.
        case ticket(number: Int64, action: FaultTicket.ActionName)
    }

    /// Rises in the order in which events were committed; 1 or more.
    public let sequence: Int64
    /// Whose; of a ticket its root.
    public let device: DeviceID
    /// What changed.
    public let content: Content
    /// When this was known.
    public let knownAt: Timestamp

    /// A change.
    public init(sequence: Int64, device: DeviceID, content: Content, knownAt: Timestamp) {
        (self.sequence, self.device, self.content, self.knownAt) = (sequence, device, content, knownAt)
    }
}

/// Events in a row (事件页).
public struct ConsoleEventPage: Sendable {
    /// Oldest first.
    public var events: [ConsoleEvent]
    /// The numbers of the oldest and the newest event that is kept; `nil` when none is. A screen that asks for what is
    /// older has to begin anew.
    public var kept: ClosedRange<Int64>?

    /// Events in a row.
    public init(events: [ConsoleEvent], kept: ClosedRange<Int64>?) {
        (self.events, self.kept) = (events, kept)
    }

    /// Whether everything after that event is in our keeping, so that nothing is missed by going on from there.
    func goesOn(from sequence: Int64) -> Bool {
        guard let kept = self.kept else { return sequence == 0 }
        return kept.lowerBound - 1 <= sequence && sequence <= kept.upperBound
    }
}
