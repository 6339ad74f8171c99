internal import CLibCurl

/// An `http` or `https` address whose printed form gives no secret away.
///
/// User information and every value in the query are struck from it, and the path too where the path is the
/// secret (as with web hooks of the form `/hook/TOKEN`). Parsed by the parser that later makes the
/// connection, so that what was checked is what is called.
public struct TransferURL: Sendable, Hashable {
    let text: String
    /// `http` or `https`.
    public let scheme: String
    /// The name or address to connect to; IPv6 in brackets.
    public let host: String
    /// 1 to 65535; the scheme's own if the text names none.
    public let port: Int
    private let redacted: String

    /// Reads an absolute address, in ASCII as RFC 3986 wants it.
    ///
    /// `isPathSecret` strikes the path from everything printed. Throws `invalid` without repeating the text,
    /// since a mistyped address may hold a secret all the same.
    public init(_ text: String, isPathSecret: Bool = false) throws(TransferError) {
        guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw Self.refusal("holds a space, a control or a non-ASCII character; percent-encode it")
        }
        // Curl would forgive a third slash and take the path's first part for the host.
        guard !text.contains(":///"), let parts = URLParts(text) else {
            throw Self.refusal("is not an absolute address")
        }
        guard let scheme = parts[CURLUPART_SCHEME], scheme == "http" || scheme == "https" else {
            throw Self.refusal("has a scheme that is neither http nor https")
        }
        guard let host = parts[CURLUPART_HOST], !host.isEmpty,
            let port = parts[CURLUPART_PORT].flatMap({ Int($0) }), (1...65535).contains(port)
        else { throw Self.refusal("has no host or an impossible port") }
        self.text = text
        self.scheme = scheme
        self.host = host
        self.port = port

        let hasUser = parts[CURLUPART_USER] != nil || parts[CURLUPART_PASSWORD] != nil
        let path = parts[CURLUPART_PATH] ?? "/"
        let query = parts[CURLUPART_QUERY].map { "?" + Self.redact(query: $0) } ?? ""
        let plainPort = scheme == "https" ? 443 : 80
        self.redacted =
            scheme + "://" + (hasUser ? "<secret>@" : "") + host + (port == plainPort ? "" : ":\(port)")
            + (isPathSecret && path != "/" ? "/<secret>" : path) + query
    }

    /// Same scheme, host and port (RFC 6454).
    func hasSameOrigin(as other: TransferURL) -> Bool {
        self.scheme == other.scheme && self.port == other.port
            && self.host.lowercased() == other.host.lowercased()
    }

    private static func redact(query: String) -> String {
        query.split(separator: "&", omittingEmptySubsequences: false)
            .map { pair in
                guard let equals = pair.firstIndex(of: "=") else { return pair.isEmpty ? "" : "<secret>" }
                return pair[..<equals] + "=<secret>"
            }
            .joined(separator: "&")
    }

    private static func refusal(_ words: String) -> TransferError {
        TransferError(.compose, "address", .invalid, "the address " + words)
    }
}

extension TransferURL: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The address with user information and query values as `<secret>`, and without its fragment.
    public var description: String { self.redacted }
    /// As `description`.
    public var debugDescription: String { self.redacted }
    /// Only the redacted text.
    public var customMirror: Mirror { Mirror(self, children: ["address": self.redacted]) }
}

/// The one owner of a parsed address in curl.
private struct URLParts: ~Copyable {
    private let pointer: OpaquePointer

    init?(_ text: String) {
        guard let pointer = curl_url() else { return nil }
        guard curl_url_set(pointer, CURLUPART_URL, text, 0) == CURLUE_OK else {
            curl_url_cleanup(pointer)
            return nil
        }
        self.pointer = pointer
    }

    deinit { curl_url_cleanup(self.pointer) }

    subscript(part: CURLUPart) -> String? {
        var text: UnsafeMutablePointer<CChar>?
        guard
            curl_url_get(self.pointer, part, &text, part == CURLUPART_PORT ? UInt32(CURLU_DEFAULT_PORT) : 0)
                == CURLUE_OK,
            let text
        else { return nil }
        defer { curl_free(text) }
        return String(cString: text)
    }
}
