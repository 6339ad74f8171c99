/// Tells host names, addresses and URLs that can be right from those that cannot; asks nobody.
enum NetworkAddress {
    /// Whether it is a host name (RFC 1123), an IPv4 address or an IPv6 address in brackets, each with or without
    /// `:port`, or a bare IPv6 address.
    static func isHost(_ text: some StringProtocol) -> Bool {
        let text = String(text)
        if text.hasPrefix("[") {
            guard let close = text.firstIndex(of: "]"),
                self.isIPv6(text[text.index(after: text.startIndex)..<close])
            else { return false }
            let rest = text[text.index(after: close)...]
            return rest.isEmpty || rest.first == ":" && self.isPort(rest.dropFirst())
        }
        if text.utf8.count(where: { $0 == UInt8(ascii: ":") }) > 1 { return self.isIPv6(text[...]) }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard let host = parts.first, parts.count == 1 || self.isPort(parts[1]) else { return false }
        return self.isIPv4OrName(host)
    }

    private static func isPort(_ text: Substring) -> Bool {
        text.utf8.count <= 5 && self.isDigits(text) && (1...65_535).contains(Int(text) ?? 0)
    }

    private static func isDigits(_ text: Substring) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
    }

    private static func isIPv4OrName(_ host: Substring) -> Bool {
        let labels = host.split(separator: ".", omittingEmptySubsequences: false)
        // What consists of digits and points alone is meant as an IPv4 address, never as a name.
        if labels.allSatisfy({ $0.isEmpty || self.isDigits($0) }) {
            return labels.count == 4
                && labels.allSatisfy { $0.utf8.count <= 3 && (0...255).contains(Int($0) ?? 256) }
        }
        return host.utf8.count <= 253
            && labels.allSatisfy { label in
                (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
                    && label.utf8.allSatisfy { self.isNameByte($0) }
            }
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "_"): true
        default: false
        }
    }

    /// RFC 4291, 2.2, without a zone.
    private static func isIPv6(_ text: Substring) -> Bool {
        let halves = text.split(separator: "::", omittingEmptySubsequences: false)
        guard halves.count <= 2 else { return false }
        var groups = 0
        for half in halves where !half.isEmpty {
            let parts = half.split(separator: ":", omittingEmptySubsequences: false)
            for (place, part) in parts.enumerated() {
                if part.contains("."), place == parts.count - 1, half == halves.last, self.isIPv4OrName(part),
                    part.split(separator: ".").count == 4
                {
                    groups += 2
                } else if (1...4).contains(part.utf8.count), part.allSatisfy(\.isHexDigit) {
                    groups += 1
                } else {
                    return false
                }
            }
        }
        return halves.count == 2 ? groups <= 7 : groups == 8
    }

    /// What keeps a URL from being taken.
    enum URLFault { case scheme, host, password }

    /// What is wrong with a URL of a stream; `nil` when nothing is. A user, a password, or a query that carries one
    /// is refused: inventories are copied about, so credentials are kept elsewhere and named.
    static func fault(ofURL text: String, schemes: [String]) -> URLFault? {
        guard let mark = text.firstRange(of: "://"), schemes.contains(text[..<mark.lowerBound].lowercased())
        else {
            return .scheme
        }
        let rest = text[mark.upperBound...]
        let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        // A password may itself hold the characters that end an authority, so the @ is looked for everywhere.
        if rest.contains("@") { return .password }
        if self.hasPasswordParameter(rest) { return .password }
        let hasBlank = rest.unicodeScalars.contains { $0.properties.isWhitespace || $0.value < 0x20 }
        return authority.isEmpty || hasBlank || !self.isHost(authority) ? .host : nil
    }

    /// Whether the path or query holds something like `password=…`, as some cameras want it.
    private static func hasPasswordParameter(_ text: Substring) -> Bool {
        text.lowercased().split { "?&;/_-".contains($0) }.contains { parameter in
            let parts = parameter.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return parts.count == 2 && Self.passwordWords.contains(parts[0])
        }
    }

    private static let passwordWords: [Substring] = ["password", "passwd", "pwd", "pass", "psw"]
}
