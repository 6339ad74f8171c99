internal import Cryptography

/// One way in that a server offers (RFC 7235, 2.1).
struct AccessChallenge: Equatable {
    /// In lower case: `basic`, `digest`, …
    var scheme: String
    /// Names in lower case.
    var parameters: [String: String] = [:]

    /// All challenges of all `WWW-Authenticate` headers; a header may hold several. What makes no sense is
    /// left out.
    static func parse(_ headers: [String]) -> [AccessChallenge] {
        var challenges: [AccessChallenge] = []
        for header in headers.prefix(8) {
            // By scalars: a quote with an accent behind it is one character, and would not be seen as a quote.
            var rest = header.unicodeScalars.prefix(4_096)
            while challenges.count < 16 {
                rest = rest.drop { $0 == " " || $0 == "," || $0 == "\t" }
                let word = rest.prefix { !" =,\t".unicodeScalars.contains($0) }
                guard !word.isEmpty else {
                    if rest.isEmpty { break }
                    rest = rest.dropFirst()
                    continue
                }
                rest = rest[word.endIndex...]
                let afterBlank = rest.drop { $0 == " " || $0 == "\t" }
                guard afterBlank.first == "=" else {
                    challenges.append(AccessChallenge(scheme: String(word).lowercased()))
                    continue
                }
                rest = afterBlank.dropFirst().drop { $0 == " " || $0 == "\t" }
                let value = Self.value(&rest)
                if !challenges.isEmpty {
                    challenges[challenges.count - 1].parameters[String(word).lowercased()] = value
                }
            }
        }
        return challenges
    }

    /// A token or a quoted string, taken off the front.
    private static func value(_ rest: inout Substring.UnicodeScalarView) -> String {
        guard rest.first == "\"" else {
            let token = rest.prefix { $0 != "," && $0 != " " && $0 != "\t" }
            rest = rest[token.endIndex...]
            return String(token)
        }
        rest = rest.dropFirst()
        var value = String.UnicodeScalarView()
        while let scalar = rest.popFirst(), scalar != "\"" {
            if scalar == "\\", let escaped = rest.popFirst() {
                value.append(escaped)
            } else {
                value.append(scalar)
            }
        }
        return String(value)
    }
}

/// Answers a server's challenge: Basic (RFC 7617) and Digest (RFC 2069, RFC 2617, RFC 7616).
struct AccessAuthorization {
    /// The challenge that is answered.
    let challenge: AccessChallenge
    private let credential: MediaCredential
    private let method: Method
    private var count: UInt32 = 0

    private enum Method {
        case basic
        case digest(Digest, isSession: Bool, protection: Protection)
    }

    private enum Protection: String {
        /// RFC 2069: no counter, no nonce of ours.
        case none
        case auth
        case authWithBody = "auth-int"
    }

    /// Takes the strongest challenge that we can answer; nil when there is none.
    ///
    /// Basic is answered only where no Digest is offered: it would show the password to the wire.
    init?(_ challenges: [AccessChallenge], credential: MediaCredential) {
        var best: (rank: Int, AccessChallenge, Method)?
        for challenge in challenges {
            guard let (rank, method) = Self.method(of: challenge), rank > best?.rank ?? 0 else { continue }
            best = (rank, challenge, method)
        }
        guard let best else { return nil }
        (self.challenge, self.method) = (best.1, best.2)
        self.credential = credential
    }

    /// How it shows the password, or does not.
    var scheme: AccessScheme {
        switch self.method {
        case .basic: .basic
        case .digest: .digest
        }
    }

    /// The server's, under which we answer; nil with Basic.
    var nonce: String? { self.challenge.parameters["nonce"] }

    /// Whether the server says that what was offered before was right but for its nonce (RFC 7616, 3.3).
    var isStale: Bool { self.challenge.parameters["stale"]?.lowercased() == "true" }

    private static func method(of challenge: AccessChallenge) -> (Int, Method)? {
        if challenge.scheme == "basic" { return (1, .basic) }
        guard challenge.scheme == "digest", challenge.parameters["nonce"] != nil else { return nil }
        var algorithm = (challenge.parameters["algorithm"] ?? "MD5").uppercased()
        let isSession = algorithm.hasSuffix("-SESS")
        if isSession { algorithm.removeLast(5) }
        let protection: Protection
        if let offered = challenge.parameters["qop"] {
            let words = offered.lowercased().split { $0 == "," || $0 == " " }
            if words.contains("auth") || words.isEmpty {
                protection = words.isEmpty ? .none : .auth
            } else if words.contains("auth-int") {
                protection = .authWithBody
            } else {
                return nil
            }
        } else {
            protection = .none
        }
        switch algorithm {
        case "MD5": return (2, .digest(.md5, isSession: isSession, protection: protection))
        case "SHA-256": return (3, .digest(.sha256, isSession: isSession, protection: protection))
        default: return nil
        }
    }

    /// The value of the `Authorization` header for a request without a body. The client's nonce is fresh for
    /// every request and made of hexadecimal digits.
    mutating func header(method: String, uri: String, clientNonce: String) -> String {
        switch self.method {
        case .basic:
            let pair = Array("\(self.credential.user):\(self.credential.password)".utf8)
            return "Basic " + Base64.string(pair)
        case .digest(let digest, let isSession, let protection):
            self.count += 1
            return self.digestHeader(
                digest,
                isSession: isSession,
                protection: protection,
                request: (method, uri),
                clientNonce: clientNonce
            )
        }
    }

    private func digestHeader(
        _ digest: Digest,
        isSession: Bool,
        protection: Protection,
        request: (method: String, uri: String),
        clientNonce: String
    ) -> String {
        let parameters = self.challenge.parameters
        let realm = parameters["realm"] ?? ""
        let nonce = parameters["nonce"] ?? ""
        let user = self.credential.user
        var first = digest.hexadecimal(of: "\(user):\(realm):\(self.credential.password)")
        if isSession { first = digest.hexadecimal(of: "\(first):\(nonce):\(clientNonce)") }
        var asked = "\(request.method):\(request.uri)"
        if protection == .authWithBody { asked += ":" + digest.hexadecimal(of: "") }
        let second = digest.hexadecimal(of: asked)
        let digits = String(self.count, radix: 16)
        let counter = String(repeating: "0", count: 8 - digits.count) + digits
        let answer =
            protection == .none
            ? digest.hexadecimal(of: "\(first):\(nonce):\(second)")
            : digest.hexadecimal(
                of: "\(first):\(nonce):\(counter):\(clientNonce):\(protection.rawValue):\(second)"
            )
        let hidesUser = parameters["userhash"]?.lowercased() == "true"
        let shownUser = hidesUser ? digest.hexadecimal(of: "\(user):\(realm)") : user
        var header = "Digest username=\(quoted(shownUser)), realm=\(quoted(realm)), nonce=\(quoted(nonce)), "
        header += "uri=\(quoted(request.uri)), response=\"\(answer)\""
        if let algorithm = parameters["algorithm"] { header += ", algorithm=\(algorithm)" }
        if let opaque = parameters["opaque"] { header += ", opaque=\(quoted(opaque))" }
        if protection != .none { header += ", qop=\(protection.rawValue), nc=\(counter)" }
        if protection != .none || isSession { header += ", cnonce=\"\(clientNonce)\"" }
        if hidesUser { header += ", userhash=true" }
        return header
    }
}

/// A quoted string whose content cannot break out of it or of its line.
private func quoted(_ text: String) -> String {
    var result = String.UnicodeScalarView("\"".unicodeScalars)
    for scalar in text.unicodeScalars where scalar != "\r" && scalar != "\n" {
        if scalar == "\"" || scalar == "\\" { result.append("\\") }
        result.append(scalar)
    }
    result.append("\"")
    return String(result)
}
