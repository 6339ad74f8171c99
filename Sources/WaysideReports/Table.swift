/// Rows under headings (表): one payload for the terminal, CSV and JSON.
public struct Table: Hashable, Sendable {
    /// One column.
    public struct Column: Hashable, Sendable {
        /// Its name in JSON and CSV, snake_case.
        public let key: String
        /// Its heading in the terminal.
        public let heading: String
        /// Whether its cells stand at the right.
        public let isNumeric: Bool

        /// A column.
        public init(_ key: String, _ heading: String, isNumeric: Bool = false) {
            (self.key, self.heading, self.isNumeric) = (key, heading, isNumeric)
        }
    }

    /// One cell.
    public enum Cell: Hashable, Sendable {
        /// Words.
        case text(String)
        /// A whole number.
        case integer(Int64)
        /// A number as it is to be written: decimals, or more digits than an integer of ours has.
        case number(String)
        /// Yes or no.
        case flag(Bool)
        /// Nothing.
        case empty

        /// Words, or nothing.
        public init(_ text: String?) { self = text.map(Cell.text) ?? .empty }
        /// A number, or nothing.
        public init(_ number: Int64?) { self = number.map(Cell.integer) ?? .empty }

        /// As printed.
        public var text: String {
            switch self {
            case .text(let text): text
            case .integer(let number): String(number)
            case .number(let number): number
            case .flag(let flag): flag ? "yes" : "no"
            case .empty: ""
            }
        }

        var json: JSONText {
            switch self {
            case .text(let text): .string(text)
            case .integer(let number): .integer(number)
            case .number(let number): .verbatim(number)
            case .flag(let flag): .bool(flag)
            case .empty: .null
            }
        }
    }

    /// The columns.
    public var columns: [Column]
    /// The rows, each as long as the columns are many.
    public var rows: [[Cell]]

    /// A table.
    public init(columns: [Column], rows: [[Cell]] = []) { (self.columns, self.rows) = (columns, rows) }

    /// For the terminal: columns in line, Chinese counted as two wide.
    public var text: String {
        let texts = self.rows.map { $0.map { $0.text.replacingLineBreaks } }
        let widths = self.columns.indices.map { column in
            ([self.columns[column].heading] + texts.map { $0[column] }).map(\.terminalWidth).max() ?? 0
        }
        func line(_ cells: [String]) -> String {
            var line = ""
            for (index, cell) in cells.enumerated() {
                let gap = String(repeating: " ", count: widths[index] - cell.terminalWidth)
                line += self.columns[index].isNumeric ? gap + cell : cell + gap
                if index + 1 < cells.count { line += "  " }
            }
            while line.last == " " { line.removeLast() }
            return line
        }
        let rule = widths.map { String(repeating: "─", count: $0) }
        return ([line(self.columns.map(\.heading)), rule.joined(separator: "  ")] + texts.map(line))
            .joined(separator: "\n") + "\n"
    }

    /// RFC 4180, with a byte order mark so that spreadsheets read Chinese, and CRLF.
    public var csv: String {
        let lines = [self.columns.map(\.key)] + self.rows.map { $0.map(\.text) }
        return "\u{FEFF}" + lines.map { $0.map(\.csvField).joined(separator: ",") + "\r\n" }.joined()
    }

    /// An array of objects.
    public var json: JSONText {
        .array(
            self.rows.map { row in
                .object(zip(self.columns, row).map { JSONText.Member($0.key, $1.json) })
            }
        )
    }
}

extension String {
    /// How many columns of a terminal it takes: East Asian wide and full-width characters take two (UAX #11).
    public var terminalWidth: Int {
        self.unicodeScalars.reduce(0) { width, scalar in
            switch scalar.value {
            case 0x300...0x36F: width
            case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF,
                0xFE30...0xFE6F,
                0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1FAFF, 0x20000...0x3FFFD:
                width + 2
            default: width + 1
            }
        }
    }

    var replacingLineBreaks: String { String(self.map { $0.isNewline ? " " : $0 }) }

    /// Quoted where RFC 4180 asks for it. A cell that a spreadsheet would take for a formula is made text.
    var csvField: String {
        let risky = self.first.map { "=+-@\t".contains($0) } ?? false
        let field = risky && Double(self) == nil ? "'" + self : self
        guard field.contains(where: { $0 == "," || $0 == "\"" || $0.isNewline }) else { return field }
        var quoted = "\""
        for character in field { quoted += character == "\"" ? "\"\"" : String(character) }
        return quoted + "\""
    }
}
