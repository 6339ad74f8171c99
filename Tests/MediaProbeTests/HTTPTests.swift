import Testing

@testable import MediaProbe

@Suite("HTTP")
struct HTTPTests {
    /// What an answer's bytes are, handed over in pieces of a size.
    private func read(_ text: String, piece: Int) throws(StreamSyntaxError) -> (
        status: Int, body: String, isOver: Bool
    ) {
        var inbox = HTTPInbox(headByteCount: 1_024)
        var (status, body) = (0, [UInt8]())
        let bytes = Array(text.utf8)
        for start in stride(from: 0, to: bytes.count, by: piece) {
            inbox.append(Array(bytes[start..<min(start + piece, bytes.count)]))
            while let item = try inbox.next() {
                switch item {
                case .head(let answer): status = answer.status
                case .body(let range): body += inbox.withBytes(range) { $0.withUnsafeBytes { Array($0) } }
                case .end: break
                }
            }
        }
        return (status, String(decoding: body, as: UTF8.self), inbox.endsWithConnection)
    }

    @Test(
        "bodies come counted, in chunks, or until the end, in pieces of any size",
        arguments: [1, 3, 1_000]
    )
    func bodies(piece: Int) throws {
        for (text, status, body) in [
            ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabcde", 200, "abcde"),
            (
                "HTTP/1.1 206 OK\r\nTransfer-Encoding: Chunked\r\n\r\n3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nA: b\r\n\r\n",
                206, "abcde"
            ),
            ("HTTP/1.0 200 OK\r\nServer: x\r\n\r\nabcde", 200, "abcde"),
            ("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\nContent-Length: 5\n\nabcde", 200, "abcde"),
            ("\r\nHTTP/1.1 204 No Content\r\n\r\n", 204, ""),
        ] {
            let (gotStatus, gotBody, isOver) = try self.read(text, piece: piece)
            #expect(gotStatus == status && gotBody == body && isOver, "\(text)")
        }
    }

    @Test(
        "what is no HTTP, or says nonsense about its length, is refused",
        arguments: [
            "RTSP/1.0 200 OK\r\n\r\n", "HTTP/1.1 banana\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "HTTP/2 200\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffff\r\n",
            "HTTP/1.1 200 OK\r\n\(String(repeating: "X: y\r\n", count: 500))",
        ]
    )
    func refused(text: String) {
        #expect(throws: StreamSyntaxError.self) { _ = try self.read(text, piece: 7) }
    }

    @Test("damaged or cut off, an answer ends in a body or an error", arguments: UInt64(0)..<4)
    func damage(seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        let good =
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX: y\r\n z\r\n\r\n3\r\nabc\r\n10\r\n0123456789abcdef\r\n0\r\n\r\n"
        for length in 0..<good.utf8.count { _ = try self.read(String(good.prefix(length)), piece: 5) }
        for _ in 0..<500 {
            let text = String(decoding: random.damaged(Array(good.utf8)), as: UTF8.self)
            do throws(StreamSyntaxError) {
                #expect(try self.read(text, piece: 9).body.utf8.count <= text.utf8.count)
            } catch {
                #expect(!error.reason.isEmpty)
            }
        }
    }

    @Test(
        "a reference means what RFC 3986 says, and never climbs above the root",
        arguments: [
            ("seg1.ts", "http://h:81/a/b/seg1.ts"), ("../x/y.m3u8?q=1", "http://h:81/a/x/y.m3u8?q=1"),
            ("/root.ts", "http://h:81/root.ts"), ("//other/x", "http://other/x"),
            ("https://o:8443/z?k=v#f", "https://o:8443/z?k=v"), ("?t=2", "http://h:81/a/b/list.m3u8?t=2"),
            ("../../../../x", "http://h:81/x"), ("./s.ts", "http://h:81/a/b/s.ts"), ("..", "http://h:81/a/"),
            ("", "http://h:81/a/b/list.m3u8?t=1"), ("a:b.ts", "a:b.ts"), ("1:b.ts", "http://h:81/a/b/1:b.ts"),
        ]
    )
    func references(reference: String, address: String) {
        let resource = "/a/b/list.m3u8?t=1"
        #expect(WebAddress.resolve(reference, origin: "http://h:81", resource: resource) == address)
    }
}
