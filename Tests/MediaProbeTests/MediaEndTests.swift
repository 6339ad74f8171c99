import Foundation
import Synchronization
import Testing

@testable import MediaProbe

@Suite("Media that stops within its window", .serialized)
struct MediaEndTests {
    private let start = ContinuousClock.now

    private func limits(_ window: Duration, total: Duration = .seconds(6)) -> MediaLimits {
        var limits = MediaLimits.brief(total)
        limits.window = window
        return limits
    }

    private func inspect(
        _ server: ScriptedServer,
        _ limits: MediaLimits,
        scheme: String = "rtsp",
        over transport: MediaTransport = .tcp,
        cancellation: MediaCancellation? = nil
    ) throws -> MediaReport {
        var target = try MediaTarget("\(scheme)://127.0.0.1:\(server.port)/camera")
        target.hints.transport = transport
        return MediaProber().inspect(target, limits: limits, cancellation: cancellation)
    }

    /// A key frame and others, 40 ms apart by the stream's clock and all at once by ours.
    private static func burst(_ count: Int, from first: Int = 0) -> [UInt8] {
        (first..<first + count).flatMap { index in
            let timestamp = UInt32(index) * 3_600
            guard index > 0 else { return keyFrame(timestamp: timestamp) }
            return packet(
                sequence: UInt16(index + 2),
                marker: true,
                timestamp: timestamp,
                payload: [0x41, 0x9a, 1, 2]
            )
        }
    }

    @Test(
        "silence before the window's end is judged by two seconds or three pictures, whichever is longer",
        arguments: [(6.1, 0.04, false), (5.9, 0.04, true), (2.1, 2, false), (1.9, 2, true)]
    )
    func silence(last: Double, spacing: Double, hasStopped: Bool) {
        let window = MediaWindow(start: self.start, length: .seconds(8))
        let failure = window.failure(
            last: self.start + .seconds(last),
            span: last,
            spacing: .seconds(spacing)
        )
        #expect((failure != nil) == hasStopped)
    }

    @Test(
        "what stopped is named by its moment and the window's length, and a recording that is through is none"
    )
    func words() {
        let window = MediaWindow(start: self.start, length: .seconds(8))
        let last = self.start + .milliseconds(2_440)
        let failure = window.failure(last: last, span: 2.4, spacing: .milliseconds(40))
        #expect(failure?.cause == .noMedia && failure?.detail == "the media stopped after 2.4 of 8 s")
        #expect(window.failure(last: last, span: 8, spacing: .milliseconds(40)) == nil)
        #expect(window.failure(last: last, span: 2.4, spacing: nil) == nil)
        #expect(window.failureOfEnd(last: last, span: 2.4)?.cause == .noMedia)
        #expect(window.failureOfEnd(last: last, span: 9) == nil)
        // A window shorter than the patience just ends.
        let short = MediaWindow(start: self.start, length: .seconds(2))
        #expect(short.failure(last: self.start, span: 0, spacing: .milliseconds(40)) == nil)
    }

    @Test(
        "a camera that falls silent, or closes, in the middle of its window has no media, and what came is measured",
        arguments: [false, true]
    )
    func stops(closes: Bool) throws {
        let server = try ScriptedServer { client in
            guard client.behave(until: "PLAY") else { return }
            client.say(Self.burst(10))
            if !closes { client.listen() }
        }
        let report = try self.inspect(server, self.limits(.milliseconds(2_500)))
        #expect(report.verdict == .down(.noMedia) && report.failedStage == nil)
        #expect(report.detail == "the media stopped after 0.0 of 2.5 s")
        #expect(report.framesPerSecond.map { abs($0 - 25) < 0.1 } == true && report.packetsLost == 0)
        #expect(closes == (report.took < .seconds(2)))
    }

    @Test(
        "a window that our own deadline or a word of ours cuts is no fault of the camera",
        arguments: [false, true]
    )
    func cut(isCancelled: Bool) throws {
        let cancellation = try MediaCancellation()
        let server = try ScriptedServer { client in
            guard client.behave(until: "PLAY") else { return }
            client.say(Self.burst(10))
            _ = DispatchSemaphore(value: 0).wait(timeout: .now() + .milliseconds(300))
            if isCancelled { cancellation.cancel() }
            client.listen()
        }
        let total = Duration.milliseconds(isCancelled ? 9_000 : 2_800)
        let limits = self.limits(.seconds(8), total: total)
        let report = try self.inspect(server, limits, cancellation: cancellation)
        #expect(report.verdict == .up && report.framesPerSecond != nil, "\(report.detail ?? "")")
        #expect(report.took < .seconds(3))
    }

    @Test(
        "FLV over HTTP that falls silent or closes within the window has no media; one that was announced as so long is through",
        arguments: [("", false), ("", true), ("Content-Length: ", true)]
    )
    func overHTTP(header: String, closes: Bool) throws {
        let media = FLVMaker.small(pictures: 10)
        let length = header.isEmpty ? "" : "\(header)\(media.count)\r\n"
        let server = try ScriptedServer { client in
            _ = client.next()
            client.say("HTTP/1.1 200 OK\r\nContent-Type: video/x-flv\r\n\(length)\r\n")
            client.say(media)
            if !closes { client.listenSilently() }
        }
        let report = try self.inspect(server, self.limits(.milliseconds(2_500)), scheme: "http")
        let isRecording = !header.isEmpty
        #expect(report.verdict == (isRecording ? .up : .down(.noMedia)), "\(report.detail ?? "")")
        #expect(isRecording || report.detail == "the media stopped after 0.0 of 2.5 s")
    }

    @Test("media that covers the window by its own clock may come faster and end")
    func recording() throws {
        let server = try ScriptedServer { client in
            guard client.behave(until: "PLAY") else { return }
            client.say(Self.burst(70))
        }
        let report = try self.inspect(server, self.limits(.milliseconds(2_500)))
        #expect(report.verdict == .up, "\(report.detail ?? "")")
    }

    @Test(
        "over UDP a camera that closes its connection is measured as long as it sends, and its session is given back over another",
        arguments: [false, true]
    )
    func datagramsOutliveConnection(goesOn: Bool) throws {
        let sender = try DatagramSender()
        let port = Mutex<UInt16?>(nil)
        let isPlaying = Mutex(false)
        let server = try ScriptedServer { client in
            if port.withLock({ $0 }) == nil {
                while let request = client.next() {
                    switch request.method {
                    case "DESCRIBE": client.answer(request, body: ScriptedServer.description)
                    case "SETUP":
                        port.withLock { $0 = request.clientPort }
                        let ports = "server_port=\(sender.port)-\(sender.port)"
                        let transport = "Transport: RTP/AVP;unicast;\(ports)\r\n"
                        // A sign of life is due every half second, and cannot be given.
                        client.answer(request, "200 OK", "Session: 4711;timeout=1\r\n" + transport)
                    default: client.answer(request)
                    }
                    if request.method == "PLAY" { break }
                }
                port.withLock { if let port = $0 { sender.send(Self.burst(10), to: port) } }
                isPlaying.withLock { $0 = true }
            } else {
                client.listen()
            }
        }
        let done = Mutex(false)
        let stopped = DispatchSemaphore(value: 0)
        if goesOn {
            // Sends on although its connection is closed.
            Thread {
                let ticks = DispatchSemaphore(value: 0)
                var index = 10
                while !done.withLock({ $0 }), index < 1_000 {
                    _ = ticks.wait(timeout: .now() + .milliseconds(40))
                    guard isPlaying.withLock({ $0 }), let port = port.withLock({ $0 }) else { continue }
                    sender.send(Self.burst(1, from: index), to: port)
                    index += 1
                }
                stopped.signal()
            }.start()
        }
        var limits = self.limits(.milliseconds(2_500))
        limits.farewell = .milliseconds(800)
        let report = try self.inspect(server, limits, over: .udp)
        server.waitUntilLeft()
        server.waitUntilLeft()
        done.withLock { $0 = true }
        if goesOn { stopped.wait() }
        #expect(report.verdict == (goesOn ? .up : .down(.noMedia)), "\(report.detail ?? "")")
        #expect(report.took > .milliseconds(2_400) && report.transport == .udp)
        #expect(server.count("TEARDOWN") == 1)
        #expect(server.requests.withLock { $0.last?.header("Session") } == "4711")
    }
}
