import Testing

@testable import Transfer

@Suite("Secrets are not shown")
struct SecrecyTests {
    private static func everyPrint(_ value: some Any) -> String {
        var dumped = ""
        dump(value, to: &dumped)
        return "\(value) " + String(reflecting: value) + dumped
    }

    @Test("in an address")
    func address() throws {
        let url = try TransferURL("https://user:hush@Example.test:8443/send?key=hush&hush&empty=#hush")
        #expect(
            url.description == "https://<secret>@Example.test:8443/send?key=<secret>&<secret>&empty=<secret>"
        )
        #expect(!Self.everyPrint(url).contains("hush"))
        let hook = try TransferURL("https://example.test/hook/hush", isPathSecret: true)
        #expect(hook.description == "https://example.test/<secret>")
        #expect(!Self.everyPrint([hook]).contains("hush"))
    }

    @Test(
        "in the refusal of an address",
        arguments: [
            "ftp://u:hush@h/", "hush", "http://", "http:///hush", "http://u:hush@h:99999/",
            "http://h/ü?key=hush",
            "file:///hush", "//h/hush", "http://hu sh/",
        ]
    )
    func refusedAddress(text: String) {
        let error = #expect(throws: TransferError.self) { try TransferURL(text) }
        #expect(error?.reason == .invalid)
        #expect(!Self.everyPrint(error as Any).contains("hush"))
    }

    @Test("in a request, an answer and their errors")
    func request() throws {
        let port = try RefusingPort()
        let request = try HTTPRequest(
            .post,
            TransferURL("http://user:hush@127.0.0.1:\(port.port)/a?token=hush"),
            headers: [
                HTTPHeader("Authorization", "Bearer hush"), HTTPHeader("X-Sign", "hush", isSecret: true),
            ],
            body: Array("hush".utf8)
        )
        #expect(request.description.contains("X-Sign: <secret>"))
        #expect(!Self.everyPrint(request).contains("hush"))
        var session = try TransferSession()
        let error = #expect(throws: TransferError.self) { try session.exchange(request) }
        #expect(!Self.everyPrint(error as Any).contains("hush"))
        let response = HTTPResponse(
            status: 200,
            headers: [HTTPHeader(received: "Set-Cookie", "hush")],
            body: Array("hush".utf8),
            took: .zero,
            subject: ""
        )
        #expect(!Self.everyPrint(response).contains("hush"))
        #expect(!Self.everyPrint(response.headers).contains("hush"))
    }

    @Test("in a mail server and its errors")
    func mailServer() throws {
        let credential = SMTPCredential(user: "wayside", password: TransferSecret("hush"))
        let server = try SMTPServer(host: "::1", port: 465, security: .implicitTLS, credential: credential)
        #expect(server.description == "smtps://[::1]:465 (implicitTLS) as wayside")
        #expect(!Self.everyPrint(server).contains("hush"))
        #expect(!Self.everyPrint(credential).contains("hush"))
        let error = #expect(throws: TransferError.self) {
            try SMTPServer(host: "h", port: 25, security: .plain, credential: credential)
        }
        #expect(error?.reason == .invalid)
        #expect(!Self.everyPrint(error as Any).contains("hush"))
    }

    @Test(
        "and headers that frame the message are not the caller's",
        arguments: ["Host", "content-length", "Expect"]
    )
    func framing(name: String) {
        #expect(throws: TransferError.self) { try HTTPHeader(name, "1") }
    }
}
