import Foundation
import Synchronization
import Testing

@testable import MediaProbe

/// Against GStreamer's RTSP server, each in a process of its own.
@Suite("Real cameras", .serialized)
struct RealCameraTests {
    private let prober = MediaProber()
    private let secret = "p@ss w0rd:/?"
    private let encodedUser = "op%65rator:p%40ss%20w0rd%3A%2F%3F"

    private func probe(_ camera: RealCamera, _ limits: MediaLimits = .availability) throws -> MediaReport {
        self.prober.inspect(try MediaTarget(camera.address()), limits: limits)
    }

    @Test(
        "a key frame of each codec comes over TCP, with size and profile, and the session is given back",
        arguments: [VideoCodec.h264, .h265]
    )
    func overTCP(codec: VideoCodec) throws {
        let camera = try RealCamera("--codec", codec.rawValue, "--sound")
        var limits = MediaLimits.availability
        limits.keepsKeyFrame = true
        let report = try self.probe(camera, limits)
        #expect(report.verdict == .up, "\(report.detail ?? "")")
        #expect(report.transport == .tcp)
        #expect(report.codec == codec.rawValue)
        #expect(report.width == 320 && report.height == 240)
        #expect(report.profile == (codec == .h264 ? "Constrained Baseline" : "Main"))
        #expect(report.framesPerSecond == 25)
        #expect(report.audio == "PCMA")
        #expect(report.packetsLost == 0)
        #expect(
            report.stages.map(\.stage) == [.connect, .describe, .setup, .play, .firstPacket, .firstKeyFrame]
        )
        let frame = try #require(report.keyFrame)
        #expect(frame.bytes.starts(with: [0, 0, 0, 1]) && frame.bytes.count > 1_000)
        let size = try decodedSize(frame)
        #expect(size == "320x240")
        #expect(camera.process.wait(for: "teardown") != nil)
    }

    @Test(
        "a camera without TCP (461) is watched over UDP, and that is remembered",
        arguments: [VideoCodec.h264, .h265]
    )
    func overUDP(codec: VideoCodec) throws {
        let camera = try RealCamera("--udp-only", "--codec", codec.rawValue)
        let report = try self.probe(camera)
        #expect(report.verdict == .up, "\(report.detail ?? "")")
        #expect(report.transport == .udp)
        #expect(report.learned.transport == .udp)
        var target = try MediaTarget(camera.address())
        target.hints = report.learned
        #expect(self.prober.inspect(target).verdict == .up)
    }

    @Test(
        "the right password opens, by Basic and by Digest; a wrong one is said to be wrong and tried once",
        arguments: ["basic", "digest"],
        [VideoCodec.h264, .h265]
    )
    func authentication(scheme: String, codec: VideoCodec) throws {
        let camera = try RealCamera(
            "--auth",
            scheme,
            "--codec",
            codec.rawValue,
            credential: "operator \(self.secret)"
        )
        let target = try MediaTarget(camera.address(user: self.encodedUser))
        let report = self.prober.inspect(target)
        #expect(report.verdict == .up, "\(report.detail ?? "")")
        #expect(report.codec == codec.rawValue && report.width == 320 && report.height == 240)
        #expect(report.stages.map(\.stage).prefix(3) == [.connect, .auth, .describe])
        try expectNoSecret(self.secret, in: report, target)
        try expectNoSecret("p%40ss", in: report, target)
        let wrong = try MediaTarget(camera.address(user: "operator:nonsense"))
        let refused = self.prober.inspect(wrong)
        #expect(refused.verdict == .abnormal(.authenticationFailed))
        #expect(refused.failedStage == .auth)
        let unnamed = try self.probe(camera)
        #expect(unnamed.verdict == .abnormal(.authenticationFailed))
        #expect(unnamed.detail == "it wants credentials")
    }

    @Test("a path that is not there is not found; another codec is unsupported and named")
    func otherAnswers() throws {
        let camera = try RealCamera("--codec", "jpeg")
        let report = try self.probe(camera)
        #expect(report.verdict == .abnormal(.unsupportedCodec))
        #expect(report.codec == "jpeg")
        let missing = self.prober.inspect(try MediaTarget(camera.address("/other")))
        #expect(missing.verdict == .down(.notFound))
        #expect(missing.failedStage == .describe)
    }

    @Test("a window measures rate, key-frame interval, steadiness, jitter and the camera's clock")
    func window() throws {
        let camera = try RealCamera("--rate", "10", "--key", "5")
        // The first sender report comes up to 2.5 s x 1.5 / 1.218 = 3.1 s after the start (RFC 3550, 6.3.1).
        let report = try self.probe(camera, .quality(window: .seconds(5)))
        #expect(report.verdict == .up, "\(report.detail ?? "")")
        #expect(abs((report.framesPerSecond ?? 0) - 10) < 1)
        let interval = try #require(report.keyFrameInterval)
        #expect(abs(interval.inSeconds - 0.5) < 0.06)
        #expect((report.kilobitsPerSecond ?? 0) > 20)
        #expect(report.fluctuation?.key != nil && report.fluctuation?.predicted != nil)
        #expect(report.packetsLost == 0 && report.timestampJumps == 0)
        #expect((report.jitter ?? .seconds(9)) < .milliseconds(200))
        let clock = try #require(report.cameraClock)
        #expect(abs(clock.aheadMilliseconds) < 2_000)
        #expect(report.took >= .seconds(5) && report.took < .seconds(10))
    }

    @Test(
        "measured loss is what the server dropped between the same two packets, which is as much as it should",
        arguments: ["tcp", "udp"],
        [VideoCodec.h264, .h265]
    )
    func loss(transport: String, codec: VideoCodec) throws {
        let rate = 0.02
        let camera = try RealCamera("--loss", "\(rate)", "--seed", "7", "--codec", codec.rawValue)
        var target = try MediaTarget(camera.address())
        target.hints.transport = MediaTransport(rawValue: transport)
        let report = self.prober.inspect(target, limits: .quality(window: .seconds(4)))
        #expect(report.verdict == .up, "\(report.detail ?? "")")
        #expect(report.transport?.rawValue == transport)
        let first = try #require(report.firstSequence)
        let expected = try #require(report.packetsExpected)
        let line = try #require(camera.process.wait(for: "dropped "))
        let dropped = line.split(separator: " ").dropFirst().compactMap { UInt16($0) }
        let inRange = dropped.filter { Int($0 &- first) < expected }
        print(
            "\(transport) \(codec.rawValue): \(expected) expected, \(report.packetsLost ?? -1) lost, \(inRange.count) dropped"
        )
        #expect(expected > 100)
        #expect(!inRange.isEmpty)
        #expect(abs((report.packetsLost ?? -9) - inRange.count) <= 1)
        // Within four standard deviations of a binomial draw.
        let (mean, count) = (rate * Double(expected), Double(report.packetsLost ?? 0))
        #expect(abs(count - mean) <= 4 * (mean * (1 - rate)).squareRoot())
        #expect(report.packetsDuplicated == 0)
    }

    @Test(
        "VLC, which knows no TCP (461), is watched over UDP to the first key frame",
        arguments: [VideoCodec.h264, .h265]
    )
    func vlc(codec: VideoCodec) throws {
        let port = try freePort()
        let address = "rtsp://127.0.0.1:\(port)/live"
        let vlc = try startVLC(
            [
                try Clips.file("\(codec.rawValue).ts").path, "--sout-keep", "--sout",
                "#rtp{sdp=\(address),proto=udp}",
            ]
        )
        try #require(waitUntilOpen(port))
        // Its port is open before it has read what it shall play.
        var report = self.prober.inspect(try MediaTarget(address))
        let patience = ContinuousClock.now + .seconds(10)
        while report.failedStage == .describe, ContinuousClock.now < patience {
            report = self.prober.inspect(try MediaTarget(address))
        }
        withExtendedLifetime(vlc) {}
        #expect(report.verdict == .up, "\(report.detail ?? "")")
        #expect(report.transport == .udp)
        #expect(report.codec == codec.rawValue && report.width == 320 && report.height == 240)
    }

    @Test(
        "a server that is stopped is timed out in DESCRIBE, although its host still accepts",
        arguments: [VideoCodec.h264, .h265]
    )
    func stopped(codec: VideoCodec) throws {
        let camera = try RealCamera("--codec", codec.rawValue)
        #expect(try self.probe(camera).verdict == .up)
        camera.process.stop()
        let report = try self.probe(camera, MediaLimits(total: .seconds(1)))
        #expect(report.verdict == .down(.timeout))
        #expect(report.failedStage == .describe)
        #expect(report.took < .milliseconds(1_300))
    }

    @Test(
        "a server that is stopped while it plays costs no more than the limit, over TCP and over UDP",
        arguments: [VideoCodec.h264, .h265],
        [[], ["--udp-only"]]
    )
    func stoppedWhilePlaying(codec: VideoCodec, transport: [String]) throws {
        let camera = try RealCamera(["--codec", codec.rawValue] + transport)
        let target = try MediaTarget(camera.address())
        var limits = MediaLimits.quality(window: .seconds(2))
        limits.total = .seconds(3)
        let taken = Mutex<MediaReport?>(nil)
        let done = DispatchSemaphore(value: 0)
        Thread { [limits] in
            let report = MediaProber().inspect(target, limits: limits)
            taken.withLock { $0 = report }
            done.signal()
        }.start()
        #expect(camera.process.wait(for: "play") != nil)
        camera.process.stop()
        done.wait()
        let report = try #require(taken.withLock { $0 })
        #expect(report.took < .milliseconds(3_300))
        #expect(report.stages.map(\.stage).contains(.play))
        // Up when a key frame had come by then; else by what had: no answer, no packet, or no key frame.
        let causes: [MediaStage: MediaVerdict] = [
            .play: .down(.timeout), .firstPacket: .down(.noMedia), .firstKeyFrame: .down(.noKeyFrame),
        ]
        #expect(report.verdict == report.failedStage.map { causes[$0] } ?? .up, "\(report)")
    }

    @Test(
        "a server that is stopped a while into its window has no media, over TCP and over UDP",
        arguments: [[], ["--udp-only"]]
    )
    func stoppedInWindow(transport: [String]) throws {
        let camera = try RealCamera(transport)
        let target = try MediaTarget(camera.address())
        let taken = Mutex<MediaReport?>(nil)
        let done = DispatchSemaphore(value: 0)
        Thread {
            let report = MediaProber().inspect(target, limits: .quality(window: .seconds(6)))
            taken.withLock { $0 = report }
            done.signal()
        }.start()
        #expect(camera.process.wait(for: "play") != nil)
        _ = DispatchSemaphore(value: 0).wait(timeout: .now() + .seconds(2))
        camera.process.stop()
        done.wait()
        let report = try #require(taken.withLock { $0 })
        #expect(report.verdict == .down(.noMedia), "\(report)")
        #expect(report.detail?.hasPrefix("the media stopped after ") == true)
        #expect(report.detail?.hasSuffix(" of 6 s") == true && report.framesPerSecond != nil)
    }

    @Test("every session that was opened is closed again")
    func givesBack() throws {
        let camera = try RealCamera()
        for _ in 0..<5 { #expect(try self.probe(camera).verdict == .up) }
        #expect(camera.process.wait(for: 5, of: "teardown"))
        #expect(camera.process.lines.count { $0 == "play" } == 5)
    }

    @Test(
        "over TLS a certificate of its own making is refused, or reported, as the policy says",
        arguments: [VideoCodec.h264, .h265]
    )
    func protected(codec: VideoCodec) throws {
        let folder = try TemporaryFolder()
        let (certificate, key) = try makeCertificate(in: folder)
        let camera = try RealCamera("--tls", certificate, key, "--codec", codec.rawValue)
        let address = camera.address(scheme: "rtsps")
        let strict = self.prober.inspect(try MediaTarget(address))
        #expect(strict.verdict == .abnormal(.certificateInvalid))
        #expect(strict.failedStage == .tls)
        let lenient = self.prober.inspect(try MediaTarget(address, certificatePolicy: .reportOnly))
        #expect(lenient.verdict == .up, "\(lenient.detail ?? "")")
        #expect(lenient.certificateVerified == false)
        let trusting = MediaProber(authorities: certificate)
        let trusted = trusting.inspect(try MediaTarget(address))
        #expect(trusted.verdict == .up, "\(trusted.detail ?? "")")
        #expect(trusted.certificateVerified == true)
        #expect(trusted.codec == codec.rawValue && trusted.width == 320 && trusted.height == 240)
        #expect(trusted.stages.map(\.stage).prefix(2) == [.connect, .tls])
        camera.process.stop()
        let stopped = trusting.inspect(try MediaTarget(address), limits: MediaLimits(total: .seconds(1)))
        #expect(stopped.verdict == .down(.timeout) && stopped.failedStage == .tls)
        #expect(stopped.took < .milliseconds(1_300))
    }
}

/// What another decoder makes of a key frame.
func decodedSize(_ frame: MediaReport.KeyFrame) throws -> String {
    let file = FileManager.default.temporaryDirectory.appending(
        path: "\(UUID().uuidString).\(frame.codec.rawValue)"
    )
    try Data(frame.bytes).write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    let probe = try ChildProcess([
        "/usr/bin/ffprobe", "-v", "error", "-count_frames", "-select_streams", "v", "-of", "csv=p=0:s=x",
        "-show_entries", "stream=width,height,nb_read_frames", file.path,
    ])
    guard let line = probe.wait(for: "") else { return "nothing" }
    let words = line.split(separator: "x")
    return words.count == 3 && words[2] == "1" ? "\(words[0])x\(words[1])" : line
}
