internal import CXLSXWriter
internal import Glibc

/// A spreadsheet workbook (XLSX) that is written row by row and never held in memory: sheets one after the other, each
/// with lines of title, a heading that stays in sight and can be filtered by, and rows.
///
/// The same input makes the same bytes, with the same release of libxlsxwriter and zlib: no clock, name or chance goes
/// in. Its rows wait in a nameless file of the temporary folder. One thread at a time.
public struct Workbook: ~Copyable {
    /// Rows of one sheet, titles and heading among them; the format's own limit.
    public static let rowLimit = 1_048_576
    /// Columns of one sheet. The format would hold 16,384; nobody reads so many.
    public static let columnLimit = 1_024
    /// UTF-16 units of one cell's text; the format's own limit.
    public static let textLimit = 32_767

    private var library: LibraryWorkbook
    private let styles: CellStyles
    private let footer: String
    private var sheet: Sheet?

    /// A workbook without sheets.
    ///
    /// `footer` stands at the foot of every printed page, at most 200 characters of it, beside the page's number.
    public init(
        properties: DocumentProperties,
        footer: String = "",
        temporaryFolder: String = "/tmp"
    ) throws(DocumentError) {
        let library = try LibraryWorkbook(properties: properties, temporaryFolder: temporaryFolder)
        self.styles = try library.makeStyles()
        self.library = library
        self.footer = String(footer.prefix(200))
        self.sheet = nil
    }

    /// Ends the sheet before and begins another: titles, then the heading, then what is appended.
    ///
    /// A name has 1...31 characters, none of `[]:*?/\`, no apostrophe at an end, and is there once.
    public mutating func addSheet(
        _ name: String,
        titles: [String] = [],
        columns: [DocumentColumn]
    ) throws(DocumentError) {
        guard (1...Self.columnLimit).contains(columns.count) else {
            throw DocumentError(.sheet, name, "\(columns.count) columns; a sheet has 1...\(Self.columnLimit)")
        }
        try self.endSheet()
        let pointer = try self.library.addSheet(name)
        var sheet = Sheet(pointer: pointer, name: name, columns: columns, styles: self.styles)
        try sheet.writeTop(titles: titles)
        self.sheet = sheet
    }

    /// Adds a row to the sheet begun last; it has a cell for each column.
    public mutating func append(_ row: [DocumentCell]) throws(DocumentError) {
        guard self.sheet != nil else { preconditionFailure("a row wants a sheet") }
        try self.sheet?.append(row, isTotal: false)
    }

    /// Adds a bold row below the others that filtering leaves where it is; no ordinary row may follow.
    public mutating func appendTotal(_ row: [DocumentCell]) throws(DocumentError) {
        guard self.sheet != nil else { preconditionFailure("a row wants a sheet") }
        try self.sheet?.append(row, isTotal: true)
    }

    /// Writes the file: whole, in place of what was there, or not at all.
    public consuming func write(to path: String) throws(DocumentError) {
        var book = self
        var file = try PartialFile(for: path)
        try book.finish(into: file.path, subject: path)
        try file.commit()
    }

    /// The file's bytes.
    public consuming func bytes() throws(DocumentError) -> [UInt8] {
        var book = self
        let file = try TemporaryFile(in: book.library.temporaryFolder)
        try book.finish(into: file.path, subject: "the workbook in memory")
        return try file.contents()
    }

    private mutating func finish(into path: String, subject: String) throws(DocumentError) {
        guard self.sheet != nil else {
            throw DocumentError(.write, subject, "a workbook has at least one sheet")
        }
        try self.endSheet()
        try self.library.close(into: path, subject: subject)
    }

    private mutating func endSheet() throws(DocumentError) {
        try self.sheet?.end(footer: self.footer)
        self.sheet = nil
    }
}
