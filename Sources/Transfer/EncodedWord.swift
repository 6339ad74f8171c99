/// Non-ASCII text inside a header, as RFC 2047 writes it: `=?UTF-8?B?…?=`.
enum EncodedWord {
    /// Readers would take text that looks like this for an encoded word.
    static func isAlike(_ text: String) -> Bool {
        text.utf8.count >= 2 && zip(text.utf8, text.utf8.dropFirst()).contains { $0 == 0x3D && $1 == 0x3F }
    }

    /// Words of at most `limit` bytes (28 to 75), none of which cuts a character in two.
    static func words(_ text: String, limit: Int) -> [String] {
        let limit = min(75, max(28, limit))
        let capacity = (limit - "=?UTF-8?B??=".utf8.count) / 4 * 3
        var words: [String] = []
        var chunk: [UInt8] = []
        for scalar in text.unicodeScalars {
            let bytes = Array(String(scalar).utf8)
            if chunk.count + bytes.count > capacity {
                words.append("=?UTF-8?B?\(Base64.text(chunk))?=")
                chunk = []
            }
            chunk += bytes
        }
        words.append("=?UTF-8?B?\(Base64.text(chunk))?=")
        return words
    }
}

/// RFC 4648 §4, with padding.
enum Base64 {
    private static let alphabet = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8
    )

    static func bytes(_ source: some Collection<UInt8>) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity((source.count + 2) / 3 * 4)
        var rest = source[...]
        while !rest.isEmpty {
            let group = Array(rest.prefix(3))
            rest = rest.dropFirst(3)
            let bits = group.reduce(UInt32(0)) { $0 << 8 | UInt32($1) } << UInt32(8 * (3 - group.count))
            for place in 0..<4 {
                let digit = Int(bits >> UInt32(18 - 6 * place) & 63)
                result.append(place <= group.count ? self.alphabet[digit] : UInt8(ascii: "="))
            }
        }
        return result
    }

    static func text(_ source: some Collection<UInt8>) -> String {
        String(decoding: self.bytes(source), as: UTF8.self)
    }
}
