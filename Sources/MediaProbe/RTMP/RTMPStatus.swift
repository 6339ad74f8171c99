/// What a server's refusal over RTMP means for the stream behind it.
///
/// Codes are those of Adobe's player and of the servers that follow it; what only words tell is told by the words that
/// servers really send.
enum RTMPStatus {
    /// Nil for what is no refusal. The words of the address, which servers repeat, say nothing.
    static func failure(_ command: String, _ values: [AMF0], of address: RTMPAddress) -> ProbeFailure? {
        guard let object = values.last(where: { $0["code"] != nil || $0["level"] != nil }) else {
            return command == "_error" ? ProbeFailure(cause: .protocolError, detail: "refused") : nil
        }
        let code = object["code"]?.text ?? ""
        guard command == "_error" || object["level"]?.text == "error" || self.isRefusal(code) else {
            return nil
        }
        let words = object["description"]?.text ?? ""
        let detail = [code, words].filter { !$0.isEmpty }.joined(separator: ": ")
        let kind = code.split(separator: ".").last ?? ""
        let cause = self.cause(kind) ?? self.cause(self.words(words, without: address))
        return ProbeFailure(
            cause: cause ?? (kind == "Rejected" ? .authenticationFailed : .protocolError),
            detail: detail
        )
    }

    /// How the stream has ended by the server's own word; nil when it has not.
    static func end(_ values: [AMF0]) -> String? {
        switch values.lazy.compactMap({ $0["code"]?.text }).first {
        case "NetStream.Play.UnpublishNotify": "the stream is no longer published"
        case "NetStream.Play.Stop", "NetStream.Play.Complete": self.endOfStream
        default: nil
        }
    }

    static let endOfStream = "the server ended the stream"

    private static func isRefusal(_ code: String) -> Bool {
        let kind = code.split(separator: ".").last ?? ""
        return self.cause(kind) != nil || ["Rejected", "Failed"].contains(kind)
    }

    /// Of the last part of a code, where that alone tells.
    private static func cause(_ kind: Substring) -> MediaCause? {
        switch kind {
        case "StreamNotFound", "FileNotFound", "NotFound", "InvalidApp", "BadName": .notFound
        case "BadAuth", "Unauthorized", "AuthFailed", "Denied": .authenticationFailed
        case "InsufficientBW": .busy
        default: nil
        }
    }

    /// Of words, each with a blank before and behind it.
    private static func cause(_ words: String) -> MediaCause? {
        func speaks(_ of: String...) -> Bool { of.contains { words.contains(" \($0) ") } }
        if speaks("lock", "locked", "lockout") { return .lockedOut }
        if speaks(
            "auth",
            "authenticate",
            "authentication",
            "authorization",
            "authorized",
            "unauthorized",
            "denied",
            "forbidden",
            "401",
            "403",
            "token",
            "permission",
            "permissions",
            "expired"
        ) {
            return .authenticationFailed
        }
        if speaks("busy", "too many", "limit", "limits", "limited", "maximum", "full", "overloaded") {
            return .busy
        }
        return speaks("not found", "no such", "not exist", "404") ? .notFound : nil
    }

    /// The words in lower case, with a blank before and behind each, but those of the address.
    private static func words(_ text: String, without address: RTMPAddress) -> String {
        let text = text.lowercased()
        var kept: [Substring] = []
        // A query is never a word of the server's own, also not where it repeats only a part of ours.
        for part in text.split(whereSeparator: { $0.isWhitespace || ",;'\"()[]<>".contains($0) }) {
            kept.append(part.prefix { $0 != "?" })
        }
        let own = [address.name.lowercased().prefix { $0 != "?" }, address.application.lowercased()[...]]
        let others = kept.filter { part in
            let part = part.reversed().drop { ".:!".contains($0) }.reversed().drop { $0 == "/" }
            return !own.contains { own in
                !own.isEmpty
                    && (String(part) == own || ["/", "="].contains { String(part).hasSuffix($0 + own) })
            }
        }
        let words = others.flatMap { $0.split { !$0.isLetter && !$0.isNumber } }
        return " " + words.joined(separator: " ") + " "
    }
}

/// What of an address RTMP calls the application, and what the stream's name.
struct RTMPAddress: Equatable {
    let application: String
    let name: String
    /// The address of the application, as `connect` tells it.
    let applicationAddress: String

    /// The first part of the path is the application; of a longer path the first two are, as players have it.
    init(_ target: MediaTarget) {
        let path = target.resource.drop { $0 == "/" }
        let query = path.firstIndex(of: "?") ?? path.endIndex
        let parts = path[..<query].split(separator: "/", omittingEmptySubsequences: false)
        let count = parts.count > 2 ? 2 : 1
        self.application = parts.prefix(count).joined(separator: "/")
        let name = parts.dropFirst(count).joined(separator: "/")
        // Recordings in MP4 are asked for by their kind.
        self.name = (name.lowercased().hasSuffix(".mp4") ? "mp4:" : "") + name + path[query...]
        self.applicationAddress = "\(target.origin)/\(self.application)"
    }
}
