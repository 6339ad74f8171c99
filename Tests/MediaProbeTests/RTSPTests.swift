import Testing

@testable import MediaProbe

@Suite("RTSP, read and written")
struct RTSPTests {
    @Test("an answer, a packet and a request come out of any cut of the stream")
    func inbox() throws {
        let text = "RTSP/1.0 200 OK\r\nCSeq: 1\r\nA: one\r\n  two\r\ncontent-length: 3\r\n\r\nabc\r\n"
        let bytes = Array(text.utf8) + [0x24, 1, 0, 2, 7, 8] + Array("OPTIONS * RTSP/1.0\nCSeq: 9\n\n".utf8)
        for cut in 1...bytes.count {
            var inbox = RTSPInbox(headByteCount: 1_024, bodyByteCount: 1_024)
            var seen: [String] = []
            for start in stride(from: 0, to: bytes.count, by: cut) {
                inbox.append(Array(bytes[start..<min(bytes.count, start + cut)]))
                while let item = try inbox.next() {
                    switch item {
                    case .response(let response):
                        seen.append("\(response.status) \(response.first("a") ?? "") \(response.body)")
                    case .packet(let channel, let range):
                        seen.append("\(channel) " + inbox.withBytes(range) { "\($0.byte(0)) \($0.byte(1))" })
                    case .request(let method): seen.append(method)
                    }
                }
            }
            #expect(seen == ["200 one two [97, 98, 99]", "1 7 8", "OPTIONS"])
        }
    }

    @Test(
        "once media flows, the next packet or answer is found behind junk of any bytes, in any cut of the stream",
        arguments: [
            [0, 1, 2, 3], Array("Rubbish of words\r\n\r\n".utf8), Array("RTSP/2.0 200 OK\r\n\r\n".utf8),
            Array("TEARDOWN\r\n\r\nP".utf8), Array("x$".utf8), Array("$$$$$$$$".utf8),
            // Long packets of a channel that is none of ours, and of one of ours that is no packet.
            [0x24, 9, 0xff, 0xff, 0], [1, 0x24, 4, 0xff, 0xff, 0x11], [1, 0x24, 9, 0xff, 0xff, 0x80],
            [1, 0x24, 5, 0, 4, 0x80],
        ] as [[UInt8]]
    )
    func junk(junk: [UInt8]) throws {
        let picture: [UInt8] = [0x24, 4, 0, 13, 0x80, 0x60] + [UInt8](repeating: 0, count: 11)
        let report: [UInt8] = [0x24, 5, 0, 8, 0x80, 201, 0, 1, 0, 0, 0, 7]
        let answer = Array("RTSP/1.0 200 OK\r\nCSeq: 1\r\n\r\n".utf8)
        // One of sound, which was not asked for, and an empty one do not lose the thread.
        let sound: [UInt8] = [0x24, 2, 0, 12, 0x80, 0x08] + [UInt8](repeating: 0x24, count: 10)
        let bytes =
            picture + sound + [0x24, 4, 0, 0] + junk + picture + junk + report + junk + answer + picture
        for cut in 1...bytes.count {
            var inbox = RTSPInbox(headByteCount: 1_024, bodyByteCount: 1_024)
            (inbox.skipsJunk, inbox.channels) = (true, (4, 5))
            var seen: [String] = []
            for start in stride(from: 0, to: bytes.count, by: cut) {
                inbox.append(Array(bytes[start..<min(bytes.count, start + cut)]))
                while let item = try inbox.next() {
                    switch item {
                    case .response(let response): seen.append("\(response.status)")
                    case .packet(let channel, let range): seen.append("\(channel)+\(range.count)")
                    case .request(let method): seen.append(method)
                    }
                }
            }
            #expect(seen == ["4+13", "2+12", "4+0", "4+13", "5+8", "200", "4+13"], "in pieces of \(cut)")
        }
    }

    @Test("no more junk is skipped than 64 KiB")
    func muchJunk() throws {
        var inbox = RTSPInbox(headByteCount: 1_024, bodyByteCount: 1_024)
        inbox.skipsJunk = true
        for _ in 0..<4_096 {
            inbox.append(Array("xR$\u{0}A$\u{1}\u{0}GET_PAR".utf8))
            #expect(try inbox.next() == nil)
        }
        #expect(inbox.skippedByteCount > 60_000)
        inbox.append([UInt8](repeating: 0x41, count: 8_192))
        #expect(throws: StreamSyntaxError.self) { try inbox.next() }
    }

    @Test("several challenges in one header or in many are all read")
    func challenges() {
        let challenges = AccessChallenge.parse([
            "Basic realm=\"a, b\", Digest realm=\"c \\\"d\\\"\",nonce=\"1\" , algorithm=MD5, stale=false",
            "Digest realm=\"e\", nonce=\"2\", algorithm=SHA-256, qop=\"auth,auth-int\"", "Negotiate",
            ",,==,\"",
        ])
        #expect(challenges.prefix(4).map(\.scheme) == ["basic", "digest", "digest", "negotiate"])
        #expect(challenges[0].parameters == ["realm": "a, b"])
        #expect(
            challenges[1].parameters == [
                "realm": "c \"d\"", "nonce": "1", "algorithm": "MD5", "stale": "false",
            ]
        )
        #expect(challenges[2].parameters["qop"] == "auth,auth-int")
    }

    @Test("a quote with an accent is a quote, and does not break out of what we answer")
    func accentedQuote() throws {
        let accent = "\u{301}"
        let challenges = AccessChallenge.parse([
            "Digest realm=\"a\\\"\(accent)\", nonce=\"1\", opaque=x\"\(accent),y"
        ])
        let (realm, opaque) = ("a\"" + accent, "x\"" + accent)
        #expect(
            challenges.first?.parameters["realm"] == realm && challenges.first?.parameters["opaque"] == opaque
        )
        let credential = MediaCredential(user: "u\"" + accent, password: "p")
        var authorization = try #require(AccessAuthorization(challenges, credential: credential))
        let header = authorization.header(method: "PLAY", uri: "rtsp://h/", clientNonce: "0a").unicodeScalars
        for part in ["username=\"u\\\"" + accent + "\"", "opaque=\"x\\\"" + accent + "\""] {
            #expect(header.contains(part.unicodeScalars), "\(part)")
        }
    }

    @Test("Digest agrees with RFC 2617, RFC 7616 and RFC 2069; Basic with RFC 7617")
    func digests() throws {
        func header(
            _ challenge: String,
            _ user: String,
            _ password: String,
            uri: String = "/dir/index.html",
            nonce: String
        )
            throws -> String
        {
            var authorization = try #require(
                AccessAuthorization(
                    AccessChallenge.parse([challenge]),
                    credential: MediaCredential(user: user, password: password)
                )
            )
            return authorization.header(method: "GET", uri: uri, clientNonce: nonce)
        }
        let old = try header(
            "Digest realm=\"testrealm@host.com\", qop=\"auth,auth-int\", nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\", "
                + "opaque=\"5ccc069c403ebaf9f0171e9517f40e41\"",
            "Mufasa",
            "Circle Of Life",
            nonce: "0a4f113b"
        )
        #expect(old.contains("response=\"6629fae49393a05397450978507c4ef1\""))
        #expect(
            old.contains(
                "opaque=\"5ccc069c403ebaf9f0171e9517f40e41\", qop=auth, nc=00000001, cnonce=\"0a4f113b\""
            )
        )
        let modern =
            "Digest realm=\"http-auth@example.org\", qop=\"auth, auth-int\", "
            + "nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\", "
        let nonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"
        let sha = try header(modern + "algorithm=SHA-256", "Mufasa", "Circle of Life", nonce: nonce)
        #expect(sha.contains("response=\"753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1\""))
        let md5 = try header(modern + "algorithm=MD5", "Mufasa", "Circle of Life", nonce: nonce)
        #expect(md5.contains("response=\"8ca523f5e9506fed4657c9700eebdbec\""))
        // RFC 2069, 2.4 with the response of its erratum.
        let first = try header(
            "Digest realm=\"testrealm@host.com\", nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\"",
            "Mufasa",
            "CircleOfLife",
            nonce: "unused"
        )
        #expect(first.contains("response=\"1949323746fe6a43ef61f9606e7febea\""))
        #expect(!first.contains("nc=") && !first.contains("cnonce"))
        #expect(
            try header("Basic realm=\"x\"", "Aladdin", "open sesame", nonce: "")
                == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="
        )
    }

    @Test("the strongest way in is taken, and Basic only where there is no other")
    func choice() {
        let credential = MediaCredential(user: "u", password: "p")
        func chosen(_ headers: [String]) -> String? {
            AccessAuthorization(AccessChallenge.parse(headers), credential: credential).map {
                $0.challenge.scheme + ($0.challenge.parameters["algorithm"] ?? "")
            }
        }
        #expect(
            chosen(["Basic realm=x", "Digest realm=x, nonce=1", "Digest realm=x, nonce=1, algorithm=SHA-256"])
                == "digestSHA-256"
        )
        #expect(chosen(["Basic realm=x", "Digest realm=x, nonce=1"]) == "digest")
        #expect(chosen(["Digest realm=x, nonce=1, algorithm=SHA-512-256", "Basic realm=x"]) == "basic")
        #expect(chosen(["Negotiate", "Digest realm=x"]) == nil)
    }

    @Test(
        "a track's address is found as servers mean it",
        arguments: [
            ("track1", "rtsp://h/cam/", "rtsp://h/cam/track1"),
            ("track1", "rtsp://h/cam", "rtsp://h/cam/track1"),
            ("trackID=1", "rtsp://h/cam?channel=1&subtype=0", "rtsp://h/cam?channel=1&subtype=0/trackID=1"),
            ("rtsp://10.1.1.1/x/track1", "rtsp://h/cam", "rtsp://10.1.1.1/x/track1"),
            ("*", "rtsp://h/cam", "rtsp://h/cam"),
            ("", "rtsp://h/cam", "rtsp://h/cam"), ("/track1", "rtsp://h/cam/", "rtsp://h/cam/track1"),
            ("rtsp://u:p@h/track1", "rtsp://h/cam", "rtsp://h/track1"),
            ("a track", "rtsp://h/c", "rtsp://h/c/a%20track"),
        ]
    )
    func controls(control: String, base: String, address: String) {
        #expect(RTSPControl.address(control, base: base) == address)
    }

    @Test("the base is what the answer says, unless it says nonsense")
    func bases() {
        func base(_ name: String, _ value: String) -> String {
            let response = ServerAnswer(status: 200, reason: "OK", headers: [(name, value)])
            return RTSPControl.base(response: response, requested: "rtsp://asked/x")
        }
        #expect(base("content-base", "rtsp://h/cam/") == "rtsp://h/cam/")
        #expect(base("content-location", "rtsp://h/cam") == "rtsp://h/cam")
        #expect(base("content-base", "rtsp:///cam/") == "rtsp://asked/x")
        #expect(base("content-base", "/cam/") == "rtsp://asked/x")
        #expect(base("content-base", "rtsp://admin:secret@h/cam/") == "rtsp://h/cam/")
    }

    @Test("a description is read as far as it makes sense")
    func description() throws {
        let text = """
            v=0\r\na=control:*\r\nm=audio 0 RTP/AVP 0\r\nm=video 0 RTP/AVP 96 97\r\na=rtpmap:96 h264/90000\r\n\
            a=fmtp:96 packetization-mode=1; sprop-parameter-sets=Z0IACtwUH5A=,aM48gA==; profile-level-id=42000a\r\n\
            a=framerate:12.5\r\na=control:track1\r\nm=\r\na\r\na=rtpmap:300 x/1\r\n
            """
        let description = SessionDescription(Array(text.utf8))
        #expect(description.control == "*")
        #expect(description.media.map(\.kind) == ["audio", "video", ""])
        let video = description.media[1]
        let encoding = try #require(video.encoding)
        #expect(encoding.payloadType == 96 && encoding.name == "H264" && encoding.clockRate == 90_000)
        #expect(video.parameterSets(96) == [smallParameterSet, [0x68, 0xce, 0x3c, 0x80]])
        #expect(video.framesPerSecond == 12.5 && video.control == "track1")
        #expect(description.media[0].encoding?.name == "PCMU")
    }

    @Test("a description without end is read for as long as a camera's could be")
    func longDescription() {
        let sections = "m=video 0 RTP/AVP 96\r\na=framerate:25\r\n"
        let padding = String(repeating: "x", count: SessionDescription.mostBytes - sections.utf8.count - 4)
        let text = sections + "i=" + padding + "\r\n" + "m=audio 0 RTP/AVP 0\r\n"
        #expect(SessionDescription(Array(text.utf8)).media.map(\.kind) == ["video"])
        #expect(SessionDescription(Array((sections + "m=audio 0 RTP/AVP 0\r\n").utf8)).media.count == 2)
    }

    @Test("a transport header says where packets go")
    func transport() {
        let tcp = RTSPTransport("RTP/AVP/TCP;unicast;interleaved=2-3;ssrc=1A2B")
        #expect(tcp.isInterleaved && tcp.channels?.packets == 2 && tcp.channels?.reports == 3)
        let udp = RTSPTransport("RTP/AVP;unicast;client_port=5000-5001;server_port=6970-6971, RTP/AVP/TCP")
        #expect(!udp.isInterleaved && udp.serverPorts?.packets == 6970 && udp.serverPorts?.reports == 6971)
        #expect(RTSPTransport("interleaved=900;server_port=x").channels == nil)
    }
}
