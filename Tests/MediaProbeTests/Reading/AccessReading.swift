@testable import MediaProbe

/// What servers say about how they want to be told who we are, one header a line, and what we answer.
struct AccessReading: UntrustedReading {
    private static let secret = "p4ss wörd\""

    private let challenges: [AccessChallenge]
    private let answer: String?
    /// What is answered when the device is known to take Digest, over TCP alone.
    private let guarded: String?

    var understoodCount: Int { self.challenges.count }

    init(_ bytes: [UInt8]) {
        let headers = String(decoding: bytes, as: UTF8.self).split(separator: "\n").map { String($0) }
        self.challenges = AccessChallenge.parse(headers)
        var authorization = AccessAuthorization(
            self.challenges,
            credential: MediaCredential(user: "opérator", password: Self.secret)
        )
        self.answer = authorization?.header(method: "PLAY", uri: "rtsp://h/a?b=\"c", clientNonce: "0a4f113b")
        var access = AccessNegotiation(accepted: .digest, isProtected: false)
        let refusal = ServerAnswer(
            status: 401,
            reason: "",
            headers: headers.map { ("www-authenticate", $0) }
        )
        let credential = MediaCredential(user: "opérator", password: Self.secret)
        // Why nothing is answered does not matter here.
        _ = try? access.wantsRepetition(after: refusal, credential: credential)
        self.guarded = access.header(method: "PLAY", uri: "rtsp://h/", clientNonce: "0a4f113b")
    }

    func brokenProperty() -> String? {
        guard self.challenges.count <= 16 else { return "too many challenges" }
        for challenge in self.challenges {
            guard !challenge.scheme.isEmpty else { return "a challenge without a scheme" }
        }
        guard self.guarded?.hasPrefix("Basic ") != true else { return "the password in the clear" }
        guard let answer else { return nil }
        guard answer.hasPrefix("Basic ") || answer.hasPrefix("Digest ") else {
            return "neither Basic nor Digest"
        }
        let bytes = answer.utf8
        guard !bytes.contains(0x0d), !bytes.contains(0x0a) else {
            return "an answer that breaks out of its line"
        }
        guard !answer.contains(Self.secret) else { return "the password as it is" }
        var isQuoted = false
        var isEscaped = false
        for byte in bytes {
            if isEscaped {
                isEscaped = false
            } else if isQuoted, byte == UInt8(ascii: "\\") {
                isEscaped = true
            } else if byte == UInt8(ascii: "\"") {
                isQuoted.toggle()
            }
        }
        return isQuoted || isEscaped ? "a quoted string breaks out of its quotes" : nil
    }
}
