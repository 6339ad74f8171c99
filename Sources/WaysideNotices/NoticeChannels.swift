public import WaysideCore

/// Takes each notice out by its own channel (通知渠道).
public struct NoticeChannels: NoticeSender {
    private let webhook: WebhookNoticeSender?
    private let mail: MailNoticeSender?

    /// Takes the channels that are set up here.
    public init(webhook: WebhookNoticeSender?, mail: MailNoticeSender?) {
        self.webhook = webhook
        self.mail = mail
    }

    /// Sends by the notice's channel; `refused` when that is not set up.
    public func send(_ notice: Notice) async -> NoticeOutcome {
        let outcome =
            switch notice.channel {
            case .webhook: await self.webhook?.send(notice)
            case .mail: await self.mail?.send(notice)
            }
        return outcome ?? .refused(why: "the channel \(notice.channel.rawValue) is not set up")
    }
}
