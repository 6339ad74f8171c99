/// One header field of a request or an answer.
public struct HTTPHeader: Sendable, Hashable {
    /// As written; compared without regard to case.
    public let name: String
    /// As sent. Never printed by `description` when `isSecret`.
    public let value: String
    /// Whether the value is kept out of everything printed.
    public let isSecret: Bool

    /// Names that are secret whatever the caller says.
    private static let secretNames: Set<String> = [
        "authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key",
    ]
    /// Names that frame the message and are therefore the library's to write.
    private static let framingNames: Set<String> = [
        "connection", "content-length", "expect", "host", "keep-alive", "te", "trailer", "transfer-encoding",
        "upgrade",
    ]

    /// Checks name and value by RFC 9110 §5: a token, and no control characters.
    ///
    /// Throws `invalid` for a line break (header injection) and for a header that frames the message.
    public init(_ name: String, _ value: String, isSecret: Bool = false) throws(TransferError) {
        guard HeaderSyntax.isToken(name) else {
            throw TransferError(
                .compose,
                "header name",
                .invalid,
                "a header's name must be a token of RFC 9110"
            )
        }
        guard !Self.framingNames.contains(name.lowercased()) else {
            throw TransferError(.compose, "header \(name)", .invalid, "is written by the connection itself")
        }
        guard !HeaderSyntax.holdsControl(value) else {
            throw TransferError(
                .compose,
                "header \(name)",
                .invalid,
                "holds a line break or a control character"
            )
        }
        self.init(received: name, value, isSecret: isSecret)
    }

    /// A header as it came in: nothing to refuse any more.
    init(received name: String, _ value: String, isSecret: Bool = false) {
        self.name = name
        self.value = value
        self.isSecret = isSecret || Self.secretNames.contains(name.lowercased())
    }

    /// As curl wants it; `Name;` is its way of writing an empty value.
    var line: String { self.value.isEmpty ? self.name + ";" : self.name + ": " + self.value }
}

extension HTTPHeader: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// `Name: value`, or `Name: <secret>`.
    public var description: String { self.name + ": " + (self.isSecret ? "<secret>" : self.value) }
    /// As `description`.
    public var debugDescription: String { self.description }
    /// Only the printed form.
    public var customMirror: Mirror { Mirror(self, children: ["header": self.description]) }
}

/// What header names and values may be made of; shared by HTTP and mail.
enum HeaderSyntax {
    /// A token of RFC 9110 §5.6.2, which is narrower than what mail allows in a name.
    static func isToken(_ text: String) -> Bool {
        let marks = Set("!#$%&'*+-.^_`|~".utf8)
        return (1...100).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                    || marks.contains(byte)
            }
    }

    /// CR, LF, NUL and the like would end the header and begin another; C1 controls and Unicode's own line
    /// breaks are refused with them.
    static func holdsControl(_ text: String) -> Bool {
        text.unicodeScalars.contains { scalar in
            switch scalar.value {
            case 0x09: false
            case 0x00...0x1F, 0x7F...0x9F, 0x2028, 0x2029: true
            default: false
            }
        }
    }
}
