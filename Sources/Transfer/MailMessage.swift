/// A mail, checked and ready to be encoded (RFC 5322, RFC 2045 to 2047).
///
/// Its date and its Message-ID are the caller's: encoded twice it gives the same bytes, so that a mail sent
/// again can be recognised as the same.
public struct MailMessage: Sendable, Hashable {
    /// A further header field, such as an idempotency key.
    public struct Field: Sendable, Hashable {
        /// An ASCII token.
        public let name: String
        /// Any script; non-ASCII is encoded.
        public let value: String

        /// Throws `invalid` for a name that is no token or that the mail writes itself, for a line break
        /// (header injection), and for a value over 2,000 bytes.
        public init(_ name: String, _ value: String) throws(TransferError) {
            guard HeaderSyntax.isToken(name) else {
                throw TransferError(.compose, "mail header", .invalid, "its name must be an ASCII token")
            }
            let lower = name.lowercased()
            guard !MailMessage.ownNames.contains(lower), !lower.hasPrefix("content-") else {
                throw TransferError(
                    .compose,
                    "mail header \(name)",
                    .invalid,
                    "is written by the mail itself"
                )
            }
            try MailMessage.check(value, of: "mail header \(name)")
            self.name = name
            self.value = value
        }
    }

    /// Who sends, in the header and on the envelope.
    public let from: MailAddress
    /// Who receives; 1 to 100, all of them named in the header.
    public let recipients: [MailAddress]
    /// One line, any script.
    public let subject: String
    /// Any script, any line ends.
    public let text: String
    /// The same said in HTML, for readers that prefer it.
    public let html: String?
    /// When it was written.
    public let date: MailDate
    /// With its angle brackets: `<left@right>`.
    public let messageID: String
    /// Further header fields, in this order.
    public let fields: [Field]

    private static let ownNames: Set<String> = [
        "bcc", "cc", "date", "from", "message-id", "mime-version", "received", "reply-to", "return-path",
        "sender",
        "subject", "to",
    ]
    /// Longest text or HTML, in bytes of UTF-8.
    public static let maximumTextBytes = 1 << 20

    /// Throws `invalid`, naming the field, for what cannot be sent as given: no or more than 100 recipients,
    /// a line break or control character in a header (header injection), a Message-ID that is not
    /// `<left@right>`, a subject over 2,000 bytes, a text over `maximumTextBytes`.
    public init(
        from: MailAddress,
        to recipients: [MailAddress],
        subject: String,
        text: String,
        html: String? = nil,
        date: MailDate,
        messageID: String,
        fields: [Field] = []
    ) throws(TransferError) {
        guard (1...100).contains(recipients.count) else {
            throw TransferError(.compose, "mail recipients", .invalid, "a mail has 1 to 100 of them")
        }
        try Self.check(subject, of: "mail subject")
        guard Self.isMessageID(messageID) else {
            throw TransferError(.compose, "mail Message-ID", .invalid, "must be <left@right> in plain ASCII")
        }
        guard text.utf8.count <= Self.maximumTextBytes, (html ?? "").utf8.count <= Self.maximumTextBytes
        else {
            throw TransferError(.compose, "mail text", .invalid, "is over \(Self.maximumTextBytes) bytes")
        }
        self.from = from
        self.recipients = recipients
        self.subject = subject
        self.text = text
        self.html = html
        self.date = date
        self.messageID = messageID
        self.fields = fields
    }

    /// The message as it goes over the wire, every line ended by CRLF and at most 998 bytes, nearly all at
    /// most 76; dots are left to the sender to double.
    public func encoded() -> [UInt8] {
        var lines = [
            Self.folded("From", self.from.headerText(limit: 60)),
            Self.folded("To", self.recipients.map { $0.headerText(limit: 60) }.joined(separator: ", ")),
            Self.unstructured("Subject", self.subject),
            "Date: " + self.date.headerText,
            "Message-ID: " + self.messageID,
        ]
        lines += self.fields.map { Self.unstructured($0.name, $0.value) }
        lines.append("MIME-Version: 1.0")
        var result: [UInt8] = []
        let lineEnd = Array("\r\n".utf8)
        for line in lines { result += Array(line.utf8) + lineEnd }
        let plain = MailBody(self.text, subtype: "plain")
        guard let html = self.html else {
            let part = plain.part
            return result + part + (part.suffix(2) == lineEnd[...] ? [] : lineEnd)
        }

        // `=_` occurs in neither encoding, so this line cannot be met inside a part.
        let boundary = "=_alternative"
        result += Array("Content-Type: multipart/alternative; boundary=\"\(boundary)\"\r\n\r\n".utf8)
        for body in [plain, MailBody(html, subtype: "html")] {
            // The line end before a boundary belongs to the boundary (RFC 2046 §5.1.1).
            result += Array("--\(boundary)\r\n".utf8) + body.part + lineEnd
        }
        return result + Array("--\(boundary)--\r\n".utf8)
    }

    private static func unstructured(_ name: String, _ value: String) -> String {
        let isPlain =
            value.utf8.allSatisfy { (0x20...0x7E).contains($0) } && !EncodedWord.isAlike(value)
            && value.split(separator: " ").allSatisfy { $0.utf8.count <= 200 }
        // Room for the name on the first line, so that no header begins with an empty line.
        let text =
            isPlain
            ? value
            : EncodedWord.words(value, limit: 76 - name.utf8.count - 2).joined(separator: " ")
        return self.folded(name, text)
    }

    /// Breaks before a blank where the line would be longer than 76; a longer word stays whole.
    private static func folded(_ name: String, _ value: String) -> String {
        var result = name + ":"
        var column = result.utf8.count
        for (index, token) in value.split(separator: " ", omittingEmptySubsequences: false).enumerated() {
            if index > 0, !token.isEmpty, column + 1 + token.utf8.count > 76 {
                result += "\r\n"
                column = 0
            }
            result += " " + token
            column += 1 + token.utf8.count
        }
        return result
    }

    private static func check(_ value: String, of subject: String) throws(TransferError) {
        guard !HeaderSyntax.holdsControl(value) else {
            throw TransferError(.compose, subject, .invalid, "holds a line break or a control character")
        }
        guard value.utf8.count <= 2000 else {
            throw TransferError(.compose, subject, .invalid, "is over 2000 bytes")
        }
    }

    private static func isMessageID(_ text: String) -> Bool {
        guard (5...250).contains(text.utf8.count), text.hasPrefix("<"), text.hasSuffix(">") else {
            return false
        }
        let halves = text.dropFirst().dropLast().split(separator: "@", omittingEmptySubsequences: false)
        return halves.count == 2
            && halves.allSatisfy { half in
                !half.isEmpty
                    && half.utf8.allSatisfy {
                        (0x21...0x7E).contains($0) && !"<>()[]\\,;:\"".utf8.contains($0)
                    }
            }
    }
}
