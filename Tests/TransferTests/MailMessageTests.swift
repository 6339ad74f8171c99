import Foundation
import Testing

@testable import Transfer

@Suite("A mail message")
struct MailMessageTests {
    private func message(
        name: String? = nil,
        subject: String = "s",
        text: String = "t",
        html: String? = nil,
        fields: [MailMessage.Field] = []
    ) throws -> MailMessage {
        try MailMessage(
            from: MailAddress("wayside@example.test", name: name),
            to: [MailAddress("a@example.test")],
            subject: subject,
            text: text,
            html: html,
            date: MailDate(unixMilliseconds: 1_772_294_400_123, offsetMinutes: 480),
            messageID: "<n-17@wayside.example.test>",
            fields: fields
        )
    }

    private func lines(_ message: MailMessage) -> [String] {
        String(decoding: message.encoded(), as: UTF8.self).components(separatedBy: "\r\n")
    }

    @Test("is encoded to the letter")
    func golden() throws {
        let message = try self.message(
            name: "值班",
            subject: "工单17",
            text: "Offline since 08:00 = bad \nend",
            html: "<p>离线</p>",
            fields: [.init("X-Wayside-Notice", "n-17")]
        )
        let expected = """
            From: =?UTF-8?B?5YC854+t?= <wayside@example.test>
            To: a@example.test
            Subject: =?UTF-8?B?5bel5Y2VMTc=?=
            Date: Sun, 01 Mar 2026 00:00:00 +0800
            Message-ID: <n-17@wayside.example.test>
            X-Wayside-Notice: n-17
            MIME-Version: 1.0
            Content-Type: multipart/alternative; boundary="=_alternative"

            --=_alternative
            Content-Type: text/plain; charset=UTF-8
            Content-Transfer-Encoding: quoted-printable

            Offline since 08:00 =3D bad=20
            end
            --=_alternative
            Content-Type: text/html; charset=UTF-8
            Content-Transfer-Encoding: base64

            PHA+56a757q/PC9wPg==
            --=_alternative--

            """
        #expect(self.lines(message).joined(separator: "\n") == expected)
        #expect(message.encoded() == message.encoded())
    }

    @Test(
        "keeps every line short and every line end CRLF, whatever is in it",
        arguments: [
            String(repeating: "桩号K1234+567 ", count: 90), String(repeating: "a", count: 1990),
            String(repeating: "word ", count: 390), "é" + String(repeating: " x=", count: 500),
            "=?UTF-8?B?deceit?=", "", " ", "a  b   c", "\ttab", "🚧👷‍♀️" + String(repeating: "é", count: 300),
        ]
    )
    func lineLengths(text: String) throws {
        let name = String(text.replacing("\t", with: " ").prefix(40))
        let message = try self.message(
            name: name,
            subject: String(text.prefix(600)),
            text: text + "\n\r\r\n" + text + " \n. \n",
            html: text,
            fields: [.init("X-Long", String(text.prefix(600)))]
        )
        let lines = self.lines(message)
        #expect(lines.allSatisfy { $0.utf8.count <= 76 })
        #expect(lines.allSatisfy { !$0.utf8.contains(0x0A) && !$0.utf8.contains(0x0D) })
        #expect(message.encoded().allSatisfy { $0 < 0x80 })
    }

    @Test("is read back by Python's email module as it was written")
    func readBack() throws {
        let reader = try PythonServer(
            #"""
            import base64, email, email.policy
            say(port=1)
            mail = email.message_from_bytes(base64.b64decode(os.environ["MAIL"]), policy=email.policy.default)
            say(subject=str(mail["subject"]), sender=str(mail["from"]), extra=str(mail["x-extra"]),
                name=mail["from"].addresses[0].display_name,
                text=mail.get_body(("plain",)).get_content().replace("\r\n", "\n"),
                html=mail.get_body(("html",)).get_content().replace("\r\n", "\n"),
                defects=[str(d) for part in mail.walk() for d in part.defects]
                    + [str(d) for _, value in mail.items() for d in value.defects])
            """#,
            environment: [
                "MAIL": Data(
                    try self.message(
                        name: #"Wayside "路侧", \ (demo)"#,
                        subject: "京沪高速 K1234+567 上行 " + String(repeating: "摄像机离线", count: 30),
                        text: "Mostly ASCII, = signs, trailing blank \nand 工单 "
                            + String(repeating: "long ", count: 99),
                        html: "<p>" + String(repeating: "全部中文", count: 99) + "</p>\n",
                        fields: [.init("X-Extra", String(repeating: "值 ", count: 60) + "end")]
                    ).encoded()
                ).base64EncodedString()
            ]
        )
        let fact = try reader.next()
        #expect(fact["defects"] as? [String] == [])
        #expect(fact["name"] as? String == #"Wayside "路侧", \ (demo)"#)
        #expect(
            fact["subject"] as? String == "京沪高速 K1234+567 上行 " + String(repeating: "摄像机离线", count: 30)
        )
        #expect(
            fact["text"] as? String
                == "Mostly ASCII, = signs, trailing blank \nand 工单 " + String(repeating: "long ", count: 99)
        )
        #expect(fact["html"] as? String == "<p>" + String(repeating: "全部中文", count: 99) + "</p>\n")
        #expect(fact["extra"] as? String == String(repeating: "值 ", count: 60) + "end")
    }

    @Test(
        "refuses what would begin another header",
        arguments: ["a\r\nBcc: b@example.test", "a\nb", "a\rb", "a\u{0}b", "a\u{2028}b", "a\u{85}b"]
    )
    func injection(text: String) throws {
        let refusals: [() throws -> Void] = [
            { _ = try self.message(subject: text) },
            { _ = try self.message(name: text) },
            { _ = try MailMessage.Field("X-A", text) },
            { _ = try MailMessage.Field(text, "a") },
            { _ = try MailAddress(text + "@example.test") },
            { _ = try MailAddress("a@" + text) },
            { _ = try HTTPHeader("X-A", text) },
            { _ = try HTTPHeader(text, "a") },
            { _ = try TransferURL("http://example.test/" + text) },
            { _ = try SMTPServer(host: text, port: 25, security: .plain) },
            { _ = try SMTPServer(host: "h", port: 25, security: .plain, clientName: text) },
        ]
        for refusal in refusals {
            let error = #expect(throws: TransferError.self) { try refusal() }
            #expect(error?.reason == .invalid)
            #expect(error?.operation == .compose)
            #expect(error.map { "\($0)".contains("Bcc") } == false)
        }
    }

    @Test(
        "refuses the fields that it writes itself",
        arguments: ["Subject", "bcc", "Content-Type", "Message-Id"]
    )
    func ownFields(name: String) {
        #expect(throws: TransferError.self) { try MailMessage.Field(name, "a") }
    }

    @Test(
        "takes ordinary addresses and no others",
        arguments: [
            ("a@b.cn", true), ("a.b+c@x-y.example", true), ("a", false), ("a@", false), ("@b", false),
            ("a@b@c", false), ("a b@c", false), ("值班@b.cn", false), ("a..b@c", false), ("a@b>", false),
            ("\"a\"@b", false),
        ]
    )
    func addresses(text: String, isGood: Bool) {
        #expect(((try? MailAddress(text)) != nil) == isGood)
    }

    @Test(
        "dates itself by the instant it is given",
        arguments: [
            (Int64(0), 0, "Thu, 01 Jan 1970 00:00:00 +0000"),
            (951_782_400_000, 0, "Tue, 29 Feb 2000 00:00:00 +0000"),
            (951_868_799_999, 0, "Tue, 29 Feb 2000 23:59:59 +0000"),
            (1_772_294_399_999, 480, "Sat, 28 Feb 2026 23:59:59 +0800"),
            (1_767_225_600_000, -210, "Wed, 31 Dec 2025 20:30:00 -0330"),
            (4_107_542_400_000, 0, "Mon, 01 Mar 2100 00:00:00 +0000"),
        ]
    )
    func dates(milliseconds: Int64, offset: Int, text: String) {
        #expect(MailDate(unixMilliseconds: milliseconds, offsetMinutes: offset).headerText == text)
    }
}
