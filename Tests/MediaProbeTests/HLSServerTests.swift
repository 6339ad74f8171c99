import Foundation
import Synchronization
import Testing

@testable import MediaProbe

@Suite("HLS from real servers", .serialized)
struct RealHLSTests {
    private let prober = MediaProber()

    /// ffmpeg's HLS of a clip, into the folder that nginx serves.
    private func make(_ web: RealWeb, _ clip: String, _ arguments: [String]) throws {
        try Clips.run(
            ["/usr/bin/ffmpeg", "-nostdin", "-v", "error", "-i", try Clips.file(clip).path, "-c", "copy"]
                + ["-f", "hls", "-hls_time", "1", "-hls_playlist_type", "vod"] + arguments
        )
    }

    @Test(
        "recordings in transport streams, in MP4, in ranges of one file and behind a master playlist are up"
    )
    func recordings() throws {
        let web = try RealWeb()
        let hls = web.folder.url.appending(path: "hls").path
        try self.make(web, "h264.ts", ["\(hls)/ts.m3u8"])
        try self.make(
            web,
            "h265.mp4",
            [
                "-hls_segment_type", "fmp4", "-tag:v", "hvc1", "-hls_fmp4_init_filename", "i.mp4",
                "\(hls)/mp4.m3u8",
            ]
        )
        try self.make(web, "h265.ts", ["\(hls)/ts5.m3u8"])
        try self.make(
            web,
            "h264.mp4",
            ["-hls_segment_type", "fmp4", "-hls_fmp4_init_filename", "i4.mp4", "\(hls)/mp4a.m3u8"]
        )
        try self.make(web, "h264.ts", ["-hls_flags", "single_file", "\(hls)/ranges.m3u8"])
        try self.make(
            web,
            "h264.mp4",
            ["-hls_segment_type", "fmp4", "-hls_flags", "single_file", "\(hls)/ranges4.m3u8"]
        )
        try web.folder.write(
            "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=900000,CODECS=\"avc1.42c00d,mp4a.40.2\"\nts.m3u8\n",
            to: "hls/master.m3u8"
        )
        for (name, codec) in [
            ("ts", "h264"), ("mp4", "h265"), ("ts5", "h265"), ("mp4a", "h264"), ("ranges", "h264"),
            ("ranges4", "h264"), ("master", "h264"),
        ] {
            let report = self.prober.inspect(try MediaTarget(web.address("/hls/\(name).m3u8")))
            #expect(report.verdict == .up, "\(name): \(report.detail ?? "")")
            #expect(report.codec == codec && report.width == 320 && report.height == 240, "\(name)")
            let stages = report.stages.map(\.stage)
            #expect(
                stages.prefix(2) == [.connect, .playlist] && stages.suffix(2) == [.segment, .firstKeyFrame]
            )
        }
        let target = try MediaTarget(web.address("/hls/mp4.m3u8"))
        let measured = self.prober.inspect(target, limits: .quality(window: .seconds(3)))
        #expect(measured.verdict == .up && measured.audio == "AAC", "\(measured.detail ?? "")")
        #expect(abs((measured.framesPerSecond ?? 0) - 25) < 1 && measured.timestampJumps == 0)
        #expect(abs((measured.keyFrameInterval?.inSeconds ?? 0) - 1) < 0.05)
        #expect((measured.kilobitsPerSecond ?? 0) > 10 && measured.took < .seconds(2))
    }

    @Test(
        "a live camera is up by its newest segment; left behind, its playlist is stale, its segments gone or not"
    )
    func live() throws {
        let web = try RealWeb()
        let publisher = try web.publish("cam")
        let target = try MediaTarget(web.address("/hls/cam.m3u8"))
        var report = self.prober.inspect(target)
        let patience = ContinuousClock.now + .seconds(20)
        while report.verdict != .up, ContinuousClock.now < patience { report = self.prober.inspect(target) }
        #expect(report.verdict == .up, "\(report.detail ?? "")")
        #expect(report.codec == "h264" && report.width == 320 && report.learned.playlist != nil)
        // What it looks like a minute after its maker died.
        let hls = web.folder.url.appending(path: "hls")
        try FileManager.default.copyItem(
            at: hls.appending(path: "cam.m3u8"),
            to: hls.appending(path: "left.m3u8")
        )
        withExtendedLifetime(publisher) {}
        func leave() throws {
            let left = Date(timeIntervalSinceNow: -60)
            let path = hls.appending(path: "left.m3u8").path
            try FileManager.default.setAttributes([.modificationDate: left], ofItemAtPath: path)
        }
        try leave()
        let copy = try MediaTarget(web.address("/hls/left.m3u8"))
        let stale = self.prober.inspect(copy)
        #expect(stale.verdict == .down(.stalePlaylist) && stale.failedStage == .playlist, "\(stale)")
        #expect(stale.took < .seconds(8))
        let text = "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nnone.ts\n"
        try web.folder.write(text, to: "hls/left.m3u8")
        let gone = self.prober.inspect(copy)
        #expect(gone.verdict == .down(.notFound) && gone.failedStage == .segment)
        try leave()
        #expect(self.prober.inspect(copy).verdict == .down(.stalePlaylist))
    }

    @Test("a bare transport stream over HTTP is up")
    func bareStream() throws {
        let web = try RealWeb()
        let report = self.prober.inspect(try MediaTarget(web.address("/paced/h265.ts")))
        #expect(
            report.verdict == .up && report.codec == "h265" && report.width == 320,
            "\(report.detail ?? "")"
        )
    }
}

@Suite("Playlists that misbehave", .serialized)
struct StubbornHLSTests {
    private func inspect(
        _ total: Duration = .seconds(3),
        hints: MediaHints = MediaHints(),
        answers: @escaping @Sendable (String) -> [UInt8]?
    ) throws -> (MediaReport, ScriptedServer) {
        let server = try ScriptedServer { client in
            while let request = client.next() {
                guard let body = answers(request.uri) else { continue }
                client.say("HTTP/1.1 200 OK\r\nContent-Length: \(body.count)\r\n\r\n")
                client.say(body)
            }
        }
        var limits = MediaLimits(total: total)
        limits.farewell = .milliseconds(100)
        limits.playlistByteCount = 10_000
        var target = try MediaTarget("http://u:s3cr3t!pass@127.0.0.1:\(server.port)/live.m3u8?token=t0k3n")
        target.hints = hints
        let report = MediaProber().inspect(target, limits: limits)
        #expect(report.took < limits.total + .milliseconds(250))
        try expectNoSecret("s3cr3t!pass", in: report, target)
        try expectNoSecret("t0k3n", in: report, target)
        return (report, server)
    }

    @Test("each fault of a playlist or a segment has its cause and its stage")
    func faults() throws {
        let header = "#EXTM3U\n#EXT-X-TARGETDURATION:1\n"
        let recorded = header + "#EXTINF:1,\na\n#EXT-X-ENDLIST\n"
        let cases: [(String, segment: [UInt8]?, MediaVerdict, MediaStage)] = [
            (header, nil, .down(.noMedia), .playlist),
            (header + "#EXTINF:1,\ngopher://h/a\n", nil, .down(.protocolError), .playlist),
            (
                header + "#EXT-X-KEY:METHOD=AES-128,URI=\"k\"\n#EXTINF:1,\na\n", nil,
                .abnormal(.unsupportedCodec), .playlist
            ),
            (
                "#EXTM3U\n#EXT-X-STREAM-INF:CODECS=\"av01.0\"\nx\n", nil, .abnormal(.unsupportedCodec),
                .playlist
            ),
            ("#EXTM3U\n#EXT-X-STREAM-INF:CODECS=\"mp4a.40.2\"\nx\n", nil, .down(.noMedia), .playlist),
            ("#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nlive.m3u8\n", nil, .down(.protocolError), .playlist),
            (header + String(repeating: "#\n", count: 9_000), nil, .down(.protocolError), .playlist),
            (recorded, Array("<html>login</html>".utf8), .down(.protocolError), .segment),
            (recorded, Array("ID3\u{4}aaaaaaaaaaaa".utf8), .down(.noMedia), .segment),
            (recorded, [], .down(.noMedia), .segment),
        ]
        for (text, segment, verdict, stage) in cases {
            let (report, _) = try self.inspect { $0.hasPrefix("/live") ? Array(text.utf8) : segment }
            #expect(report.verdict == verdict && report.failedStage == stage, "\(text.prefix(80)): \(report)")
        }
    }

    @Test(
        "a segment that never comes is timed out; a live playlist that stands still is stale by the second look or by memory"
    )
    func stillness() throws {
        let recorded = "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\na\n#EXT-X-ENDLIST\n"
        let (hung, _) = try self.inspect(.seconds(1)) { $0.hasPrefix("/live") ? Array(recorded.utf8) : nil }
        #expect(hung.verdict == .down(.timeout) && hung.failedStage == .segment)
        let clip = try Clips.bytes("h264.ts")
        let live = "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXT-X-MEDIA-SEQUENCE:7\n#EXTINF:1,\na\n"
        let (still, server) = try self.inspect(.seconds(6)) {
            $0.hasPrefix("/live") ? Array(live.utf8) : clip
        }
        #expect(still.verdict == .down(.stalePlaylist) && still.failedStage == .playlist)
        #expect(still.codec == "h264" && still.took > .seconds(3) && still.took < .seconds(4))
        #expect(server.requests.withLock { $0.count { $0.uri.hasPrefix("/live") } } > 3)
        // Too little time to tell: up, and remembered.
        let (short, _) = try self.inspect(.seconds(2)) { $0.hasPrefix("/live") ? Array(live.utf8) : clip }
        #expect(short.verdict == .up && short.took < .seconds(1))
        let mark = try #require(short.learned.playlist)
        let since = ContinuousClock.now - .seconds(30)
        let known = MediaHints(
            playlist: PlaylistMark(number: mark.number, address: mark.address, since: since)
        )
        let (remembered, _) = try self.inspect(hints: known) {
            $0.hasPrefix("/live") ? Array(live.utf8) : clip
        }
        #expect(remembered.verdict == .down(.stalePlaylist) && remembered.took < .seconds(1))
    }
}
