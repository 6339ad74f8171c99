internal import Cryptography
public import Transfer
public import WaysideCore

/// Where a recipient's web hook is, and the key its notices are signed with (回调地址).
public struct WebhookDestination: Sendable {
    /// The least length of a key, in bytes.
    public static let leastKeyBytes = 16

    let url: TransferURL
    let trust: TLSTrust
    let signingKey: HMAC

    /// Takes the address, the signing key in clear, and whose certificates are believed there.
    ///
    /// Throws for a key under `leastKeyBytes`.
    public init(url: TransferURL, signingKey: String, trust: TLSTrust = .system) throws(NoticeSettingsError) {
        guard signingKey.utf8.count >= Self.leastKeyBytes else {
            throw NoticeSettingsError(
                subject: "\(url)",
                words: "the signing key is too short; give it \(Self.leastKeyBytes) bytes or more"
            )
        }
        self.url = url
        self.trust = trust
        self.signingKey = HMAC(.sha256, key: Array(signingKey.utf8))
    }
}

extension WebhookDestination: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The redacted address.
    public var description: String { self.url.description }
    /// As `description`.
    public var debugDescription: String { self.description }
    /// Only the printed form: the worked-in key is as good as the key.
    public var customMirror: Mirror { Mirror(self, children: ["url": self.description]) }
}

/// Sends notices as signed HTTP POSTs (回调通知).
///
/// Headers: `Idempotency-Key` (the notice's key), `X-Wayside-Signature` (`sha256=` and the HMAC-SHA-256 of
/// the raw body in lower-case hexadecimal, RFC 2104), `X-Wayside-Timestamp` (when the notice was written, RFC
/// 3339; the body, which is signed, holds it too). A 2xx means that the receiver has it; redirects are not
/// followed.
public struct WebhookNoticeSender: NoticeSender {
    private let destinations: [String: WebhookDestination]
    private let fallback: WebhookDestination?
    private let limits: TimeLimits
    private let lane: TransferLane

    /// Takes destinations by the recipient's key, one for all others if there is to be one, the deadlines,
    /// and the lane on which the blocking calls run.
    public init(
        destinations: [String: WebhookDestination],
        fallback: WebhookDestination? = nil,
        limits: TimeLimits = .request,
        lane: any TaskExecutor
    ) {
        self.destinations = destinations
        self.fallback = fallback
        self.limits = limits
        self.lane = TransferLane(executor: lane)
    }

    /// Posts the notice once; `refused` when no address is set for its recipient or the receiver cannot take
    /// such a request at all.
    public func send(_ notice: Notice) async -> NoticeOutcome {
        guard let destination = self.destinations[notice.recipient.key] ?? self.fallback else {
            return .refused(why: "no web hook is set for \(notice.recipient.key)")
        }
        let limits = self.limits
        return await self.lane.run { session, cancellation throws(TransferError) in
            let request = try Self.request(notice, to: destination, limits)
            return Self.outcome(
                of: try session.exchange(request, cancellation: cancellation),
                from: destination
            )
        }
    }

    static func request(
        _ notice: Notice,
        to destination: WebhookDestination,
        _ limits: TimeLimits
    ) throws(TransferError) -> HTTPRequest {
        let body = NoticeDocument(notice).bytes
        let signature = Hexadecimal.string(destination.signingKey.code(for: body))
        return try HTTPRequest(
            .post,
            destination.url,
            headers: [
                HTTPHeader("Content-Type", "application/json; charset=utf-8"),
                HTTPHeader("User-Agent", "Wayside"),
                HTTPHeader("Idempotency-Key", notice.key),
                HTTPHeader("X-Wayside-Timestamp", notice.createdAt.text),
                HTTPHeader("X-Wayside-Signature", "sha256=" + signature, isSecret: true),
            ],
            body: body,
            limits: limits,
            maximumResponseBytes: 64 << 10,
            trust: destination.trust
        )
    }

    /// Only answers that speak of the request itself are final: an address or a right may be mended in time.
    static func outcome(of response: HTTPResponse, from destination: WebhookDestination) -> NoticeOutcome {
        let words = "\(destination) answered \(response.status)"
        switch response.status {
        case 200..<300: return .delivered
        case 400, 405, 406, 410, 411, 413, 414, 415, 422, 431, 501, 505: return .refused(why: words)
        case 401, 403:
            return .retry(why: words, afterMilliseconds: TransferLane.waitAfterDenialMilliseconds)
        default:
            // The other form of Retry-After, a date, would need a clock that agrees with the receiver's.
            let seconds = response.value(of: "Retry-After").flatMap { Int64($0) }
            return .retry(why: words, afterMilliseconds: seconds.map { min(max(0, $0), 86_400) * 1000 })
        }
    }
}
