internal import Glibc

/// What is wrong with a line of JSON, in words that a person can mend.
struct JSONFault: Error {
    let wrong: String
    let mend: String
}

/// A string inside a line: where its content lies, and whether anything in it is escaped.
struct JSONText {
    let start: Int
    let count: Int
    let isEscaped: Bool
}

/// Reads one line of JSON (RFC 8259) in place, without making values of it.
///
/// The line must be followed by a line feed at `end`. A line feed may not stand inside a token, so every loop over
/// bytes stops there by itself, and no byte needs to be counted.
struct JSONScanner {
    /// The line.
    let base: UnsafePointer<UInt8>
    /// Where the line feed stands.
    let end: Int
    /// The next byte to be read.
    private(set) var index = 0

    /// Nothing of ours nests so deeply.
    private static let deepest = 64

    init(base: UnsafePointer<UInt8>, end: Int) { (self.base, self.end) = (base, end) }

    /// The next byte; a line feed at the end.
    var byte: UInt8 { self.base[self.index] }

    mutating func skipBlanks() {
        while self.index < self.end, self.byte == 0x20 || self.byte == 0x09 || self.byte == 0x0D {
            self.index += 1
        }
    }

    /// Takes the byte if it comes next, after blanks.
    mutating func take(_ wanted: Unicode.Scalar) -> Bool {
        self.skipBlanks()
        guard UInt32(self.byte) == wanted.value else { return false }
        self.index += 1
        return true
    }

    mutating func expect(_ wanted: Unicode.Scalar) throws(JSONFault) {
        guard self.take(wanted) else { throw self.fault("\"\(wanted)\" is missing") }
    }

    /// Checks that nothing follows.
    mutating func expectEnd() throws(JSONFault) {
        self.skipBlanks()
        guard self.index >= self.end else { throw self.fault("something follows the object") }
    }

    func fault(_ wrong: String) -> JSONFault {
        JSONFault(
            wrong: "no valid JSON at character \(min(self.index, self.end) + 1): \(wrong)",
            mend: "write one JSON object a line"
        )
    }

    /// A string; the place stays after its closing quote.
    mutating func text() throws(JSONFault) -> JSONText {
        try self.expect("\"")
        let start = self.index
        var isEscaped = false
        while true {
            let byte = self.byte
            if byte == UInt8(ascii: "\"") { break }
            if byte == UInt8(ascii: "\\") {
                isEscaped = true
                try self.skipEscape()
            } else if byte < 0x20 {
                throw self.fault(
                    self.index >= self.end ? "a string is not closed" : "a raw control character in a string"
                )
            } else {
                self.index += 1
            }
        }
        let text = JSONText(start: start, count: self.index - start, isEscaped: isEscaped)
        self.index += 1
        return text
    }

    private mutating func skipEscape() throws(JSONFault) {
        self.index += 1
        switch self.byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            self.index += 1
        case UInt8(ascii: "u"):
            self.index += 1
            for _ in 0..<4 {
                guard Character(Unicode.Scalar(self.byte)).isHexDigit else {
                    throw self.fault("an escape is wrong")
                }
                self.index += 1
            }
        default: throw self.fault("an escape is wrong")
        }
    }

    /// Takes `null` if it comes next.
    mutating func takeNull() throws(JSONFault) -> Bool {
        self.skipBlanks()
        guard self.byte == UInt8(ascii: "n") else { return false }
        try self.word("null")
        return true
    }

    mutating func word(_ word: StaticString) throws(JSONFault) {
        guard self.end - self.index >= word.utf8CodeUnitCount,
            memcmp(self.base + self.index, word.utf8Start, word.utf8CodeUnitCount) == 0
        else { throw self.fault("only null, true and false may stand without quotes") }
        self.index += word.utf8CodeUnitCount
    }

    /// A number, as the range of bytes it takes.
    mutating func number() throws(JSONFault) -> Range<Int> {
        self.skipBlanks()
        let start = self.index
        if self.byte == UInt8(ascii: "-") { self.index += 1 }
        if self.byte == UInt8(ascii: "0") { self.index += 1 } else { try self.digits() }
        if self.byte == UInt8(ascii: ".") {
            self.index += 1
            try self.digits()
        }
        if self.byte == UInt8(ascii: "e") || self.byte == UInt8(ascii: "E") {
            self.index += 1
            if self.byte == UInt8(ascii: "+") || self.byte == UInt8(ascii: "-") { self.index += 1 }
            try self.digits()
        }
        return start..<self.index
    }

    private mutating func digits() throws(JSONFault) {
        guard self.isDigit else { throw self.fault("a value is missing or wrong") }
        while self.isDigit { self.index += 1 }
    }

    private var isDigit: Bool { self.byte &- UInt8(ascii: "0") <= 9 }

    /// Passes over any value, checking its form.
    mutating func skipValue(depth: Int = 0) throws(JSONFault) {
        self.skipBlanks()
        switch self.byte {
        case UInt8(ascii: "\""): _ = try self.text()
        case UInt8(ascii: "{"):
            guard depth < Self.deepest else { throw self.fault("it nests too deeply") }
            self.index += 1
            guard !self.take("}") else { return }
            repeat {
                _ = try self.text()
                try self.expect(":")
                try self.skipValue(depth: depth + 1)
            } while self.take(",")
            try self.expect("}")
        case UInt8(ascii: "["):
            guard depth < Self.deepest else { throw self.fault("it nests too deeply") }
            self.index += 1
            guard !self.take("]") else { return }
            repeat { try self.skipValue(depth: depth + 1) } while self.take(",")
            try self.expect("]")
        case UInt8(ascii: "t"): try self.word("true")
        case UInt8(ascii: "f"): try self.word("false")
        case UInt8(ascii: "n"): try self.word("null")
        default: _ = try self.number()
        }
    }

    // MARK: - What was read

    /// The bytes of a range of the line.
    func bytes(_ range: Range<Int>) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(start: self.base + range.lowerBound, count: range.count)
    }

    /// The string's content; what is not UTF-8 in it becomes U+FFFD, a lone surrogate too.
    func string(_ text: JSONText) -> String {
        let bytes = self.bytes(text.start..<(text.start + text.count))
        guard text.isEscaped else { return String(decoding: bytes, as: UTF8.self) }
        var (units, index): ([UInt8], Int) = ([], 0)
        while index < bytes.count {
            guard bytes[index] == UInt8(ascii: "\\") else {
                units.append(bytes[index])
                index += 1
                continue
            }
            let escape = bytes[index + 1]
            index += 2
            switch escape {
            case UInt8(ascii: "u"):
                var code = Self.codeUnit(bytes, at: index)
                index += 4
                if code & 0xFC00 == 0xD800, index + 6 <= bytes.count, bytes[index] == UInt8(ascii: "\\"),
                    bytes[index + 1] == UInt8(ascii: "u"),
                    Self.codeUnit(bytes, at: index + 2) & 0xFC00 == 0xDC00
                {
                    code = 0x10000 + (code & 0x3FF) << 10 + Self.codeUnit(bytes, at: index + 2) & 0x3FF
                    index += 6
                }
                units += Array(String(Unicode.Scalar(code) ?? "\u{FFFD}").utf8)
            case UInt8(ascii: "b"): units.append(0x08)
            case UInt8(ascii: "f"): units.append(0x0C)
            case UInt8(ascii: "n"): units.append(0x0A)
            case UInt8(ascii: "r"): units.append(0x0D)
            case UInt8(ascii: "t"): units.append(0x09)
            default: units.append(escape)
            }
        }
        return String(decoding: units, as: UTF8.self)
    }

    private static func codeUnit(_ bytes: UnsafeBufferPointer<UInt8>, at index: Int) -> UInt32 {
        UInt32(String(decoding: bytes[index..<(index + 4)], as: UTF8.self), radix: 16) ?? 0xFFFD
    }

    /// Whether the string is exactly that word, which holds nothing to escape.
    @inline(__always)
    func matches(_ text: JSONText, _ word: StaticString) -> Bool {
        text.count == word.utf8CodeUnitCount
            && memcmp(self.base + text.start, word.utf8Start, text.count) == 0
    }
}
