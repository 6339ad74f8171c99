internal import Packing

/// Reads the cells of a workbook (XLSX: ECMA-376, part 1, SpreadsheetML) as text; formulas by their last result.
struct WorkbookReader {
    /// The sheets, in the order of their tabs.
    let sheetNames: [String]

    private let archive: ZipArchive
    private let file: String
    private let paths: [String: String]
    private let sharedStrings: [String]

    /// Opens a workbook of those bytes.
    init(_ bytes: [UInt8], file: String) throws(FilesError) {
        self.file = file
        do {
            self.archive = try ZipArchive(bytes)
            let targets = try Self.targets(Self.part("xl/_rels/workbook.xml.rels", of: self.archive))
            let sheets = try Self.sheets(Self.part("xl/workbook.xml", of: self.archive), targets: targets)
            self.sheetNames = sheets.map(\.name)
            self.paths = Dictionary(
                sheets.map { ($0.name, $0.path) },
                uniquingKeysWith: { first, _ in first }
            )
            self.sharedStrings = try Self.strings(Self.part("xl/sharedStrings.xml", of: self.archive))
        } catch {
            throw Self.error(error, file: file)
        }
        guard !self.sheetNames.isEmpty else {
            throw FilesError(
                .parse,
                file: file,
                wrong: "it is no workbook",
                mend: "save it as .xlsx, or as CSV UTF-8"
            )
        }
    }

    /// The contents of a part; nothing when there is none, because a workbook may do without some.
    private static func part(_ name: String, of archive: ZipArchive) throws(PackingError) -> [UInt8] {
        guard let entry = archive.entry(named: name) else { return [] }
        return try archive.contents(of: entry)
    }

    private static func error(_ error: any Error, file: String) -> FilesError {
        if let error = error as? FilesError { return error }
        let reason = (error as? XMLPullReader.Fault)?.reason ?? "\(error)"
        return FilesError(
            .parse,
            file: file,
            wrong: "it is a damaged workbook: \(reason)",
            mend: "save it anew"
        )
    }

    /// The sheet's rows that hold cells.
    func rows(ofSheet name: String) throws(FilesError) -> [SheetTable.Row] {
        do {
            return try self.rows(ofXML: Self.part(self.paths[name] ?? "", of: self.archive))
        } catch {
            throw Self.error(error, file: "\(self.file)[\(name)]")
        }
    }

    private static func targets(_ xml: [UInt8]) throws(XMLPullReader.Fault) -> [String: String] {
        var (reader, targets): (XMLPullReader, [String: String]) = (XMLPullReader(xml), [:])
        while let event = try reader.next() {
            guard case .start("Relationship", let attributes) = event, let id = attributes["Id"],
                let target = attributes["Target"]
            else { continue }
            targets[id] = target.hasPrefix("/") ? String(target.dropFirst()) : "xl/" + target
        }
        return targets
    }

    private static func sheets(
        _ xml: [UInt8],
        targets: [String: String]
    ) throws(XMLPullReader.Fault) -> [(name: String, path: String)] {
        var (reader, sheets): (XMLPullReader, [(String, String)]) = (XMLPullReader(xml), [])
        while let event = try reader.next() {
            guard case .start("sheet", let attributes) = event, let name = attributes["name"],
                let path = attributes["id"].flatMap({ targets[$0] })
            else { continue }
            sheets.append((name, path))
        }
        return sheets
    }

    /// The texts that cells refer to by number; readings for pronunciation (`rPh`) are left out.
    private static func strings(_ xml: [UInt8]) throws(XMLPullReader.Fault) -> [String] {
        var (reader, strings, isText, phonetic): (XMLPullReader, [String], Bool, Int) = (
            XMLPullReader(xml), [], false, 0
        )
        while let event = try reader.next() {
            switch event {
            case .start("si", _): strings.append("")
            case .start("t", _): isText = phonetic == 0
            case .end("t"): isText = false
            case .start("rPh", _): phonetic += 1
            case .end("rPh"): phonetic -= 1
            case .text(let text):
                if isText, !strings.isEmpty { strings[strings.count - 1] += text }
            default: break
            }
        }
        return strings
    }

    private func rows(ofXML xml: [UInt8]) throws(XMLPullReader.Fault) -> [SheetTable.Row] {
        var reader = XMLPullReader(xml)
        var rows: [SheetTable.Row] = []
        var (number, fields): (Int, [SheetTable.Field]) = (0, [])
        var (kind, place, text, isText): (String, Int, String, Bool) = ("", 0, "", false)
        while let event = try reader.next() {
            switch event {
            case .start("row", let attributes):
                number = attributes["r"].flatMap { Int($0) } ?? number + 1
                fields = []
            case .end("row"): rows.append(SheetTable.Row(number: number, fields: fields))
            case .start("c", let attributes):
                kind = attributes["t"] ?? "n"
                place = attributes["r"].flatMap(Self.place) ?? fields.count
                text = ""
            case .start("v", _), .start("t", _): isText = true
            case .end("v"), .end("t"): isText = false
            case .text(let piece): if isText { text += piece }
            case .end("c"):
                guard !text.isEmpty, place < Self.mostColumns else { continue }
                while fields.count <= place { fields.append(SheetTable.Field(text: "")) }
                fields[place] = self.field(text, kind: kind)
            default: break
            }
        }
        return rows
    }

    private func field(_ text: String, kind: String) -> SheetTable.Field {
        switch kind {
        case "s":
            let index = Int(text) ?? -1
            let string = self.sharedStrings.indices.contains(index) ? self.sharedStrings[index] : ""
            return SheetTable.Field(text: trimmedText(string))
        case "n": return SheetTable.Field(text: Self.numberText(text), isNumber: true)
        default: return SheetTable.Field(text: trimmedText(text))
        }
    }

    /// The shortest decimal of the same number: spreadsheets write 117.28 as 117.28000000000002, and 340123 as
    /// 3.40123E5. Beyond fifteen digits they have lost the number, so it stays as it is.
    private static func numberText(_ text: String) -> String {
        guard let number = Double(text), number.magnitude < 1e15 else { return text }
        if number == number.rounded() { return String(Int64(number)) }
        let scaled = (number * 1e9).rounded() / 1e9
        return "\(scaled)"
    }

    /// `C` of `C12` is 2.
    private static func place(_ reference: String) -> Int? {
        var place = 0
        for byte in reference.utf8 {
            guard (0x41...0x5A).contains(byte) else { break }
            place = place * 26 + Int(byte) - 0x40
            guard place <= Self.mostColumns else { return nil }
        }
        return place > 0 ? place - 1 : nil
    }

    /// As many as a spreadsheet can have.
    private static let mostColumns = 16_384
}
