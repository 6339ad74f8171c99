/// Values as PostgreSQL's text format writes them, for ``Statement/parameters``.
///
/// Many rows go in by one statement with one array a column: `unnest($1::bigint[], $2::text[])`.
public enum SQLText {
    /// An instant as `timestamptz`, exact; milliseconds since 1970-01-01T00:00:00Z, from year −4712 to 294276.
    public static func timestamp(_ milliseconds: Int64) -> String { CalendarText.instant(milliseconds) }

    /// A day as `date`; days since 1970-01-01.
    public static func day(_ daysSince1970: Int) -> String { CalendarText.day(daysSince1970) }

    /// A `boolean`.
    public static func bool(_ value: Bool) -> String { value ? "t" : "f" }

    /// A `bytea`, in the hex form.
    public static func bytes(_ value: some Collection<UInt8>) -> String {
        var text = "\\x"
        text.reserveCapacity(2 + 2 * value.count)
        for byte in value {
            text.unicodeScalars.append(self.hexDigits[Int(byte >> 4)])
            text.unicodeScalars.append(self.hexDigits[Int(byte & 15)])
        }
        return text
    }

    /// An array of whole numbers.
    public static func array(_ values: some Sequence<Int64>) -> String {
        self.array(unquoted: values) { String($0) }
    }

    /// An array of whole numbers with nulls.
    public static func array(_ values: some Sequence<Int64?>) -> String {
        self.array(unquoted: values) { $0.map { String($0) } ?? "NULL" }
    }

    /// An array of whole numbers.
    public static func array(_ values: some Sequence<Int>) -> String {
        self.array(unquoted: values) { String($0) }
    }

    /// An array of `double precision`; NaN and the infinities are kept.
    public static func array(_ values: some Sequence<Double>) -> String {
        self.array(unquoted: values) { self.double($0) }
    }

    /// An array of `double precision` with nulls.
    public static func array(_ values: some Sequence<Double?>) -> String {
        self.array(unquoted: values) { $0.map { self.double($0) } ?? "NULL" }
    }

    /// An array of `boolean`.
    public static func array(_ values: some Sequence<Bool>) -> String {
        self.array(unquoted: values) { self.bool($0) }
    }

    /// An array of texts, or of any type by its text.
    public static func array(_ values: some Sequence<String>) -> String {
        self.array(unquoted: values) { self.quoted($0) }
    }

    /// An array of texts, or of any type by its text, with nulls.
    public static func array(_ values: some Sequence<String?>) -> String {
        self.array(unquoted: values) { $0.map { self.quoted($0) } ?? "NULL" }
    }

    /// An array of `timestamptz`; milliseconds since 1970.
    public static func timestamps(_ values: some Sequence<Int64>) -> String {
        self.array(unquoted: values) { "\"\(self.timestamp($0))\"" }
    }

    /// An array of `timestamptz` with nulls; milliseconds since 1970.
    public static func timestamps(_ values: some Sequence<Int64?>) -> String {
        self.array(unquoted: values) { $0.map { "\"\(self.timestamp($0))\"" } ?? "NULL" }
    }

    /// An array of `bytea`.
    public static func arrayOfBytes(_ values: some Sequence<[UInt8]>) -> String {
        self.array(unquoted: values) { self.quoted(self.bytes($0)) }
    }

    /// A `double precision`; the shortest text that reads back as the same number.
    public static func double(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Infinity" : "Infinity" }
        return "\(value)"
    }

    private static let hexDigits = Array("0123456789abcdef".unicodeScalars)

    private static func array<Element>(
        unquoted values: some Sequence<Element>,
        _ text: (Element) -> String
    ) -> String {
        var whole = "{"
        var isFirst = true
        for value in values {
            if !isFirst { whole += "," }
            whole += text(value)
            isFirst = false
        }
        return whole + "}"
    }

    /// Always in quotation marks, so that `NULL`, the empty text and spaces are what they look like.
    private static func quoted(_ text: String) -> String {
        var whole = "\""
        for scalar in text.unicodeScalars {
            if scalar == "\"" || scalar == "\\" { whole.unicodeScalars.append("\\") }
            whole.unicodeScalars.append(scalar)
        }
        return whole + "\""
    }
}
