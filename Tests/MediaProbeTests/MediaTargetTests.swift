import Foundation
import Testing

@testable import MediaProbe

@Suite("Addresses of streams")
struct MediaTargetTests {
    @Test("user, password, port and path are read, percent-encoded or careless")
    func parts() throws {
        let plain = try MediaTarget("RTSP://admin:p%40ss%3A@10.0.0.1:8554/Streaming/Channels/101?a=b#x")
        #expect(plain.scheme == .rtsp && plain.host == "10.0.0.1" && plain.port == 8554)
        #expect(plain.resource == "/Streaming/Channels/101?a=b")
        #expect(plain.credential == MediaCredential(user: "admin", password: "p@ss:"))
        #expect(plain.requestAddress == "rtsp://10.0.0.1:8554/Streaming/Channels/101?a=b")
        let careless = try MediaTarget("rtsp://admin:p@ss@camera")
        #expect(careless.host == "camera" && careless.port == 554)
        #expect(careless.credential == MediaCredential(user: "admin", password: "p@ss"))
        let six = try MediaTarget("rtsps://[fe80::1%25eth0]/x")
        #expect(six.host == "fe80::1%25eth0" && six.port == 322)
        #expect(try MediaTarget("rtsp://h?channel=1").requestAddress == "rtsp://h/?channel=1")
        #expect(
            try MediaTarget("rtsp://a:100%@h/").credential == MediaCredential(user: "a", password: "100%")
        )
    }

    @Test(
        "what is no address is refused without being repeated",
        arguments: [
            "", "camera", "rtsp:/x", "rtsp://", "rtsp://:554/", "rtsp://h:0/", "rtsp://h:65536/",
            "rtsp://h:x/",
            "gopher://h/", "rtsp://[::1/", "rtsp://[camera]/", "rtsp://::1:554/", "rtsp://h /",
            "rtsp://h/\r\nX: y", "rtsp://u:secret@/",
        ]
    )
    func refused(address: String) {
        let error = #expect(throws: MediaTargetError.self) { try MediaTarget(address) }
        #expect(error.map { !"\($0)".contains("secret") } == true)
    }

    @Test(
        "a password with a bare separator in it is refused with its mend and without being repeated",
        arguments: [
            "rtsp://admin:12345#@10.0.0.1/x", "rtsp://admin:12345#@10.0.0.1", "rtsp://admin:12/34@h/x",
            "rtsp://admin:12345?@10.0.0.1:8554/x", "rtsp://admin:12/34@camera", "rtsp://admin:/12345@h/x",
            "rtsp://admin:12345/6/7@[2001:db8::1]/x", "rtsp://admin:a12345#b@h/x", "rtsp://admin:12345#a=1@h",
            "rtsp://admin:p@s12345/6@camera/x", "rtsp://admin@dom:12345/6@camera",
            "http://a.b:12345/6@h/x.flv",
            "rtsp://admin:12345/6@h:554/x", "rtmp://admin:12345/@nvr.example/live/1",
            "rtsp://1001:12345/6@h/x",
        ]
    )
    func strayPassword(address: String) {
        let error = #expect(throws: MediaTargetError.self) { try MediaTarget(address) }
        #expect(error.map { "\($0)".contains("%23") && !"\($0)".contains("12") } == true)
    }

    @Test(
        "an @ in a path or a query is nobody's password",
        arguments: [
            ("rtsp://cam/live@1", "cam", "/live@1"), ("rtsp://10.0.0.1:554/cam@2", "10.0.0.1", "/cam@2"),
            ("rtsp://10.0.0.1:9000/cam@main/x", "10.0.0.1", "/cam@main/x"),
            ("rtsp://[::1]:9000/cam@main/x", "::1", "/cam@main/x"),
            ("rtsp://cam:9000/live@1", "cam", "/live@1"), ("rtsp://cam:8554/a@main/x", "cam", "/a@main/x"),
            ("http://nvr:81/?user=a@b.example", "nvr", "/?user=a@b.example"),
            ("http://nvr:81/live/user=a@b_channel=1", "nvr", "/live/user=a@b_channel=1"),
            ("http://cdn.example:81/app/cam@main.flv", "cdn.example", "/app/cam@main.flv"),
            ("http://cdn.example:81/live@hd", "cdn.example", "/live@hd"),
            ("rtsp://u:p@cam/live@1", "cam", "/live@1"), ("rtsp://u:p@10.0.0.1/a@b/c", "10.0.0.1", "/a@b/c"),
            ("rtsp://viewer@cam/live@main/x", "cam", "/live@main/x"), ("rtsp://cam#a@b", "cam", ""),
            ("rtsp://admin:1%2F2%40@cam/x", "cam", "/x"),
        ]
    )
    func atOutsidePassword(address: String, host: String, resource: String) throws {
        let target = try MediaTarget(address)
        #expect(target.host == host && target.resource == resource)
        #expect(try MediaTarget(target.requestAddress).resource == resource)
    }

    @Test(
        "no secret is printed, wherever in the address it hides",
        arguments: [
            "rtsp://admin:hunter2@h/x", "rtsp://h/live?user=admin&password=hunter2&channel=1",
            "rtsp://h/user=admin_password=hunter2_channel=1_stream=0.sdp", "rtsp://h/a?PWD=hunter2",
            "rtsp://h/live?token=hunter2/x", "rtsp://h/?auth_key=hunter2", "rtsp://hunter2@h/x",
        ]
    )
    func redaction(address: String) throws {
        let target = try MediaTarget(address)
        var dumped = ""
        dump(target, to: &dumped)
        dump(MediaCredential(user: "admin", password: "hunter2"), to: &dumped)
        for text in [
            "\(target)", String(reflecting: target), target.redactedURL, dumped,
            "\(target.credential as Any)",
        ] {
            #expect(!text.contains("hunter2"))
        }
        #expect(target.redactedURL.hasPrefix("rtsp://h/"))
    }

    @Test("a report is printed with the agreed names, and what was not measured is absent")
    func json() throws {
        var report = MediaReport(
            target: try MediaTarget("rtsp://u:p@h/x"),
            verdict: MediaVerdict(.noKeyFrame)
        )
        report.failedStage = .firstKeyFrame
        report.stages = [
            .init(stage: .connect, took: .microseconds(1_260)),
            .init(stage: .firstKeyFrame, took: .seconds(4)),
        ]
        report.framesPerSecond = 24.999
        report.fluctuation = .init(key: 0.25, predicted: nil)
        report.cameraClock = .init(unixMilliseconds: 951_782_400_007, aheadMilliseconds: 3)
        report.packetsLost = 2
        report.jitter = .microseconds(499)
        report.keyFrameInterval = .microseconds(1_500)
        report.duration = .microseconds(10_000_900)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let text = String(decoding: try encoder.encode(report), as: UTF8.self)
        #expect(
            text == """
                {"camera_clock":"2000-02-29T00:00:00.007Z","cause":"no_keyframe","duration_ms":10001,\
                "failed_stage":"first_keyframe","fluctuation":{"i":0.25},"fps":25,"jitter_ms":0,\
                "keyframe_interval_ms":2,"outcome":"down","packets_lost":2,\
                "stages":[{"stage":"connect","took_ms":1},{"stage":"first_keyframe","took_ms":4000}],\
                "url":"rtsp://h/x"}
                """
        )
    }

    @Test("every cause has the outcome that is agreed for streams")
    func outcomes() {
        let unknown: Set<MediaCause> = [
            .busy, .lockedOut, .selfNetwork, .selfOverloaded, .collectorGap,
        ]
        let abnormal: Set<MediaCause> = [
            .unsupportedCodec, .certificateInvalid, .authenticationFailed, .lossHigh, .bitrateLow,
            .timestampsJump,
        ]
        for cause in MediaCause.allCases {
            let verdict = MediaVerdict(cause)
            let expected =
                unknown.contains(cause) ? "unknown" : abnormal.contains(cause) ? "abnormal" : "down"
            #expect(verdict.outcome == expected)
            #expect(verdict.cause == cause)
        }
    }

    @Test("a server that sends the password back does not get it into the report")
    func echoes() {
        let credential = MediaCredential(user: "u", password: "pa55")
        let words = "no rtsp://u:pa55@h \(Base64.string(Array("u:pa55".utf8)))\r\n\u{1b}[31m"
        let line = shown(words, hiding: credential)
        #expect(line == "no rtsp://u:***@h *** [31m")
    }
}
