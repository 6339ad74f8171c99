import Testing

@testable import MediaProbe

@Suite("Refusals over RTMP")
struct RTMPStatusTests {
    private func cause(
        _ code: String,
        _ words: String,
        of address: String = "rtmp://h/live/cam?token=x"
    ) throws -> MediaCause? {
        let object = AMF0.object([
            .init("level", .text("error")), .init("code", .text(code)), .init("description", .text(words)),
        ])
        let address = RTMPAddress(try MediaTarget(address))
        return RTMPStatus.failure("onStatus", [.text("onStatus"), .number(0), .null, object], of: address)?
            .cause
    }

    @Test("the code comes before the words")
    func codes() throws {
        #expect(try self.cause("NetStream.Play.StreamNotFound", "access denied") == .notFound)
        #expect(try self.cause("NetStream.Play.BadAuth", "密码错误") == .authenticationFailed)
        #expect(try self.cause("NetStream.Play.InsufficientBW", "denied") == .busy)
        #expect(try self.cause("NetStream.Play.Failed", "") == .protocolError)
        #expect(try self.cause("NetConnection.Connect.Rejected", "") == .authenticationFailed)
    }

    @Test(
        "words tell where the code does not, whole ones, and never those of the address",
        arguments: [
            (
                "Failed to play cam?token=x; stream not found.", "rtmp://h/live/cam?token=x",
                MediaCause.notFound
            ),
            ("Failed to play cam?token=y&auth=1; no such stream", "rtmp://h/live/cam?token=x", .notFound),
            ("lock is not found", "rtmp://h/live/lock", .notFound),
            ("no such stream: full.", "rtmp://h/live/full", .notFound),
            ("[live/full]: stream=full not found", "rtmp://h/live/full", .notFound),
            ("no such stream, rtmp://h/limit/403", "rtmp://h/limit/403", .notFound),
            ("blocked by clock", "rtmp://h/live/cam", .protocolError),
            ("carefully authored tokens", "rtmp://h/live/cam", .protocolError),
            ("Account is LOCKED.", "rtmp://h/live/cam", .lockedOut),
            ("code=403", "rtmp://h/live/cam", .authenticationFailed),
            ("too many players", "rtmp://h/live/cam", .busy), ("server is full", "rtmp://h/live/cam", .busy),
        ]
    )
    func words(words: String, address: String, cause: MediaCause) throws {
        #expect(try self.cause("NetStream.Play.Failed", words, of: address) == cause)
    }
}
