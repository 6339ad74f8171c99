import Foundation
import Testing

@testable import Transfer

@Suite("A mail is delivered", .serialized)
struct MailDeliveryTests {
    private static let password = "pass-\(UUID().uuidString)"
    private static let quick = TimeLimits(connect: .seconds(5), total: .seconds(20))

    private func mail(
        to recipients: [String] = ["maintainer@example.test"],
        subject: String = "工单 17 已新建:摄像机 K12+300 离线",
        text: String = "离线\n.\n..点\n",
        html: String? = nil
    ) throws -> MailMessage {
        try MailMessage(
            from: MailAddress("wayside@example.test", name: "路侧 Wayside"),
            to: recipients.map { try MailAddress($0) },
            subject: subject,
            text: text,
            html: html,
            date: MailDate(unixMilliseconds: 1_772_294_400_123, offsetMinutes: 480),
            messageID: "<n-17@wayside.example.test>",
            fields: [.init("X-Wayside-Notice", "n-17")]
        )
    }

    private func plain(_ port: Int) throws -> SMTPServer {
        try SMTPServer(host: "127.0.0.1", port: port, security: .plain)
    }

    private func headers(_ fact: [String: Any]) -> [String: String] {
        let pairs = (fact["headers"] as? [[String]]) ?? []
        return Dictionary(pairs.map { ($0[0], $0[1]) }) { first, _ in first }
    }

    @Test("in Chinese, with its dots, and reads the same on the other side")
    func chinese() throws {
        let server = try SMTPTestServer.start()
        var session = try TransferSession()
        let subject = String(repeating: "京沪高速K1234+567上行摄像机离线,", count: 6) + "🚧 end"
        let text = "第一行 …\r\n.\n..两点\n" + String(repeating: "长", count: 400) + "\nlast"
        let receipt = try session.deliver(
            self.mail(
                to: ["a@example.test", "b@example.test"],
                subject: subject,
                text: text,
                html: "<p>离线</p>"
            ),
            through: SMTPServer(
                host: "127.0.0.1",
                port: server.port,
                security: .plain,
                clientName: "wayside.example.test"
            )
        )
        #expect(receipt.status == 250)
        #expect(receipt.words.contains("taken as 17"))
        let fact = try server.next()
        let headers = self.headers(fact)
        #expect(fact["defects"] as? [String] == [])
        #expect(fact["sender"] as? String == "wayside@example.test")
        #expect(fact["recipients"] as? [String] == ["a@example.test", "b@example.test"])
        #expect(fact["hello"] as? String == "wayside.example.test")
        #expect(headers["Subject"] == subject)
        #expect(headers["From"] == "路侧 Wayside <wayside@example.test>")
        #expect(headers["To"] == "a@example.test, b@example.test")
        #expect(headers["Message-ID"] == "<n-17@wayside.example.test>")
        #expect(headers["X-Wayside-Notice"] == "n-17")
        #expect(fact["when"] as? String == "2026-03-01T00:00:00+08:00")
        #expect(fact["text"] as? String == text.replacingOccurrences(of: "\r\n", with: "\n"))
        #expect(fact["html"] as? String == "<p>离线</p>")
    }

    @Test("several times through one session, each time whole")
    func repeatedly() throws {
        let server = try SMTPTestServer.start()
        var session = try TransferSession()
        for number in 1...3 {
            _ = try session.deliver(self.mail(subject: "mail \(number)"), through: self.plain(server.port))
            #expect(self.headers(try server.next())["Subject"] == "mail \(number)")
        }
    }

    @Test("after an HTTP exchange of the same session")
    func afterHTTP() throws {
        let web = try HTTPTestServer.start()
        let server = try SMTPTestServer.start()
        var session = try TransferSession()
        let url = try TransferURL("http://127.0.0.1:\(web.port)/echo")
        _ = try session.exchange(HTTPRequest(.put, url, headers: [HTTPHeader("X-A", "b")], body: [50]))
        _ = try session.deliver(self.mail(), through: self.plain(server.port))
        #expect(try session.exchange(HTTPRequest(.get, url)).status == 200)
        #expect(try server.next()["text"] as? String == "离线\n.\n..点\n")
    }

    @Test(
        "over TLS, to a server that wants a password",
        arguments: [SMTPServer.Security.startTLS, .implicitTLS]
    )
    func secured(security: SMTPServer.Security) throws {
        let certificate = try TestCertificate()
        var environment = certificate.environment
        environment["TLS"] = security == .startTLS ? "starttls" : "implicit"
        environment["USER"] = "wayside"
        environment["PASSWORD"] = Self.password
        let server = try SMTPTestServer.start(environment)
        var session = try TransferSession()
        func smtp(_ password: String, _ trust: TLSTrust) throws -> SMTPServer {
            try SMTPServer(
                host: "127.0.0.1",
                port: server.port,
                security: security,
                credential: SMTPCredential(user: "wayside", password: TransferSecret(password)),
                trust: trust
            )
        }
        let trust = TLSTrust.authorities(file: certificate.certificate)
        _ = try session.deliver(self.mail(), through: smtp(Self.password, trust), limits: Self.quick)
        let fact = try server.next()
        #expect(fact["secure"] as? Bool == true)
        #expect(fact["user"] as? Bool == true)

        let denied = #expect(throws: TransferError.self) {
            try session.deliver(
                self.mail(),
                through: smtp("wrong-" + Self.password, trust),
                limits: Self.quick
            )
        }
        #expect(denied?.reason == .denied)
        #expect(denied?.status == 535)
        #expect(denied?.isRetriable == false)
        #expect(denied.map { "\($0)".contains(Self.password) } == false)

        let untrusted = #expect(throws: TransferError.self) {
            try session.deliver(self.mail(), through: smtp(Self.password, .system), limits: Self.quick)
        }
        #expect(untrusted?.reason == .untrusted)
    }

    @Test("not at all when STARTTLS is asked for and not offered")
    func noStartTLS() throws {
        let server = try SMTPTestServer.start()
        var session = try TransferSession()
        let smtp = try SMTPServer(host: "127.0.0.1", port: server.port, security: .startTLS)
        let error = #expect(throws: TransferError.self) { try session.deliver(self.mail(), through: smtp) }
        #expect(error?.reason == .insecure)
    }

    @Test(
        "or refused with the server's own words",
        arguments: [("later", 451, true, "come again"), ("nobody", 550, false, "no such person")]
    )
    func rejected(local: String, status: Int, isRetriable: Bool, words: String) throws {
        let server = try SMTPTestServer.start()
        var session = try TransferSession()
        let mail = try self.mail(to: ["good@example.test", "\(local)@example.test"])
        let error = #expect(throws: TransferError.self) {
            try session.deliver(mail, through: self.plain(server.port))
        }
        #expect(error?.operation == .mail)
        #expect(error?.reason == .rejected)
        #expect(error?.status == status)
        #expect(error?.isRetriable == isRetriable)
        #expect(error?.words.contains(words) == true)
    }

    @Test("or given up at the limit when the server never speaks")
    func silent() throws {
        let silent = try HTTPTestServer.startSilent()
        var session = try TransferSession()
        let limits = TimeLimits(connect: .milliseconds(400), total: .milliseconds(400))
        let start = ContinuousClock.now
        let error = #expect(throws: TransferError.self) {
            try session.deliver(self.mail(), through: self.plain(silent.port), limits: limits)
        }
        #expect(error?.isTimeout == true)
        #expect(ContinuousClock.now - start < .seconds(5))
    }

    @Test("and counts as delivered, in bounded time, when only the good-bye is missing")
    func noGoodbye() throws {
        let server = try SMTPTestServer.startWithoutGoodbye()
        let start = ContinuousClock.now
        do {
            var session = try TransferSession()
            let limits = TimeLimits(connect: .seconds(1), total: .seconds(2))
            let receipt = try session.deliver(self.mail(), through: self.plain(server.port), limits: limits)
            #expect(receipt.status == 250)
        }
        #expect(try server.next()["taken"] as? Bool == true)
        #expect(ContinuousClock.now - start < .seconds(10))
    }

    @Test("and no password comes back, though the server repeats it")
    func rude() throws {
        let server = try SMTPTestServer.startRude()
        var session = try TransferSession()
        let smtp = try SMTPServer(
            host: "127.0.0.1",
            port: server.port,
            security: .plain,
            credential: SMTPCredential(user: "wayside", password: TransferSecret(Self.password)),
            allowsCredentialInClear: true
        )
        let error = #expect(throws: TransferError.self) { try session.deliver(self.mail(), through: smtp) }
        #expect(error?.reason == .denied)
        #expect(error?.words.contains("<secret>") == true)
        #expect(error?.words.contains(Self.password) == false)
    }

    @Test("or not, when nobody listens")
    func refused() throws {
        let port = try RefusingPort()
        var session = try TransferSession()
        let error = #expect(throws: TransferError.self) {
            try session.deliver(self.mail(), through: self.plain(port.port))
        }
        #expect(error?.reason == .unreachable)
    }
}
