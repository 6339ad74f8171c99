/// Finds the inventory's tables in a folder or a file, and checks their headings.
struct InventorySheets {
    private(set) var tables: [InventoryTable: InventorySheet] = [:]
    private(set) var warnings: [FileProblem] = []

    private static let endings = ["csv", "xlsx"]

    static func find(in path: String) throws(FilesError) -> InventorySheets {
        var sheets = InventorySheets()
        switch InputFile.kind(of: path) {
        case .absent:
            throw FilesError(
                .open,
                file: path,
                wrong: "there is no such file or folder",
                mend: "name a folder with devices.csv, or a file"
            )
        case .file:
            try sheets.add(file: path, table: InventoryTable(name: self.stem(path)))
        case .folder:
            try sheets.addFolder(path)
        }
        return sheets
    }

    private mutating func addFolder(_ path: String) throws(FilesError) {
        for name in try InputFile.names(inFolder: path) where Self.endings.contains(Self.ending(name)) {
            if let table = InventoryTable(name: Self.stem(name)) {
                try self.add(file: path + "/" + name, table: table)
            } else {
                let nearest = Spelling.nearest(
                    to: Self.stem(name),
                    among: InventoryTable.allCases.map(\.rawValue)
                )
                self.warnings.append(
                    FileProblem(
                        file: name,
                        wrong: "it is not part of an inventory and was left out",
                        mend: "name it \(nearest ?? "devices").\(Self.ending(name)) if it is"
                    )
                )
            }
        }
        guard self.tables[.devices] != nil else {
            let besides = self.warnings.map(\.file)
            throw FilesError(
                .open,
                file: path,
                wrong: "it holds no devices.csv or devices.xlsx"
                    + (besides.isEmpty ? "" : ", only \(besides)"),
                mend: "add one"
            )
        }
    }

    private mutating func add(file path: String, table: InventoryTable?) throws(FilesError) {
        let name = fileName(path)
        let bytes = try InputFile.bytes(of: path, limit: InventoryFiles.longestFile)
        guard Self.ending(path) == "xlsx" || bytes.starts(with: Array("PK\u{3}\u{4}".utf8)) else {
            return try self.addCSV(bytes, name: name, table: table)
        }
        let workbook = try WorkbookReader(bytes, file: name)
        for sheetName in workbook.sheetNames {
            let file = "\(name)[\(sheetName)]"
            let rows = try workbook.rows(ofSheet: sheetName)
            guard let sheet = SheetTable(file: file, rows: rows, endsRowsEarly: true) else { continue }
            let inside = table ?? InventoryTable(name: sheetName)
            try self.add(sheet, as: inside ?? InventoryTable(headings: sheet.headings))
            // A workbook that is named after one table holds that table on its first sheet.
            if table != nil { break }
        }
        guard table == nil || table.map({ self.tables[$0] != nil }) ?? true else {
            throw FilesError(
                .parse,
                file: name,
                wrong: "its first sheet is empty",
                mend: "write the headings in its first row"
            )
        }
    }

    private mutating func addCSV(_ bytes: [UInt8], name: String, table: InventoryTable?) throws(FilesError) {
        guard let text = TextEncoding.text(bytes) else {
            throw FilesError(
                .parse,
                file: name,
                wrong: "it is neither UTF-8 nor GB18030",
                mend: "save it as CSV UTF-8"
            )
        }
        guard let sheet = SheetTable(file: name, rows: try CSVReader.rows(of: text, file: name)) else {
            throw FilesError(
                .parse,
                file: name,
                wrong: "it is empty",
                mend: "write the headings in its first row"
            )
        }
        try self.add(sheet, as: table ?? InventoryTable(headings: sheet.headings) ?? .devices)
    }

    private mutating func add(_ sheet: SheetTable, as table: InventoryTable?) throws(FilesError) {
        guard let table else {
            throw FilesError(
                .parse,
                file: sheet.file,
                wrong: "its headings are those of no table of the inventory",
                mend: "name the sheet devices, organizations or assignments and use their headings"
            )
        }
        if let other = self.tables[table] {
            throw FilesError(
                .parse,
                file: sheet.file,
                wrong: "\(other.table.file) holds the \(table.rawValue) already",
                mend: "keep one of the two"
            )
        }
        self.tables[table] = InventorySheet(sheet, as: table)
    }

    private static func stem(_ path: String) -> String {
        let name = fileName(path)
        return name.lastIndex(of: ".").map { String(name[..<$0]) } ?? name
    }

    private static func ending(_ path: String) -> String {
        let name = fileName(path)
        return name.lastIndex(of: ".").map { name[name.index(after: $0)...].lowercased() } ?? ""
    }
}

/// A table of the inventory whose headings were looked up.
struct InventorySheet {
    let table: SheetTable
    /// Where each column stands.
    let places: [InventoryColumn: Int]
    /// What is wrong with the headings. With a wrong heading no row is good, because nobody can tell what was meant
    /// to stand in that column; rows are still checked, so that all that is wrong is told at once.
    let problems: [FileProblem]
    /// Whether rows can be told apart at all.
    let hasRequiredColumns: Bool

    /// Looks up the headings: each is known, none stands twice, none that is required is missing.
    init(_ table: SheetTable, as kind: InventoryTable) {
        var (places, problems): ([InventoryColumn: Int], [FileProblem]) = ([:], [])
        func complain(_ heading: String, _ wrong: String, _ mend: String) {
            problems.append(
                FileProblem(
                    file: table.file,
                    row: table.headingRow,
                    column: heading,
                    wrong: wrong,
                    mend: mend
                )
            )
        }
        for (place, heading) in table.headings.enumerated() {
            guard let column = kind.columns.first(where: { $0.isNamed(heading) }) else {
                complain(
                    heading.isEmpty ? "column \(place + 1)" : heading,
                    heading.isEmpty ? "a column without a heading" : "unknown heading \(quoted(heading))",
                    Self.mend(heading, among: kind.columns)
                )
                continue
            }
            if places.updateValue(place, forKey: column) != nil {
                complain(heading, "the column \(column.bothHeadings) stands twice", "keep one of the two")
            }
        }
        let missing = kind.requiredColumns.filter { places[$0] == nil }
        for column in missing {
            complain(column.rawValue, "the column \(column.bothHeadings) is missing", "add it")
        }
        (self.table, self.places, self.problems) = (table, places, problems)
        self.hasRequiredColumns = missing.isEmpty
    }

    private static func mend(_ heading: String, among columns: [InventoryColumn]) -> String {
        let nearest = Spelling.nearest(to: heading, among: columns.flatMap { [$0.rawValue, $0.headingZH] })
        guard !heading.isEmpty, let column = nearest.flatMap({ word in columns.first { $0.isNamed(word) } })
        else {
            return "write one of \(columns.map(\.rawValue).joined(separator: ", "))"
        }
        return "the nearest known one is \(column.bothHeadings)"
    }
}
