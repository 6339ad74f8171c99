import Foundation
import Synchronization
import Testing

@testable import MediaProbe

@Suite("Live playlists, watched for a while", .serialized)
struct LivePlaylistTests {
    /// What a server answers to a path; nil is 404.
    private func inspect(
        window: Duration? = nil,
        total: Duration = .seconds(20),
        hints: MediaHints = MediaHints(),
        cancellation: MediaCancellation? = nil,
        answers: @escaping @Sendable (String) -> [UInt8]?
    ) throws -> (report: MediaReport, server: ScriptedServer) {
        let server = try ScriptedServer { client in
            while let request = client.next() {
                guard let body = answers(request.uri) else {
                    client.say("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
                    continue
                }
                // Made for this question, as many servers do it.
                let date = "Sun, 06 Nov 1994 08:49:37 GMT"
                client.say(
                    "HTTP/1.1 200 OK\r\nDate: \(date)\r\nLast-Modified: \(date)\r\nContent-Length: \(body.count)\r\n\r\n"
                )
                client.say(body)
            }
        }
        var limits = MediaLimits(total: total)
        limits.window = window
        var target = try MediaTarget("http://127.0.0.1:\(server.port)/live.m3u8")
        target.hints = hints
        let report = MediaProber().inspect(target, limits: limits, cancellation: cancellation)
        #expect(report.took < total + .milliseconds(250))
        return (report, server)
    }

    private static func list(_ numbers: ClosedRange<Int>, _ tags: String = "") -> [UInt8] {
        let segments = numbers.map { "#EXT-X-DISCONTINUITY\n#EXTINF:4,\ns\($0).ts\n" }.joined()
        return Array(
            "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXT-X-MEDIA-SEQUENCE:\(numbers.lowerBound)\n\(segments)\(tags)"
                .utf8
        )
    }

    private func looks(_ server: ScriptedServer) -> Int {
        server.requests.withLock { $0.count { $0.uri == "/live.m3u8" } }
    }

    @Test(
        "a window goes on with segments as they come, asks no more often than it may, and needs no wait when it need not"
    )
    func window() throws {
        let clip = try Clips.bytes("h264.ts")
        let count = Atomic(0)
        let (report, server) = try self.inspect(window: .seconds(9)) { path in
            guard path == "/live.m3u8" else { return clip }
            let looks = count.add(1, ordering: .relaxed).newValue
            return Self.list(3...(2 + looks))
        }
        #expect(report.verdict == .up, "\(report.detail ?? "")")
        #expect(abs((report.framesPerSecond ?? 0) - 25) < 0.5 && report.timestampJumps == 0, "\(report)")
        #expect(self.looks(server) == 3)
        #expect(
            server.requests.withLock { $0.map(\.uri).filter { $0 != "/live.m3u8" } } == [
                "/s3.ts", "/s4.ts", "/s5.ts",
            ]
        )
        #expect(
            report.took > .seconds(1.9)
                && report.stages.map(\.stage) == [.connect, .playlist, .segment, .firstKeyFrame]
        )
        let (short, once) = try self.inspect(window: .seconds(4)) {
            $0 == "/live.m3u8" ? Self.list(3...6) : clip
        }
        #expect(short.verdict == .up && self.looks(once) == 1 && short.took < .seconds(1))
    }

    @Test(
        "a window over a publisher that has just stopped ends as stale, whether the list ends, stands still or is gone"
    )
    func stopped() throws {
        let clip = try Clips.bytes("h264.ts")
        let (still, server) = try self.inspect(window: .seconds(15)) {
            $0 == "/live.m3u8" ? Self.list(3...4) : clip
        }
        #expect(still.verdict == .down(.stalePlaylist) && still.failedStage == .playlist, "\(still)")
        #expect(still.took > .seconds(3) && still.took < .seconds(5) && self.looks(server) <= 8)
        #expect(still.codec == "h264" && (still.framesPerSecond ?? 0) > 20)
        let count = Atomic(0)
        let (ended, _) = try self.inspect(window: .seconds(15)) { path in
            guard path == "/live.m3u8" else { return clip }
            return Self.list(3...4, count.add(1, ordering: .relaxed).oldValue > 0 ? "#EXT-X-ENDLIST\n" : "")
        }
        #expect(ended.verdict == .down(.stalePlaylist) && ended.took < .seconds(2))
        #expect(ended.detail == "the playlist was live and has ended")
        // Already over when it is first asked for: a list that let go of segments was live.
        let (over, _) = try self.inspect(window: .seconds(15)) {
            $0 == "/live.m3u8" ? Self.list(3...4, "#EXT-X-ENDLIST\n") : clip
        }
        #expect(over.verdict == .down(.stalePlaylist) && over.failedStage == .playlist)
        #expect(over.took < .seconds(2) && over.codec == "h264")
        let looks = Atomic(0)
        let (gone, _) = try self.inspect(window: .seconds(15)) { path in
            guard path == "/live.m3u8" else { return clip }
            return looks.add(1, ordering: .relaxed).oldValue > 0 ? nil : Self.list(3...4)
        }
        #expect(gone.verdict == .down(.notFound) && gone.failedStage == .playlist && gone.took > .seconds(3))
    }

    @Test(
        "a window ends at the probe's own limit with what was measured, and at once when it is told to stop"
    )
    func limits() throws {
        let clip = try Clips.bytes("h264.ts")
        let (late, _) = try self.inspect(window: .seconds(15), total: .seconds(2)) {
            $0 == "/live.m3u8" ? Self.list(3...4) : clip
        }
        #expect(late.verdict == .up && (late.framesPerSecond ?? 0) > 20 && late.learned.playlist != nil)
        let cancellation = try MediaCancellation()
        let count = Atomic(0)
        let (stopped, _) = try self.inspect(window: .seconds(15), cancellation: cancellation) { path in
            guard path == "/live.m3u8" else { return clip }
            if count.add(1, ordering: .relaxed).oldValue > 0 { cancellation.cancel() }
            return Self.list(3...4)
        }
        #expect(stopped.verdict == .unknown(.collectorGap) && stopped.took < .seconds(3))
    }

    @Test(
        "a newest segment that is not there yet leads to the one before; only when none is there it is not found"
    )
    func notYetThere() throws {
        let clip = try Clips.bytes("h264.ts")
        let (report, server) = try self.inspect { path in
            switch path {
            case "/live.m3u8": Self.list(3...6)
            case "/s6.ts": nil
            default: clip
            }
        }
        #expect(report.verdict == .up && report.width == 320, "\(report.detail ?? "")")
        #expect(server.requests.withLock { $0.last?.uri } == "/s5.ts")
        let (none, asked) = try self.inspect { $0 == "/live.m3u8" ? Self.list(3...6) : nil }
        #expect(none.verdict == .down(.notFound) && none.failedStage == .segment && asked.count("GET") == 4)
    }

    @Test(
        "a camera whose push stopped is stale at the next probe, although its playlist says that it ended in order"
    )
    func nextProbe() throws {
        let clip = try Clips.bytes("h264.ts")
        let (live, _) = try self.inspect { $0 == "/live.m3u8" ? Self.list(0...2) : clip }
        #expect(live.verdict == .up)
        let (ended, _) = try self.inspect(hints: live.learned) {
            $0 == "/live.m3u8" ? Self.list(0...2, "#EXT-X-ENDLIST\n") : clip
        }
        #expect(ended.verdict == .down(.stalePlaylist) && ended.failedStage == .playlist)
        let (recording, _) = try self.inspect {
            $0 == "/live.m3u8" ? Self.list(0...2, "#EXT-X-ENDLIST\n") : clip
        }
        #expect(recording.verdict == .up)
        let (again, _) = try self.inspect(hints: recording.learned) {
            $0 == "/live.m3u8" ? Self.list(0...2, "#EXT-X-ENDLIST\n") : clip
        }
        #expect(again.verdict == .up)
    }

    @Test("what ffmpeg leaves behind of a live playlist is stale once it is old, and its recording is up")
    func leftBehind() throws {
        let web = try RealWeb()
        let hls = web.folder.url.appending(path: "hls").path
        for (name, size) in [("live", "2"), ("whole", "0")] {
            try Clips.run(
                [
                    "/usr/bin/ffmpeg", "-nostdin", "-v", "error", "-i", try Clips.file("h264.ts").path, "-c",
                    "copy",
                ]
                    + ["-f", "hls", "-hls_time", "1", "-hls_list_size", size, "\(hls)/\(name).m3u8"]
            )
            let old = Date(timeIntervalSinceNow: -60)
            try FileManager.default.setAttributes(
                [.modificationDate: old],
                ofItemAtPath: "\(hls)/\(name).m3u8"
            )
            #expect(
                try String(contentsOfFile: "\(hls)/\(name).m3u8", encoding: .utf8).contains("#EXT-X-ENDLIST")
            )
        }
        let live = MediaProber().inspect(try MediaTarget(web.address("/hls/live.m3u8")))
        #expect(live.verdict == .down(.stalePlaylist) && live.took < .seconds(1), "\(live)")
        let whole = MediaProber().inspect(try MediaTarget(web.address("/hls/whole.m3u8")))
        #expect(whole.verdict == .up, "\(whole)")
    }
}
