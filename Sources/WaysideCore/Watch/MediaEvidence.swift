/// What the cause of a stream's verdict says of its media (媒体证据).
///
/// An outcome alone does not say it: `abnormal` is said of a stream that loses packets, and of one that nobody saw
/// because its password is wrong.
public enum MediaEvidence: Hashable, Sendable, CaseIterable {
    /// Media arrived, and the cause was measured on it.
    case measured
    /// Media arrives, and it is always the same.
    case stalled
    /// It is the right place, and it has no media to give.
    case missing
    /// It is the right place, and it knows no stream of that name.
    case unnamed
    /// What answers, or what is named, is not a stream's place: the name, the port, the protocol or its TLS is wrong.
    case misdirected
    /// Nobody answers.
    case silent
    /// It answers, and we were kept away before any media came: media is unproved, either way.
    case barred
    /// None: the cause is none of a stream's, or it is our own.
    case nothing
}

extension Cause {
    /// What it says of the media of the stream that was asked.
    public var mediaEvidence: MediaEvidence {
        switch self {
        case .lossHigh, .bitrateLow, .timestampsJump: .measured
        case .signalLoss, .black, .torn, .occluded, .blurred, .tooDark, .tooBright, .lowContrast, .colourCast,
            .snow, .stripes, .sceneChanged, .shaking, .clockWrong, .textWrong:
            .measured
        case .stalePlaylist, .frozen: .stalled
        case .noMedia, .noKeyframe: .missing
        case .notFound: .unnamed
        case .refused, .dns, .tlsFailed, .protocolError: .misdirected
        case .timeout, .unreachable: .silent
        // A codec is told by the description, before any media; a certificate and a password come before that.
        case .authFailed, .lockedOut, .busy, .certificateInvalid, .unsupportedCodec: .barred
        case .partialAnswer, .threshold, .selfOverloaded, .selfNetwork, .selfClock, .collectorGap: .nothing
        }
    }
}
