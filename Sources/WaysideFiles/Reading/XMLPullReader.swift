/// Reads the little XML that workbooks are made of, one event after the other (XML 1.0, without document types, so
/// that nothing can be made to expand or to be fetched).
struct XMLPullReader {
    enum Event {
        /// An element begins; the name and attributes are without their prefixes.
        case start(String, attributes: [String: String])
        /// An element ends.
        case end(String)
        /// Text between tags, with its references resolved.
        case text(String)
    }

    /// Why it is no XML that we read.
    struct Fault: Error {
        let reason: String
    }

    private let bytes: [UInt8]
    private var index = 0
    /// The end that belongs to `<a/>`.
    private var pendingEnd: String?

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// The next event; `nil` at the end.
    mutating func next() throws(Fault) -> Event? {
        if let name = self.pendingEnd {
            self.pendingEnd = nil
            return .end(name)
        }
        while self.index < self.bytes.count {
            guard self.bytes[self.index] == UInt8(ascii: "<") else { return .text(try self.text()) }
            if self.skips("<?", upTo: "?>") || self.skips("<!--", upTo: "-->") { continue }
            if self.starts(with: "<![CDATA[") { return .text(try self.characterData()) }
            guard !self.starts(with: "<!") else { throw Fault(reason: "it holds a document type") }
            return try self.tag()
        }
        return nil
    }

    private mutating func text() throws(Fault) -> String {
        let start = self.index
        while self.index < self.bytes.count, self.bytes[self.index] != UInt8(ascii: "<") { self.index += 1 }
        return try Self.resolved(self.bytes[start..<self.index])
    }

    private mutating func characterData() throws(Fault) -> String {
        let start = self.index + 9
        guard self.skips("<![CDATA[", upTo: "]]>") else {
            throw Fault(reason: "a CDATA section is not closed")
        }
        return String(decoding: self.bytes[start..<(self.index - 3)], as: UTF8.self)
    }

    private mutating func tag() throws(Fault) -> Event {
        self.index += 1
        let isEnd = self.take(UInt8(ascii: "/"))
        let name = self.name()
        guard !name.isEmpty else { throw Fault(reason: "a tag has no name") }
        var attributes: [String: String] = [:]
        while true {
            self.skipBlanks()
            if self.take(UInt8(ascii: ">")) { break }
            if self.take(UInt8(ascii: "/")), self.take(UInt8(ascii: ">")) {
                self.pendingEnd = name
                break
            }
            let key = self.name()
            self.skipBlanks()
            guard !key.isEmpty, self.take(UInt8(ascii: "=")) else {
                throw Fault(reason: "a tag is not closed")
            }
            self.skipBlanks()
            attributes[key] = try self.attributeValue()
        }
        return isEnd ? .end(name) : .start(name, attributes: attributes)
    }

    private mutating func attributeValue() throws(Fault) -> String {
        guard self.index < self.bytes.count else { throw Fault(reason: "an attribute has no value") }
        let quote = self.bytes[self.index]
        guard quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") else {
            throw Fault(reason: "an attribute has no quotes")
        }
        let start = self.index + 1
        guard let end = self.bytes[start...].firstIndex(of: quote) else {
            throw Fault(reason: "an attribute is not closed")
        }
        self.index = end + 1
        return try Self.resolved(self.bytes[start..<end])
    }

    /// A name without its prefix; empty when there is none.
    private mutating func name() -> String {
        let start = self.index
        var local = start
        while self.index < self.bytes.count {
            let byte = self.bytes[self.index]
            if byte == UInt8(ascii: ":") { local = self.index + 1 }
            guard byte > 0x20, !"=/><\"'".utf8.contains(byte) else { break }
            self.index += 1
        }
        return String(decoding: self.bytes[local..<self.index], as: UTF8.self)
    }

    private mutating func skipBlanks() {
        while self.index < self.bytes.count, self.bytes[self.index] <= 0x20 { self.index += 1 }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard self.index < self.bytes.count, self.bytes[self.index] == byte else { return false }
        self.index += 1
        return true
    }

    private func starts(with text: StaticString) -> Bool {
        text.withUTF8Buffer { self.bytes[self.index...].starts(with: $0) }
    }

    private mutating func skips(_ opening: StaticString, upTo closing: StaticString) -> Bool {
        guard self.starts(with: opening) else { return false }
        self.index += opening.utf8CodeUnitCount
        while self.index < self.bytes.count, !self.starts(with: closing) { self.index += 1 }
        self.index = min(self.index + closing.utf8CodeUnitCount, self.bytes.count)
        return true
    }

    /// The text with `&amp;` and its like in place; there are five of them and the numbered ones.
    private static func resolved(_ bytes: ArraySlice<UInt8>) throws(Fault) -> String {
        guard bytes.contains(UInt8(ascii: "&")) else { return String(decoding: bytes, as: UTF8.self) }
        var (result, rest) = ("", bytes)
        while let mark = rest.firstIndex(of: UInt8(ascii: "&")) {
            guard let end = rest[mark...].firstIndex(of: UInt8(ascii: ";")) else {
                throw Fault(reason: "a reference is not closed")
            }
            result += String(decoding: rest[..<mark], as: UTF8.self)
            let name = String(decoding: rest[(mark + 1)..<end], as: UTF8.self)
            guard let scalar = Self.scalar(of: name) else {
                throw Fault(reason: "unknown reference &\(name);")
            }
            result.unicodeScalars.append(scalar)
            rest = rest[(end + 1)...]
        }
        return result + String(decoding: rest, as: UTF8.self)
    }

    private static func scalar(of name: String) -> Unicode.Scalar? {
        switch name {
        case "amp": return "&"
        case "lt": return "<"
        case "gt": return ">"
        case "quot": return "\""
        case "apos": return "'"
        default:
            guard name.hasPrefix("#") else { return nil }
            let digits = name.dropFirst()
            let number = digits.first == "x" ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits)
            return number.flatMap(Unicode.Scalar.init)
        }
    }
}
