internal import CLibCurl

extension TransferSession {
    /// Makes the exchange and waits for the whole answer, whatever its status.
    ///
    /// A connection kept alive that turns out dead is tried once more on a fresh one, so a server may see a
    /// request twice: give what must happen once an idempotency key.
    public mutating func exchange(
        _ request: HTTPRequest,
        cancellation: TransferCancellation? = nil
    ) throws(TransferError) -> HTTPResponse {
        let start = ContinuousClock.now
        var url = request.url
        var followed = 0
        while true {
            let (response, target) = try self.ask(request, at: url, since: start, cancellation)
            guard case .withinOrigin(let limit) = request.redirects,
                Self.isFollowed(response.status, request.method),
                let target,
                let next = try? TransferURL(target),  // not http, or not an address: the caller gets the 3xx
                next.hasSameOrigin(as: url)
            else { return response }
            followed += 1
            guard followed <= limit else {
                throw TransferError(
                    .request,
                    "\(request.url)",
                    .rejected,
                    "redirected more than \(limit) times",
                    status: response.status
                )
            }
            url = next
        }
    }

    private static func isFollowed(_ status: Int, _ method: HTTPMethod) -> Bool {
        switch status {
        case 307, 308: true
        case 301, 302, 303: method == .get || method == .head
        default: false
        }
    }

    private mutating func ask(
        _ request: HTTPRequest,
        at url: TransferURL,
        since start: ContinuousClock.Instant,
        _ cancellation: TransferCancellation?
    ) throws(TransferError) -> (HTTPResponse, redirect: String?) {
        let subject = request.method.rawValue + " \(request.url)"
        let deadline = start + request.limits.total
        let remaining = max(.milliseconds(1), deadline - ContinuousClock.now)
        let exchange = CurlExchange(
            deadline: deadline + Self.grace,
            cancellation: cancellation,
            maximumBodyBytes: request.maximumResponseBytes
        )
        do {
            try self.prepare(
                limits: request.limits,
                remaining: remaining,
                trust: request.trust,
                protocols: "http,https"
            )
            try self.describe(request, at: url)
            // An empty line takes away a header that curl would add by itself.
            var lines = request.headers.map(\.line) + ["Expect:"]
            if !request.headers.contains(where: { $0.name.lowercased() == "content-type" }) {
                lines.append("Content-Type:")
            }
            let list = try CurlList(lines)
            try self.handle.set(CURLOPT_HTTPHEADER, list)
            try self.handle.perform(exchange)
            _ = consume list
        } catch {
            let status = self.handle.status
            throw TransferError(
                .request,
                subject,
                error,
                stop: exchange.stop,
                status: status >= 200 ? status : nil
            )
        }
        let response = HTTPResponse(
            status: self.handle.status,
            headers: exchange.headers,
            body: exchange.body,
            took: ContinuousClock.now - start,
            subject: subject
        )
        return (response, self.handle.redirectAddress)
    }

    private func describe(_ request: HTTPRequest, at url: TransferURL) throws(CurlFailure) {
        try self.handle.set(CURLOPT_URL, url.text)
        // A second protocol version would be a second way for things to go wrong, and gains nothing here.
        try self.handle.set(CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1)
        switch request.method {
        case .get:
            try self.handle.set(CURLOPT_HTTPGET, 1)
        case .head:
            try self.handle.set(CURLOPT_NOBODY, 1)
        case .delete:
            try self.handle.set(CURLOPT_HTTPGET, 1)
            try self.handle.set(CURLOPT_CUSTOMREQUEST, request.method.rawValue)
        case .post, .put, .patch:
            try self.handle.set(CURLOPT_POST, 1)
            try self.handle.set(body: request.body)
            if request.method != .post {
                try self.handle.set(CURLOPT_CUSTOMREQUEST, request.method.rawValue)
            }
        }
    }

    /// Curl's own clock, which knows at which stage it stopped, is let to speak first.
    static var grace: Duration { .milliseconds(100) }
}
