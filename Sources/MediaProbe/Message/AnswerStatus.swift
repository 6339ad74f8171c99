/// What a server's refusal means for the stream behind it; RTSP and HTTP share their codes (RFC 2326, 7.1.1; RFC 9110,
/// 15).
enum AnswerStatus {
    static func failure(_ response: ServerAnswer) -> ProbeFailure {
        ProbeFailure(cause: self.cause(of: response), detail: self.words(of: response))
    }

    static func words(of response: ServerAnswer) -> String {
        "\(response.status) \(response.reason)"
    }

    static func cause(of response: ServerAnswer) -> MediaCause {
        switch response.status {
        case 401, 403: self.speaksOfLock(response) ? .lockedOut : .authenticationFailed
        case 423, 429: .lockedOut
        case 404, 410: .notFound
        case 415: .unsupportedCodec
        // 453 is "not enough bandwidth"; cameras say it, or a 5xx, when all their sessions are taken.
        case 453, 500...599: .busy
        default: .protocolError
        }
    }

    /// No code says "locked"; the firmware that locks says so in words.
    private static func speaksOfLock(_ response: ServerAnswer) -> Bool {
        let body = String(decoding: response.body.prefix(2_048), as: UTF8.self)
        let words = (response.reason + " " + body).lowercased()
        return words.contains("lock") || words.contains("锁定")
    }
}
