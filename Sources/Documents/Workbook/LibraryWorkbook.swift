internal import CXLSXWriter
internal import Glibc

/// The owner of libxlsxwriter's workbook.
struct LibraryWorkbook: ~Copyable {
    let temporaryFolder: String
    /// Nothing once it is closed: closing frees it.
    private var pointer: UnsafeMutablePointer<lxw_workbook>?
    private var sheets: [UnsafeMutablePointer<lxw_worksheet>] = []

    init(properties: DocumentProperties, temporaryFolder: String) throws(DocumentError) {
        self.temporaryFolder = temporaryFolder
        guard access(temporaryFolder, W_OK | X_OK) == 0 else {
            throw DocumentError(
                .begin,
                temporaryFolder,
                String(cString: strerror(errno)),
                mend: "a workbook's rows wait there; make it writable for this user, or set another folder"
            )
        }
        let made = temporaryFolder.withMutableCString { folder in
            var options = lxw_workbook_options(constant_memory: 1, tmpdir: folder, use_zip64: 0)
            return workbook_new_opt("unnamed.xlsx", &options)
        }
        guard let pointer = made else { throw DocumentError(.begin, "workbook", "libxlsxwriter made none") }
        self.pointer = pointer
        let status = Self.set(properties, of: pointer)
        guard status == LXW_NO_ERROR else { throw DocumentError(.begin, "properties", Self.words(status)) }
    }

    deinit {
        guard let pointer = self.pointer else { return }
        for sheet in self.sheets { xlsx_close_rows_file(sheet) }
        lxw_workbook_free(pointer)
    }

    func makeStyles() throws(DocumentError) -> CellStyles {
        guard let pointer = self.pointer else { preconditionFailure("the workbook is closed") }
        guard let styles = CellStyles(of: pointer) else {
            throw DocumentError(.begin, "formats", "libxlsxwriter made none: out of memory")
        }
        return styles
    }

    mutating func addSheet(_ name: String) throws(DocumentError) -> UnsafeMutablePointer<lxw_worksheet> {
        guard let pointer = self.pointer else { preconditionFailure("the workbook is closed") }
        let mend = "choose another name"
        guard !name.isEmpty else { throw DocumentError(.sheet, name, "a sheet has a name", mend: mend) }
        guard name.utf16.count <= 31, !name.contains("\0") else {
            throw DocumentError(.sheet, name, Self.words(LXW_ERROR_SHEETNAME_LENGTH_EXCEEDED), mend: mend)
        }
        let status = workbook_validate_sheet_name(pointer, name)
        guard status == LXW_NO_ERROR else {
            throw DocumentError(.sheet, name, Self.words(status), mend: mend)
        }
        guard let sheet = workbook_add_worksheet(pointer, name) else {
            throw DocumentError(
                .sheet,
                name,
                "libxlsxwriter made none",
                mend: "look whether \(self.temporaryFolder) is writable and has space"
            )
        }
        self.sheets.append(sheet)
        return sheet
    }

    /// Packs all sheets into a file, and frees them.
    mutating func close(into path: String, subject: String) throws(DocumentError) {
        guard let pointer = self.pointer else { preconditionFailure("the workbook is closed") }
        try self.checkSpace()
        guard xlsx_set_output(pointer, path) != 0 else {
            throw DocumentError(.write, subject, Self.words(LXW_ERROR_MEMORY_MALLOC_FAILED))
        }
        self.pointer = nil
        let status = workbook_close(pointer)
        guard status == LXW_NO_ERROR else {
            throw DocumentError(
                .write,
                subject,
                Self.words(status),
                mend: "look whether its folder and \(self.temporaryFolder) are writable and have space"
            )
        }
    }

    /// libxlsxwriter writes rows without looking whether they went through, and each sheet once more, into another
    /// file of that folder, before it is packed; a full disk would end in a workbook cut short.
    private func checkSpace() throws(DocumentError) {
        var largest = 0
        for sheet in self.sheets {
            guard let file = xlsx_rows_file(sheet) else { continue }
            guard fflush(file) == 0, ferror(file) == 0 else { throw self.full }
            largest = max(largest, ftell(file))
        }
        var folder = statvfs()
        guard statvfs(self.temporaryFolder, &folder) == 0 else { return }
        let (free, reserve) = (UInt64(folder.f_bavail) * UInt64(folder.f_frsize), UInt64(1) << 20)
        guard free > UInt64(largest) + reserve else { throw self.full }
    }

    private var full: DocumentError {
        DocumentError(
            .write,
            self.temporaryFolder,
            "no space left for the rows",
            mend: "free space there, or set another temporary folder"
        )
    }

    private static func set(
        _ properties: DocumentProperties,
        of pointer: UnsafeMutablePointer<lxw_workbook>
    ) -> lxw_error {
        // The library copies what it is given.
        String(properties.title.prefix(255)).xmlText.withMutableCString { title in
            String(properties.author.prefix(255)).xmlText.withMutableCString { author in
                String(properties.subject.prefix(255)).xmlText.withMutableCString { subject in
                    var fields = lxw_doc_properties()
                    (fields.title, fields.author, fields.subject) = (title, author, subject)
                    fields.created = time_t(properties.createdAtSeconds)
                    return workbook_set_properties(pointer, &fields)
                }
            }
        }
    }

    static func words(_ status: lxw_error) -> String {
        lxw_strerror(status).map { String(cString: $0) } ?? "error \(status.rawValue) of libxlsxwriter"
    }
}

extension String {
    /// Lends a copy of itself to C that asks for a mutable string and does not change it.
    func withMutableCString<Result>(_ body: (UnsafeMutablePointer<CChar>) -> Result) -> Result {
        var bytes = self.utf8CString
        return bytes.withUnsafeMutableBufferPointer { buffer in
            guard let base = buffer.baseAddress else { preconditionFailure("a C string has its zero") }
            return body(base)
        }
    }

    /// As XML can hold it: characters that it cannot become U+FFFD, and what a spreadsheet would read as the escape
    /// of another character (`_x0041_`) is escaped itself.
    var xmlText: String {
        let odd = self.unicodeScalars.contains { scalar in
            scalar.value == 0 || scalar.value & 0xFFFE == 0xFFFE || scalar == "_"
        }
        guard odd else { return self }
        var text = ""
        let scalars = Array(self.unicodeScalars)
        for (index, scalar) in scalars.enumerated() {
            if scalar.value == 0 || scalar.value & 0xFFFE == 0xFFFE {
                text.unicodeScalars.append("\u{FFFD}")
            } else {
                if scalar == "_", Self.isEscape(scalars[index...]) { text += "_x005F" }
                text.unicodeScalars.append(scalar)
            }
        }
        return text
    }

    private static func isEscape(_ scalars: ArraySlice<Unicode.Scalar>) -> Bool {
        let seven = Array(scalars.prefix(7))
        return seven.count == 7 && seven[1] == "x" && seven[6] == "_"
            && seven[2...5].allSatisfy(\.properties.isASCIIHexDigit)
    }
}
