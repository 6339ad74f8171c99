/// A whole JSON value; for records of which a file holds few.
enum JSONValue: Equatable {
    case null
    case bool(Bool)
    /// The number as it is written.
    case number(String)
    case text(String)
    case list([JSONValue])
    /// Keys in their order; of a key that stands twice the last one counts.
    case object([String: JSONValue])

    init(_ scanner: inout JSONScanner, depth: Int = 0) throws(JSONFault) {
        scanner.skipBlanks()
        switch scanner.byte {
        case UInt8(ascii: "\""): self = .text(scanner.string(try scanner.text()))
        case UInt8(ascii: "{"):
            guard depth < 64 else { throw scanner.fault("it nests too deeply") }
            try scanner.expect("{")
            var members: [String: JSONValue] = [:]
            if !scanner.take("}") {
                repeat {
                    let key = scanner.string(try scanner.text())
                    try scanner.expect(":")
                    members[key] = try JSONValue(&scanner, depth: depth + 1)
                } while scanner.take(",")
                try scanner.expect("}")
            }
            self = .object(members)
        case UInt8(ascii: "["):
            guard depth < 64 else { throw scanner.fault("it nests too deeply") }
            try scanner.expect("[")
            var values: [JSONValue] = []
            if !scanner.take("]") {
                repeat { values.append(try JSONValue(&scanner, depth: depth + 1)) } while scanner.take(",")
                try scanner.expect("]")
            }
            self = .list(values)
        case UInt8(ascii: "t"):
            try scanner.word("true")
            self = .bool(true)
        case UInt8(ascii: "f"):
            try scanner.word("false")
            self = .bool(false)
        case UInt8(ascii: "n"):
            try scanner.word("null")
            self = .null
        default:
            let range = try scanner.number()
            self = .number(String(decoding: scanner.bytes(range), as: UTF8.self))
        }
    }

    /// Writes a string as JSON, quotes and all; nothing but what must be is escaped.
    static func quoted(_ text: String, into bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
            case 0x0A: bytes += Array("\\n".utf8)
            case 0x0D: bytes += Array("\\r".utf8)
            case 0x09: bytes += Array("\\t".utf8)
            case 0..<0x20:
                bytes += Array("\\u00".utf8) + [Self.digits[Int(byte >> 4)], Self.digits[Int(byte & 15)]]
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private static let digits = Array("0123456789abcdef".utf8)
}

/// The members of an object that stands on a line, by key; `null` counts as absent.
struct JSONRecord {
    private let members: [String: JSONValue]
    /// What the record is called in messages.
    private let name: String

    init(_ members: [String: JSONValue], name: String) {
        (self.members, self.name) = (members.filter { $0.value != .null }, name)
    }

    var keys: [String] { self.members.keys.sorted() }

    func value(_ key: String) -> JSONValue? { self.members[key] }

    func text(_ key: String) throws(JSONFault) -> String? {
        switch self.members[key] {
        case nil: return nil
        case .text(let text): return text
        default: throw JSONFault(wrong: "\(key) is no string", mend: "write it in quotes")
        }
    }

    func required(_ key: String, _ mend: String) throws(JSONFault) -> String {
        guard let text = try self.text(key), !text.isEmpty else {
            throw JSONFault(wrong: "the \(self.name) has no \(key)", mend: mend)
        }
        return text
    }

    /// The members of an object inside.
    func record(_ key: String) throws(JSONFault) -> JSONRecord? {
        switch self.members[key] {
        case nil: return nil
        case .object(let members): return JSONRecord(members, name: key)
        default: throw JSONFault(wrong: "\(key) is no object", mend: "write it as {…}")
        }
    }

    func texts(_ key: String) throws(JSONFault) -> [String]? {
        guard let value = self.members[key] else { return nil }
        guard case .list(let values) = value else {
            throw JSONFault(wrong: "\(key) is no list", mend: "write it as [\"…\"], or null for all")
        }
        var texts: [String] = []
        for value in values {
            guard case .text(let text) = value else {
                throw JSONFault(
                    wrong: "\(key) holds something other than strings",
                    mend: "write them in quotes"
                )
            }
            texts.append(text)
        }
        return texts
    }
}
