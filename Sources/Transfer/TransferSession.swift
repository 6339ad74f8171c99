internal import CLibCurl

/// A place from which requests and mails are sent, one at a time; keeps HTTP connections alive between them.
///
/// Every call blocks its thread until it is done or its deadline passes: use it on a lane of threads. Only
/// http, https, smtp and smtps are spoken; the environment's proxy settings, `.netrc` and cookies play no
/// part; no signal is used and none is let through.
public struct TransferSession: ~Copyable, Sendable {
    let handle: CurlHandle

    /// Starts the library if need be; throws when it cannot start.
    public init() throws(TransferError) {
        self.handle = try CurlHandle()
    }

    /// What every transfer has in common, on a handle swept clean.
    func prepare(limits: TimeLimits, remaining: Duration, trust: TLSTrust, protocols: String)
        throws(CurlFailure)
    {
        self.handle.reset()
        try self.handle.set(CURLOPT_NOSIGNAL, 1)
        try self.handle.set(CURLOPT_PROTOCOLS_STR, protocols)
        try self.handle.set(CURLOPT_FOLLOWLOCATION, 0)
        try self.handle.set(CURLOPT_PROXY, "")
        try self.handle.set(CURLOPT_CONNECTTIMEOUT_MS, min(limits.connect, remaining).millisecondsUp)
        try self.handle.set(CURLOPT_TIMEOUT_MS, remaining.millisecondsUp)
        // Or giving up on a name would wait for the system's resolver to give up too, deadline or not.
        try self.handle.set(CURLOPT_QUICK_EXIT, 1)
        try self.handle.set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        switch trust {
        case .system: break
        case .authorities(let file):
            try self.handle.set(CURLOPT_CAINFO, file)
            try self.handle.set(CURLOPT_CAPATH, nil)
        case .unverified:
            try self.handle.set(CURLOPT_SSL_VERIFYPEER, 0)
            try self.handle.set(CURLOPT_SSL_VERIFYHOST, 0)
        }
    }
}

extension TransferError {
    /// Reads a failed transfer: our own reason to stop goes before curl's code, the server's no before both.
    init(
        _ operation: Operation,
        _ subject: String,
        _ failure: CurlFailure,
        stop: CurlExchange.Stop?,
        status: Int? = nil,
        words: String? = nil
    ) {
        let reason: Reason
        var words = words ?? failure.words
        switch stop {
        case .cancelled: (reason, words) = (.cancelled, "cancelled")
        case .deadlinePassed: (reason, words) = (.timedOut, "not done within its time limit")
        case .bodyTooLarge: (reason, words) = (.tooLarge, "the answer's body is larger than its limit")
        case .headersTooLarge:
            (reason, words) = (.tooLarge, "the answer's headers are larger than their limit")
        case nil: reason = Reason(failure.code)
        }
        self.init(operation, subject, reason, words, status: status)
    }
}

extension TransferError.Reason {
    init(_ code: CURLcode) {
        switch code {
        case CURLE_UNSUPPORTED_PROTOCOL, CURLE_URL_MALFORMAT, CURLE_SSL_CACERT_BADFILE: self = .invalid
        case CURLE_COULDNT_RESOLVE_HOST: self = .unresolved
        case CURLE_COULDNT_CONNECT: self = .unreachable
        case CURLE_OPERATION_TIMEDOUT: self = .timedOut
        case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_ISSUER_ERROR: self = .untrusted
        case CURLE_SSL_CONNECT_ERROR, CURLE_USE_SSL_FAILED, CURLE_SSL_CIPHER: self = .insecure
        case CURLE_LOGIN_DENIED, CURLE_AUTH_ERROR: self = .denied
        case CURLE_PARTIAL_FILE, CURLE_GOT_NOTHING, CURLE_SEND_ERROR, CURLE_RECV_ERROR,
            CURLE_WEIRD_SERVER_REPLY,
            CURLE_BAD_CONTENT_ENCODING, CURLE_SEND_FAIL_REWIND:
            self = .interrupted
        default: self = .other
        }
    }
}
