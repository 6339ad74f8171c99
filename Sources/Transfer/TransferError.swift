/// A request or a mail that did not go through: what was tried, with whom, and why.
///
/// Holds nothing secret: `subject` is redacted, and known secrets are struck from `words`.
public struct TransferError: Error, Sendable, Hashable {
    /// What was being done.
    public enum Operation: String, Sendable, Hashable {
        /// Bringing up the library or a handle of it.
        case start
        /// Checking and encoding what the caller gave; nothing has been sent.
        case compose
        /// An HTTP exchange.
        case request
        /// A delivery to an SMTP server.
        case mail
    }

    /// Why it failed, as far as a caller may want to act on it.
    public enum Reason: String, Sendable, Hashable {
        /// Asked wrongly: nothing was or could be sent as given.
        case invalid
        /// The host's name has no address.
        case unresolved
        /// No connection: refused, or no way there.
        case unreachable
        /// A deadline passed.
        case timedOut
        /// The caller's token said stop.
        case cancelled
        /// The other side's certificate is not trusted or names another host.
        case untrusted
        /// TLS was asked for and could not be had.
        case insecure
        /// The credential was turned down.
        case denied
        /// The connection ended, or spoke nonsense, before the exchange was whole.
        case interrupted
        /// The answer is larger than the caller's limit.
        case tooLarge
        /// The other side answered, and its answer is no: see `status`.
        case rejected
        /// Anything else.
        case other
    }

    /// What was being done.
    public let operation: Operation
    /// With whom: a redacted address, or the name of the offending field.
    public let subject: String
    /// Why, for a program.
    public let reason: Reason
    /// Why, for a person: curl's or the server's own words.
    public let words: String
    /// The HTTP status or the SMTP reply code, when the other side got so far as to give one.
    public let status: Int?

    init(
        _ operation: Operation,
        _ subject: String,
        _ reason: Reason,
        _ words: String,
        status: Int? = nil
    ) {
        self.operation = operation
        self.subject = subject
        self.reason = reason
        self.words = words
        self.status = status
    }

    /// Whether a deadline passed.
    public var isTimeout: Bool { self.reason == .timedOut }

    /// Whether the same request may succeed later with nothing changed on our side.
    ///
    /// A certificate that is not trusted counts: it is the other side that renews it.
    public var isRetriable: Bool {
        switch self.reason {
        case .unresolved, .unreachable, .timedOut, .untrusted, .insecure, .interrupted, .other:
            true
        case .invalid, .cancelled, .tooLarge:
            false
        case .denied, .rejected:
            switch self.operation {
            case .mail: self.status.map { (400..<500).contains($0) } ?? false
            case .request: self.status.map(Self.isPassing(httpStatus:)) ?? false
            case .start, .compose: false
            }
        }
    }

    /// Statuses of RFC 9110 and RFC 6585 that speak of a passing state; 501 and 505 will not pass.
    private static func isPassing(httpStatus: Int) -> Bool {
        switch httpStatus {
        case 408, 425, 429: true
        case 501, 505: false
        default: (500..<600).contains(httpStatus)
        }
    }
}

extension TransferError: CustomStringConvertible {
    /// One line: operation, subject, reason, status and words.
    public var description: String {
        let status = self.status.map { " \($0)" } ?? ""
        return "\(self.operation.rawValue) \(self.subject): \(self.reason.rawValue)\(status): \(self.words)"
    }
}
