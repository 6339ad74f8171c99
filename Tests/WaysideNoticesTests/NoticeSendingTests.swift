import Foundation
import Testing
import Transfer
import WaysideCore

@testable import WaysideNotices

/// A lane of one thread at a time, which knows its own.
private final class OneThread: TaskExecutor {
    private static let mark = DispatchSpecificKey<Bool>()
    private let queue = DispatchQueue(label: "lane")

    /// Whether the caller runs on a lane of this kind.
    static var isHere: Bool { DispatchQueue.getSpecific(key: Self.mark) == true }

    init() { self.queue.setSpecific(key: Self.mark, value: true) }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        self.queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}

@Suite("A notice is sent", .serialized)
struct NoticeSendingTests {
    private static let key = "signing-\(UUID().uuidString)"

    private static let receiver = #"""
        import hashlib, hmac, http.server, time
        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, *arguments): pass
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                code = hmac.new(os.environ["SIGNING"].encode(), body, hashlib.sha256).hexdigest()
                say(genuine=self.headers["X-Wayside-Signature"] == "sha256=" + code, body=json.loads(body),
                    key=self.headers["Idempotency-Key"], at=self.headers["X-Wayside-Timestamp"],
                    kind=self.headers["Content-Type"])
                status = int(self.path.strip("/").split("-")[0] or 204)
                if status == 999: self.connection.recv(1); return
                self.send_response(status)
                if self.path.endswith("-after"): self.send_header("Retry-After", "120")
                if self.path.endswith("-date"): self.send_header("Retry-After", "Sun, 01 Mar 2026 00:00:00 GMT")
                self.end_headers()
                if self.path.endswith("-talks"): self.wfile.write(b"x" * 200000)
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        say(port=server.server_port)
        server.serve_forever()
        """#

    private func receive(_ path: String, limits: TimeLimits = .request) async throws
        -> (NoticeOutcome, [String: Any])
    {
        let server = try PythonServer(Self.receiver, environment: ["SIGNING": Self.key])
        let url = try TransferURL("http://127.0.0.1:\(server.port)/\(path)")
        let sender = WebhookNoticeSender(
            destinations: ["M-1": try WebhookDestination(url: url, signingKey: Self.key)],
            limits: limits,
            lane: OneThread()
        )
        let outcome = await sender.send(SampleNotice.notice())
        return (outcome, try server.next())
    }

    @Test("as a signed POST that says the same each time")
    func webhook() async throws {
        let (outcome, fact) = try await self.receive("204")
        #expect(outcome == .delivered)
        #expect(fact["genuine"] as? Bool == true)
        #expect(fact["key"] as? String == "ticket-17-opened-1-webhook")
        #expect(fact["at"] as? String == "2026-03-01T08:02:00.000+08:00")
        #expect((fact["body"] as? [String: Any])?["ticket"] as? Int == 17)
        let (_, again) = try await self.receive("204")
        #expect(NSDictionary(dictionary: fact) == NSDictionary(dictionary: again))
    }

    @Test(
        "and the answer decides whether it is sent again",
        arguments: [
            ("200", "delivered", nil), ("200-talks", "delivered", nil), ("400", "refused", nil),
            ("410", "refused", nil), ("301", "retry", nil), ("404", "retry", nil), ("409", "retry", nil),
            ("401", "retry", 900_000), ("429-after", "retry", 120_000), ("503-date", "retry", nil),
            ("500", "retry", nil),
        ] as [(String, String, Int64?)]
    )
    func statuses(path: String, kind: String, wait: Int64?) async throws {
        let (outcome, _) = try await self.receive(path)
        switch outcome {
        case .delivered: #expect(kind == "delivered")
        case .refused(let why):
            #expect(kind == "refused")
            #expect(why.contains(path))
        case .retry(let why, let after):
            #expect(kind == "retry")
            #expect(after == wait)
            #expect(why.contains(path.prefix(3)))
        }
    }

    @Test("and sent again when the receiver is silent, refuses the connection, or is not to be found")
    func trouble() async throws {
        let limits = TimeLimits(connect: .milliseconds(300), total: .milliseconds(300))
        let (silent, _) = try await self.receive("999", limits: limits)
        guard case .retry(let why, nil) = silent else {
            Issue.record("\(silent)")
            return
        }
        #expect(why.contains("timedOut"))
        let port = try RefusingPort()
        let url = try TransferURL("http://user:hush@127.0.0.1:\(port.port)/a?token=hush")
        let destination = try WebhookDestination(url: url, signingKey: Self.key)
        let refused = await WebhookNoticeSender(destinations: [:], fallback: destination, lane: OneThread())
            .send(SampleNotice.notice())
        guard case .retry(let words, nil) = refused else {
            Issue.record("\(refused)")
            return
        }
        #expect(words.contains("unreachable"))
        #expect(!words.contains("hush"))
        var dumped = ""
        dump(destination, to: &dumped)
        #expect(!(dumped + "\(destination)" + String(reflecting: destination)).contains("hush"))
        #expect(!dumped.contains("HMAC"))
    }

    @Test("on its lane, wherever it was asked for")
    @MainActor
    func lane() async {
        let outcome = await TransferLane(executor: OneThread()).run { _, _ in
            OneThread.isHere ? .delivered : .refused(why: "not on the lane")
        }
        #expect(outcome == .delivered)
        #expect(!OneThread.isHere)
    }

    @Test("and stopped when its task is cancelled", .timeLimit(.minutes(1)))
    func cancelled() async throws {
        let server = try PythonServer(Self.receiver, environment: ["SIGNING": Self.key])
        let url = try TransferURL("http://127.0.0.1:\(server.port)/999")
        let sender = WebhookNoticeSender(
            destinations: ["M-1": try WebhookDestination(url: url, signingKey: Self.key)],
            limits: TimeLimits(connect: .seconds(5), total: .seconds(50)),
            lane: OneThread()
        )
        let sending = Task { await sender.send(SampleNotice.notice()) }
        let arrived = Task.detached { try server.next()["genuine"] as? Bool }
        #expect(try await arrived.value == true)
        sending.cancel()
        guard case .retry(let why, nil) = await sending.value else {
            Issue.record("not a retry")
            return
        }
        #expect(why.contains("cancelled"))
    }

    @Test("not at all when nobody has set an address, a channel or a proper key")
    func settings() async throws {
        let stranger = Recipient(key: "M-9", name: "")
        let webhook = WebhookNoticeSender(destinations: [:], lane: OneThread())
        let channels = NoticeChannels(webhook: webhook, mail: nil)
        for channel in Notice.Channel.allCases {
            let outcome = await channels.send(SampleNotice.notice(channel: channel, recipient: stranger))
            guard case .refused(let why) = outcome else {
                Issue.record("\(outcome)")
                return
            }
            #expect(why.contains("M-9") || why.contains("mail"))
        }
        let url = try TransferURL("http://127.0.0.1/")
        let error = #expect(throws: NoticeSettingsError.self) {
            try WebhookDestination(url: url, signingKey: "short")
        }
        #expect(error?.description.contains("16 bytes") == true)
    }

    @Test("as a mail in both languages, with an identity that follows from the notice")
    func mail() async throws {
        let server = try PythonServer(
            #"""
            import asyncio, email, email.policy
            from aiosmtpd.smtp import SMTP
            class Box:
                async def handle_RCPT(self, server, session, envelope, address, options):
                    if address.startswith("nobody@"): return "550 5.1.1 no such person"
                    if address.startswith("later@"): return "451 4.3.0 come again"
                    envelope.rcpt_tos.append(address)
                    return "250 OK"
                async def handle_DATA(self, server, session, envelope):
                    mail = email.message_from_bytes(envelope.original_content, policy=email.policy.default)
                    say(recipients=envelope.rcpt_tos, headers={name: str(value) for name, value in mail.items()},
                        text=mail.get_content().replace("\r\n", "\n"))
                    return "250 taken"
            async def main():
                server = await asyncio.get_running_loop().create_server(
                    lambda: SMTP(Box(), hostname="mail.test"), "127.0.0.1", 0)
                say(port=server.sockets[0].getsockname()[1])
                await server.serve_forever()
            asyncio.run(main())
            """#
        )
        let sender = MailNoticeSender(
            server: try SMTPServer(host: "127.0.0.1", port: server.port, security: .plain),
            from: try MailAddress("wayside@example.test", name: "路侧"),
            addresses: [
                "M-1": [try MailAddress("a@example.test"), try MailAddress("b@example.test")],
                "M-2": [try MailAddress("nobody@example.test")],
                "M-3": [try MailAddress("later@example.test")],
            ],
            lane: OneThread()
        )
        let notice = SampleNotice.notice(.warned, channel: .mail)
        let channels = NoticeChannels(webhook: nil, mail: sender)
        for _ in 1...2 {
            #expect(await channels.send(notice) == .delivered)
            let fact = try server.next()
            let headers = try #require(fact["headers"] as? [String: String])
            #expect(fact["recipients"] as? [String] == ["a@example.test", "b@example.test"])
            #expect(headers["Message-ID"] == "<ticket-17-warned-1-mail@example.test>")
            #expect(headers["X-Wayside-Notice"] == "ticket-17-warned-1-mail")
            #expect(headers["References"] == "<ticket-17@example.test>")
            #expect(headers["Auto-Submitted"] == "auto-generated")
            #expect(headers["Date"] == "Sun, 01 Mar 2026 08:02:00 +0800")
            #expect(headers["Subject"] == NoticeText(notice, in: .chinese).title)
            let text = fact["text"] as? String ?? ""
            #expect(text.contains(NoticeText(notice, in: .chinese).body))
            #expect(text.contains(NoticeText(notice, in: .english).body))
        }
        let nobody = await sender.send(SampleNotice.notice(recipient: Recipient(key: "M-2", name: "")))
        guard case .refused(let why) = nobody else {
            Issue.record("\(nobody)")
            return
        }
        #expect(why.contains("no such person"))
        let later = await sender.send(SampleNotice.notice(recipient: Recipient(key: "M-3", name: "")))
        guard case .retry(_, nil) = later else {
            Issue.record("\(later)")
            return
        }
    }
}
