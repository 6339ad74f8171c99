public import SNMP

extension ValueReading {
    /// What a value means; `unknown` for a sentinel, for NULL, and for what cannot be read as asked.
    public func value(_ value: SNMPValue) -> FactValue {
        switch self.kind {
        case .text:
            let text = AgentText.text(value) ?? Self.plainText(value)
            return text.map { self.sentinelTexts.contains($0) ? .unknown : .text($0) } ?? .unknown
        case .mac:
            return AgentText.hardwareAddress(value).map { .text($0) } ?? .unknown
        case .number, .firstNumber, .unsigned32:
            guard let raw = self.number(value), !self.sentinels.contains(raw),
                self.range?.contains(raw) ?? true
            else {
                return .unknown
            }
            return .number(self.scaled(raw))
        }
    }

    /// The number as sent; `nil` for what is none.
    func number(_ value: SNMPValue) -> Double? {
        if let text = AgentText.text(value) {
            guard !self.sentinelTexts.contains(text) else { return nil }
            return self.kind == .firstNumber ? Self.firstNumber(text) : Self.wholeNumber(text)
        }
        guard let number = Self.number(value) else { return nil }
        return self.kind == .unsigned32 && number < 0 ? number + 4_294_967_296 : number
    }

    /// The number of any numeric type.
    static func number(_ value: SNMPValue) -> Double? {
        switch value {
        case .opaqueFloat(let number): number.isFinite ? Double(number) : nil
        case .opaqueDouble(let number): number.isFinite ? number : nil
        default: value.signed.map(Double.init) ?? value.unsigned.map(Double.init)
        }
    }

    /// The value in the unit, by `scale` or by the power of ten that makes it plausible.
    ///
    /// Cards of one maker send the frequency of RFC 1628 in 0.1 Hz (500) or 0.01 Hz (5000), and voltages in V or
    /// 0.1 V; what is plausible tells them apart.
    private func scaled(_ raw: Double) -> Double {
        guard let plausible = self.plausible, raw > 0, !plausible.contains(Self.times(raw, self.scale)) else {
            return Self.times(raw, self.scale)
        }
        for divisor in [1.0, 10, 100, 1_000] where plausible.contains(raw / divisor) { return raw / divisor }
        return Self.times(raw, self.scale)
    }

    /// Dividing by a whole number instead of multiplying by its inverse keeps 234 × 0.1 at 23.4.
    private static func times(_ raw: Double, _ scale: Double) -> Double {
        let inverse = (1 / scale).rounded()
        return scale < 1 && abs(inverse * scale - 1) < 1e-9 ? raw / inverse : raw * scale
    }

    /// The number that a text is, blanks aside.
    static func wholeNumber(_ text: String) -> Double? {
        Double(text).flatMap { $0.isFinite ? $0 : nil }
    }

    /// The number with which a text begins, such as 33 of `33 C/91 F`; `nil` when it begins otherwise.
    static func firstNumber(_ text: String) -> Double? {
        let start = text.drop { $0 == " " || $0 == "\t" }
        var digits = ""
        for character in start.prefix(32) {
            let isSign = digits.isEmpty && (character == "-" || character == "+")
            let isPoint = character == "." && !digits.contains(".")
            guard isSign || isPoint || (character.isASCII && character.isNumber) else { break }
            digits.append(character)
        }
        return Double(digits).flatMap { $0.isFinite ? $0 : nil }
    }

    /// A value that is no string, in words.
    private static func plainText(_ value: SNMPValue) -> String? {
        switch value {
        case .null, .noSuchObject, .noSuchInstance, .endOfMibView, .undecodable: nil
        default: value.description
        }
    }
}

extension SNMPValue {
    /// The value as a condition or a table of words compares it: numbers in digits, text decoded.
    var comparable: String {
        AgentText.text(self) ?? self.description
    }
}
