/// What a server speaks when it is not what was asked of it.
enum PeerSpeech {
    private static let beginnings: [(bytes: [UInt8], name: String)] = [
        (Array("HTTP/".utf8), "HTTP"), (Array("RTSP/".utf8), "RTSP"), (Array("SSH-".utf8), "SSH"),
        // An alert, or a handshake (RFC 8446, 5.1).
        ([0x15, 0x03], "TLS"), ([0x16, 0x03], "TLS"),
    ]

    /// How many bytes tell.
    static let mostBytes = 5

    /// One short phrase; nil for what is none of the protocols that we know, and for too few bytes.
    static func phrase(for bytes: [UInt8]) -> String? {
        self.beginnings.first { bytes.starts(with: $0.bytes) }.map { "it answered \($0.name)" }
    }
}
