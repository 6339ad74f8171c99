/// A message to people about one ticket (通知), as it lies in the outbox until its channel takes it.
///
/// It is complete in itself: whoever sends it looks nothing up, so that a retry next week says what was true
/// when it was written.
public struct Notice: Hashable, Sendable {
    /// What it tells.
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        /// A fault was confirmed (新建).
        case opened
        /// The deadline is near (催办).
        case warned
        /// The deadline has passed (超时).
        case breached
        /// Probes agree that it works again (销单).
        case closed
        /// The same fault came back, same number (重开).
        case reopened
        /// Another ticket explains it (归并).
        case merged
        /// Told one step higher (升级).
        case escalated
    }

    /// By which way it goes out.
    public enum Channel: String, Hashable, Sendable, CaseIterable {
        /// A signed HTTP POST.
        case webhook
        /// Mail by SMTP.
        case mail
    }

    /// Its identity, for ever the same for the same occasion and channel, such as `ticket-17-opened-1-mail`: the
    /// other side may be told twice and counts it once. ASCII letters, digits and hyphens.
    public let key: String
    /// What it tells.
    public let kind: Kind
    /// The ticket it is about; 1 or more.
    public let ticketNumber: Int64
    /// To whom.
    public let recipient: Recipient
    /// By which way.
    public let channel: Channel
    /// What there is to say.
    public let facts: NoticeFacts
    /// When it was written into the outbox.
    public let createdAt: Timestamp

    /// A notice as it was stored.
    public init(
        key: String,
        kind: Kind,
        ticketNumber: Int64,
        recipient: Recipient,
        channel: Channel,
        facts: NoticeFacts,
        createdAt: Timestamp
    ) {
        (self.key, self.kind, self.ticketNumber, self.recipient) = (key, kind, ticketNumber, recipient)
        (self.channel, self.facts, self.createdAt) = (channel, facts, createdAt)
    }

    /// A notice of the ticket's n-th occasion (1 or more), with the key that follows from these.
    public init(
        kind: Kind,
        ticketNumber: Int64,
        occasion: Int,
        recipient: Recipient,
        channel: Channel,
        facts: NoticeFacts,
        createdAt: Timestamp
    ) {
        self.init(
            key: "ticket-\(ticketNumber)-\(kind.rawValue)-\(occasion)-\(channel.rawValue)",
            kind: kind,
            ticketNumber: ticketNumber,
            recipient: recipient,
            channel: channel,
            facts: facts,
            createdAt: createdAt
        )
    }
}

/// The unit a notice goes to (收件单位); its addresses belong to the settings of the channel, not to the notice.
public struct Recipient: Hashable, Sendable {
    /// The organization's key; for most notices a maintainer's.
    public let key: String
    /// Its name, as printed.
    public let name: String

    /// A recipient.
    public init(key: String, name: String) { (self.key, self.name) = (key, name) }
}

/// What a notice says (通知内容): the answers to why, since when, who must act, until when.
public struct NoticeFacts: Hashable, Sendable {
    /// The device at the root of the fault.
    public var device: DeviceFacts
    /// The facets that fail or failed, in the order of `Facet.allCases`.
    public var facets: [Facet]
    /// Why, as the probes put it; `nil` when they did not say.
    public var cause: Cause?
    /// Since when it fails: the first miss.
    public var since: Timestamp
    /// How many other devices are dark because of it; 0 or more.
    public var affectedCount: Int
    /// The names of the first few of them, by device number; at most `mostAffectedNames`.
    public var affectedNames: [String]
    /// Until when it is to be put right; `nil` while nobody has it or the clock is paused.
    public var repairBy: Timestamp?
    /// When it was closed or merged; `nil` while it is live.
    public var closedAt: Timestamp?
    /// How it ended or why it came back, as a code; `nil` while there is nothing to say.
    public var reason: Reason?
    /// The number of the ticket it was merged into; `nil` unless merged.
    public var mergedInto: Int64?
    /// How often the same fault has come back under this number; 0 or more.
    public var repeatCount: Int

    /// What a channel may say of an ending or of a return.
    public enum Reason: String, Hashable, Sendable, CaseIterable {
        /// Somebody reported the repair and probes agree.
        case repaired
        /// It came back without anybody's word and probes agree (自复).
        case recovered
        /// A fault upstream explains it.
        case upstream
        /// The same fault came back within the policy's days.
        case recurrence
    }

    /// More names than this are not listed; the count says the rest.
    public static let mostAffectedNames = 5

    /// What a notice says.
    public init(
        device: DeviceFacts,
        facets: [Facet],
        cause: Cause? = nil,
        since: Timestamp,
        affectedCount: Int = 0,
        affectedNames: [String] = [],
        repairBy: Timestamp? = nil,
        closedAt: Timestamp? = nil,
        reason: Reason? = nil,
        mergedInto: Int64? = nil,
        repeatCount: Int = 0
    ) {
        (self.device, self.facets, self.cause, self.since) = (device, facets, cause, since)
        (self.affectedCount, self.affectedNames, self.repairBy) = (affectedCount, affectedNames, repairBy)
        (self.closedAt, self.reason, self.mergedInto) = (closedAt, reason, mergedInto)
        self.repeatCount = repeatCount
    }
}
