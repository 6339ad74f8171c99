/// References of playlists and redirections, relative to where they stood (RFC 3986, 5.2).
enum WebAddress {
    /// The absolute address that a reference means; nil for one that is too long to be any.
    ///
    /// - Parameters:
    ///   - reference: As it stands in a playlist or a header.
    ///   - origin: `http://host:port`.
    ///   - resource: Path and query of what the reference stood in.
    /// - Returns: Scheme, host, path and query.
    static func resolve(_ reference: String, origin: String, resource: String) -> String? {
        guard reference.utf8.count <= 4_096 else { return nil }
        let reference = reference.prefix { $0 != "#" }
        if let colon = reference.firstIndex(of: ":"), self.isScheme(reference[..<colon]) {
            return String(reference)
        }
        if reference.hasPrefix("//") {
            let scheme = origin.prefix { $0 != ":" }
            return "\(scheme):\(reference)"
        }
        let path = resource.prefix { $0 != "?" && $0 != "#" }
        if reference.isEmpty { return origin + resource }
        if reference.hasPrefix("?") { return "\(origin)\(path.isEmpty ? "/" : path)\(reference)" }
        let query = reference.firstIndex(of: "?") ?? reference.endIndex
        let target = reference[..<query]
        let folder = path.lastIndex(of: "/").map { path[...$0] } ?? "/"
        let joined = target.hasPrefix("/") ? String(target) : "\(folder)\(target)"
        return "\(origin)\(self.withoutDots(joined))\(reference[query...])"
    }

    private static func isScheme(_ text: Substring) -> Bool {
        guard text.first?.isLetter == true else { return false }
        return text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "+-.".contains($0)) }
    }

    /// Takes `.` and `..` out of an absolute path; never climbs above the root.
    private static func withoutDots(_ path: String) -> String {
        var kept: [Substring] = []
        let parts = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        for (index, part) in parts.enumerated() {
            let isLast = index == parts.count - 1
            switch part {
            case ".": if isLast { kept.append("") }
            case "..":
                if !kept.isEmpty { kept.removeLast() }
                if isLast { kept.append("") }
            default: kept.append(part)
            }
        }
        return "/" + kept.joined(separator: "/")
    }
}
