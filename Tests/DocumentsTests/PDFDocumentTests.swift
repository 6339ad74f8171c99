import Documents
import Foundation
import Testing

/// The text of each page, as an independent reader finds it.
private func pages(of path: String, options: [String] = ["-layout"]) throws -> [String] {
    let text = try output(of: "pdftotext", options + ["-enc", "UTF-8", path, "-"])
    return text.split(separator: "\u{C}", omittingEmptySubsequences: false).dropLast().map(String.init)
}

extension String {
    /// Readers disagree on how much room between two letters is a space.
    fileprivate var withoutSpaces: String { self.filter { !$0.isWhitespace } }
}

private func information(of path: String) throws -> String {
    try output(of: "pdfinfo", ["-isodates", path])
}

/// Memory of this process.
private func residentMegabytes() throws -> Int {
    let words = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
    return try #require(Int(words[1])) * 4_096 >> 20
}

/// A table's heading, and then so many lines.
private func documentWithLines(_ count: Int) throws -> PDFDocument {
    var document = try PDFDocument(properties: sampleProperties)
    document.addTable(columns: columns, rows: [[DocumentCell]]())
    for _ in 0..<count { document.addNote("行") }
    return document
}

private let columns = [
    DocumentColumn("序号", isNumeric: true), DocumentColumn("设备名称"), DocumentColumn("在线率", isNumeric: true),
]

private func row(_ index: Int) -> [DocumentCell] {
    [
        .integer(Int64(index)), .text("荆宜段球机\(index)号"),
        .percentage(numerator: Int64(10_000 - index), denominator: 10_000),
    ]
}

@Suite("PDF document")
struct PDFDocumentTests {
    @Test("Chinese is text that can be searched, and the page is the A4 that was asked for")
    func words() throws {
        let folder = try TemporaryFolder()
        for (page, size) in [(PDFPage.portrait, "595.28 x 841.89"), (.landscape, "841.89 x 595.28")] {
            let path = folder.file("月报.pdf")
            var document = try PDFDocument(properties: sampleProperties, page: page, footer: "规则 4f2a9c")
            document.addTitle("沪蓉高速在线率月报", subtitle: "2026年6月")
            document.addHeading("一、总体情况")
            document.addParagraph("本月设备运行总体平稳。\n其余路段达到考核指标。")
            document.addFacts([("统计范围", "一千二百台"), ("在线率", "98.73%")])
            try document.write(to: path)
            let text = try #require(try pages(of: path).first)
            let sentences = ["本月设备运行总体平稳。", "其余路段达到考核指标。", "一、总体情况"]
            let others = ["沪蓉高速在线率月报", "2026年6月", "统计范围", "98.73%", "规则 4f2a9c"]
            for words in sentences + others { #expect(text.contains(words), "\(words)") }
            #expect(text.withoutSpaces.hasSuffix("1/1"))
            let information = try information(of: path)
            #expect(information.contains("Pages:           1\n") && information.contains(size))
            #expect(information.contains("在线率月报") && information.contains("2026-07-01T00:05:00Z"))
            #expect(try folder.names == ["月报.pdf"])
        }
    }

    @Test("a table repeats its heading on every page, counts the pages and shows every row once")
    func repeatedHeading() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("t.pdf")
        var document = try PDFDocument(properties: sampleProperties)
        document.addTitle("明细")
        document.addTable(
            columns: columns,
            rows: (0..<200).map(row),
            totals: [[.empty, .text("合计"), .percentage(numerator: 99, denominator: 100)]]
        )
        let count = document.pageCount
        #expect(count > 3)
        try document.write(to: path)
        let pages = try pages(of: path)
        #expect(pages.count == count)
        for (index, page) in pages.enumerated() {
            #expect(page.contains("序号") && page.contains("设备名称"))
            #expect(page.withoutSpaces.contains("\(index + 1)/\(count)"))
        }
        let whole = pages.joined()
        for index in 0..<200 {
            #expect(whole.ranges(of: "荆宜段球机\(index)号").count == 1, "\(index)")
        }
        #expect(try #require(pages.last).contains("合计"))
    }

    @Test("five thousand rows go through a lazy collection, and memory does not grow by them")
    func manyRows() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("t.pdf")
        func make(_ rowCount: Int) throws -> Int {
            var document = try PDFDocument(properties: sampleProperties, page: .landscape)
            document.addTable(columns: columns, rows: (0..<rowCount).lazy.map(row))
            let count = document.pageCount
            try document.write(to: path)
            return count
        }
        // The fonts are in memory after the first document.
        _ = try make(500)
        let before = try residentMegabytes()
        let count = try make(5_000)
        #expect(try residentMegabytes() < before + 40)
        #expect(try information(of: path).contains("Pages:           \(count)\n"))
        #expect(try #require(try pages(of: path).last).contains("荆宜段球机4999号"))
    }

    @Test("cells too wide are broken over their lines and then end in an ellipsis; numbers are never broken")
    func wideCells() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("t.pdf")
        let long = String(repeating: "光缆割接期间不计入考核时长", count: 20)
        let columns =
            [DocumentColumn("备注", lineLimit: 2), DocumentColumn("单行", lineLimit: 1)]
            + (0..<6).map { DocumentColumn("第\($0)项在线率", isNumeric: true) }
        let numbers = (0..<6).map { DocumentCell.integer(123_456_789_012 + Int64($0)) }
        var document = try PDFDocument(properties: sampleProperties)
        let row = [.text(long), .text("第一\n" + long)] + numbers
        document.addTable(columns: columns, rows: Array(repeating: row, count: 40))
        // Two lines a row; as many as the text wants would be thirty.
        #expect(document.pageCount == 2)
        try document.write(to: path)
        let text = try pages(of: path).joined()
        for index in 0..<6 { #expect(text.contains("12345678901\(2 + index)")) }
    }

    @Test("a table without rows shows its heading; one whose heading would stand alone goes to the next page")
    func smallTables() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("t.pdf")
        var lineCount = 0
        while try documentWithLines(lineCount + 1).pageCount == 1 { lineCount += 1 }
        var document = try documentWithLines(lineCount)
        #expect(document.pageCount == 1)
        document.addTable(columns: columns, rows: [row(7)])
        try document.write(to: path)
        let pages = try pages(of: path)
        #expect(pages.count == 2)
        #expect(pages.first?.ranges(of: "设备名称").count == 1)
        #expect(pages.last?.contains("设备名称") == true && pages.last?.contains("荆宜段球机7号") == true)
    }

    @Test("a paragraph longer than pages goes on over them without losing a character")
    func longParagraph() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("t.pdf")
        var document = try PDFDocument(properties: sampleProperties)
        document.addParagraph(String(repeating: "甲", count: 5_000))
        let count = document.pageCount
        try document.write(to: path)
        #expect(count > 1)
        #expect(try pages(of: path).joined().count { $0 == "甲" } == 5_000)
    }

    @Test("charts carry their titles, legends, axes and figures as text")
    func charts() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("t.pdf")
        var document = try PDFDocument(properties: sampleProperties)
        let days = (1...30).map { "6月\($0)日" }
        let values: [Double?] = days.indices.map { $0 == 9 ? nil : 0.97 + Double($0 % 5) / 500 }
        document.addChart(
            LineChart(
                title: "每日在线率",
                labels: days,
                series: [.init("沪蓉高速", values), .init("福银高速", Array(repeating: nil, count: 30))],
                target: .init("考核线", 0.95)
            )
        )
        document.addChart(
            BarChart(
                title: "运维单位",
                bars: [
                    .init("甲公司", 0.99, text: "99.00%"),
                    .init("乙公司", nil, text: "—", isEmphasized: true),
                ]
            )
        )
        try document.write(to: path)
        let text = try pages(of: path).joined()
        let names = ["每日在线率", "沪蓉高速", "福银高速", "考核线", "运维单位", "甲公司", "乙公司"]
        for words in names + ["6月1日", "95%", "98%", "99.00%"] {
            #expect(text.contains(words), "\(words)")
        }
    }

    @Test(
        "a chart of nothing, of one value, of equal values or of few positions is drawn all the same",
        arguments: [
            [], [nil], [1], [0], [1, 1, 1], [0.9999, 0.9998], [nil, 0.5, nil], [2.5, 0], [.nan, 0.4],
        ] as [[Double?]]
    )
    func oddCharts(values: [Double?]) throws {
        var document = try PDFDocument(properties: sampleProperties)
        let labels = values.indices.map { "第\($0)日" }
        document.addChart(LineChart(labels: labels, series: [.init("甲", values)]))
        document.addChart(BarChart(bars: values.map { .init("甲", $0, text: "乙") }))
        #expect(try document.bytes().starts(with: Array("%PDF-".utf8)))
    }

    @Test("the same contents make the same bytes, in memory and as a file")
    func determinism() throws {
        func document() throws -> PDFDocument {
            var document = try PDFDocument(properties: sampleProperties)
            document.addHeading("明细")
            document.addTable(columns: columns, rows: (0..<60).map(row))
            return document
        }
        let folder = try TemporaryFolder()
        try document().write(to: folder.file("t.pdf"))
        let bytes = try document().bytes()
        #expect(try bytes == document().bytes())
        #expect(try Data(bytes) == Data(contentsOf: URL(filePath: folder.file("t.pdf"))))
    }

    @Test("a font that is not there is an error that names the package, not a page of boxes")
    func missingFont() {
        let error = fault { _ = try PDFDocument(properties: sampleProperties, fontFamily: "No Such Family") }
        #expect(error?.operation == .begin && error?.subject == "font No Such Family")
        #expect(error?.mend.contains("apt-get install fonts-noto-cjk") == true)
    }

    @Test("a path that cannot be written is an error that names the mend, and leaves nothing")
    func unwritable() throws {
        let folder = try TemporaryFolder()
        let missing = fault {
            try PDFDocument(properties: sampleProperties).write(to: folder.file("nowhere/t.pdf"))
        }
        #expect(missing?.words == "No such file or directory")
        #expect(missing?.mend == "make the folder \(folder.path)/nowhere first")
        let path = folder.file("t.pdf")
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        let taken = fault { try PDFDocument(properties: sampleProperties).write(to: path) }
        #expect(taken?.operation == .write && taken?.mend == "name a file, not a folder")
        #expect(try folder.names == ["t.pdf"])
    }
}
