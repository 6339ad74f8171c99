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

    /// In milliseconds, cut to microseconds.
    mutating func add(milliseconds name: String, _ span: Duration?) {
        if let span { self.add(raw: name, span.decimalMilliseconds) }
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

extension Duration {
    /// Milliseconds with three places, cut.
    var decimalMilliseconds: String {
        let (seconds, attoseconds) = self.components
        let micros = seconds * 1_000_000 + attoseconds / 1_000_000_000_000
        let thousandths = String(micros % 1_000)
        return "\(micros / 1_000)." + String(repeating: "0", count: 3 - thousandths.count) + thousandths
    }
}
