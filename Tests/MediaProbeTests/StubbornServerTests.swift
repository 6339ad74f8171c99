import Foundation
import Synchronization
import Testing

@testable import MediaProbe

@Suite("Servers that misbehave", .serialized)
struct StubbornServerTests {
    private let prober = MediaProber()

    /// Probes and asserts what must hold whatever the server does: the limit is kept, and no secret is shown.
    private func inspect(
        _ address: String,
        _ limits: MediaLimits = .brief(),
        cancellation: MediaCancellation? = nil
    ) throws -> MediaReport {
        let secret = "s3cr3t!pa:ss"
        let target = try MediaTarget(
            address,
            credential: MediaCredential(user: "admin", password: secret)
        )
        let start = ContinuousClock.now
        let report = self.prober.inspect(target, limits: limits, cancellation: cancellation)
        #expect(ContinuousClock.now - start < limits.total + .milliseconds(250))
        try expectNoSecret(secret, in: report, target)
        return report
    }

    @Test("one that accepts and never speaks is left at the limit, as timed out in DESCRIBE")
    func silent() throws {
        let server = try ScriptedServer { $0.listenSilently() }
        let report = try self.inspect(server.address)
        #expect(report.verdict == .down(.timeout))
        #expect(report.failedStage == .describe)
        #expect(report.took >= MediaLimits.brief().total - MediaLimits.brief().farewellShare)
    }

    @Test("of a short visit a quarter is kept back for the farewell, of a long one the whole of it")
    func farewell() {
        #expect(MediaLimits(total: .milliseconds(800)).farewellShare == .milliseconds(200))
        #expect(MediaLimits(total: .milliseconds(1_600)).farewellShare == .milliseconds(400))
        #expect(MediaLimits(total: .seconds(15)).farewellShare == .milliseconds(400))
    }

    @Test("one that drips a byte now and then gains no time by it")
    func drip() throws {
        let server = try ScriptedServer { client in
            _ = client.next()
            let ticks = DispatchSemaphore(value: 0)
            client.say("RTSP/1.0 200 OK\r\nX: ")
            while client.say("a") { _ = ticks.wait(timeout: .now() + .milliseconds(20)) }
        }
        let report = try self.inspect(server.address)
        #expect(report.verdict == .down(.timeout))
        #expect(report.failedStage == .describe)
    }

    @Test(
        "one that speaks nonsense is a protocol error at once",
        arguments: [
            "HTTP/1.1 400 Bad Request\r\n\r\n", "\u{1}\u{2}\u{3}", "RTSP/1.0 banana\r\n\r\n",
            "RTSP/1.0 200 OK\r\nContent-Length: 99999999999\r\n\r\n",
            "RTSP/1.0 200 OK\r\nContent-Length: -1\r\n\r\n",
            "RTSP/1.0 200 OK\r\n\r\n", "$\u{0}\u{0}\u{1}x", "\u{0}\u{0}\u{0}\u{0}",
        ]
    )
    func nonsense(words: String) throws {
        let server = try ScriptedServer { client in
            _ = client.next()
            client.say(words)
            client.listen()
        }
        let report = try self.inspect(server.address, .brief(.seconds(3)))
        #expect(report.verdict == .down(.protocolError))
        #expect(report.took < .milliseconds(1_000))
    }

    @Test("a head without end is cut off by its size, not by time")
    func endlessHead() throws {
        let server = try ScriptedServer { client in
            _ = client.next()
            client.say("RTSP/1.0 200 OK\r\n")
            while client.say("X-Header: \(String(repeating: "x", count: 2_000))\r\n") {}
        }
        let report = try self.inspect(server.address, .brief(.seconds(4)))
        #expect(report.verdict == .down(.protocolError))
        #expect(report.took < .seconds(2))
    }

    @Test("one that wants credentials for ever is tried once with them and no more")
    func refusesForEver() throws {
        let server = try ScriptedServer { client in
            while let request = client.next() {
                client.answer(
                    request,
                    "401 Unauthorized",
                    "WWW-Authenticate: Digest realm=\"x\", nonce=\"1\"\r\n"
                )
            }
        }
        let report = try self.inspect(server.address)
        #expect(report.verdict == .abnormal(.authenticationFailed))
        #expect(report.failedStage == .auth)
        #expect(report.stages.map(\.stage) == [.connect, .auth, .describe])
        #expect(server.count("DESCRIBE") == 2)
    }

    @Test("without credentials a server that wants some is asked once")
    func wantsCredentials() throws {
        let server = try ScriptedServer { client in
            while let request = client.next() {
                client.answer(request, "401 Unauthorized", "WWW-Authenticate: Basic realm=\"x\"\r\n")
            }
        }
        let report = self.prober.inspect(try MediaTarget(server.address), limits: .brief())
        #expect(report.verdict == .abnormal(.authenticationFailed))
        #expect(server.count("DESCRIBE") == 1)
    }

    @Test(
        "a refusal has the cause that its code means",
        arguments: [
            ("404 Not Found", MediaVerdict.down(.notFound)),
            ("403 Forbidden", .abnormal(.authenticationFailed)),
            ("453 Not Enough Bandwidth", .unknown(.busy)), ("503 Service Unavailable", .unknown(.busy)),
            ("500 Internal Server Error", .unknown(.busy)), ("401 Locked, try later", .unknown(.lockedOut)),
            ("423 Locked", .unknown(.lockedOut)), ("400 Bad Request", .down(.protocolError)),
            ("415 Unsupported Media Type", .abnormal(.unsupportedCodec)),
        ]
    )
    func refusal(status: String, verdict: MediaVerdict) throws {
        let server = try ScriptedServer { client in
            while let request = client.next() {
                client.answer(request, status, "WWW-Authenticate: Digest realm=\"x\", nonce=\"1\"\r\n")
            }
        }
        let report = try self.inspect(server.address)
        #expect(report.verdict == verdict)
        #expect(report.detail == status)
    }

    @Test("a camera whose sessions are all taken says so at SETUP, and no session is left with it")
    func busyAtSetup() throws {
        let server = try ScriptedServer { client in
            guard client.behave(until: "DESCRIBE"), let setup = client.next() else { return }
            client.answer(setup, "453 Not Enough Bandwidth")
            client.listen()
        }
        let report = try self.inspect(server.address)
        server.waitUntilLeft()
        #expect(report.verdict == .unknown(.busy))
        #expect(report.failedStage == .setup)
        #expect(server.count("TEARDOWN") == 0)
    }

    @Test("200 to PLAY and then nothing is no media, and the session is given back")
    func playsNothing() throws {
        let server = try ScriptedServer { client in
            if client.behave(until: "PLAY") { client.listen() }
        }
        let report = try self.inspect(server.address)
        server.waitUntilLeft()
        #expect(report.verdict == .down(.noMedia))
        #expect(report.failedStage == .firstPacket)
        #expect(report.stages.map(\.stage) == [.connect, .describe, .setup, .play, .firstPacket])
        #expect(server.count("PLAY") == 1)
        #expect(server.count("TEARDOWN") == 1)
    }

    @Test(
        "one that never answers SETUP, PLAY or TEARDOWN is told goodbye all the same",
        arguments: ["SETUP", "PLAY"]
    )
    func falls(silentAt method: String) throws {
        let server = try ScriptedServer { client in
            guard client.behave(until: method == "SETUP" ? "DESCRIBE" : "SETUP") else { return }
            while client.next() != nil {}
        }
        let report = try self.inspect(server.address)
        server.waitUntilLeft()
        #expect(report.verdict == .down(.timeout))
        #expect(report.failedStage?.rawValue == method.lowercased())
        #expect(server.count("TEARDOWN") == 1)
    }

    @Test(
        "a session that is granted after its time is given back by its name, and one that is refused then is not",
        arguments: [
            ("200 OK", "Session: 4711;timeout=60\r\nTransport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n", 1),
            ("453 Not Enough Bandwidth", "", 0),
        ]
    )
    func lateSession(status: String, headers: String, farewells: Int) throws {
        let server = try ScriptedServer { client in
            guard client.behave(until: "DESCRIBE"), let setup = client.next() else { return }
            _ = DispatchSemaphore(value: 0).wait(timeout: .now() + .milliseconds(800))
            client.answer(setup, status, headers)
            client.listen()
        }
        var limits = MediaLimits(total: .seconds(4))
        (limits.answer, limits.farewell) = (.milliseconds(500), .seconds(1))
        let report = try self.inspect(server.address, limits)
        server.waitUntilLeft()
        #expect(report.verdict == .down(.timeout) && report.failedStage == .setup)
        #expect(server.count("PLAY") == 0 && server.count("TEARDOWN") == farewells)
        let goodbye = server.requests.withLock { $0.last }
        #expect(farewells == 0 || goodbye?.header("Session") == "4711")
        // Heard at once, not at the end of the farewell's time.
        #expect(report.took < .milliseconds(1_400))
    }

    @Test(
        "a probe that is told to stop before SETUP is answered gives back the session that it is then granted"
    )
    func cancelledInSetup() throws {
        let cancellation = try MediaCancellation()
        let server = try ScriptedServer { client in
            guard client.behave(until: "DESCRIBE"), let setup = client.next() else { return }
            cancellation.cancel()
            _ = DispatchSemaphore(value: 0).wait(timeout: .now() + .milliseconds(200))
            client.answer(setup, "200 OK", "Session: 4711\r\n")
            client.listen()
        }
        var limits = MediaLimits(total: .seconds(4))
        limits.farewell = .seconds(1)
        let report = try self.inspect(server.address, limits, cancellation: cancellation)
        server.waitUntilLeft()
        #expect(report.verdict == .unknown(.collectorGap) && report.took < .seconds(2))
        #expect(server.requests.withLock { $0.last?.method } == "TEARDOWN")
        #expect(server.requests.withLock { $0.last?.header("Session") } == "4711")
    }

    @Test("one that closes in the middle of a picture has shown no key frame")
    func closesInPicture() throws {
        let server = try ScriptedServer { client in
            guard client.behave(until: "PLAY") else { return }
            client.say(packet(sequence: 1, payload: [0x7c, 0x85, 0x88, 1, 2, 3]))
            client.say([0x24, 0, 4, 0, 0x80])
        }
        let report = try self.inspect(server.address)
        #expect(report.verdict == .down(.noKeyFrame))
        #expect(report.failedStage == .firstKeyFrame)
        #expect(report.packetsExpected == 1)
    }

    @Test("junk between two packets is skipped, and the picture is seen")
    func junkBetweenPackets() throws {
        let server = try ScriptedServer { client in
            guard client.behave(until: "PLAY") else { return }
            client.say(packet(sequence: 1, payload: smallParameterSet))
            client.say([0, 1, 2, 3, 4])
            client.say(packet(sequence: 2, marker: true, payload: [0x65, 0x88, 1, 2, 3]))
            client.listen()
        }
        let report = try self.inspect(server.address)
        #expect(report.verdict == .up)
        #expect(report.width == 320 && report.height == 240)
    }

    @Test("a description without a picture is no media; one in another codec is named")
    func otherDescriptions() throws {
        let sound = "v=0\r\nm=audio 0 RTP/AVP 8\r\n"
        let soundServer = try ScriptedServer { _ = $0.behave(until: "DESCRIBE", description: sound) }
        let soundReport = try self.inspect(soundServer.address)
        #expect(soundReport.verdict == .down(.noMedia))
        #expect(soundReport.audio == "PCMA")
        let other = "v=0\r\nm=video 0 RTP/AVP 97\r\na=rtpmap:97 MP4V-ES/90000\r\n"
        let otherServer = try ScriptedServer { _ = $0.behave(until: "DESCRIBE", description: other) }
        let otherReport = try self.inspect(otherServer.address)
        #expect(otherReport.verdict == .abnormal(.unsupportedCodec))
        #expect(otherReport.codec == "mp4v-es")
    }

    @Test("a closed port is refused whatever is spoken, a name without address is dns")
    func noServer() throws {
        let port = try ScriptedServer { _ in }.port
        for scheme in ["rtsp", "rtsps", "rtmp", "rtmps", "http", "https"] {
            #expect(try self.inspect("\(scheme)://127.0.0.1:\(port)/").verdict == .down(.refused))
        }
        let unnamed = try self.inspect("rtsp://no-such-camera.invalid/", .brief(.seconds(4)))
        // Where nobody turns names into addresses for us, it says nothing of the camera.
        #expect([.down(.dns), .unknown(.selfNetwork)].contains(unnamed.verdict), "\(unnamed.detail ?? "")")
        #expect(unnamed.failedStage == .resolve)
    }

    @Test("a session that the server would soon drop is kept alive while it is measured")
    func keepsAlive() throws {
        let server = try ScriptedServer { client in
            while let request = client.next() {
                switch request.method {
                case "DESCRIBE": client.answer(request, body: ScriptedServer.description)
                case "SETUP":
                    let session = "Session: 1;timeout=1\r\nTransport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n"
                    client.answer(request, "200 OK", session)
                default: client.answer(request)
                }
                guard request.method == "PLAY" else { continue }
                client.say(packet(sequence: 1, payload: smallParameterSet))
                client.say(packet(sequence: 2, marker: true, payload: [0x65, 0x88, 1, 2, 3]))
            }
        }
        let report = try self.inspect(server.address, .quality(window: .seconds(2)))
        server.waitUntilLeft()
        #expect(report.verdict == .up)
        #expect((2...4).contains(server.count("OPTIONS")))
        #expect(server.count("TEARDOWN") == 1)
    }

    @Test(
        "a camera of two pictures a second, by its own description, is waited for longer than a fast one",
        arguments: [2, 25]
    )
    func slowCamera(rate: Int) throws {
        let server = try ScriptedServer { client in
            let description = ScriptedServer.description + "a=framerate:\(rate)\r\n"
            guard client.behave(until: "PLAY", description: description) else { return }
            _ = DispatchSemaphore(value: 0).wait(timeout: .now() + .milliseconds(700))
            client.say(packet(sequence: 1, payload: smallParameterSet))
            client.say(packet(sequence: 2, marker: true, payload: [0x65, 0x88, 1, 2, 3]))
            client.listen()
        }
        var limits = MediaLimits.brief(.seconds(4))
        limits.firstPacket = .milliseconds(300)
        let report = try self.inspect(server.address, limits)
        #expect(report.verdict == (rate == 2 ? .up : .down(.noMedia)))
    }

    @Test("a probe that is told to stop leaves at once and gives its session back")
    func cancelled() throws {
        let cancellation = try MediaCancellation()
        let server = try ScriptedServer { client in
            guard client.behave(until: "PLAY") else { return }
            cancellation.cancel()
            client.listen()
        }
        let report = try self.inspect(server.address, .brief(.seconds(10)), cancellation: cancellation)
        server.waitUntilLeft()
        #expect(report.verdict == .unknown(.collectorGap))
        #expect(report.took < .seconds(2))
        #expect(server.count("TEARDOWN") == 1)
    }

    @Test("one that sends us on is followed three times and no more", arguments: [1, 3, 4])
    func redirect(times: Int) throws {
        let left = Mutex(times)
        let server = try ScriptedServer { client in
            client.serve(playing: keyFrame()) { request in
                let isSentOn = request.method == "DESCRIBE" && left.withLock { $0 > 0 }
                guard isSentOn else { return nil }
                left.withLock { $0 -= 1 }
                return ("302 Moved", "Location: \(request.uri)\r\n")
            }
        }
        let report = try self.inspect(server.address, .brief(.seconds(3)))
        #expect(report.verdict == (times <= 3 ? .up : .down(.protocolError)), "\(report.detail ?? "")")
        #expect(server.count("DESCRIBE") == min(times, 3) + 1)
    }

    @Test("credentials stay with their host, also when we are sent back to it from another")
    func redirectElsewhere() throws {
        let count = Mutex(0)
        let server = try ScriptedServer { client in
            while let request = client.next() {
                let turn = count.withLock {
                    $0 += 1
                    return $0
                }
                let (from, to) = turn == 1 ? ("127.0.0.1", "localhost") : ("localhost", "127.0.0.1")
                let place = request.uri.replacingOccurrences(of: from, with: to)
                if turn < 3 {
                    client.answer(request, "302 Moved", "Location: \(place)\r\n")
                } else {
                    client.answer(request, "401 Unauthorized", "WWW-Authenticate: Basic realm=\"x\"\r\n")
                }
            }
        }
        let report = try self.inspect(server.address, .brief(.seconds(3)))
        #expect(report.verdict == .abnormal(.authenticationFailed) && server.count("DESCRIBE") == 3)
        #expect(
            server.requests.withLock { requests in requests.allSatisfy { $0.header("Authorization") == nil } }
        )
    }
}
