/// A table as a file holds it: headings and rows of text, before anybody has asked what they mean.
struct SheetTable {
    /// One row below the headings.
    struct Row {
        /// Where it begins, as a person counts: the file's line, or the sheet's row.
        let number: Int
        /// Its fields, by place.
        let fields: [Field]
    }

    /// One field of a row.
    struct Field {
        /// What stands there, without blanks around it.
        let text: String
        /// Whether a spreadsheet holds it as a number, and not as text.
        var isNumber = false
    }

    /// The file's name, with the sheet's in brackets for a workbook.
    let file: String
    /// Where the headings stand, as a person counts.
    let headingRow: Int
    /// The headings, without blanks around them.
    let headings: [String]
    /// The rows that hold anything, in the order of the file.
    let rows: [Row]
    /// Whether a row may have fewer fields than there are headings, as a spreadsheet's does where nothing follows.
    let endsRowsEarly: Bool

    /// A table whose first row with anything in it holds the headings; `nil` when there is none.
    init?(file: String, rows: [Row], endsRowsEarly: Bool = false) {
        let filled = rows.filter { row in row.fields.contains { !$0.text.isEmpty } }
        guard let first = filled.first else { return nil }
        var headings = first.fields.map(\.text)
        while headings.last == "" { headings.removeLast() }
        (self.file, self.headingRow, self.headings) = (file, first.number, headings)
        self.rows = Array(filled.dropFirst())
        self.endsRowsEarly = endsRowsEarly
    }
}

/// Reads CSV by RFC 4180: quoted fields with doubled quotes, separators and line ends inside them; CRLF, LF or CR
/// as line ends.
struct CSVReader {
    private let bytes: [UInt8]
    private var index = 0
    private var line = 1

    private init(_ text: String) { self.bytes = Array(text.utf8) }

    /// The rows of the text, also the empty ones, each with the line on which it begins.
    static func rows(of text: String, file: String) throws(FilesError) -> [SheetTable.Row] {
        var reader = CSVReader(text)
        var rows: [SheetTable.Row] = []
        while reader.index < reader.bytes.count {
            let start = reader.line
            rows.append(SheetTable.Row(number: start, fields: try reader.row(file: file)))
        }
        return rows
    }

    private mutating func row(file: String) throws(FilesError) -> [SheetTable.Field] {
        var fields: [SheetTable.Field] = []
        while true {
            let isQuoted = self.peek == UInt8(ascii: "\"")
            let start = self.line
            guard let field = isQuoted ? self.quotedField() : self.plainField() else {
                let problem = FileProblem(
                    file: file,
                    row: start,
                    wrong: "a quoted field is not closed, or something follows its closing quote",
                    mend: "close it with \" and write a quote inside it twice (\"\")"
                )
                throw FilesError(.parse, file: file, problems: [problem])
            }
            fields.append(SheetTable.Field(text: Self.trimmed(field)))
            switch self.peek {
            case UInt8(ascii: ","): self.index += 1
            case nil: return fields
            default:
                self.takeLineEnd()
                return fields
            }
        }
    }

    private var peek: UInt8? { self.index < self.bytes.count ? self.bytes[self.index] : nil }

    private mutating func plainField() -> ArraySlice<UInt8>? {
        let start = self.index
        while let byte = self.peek, byte != UInt8(ascii: ","), byte != Self.lineFeed,
            byte != Self.carriageReturn
        {
            self.index += 1
        }
        return self.bytes[start..<self.index]
    }

    /// What stands between the quotes; `nil` when they are not closed, or the field goes on behind them.
    private mutating func quotedField() -> ArraySlice<UInt8>? {
        var content: [UInt8] = []
        self.index += 1
        while let byte = self.peek {
            if byte == UInt8(ascii: "\"") {
                self.index += 1
                guard self.peek == UInt8(ascii: "\"") else { return self.isAtFieldEnd ? content[...] : nil }
                content.append(byte)
                self.index += 1
            } else if byte == Self.lineFeed || byte == Self.carriageReturn {
                self.takeLineEnd()
                content.append(Self.lineFeed)
            } else {
                content.append(byte)
                self.index += 1
            }
        }
        return nil
    }

    private var isAtFieldEnd: Bool {
        switch self.peek {
        case nil, UInt8(ascii: ","), Self.lineFeed, Self.carriageReturn: true
        default: false
        }
    }

    private mutating func takeLineEnd() {
        if self.peek == Self.carriageReturn {
            self.index += 1
            if self.peek == Self.lineFeed { self.index += 1 }
        } else {
            self.index += 1
        }
        self.line += 1
    }

    private static let lineFeed = UInt8(ascii: "\n")
    private static let carriageReturn = UInt8(ascii: "\r")

    /// The text without blanks at its ends; the ideographic space, which Chinese keyboards make, is one.
    private static func trimmed(_ bytes: ArraySlice<UInt8>) -> String {
        trimmedText(String(decoding: bytes, as: UTF8.self))
    }
}

/// The text without blanks of any alphabet at its ends.
func trimmedText(_ text: String) -> String {
    let scalars = text.unicodeScalars
    guard let first = scalars.firstIndex(where: { !$0.properties.isWhitespace }),
        let last = scalars.lastIndex(where: { !$0.properties.isWhitespace })
    else { return "" }
    return String(scalars[first...last])
}
