internal import Foundation
internal import MediaProbe
internal import Transfer
internal import WaysideCore
internal import WaysideFiles
internal import WaysideNotices
internal import WaysideService
internal import WaysideStore

// What needs the settings' files: channels of notices, and authorities of streams.
extension Composition {
    /// The channels that are set; `nil` when none is.
    func noticeSender(_ lane: BlockingLane) throws -> NoticeChannels? {
        var webhook: WebhookNoticeSender?
        if let settings = self.settings.webhook {
            let key = try self.secret(settings.secretFile)
            let destination: WebhookDestination
            do {
                destination = try WebhookDestination(url: try TransferURL(settings.url), signingKey: key)
            } catch {
                throw Ending.asked(
                    "notices.webhook cannot be used: \(error); the address is http(s), the key 16 bytes or more"
                )
            }
            let told = self.settings.maintainers.filter(\.value.webhook).keys
            webhook = WebhookNoticeSender(
                destinations: Dictionary(uniqueKeysWithValues: told.map { ($0, destination) }),
                fallback: self.settings.maintainers.isEmpty ? destination : nil,
                lane: lane
            )
        }
        var mail: MailNoticeSender?
        if let settings = self.settings.mail {
            let credential = try settings.user.map { user in
                SMTPCredential(
                    user: user,
                    password: TransferSecret(try settings.passwordFile.map(self.secret) ?? "")
                )
            }
            mail = MailNoticeSender(
                server: try SMTPServer(
                    host: settings.host,
                    port: settings.port,
                    security: settings.isImplicitTLS ? .implicitTLS : settings.startsTLS ? .startTLS : .plain,
                    credential: credential
                ),
                from: try MailAddress(settings.from),
                addresses: try self.settings.maintainers.mapValues {
                    try $0.mail.map { try MailAddress($0) }
                },
                lane: lane
            )
        }
        return webhook == nil && mail == nil ? nil : NoticeChannels(webhook: webhook, mail: mail)
    }

    /// A file that the settings name.
    func path(_ file: String) -> String {
        file.hasPrefix("/") ? file : "\(self.settingsFolder)/\(file)"
    }

    /// Asks streams, and trusts whom the settings name.
    func mediaProber() throws -> MediaProber {
        let authorities = self.settings.certificates.authorities.map(self.path)
        let media = MediaProber(authorities: authorities)
        if let authorities, let problem = media.authoritiesProblem {
            throw Ending.asked(
                "streams.certificates.authorities: \(authorities) cannot be used (\(problem)); "
                    + "name a file with certificates in PEM"
            )
        }
        return media
    }

    /// What the file holds, without the line end that editors leave.
    func secret(_ file: String) throws -> String {
        let path = self.path(file)
        do {
            return try String(contentsOfFile: path, encoding: .utf8).trimmingCharacters(in: .newlines)
        } catch {
            throw Ending.asked("the secret file \(path) cannot be read; make it, readable by this user only")
        }
    }
}

extension OutboxStore {
    /// How long a notice is lent: longer than a try may take.
    private static let leaseMilliseconds: Int64 = 60_000

    /// The outbox as the notice service needs it.
    var outbox: Outbox {
        Outbox(
            take: { limit in
                try await self.take(
                    atMost: limit,
                    now: WallClock.now(),
                    leaseMilliseconds: Self.leaseMilliseconds
                )
                .map { OutgoingNotice(notice: $0.notice, tries: $0.tries) }
            },
            delivered: { try await self.delivered($0, at: WallClock.now()) },
            refused: { try await self.refused($0, at: WallClock.now(), why: $1) },
            postpone: { try await self.postpone($0, until: WallClock.now() + $1, why: $2) }
        )
    }
}
