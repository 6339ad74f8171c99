import Foundation
import Glibc
import Synchronization
import Testing

@testable import MediaProbe

@Suite("RTMP from nginx", .serialized)
struct RealRTMPTests {
    private let prober = MediaProber()

    @Test(
        "recordings in both codecs are up at their first key frame, H.265 as codec 12, and the stream is given back"
    )
    func recordings() throws {
        let web = try RealWeb()
        try Data(FLVMaker.highEfficiency(Clips.bytes("h265.h265"))).write(
            to: web.folder.url.appending(path: "vod/h265.flv")
        )
        for codec in ["h264", "h265"] {
            let report = self.prober.inspect(try MediaTarget(web.rtmp("/vod/\(codec).flv")))
            #expect(report.verdict == .up, "\(report.detail ?? "")")
            #expect(report.codec == codec && report.width == 320 && report.height == 240)
            #expect(
                report.stages.map(\.stage) == [.connect, .setup, .play, .firstPacket, .firstKeyFrame]
            )
            #expect(web.process.wait(containing: "deleteStream") != nil)
        }
    }

    @Test("a live camera is up, its sound is named, and a window measures it")
    func live() throws {
        let web = try RealWeb()
        let publisher = try web.publish("cam")
        let target = try MediaTarget(web.rtmp("/live/cam"))
        let report = self.prober.inspect(target, limits: .quality(window: .seconds(2)))
        #expect(report.verdict == .up, "\(report.detail ?? "")")
        #expect(report.codec == "h264" && report.profile == "Constrained Baseline" && report.audio == "AAC")
        #expect(abs((report.framesPerSecond ?? 0) - 25) < 2 && report.timestampJumps == 0)
        #expect((report.kilobitsPerSecond ?? 0) > 20)
        withExtendedLifetime(publisher) {}
    }

    @Test(
        "what is not pushed is not found; an application that keeps quiet about it sends no media; a stopped one is timed out"
    )
    func missing() throws {
        let web = try RealWeb()
        let missing = self.prober.inspect(try MediaTarget(web.rtmp("/live/nobody")))
        #expect(missing.verdict == .down(.notFound) && missing.failedStage == .play, "\(missing)")
        var short = MediaLimits(total: .seconds(5))
        short.firstPacket = .milliseconds(300)
        let quiet = self.prober.inspect(try MediaTarget(web.rtmp("/quiet/nobody")), limits: short)
        #expect(quiet.verdict == .down(.noMedia) && quiet.failedStage == .firstPacket)
        web.process.stop()
        let stopped = self.prober.inspect(
            try MediaTarget(web.rtmp("/live/x")),
            limits: MediaLimits(total: .seconds(1))
        )
        #expect(stopped.verdict == .down(.timeout) && stopped.failedStage == .setup)
        #expect(stopped.took < .milliseconds(1_300))
    }
}

/// The server's side of an RTMP conversation, as a test wants it.
private final class RTMPTalk {
    private let client: ScriptedServer.Conversation
    private var reader = RTMPChunkReader(byteLimit: 1 << 20)

    /// Shakes hands; nil when the client left.
    init?(_ client: ScriptedServer.Conversation) {
        self.client = client
        var heard: [UInt8] = []
        while heard.count < 1_537 {
            guard let more = Self.hear(client) else { return nil }
            heard += more
        }
        client.say([3] + [UInt8](repeating: 9, count: 1_536) + heard[1..<1_537])
        var rest = Array(heard[1_537...])
        while rest.count < 1_536 {
            guard let more = Self.hear(client) else { return nil }
            rest += more
        }
        #expect(rest[0..<1_536].allSatisfy { $0 == 9 })
        self.reader.append(Array(rest[1_536...]))
    }

    private static func hear(_ client: ScriptedServer.Conversation) -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 4_096)
        let count = recv(client.descriptor, &buffer, buffer.count, 0)
        return count > 0 ? Array(buffer[..<count]) : nil
    }

    /// The next message; nil when the client left.
    func next() -> RTMPMessage? {
        while true {
            if let message = try? self.reader.next() { return message }
            guard let more = Self.hear(self.client) else { return nil }
            self.reader.append(more)
        }
    }

    /// The next command of that name.
    func next(_ command: String) -> RTMPMessage? {
        while let message = self.next() { if message.values.first?.text == command { return message } }
        return nil
    }

    func say(_ message: RTMPMessage, on chunkStream: UInt8 = 3) {
        self.client.say(message.chunks(on: chunkStream))
    }

    func answer(_ number: Double, _ values: [AMF0]) { self.say(.command("_result", number, values)) }

    func status(
        _ code: String,
        _ description: String = "",
        level: String = "status",
        command: String = "onStatus"
    ) {
        let object = AMF0.object([
            .init("level", .text(level)), .init("code", .text(code)),
            .init("description", .text(description)),
        ])
        self.say(.command(command, command == "_error" ? 1 : 0, [.null, object], stream: 1))
    }

    /// Goes along until the client wants to play.
    func behaveUntilPlay() -> Bool {
        guard self.next("connect") != nil else { return false }
        self.answer(1, [.null, .object([.init("code", .text("NetConnection.Connect.Success"))])])
        guard self.next("createStream") != nil else { return false }
        self.answer(2, [.null, .number(1)])
        return self.next("play") != nil
    }

    func listen() { while self.next() != nil {} }
}

@Suite("RTMP servers that misbehave", .serialized)
struct StubbornRTMPTests {
    private func inspect(
        _ server: ScriptedServer,
        total: Duration = .seconds(3),
        firstPacket: Duration = .milliseconds(300),
        cancellation: MediaCancellation? = nil
    ) throws -> MediaReport {
        var limits = MediaLimits(total: total)
        (limits.firstPacket, limits.firstKeyFrame) = (firstPacket, firstPacket)
        limits.farewell = .milliseconds(100)
        let target = try MediaTarget("rtmp://admin:s3cr3t!pass@127.0.0.1:\(server.port)/live/cam")
        let report = MediaProber().inspect(target, limits: limits, cancellation: cancellation)
        #expect(report.took < limits.total + .milliseconds(250))
        try expectNoSecret("s3cr3t!pass", in: report, target)
        return report
    }

    @Test("silence is timed out in setup, nonsense is a protocol error, an end at once as well")
    func beginnings() throws {
        let silent = try ScriptedServer { $0.listenSilently() }
        let report = try self.inspect(silent, total: .milliseconds(600))
        #expect(report.verdict == .down(.timeout) && report.failedStage == .setup)
        let other = try ScriptedServer { client in
            client.say("HTTP/1.1 400 Bad Request\r\n\r\n")
            client.listenSilently()
        }
        #expect(try self.inspect(other).verdict == .down(.protocolError))
        let gone = try ScriptedServer { _ in }
        #expect(try self.inspect(gone).verdict == .down(.protocolError))
    }

    @Test(
        "a refusal of the connection has the cause that its code or its words mean",
        arguments: [
            (
                "NetConnection.Connect.Rejected", "[ code=403 need auth; authmod=adobe ]",
                MediaVerdict.abnormal(.authenticationFailed)
            ),
            ("NetConnection.Connect.Rejected", "too many clients", .unknown(.busy)),
            ("NetConnection.Connect.Rejected", "account is locked", .unknown(.lockedOut)),
            ("NetConnection.Connect.InvalidApp", "", .down(.notFound)),
            ("NetConnection.Connect.Failed", "", .down(.protocolError)),
        ]
    )
    func rejected(code: String, words: String, verdict: MediaVerdict) throws {
        let server = try ScriptedServer { client in
            guard let talk = RTMPTalk(client), talk.next("connect") != nil else { return }
            talk.status(code, words, level: "error", command: "_error")
            talk.listen()
        }
        let report = try self.inspect(server)
        #expect(report.verdict == verdict && report.failedStage == .setup)
    }

    @Test("a stream that is not there is not found, and one that stops before a key frame has none")
    func refusedPlay() throws {
        let missing = try ScriptedServer { client in
            guard let talk = RTMPTalk(client), talk.behaveUntilPlay() else { return }
            talk.status("NetStream.Play.StreamNotFound", level: "error")
            talk.listen()
        }
        #expect(try self.inspect(missing).verdict == .down(.notFound))
        let ended = try ScriptedServer { client in
            guard let talk = RTMPTalk(client), talk.behaveUntilPlay() else { return }
            talk.status("NetStream.Play.Start")
            talk.say(RTMPMessage(kind: 9, stream: 1, body: FLVMaker.avcStart), on: 6)
            talk.status("NetStream.Play.UnpublishNotify")
            talk.listen()
        }
        let report = try self.inspect(ended)
        #expect(report.verdict == .down(.noKeyFrame) && report.failedStage == .firstKeyFrame)
        #expect(report.detail == "the stream is no longer published")
        let over = try ScriptedServer { client in
            guard let talk = RTMPTalk(client), talk.behaveUntilPlay() else { return }
            talk.status("NetStream.Play.Start")
            talk.say(RTMPMessage(kind: 4, body: [0, 1, 0, 0, 0, 1]), on: 2)
            talk.listen()
        }
        let early = try self.inspect(over)
        #expect(early.verdict == .down(.noMedia) && early.failedStage == .firstPacket)
        #expect(early.detail == "the server ended the stream")
    }

    @Test("a refusal says that user and password are not used, and another protocol is called by its name")
    func explained() throws {
        let server = try ScriptedServer { client in
            guard let talk = RTMPTalk(client), talk.next("connect") != nil else { return }
            talk.status("NetConnection.Connect.Rejected", "no", level: "error", command: "_error")
            talk.listen()
        }
        let report = try self.inspect(server)
        #expect(report.verdict == .abnormal(.authenticationFailed))
        #expect(
            report.detail == "user and password are not used over RTMP; NetConnection.Connect.Rejected: no"
        )
        for (words, name) in [("HTTP/1.1 400 Bad Request\r\n\r\n", "HTTP"), ("\u{15}\u{3}\u{1}", "TLS")] {
            let other = try ScriptedServer { client in
                client.say(words)
                client.listenSilently()
            }
            #expect(try self.inspect(other).detail == "it answered \(name)")
        }
    }

    @Test(
        "a ping is answered, received bytes are acknowledged, an aggregate is shown, and the stream is deleted at the end"
    )
    func conversation() throws {
        let seen = Seen()
        let server = try ScriptedServer { client in
            guard let talk = RTMPTalk(client) else { return }
            talk.say(RTMPMessage(kind: 5, body: FLVMaker.four(1_000)), on: 2)
            guard talk.behaveUntilPlay() else { return }
            talk.status("NetStream.Play.Start")
            talk.say(RTMPMessage(kind: 4, body: [0, 6, 1, 2, 3, 4]), on: 2)
            talk.say(
                RTMPMessage(kind: 8, stream: 1, body: [0xaf] + [UInt8](repeating: 0, count: 2_000)),
                on: 6
            )
            var messages: [RTMPMessage] = []
            while messages.count < 2, let message = talk.next() {
                if message.kind == 3 || message.kind == 4 { messages.append(message) }
            }
            seen.add(messages)
            let picture = FLVMaker.avcPicture([FLVMaker.smallKey], isKey: true)
            let tags = FLVMaker.tag(9, at: 0, FLVMaker.avcStart) + FLVMaker.tag(9, at: 0, picture)
            talk.say(RTMPMessage(kind: 22, stream: 1, body: tags), on: 6)
            if let message = talk.next("deleteStream") { seen.add([message]) }
        }
        let report = try self.inspect(server, firstPacket: .seconds(2))
        server.waitUntilLeft()
        #expect(report.verdict == .up && report.width == 320, "\(report.detail ?? "")")
        #expect(seen.all.contains { $0.kind == 4 && $0.body == [0, 7, 1, 2, 3, 4] })
        #expect(seen.all.contains { $0.kind == 3 })
        #expect(seen.all.last?.values == [.text("deleteStream"), .number(3), .null, .number(1)])
    }

    @Test("a probe that is told to stop leaves at once and gives its stream back")
    func cancelled() throws {
        let cancellation = try MediaCancellation()
        let seen = Seen()
        let server = try ScriptedServer { client in
            guard let talk = RTMPTalk(client), talk.behaveUntilPlay() else { return }
            cancellation.cancel()
            if let message = talk.next("deleteStream") { seen.add([message]) }
        }
        let report = try self.inspect(
            server,
            total: .seconds(10),
            firstPacket: .seconds(8),
            cancellation: cancellation
        )
        server.waitUntilLeft()
        #expect(report.verdict == .unknown(.collectorGap) && report.took < .seconds(2))
        #expect(seen.all.count == 1)
    }
}

/// What a server's thread saw, for the test to look at.
private final class Seen: Sendable {
    private let messages = Mutex<[RTMPMessage]>([])

    func add(_ more: [RTMPMessage]) { self.messages.withLock { $0 += more } }

    var all: [RTMPMessage] { self.messages.withLock { $0 } }
}
