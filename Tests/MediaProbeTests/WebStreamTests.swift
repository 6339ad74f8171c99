import Foundation
import Synchronization
import Testing

@testable import MediaProbe

private let secret = "p@ss w0rd/?"
private let encodedUser = "operator:p%40ss%20w0rd%2F%3F"

@Suite("HTTP-FLV from real servers", .serialized)
struct RealWebStreamTests {
    private let prober = MediaProber()

    @Test(
        "a paced recording is up at its first key frame, with size, profile, rate and the stages gone through"
    )
    func paced() throws {
        let web = try RealWeb()
        var limits = MediaLimits.availability
        limits.keepsKeyFrame = true
        let report = self.prober.inspect(try MediaTarget(web.address("/paced/h264.flv")), limits: limits)
        #expect(report.verdict == .up, "\(report.detail ?? "")")
        #expect(report.codec == "h264" && report.width == 320 && report.height == 240)
        #expect(report.profile == "Constrained Baseline" && report.framesPerSecond == 25)
        #expect(report.audio == "AAC")
        #expect(report.stages.map(\.stage) == [.connect, .play, .firstPacket, .firstKeyFrame])
        #expect(try decodedSize(#require(report.keyFrame)) == "320x240")
    }

    @Test(
        "a paced recording in H.265, as codec 12 and as hvc1 of Enhanced RTMP, is up at its first key frame",
        arguments: [false, true]
    )
    func pacedHighEfficiency(isEnhanced: Bool) throws {
        let web = try RealWeb()
        let bytes = try FLVMaker.highEfficiency(Clips.bytes("h265.h265"), isEnhanced: isEnhanced)
        try Data(bytes).write(to: web.folder.url.appending(path: "vod/h265.flv"))
        let report = self.prober.inspect(try MediaTarget(web.address("/made/h265.flv")))
        #expect(report.verdict == .up, "\(report.detail ?? "")")
        #expect(report.codec == "h265" && report.width == 320 && report.height == 240)
        #expect(report.stages.map(\.stage) == [.connect, .play, .firstPacket, .firstKeyFrame])
    }

    @Test("a window measures rate, key-frame interval and steadiness")
    func window() throws {
        let web = try RealWeb()
        let target = try MediaTarget(web.address("/paced/h264.flv"))
        let report = self.prober.inspect(target, limits: .quality(window: .seconds(2)))
        #expect(report.verdict == .up, "\(report.detail ?? "")")
        #expect(abs((report.framesPerSecond ?? 0) - 25) < 1)
        #expect(abs((report.keyFrameInterval?.inSeconds ?? 0) - 1) < 0.05)
        #expect((report.kilobitsPerSecond ?? 0) > 20)
        #expect(report.fluctuation?.key != nil && report.fluctuation?.predicted != nil)
        #expect(report.timestampJumps == 0)
    }

    @Test("a password opens by Basic, a wrong one is tried once, and none is printed")
    func passwords() throws {
        let web = try RealWeb()
        let target = try MediaTarget(web.address("/locked/h264.flv", user: encodedUser))
        let report = self.prober.inspect(target)
        #expect(report.verdict == .up, "\(report.detail ?? "")")
        #expect(report.stages.map(\.stage).prefix(3) == [.connect, .auth, .play])
        try expectNoSecret(secret, in: report, target)
        let wrong = try MediaTarget(web.address("/locked/h264.flv", user: "operator:nonsense"))
        let refused = self.prober.inspect(wrong)
        #expect(refused.verdict == .abnormal(.authenticationFailed) && refused.failedStage == .auth)
        let unnamed = self.prober.inspect(try MediaTarget(web.address("/locked/h264.flv")))
        #expect(unnamed.verdict == .abnormal(.authenticationFailed))
        #expect(unnamed.detail == "it wants credentials")
    }

    @Test(
        "what nginx refuses has the cause that its code means; what it sends on is followed; H.263 is named"
    )
    func answers() throws {
        let web = try RealWeb()
        let verdicts: [(String, MediaVerdict)] = [
            ("/plain/none.flv", .down(.notFound)), ("/full/x.flv", .unknown(.busy)),
            ("/closed/x.flv", .abnormal(.authenticationFailed)), ("/moved/h264.flv", .up),
            ("/plain/h263.flv", .abnormal(.unsupportedCodec)), ("/plain/h265.h265", .down(.protocolError)),
        ]
        for (path, verdict) in verdicts {
            let report = self.prober.inspect(try MediaTarget(web.address(path)))
            #expect(report.verdict == verdict, "\(path): \(report.detail ?? "")")
        }
    }

    @Test("over TLS the certificate is refused, reported or trusted as the policy says")
    func protected() throws {
        let web = try RealWeb()
        let address = "https://127.0.0.1:\(web.protectedPort)/plain/h264.flv"
        let strict = self.prober.inspect(try MediaTarget(address))
        #expect(strict.verdict == .abnormal(.certificateInvalid) && strict.failedStage == .tls)
        let lenient = self.prober.inspect(try MediaTarget(address, certificatePolicy: .reportOnly))
        #expect(lenient.verdict == .up && lenient.certificateVerified == false, "\(lenient.detail ?? "")")
        let trusted = MediaProber(authorities: web.certificate).inspect(try MediaTarget(address))
        #expect(trusted.verdict == .up && trusted.certificateVerified == true, "\(trusted.detail ?? "")")
        #expect(trusted.stages.map(\.stage).prefix(3) == [.connect, .tls, .play])
    }

    @Test("a server that is stopped is timed out, although its host still accepts")
    func stopped() throws {
        let web = try RealWeb()
        web.process.stop()
        for (path, stage) in [("/plain/h264.flv", MediaStage.play), ("/hls/cam.m3u8", .playlist)] {
            let target = try MediaTarget(web.address(path))
            let report = self.prober.inspect(target, limits: MediaLimits(total: .seconds(1)))
            #expect(report.verdict == .down(.timeout) && report.failedStage == stage)
            #expect(report.took < .milliseconds(1_300))
        }
    }

    @Test("a server that is stopped while it sends costs no more than the window")
    func stoppedWhileSending() throws {
        let web = try RealWeb()
        let publisher = try web.publish("cam")
        let target = try MediaTarget(web.rtmp("/live/cam"))
        var limits = MediaLimits.quality(window: .seconds(2))
        limits.total = .seconds(3)
        let taken = Mutex<MediaReport?>(nil)
        let done = DispatchSemaphore(value: 0)
        Thread { [limits] in
            let report = MediaProber().inspect(target, limits: limits)
            taken.withLock { $0 = report }
            done.signal()
        }.start()
        #expect(web.process.wait(containing: "play: name='cam'") != nil)
        web.process.stop()
        done.wait()
        let report = try #require(taken.withLock { $0 })
        // Up when a key frame had come by then, else without one; never later than it may be.
        #expect([.up, .down(.noMedia), .down(.noKeyFrame), .down(.timeout)].contains(report.verdict))
        #expect(report.took < .milliseconds(3_300))
        withExtendedLifetime(publisher) {}
    }

    /// VLC opens its port before it has anything to serve there.
    private func inspectOnceThere(_ address: String) throws -> MediaReport {
        let target = try MediaTarget(address)
        let patience = ContinuousClock.now + .seconds(20)
        while true {
            let report = self.prober.inspect(target)
            guard report.verdict == .down(.notFound), ContinuousClock.now < patience else { return report }
        }
    }

    @Test("VLC's live FLV, joined in the middle, is up")
    func vlc() throws {
        let port = try freePort()
        let vlc = try startVLC([
            try Clips.file("h264.flv").path, "--sout-keep", "--sout",
            "#http{mux=ffmpeg{mux=flv},dst=127.0.0.1:\(port)/live.flv}",
        ])
        try #require(waitUntilOpen(port))
        let report = try self.inspectOnceThere("http://127.0.0.1:\(port)/live.flv")
        #expect(report.verdict == .up, "\(report.detail ?? "")")
        #expect(report.codec == "h264" && report.width == 320 && report.height == 240)
        withExtendedLifetime(vlc) {}
    }

    @Test(
        "VLC's live transport stream, joined in the middle, is up in both codecs",
        arguments: ["h264", "h265"]
    )
    func vlcTransportStream(codec: String) throws {
        let port = try freePort()
        let vlc = try startVLC([
            try Clips.file("\(codec).ts").path, "--sout-keep", "--sout",
            "#http{mux=ts,dst=127.0.0.1:\(port)/live.ts}",
        ])
        try #require(waitUntilOpen(port))
        let report = try self.inspectOnceThere("http://127.0.0.1:\(port)/live.ts")
        #expect(report.verdict == .up, "\(report.detail ?? "")")
        #expect(report.codec == codec && report.width == 320 && report.height == 240)
        withExtendedLifetime(vlc) {}
    }

    @Test("ffmpeg's live FLV in chunks is up")
    func ffmpeg() throws {
        let port = try freePort()
        let ffmpeg = try ChildProcess([
            "/usr/bin/ffmpeg", "-nostdin", "-v", "error", "-re", "-stream_loop", "-1", "-i",
            try Clips.file("h264.flv").path, "-c", "copy", "-f", "flv", "-listen", "1",
            "http://127.0.0.1:\(port)/live.flv",
        ])
        let target = try MediaTarget("http://127.0.0.1:\(port)/live.flv")
        // It serves one client, so that its port cannot be tried beforehand.
        var report = self.prober.inspect(target)
        let patience = ContinuousClock.now + .seconds(20)
        while report.verdict == .down(.refused), ContinuousClock.now < patience {
            report = self.prober.inspect(target)
        }
        #expect(report.verdict == .up, "\(report.detail ?? "")")
        withExtendedLifetime(ffmpeg) {}
    }
}

/// Short, so that a test waits no longer than it must.
private func limits(_ total: Duration = .milliseconds(600)) -> MediaLimits {
    var limits = MediaLimits(total: total)
    limits.farewell = .milliseconds(100)
    return limits
}

@Suite("Web servers that misbehave", .serialized)
struct StubbornWebTests {
    private let prober = MediaProber()
    private static let good = "HTTP/1.1 200 OK\r\nContent-Type: video/x-flv\r\n\r\n"

    /// Probes and asserts what must hold whatever the server does: the limit is kept, and no secret is shown.
    private func inspect(
        _ server: ScriptedServer,
        _ limits: MediaLimits = limits(),
        path: String = "/live.flv",
        cancellation: MediaCancellation? = nil
    ) throws -> MediaReport {
        let target = try MediaTarget(
            "http://127.0.0.1:\(server.port)\(path)",
            credential: MediaCredential(user: "admin", password: "s3cr3t!pa:ss")
        )
        let start = ContinuousClock.now
        let report = self.prober.inspect(target, limits: limits, cancellation: cancellation)
        #expect(ContinuousClock.now - start < limits.total + .milliseconds(250))
        try expectNoSecret("s3cr3t!pa:ss", in: report, target)
        return report
    }

    @Test(
        "silence, a drip, and media that never comes, or never has a key frame, each end at the limit with their cause"
    )
    func slowness() throws {
        let silent = try ScriptedServer { $0.listenSilently() }
        #expect(try self.inspect(silent).verdict == .down(.timeout))
        let drip = try ScriptedServer { client in
            _ = client.next()
            let ticks = DispatchSemaphore(value: 0)
            client.say("HTTP/1.1 200 OK\r\nX: ")
            while client.say("a") { _ = ticks.wait(timeout: .now() + .milliseconds(20)) }
        }
        let dripped = try self.inspect(drip)
        #expect(dripped.verdict == .down(.timeout) && dripped.failedStage == .play)
        let empty = try ScriptedServer { client in
            _ = client.next()
            client.say(Self.good)
            client.say(FLVMaker.header)
            client.listenSilently()
        }
        let nothing = try self.inspect(empty)
        #expect(nothing.verdict == .down(.noMedia) && nothing.failedStage == .firstPacket)
        let keyless = try ScriptedServer { client in
            _ = client.next()
            client.say(Self.good)
            client.say(FLVMaker.header + FLVMaker.tag(9, at: 0, FLVMaker.avcStart))
            let ticks = DispatchSemaphore(value: 0)
            let picture = FLVMaker.tag(9, at: 40, FLVMaker.avcPicture([FLVMaker.smallOther], isKey: false))
            while client.say(picture) { _ = ticks.wait(timeout: .now() + .milliseconds(20)) }
        }
        let unkeyed = try self.inspect(keyless)
        #expect(unkeyed.verdict == .down(.noKeyFrame) && unkeyed.failedStage == .firstKeyFrame)
        #expect(unkeyed.width == 320)
    }

    @Test("an end in the middle is no media before the first picture and no key frame after it")
    func ends() throws {
        let early = try ScriptedServer { client in
            _ = client.next()
            client.say("HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n")
            client.say(FLVMaker.header)
        }
        #expect(try self.inspect(early).verdict == .down(.noMedia))
        let late = try ScriptedServer { client in
            _ = client.next()
            client.say(Self.good)
            client.say(Array(FLVMaker.small(pictures: 1).dropLast(6)))
        }
        #expect(try self.inspect(late).verdict == .down(.noKeyFrame))
    }

    @Test(
        "nonsense is a protocol error at once",
        arguments: [
            "RTSP/1.0 200 OK\r\n\r\n", "\u{1}\u{2}\u{3}", "HTTP/1.1 200 OK\r\nContent-Length: nine\r\n\r\n",
            "HTTP/1.1 200 OK\r\n\r\n<html><body>login</body></html>",
            "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\nx",
            "HTTP/1.1 302 Found\r\nLocation: gopher://h/\r\n\r\n",
        ]
    )
    func nonsense(words: String) throws {
        let server = try ScriptedServer { client in
            _ = client.next()
            client.say(words)
            client.listenSilently()
        }
        let report = try self.inspect(server, limits(.seconds(3)))
        #expect(report.verdict == .down(.protocolError))
        #expect(report.took < .milliseconds(1_000))
    }

    @Test("heads, chunks and tags without end are cut off by their size, not by time")
    func floods() throws {
        let head = try ScriptedServer { client in
            _ = client.next()
            client.say("HTTP/1.1 200 OK\r\n")
            while client.say("X-Header: \(String(repeating: "x", count: 2_000))\r\n") {}
        }
        let headReport = try self.inspect(head, limits(.seconds(4)))
        #expect(headReport.verdict == .down(.protocolError) && headReport.took < .seconds(2))
        let tag = try ScriptedServer { client in
            _ = client.next()
            client.say(Self.good)
            client.say(FLVMaker.header + [9, 0xff, 0xff, 0xff])
            while client.say([UInt8](repeating: 0, count: 65_536)) {}
        }
        let tagReport = try self.inspect(tag, limits(.seconds(4)))
        #expect(tagReport.verdict == .down(.protocolError) && tagReport.took < .seconds(2))
    }

    @Test(
        "credentials are offered once, by the strongest way, and one that refuses for ever is asked no third time"
    )
    func refusesForEver() throws {
        let server = try ScriptedServer { client in
            while client.next() != nil {
                client.say(
                    "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"x\"\r\n"
                        + "WWW-Authenticate: Digest realm=\"x\", nonce=\"1\", qop=\"auth\", algorithm=SHA-256\r\n"
                        + "Content-Length: 2\r\n\r\nno"
                )
            }
        }
        let report = try self.inspect(server)
        #expect(report.verdict == .abnormal(.authenticationFailed) && report.failedStage == .auth)
        #expect(server.count("GET") == 2)
        let offered = server.requests.withLock { $0.last?.header("Authorization") ?? "" }
        #expect(offered.hasPrefix("Digest ") && offered.contains("uri=\"/live.flv\""))
        #expect(offered.contains("algorithm=SHA-256"))
    }

    @Test("being sent round in circles ends, and credentials do not go along to another host")
    func redirects() throws {
        let circle = try ScriptedServer { client in
            while client.next() != nil {
                client.say("HTTP/1.1 302 Found\r\nLocation: /again.flv\r\nContent-Length: 0\r\n\r\n")
            }
        }
        #expect(try self.inspect(circle).verdict == .down(.protocolError))
        #expect(circle.count("GET") == 6)
        let other = try ScriptedServer { client in
            while client.next() != nil {
                client.say(
                    "HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\n\r\n"
                )
            }
        }
        let port = other.port
        let sender = try ScriptedServer { client in
            _ = client.next()
            client.say(
                "HTTP/1.1 302 Found\r\nLocation: http://localhost:\(port)/x.flv\r\nContent-Length: 0\r\n\r\n"
            )
        }
        let report = try self.inspect(sender, limits(.seconds(4)))
        #expect(report.verdict == .abnormal(.authenticationFailed) && report.failedStage == .auth)
        #expect(report.detail == "it wants credentials; sent on to http://localhost:\(port)/x.flv")
        #expect(other.requests.withLock { $0.allSatisfy { $0.header("Authorization") == nil } })
    }

    @Test("locked out and busy are told apart from refused")
    func refusals() throws {
        for (status, verdict) in [
            ("401 Locked", MediaVerdict.unknown(.lockedOut)), ("429 Too Many Requests", .unknown(.lockedOut)),
            ("502 Bad Gateway", .unknown(.busy)), ("410 Gone", .down(.notFound)),
            ("400 Bad", .down(.protocolError)),
        ] {
            let server = try ScriptedServer { client in
                while client.next() != nil {
                    client.say(
                        "HTTP/1.1 \(status)\r\nWWW-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\n\r\n"
                    )
                }
            }
            #expect(try self.inspect(server).verdict == verdict, "\(status)")
        }
    }

    @Test("a probe that is told to stop leaves at once")
    func cancelled() throws {
        let cancellation = try MediaCancellation()
        let server = try ScriptedServer { client in
            _ = client.next()
            client.say(Self.good)
            cancellation.cancel()
            client.listenSilently()
        }
        let report = try self.inspect(server, limits(.seconds(10)), cancellation: cancellation)
        #expect(report.verdict == .unknown(.collectorGap) && report.took < .seconds(2))
    }
}
