public import SNMP
internal import WaysideFiles

/// Text as agents send it: UTF-8, else GB18030 (of which GBK and GB2312 are parts), else Latin-1 (文本解码).
public enum AgentText {
    /// The text of an OCTET STRING or Opaque, without control characters except line breaks and tabs, and without
    /// blanks, NULs and quotes at its ends; `nil` for other types.
    public static func text(_ value: SNMPValue) -> String? {
        switch value {
        case .octets(let bytes), .opaque(let bytes): self.decoded(bytes)
        default: nil
        }
    }

    /// The text of bytes.
    public static func decoded(_ bytes: [UInt8]) -> String {
        // Agents pad strings with NUL, and 0xFF stands in no text of UTF-8 or GB18030: it is dirt.
        let clean = bytes.filter { $0 != 0 && $0 != 0xFF }
        return self.trimmed(TextEncoding.text(clean) ?? self.latin1(bytes))
    }

    private static func latin1(_ bytes: [UInt8]) -> String {
        var text = String.UnicodeScalarView()
        for byte in bytes { text.append(Unicode.Scalar(byte)) }
        return String(text)
    }

    private static func trimmed(_ text: String) -> String {
        var scalars = text.unicodeScalars.filter { scalar in
            scalar.value >= 0x20 && !(0x7F...0x9F).contains(scalar.value) || scalar == "\n" || scalar == "\t"
        }[...]
        let isEdge: (Unicode.Scalar) -> Bool = { $0.properties.isWhitespace || $0 == "\"" }
        scalars = scalars.drop(while: isEdge)
        while let last = scalars.last, isEdge(last) { scalars.removeLast() }
        return String(String.UnicodeScalarView(scalars))
    }

    /// A hardware address in one notation, `00:1a:a9:c5:28:73`: 6 bytes, or text in any of the notations agents use;
    /// `nil` for what is none.
    public static func hardwareAddress(_ value: SNMPValue) -> String? {
        guard let bytes = value.octets else { return nil }
        if bytes.count == 6 { return self.colons(bytes) }
        let text = self.decoded(bytes)
        let digits = text.filter { $0.isHexDigit && $0.isASCII }
        let isPlain = text.allSatisfy { ($0.isHexDigit && $0.isASCII) || ":-. ".contains($0) }
        guard isPlain, digits.count == 12 else { return self.shortGroups(text) }
        return self.colons(self.pairs(digits))
    }

    /// `b8:a4:4f:0:0:0`: groups without their leading zeros.
    private static func shortGroups(_ text: String) -> String? {
        let groups = text.split(whereSeparator: { ":-".contains($0) })
        let bytes = groups.compactMap { $0.count <= 2 ? UInt8($0, radix: 16) : nil }
        return groups.count == 6 && bytes.count == 6 ? self.colons(bytes) : nil
    }

    private static func pairs(_ digits: String) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = digits[...]
        while !rest.isEmpty {
            bytes.append(UInt8(rest.prefix(2), radix: 16) ?? 0)
            rest = rest.dropFirst(2)
        }
        return bytes
    }

    /// Bytes in hexadecimal with colons between.
    static func colons(_ bytes: some Sequence<UInt8>) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: ":")
    }
}
