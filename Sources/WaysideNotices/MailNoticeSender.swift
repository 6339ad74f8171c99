public import Transfer
public import WaysideCore

/// Sends notices by mail (邮件通知), Chinese first.
///
/// The Message-ID follows from the notice's key, so that a mail sent twice is recognised as one;
/// `X-Wayside-Notice` holds the key itself, and all mails of a ticket name the same `References`, so that
/// readers show them together.
public struct MailNoticeSender: NoticeSender {
    private let server: SMTPServer
    private let from: MailAddress
    private let addresses: [String: [MailAddress]]
    private let fallback: [MailAddress]
    private let languages: [NoticeLanguage]
    private let limits: TimeLimits
    private let lane: TransferLane

    /// Takes the server, the sender's address, the addresses by the recipient's key, those for all others
    /// (empty for nobody), the languages in their order (at least one; the title is in the first), the
    /// deadlines, and the lane on which the blocking calls run.
    public init(
        server: SMTPServer,
        from: MailAddress,
        addresses: [String: [MailAddress]],
        fallback: [MailAddress] = [],
        languages: [NoticeLanguage] = [.chinese, .english],
        limits: TimeLimits = .mail,
        lane: any TaskExecutor
    ) {
        precondition(!languages.isEmpty, "a mail is written in some language")
        self.server = server
        self.from = from
        self.addresses = addresses
        self.fallback = fallback
        self.languages = languages
        self.limits = limits
        self.lane = TransferLane(executor: lane)
    }

    /// Hands the notice to the server once; `refused` when no address is set for its recipient, or the server
    /// will never take it.
    public func send(_ notice: Notice) async -> NoticeOutcome {
        let recipients = self.addresses[notice.recipient.key] ?? self.fallback
        guard !recipients.isEmpty else {
            return .refused(why: "no mail address is set for \(notice.recipient.key)")
        }
        let (server, limits) = (self.server, self.limits)
        let (from, languages) = (self.from, self.languages)
        return await self.lane.run { session, cancellation throws(TransferError) in
            let mail = try Self.mail(notice, from: from, to: recipients, in: languages)
            _ = try session.deliver(mail, through: server, limits: limits, cancellation: cancellation)
            return .delivered
        }
    }

    static func mail(
        _ notice: Notice,
        from: MailAddress,
        to recipients: [MailAddress],
        in languages: [NoticeLanguage]
    ) throws(TransferError) -> MailMessage {
        let domain = from.address.split(separator: "@").last.map(String.init) ?? "localhost"
        let texts = languages.map { NoticeText(notice, in: $0) }
        return try MailMessage(
            from: from,
            to: recipients,
            subject: texts.first?.title ?? notice.key,
            text: texts.map { $0.title + "\n\n" + $0.body }.joined(separator: "\n--------\n\n"),
            date: MailDate(unixMilliseconds: max(0, notice.createdAt.milliseconds), offsetMinutes: 480),
            messageID: "<\(notice.key)@\(domain)>",
            fields: [
                MailMessage.Field("X-Wayside-Notice", notice.key),
                MailMessage.Field("References", "<ticket-\(notice.ticketNumber)@\(domain)>"),
                // RFC 3834: keeps holiday replies away.
                MailMessage.Field("Auto-Submitted", "auto-generated"),
            ]
        )
    }
}
