/// A text part of a mail: its line ends made CRLF, and then encoded so that every server can carry it.
struct MailBody {
    /// How the text is made to fit lines of 76 printable ASCII characters (RFC 2045 §6).
    enum Encoding: String {
        case quotedPrintable = "quoted-printable"
        case base64 = "base64"
    }

    /// `plain` or `html`.
    let subtype: String
    let encoding: Encoding
    let encoded: [UInt8]

    init(_ text: String, subtype: String) {
        let bytes = Self.withNetworkLineEnds(Array(text.utf8))
        // Quoted-printable stays readable in the raw; above a sixth of foreign bytes base64 is the shorter.
        let foreignCount = bytes.count { $0 >= 0x80 }
        self.subtype = subtype
        self.encoding = foreignCount * 6 <= bytes.count ? .quotedPrintable : .base64
        self.encoded = self.encoding == .base64 ? Self.base64(bytes) : Self.quotedPrintable(bytes)
    }

    /// Its headers, the empty line and the text, without a line end of its own at the end.
    var part: [UInt8] {
        Array(
            """
            Content-Type: text/\(self.subtype); charset=UTF-8\r
            Content-Transfer-Encoding: \(self.encoding.rawValue)\r
            \r\n
            """.utf8
        ) + self.encoded
    }

    private static let carriageReturn: UInt8 = 0x0D
    private static let lineFeed: UInt8 = 0x0A
    private static let lineEnd: [UInt8] = [carriageReturn, lineFeed]

    private static func withNetworkLineEnds(_ bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count + bytes.count / 40)
        var previous: UInt8 = 0
        for byte in bytes {
            switch byte {
            case self.lineFeed:
                if previous != self.carriageReturn { result += self.lineEnd }
            case self.carriageReturn: result += self.lineEnd
            default: result.append(byte)
            }
            previous = byte
        }
        return result
    }

    private static func base64(_ bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            if !result.isEmpty { result += self.lineEnd }
            result += Base64.bytes(rest.prefix(57))
            rest = rest.dropFirst(57)
        }
        return result
    }

    /// RFC 2045 §6.7: a blank at a line's end is written in hexadecimal, because servers may strip it.
    private static func quotedPrintable(_ bytes: [UInt8]) -> [UInt8] {
        let digits = Array("0123456789ABCDEF".utf8)
        var result: [UInt8] = []
        var column = 0
        for (index, byte) in bytes.enumerated() {
            if byte == self.carriageReturn || byte == self.lineFeed {
                result.append(byte)
                column = 0
                continue
            }
            let endsLine = index + 1 == bytes.count || bytes[index + 1] == self.carriageReturn
            let isBlank = byte == 0x20 || byte == 0x09
            let isLiteral = (0x21...0x7E).contains(byte) && byte != UInt8(ascii: "=") || isBlank && !endsLine
            let unit =
                isLiteral ? [byte] : [UInt8(ascii: "="), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            // The 76th column is kept for the soft line break.
            if column + unit.count > 75 {
                result += [UInt8(ascii: "=")] + self.lineEnd
                column = 0
            }
            result += unit
            column += unit.count
        }
        return result
    }
}
