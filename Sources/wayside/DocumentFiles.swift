internal import Documents
internal import WaysideCore
internal import WaysideReports

/// Reports as files of an office (报表文件): XLSX and PDF.
enum DocumentFiles {
    /// Above so many devices a PDF names the XLSX instead of printing a line for each.
    private static let mostPrintedRows = 2_000

    static func workbook(_ document: ReportDocument, at made: Timestamp) throws -> [UInt8] {
        var workbook = try Workbook(
            properties: self.properties(document, made),
            footer: self.footer(document)
        )
        let facts = document.facts.map { "\($0.name)：\($0.value)" }
        for (place, section) in document.sections.enumerated() {
            let titles =
                place == 0
                ? ["\(document.title)  \(document.subtitle)"] + facts + document.paragraphs
                : ["\(document.title)  \(section.title)"]
            try workbook.addSheet(
                section.title,
                titles: titles,
                columns: section.table.columns.map { DocumentColumn($0.heading, isNumeric: $0.isNumeric) }
            )
            for row in section.table.rows { try workbook.append(row.map(self.cell)) }
        }
        return try workbook.bytes()
    }

    static func pdf(_ document: ReportDocument, at made: Timestamp) throws -> [UInt8] {
        var pdf = try PDFDocument(
            properties: self.properties(document, made),
            page: .landscape,
            footer: self.footer(document)
        )
        pdf.addTitle(document.title, subtitle: document.subtitle)
        pdf.addFacts(document.facts)
        for paragraph in document.paragraphs { pdf.addParagraph(paragraph) }
        if let chart = document.chart {
            pdf.addHeading(chart.title)
            pdf.addChart(
                LineChart(
                    labels: chart.labels,
                    series: chart.series.map { series in
                        LineChart.Series(series.name, series.values.map { $0.map { $0 / 100 } })
                    }
                )
            )
        }
        for section in document.sections {
            pdf.addHeading(section.title)
            let table = section.table.withoutIdleColumns
            guard table.rows.count <= self.mostPrintedRows else {
                pdf.addNote(
                    "共 \(table.rows.count) 行，见 XLSX 或 CSV · \(table.rows.count) rows, see XLSX or CSV"
                )
                continue
            }
            pdf.addTable(
                columns: table.columns.map { DocumentColumn($0.heading, isNumeric: $0.isNumeric) },
                rows: table.rows.map { $0.map(self.cell) }
            )
        }
        return try pdf.bytes()
    }

    private static func properties(_ document: ReportDocument, _ made: Timestamp) -> DocumentProperties {
        DocumentProperties(
            title: document.title,
            author: "Wayside 沿线",
            subject: document.subtitle,
            createdAtSeconds: made.milliseconds / 1_000
        )
    }

    private static func footer(_ document: ReportDocument) -> String {
        document.facts.prefix(2).map { "\($0.name) \($0.value.prefix(16))" }.joined(separator: "  ")
    }

    /// A printed rate becomes a number that a spreadsheet can sort, cut as it was printed.
    private static func cell(_ cell: Table.Cell) -> DocumentCell {
        switch cell {
        case .text(let text):
            guard text.hasSuffix(" %") else { return .text(text) }
            let parts = text.dropLast(2).split(separator: ".", omittingEmptySubsequences: false)
            guard parts.count == 2, parts[1].count == 2, let whole = Int64(parts[0]),
                let rest = Int64(parts[1]),
                whole >= 0
            else { return .text(text) }
            return .percentage(numerator: whole * 100 + rest, denominator: 10_000)
        case .integer(let number): return .integer(number)
        case .number(let number): return Int64(number).map { .integer($0) } ?? .text(number)
        case .flag(let flag): return .flag(flag)
        case .empty: return .empty
        }
    }
}

extension Table {
    /// Without columns in which every row holds 0 or nothing: on paper they take the place of those that say something.
    fileprivate var withoutIdleColumns: Table {
        let kept = self.columns.indices.filter { column in
            self.rows.isEmpty || self.rows.contains { $0[column] != .integer(0) && $0[column] != .empty }
        }
        return Table(
            columns: kept.map { self.columns[$0] },
            rows: self.rows.map { row in kept.map { row[$0] } }
        )
    }
}
