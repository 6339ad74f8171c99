/// A JSON value whose objects keep the order of their keys (RFC 8259), written without any library.
public indirect enum JSONText: Hashable, Sendable {
    /// An object; absent members are left out by whoever makes it.
    case object([Member])
    /// An array.
    case array([JSONText])
    /// A string.
    case string(String)
    /// A whole number.
    case integer(Int64)
    /// A number with a fraction.
    case number(Double)
    /// True or false.
    case bool(Bool)
    /// Nothing.
    case null
    /// Text that is JSON already.
    case verbatim(String)

    /// One member of an object.
    public struct Member: Hashable, Sendable {
        /// Its name.
        public let name: String
        /// Its value.
        public let value: JSONText

        /// A member.
        public init(_ name: String, _ value: JSONText) { (self.name, self.value) = (name, value) }
    }

    /// An object without the members whose value is `nil`.
    public static func object(_ members: KeyValuePairs<String, JSONText?>) -> JSONText {
        .object(members.compactMap { name, value in value.map { Member(name, $0) } })
    }

    /// The text in one line.
    public var compact: String {
        var text = ""
        self.write(into: &text, indent: nil)
        return text
    }

    /// The text over several lines, two spaces a level.
    public var pretty: String {
        var text = ""
        self.write(into: &text, indent: 0)
        return text
    }

    private func write(into text: inout String, indent: Int?) {
        switch self {
        case .string(let string): Self.write(string, into: &text)
        case .integer(let number): text += String(number)
        case .number(let number): text += number.isFinite ? String(number) : "null"
        case .bool(let flag): text += flag ? "true" : "false"
        case .null: text += "null"
        case .verbatim(let json): text += json
        case .array(let values):
            Self.write(values, "[", "]", into: &text, indent: indent) { $0.write(into: &$1, indent: $2) }
        case .object(let members):
            Self.write(members, "{", "}", into: &text, indent: indent) { member, text, indent in
                Self.write(member.name, into: &text)
                text += indent == nil ? ":" : ": "
                member.value.write(into: &text, indent: indent)
            }
        }
    }

    private static func write<Element>(
        _ elements: [Element],
        _ opening: String,
        _ closing: String,
        into text: inout String,
        indent: Int?,
        each: (Element, inout String, Int?) -> Swift.Void
    ) {
        text += opening
        for (index, element) in elements.enumerated() {
            if index > 0 { text += "," }
            if let indent { text += "\n" + String(repeating: "  ", count: indent + 1) }
            each(element, &text, indent.map { $0 + 1 })
        }
        if let indent, !elements.isEmpty { text += "\n" + String(repeating: "  ", count: indent) }
        text += closing
    }

    private static func write(_ string: String, into text: inout String) {
        text += "\""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            default:
                if scalar.value < 0x20 {
                    let digits = String(scalar.value, radix: 16)
                    text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                } else {
                    text.unicodeScalars.append(scalar)
                }
            }
        }
        text += "\""
    }
}
