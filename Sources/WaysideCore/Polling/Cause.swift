/// Why a probe said what it said (原因); the codes of the observation file.
public enum Cause: String, Hashable, Sendable, CaseIterable {
    case timeout, refused, unreachable, dns
    case tlsFailed = "tls_failed"
    case notFound = "not_found"
    case protocolError = "protocol_error"
    case noMedia = "no_media"
    case noKeyframe = "no_keyframe"
    case unsupportedCodec = "unsupported_codec"
    case stalePlaylist = "stale_playlist"
    case partialAnswer = "partial_answer"
    case certificateInvalid = "certificate_invalid"
    case authFailed = "auth_failed"
    case lockedOut = "locked_out"
    case busy
    case lossHigh = "loss_high"
    case bitrateLow = "bitrate_low"
    case timestampsJump = "timestamps_jump"
    case threshold
    case signalLoss = "signal_loss"
    case black, frozen, torn, occluded, blurred
    case tooDark = "too_dark"
    case tooBright = "too_bright"
    case lowContrast = "low_contrast"
    case colourCast = "colour_cast"
    case snow, stripes
    case sceneChanged = "scene_changed"
    case shaking
    case clockWrong = "clock_wrong"
    case textWrong = "text_wrong"
    case selfOverloaded = "self_overloaded"
    case selfNetwork = "self_network"
    case selfClock = "self_clock"
    case collectorGap = "collector_gap"

    /// What the cause makes of a probe of that check, by the table of outcomes; `nil` where it cannot occur.
    /// `refused` on reach is `up`: whoever refuses is there.
    public func outcome(of check: Check) -> Outcome? {
        switch self {
        case .selfOverloaded, .selfNetwork, .selfClock, .collectorGap, .lockedOut, .busy: .unknown
        case .refused: check == .reach ? .up : .down
        case .timeout, .unreachable, .dns, .tlsFailed: .down
        case .authFailed, .threshold: .abnormal
        case .partialAnswer: check.facet == .reachability ? .abnormal : nil
        case .notFound, .protocolError, .noMedia, .noKeyframe, .stalePlaylist:
            check.facet == .reachability ? nil : .down
        case .unsupportedCodec, .certificateInvalid, .lossHigh, .bitrateLow, .timestampsJump:
            check.facet == .reachability ? nil : .abnormal
        case .signalLoss, .black, .frozen, .torn, .occluded: check == .picture ? .down : nil
        case .blurred, .tooDark, .tooBright, .lowContrast, .colourCast, .snow, .stripes, .sceneChanged,
            .shaking,
            .clockWrong, .textWrong:
            check == .picture ? .abnormal : nil
        }
    }
}
