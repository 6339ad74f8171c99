/// What one server was told of our credentials, and what it made of them. A machine: it takes answers and says whether
/// the request is to be made once more.
///
/// Credentials that were refused are forgotten and never sent again, not even to say goodbye: cameras lock out whoever
/// tries twice.
struct AccessNegotiation {
    private enum Standing {
        case untried
        /// They went out; what the server makes of them is not known yet. Repeated are those that it called right
        /// under a nonce too old.
        case offered(isRepeated: Bool)
        case accepted
        case refused
    }

    private var standing = Standing.untried
    private var authorization: AccessAuthorization?
    /// The best way in that the server took, now or before.
    private(set) var accepted: AccessScheme?
    /// Whether nobody in between can listen.
    private let isProtected: Bool

    /// Knows what the server took before, and whether it is asked over TLS.
    init(accepted: AccessScheme?, isProtected: Bool) {
        self.accepted = accepted
        self.isProtected = isProtected
    }

    /// The value of the next request's `Authorization` header; nil when there is none to send.
    mutating func header(method: String, uri: String, clientNonce: String) -> String? {
        self.authorization?.header(method: method, uri: uri, clientNonce: clientNonce)
    }

    /// Whether the next request says who we are.
    var hasAuthorization: Bool { self.authorization != nil }

    /// Takes an answer to the request that went out last.
    ///
    /// - Parameters:
    ///   - answer: Of any status.
    ///   - credential: What there is to offer at that place; nil when nothing may be.
    /// - Returns: Whether the same request is to be made again, which then says who we are.
    /// - Throws: Why we are not let in.
    mutating func wantsRepetition(
        after answer: ServerAnswer,
        credential: MediaCredential?
    ) throws(ProbeFailure) -> Bool {
        guard answer.status == 401 else {
            if case .offered = self.standing {
                self.standing = .accepted
                self.accepted = [self.accepted, self.authorization?.scheme].compactMap { $0 }.max()
            }
            return false
        }
        // Said before anything was offered: what we know would only make it worse.
        if AnswerStatus.cause(of: answer) == .lockedOut { throw self.refusal(answer) }
        guard let credential else { throw Self.failure("it wants credentials") }
        let challenges = AccessChallenge.parse(answer.all("www-authenticate"))
        let next = AccessAuthorization(challenges, credential: credential)
        switch self.standing {
        case .refused: throw self.refusal(answer)
        case .offered(let isRepeated):
            // By its own words the password was right and only the nonce too old (RFC 7616, 3.3).
            guard !isRepeated, let next, next.isStale, next.nonce != self.authorization?.nonce else {
                throw self.refusal(answer)
            }
            self.standing = .offered(isRepeated: true)
        // Those that were accepted may be repeated, once a request, under a fresh nonce.
        case .untried, .accepted: self.standing = .offered(isRepeated: false)
        }
        guard let next else {
            throw Self.failure(
                challenges.isEmpty
                    ? "it lets nobody in without saying how it wants to be told who one is"
                    : "it wants an authentication that we do not know"
            )
        }
        guard next.scheme >= self.accepted ?? .basic || self.isProtected else {
            self.authorization = nil
            self.standing = .refused
            let mend = "turn Digest on there, or ask over TLS"
            throw Self.failure(
                "it took Digest before and now wants the password in the clear; not sent: \(mend)"
            )
        }
        self.authorization = next
        return true
    }

    private static func failure(_ detail: String) -> ProbeFailure {
        ProbeFailure(cause: .authenticationFailed, detail: detail, stage: .auth)
    }

    private mutating func refusal(_ answer: ServerAnswer) -> ProbeFailure {
        self.standing = .refused
        self.authorization = nil
        return ProbeFailure(
            cause: AnswerStatus.cause(of: answer),
            detail: AnswerStatus.words(of: answer),
            stage: .auth
        )
    }
}
