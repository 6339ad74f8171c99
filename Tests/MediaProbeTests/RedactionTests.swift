import Testing

@testable import MediaProbe

@Suite("Secrets of addresses and in servers' words")
struct RedactionTests {
    @Test(
        "a path that hides a password still tells its channels apart, and shows no part of any secret",
        arguments: [
            ("/user=admin_password=Zq1_channel=1.sdp", "/user=admin_password=***_channel=1.sdp"),
            ("/user=admin_password=Zq1_channel=2.sdp?real", "/user=admin_password=***_channel=2.sdp?real"),
            ("/user=a_password=Zq_1x_9_channel=1", "/user=a_password=***_channel=1"),
            ("/user=a_password=Zq_A1=b_channel=1", "/user=a_password=***_channel=1"),
            ("/user=a&password=Zq_1&channel=1&x=2", "/user=a&password=***&channel=1&x=2"),
            ("/password=/x", "/password=***/x"), ("/a_password=Zq_", "/a_password=***"),
            // Padding of base 64 is no value, and in a query an underline is a part of the secret.
            ("/token=Zq_dZq==/x", "/token=***/x"), ("/token=Zq_dZq=", "/token=***"),
            ("/x?token=Zq_channel=1&y=2", "/x?token=***&y=2"), ("/x?token=Zq/Zq+=&y=2", "/x?token=***&y=2"),
            ("/password=Zq?Zq_channel=1", "/password=***"),
            ("/x?sign=Zq&sig=Zq&signature=Zq&ticket=Zq&authbasic=Zq&code=Zq", nil),
            ("/x?txSecret=Zq&txTime=5", "/x?txSecret=***&txTime=5"), ("/x?channelcode=5", "/x?channelcode=5"),
        ]
    )
    func paths(path: String, shown: String?) throws {
        let text = try MediaTarget("rtsp://h\(path)").redactedURL
        let expected = shown ?? "/x?sign=***&sig=***&signature=***&ticket=***&authbasic=***&code=***"
        #expect(text == "rtsp://h\(expected)" && redacted(text) == text)
        #expect(!text.contains("Zq"))
    }

    @Test("what the address hides is not shown in a server's words either, as it is or decoded")
    func words() throws {
        let target = try MediaTarget(
            "http://u:pass1@h/x?auth_key=171-0-k3y&token=a%2Fb%3Dc&code=7&channel=12"
        )
        let hidden = HiddenWords(target)
        let words = shown(
            "no stream x?auth_key=171-0-k3y or a/b=c, a%2Fb%3Dc, pass1, channel 12, 407",
            hiding: hidden
        )
        #expect(words == "no stream x?auth_key=*** or ***, ***, ***, channel 12, 407")
        // One that is a part of another leaves nothing of it.
        let nested = HiddenWords(try MediaTarget("http://h/x?token=abc&sign=abcdef"))
        #expect(shown("abcdef abc", hiding: nested) == "*** ***")
        #expect(shown("a\u{301}bc", hiding: HiddenWords(nil)) == "a\u{301}bc")
    }

    @Test("a server that sends the address back shows none of it, whatever the protocol")
    func echoes() throws {
        let server = try ScriptedServer { client in
            while let request = client.next() {
                client.say("HTTP/1.1 404 none at \(request.uri)\r\nContent-Length: 0\r\n\r\n")
            }
        }
        let target = try MediaTarget("http://127.0.0.1:\(server.port)/x.flv?ticket=t1ck3t&a=b")
        let report = MediaProber().inspect(target, limits: .brief(.seconds(3)))
        #expect(report.verdict == .down(.notFound))
        #expect(report.detail == "404 none at /x.flv?ticket=***&a=b")
        try expectNoSecret("t1ck3t", in: report, target)
    }

    @Test("where it was sent on to is said without the secrets of that place")
    func sentOn() throws {
        let server = try ScriptedServer { client in
            while let request = client.next() {
                guard request.uri.hasPrefix("/b") else {
                    client.say(
                        "HTTP/1.1 302 Found\r\nLocation: /b.flv?sign=s1gn3d\r\nContent-Length: 0\r\n\r\n"
                    )
                    continue
                }
                client.say("HTTP/1.1 404 no \(request.uri)\r\nContent-Length: 0\r\n\r\n")
            }
        }
        let target = try MediaTarget("http://127.0.0.1:\(server.port)/a.flv")
        let report = MediaProber().inspect(target, limits: .brief(.seconds(3)))
        let place = "http://127.0.0.1:\(server.port)/b.flv?sign=***"
        #expect(report.detail == "404 no /b.flv?sign=***; sent on to \(place)", "\(report)")
        try expectNoSecret("s1gn3d", in: report, target)
    }

    @Test("a server of another protocol is called by it, and nonsense is not")
    func otherProtocols() throws {
        for (words, detail) in [
            ("RTSP/1.0 400 Bad Request\r\n\r\n", "it answered RTSP"), ("SSH-2.0-x\r\n", "it answered SSH"),
            ("\u{15}\u{3}\u{1}", "it answered TLS"), ("R", "not an HTTP answer"),
            ("hello", "not an HTTP answer"),
        ] {
            let server = try ScriptedServer { client in
                _ = client.next()
                client.say(words)
                client.listenSilently()
            }
            let target = try MediaTarget("http://127.0.0.1:\(server.port)/x.flv")
            let report = MediaProber().inspect(target, limits: .brief())
            #expect(report.verdict == .down(.protocolError) && report.detail == detail, "\(words)")
        }
    }
}
