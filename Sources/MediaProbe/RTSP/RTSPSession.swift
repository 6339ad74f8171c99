/// A description and what its controls are relative to.
struct RTSPDescription {
    var content: SessionDescription
    var base: String
}

/// The track that is watched.
struct RTSPTrack {
    var codec: VideoCodec
    var payloadType: UInt8
    var clockRate: Int
    var parameterSets: [[UInt8]]
    /// For SETUP.
    var address: String
    /// For PLAY and TEARDOWN.
    var aggregate: String
}

/// What a SETUP has brought about, from the moment it goes out.
struct RTSPSession {
    var track: RTSPTrack
    var transport: MediaTransport
    var identifier: String?
    var isAnswered = false
    var isPlaying = false
    /// After how long without a request the server drops it (RFC 2326, 12.37).
    var timeout: Duration = .seconds(60)
    /// Channels of the packets and of the reports, when they are interleaved.
    var channels: (packets: UInt8, reports: UInt8) = (0, 1)

    /// Takes over what the `Session` header says.
    mutating func read(header: String) {
        let parts = header.split(separator: ";").map { $0.drop { $0 == " " } }
        self.identifier = parts.first.map { String($0.prefix(256)) }
        for part in parts.dropFirst() where part.lowercased().hasPrefix("timeout=") {
            if let seconds = Int(part.dropFirst(8)), (1...86_400).contains(seconds) {
                self.timeout = .seconds(seconds)
            }
        }
    }
}
