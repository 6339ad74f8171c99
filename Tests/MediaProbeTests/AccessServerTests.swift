import Foundation
import Synchronization
import Testing

@testable import MediaProbe

@Suite("Servers that ask who we are", .serialized)
struct AccessServerTests {
    private static let secret = "s3cr3t!pa:ss"

    private func inspect(
        _ server: ScriptedServer,
        _ limits: MediaLimits = .brief(.seconds(3)),
        knowing hints: MediaHints = MediaHints(),
        scheme: String = "rtsp"
    ) throws -> MediaReport {
        let credential = MediaCredential(user: "admin", password: Self.secret)
        var target = try MediaTarget("\(scheme)://127.0.0.1:\(server.port)/camera", credential: credential)
        target.hints = hints
        let report = MediaProber().inspect(target, limits: limits)
        try expectNoSecret(Self.secret, in: report, target)
        return report
    }

    private static func digest(_ nonce: String, _ more: String = "") -> String {
        "WWW-Authenticate: Digest realm=\"x\", nonce=\"\(nonce)\"\(more)\r\n"
    }

    private func offers(_ server: ScriptedServer) -> Int {
        server.requests.withLock { requests in requests.count { $0.header("Authorization") != nil } }
    }

    @Test(
        "a wrong password is offered once, also where only SETUP or PLAY is guarded, and never to say goodbye",
        arguments: [("SETUP", 0), ("PLAY", 1)]
    )
    func guardedLate(method: String, farewells: Int) throws {
        let server = try ScriptedServer { client in
            client.serve { request in
                request.method == method || request.header("Authorization") != nil
                    ? ("401 Unauthorized", Self.digest("1")) : nil
            }
        }
        let report = try self.inspect(server)
        server.waitUntilLeft()
        #expect(report.verdict == .abnormal(.authenticationFailed) && report.failedStage == .auth)
        #expect(self.offers(server) == 1)
        #expect(server.count(method) == 2 && server.count("TEARDOWN") == farewells)
        // The answer was here: nothing is waited for.
        #expect(report.took < .seconds(1))
    }

    @Test("a goodbye and a sign of life that meet a nonce run out are said again, once, under the fresh one")
    func freshNonce() throws {
        let server = try ScriptedServer { client in
            let nonces = ["DESCRIBE": "1", "OPTIONS": "2", "TEARDOWN": "3"]
            var nonce = "1"
            client.serve(playing: keyFrame()) { request in
                if let fresh = nonces[request.method] { nonce = fresh }
                let isFresh = request.header("Authorization")?.contains("nonce=\"\(nonce)\"") == true
                guard isFresh else { return ("401 Unauthorized", Self.digest(nonce)) }
                // Dropped after a second, so that it wants a sign of life every half.
                return request.method == "SETUP" ? ("200 OK", "Session: 7;timeout=1\r\n") : nil
            }
        }
        let report = try self.inspect(server, .quality(window: .seconds(2)))
        server.waitUntilLeft()
        #expect(report.verdict == .up, "\(report.detail ?? "")")
        // One that was refused and its repetition, then one every half second.
        #expect((3...5).contains(server.count("OPTIONS")))
        #expect(server.count("TEARDOWN") == 2)
        let goodbye = server.requests.withLock { $0.last }
        #expect(goodbye?.header("Authorization")?.contains("nonce=\"3\"") == true)
        #expect(goodbye?.header("Session") == "7")
    }

    @Test("a sign of life that is refused for good costs neither the picture nor a second try")
    func refusedSignOfLife() throws {
        let server = try ScriptedServer { client in
            client.serve(playing: keyFrame()) { request in
                switch request.method {
                case "OPTIONS": ("401 Unauthorized", Self.digest("9"))
                case "SETUP": ("200 OK", "Session: 7;timeout=1\r\n")
                default: nil
                }
            }
        }
        let report = try self.inspect(server, .quality(window: .seconds(2)))
        server.waitUntilLeft()
        #expect(report.verdict == .up, "\(report.detail ?? "")")
        #expect(self.offers(server) == 1)
    }

    @Test(
        "a lock that is told before anything was offered is believed at once, over RTSP and over HTTP",
        arguments: ["rtsp", "http"]
    )
    func lockedFromTheStart(scheme: String) throws {
        let server = try ScriptedServer { client in
            while let request = client.next() {
                if scheme == "rtsp" {
                    client.answer(request, "401 User locked", Self.digest("1"))
                } else {
                    client.say("HTTP/1.1 401 User locked\r\n\(Self.digest("1"))Content-Length: 0\r\n\r\n")
                }
            }
        }
        let report = try self.inspect(server, scheme: scheme)
        #expect(report.verdict == .unknown(.lockedOut) && report.detail == "401 User locked")
        #expect(self.offers(server) == 0 && server.requests.withLock { $0.count } == 1)
    }

    @Test("a page that speaks of blocks is no lock, one that speaks of a lock is")
    func pages() {
        func cause(_ body: String) -> MediaCause {
            AnswerStatus.cause(of: ServerAnswer(status: 401, reason: "Unauthorized", body: Array(body.utf8)))
        }
        #expect(
            cause("<style>p { display:block }</style><p>Unauthorized at 10 o'clock</p>")
                == .authenticationFailed
        )
        #expect(cause("<p>The user is locked.</p>") == .lockedOut && cause("用户已锁定") == .lockedOut)
    }

    @Test(
        "a refusal that does not say how to be let in has words of its own",
        arguments: [("", "without saying how"), ("WWW-Authenticate: Negotiate\r\n", "that we do not know")]
    )
    func noChallenge(header: String, words: String) throws {
        let server = try ScriptedServer { client in
            client.serve { _ in ("401 Unauthorized", header) }
        }
        let report = try self.inspect(server)
        #expect(report.verdict == .abnormal(.authenticationFailed) && report.failedStage == .auth)
        #expect(report.detail?.contains(words) == true)
        #expect(server.count("DESCRIBE") == 1)
    }

    @Test(
        "what was right but for its nonce is offered once more, under another nonce and never a third time",
        arguments: [
            // The nonces in turn, and how often we may say who we are.
            (["1", "2"], "true", 2, true), (["1", "2", "3"], "true", 2, false),
            (["1", "1"], "true", 1, false),
            (["1", "2"], "false", 1, false),
        ]
    )
    func stale(nonces: [String], word: String, offers: Int, isUp: Bool) throws {
        for scheme in ["rtsp", "http"] {
            let server = try ScriptedServer { client in
                var refusals = 0
                func challenge() -> String? {
                    guard refusals < nonces.count else { return nil }
                    defer { refusals += 1 }
                    return Self.digest(nonces[refusals], refusals == 0 ? "" : ", stale=\(word)")
                }
                if scheme == "rtsp" {
                    client.serve(playing: keyFrame()) { _ in challenge().map { ("401 Unauthorized", $0) } }
                } else {
                    while client.next() != nil {
                        if let challenge = challenge() {
                            client.say("HTTP/1.1 401 Unauthorized\r\n\(challenge)Content-Length: 0\r\n\r\n")
                        } else {
                            client.say("HTTP/1.1 200 OK\r\n\r\n")
                            client.say(FLVMaker.small())
                        }
                    }
                }
            }
            let report = try self.inspect(server, scheme: scheme)
            #expect(report.verdict == (isUp ? .up : .abnormal(.authenticationFailed)), "\(scheme)")
            let asked = server.requests.withLock { requests in
                requests.count {
                    ["DESCRIBE", "GET"].contains($0.method) && $0.header("Authorization") != nil
                }
            }
            #expect(asked == offers, "\(scheme)")
        }
    }

    @Test(
        "a device that took Digest is not given the password in the clear, and what it took is learned",
        arguments: ["rtsp", "http"]
    )
    func downgrade(scheme: String) throws {
        func probe(_ challenge: String, knowing hints: MediaHints) throws -> (MediaReport, offers: Int) {
            let server = try ScriptedServer { client in
                while let request = client.next() {
                    let isKnown = request.header("Authorization") != nil
                    let status = isKnown ? "404 Not Found" : "401 Unauthorized"
                    if scheme == "rtsp" {
                        client.answer(request, status, challenge)
                    } else {
                        client.say("HTTP/1.1 \(status)\r\n\(challenge)Content-Length: 0\r\n\r\n")
                    }
                }
            }
            let report = try self.inspect(server, knowing: hints, scheme: scheme)
            return (report, self.offers(server))
        }
        let (digest, basic) = (Self.digest("1"), "WWW-Authenticate: Basic realm=\"x\"\r\n")
        var hints = MediaHints()
        let (first, firstOffers) = try probe(basic, knowing: hints)
        #expect(first.verdict == .down(.notFound) && firstOffers == 1 && first.learned.access == .basic)
        hints.learn(first.learned)
        let (better, betterOffers) = try probe(basic + digest, knowing: hints)
        #expect(better.verdict == .down(.notFound) && betterOffers == 1 && better.learned.access == .digest)
        hints.learn(better.learned)
        let (worse, worseOffers) = try probe(basic, knowing: hints)
        #expect(worse.verdict == .abnormal(.authenticationFailed) && worseOffers == 0)
        #expect(worse.detail?.contains("not sent: turn Digest on there, or ask over TLS") == true)
        hints.learn(worse.learned)
        #expect(hints.access == .digest)
    }

    @Test("over TLS, and where nothing better is known, Basic is answered")
    func basicWhereItMay() throws {
        let answer = ServerAnswer(
            status: 401,
            reason: "Unauthorized",
            headers: [("www-authenticate", "Basic realm=\"x\"")]
        )
        let credential = MediaCredential(user: "u", password: "p")
        for (accepted, isProtected) in [(AccessScheme?.some(.digest), true), (.basic, false), (nil, false)] {
            var access = AccessNegotiation(accepted: accepted, isProtected: isProtected)
            #expect(try access.wantsRepetition(after: answer, credential: credential))
            #expect(access.header(method: "GET", uri: "/", clientNonce: "0") == "Basic dTpw")
        }
        var access = AccessNegotiation(accepted: .digest, isProtected: false)
        #expect(throws: ProbeFailure.self) {
            try access.wantsRepetition(after: answer, credential: credential)
        }
        #expect(!access.hasAuthorization)
    }
}
