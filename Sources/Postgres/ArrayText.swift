/// PostgreSQL's text form of an array of one dimension: `{1,2,NULL,"a \"b\""}` (manual, 8.15.6).
enum ArrayText {
    /// The elements; `nil` where the text is not such an array.
    static func elements(_ bytes: UnsafeBufferPointer<UInt8>) -> [String?]? {
        guard bytes.count >= 2, bytes.first == UInt8(ascii: "{"), bytes.last == UInt8(ascii: "}") else {
            return nil
        }
        let inside = bytes[1..<(bytes.count - 1)]
        guard !inside.isEmpty else { return [] }
        var elements: [String?] = []
        var index = inside.startIndex
        while true {
            guard let element = self.element(inside, &index) else { return nil }
            elements.append(element.isNull ? nil : element.text)
            guard index < inside.endIndex else { return elements }
            guard inside[index] == UInt8(ascii: ",") else { return nil }
            index += 1
        }
    }

    /// Every element converted, or `nil` when one cannot be.
    static func all<Value>(_ elements: [String?], _ convert: (String?) -> Value?) -> [Value]? {
        var values: [Value] = []
        values.reserveCapacity(elements.count)
        for element in elements {
            guard let value = convert(element) else { return nil }
            values.append(value)
        }
        return values
    }

    /// The first characters of a value, for an error.
    static func excerpt(_ bytes: UnsafeBufferPointer<UInt8>) -> String {
        let text = String(decoding: bytes.prefix(40), as: UTF8.self)
        return bytes.count > 40 ? text + "…" : text
    }

    private static func element(
        _ bytes: Slice<UnsafeBufferPointer<UInt8>>,
        _ index: inout Int
    ) -> (text: String, isNull: Bool)? {
        guard index < bytes.endIndex else { return nil }
        guard bytes[index] == UInt8(ascii: "\"") else {
            let start = index
            while index < bytes.endIndex, bytes[index] != UInt8(ascii: ",") {
                guard bytes[index] != UInt8(ascii: "{") else { return nil }
                index += 1
            }
            let text = String(decoding: bytes[start..<index], as: UTF8.self)
            return text.isEmpty ? nil : (text, text == "NULL")
        }
        var collected: [UInt8] = []
        index += 1
        while index < bytes.endIndex {
            switch bytes[index] {
            case UInt8(ascii: "\""):
                index += 1
                return (String(decoding: collected, as: UTF8.self), false)
            case UInt8(ascii: "\\"):
                index += 1
                guard index < bytes.endIndex else { return nil }
                collected.append(bytes[index])
            case let byte:
                collected.append(byte)
            }
            index += 1
        }
        return nil
    }
}

/// PostgreSQL's hex form of a `bytea`: `\x01ff`.
enum HexText {
    /// The bytes; `nil` where the text is not in the hex form.
    static func bytes(_ text: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
        guard text.count >= 2, text.count % 2 == 0, text[0] == UInt8(ascii: "\\"),
            text[1] == UInt8(ascii: "x")
        else {
            return nil
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count / 2 - 1)
        for index in stride(from: 2, to: text.count, by: 2) {
            guard let high = self.digit(text[index]), let low = self.digit(text[index + 1]) else {
                return nil
            }
            bytes.append(high << 4 | low)
        }
        return bytes
    }

    private static func digit(_ character: UInt8) -> UInt8? {
        switch character {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): character - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): character - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
