internal import Cryptography

/// A password with a bare `/`, `?` or `#` in it (密码误读).
///
/// By RFC 3986, 3.2, user and host end at the first of these. Of `rtsp://admin:12/34@camera/live` that makes a host
/// `admin`, a port 12 and a path that begins with the rest of the password, and all of it would be shown and sent. An `@`
/// in a path or a query is allowed all the same: `rtsp://camera/live@1`, `http://camera:81/?user=a@b`.
enum StrayPassword {
    /// Whether an address is more likely such a password than what it says.
    ///
    /// It is taken as it stands when its host is numeric or its port is one that streams are usually at, when the `@`
    /// comes behind a `=`, and when what follows the `@` can be no host: a number, or a file by its name.
    static func isLikely(in address: String) -> Bool {
        guard let colon = address.firstRange(of: "://") else { return false }
        let scheme = MediaTarget.Scheme(rawValue: address[..<colon.lowerBound].lowercased())
        let whole = address[colon.upperBound...]
        let authority = whole.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        return self.isLikely(
            authority: authority,
            rest: whole[authority.endIndex...],
            scheme: scheme ?? .file
        )
    }

    private static func isLikely(
        authority: Substring,
        rest: Substring,
        scheme: MediaTarget.Scheme
    ) -> Bool {
        let at = authority.lastIndex(of: "@")
        let place = at.map { authority[authority.index(after: $0)...] } ?? authority
        let colon = place.firstIndex(of: ":")
        let hasPassword = colon != nil || at.map { authority[..<$0].contains(":") } ?? false
        let name = place[..<(colon ?? place.endIndex)]
        guard hasPassword, name.first != "[", !Self.isDottedQuad(name) else {
            return false
        }
        if let colon, Self.usualPorts(scheme).contains(place[place.index(after: colon)...]) { return false }
        // Behind a `=` an @ is meant as it stands. A fragment means nothing to a server, so that nobody writes one.
        let candidates = rest.first == "#" ? rest : rest.prefix { $0 != "=" }
        let places = candidates.indices.lazy.filter { candidates[$0] == "@" }
        let mustBeSure = name.contains(".")
        return places.prefix(self.mostSigns).contains { index in
            Self.readsAsHost(rest[rest.index(after: index)...].prefix(self.mostOfHost), surely: mustBeSure)
        }
    }

    /// So many @ are looked at: no password has more.
    private static let mostSigns = 16
    /// So much of what follows each: no host's name and port are longer.
    private static let mostOfHost = 264

    /// Whether an address goes on with a host. Where it must be sure, a lone word at its end is none.
    private static func readsAsHost(_ text: Substring, surely: Bool) -> Bool {
        let place = text.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        if place.first == "[" { return place.contains("]") }
        let colon = place.firstIndex(of: ":")
        let name = place[..<(colon ?? place.endIndex)]
        if Self.isDottedQuad(name) { return true }
        guard name.contains(where: \.isLetter), name.allSatisfy(Self.mayStandInName) else { return false }
        let isFile = Self.fileEndings.contains { name.lowercased().hasSuffix($0) }
        let goesOn = colon != nil || text[place.endIndex...].first == "/"
        if isFile, !goesOn { return false }
        return !surely || goesOn || name.contains(".")
    }

    /// `10.0.0.1`; a number alone, which old readers take for an address too, is a user's name or a channel.
    private static func isDottedQuad(_ name: Substring) -> Bool {
        name.count { $0 == "." } == 3 && NameResolution.numeric(String(name), port: 1) != nil
    }

    private static func mayStandInName(_ character: Character) -> Bool {
        character.isLetter || character.isNumber || ".-_".contains(character)
    }

    /// What stands at the end of an address of a stream and is no top-level domain.
    private static let fileEndings = [".flv", ".m3u8", ".ts", ".sdp", ".mp4", ".smil"]

    private static func usualPorts(_ scheme: MediaTarget.Scheme) -> [Substring] {
        switch scheme {
        case .rtsp: ["554", "8554"]
        case .rtsps: ["322", "8322"]
        case .rtmp: ["1935"]
        case .rtmps: ["443"]
        case .http: ["80", "8080"]
        case .https: ["443", "8443"]
        case .file: []
        }
    }
}
