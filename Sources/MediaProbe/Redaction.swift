/// Where an address holds what is named like a secret: `?user=a&password=b`, `/user=a_password=b_channel=1`.
enum AddressSecrets {
    /// What names of secrets end with.
    private static let endings = [
        "password", "passwd", "pass", "pwd", "psw", "token", "secret", "signature", "sign", "sig", "auth",
        "authbasic", "ticket", "key",
    ]

    /// The values, in order.
    static func ranges(in address: String) -> [Range<String.Index>] {
        var ranges: [Range<String.Index>] = []
        let query = address.firstIndex(of: "?") ?? address.endIndex
        var place = address.startIndex
        while let equals = address[place...].firstIndex(of: "=") {
            let start = address.index(after: equals)
            guard self.isSecret(address[place..<equals]) else {
                place = start
                continue
            }
            place = self.end(of: address[start...], query: query)
            ranges.append(start..<place)
        }
        return ranges
    }

    private static func isSecret(_ text: Substring) -> Bool {
        let name = text.lowercased()
        // `code` alone: what a channel or a country is called is none.
        let word = String(name.reversed().prefix { $0.isLetter }.reversed())
        return self.endings.contains(where: name.hasSuffix) || word == "code"
    }

    /// In a query a value may hold any sign but those between values. In a path an underline ends it too, as it does in
    /// cameras' addresses, but only before the next name: the rest of a secret is never taken for something else.
    private static func end(of value: Substring, query: String.Index) -> String.Index {
        var place = value.startIndex
        while place < value.endIndex {
            switch value[place] {
            case "&", ";": return place
            case "/" where place < query: return place
            case "_" where place < query && self.isNamed(value[value.index(after: place)...]): return place
            default: place = value.index(after: place)
            }
        }
        return place
    }

    /// Whether `name=value` stands there; the padding of a secret in base 64 is no value.
    private static func isNamed(_ text: Substring) -> Bool {
        let name = text.prefix { ("a"..."z").contains($0) }
        guard name.count >= 2, text[name.endIndex...].first == "=" else { return false }
        let value = text[name.endIndex...].dropFirst().first
        return value.map { $0 != "=" && $0 != "&" && $0 != "/" && $0 != ";" && $0 != "_" } ?? false
    }
}

/// The address without the values of what is named like a secret.
func redacted(_ address: String) -> String {
    var output = ""
    var place = address.startIndex
    for range in AddressSecrets.ranges(in: address) {
        output += address[place..<range.lowerBound] + "***"
        place = range.upperBound
    }
    return output + address[place...]
}

/// What no report may show, wherever it turns up: servers send back what they were asked for.
struct HiddenWords {
    /// The longest first: one may be a part of another.
    let words: [[UInt8]]

    /// The password, and what hides in path and query of the address.
    init(_ target: MediaTarget?) {
        self.init(target?.credential, resource: target.map { $0.scheme == .file ? "" : $0.resource } ?? "")
    }

    /// - Parameters:
    ///   - credential: Its password, alone and as RFC 7617 sends it.
    ///   - resource: Path and query; a value of one or two bytes is no secret, and would tear other words apart.
    init(_ credential: MediaCredential?, resource: String = "") {
        var words: [String] = []
        if let credential, !credential.password.isEmpty {
            words = [
                Base64.string(Array("\(credential.user):\(credential.password)".utf8)), credential.password,
            ]
        }
        let values = AddressSecrets.ranges(in: resource).map { resource[$0] }
        words += values.flatMap { [String($0), percentDecoded($0)] }.filter { $0.utf8.count > 2 }
        self.words = Set(words).map { Array($0.utf8) }.sorted { $0.count > $1.count }
    }

    /// The bytes with stars in place of every one of them.
    func hide(in bytes: [UInt8]) -> [UInt8] {
        self.words.reduce(bytes) { bytes, word in
            let parts = bytes.split(separator: word, omittingEmptySubsequences: false)
            return Array(parts.joined(separator: Array("***".utf8)))
        }
    }
}
