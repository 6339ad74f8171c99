/// What a server's refusal means for the stream behind it.
enum RTSPStatus {
    static func failure(_ response: RTSPResponse) -> ProbeFailure {
        ProbeFailure(cause: self.cause(of: response), detail: self.words(of: response))
    }

    static func words(of response: RTSPResponse) -> String {
        "\(response.status) \(response.reason)"
    }

    static func cause(of response: RTSPResponse) -> MediaCause {
        switch response.status {
        case 401, 403: self.speaksOfLock(response) ? .lockedOut : .authenticationFailed
        case 423, 429: .lockedOut
        case 404, 410: .notFound
        case 415: .unsupportedCodec
        // 453 is "not enough bandwidth"; cameras say it, or a 5xx, when all their sessions are taken.
        case 453, 500...599: .busy
        default: .protocolError
        }
    }

    /// No code says "locked"; the firmware that locks says so in words.
    private static func speaksOfLock(_ response: RTSPResponse) -> Bool {
        let body = String(decoding: response.body.prefix(2_048), as: UTF8.self)
        let words = (response.reason + " " + body).lowercased()
        return words.contains("lock") || words.contains("锁定")
    }
}

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
