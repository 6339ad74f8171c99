internal import CXLSXWriter

/// The sheet that is being written: where its next row goes, and how wide its columns have become.
struct Sheet {
    let pointer: UnsafeMutablePointer<lxw_worksheet>
    let name: String
    let columns: [DocumentColumn]
    let styles: CellStyles

    private var placeCounts: [Int]
    private var nextRow = 0
    private var headingRow = 0
    private var hasFilter = false

    /// Places beyond which a text is wrapped instead of widening its column.
    private static let placeLimit = 50

    init(
        pointer: UnsafeMutablePointer<lxw_worksheet>,
        name: String,
        columns: [DocumentColumn],
        styles: CellStyles
    ) {
        (self.pointer, self.name, self.columns, self.styles) = (pointer, name, columns, styles)
        // The button of the filter covers two places of the heading.
        self.placeCounts = columns.map { min($0.heading.placeCount + 3, Self.placeLimit) }
    }

    mutating func writeTop(titles: [String]) throws(DocumentError) {
        guard titles.count <= 100 else {
            throw DocumentError(.sheet, self.name, "\(titles.count) lines of title; at most 100")
        }
        for (index, title) in titles.enumerated() {
            worksheet_set_row(self.pointer, UInt32(index), index == 0 ? 26 : 18, nil)
            try self.write(title, column: 0, index == 0 ? self.styles.title : self.styles.subtitle)
            self.nextRow += 1
        }
        self.headingRow = self.nextRow
        let lineCount = self.columns.map { ($0.heading.placeCount + 2) / Self.placeLimit + 1 }.max() ?? 1
        worksheet_set_row(self.pointer, UInt32(self.nextRow), Double(6 + 16 * lineCount), nil)
        for (index, column) in self.columns.enumerated() {
            let style = column.isNumeric ? self.styles.numericHeading : self.styles.heading
            try self.write(column.heading, column: index, style)
        }
        self.nextRow += 1
    }

    mutating func append(_ row: [DocumentCell], isTotal: Bool) throws(DocumentError) {
        precondition(row.count == self.columns.count, "a row has a cell for each column")
        precondition(isTotal || !self.hasFilter, "no row follows a total")
        guard self.nextRow < Workbook.rowLimit else {
            throw DocumentError(
                .row,
                self.name,
                "a sheet has at most \(Workbook.rowLimit) rows",
                mend: "go on in another sheet"
            )
        }
        for (index, cell) in row.enumerated() {
            guard case .text(let text) = cell, text.utf16.count > Workbook.textLimit else { continue }
            throw DocumentError(
                .row,
                "\(self.name), row \(self.nextRow + 1), \(self.columns[index].heading)",
                "\(text.utf16.count) characters; a cell holds \(Workbook.textLimit)",
                mend: "shorten the text"
            )
        }
        if isTotal { try self.addFilter() }
        let styles = isTotal ? self.styles.total : self.styles.plain
        for (index, cell) in row.enumerated() {
            try self.write(cell, column: index, styles)
        }
        self.nextRow += 1
    }

    /// What the library keeps until the workbook is closed: widths, panes, filter, print set-up.
    mutating func end(footer: String) throws(DocumentError) {
        try self.addFilter()
        for (index, count) in self.placeCounts.enumerated() {
            let width = Double(max(count, 6) + 2)
            try self.check(
                worksheet_set_column(self.pointer, UInt16(index), UInt16(index), width, nil),
                "width"
            )
        }
        let heading = UInt32(self.headingRow)
        worksheet_freeze_panes(self.pointer, heading + 1, 0)
        // A device's number of twelve digits is text, and means to be.
        let ignored = UInt8(LXW_IGNORE_NUMBER_STORED_AS_TEXT.rawValue)
        try self.check(worksheet_ignore_errors(self.pointer, ignored, "A1:AMJ1048576"), "texts")
        let a4: UInt8 = 9
        worksheet_set_paper(self.pointer, a4)
        if self.placeCounts.reduce(0, +) > 90 { worksheet_set_landscape(self.pointer) }
        worksheet_fit_to_pages(self.pointer, 1, 0)
        try self.check(worksheet_repeat_rows(self.pointer, heading, heading), "repeated heading")
        worksheet_set_margins(self.pointer, 0.5, 0.5, 0.6, 0.7)
        let words = footer.split(separator: "&", omittingEmptySubsequences: false).joined(separator: "&&")
        let status = worksheet_set_footer(self.pointer, "&L&8 \(words.xmlText)&R&8&P / &N")
        try self.check(status, "footer")
    }

    /// Over the heading and the rows so far; the library takes no range that ends above the row being written.
    private mutating func addFilter() throws(DocumentError) {
        guard !self.hasFilter else { return }
        let (heading, last) = (UInt32(self.headingRow), UInt32(self.nextRow - 1))
        let status = worksheet_autofilter(self.pointer, heading, 0, last, UInt16(self.columns.count - 1))
        try self.check(status, "filter")
        self.hasFilter = true
    }

    private func check(_ status: lxw_error, _ what: String) throws(DocumentError) {
        guard status == LXW_NO_ERROR else {
            throw DocumentError(.sheet, "\(self.name), \(what)", LibraryWorkbook.words(status))
        }
    }

    private mutating func write(
        _ cell: DocumentCell,
        column: Int,
        _ styles: CellStyles.Set
    ) throws(DocumentError) {
        let (row, place) = (UInt32(self.nextRow), UInt16(column))
        let status: lxw_error
        switch cell {
        case .text(let text):
            let count = text.placeCount
            let isWrapped = count > Self.placeLimit || text.contains(where: \.isNewline)
            let style =
                isWrapped ? styles.wrapped : self.columns[column].isNumeric ? styles.numericText : styles.text
            return try self.write(text, column: column, style, widening: min(count, Self.placeLimit))
        case .integer(let number):
            // A spreadsheet shows fifteen digits and makes the others zeros.
            guard number.magnitude < 1_000_000_000_000_000 else {
                return try self.write(
                    cell.text,
                    column: column,
                    styles.numericText,
                    widening: cell.text.utf8.count
                )
            }
            status = worksheet_write_number(self.pointer, row, place, Double(number), styles.integer)
        case .percentage(let numerator, let denominator):
            guard let basisPoints = DocumentCell.basisPoints(numerator, of: denominator) else {
                return try self.write(cell.text, column: column, styles.numericText, widening: 1)
            }
            let value = Double(basisPoints) / 10_000
            status = worksheet_write_number(self.pointer, row, place, value, styles.percentage)
        case .dateTime(let time):
            var fields = lxw_datetime(time)
            status = worksheet_write_datetime(self.pointer, row, place, &fields, styles.dateTime)
        case .date(let time):
            var fields = lxw_datetime(time)
            (fields.hour, fields.min, fields.sec) = (0, 0, 0)
            status = worksheet_write_datetime(self.pointer, row, place, &fields, styles.date)
        case .flag(let flag):
            status = worksheet_write_boolean(self.pointer, row, place, flag ? 1 : 0, styles.flag)
        case .empty:
            status = worksheet_write_blank(self.pointer, row, place, styles.text)
        }
        guard status == LXW_NO_ERROR else { throw self.error(status, column) }
        self.placeCounts[column] = max(self.placeCounts[column], cell.text.utf8.count)
    }

    private mutating func write(
        _ text: String,
        column: Int,
        _ style: CellStyles.Format,
        widening placeCount: Int = 0
    ) throws(DocumentError) {
        let status = worksheet_write_string(
            self.pointer,
            UInt32(self.nextRow),
            UInt16(column),
            text.xmlText,
            style
        )
        guard status == LXW_NO_ERROR else { throw self.error(status, column) }
        self.placeCounts[column] = max(self.placeCounts[column], placeCount)
    }

    private func error(_ status: lxw_error, _ column: Int) -> DocumentError {
        DocumentError(
            .row,
            "\(self.name), row \(self.nextRow + 1), \(self.columns[column].heading)",
            LibraryWorkbook.words(status)
        )
    }
}

extension lxw_datetime {
    fileprivate init(_ time: CivilTime) {
        self.init(
            year: Int32(time.year),
            month: Int32(time.month),
            day: Int32(time.day),
            hour: Int32(time.hour),
            min: Int32(time.minute),
            sec: Double(time.second)
        )
    }
}
