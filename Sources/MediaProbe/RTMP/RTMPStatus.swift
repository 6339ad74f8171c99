/// What a server's refusal over RTMP means for the stream behind it.
///
/// Codes are those of Adobe's player; what only words tell is told by the words that servers really send.
enum RTMPStatus {
    /// Nil for what is no refusal.
    static func failure(_ command: String, _ values: [AMF0]) -> ProbeFailure? {
        guard let object = values.last(where: { $0["code"] != nil || $0["level"] != nil }) else {
            return command == "_error" ? ProbeFailure(cause: .protocolError, detail: "refused") : nil
        }
        let code = object["code"]?.text ?? ""
        guard command == "_error" || object["level"]?.text == "error" || self.isRefusal(code) else {
            return nil
        }
        let words = object["description"]?.text ?? ""
        let detail = [code, words].filter { !$0.isEmpty }.joined(separator: ": ")
        return ProbeFailure(cause: self.cause(code, words.lowercased()), detail: detail)
    }

    /// Whether the stream has ended by the server's own word.
    static func isEnd(_ values: [AMF0]) -> Bool {
        let code = values.lazy.compactMap { $0["code"]?.text }.first ?? ""
        return ["NetStream.Play.Stop", "NetStream.Play.Complete", "NetStream.Play.UnpublishNotify"].contains(
            code
        )
    }

    private static func isRefusal(_ code: String) -> Bool {
        ["Rejected", "Failed", "StreamNotFound", "InvalidApp", "BadName", "InsufficientBW"].contains {
            code.hasSuffix("." + $0)
        }
    }

    private static func cause(_ code: String, _ words: String) -> MediaCause {
        func speaks(_ of: String...) -> Bool { of.contains { words.contains($0) } }
        if speaks("lock") { return .lockedOut }
        if speaks("auth", "denied", "forbidden", "401", "403", "token", "permission", "expired") {
            return .authenticationFailed
        }
        if code.hasSuffix(".InsufficientBW") || speaks("busy", "too many", "limit", "maximum", "full") {
            return .busy
        }
        if code.hasSuffix("NotFound") || code.hasSuffix(".InvalidApp") || code.hasSuffix(".BadName")
            || speaks("not found", "no such", "not exist", "404")
        {
            return .notFound
        }
        return code.hasSuffix(".Rejected") ? .authenticationFailed : .protocolError
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
