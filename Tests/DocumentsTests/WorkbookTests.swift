import Documents
import Foundation
import Packing
import Testing

/// A part of a workbook's archive, as text.
private func part(_ name: String, of bytes: [UInt8]) throws -> String {
    String(decoding: try ZipArchive(bytes).contents(of: name), as: UTF8.self)
}

/// The element of one cell: from its start to the next cell's.
private func cell(_ reference: String, in sheet: String) -> String? {
    guard let start = sheet.range(of: "<c r=\"\(reference)\"") else { return nil }
    let rest = sheet[start.lowerBound...]
    let ends = ["<c r=", "</row>"].compactMap { rest.dropFirst().range(of: $0)?.lowerBound }
    return ends.min().map { String(rest[..<$0]) }
}

/// A sheet of one column with those cells under its heading.
private func sheet(_ cells: [DocumentCell], isNumeric: Bool = false) throws -> String {
    var book = try Workbook(properties: sampleProperties)
    try book.addSheet("表", columns: [DocumentColumn("值", isNumeric: isNumeric)])
    for cell in cells { try book.append([cell]) }
    return try part("xl/worksheets/sheet1.xml", of: book.bytes())
}

@Suite("Workbook")
struct WorkbookTests {
    @Test("titles stand above a heading that is frozen, filtered and repeated, on sheets with Chinese names")
    func layout() throws {
        var book = try Workbook(properties: sampleProperties, footer: "口径 A&B")
        let columns = [DocumentColumn("名称"), DocumentColumn("台数", isNumeric: true)]
        try book.addSheet("设备明细", titles: ["在线率月报", "2026年6月"], columns: columns)
        try book.append([.text("荆宜段"), .integer(12)])
        try book.append([.text("武汉绕城"), .integer(30)])
        try book.appendTotal([.text("合计"), .integer(42)])
        try book.appendTotal([.text("其中报备"), .empty])
        try book.addSheet("其他", columns: columns)
        let bytes = try book.bytes()
        let workbook = try part("xl/workbook.xml", of: bytes)
        #expect(workbook.contains("name=\"设备明细\"") && workbook.contains("name=\"其他\""))
        #expect(workbook.contains("'设备明细'!$3:$3"))
        let sheet = try part("xl/worksheets/sheet1.xml", of: bytes)
        #expect(cell("A1", in: sheet)?.contains("在线率月报") == true)
        #expect(cell("A3", in: sheet)?.contains("名称") == true)
        #expect(cell("B6", in: sheet)?.contains("<v>42</v>") == true)
        #expect(sheet.contains("topLeftCell=\"A4\"") && sheet.contains("state=\"frozen\""))
        #expect(sheet.contains("<autoFilter ref=\"A3:B5\"/>"), "the totals are not filtered away")
        #expect(sheet.contains("口径 A&amp;&amp;B"))
        let other = try part("xl/worksheets/sheet2.xml", of: bytes)
        #expect(other.contains("<autoFilter ref=\"A1:B1\"/>"), "a table without rows has its filter too")
    }

    @Test("the library says when the workbook was made by what it was told, not by its clock")
    func creation() throws {
        var book = try Workbook(properties: sampleProperties)
        try book.addSheet("表", columns: [DocumentColumn("值")])
        let core = try part("docProps/core.xml", of: book.bytes())
        #expect(core.contains("<dc:title>在线率月报</dc:title>"))
        #expect(core.contains("2026-07-01T00:05:00Z</dcterms:created>"))
    }

    @Test("the same rows make the same bytes, in memory and as a file")
    func determinism() throws {
        func book() throws -> [UInt8] {
            var book = try Workbook(properties: sampleProperties)
            try book.addSheet("表", columns: [DocumentColumn("值", isNumeric: true)])
            for number in 0..<500 { try book.append([.integer(Int64(number))]) }
            return try book.bytes()
        }
        #expect(try book() == book())
    }

    @Test(
        "whole numbers keep all their digits: those of more than fifteen are written as text",
        arguments: [
            (0, "<v>0</v>"), (-7, "<v>-7</v>"), (999_999_999_999_999, "<v>999999999999999</v>"),
            (1_000_000_000_000_000, "<t>1000000000000000</t>"),
            (9_007_199_254_740_993, "<t>9007199254740993</t>"),
            (.max, "<t>9223372036854775807</t>"), (.min, "<t>-9223372036854775808</t>"),
        ] as [(Int64, String)]
    )
    func integers(number: Int64, expected: String) throws {
        #expect(cell("A2", in: try sheet([.integer(number)], isNumeric: true))?.contains(expected) == true)
    }

    @Test(
        "a percentage is cut, never rounded up, and prints in the cell as in the text",
        arguments: [
            (2_591_999_999, 2_592_000_000, "0.9999", "99.99%"), (1, 1, "1", "100.00%"), (0, 3, "0", "0.00%"),
            (2, 3, "0.6666", "66.66%"), (29, 10_000, "0.0029", "0.29%"), (.max, .max, "1", "100.00%"),
            (.max - 1, .max, "0.9999", "99.99%"), (7, 10_000, "0.0007", "0.07%"),
        ] as [(Int64, Int64, String, String)]
    )
    func percentages(numerator: Int64, denominator: Int64, value: String, text: String) throws {
        let percentage = DocumentCell.percentage(numerator: numerator, denominator: denominator)
        #expect(percentage.text == text)
        #expect(cell("A2", in: try sheet([percentage]))?.contains("<v>\(value)</v>") == true)
    }

    @Test("a share of nothing is a dash, not a zero")
    func nothingAssessed() throws {
        let nothing = DocumentCell.percentage(numerator: 0, denominator: 0)
        #expect(nothing.text == "—")
        #expect(cell("A2", in: try sheet([nothing]))?.contains("<t>—</t>") == true)
    }

    @Test(
        "no text becomes a formula",
        arguments: ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "=HYPERLINK(\"http://x\")"]
    )
    func injection(text: String) throws {
        let sheet = try sheet([.text(text)])
        #expect(!sheet.contains("<f>"))
        #expect(cell("A2", in: sheet)?.contains("t=\"inlineStr\"") == true)
    }

    @Test("characters that XML cannot hold, and what looks like their escapes, do no harm")
    func oddCharacters() throws {
        let sheet = try sheet([.text("甲\0乙\u{FFFF}"), .text("_x0041_"), .text("a_x_b"), .text("<&>\u{1}")])
        #expect(cell("A2", in: sheet)?.contains("<t>甲\u{FFFD}乙\u{FFFD}</t>") == true)
        #expect(cell("A3", in: sheet)?.contains("<t>_x005F_x0041_</t>") == true)
        #expect(cell("A4", in: sheet)?.contains("<t>a_x_b</t>") == true)
        #expect(cell("A5", in: sheet)?.contains("&lt;&amp;&gt;_x0001_") == true)
    }

    @Test("instants are the spreadsheet's days and parts of a day, flags are flags")
    func instants() throws {
        let time = CivilTime(secondsSince1970: createdAtSeconds, offsetSeconds: 28_800)
        #expect(time.text == "2026-07-01 08:05:00")
        let sheet = try sheet([.dateTime(time), .date(time), .flag(true), .empty])
        #expect(cell("A2", in: sheet)?.contains("<v>46204.336805") == true)
        #expect(cell("A3", in: sheet)?.contains("<v>46204</v>") == true)
        #expect(cell("A4", in: sheet)?.contains("t=\"b\"><v>1</v>") == true)
        #expect(cell("A5", in: sheet)?.contains("<v>") == false)
    }

    @Test(
        "the calendar knows its leap days",
        arguments: [
            (0, "1970-01-01 00:00:00"), (951_782_400, "2000-02-29 00:00:00"), (-1, "1969-12-31 23:59:59"),
            (-2_208_988_800, "1900-01-01 00:00:00"), (4_107_542_400, "2100-03-01 00:00:00"),
            (253_402_300_799, "9999-12-31 23:59:59"),
        ] as [(Int64, String)]
    )
    func calendar(seconds: Int64, text: String) {
        #expect(CivilTime(secondsSince1970: seconds).text == text)
    }

    @Test("a column is as wide as its widest cell, Chinese counted as two, and no wider than is readable")
    func widths() throws {
        func width(_ text: String) throws -> Double? {
            let sheet = try sheet([.text(text)])
            guard let start = sheet.range(of: "width=\"") else { return nil }
            return Double(sheet[start.upperBound...].prefix { $0 != "\"" })
        }
        let (latin, chinese) = (try #require(try width("abcdefghij")), try #require(try width("沪蓉高速荆门至宜昌段")))
        #expect(latin > 11 && latin < 14)
        #expect(chinese > 21 && chinese < 24)
        #expect(try #require(try width(String(repeating: "长", count: 300))) < 55)
    }

    @Test(
        "a name that no sheet can have is refused in the library's words",
        arguments: ["", String(repeating: "长", count: 32), "a/b", "a[b]", "'a", "表"]
    )
    func sheetNames(name: String) throws {
        let error = fault {
            var book = try Workbook(properties: sampleProperties)
            try book.addSheet("表", columns: [DocumentColumn("值")])
            try book.addSheet(name, columns: [DocumentColumn("值")])
        }
        #expect(error?.operation == .sheet && error?.subject == name && error?.words.isEmpty == false)
    }

    @Test("a text longer than a cell is refused with its place, and nothing of its row is written")
    func longText() throws {
        var book = try Workbook(properties: sampleProperties)
        try book.addSheet("表", columns: [DocumentColumn("序号"), DocumentColumn("备注")])
        let long = String(repeating: "长", count: Workbook.textLimit + 1)
        var error: DocumentError?
        do { try book.append([.integer(1), .text(long)]) } catch let thrown { error = thrown }
        #expect(error?.operation == .row && error?.subject == "表, row 2, 备注")
        try book.append([.integer(2), .text(String(repeating: "长", count: Workbook.textLimit))])
        let sheet = try part("xl/worksheets/sheet1.xml", of: book.bytes())
        #expect(cell("A2", in: sheet)?.contains("<v>2</v>") == true)
    }

    @Test("a file takes its name when it is whole, and leaves nothing when it cannot")
    func files() throws {
        let folder = try TemporaryFolder()
        var book = try Workbook(properties: sampleProperties)
        try book.addSheet("表", columns: [DocumentColumn("值")])
        try book.write(to: folder.file("月报.xlsx"))
        #expect(try folder.names == ["月报.xlsx"])
        let missing = fault {
            var book = try Workbook(properties: sampleProperties)
            try book.addSheet("表", columns: [DocumentColumn("值")])
            try book.write(to: folder.file("nowhere/月报.xlsx"))
        }
        #expect(missing?.operation == .write)
        #expect(missing?.mend == "make the folder \(folder.path)/nowhere first")
        let empty = fault { try Workbook(properties: sampleProperties).write(to: folder.file("leer.xlsx")) }
        #expect(empty?.words == "a workbook has at least one sheet")
        #expect(try folder.names == ["月报.xlsx"])
    }

    @Test("a workbook's temporary folder that is none is found before the first row")
    func temporaryFolder() {
        let error = fault { _ = try Workbook(properties: sampleProperties, temporaryFolder: "/nowhere") }
        #expect(error?.operation == .begin && error?.subject == "/nowhere" && error?.mend.isEmpty == false)
    }

    @Test("workbooks that are given up leave no file open")
    func abandoned() throws {
        let folder = try TemporaryFolder()
        for _ in 0..<2_000 {
            var book = try Workbook(properties: sampleProperties, temporaryFolder: folder.path)
            try book.addSheet("表", columns: [DocumentColumn("值")])
            try book.append([.text("甲")])
        }
        #expect(try folder.names.isEmpty)
    }
}
