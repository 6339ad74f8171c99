/// Who is told of what, by which ways (通知规则). It answers with a reason, so that silence can be explained too.
public struct NoticePolicy: Hashable, Sendable {
    /// Whether to tell.
    public enum Verdict: Hashable, Sendable {
        /// That unit, by these ways, one notice each.
        case tell(Recipient, by: [Notice.Channel])
        /// Nobody.
        case silent(Silence)
    }

    /// Why nobody is told.
    public enum Silence: Hashable, Sendable {
        /// Nobody has the ticket.
        case nobodyHasIt
        /// The kind is not wanted.
        case notWanted
        /// No way is open.
        case noChannel
    }

    /// The kinds that are told; all by default.
    public var kinds = Set(Notice.Kind.allCases)
    /// The ways they go, in order; both by default.
    public var channels = Notice.Channel.allCases

    /// The defaults.
    public init() {}

    /// Whether to tell the unit, `nil` when nobody has the ticket.
    public func verdict(on kind: Notice.Kind, to recipient: Recipient?) -> Verdict {
        guard let recipient else { return .silent(.nobodyHasIt) }
        guard self.kinds.contains(kind) else { return .silent(.notWanted) }
        guard !self.channels.isEmpty else { return .silent(.noChannel) }
        return .tell(recipient, by: self.channels)
    }
}
