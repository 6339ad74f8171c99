/// The methods of RFC 9110 and RFC 5789 that are sent from here.
public enum HTTPMethod: String, Sendable, Hashable, CaseIterable {
    /// Reads.
    case get = "GET"
    /// Reads the headers only.
    case head = "HEAD"
    /// Hands something over.
    case post = "POST"
    /// Writes the whole thing.
    case put = "PUT"
    /// Alters a part.
    case patch = "PATCH"
    /// Removes.
    case delete = "DELETE"

    /// Whether a body is sent with it.
    var hasBody: Bool {
        switch self {
        case .get, .head, .delete: false
        case .post, .put, .patch: true
        }
    }
}

/// What to do with an answer that points elsewhere.
public enum RedirectPolicy: Sendable, Hashable {
    /// Hands the 3xx to the caller.
    case refuse
    /// Follows at most `limit` times (1 to 10), to the same scheme, host and port only, so that headers and
    /// body never reach anyone else.
    ///
    /// 307 and 308 repeat the request; 301, 302 and 303 are followed for `get` and `head` alone. Anything
    /// else is handed to the caller.
    case withinOrigin(limit: Int)
}

/// One HTTP exchange to be made, whole.
public struct HTTPRequest: Sendable, Hashable {
    /// What to do there.
    public let method: HTTPMethod
    /// Where.
    public let url: TransferURL
    /// Sent in this order, after those the connection needs.
    public let headers: [HTTPHeader]
    /// Empty for `get`, `head` and `delete`.
    public let body: [UInt8]
    /// The deadlines.
    public let limits: TimeLimits
    /// An answer whose body is longer is `tooLarge`; bytes.
    public let maximumResponseBytes: Int
    /// Whose certificates are believed.
    public let trust: TLSTrust
    /// What to do with an answer that points elsewhere.
    public let redirects: RedirectPolicy

    /// Throws `invalid` when a body is given to a method that has none.
    public init(
        _ method: HTTPMethod,
        _ url: TransferURL,
        headers: [HTTPHeader] = [],
        body: [UInt8] = [],
        limits: TimeLimits = .request,
        maximumResponseBytes: Int = 1 << 20,
        trust: TLSTrust = .system,
        redirects: RedirectPolicy = .refuse
    ) throws(TransferError) {
        precondition(maximumResponseBytes >= 0, "a limit of bytes is not negative")
        if case .withinOrigin(let limit) = redirects {
            precondition((1...10).contains(limit), "redirects are followed 1 to 10 times")
        }
        guard body.isEmpty || method.hasBody else {
            throw TransferError(.compose, "\(url)", .invalid, "\(method.rawValue) is sent without a body")
        }
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.limits = limits
        self.maximumResponseBytes = maximumResponseBytes
        self.trust = trust
        self.redirects = redirects
    }
}

extension HTTPRequest: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Method, redacted address, redacted headers, and the size of the body, which is not shown.
    public var description: String {
        let headers = self.headers.map(\.description).joined(separator: ", ")
        return "\(self.method.rawValue) \(self.url) [\(headers)] \(self.body.count) bytes"
    }
    /// As `description`.
    public var debugDescription: String { self.description }
    /// Only the printed form.
    public var customMirror: Mirror { Mirror(self, children: ["request": self.description]) }
}
