internal import Cryptography

/// Asks web servers, one question after the other, and keeps the connection between them where it can. The shell around
/// `HTTPInbox`: it owns the connection and asks the clock.
final class HTTPClient {
    private let visit: MediaVisit
    private let original: MediaTarget
    private var inbox: HTTPInbox
    private var connection: ProtectedConnection?
    /// Where the connection leads: scheme, host and port.
    private var origin = ""
    private var mayBeReused = false
    private var access: AccessNegotiation
    /// The place that it is about.
    private var authorizedOrigin = ""
    /// From where the last answer came, after all redirections.
    private(set) var place: MediaTarget
    /// Whether that is another place than the one that was asked.
    private(set) var isSentOn = false

    /// How often one question may be sent on.
    private static let redirectionLimit = 5

    init(_ visit: MediaVisit, target: MediaTarget) {
        self.visit = visit
        self.original = target
        self.place = target
        self.inbox = HTTPInbox(headByteCount: visit.limits.headByteCount)
        self.access = AccessNegotiation(
            accepted: target.hints.access,
            isProtected: target.scheme.isProtected
        )
    }

    /// The best way in that the server took, now or before.
    var acceptedAccess: AccessScheme? { self.access.accepted }

    /// Asks for a resource, is sent on and lets itself be let in where that is wanted, and gives the head of the answer
    /// that holds it; `read` gives its body.
    ///
    /// - Parameters:
    ///   - target: What to ask for.
    ///   - stage: The stage that it belongs to; it begins behind those of connecting.
    ///   - range: Bytes of it; the whole when nil.
    /// - Returns: An answer of 200 or 206.
    /// - Throws: What any other answer, or none, means.
    func get(_ target: MediaTarget, stage: MediaStage, range: Range<Int>? = nil) throws(ProbeFailure)
        -> ServerAnswer
    {
        self.place = target
        self.isSentOn = false
        for _ in 0...Self.redirectionLimit {
            let answer = try self.ask(stage: stage, range: range)
            if (300...399).contains(answer.status), answer.status != 304,
                let location = answer.first("location")
            {
                try self.follow(location)
                continue
            }
            guard answer.status == 200 || answer.status == 206 else { throw AnswerStatus.failure(answer) }
            guard ["identity", ""].contains(answer.first("content-encoding")?.lowercased() ?? "") else {
                throw ProbeFailure(cause: .protocolError, detail: "a packed answer")
            }
            return answer
        }
        throw ProbeFailure(cause: .protocolError, detail: "sent on more than \(Self.redirectionLimit) times")
    }

    /// Reads what comes next of a body and hands over its pieces.
    ///
    /// - Returns: False at its end.
    func read(until end: Instant, _ body: (RawSpan) throws(ProbeFailure) -> Void) throws(ProbeFailure) -> Bool
    {
        if let isOpen = try self.drain(body) { return isOpen }
        guard let connection = self.connection else { throw self.visit.log.failure(.closed) }
        try self.visit.attempt { () throws(TransportFailure) in
            try self.visit.waiting.wait(for: connection.socket.descriptor, events: pollInput, until: end)
        }
        let isConnected = try self.receive()
        if let isOpen = try self.drain(body) { return isOpen && isConnected }
        guard !isConnected else { return true }
        guard self.inbox.endsWithConnection else { throw self.visit.log.failure(.closed) }
        return false
    }

    /// Of one playlist.
    var playlistByteCount: Int { self.visit.limits.playlistByteCount }

    /// Gives up what is left of a body, and the connection with it.
    func leave() {
        self.connection = nil
    }

    /// Hands over what is at hand; nil when that is nothing.
    private func drain(_ body: (RawSpan) throws(ProbeFailure) -> Void) throws(ProbeFailure) -> Bool? {
        var isFound = false
        while let item = try self.next() {
            switch item {
            case .head: throw ProbeFailure(cause: .protocolError, detail: "an answer to no question")
            case .body(let range):
                isFound = true
                try self.inbox.withBytes(range, body)
            case .end:
                if !self.mayBeReused { self.connection = nil }
                return false
            }
        }
        return isFound ? true : nil
    }

    private func next() throws(ProbeFailure) -> HTTPInbox.Item? {
        do {
            return try self.inbox.next()
        } catch {
            let speech = error == HTTPInbox.notHTTP ? PeerSpeech.phrase(for: self.inbox.front) : nil
            throw ProbeFailure(cause: .protocolError, detail: speech ?? error.reason)
        }
    }

    private func receive() throws(ProbeFailure) -> Bool {
        try self.visit.attempt { () throws(TransportFailure) in
            guard let connection = self.connection else { throw .closed }
            do throws(TransportFailure) {
                let isOpen = try connection.receive(into: &self.inbox)
                if !isOpen { self.connection = nil }
                return isOpen
            } catch {
                if error == .closed { self.connection = nil }
                throw error
            }
        }
    }

    // MARK: Asking

    private func ask(stage: MediaStage, range: Range<Int>?) throws(ProbeFailure) -> ServerAnswer {
        let origin = self.place.origin
        if self.authorizedOrigin != origin {
            self.access = AccessNegotiation(
                accepted: self.access.accepted,
                isProtected: self.place.scheme.isProtected
            )
        }
        self.authorizedOrigin = origin
        while true {
            let answer = try self.exchange(stage: stage, range: range)
            guard try self.access.wantsRepetition(after: answer, credential: self.place.credential) else {
                return answer
            }
            self.visit.log.end(as: .auth, at: .now)
        }
    }

    /// Sends the question and waits for the head of its answer. A connection kept from before may have been closed by
    /// then; the question is asked once more over a new one.
    private func exchange(stage: MediaStage, range: Range<Int>?) throws(ProbeFailure) -> ServerAnswer {
        try self.finishBody()
        let isKept = self.connection != nil && self.origin == self.place.origin && self.mayBeReused
        if !isKept { try self.connect() }
        if self.visit.log.current?.stage != stage { self.visit.log.begin(stage, at: .now) }
        let end = self.visit.end(of: self.visit.limits.answer)
        do throws(ProbeFailure) {
            return try self.exchange(range: range, until: end)
        } catch {
            guard isKept, self.connection == nil, self.inbox.isUntouched else { throw error }
        }
        try self.connect()
        self.visit.log.begin(stage, at: .now)
        return try self.exchange(range: range, until: end)
    }

    /// Reads a short rest of the answer before, so that its connection can be kept; gives the connection up otherwise.
    private func finishBody() throws(ProbeFailure) {
        guard self.connection != nil, !self.inbox.isOver else { return }
        do throws(ProbeFailure) {
            if try self.drain({ _ in }) == false { return }
        } catch {
            // What is wrong with an answer that nobody reads costs only its connection.
        }
        self.connection = nil
    }

    private func connect() throws(ProbeFailure) {
        self.connection = nil
        self.inbox = HTTPInbox(headByteCount: self.visit.limits.headByteCount)
        self.connection = try self.visit.connect(to: self.place)
        self.origin = self.place.origin
    }

    private func exchange(range: Range<Int>?, until end: Instant) throws(ProbeFailure) -> ServerAnswer {
        self.inbox.expectAnswer()
        let request = Array(try self.request(range: range).utf8)
        try self.visit.attempt { () throws(TransportFailure) in
            guard let connection = self.connection else { throw .closed }
            do throws(TransportFailure) {
                try connection.send(request, until: end, waiting: self.visit.waiting)
            } catch {
                if error == .closed { self.connection = nil }
                throw error
            }
        }
        while true {
            if case .head(let answer) = try self.next() {
                let isLast = answer.first("connection")?.lowercased() == "close"
                self.mayBeReused = !isLast && !self.inbox.endsWithConnection
                return answer
            }
            try self.visit.attempt { () throws(TransportFailure) in
                guard let descriptor = self.connection?.socket.descriptor else { throw .closed }
                try self.visit.waiting.wait(for: descriptor, events: pollInput, until: end)
            }
            _ = try self.receive()
        }
    }

    private func request(range: Range<Int>?) throws(ProbeFailure) -> String {
        let resource = self.place.resource.isEmpty ? "/" : self.place.resource
        var text = "GET \(resource) HTTP/1.1\r\nHost: \(self.place.authority)\r\nUser-Agent: Wayside\r\n"
        text += "Accept: */*\r\nAccept-Encoding: identity\r\n"
        if let range { text += "Range: bytes=\(range.lowerBound)-\(range.upperBound - 1)\r\n" }
        if self.access.hasAuthorization {
            let nonce: [UInt8]
            do {
                nonce = try RandomBytes.make(8)
            } catch {
                throw ProbeFailure(cause: .selfOverloaded, detail: error.reason)
            }
            let header = self.access.header(
                method: "GET",
                uri: resource,
                clientNonce: Hexadecimal.string(nonce)
            )
            text += "Authorization: \(header ?? "")\r\n"
        }
        return text + "\r\n"
    }

    // MARK: Being sent on

    /// Goes where it is sent; never from TLS to plain.
    private func follow(_ location: String) throws(ProbeFailure) {
        guard let next = self.target(of: location, in: self.place) else {
            throw ProbeFailure(cause: .protocolError, detail: "sent on to nowhere")
        }
        guard next.scheme == .https || !self.place.scheme.isProtected else {
            throw ProbeFailure(cause: .protocolError, detail: "sent on from TLS to plain")
        }
        self.place = next
        self.isSentOn = true
    }

    /// What a reference means; nil when that is nothing we can ask for. Credentials go along only to
    /// the same host, and never from TLS to plain.
    func target(of reference: String, in place: MediaTarget) -> MediaTarget? {
        guard
            let address = WebAddress.resolve(
                reference,
                origin: place.origin,
                resource: place.resource
            ),
            // An address that cannot be read is one that cannot be asked for.
            let next = try? MediaTarget(named: address, certificatePolicy: self.original.certificatePolicy),
            next.scheme == .http || next.scheme == .https
        else { return nil }
        let isTrusted =
            next.host == self.original.host && (next.scheme == .https || !self.original.scheme.isProtected)
        return try? MediaTarget(
            named: next.requestAddress,
            credential: isTrusted ? self.original.credential : nil,
            certificatePolicy: self.original.certificatePolicy
        )
    }
}

extension MediaTarget {
    /// Host and port as HTTP names them.
    fileprivate var authority: String {
        let start = self.requestAddress.firstRange(of: "://")?.upperBound ?? self.requestAddress.startIndex
        return String(self.requestAddress[start...].prefix { $0 != "/" })
    }

    /// Scheme, host and port.
    var origin: String { "\(self.scheme.rawValue)://\(self.authority)" }
}
