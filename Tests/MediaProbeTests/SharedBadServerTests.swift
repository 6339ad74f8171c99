import Foundation
import Testing

@testable import MediaProbe

@Suite("The shared servers that misbehave", .serialized)
struct SharedBadServerTests {
    /// What each of the seven ways looks like to each protocol, and at which stage.
    private static let findings: [(address: String, verdicts: [MediaVerdict], stages: [MediaStage])] = [
        (
            "rtsp:/camera",
            [
                .down(.timeout), .down(.timeout), .down(.timeout), .down(.noMedia), .unknown(.busy),
                .abnormal(.authenticationFailed), .down(.protocolError),
            ],
            [.describe, .connect, .describe, .firstPacket, .describe, .auth, .describe]
        ),
        (
            "rtsps:/camera",
            // Those that wait for an empty line find none in a handshake; of the drip no whole record comes in time.
            [
                .down(.timeout), .down(.timeout), .down(.timeout), .down(.timeout), .down(.timeout),
                .down(.timeout), .down(.tlsFailed),
            ],
            [.tls, .connect, .tls, .tls, .tls, .tls, .tls]
        ),
        (
            "http:/camera.flv",
            [.down(.timeout), .down(.timeout)] + [MediaVerdict](repeating: .down(.protocolError), count: 5),
            [.play, .connect, .play, .play, .play, .play, .play]
        ),
        (
            "http:/camera.m3u8",
            [.down(.timeout), .down(.timeout)] + [MediaVerdict](repeating: .down(.protocolError), count: 5),
            [.playlist, .connect, .playlist, .playlist, .playlist, .playlist, .playlist]
        ),
        (
            "rtmp:/live/camera",
            // Those that wait for an empty line find none in a handshake, and are silent.
            [
                .down(.timeout), .down(.timeout), .down(.protocolError), .down(.timeout), .down(.timeout),
                .down(.timeout), .down(.protocolError),
            ],
            [.setup, .connect, .setup, .setup, .setup, .setup, .setup]
        ),
    ]

    @Test("each of the seven ways ends with its cause at its deadline, whatever is spoken")
    func sevenWays() throws {
        let root = RealCamera.folder.deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let script = root.appending(path: "../shared/data/video/tools/bad_servers.py").standardized
        guard FileManager.default.fileExists(atPath: script.path) else {
            print("NOT TRIED: \(script.lastPathComponent) is not at hand beside this folder")
            return
        }
        let base = try freePorts(7)
        let process = try ChildProcess(["/usr/bin/python3", script.path, String(base)])
        try #require(process.wait(for: "ready") != nil)
        for (address, verdicts, stages) in Self.findings {
            let parts = address.split(separator: ":")
            for (offset, verdict) in verdicts.enumerated() {
                let port = Int(base) + offset
                let target = try MediaTarget("\(parts[0])://u:p@127.0.0.1:\(port)\(parts[1])")
                // It says that it is ready before every one of its threads listens.
                var report = MediaProber().inspect(target, limits: .brief())
                let patience = ContinuousClock.now + .seconds(10)
                while report.verdict == .down(.refused), ContinuousClock.now < patience {
                    report = MediaProber().inspect(target, limits: .brief())
                }
                #expect(report.verdict == verdict, "\(address), server \(offset): \(report.detail ?? "")")
                #expect(report.failedStage == stages[offset], "\(address), server \(offset)")
                #expect(report.took < .milliseconds(900), "\(address), server \(offset)")
            }
        }
    }

    /// The first of so many neighbouring ports that were free a moment ago.
    private func freePorts(_ count: UInt16) throws -> UInt16 {
        while true {
            let base = try ScriptedServer { _ in }.port
            guard base < 60_000 else { continue }
            return base
        }
    }
}
