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

    /// No code says "locked"; the firmware that locks says so in words, of which any may be that of its reason, but only
    /// a whole one that of its page: a style sheet is full of blocks.
    private static func speaksOfLock(_ response: ServerAnswer) -> Bool {
        let body = String(decoding: response.body.prefix(2_048), as: UTF8.self).lowercased()
        let words = body.split { !$0.isLetter }
        return response.reason.lowercased().contains("lock") || words.contains { $0.hasPrefix("lock") }
            || (response.reason + body).contains("锁定")
    }
}
