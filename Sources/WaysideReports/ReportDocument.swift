/// A report as headings, facts, sentences, tables and a chart (报表文档): what XLSX, PDF and HTML are made of.
public struct ReportDocument: Sendable {
    /// A table with its heading.
    public struct Section: Sendable {
        /// The heading.
        public var title: String
        /// The table.
        public var table: Table

        /// A section.
        public init(_ title: String, _ table: Table) { (self.title, self.table) = (title, table) }
    }

    /// Lines over labelled places.
    public struct Chart: Sendable {
        /// The heading.
        public var title: String
        /// A label for each place, left to right.
        public var labels: [String]
        /// Each with a value for each place; a gap is a gap.
        public var series: [(name: String, values: [Double?])]

        /// A chart.
        public init(title: String, labels: [String], series: [(name: String, values: [Double?])]) {
            (self.title, self.labels, self.series) = (title, labels, series)
        }
    }

    /// The title.
    public var title: String
    /// What stands below it.
    public var subtitle: String
    /// What it was made with, name and value.
    public var facts: [(name: String, value: String)] = []
    /// Sentences.
    public var paragraphs: [String] = []
    /// Tables.
    public var sections: [Section] = []
    /// A chart; `nil` for none.
    public var chart: Chart?

    /// A document with nothing in it yet.
    public init(title: String, subtitle: String) { (self.title, self.subtitle) = (title, subtitle) }
}

extension ReportDocument {
    /// One HTML page that needs nothing else; every text is escaped.
    public var html: String {
        var html = """
            <!doctype html>
            <html lang="zh-CN"><head><meta charset="utf-8"><title>\(Self.escaped(self.title))</title>
            <style>
            body{font:14px/1.6 "Noto Sans CJK SC","Microsoft YaHei",sans-serif;margin:2em auto;max-width:72em;color:#1d2430}
            h1{font-size:1.5em;margin:0} h2{font-size:1.1em;margin:1.8em 0 .4em}
            .subtitle{color:#5b6573;margin:.2em 0 1em}
            dl{display:grid;grid-template-columns:max-content 1fr;gap:.1em 1em;color:#3b4554} dt{font-weight:600} dd{margin:0;overflow-wrap:anywhere}
            table{border-collapse:collapse;width:100%} th,td{padding:.25em .6em;border-bottom:1px solid #dde2ea;text-align:left;white-space:nowrap}
            th{background:#f1f4f8} .n{text-align:right;font-variant-numeric:tabular-nums} .wide{overflow-x:auto}
            @media print{body{margin:0;max-width:none}}
            </style></head><body>
            <h1>\(Self.escaped(self.title))</h1><p class="subtitle">\(Self.escaped(self.subtitle))</p>

            """
        if !self.facts.isEmpty {
            html += "<dl>"
            for fact in self.facts {
                html += "<dt>\(Self.escaped(fact.name))</dt><dd>\(Self.escaped(fact.value))</dd>"
            }
            html += "</dl>\n"
        }
        for paragraph in self.paragraphs { html += "<p>\(Self.escaped(paragraph))</p>\n" }
        if let chart = self.chart {
            html += "<h2>\(Self.escaped(chart.title))</h2>\n\(ChartDrawing(chart).svg)\n"
        }
        for section in self.sections {
            html += "<h2>\(Self.escaped(section.title))</h2>\n" + Self.html(of: section.table)
        }
        return html + "</body></html>\n"
    }

    private static func html(of table: Table) -> String {
        func cells(_ texts: [String], _ tag: String) -> String {
            zip(table.columns, texts).map { column, text in
                "<\(tag)\(column.isNumeric ? " class=\"n\"" : "")>\(self.escaped(text))</\(tag)>"
            }.joined()
        }
        var html =
            "<div class=\"wide\"><table><thead><tr>\(cells(table.columns.map(\.heading), "th"))</tr></thead><tbody>\n"
        for row in table.rows { html += "<tr>\(cells(row.map(\.text), "td"))</tr>\n" }
        return html + "</tbody></table></div>\n"
    }

    static func escaped(_ text: String) -> String {
        var result = ""
        for character in text {
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            default: result.append(character)
            }
        }
        return result
    }
}

/// A chart as SVG (折线图).
struct ChartDrawing {
    private let chart: ReportDocument.Chart
    private let width = 960.0
    private let height = 260.0
    private let left = 56.0
    private let bottom = 34.0
    private static let colours = ["#1f6feb", "#8a94a3", "#d9822b", "#2da44e"]

    init(_ chart: ReportDocument.Chart) { self.chart = chart }

    /// The lowest and the highest value of the axis: whole steps around what there is.
    private var range: (low: Double, high: Double) {
        let values = self.chart.series.flatMap(\.values).compactMap { $0 }
        guard let low = values.min(), let high = values.max() else { return (0, 100) }
        let step = high - low > 20 ? 10.0 : high - low > 4 ? 2.0 : 0.5
        let floor = max(0, (low / step).rounded(.down) * step - step)
        return (floor, max(floor + step, min(100, (high / step).rounded(.up) * step)))
    }

    var svg: String {
        let (low, high) = self.range
        let count = max(1, self.chart.labels.count)
        func x(_ place: Int) -> Double {
            self.left + (self.width - self.left - 10) * (Double(place) + 0.5) / Double(count)
        }
        func y(_ value: Double) -> Double {
            10 + (self.height - self.bottom - 10) * (1 - (value - low) / (high - low))
        }
        var svg = "<svg viewBox=\"0 0 \(Int(self.width)) \(Int(self.height))\" role=\"img\" width=\"100%\">"
        for line in 0...4 {
            let value = low + (high - low) * Double(line) / 4
            svg +=
                "<line x1=\"\(self.left)\" x2=\"\(self.width)\" y1=\"\(Self.text(y(value)))\" y2=\"\(Self.text(y(value)))\" stroke=\"#dde2ea\"/>"
            svg +=
                "<text x=\"\(self.left - 6)\" y=\"\(Self.text(y(value) + 4))\" font-size=\"11\" text-anchor=\"end\">\(Self.text(value))</text>"
        }
        let every = max(1, (count + 15) / 16)
        for (place, label) in self.chart.labels.enumerated() where place % every == 0 {
            svg +=
                "<text x=\"\(Self.text(x(place)))\" y=\"\(self.height - 14)\" font-size=\"11\" text-anchor=\"middle\">\(ReportDocument.escaped(label))</text>"
        }
        for (number, series) in self.chart.series.enumerated() {
            let colour = Self.colours[number % Self.colours.count]
            for points in Self.runs(of: series.values) {
                let path = points.map { "\(Self.text(x($0.place))),\(Self.text(y($0.value)))" }
                svg +=
                    "<polyline fill=\"none\" stroke=\"\(colour)\" stroke-width=\"2\" points=\"\(path.joined(separator: " "))\"/>"
                for point in points {
                    svg +=
                        "<circle cx=\"\(Self.text(x(point.place)))\" cy=\"\(Self.text(y(point.value)))\" r=\"2.5\" fill=\"\(colour)\"/>"
                }
            }
            svg +=
                "<text x=\"\(self.left + 10 + Double(number) * 150)\" y=\"\(self.height - 1)\" font-size=\"11\" fill=\"\(colour)\">● \(ReportDocument.escaped(series.name))</text>"
        }
        return svg + "</svg>"
    }

    private static func runs(of values: [Double?]) -> [[(place: Int, value: Double)]] {
        var runs: [[(place: Int, value: Double)]] = [[]]
        for (place, value) in values.enumerated() {
            if let value { runs[runs.count - 1].append((place, value)) } else { runs.append([]) }
        }
        return runs.filter { !$0.isEmpty }
    }

    /// Two decimals, cut.
    private static func text(_ value: Double) -> String {
        let hundredths = Int64((value * 100).rounded())
        let (whole, rest) = abs(hundredths).quotientAndRemainder(dividingBy: 100)
        return (hundredths < 0 ? "-" : "") + "\(whole).\(rest < 10 ? "0" : "")\(rest)"
    }
}
