internal import MediaProbe

/// What was measured besides, written as the text of a JSON object; fields come out as they went in.
struct ProbeValues {
    private var fields = ""

    mutating func add(_ name: String, _ text: String?) {
        guard let text else { return }
        self.add(raw: name, "\"\(Self.escaped(text))\"")
    }

    mutating func add(_ name: String, _ number: (some BinaryInteger)?) {
        if let number { self.add(raw: name, "\(number)") }
    }

    mutating func add(_ name: String, _ isSo: Bool) { self.add(raw: name, isSo ? "true" : "false") }

    /// In whole milliseconds, rounded to the nearest.
    mutating func add(milliseconds name: String, _ span: Duration?) {
        self.add(name, span?.roundedMilliseconds)
    }

    /// Rounded to hundredths.
    mutating func add(hundredths name: String, _ number: Double?) {
        guard let number, number.isFinite, abs(number) < 1e12 else { return }
        self.add(raw: name, "\((number * 100).rounded() / 100)")
    }

    mutating func add(_ name: String, _ object: ProbeValues) {
        if let text = object.text { self.add(raw: name, text) }
    }

    /// `nil` when nothing was measured.
    var text: String? { self.fields.isEmpty ? nil : "{" + self.fields + "}" }

    private mutating func add(raw name: String, _ value: String) {
        if !self.fields.isEmpty { self.fields += "," }
        self.fields += "\"\(name)\":\(value)"
    }

    /// RFC 8259 §7. What devices say is cut to 200 characters: one of them must not fill the journal.
    private static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars.prefix(200) {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case _ where scalar.value < 0x20 || scalar.value == 0x7F:
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
