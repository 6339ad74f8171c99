extension TextCut {
    /// The longest text that is cut; agents send up to 64 KiB, and no name lies beyond this.
    private static let longest = 4_096

    /// What the steps cut out of a text, blanks trimmed; `nil` when a step finds nothing, or nothing is left.
    static func apply(_ cuts: [TextCut], to text: String) -> String? {
        var rest = String(text.prefix(Self.longest))
        for cut in cuts {
            guard let next = cut.applied(to: rest) else { return nil }
            rest = next
        }
        let trimmed = Self.trimmed(rest)
        return trimmed.isEmpty ? nil : trimmed
    }

    private func applied(to text: String) -> String? {
        switch self {
        case .after(let mark):
            return Self.range(of: mark, in: text).map { String(text[$0.upperBound...]) }
        case .before(let mark):
            return Self.range(of: mark, in: text).map { String(text[..<$0.lowerBound]) } ?? text
        case .field(let number, let separator):
            guard let separator = separator.first else { return nil }
            let fields = text.split(separator: separator, omittingEmptySubsequences: false)
            return number <= fields.count ? Self.trimmed(String(fields[number - 1])) : nil
        case .printable:
            return String(text.unicodeScalars.prefix { (0x20...0x7E).contains($0.value) })
        case .first(let count):
            return String(text.prefix(count))
        }
    }

    private static func range(of mark: String, in text: String) -> Range<String.Index>? {
        text.firstRange(of: mark)
    }

    private static func trimmed(_ text: String) -> String {
        var rest = text[...]
        rest = rest.drop(while: \.isWhitespace)
        while let last = rest.last, last.isWhitespace { rest.removeLast() }
        return String(rest)
    }
}
