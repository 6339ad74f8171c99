public import MediaProbe

/// How gently one run of looks asks the same streams (巡看礼让): a person who tries a wrong password must not lock the
/// account, and a stream that is busy has viewers.
///
/// - A credential that a server refused is offered there again by the stream that was refused alone: thirty channels of a
///   recorder with one wrong password are one try and not thirty.
/// - That stream is asked again after a pause: 5 minutes, then twice as long each time, at most an hour.
/// - A stream that was busy is asked again after twice the time between two rounds, then after twice as long each time, at
///   most 5 minutes.
///
/// Times are spans since the run began; they never run backwards.
public struct RunCourtesy: Sendable {
    /// Why a stream is left alone for now.
    public enum Sparing: Hashable, Sendable {
        /// Its server refused the same credential to another stream, which is asked first.
        case credential
        /// It refused us itself.
        case refused(again: Duration)
        /// It was busy.
        case busy(again: Duration)

        /// The code that the answer carries, as the patrol's: of what is not known because we did not ask, a gap of ours;
        /// of a stream that is busy, what it said itself.
        public var cause: MediaCause {
            switch self {
            case .credential, .refused: .collectorGap
            case .busy: .busy
            }
        }

        /// How long still; `nil` where that hangs on another stream.
        public var again: Duration? {
            switch self {
            case .credential: nil
            case .refused(let again), .busy(let again): again
            }
        }

        /// In words.
        public var words: String {
            switch self {
            case .credential: "not asked: its server has refused the same credential to another channel"
            case .refused: "not asked: its server has refused us, and another try could lock the account"
            case .busy: "not asked: it was busy, its viewers go first"
            }
        }
    }

    private enum Opening: Hashable {
        case credential(MediaCredential, server: String)
        /// Without a credential nothing is tried, and each channel may have its own rule about that.
        case none(stream: Int)
    }

    private struct Refusal {
        var witness: Int
        var row = 0
        var until: Duration = .zero
    }

    private struct Rest {
        var row = 0
        var until: Duration = .zero
    }

    /// The first pause after a refusal.
    public static let refusalPause: Duration = .seconds(300)
    /// The longest pause after refusals.
    public static let longestRefusalPause: Duration = .seconds(3_600)
    /// The longest pause of a stream that is busy, unless the rounds are further apart.
    public static let longestBusyPause: Duration = .seconds(300)

    private let openings: [Opening?]
    private let pace: Duration
    private var refusals: [Opening: Refusal] = [:]
    private var busy: [Int: Rest] = [:]

    /// Nobody was asked yet.
    ///
    /// - Parameters:
    ///   - targets: The streams; they are called by their places from here on.
    ///   - pace: From one round to the next.
    public init(of targets: [MediaTarget], pace: Duration) {
        // With its port: behind one address of a router each port may be another camera.
        self.openings = targets.enumerated().map { stream, target in
            guard target.scheme != .file else { return nil }
            guard let credential = target.credential else { return Opening.none(stream: stream) }
            return .credential(credential, server: "\(target.host.lowercased()):\(target.port)")
        }
        self.pace = pace
    }

    /// Whether that stream is left alone in the round that began then; `nil` when it may be asked.
    public func sparing(_ stream: Int, round: Duration) -> Sparing? {
        if let rest = self.busy[stream], rest.until > round { return .busy(again: rest.until - round) }
        guard let opening = self.openings[stream], let refusal = self.refusals[opening] else { return nil }
        guard refusal.witness == stream else { return .credential }
        return refusal.until > round ? .refused(again: refusal.until - round) : nil
    }

    /// Takes in how a look at it ended.
    ///
    /// - Parameters:
    ///   - stream: Its place.
    ///   - cause: Why it was not simply up.
    ///   - round: When the round began in which it was asked.
    ///   - now: When the look was over.
    public mutating func note(_ stream: Int, _ cause: MediaCause?, round: Duration, now: Duration) {
        if cause == .busy {
            var rest = self.busy[stream] ?? Rest()
            rest.row = min(rest.row + 1, 16)
            rest.until = round + min(self.pace * (1 << rest.row), max(self.pace, Self.longestBusyPause))
            self.busy[stream] = rest
        } else {
            self.busy[stream] = nil
        }
        guard let opening = self.openings[stream] else { return }
        switch cause {
        case .authenticationFailed, .lockedOut:
            var refusal = self.refusals[opening] ?? Refusal(witness: stream)
            refusal.row = min(refusal.row + 1, 16)
            refusal.until = now + min(Self.refusalPause * (1 << (refusal.row - 1)), Self.longestRefusalPause)
            self.refusals[opening] = refusal
        case nil, .noMedia, .noKeyFrame, .unsupportedCodec, .stalePlaylist:
            // It came past the door.
            self.refusals[opening] = nil
        default:
            // It said nothing of the credential.
            break
        }
    }
}
