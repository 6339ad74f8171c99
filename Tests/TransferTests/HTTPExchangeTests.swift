import Foundation
import Testing

@testable import Transfer

@Suite("An HTTP exchange", .serialized)
struct HTTPExchangeTests {
    private struct Echo: Decodable {
        let method: String
        let path: String
        let connection: Int
        let headers: [[String]]
        let body: String

        func values(of name: String) -> [String] { self.headers.filter { $0[0] == name }.map { $0[1] } }
    }

    private let server: PythonServer

    init() throws {
        self.server = try HTTPTestServer.start()
    }

    private func url(_ path: String) throws -> TransferURL {
        try TransferURL("http://127.0.0.1:\(self.server.port)\(path)")
    }

    private func echo(_ response: HTTPResponse) throws -> Echo {
        try JSONDecoder().decode(Echo.self, from: Data(response.body))
    }

    private func failure(_ path: String, total: Duration = .seconds(20), maximum: Int = 1000) throws
        -> (TransferError?, took: Duration)
    {
        var session = try TransferSession()
        let request = try HTTPRequest(
            .get,
            self.url(path),
            limits: TimeLimits(connect: .seconds(5), total: total),
            maximumResponseBytes: maximum
        )
        let start = ContinuousClock.now
        do {
            _ = try session.exchange(request)
            return (nil, ContinuousClock.now - start)
        } catch {
            return (error, ContinuousClock.now - start)
        }
    }

    @Test("carries method, headers and body as they were given", arguments: [HTTPMethod.post, .put, .patch])
    func carriesBody(method: HTTPMethod) throws {
        var session = try TransferSession()
        let response = try session.exchange(
            HTTPRequest(
                method,
                self.url("/echo?a=1"),
                headers: [
                    HTTPHeader("Content-Type", "application/json"), HTTPHeader("Idempotency-Key", "n-1"),
                    HTTPHeader("X-Empty", ""),
                ],
                body: Array(#"{"字":"工单"}"#.utf8)
            )
        )
        let echo = try self.echo(response)
        #expect(response.status == 200)
        #expect(response.isSuccess)
        #expect(response.value(of: "x-twice") == "one")
        #expect(response.headers.filter { $0.name == "X-Twice" }.map(\.value) == ["one", "two"])
        #expect(echo.method == method.rawValue)
        #expect(echo.path == "/echo?a=1")
        #expect(echo.body == #"{"字":"工单"}"#)
        #expect(echo.values(of: "Content-Type") == ["application/json"])
        #expect(echo.values(of: "Idempotency-Key") == ["n-1"])
        #expect(echo.values(of: "X-Empty") == [""])
        #expect(echo.values(of: "Expect").isEmpty)
    }

    @Test("sends an empty body as an empty body, and no content type of its own")
    func emptyBody() throws {
        var session = try TransferSession()
        let echo = try self.echo(session.exchange(HTTPRequest(.post, self.url("/echo"))))
        #expect(echo.body.isEmpty)
        #expect(echo.values(of: "Content-Length") == ["0"])
        #expect(echo.values(of: "Content-Type").isEmpty)
    }

    @Test("reads, asks for headers only, and deletes", arguments: [HTTPMethod.get, .head, .delete])
    func withoutBody(method: HTTPMethod) throws {
        var session = try TransferSession()
        let response = try session.exchange(HTTPRequest(method, self.url("/echo")))
        #expect(response.status == 200)
        #expect(response.body.isEmpty == (method == .head))
        #expect(try method == .head || self.echo(response).method == method.rawValue)
        #expect(throws: TransferError.self) { try HTTPRequest(method, self.url("/echo"), body: [1]) }
    }

    @Test("carries a body of a megabyte")
    func largeBody() throws {
        var session = try TransferSession()
        let body = [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 20)
        let response = try session.exchange(
            HTTPRequest(.post, self.url("/echo"), body: body, maximumResponseBytes: 2 << 20)
        )
        #expect(try self.echo(response).body.utf8.count == body.count)
    }

    @Test("keeps its connection for the next one, also after an answer of another kind")
    func keepsAlive() throws {
        var session = try TransferSession()
        var other = try TransferSession()
        let first = try self.echo(session.exchange(HTTPRequest(.get, self.url("/echo"))))
        _ = try session.exchange(HTTPRequest(.post, self.url("/status/503"), body: [1]))
        let third = try self.echo(session.exchange(HTTPRequest(.put, self.url("/echo"), body: [50])))
        let stranger = try self.echo(other.exchange(HTTPRequest(.get, self.url("/echo"))))
        #expect(first.connection == third.connection)
        #expect(third.method == "PUT")
        #expect(stranger.connection != first.connection)
    }

    @Test(
        "gives back any status, and makes it an error only when asked",
        arguments: [400, 401, 404, 429, 500, 503]
    )
    func statuses(status: Int) throws {
        var session = try TransferSession()
        let response = try session.exchange(HTTPRequest(.get, self.url("/status/\(status)")))
        #expect(response.status == status)
        #expect(String(decoding: response.body, as: UTF8.self) == "so it is")
        let error = try #require(throws: TransferError.self) { try response.requireSuccess() }
        #expect(error.status == status)
        #expect(error.isRetriable == [429, 500, 503].contains(status))
        #expect(error.reason == (status == 401 ? .denied : .rejected))
    }

    @Test("passes over interim answers")
    func interim() throws {
        var session = try TransferSession()
        let response = try session.exchange(HTTPRequest(.get, self.url("/early")))
        #expect(response.status == 200)
        #expect(response.value(of: "Link") == nil)
        #expect(response.value(of: "X-Late") == "yes")
    }

    @Test("does not follow a redirect unless told to")
    func redirectRefused() throws {
        var session = try TransferSession()
        let response = try session.exchange(HTTPRequest(.get, self.url("/redirect/1")))
        #expect(response.status == 307)
    }

    @Test("follows within its origin, repeats the body, and no further than its limit")
    func redirectWithin() throws {
        var session = try TransferSession()
        func post(_ path: String) throws -> HTTPRequest {
            try HTTPRequest(
                .post,
                self.url(path),
                body: [UInt8(ascii: "b")],
                redirects: .withinOrigin(limit: 3)
            )
        }
        let echo = try self.echo(session.exchange(post("/redirect/3")))
        #expect(echo.method == "POST")
        #expect(echo.body == "b")
        let error = #expect(throws: TransferError.self) { try session.exchange(post("/redirect/4")) }
        #expect(error?.reason == .rejected)
        #expect(try session.exchange(post("/found")).status == 302)
    }

    @Test("never leaves its origin or its scheme", arguments: ["/away", "/scheme"])
    func redirectElsewhere(path: String) throws {
        var session = try TransferSession()
        let request = try HTTPRequest(.get, self.url(path), redirects: .withinOrigin(limit: 3))
        #expect(try session.exchange(request).status == 307)
    }

    @Test("ends at its limit when the server is slow", arguments: ["/silent", "/drip"])
    func slow(path: String) throws {
        let (error, took) = try self.failure(path, total: .milliseconds(400), maximum: 1 << 20)
        #expect(error?.isTimeout == true)
        #expect(error?.isRetriable == true)
        #expect(took < .seconds(5))
    }

    @Test("ends at its limit when nobody takes the connection up")
    func silent() throws {
        let silent = try HTTPTestServer.startSilent()
        var session = try TransferSession()
        let request = try HTTPRequest(
            .get,
            TransferURL("http://127.0.0.1:\(silent.port)/"),
            limits: TimeLimits(connect: .seconds(9), total: .milliseconds(300))
        )
        let start = ContinuousClock.now
        let error = #expect(throws: TransferError.self) { try session.exchange(request) }
        #expect(error?.reason == .timedOut)
        #expect(ContinuousClock.now - start < .seconds(5))
    }

    @Test("stops at the limit of bytes", arguments: ["/large", "/headers"])
    func tooLarge(path: String) throws {
        let (error, _) = try self.failure(path)
        #expect(error?.reason == .tooLarge)
        #expect(error?.isRetriable == false)
    }

    @Test("takes a body of just its limit, and not one byte more")
    func exactLimit() throws {
        var session = try TransferSession()
        let size = "so it is".utf8.count
        let url = try self.url("/status/200")
        let response = try session.exchange(HTTPRequest(.get, url, maximumResponseBytes: size))
        #expect(response.body.count == size)
        let error = #expect(throws: TransferError.self) {
            try session.exchange(HTTPRequest(.get, url, maximumResponseBytes: size - 1))
        }
        #expect(error?.reason == .tooLarge)
    }

    @Test("says that a body was cut short, with the status it had")
    func cut() throws {
        let (error, _) = try self.failure("/cut")
        #expect(error?.reason == .interrupted)
        #expect(error?.status == 200)
        #expect(error?.isRetriable == true)
    }

    @Test("says that it was refused")
    func refused() throws {
        let port = try RefusingPort()
        var session = try TransferSession()
        let request = try HTTPRequest(.get, TransferURL("http://127.0.0.1:\(port.port)/"))
        let error = #expect(throws: TransferError.self) { try session.exchange(request) }
        #expect(error?.reason == .unreachable)
        #expect(error?.isRetriable == true)
        #expect(error?.isTimeout == false)
    }

    @Test("says that a name has no address")
    func unresolved() throws {
        // A label of 64 letters cannot be asked for at all, so no name server hears of this.
        let host = String(repeating: "a", count: 64) + ".invalid"
        var session = try TransferSession()
        let request = try HTTPRequest(.get, TransferURL("http://\(host)/"))
        let error = #expect(throws: TransferError.self) { try session.exchange(request) }
        #expect(error?.reason == .unresolved)
        #expect(error?.isRetriable == true)
    }

    @Test("is stopped from another thread")
    func cancelled() throws {
        let cancellation = TransferCancellation()
        let server = self.server
        Thread.detachNewThread {
            if (try? server.next()) != nil { cancellation.cancel() }  // no event: the limit ends the test
        }
        var session = try TransferSession()
        let request = try HTTPRequest(
            .get,
            self.url("/silent"),
            limits: TimeLimits(connect: .seconds(5), total: .seconds(30))
        )
        let start = ContinuousClock.now
        let error = #expect(throws: TransferError.self) {
            try session.exchange(request, cancellation: cancellation)
        }
        #expect(error?.reason == .cancelled)
        #expect(error?.isRetriable == false)
        #expect(ContinuousClock.now - start < .seconds(10))
        #expect(try session.exchange(HTTPRequest(.get, self.url("/status/200"))).status == 200)
    }

    @Test("starts the library once, from many threads at once")
    func startsOnce() throws {
        let url = try self.url("/status/200")
        DispatchQueue.concurrentPerform(iterations: 8) { _ in
            do {
                var session = try TransferSession()
                let response = try session.exchange(HTTPRequest(.get, url))
                #expect(response.status == 200)
            } catch {
                Issue.record(error)
            }
        }
    }
}

@Suite("An HTTPS exchange", .serialized)
struct HTTPSExchangeTests {
    private func reason(_ trust: TLSTrust, host: String = "127.0.0.1") throws -> (TransferError?, Int?) {
        let certificate = try TestCertificate()
        let server = try HTTPTestServer.start(certificate.environment)
        var session = try TransferSession()
        var trust = trust
        if case .authorities("") = trust { trust = .authorities(file: certificate.certificate) }
        let request = try HTTPRequest(.get, TransferURL("https://\(host):\(server.port)/echo"), trust: trust)
        do {
            return (nil, try session.exchange(request).status)
        } catch {
            return (error, nil)
        }
    }

    @Test("refuses a certificate that nobody trusted has signed")
    func selfSigned() throws {
        let (error, _) = try self.reason(.system)
        #expect(error?.reason == .untrusted)
        #expect(error?.isRetriable == true)
    }

    @Test("accepts it with its authority's file, or when told not to look")
    func trusted() throws {
        #expect(try self.reason(.authorities(file: "")).1 == 200)
        #expect(try self.reason(.unverified).1 == 200)
    }

    @Test("refuses a trusted certificate that names another host")
    func otherName() throws {
        #expect(try self.reason(.authorities(file: ""), host: "localhost").0?.reason == .untrusted)
    }

    @Test("says that the authority's file cannot be read")
    func noFile() throws {
        let (error, _) = try self.reason(.authorities(file: "/nonexistent/authority.pem"))
        #expect(error?.reason == .invalid)
        #expect(error?.isRetriable == false)
    }

    @Test("says that the other side speaks no TLS")
    func plainServer() throws {
        let server = try HTTPTestServer.start()
        var session = try TransferSession()
        let request = try HTTPRequest(.get, TransferURL("https://127.0.0.1:\(server.port)/"))
        let error = #expect(throws: TransferError.self) { try session.exchange(request) }
        #expect(error?.reason == .insecure)
    }

    @Test("survives a server that closes in the middle of a large upload")
    func closedUpload() throws {
        let certificate = try TestCertificate()
        let server = try PythonServer(
            #"""
            import socket, ssl
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(os.environ["CERTIFICATE"], os.environ["KEY"])
            listener = socket.create_server(("127.0.0.1", 0))
            say(port=listener.getsockname()[1])
            while True:
                connection = context.wrap_socket(listener.accept()[0], server_side=True)
                connection.recv(1000)
                connection.close()
            """#,
            environment: certificate.environment
        )
        var session = try TransferSession()
        let request = try HTTPRequest(
            .post,
            TransferURL("https://127.0.0.1:\(server.port)/"),
            body: [UInt8](repeating: 7, count: 8 << 20),
            trust: .authorities(file: certificate.certificate)
        )
        let error = #expect(throws: TransferError.self) { try session.exchange(request) }
        #expect(error?.reason == .interrupted)
    }
}
