/// What a probe concludes about a stream. `unknown` is ours or the camera's good right (busy), never its
/// fault.
public enum MediaVerdict: Sendable, Hashable {
    /// Media arrives, and a whole key frame of a codec we know was seen.
    case up
    /// It answers, but something is wrong with it.
    case abnormal(MediaCause)
    /// No media can be had.
    case down(MediaCause)
    /// Nothing is said about the stream.
    case unknown(MediaCause)

    /// What the cause means for a stream.
    public init(_ cause: MediaCause) {
        switch cause {
        case .timeout, .refused, .unreachable, .dns, .tlsFailed, .notFound, .protocolError, .noMedia,
            .noKeyFrame, .stalePlaylist:
            self = .down(cause)
        case .unsupportedCodec, .certificateInvalid, .authenticationFailed, .lossHigh, .bitrateLow,
            .timestampsJump:
            self = .abnormal(cause)
        case .lockedOut, .busy, .selfOverloaded, .selfNetwork, .collectorGap:
            self = .unknown(cause)
        }
    }

    /// `up`, `abnormal`, `down` or `unknown`.
    public var outcome: String {
        switch self {
        case .up: "up"
        case .abnormal: "abnormal"
        case .down: "down"
        case .unknown: "unknown"
        }
    }

    /// Why; nil when it is up.
    public var cause: MediaCause? {
        switch self {
        case .up: nil
        case .abnormal(let cause), .down(let cause), .unknown(let cause): cause
        }
    }
}

/// Why a stream is not simply up; the raw values are those of files and interfaces.
public enum MediaCause: String, Sendable, Hashable, CaseIterable {
    /// No answer within the limit of the stage.
    case timeout
    /// The host answers, the port is closed.
    case refused
    /// The network says that the host cannot be reached.
    case unreachable
    /// The name has no address, or none in time.
    case dns
    /// The TLS handshake failed for another reason than the certificate.
    case tlsFailed = "tls_failed"
    /// The path or channel does not exist there.
    case notFound = "not_found"
    /// What came is not the protocol, or the connection was closed in the middle of it.
    case protocolError = "protocol_error"
    /// It agreed to play and sent nothing, or describes no picture.
    case noMedia = "no_media"
    /// Packets came, but no whole key frame that can be shown.
    case noKeyFrame = "no_keyframe"
    /// It describes pictures in a codec that we do not read.
    case unsupportedCodec = "unsupported_codec"
    /// The playlist stopped moving.
    case stalePlaylist = "stale_playlist"
    /// The certificate does not verify and the policy asks for one that does.
    case certificateInvalid = "certificate_invalid"
    /// Wrong credentials, or none where some are wanted.
    case authenticationFailed = "auth_failed"
    /// It keeps us out for a while after failed tries.
    case lockedOut = "locked_out"
    /// All its sessions are taken, or it cannot serve just now.
    case busy
    /// More packets of a window are lost than a threshold allows; said by whoever has thresholds.
    case lossHigh = "loss_high"
    /// A window carries less than a threshold asks for; said by whoever has thresholds.
    case bitrateLow = "bitrate_low"
    /// The stream's own clock leaps more often than a threshold allows; said by whoever has thresholds.
    case timestampsJump = "timestamps_jump"
    /// We have no descriptor, thread or memory left.
    case selfOverloaded = "self_overloaded"
    /// We ourselves have no network to ask over.
    case selfNetwork = "self_network"
    /// We were told to stop before we knew.
    case collectorGap = "collector_gap"
}

/// A step on the way to a picture, in the order in which they come.
public enum MediaStage: String, Sendable, Hashable, CaseIterable {
    /// Name to address; skipped for a numeric address.
    case resolve
    /// The TCP handshake.
    case connect
    /// The TLS handshake.
    case tls
    /// The round trip in which the server said how it wants to be told who we are.
    case auth
    /// From the request (with credentials, if wanted) to the description.
    case describe
    /// All SETUP requests.
    case setup
    /// From PLAY to its answer.
    case play
    /// From the answer to PLAY to the first packet of the picture's stream; zero when it came before.
    case firstPacket = "first_packet"
    /// From the first packet to the end of the first whole key frame.
    case firstKeyFrame = "first_keyframe"
    /// Fetching a playlist.
    case playlist
    /// Fetching a segment.
    case segment
    /// Opening a file and reading its head.
    case open
}
