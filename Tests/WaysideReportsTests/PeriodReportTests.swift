import Testing
import WaysideCore

@testable import WaysideReports

@Suite struct PeriodReportTests {
    private func report(_ road: PeriodRoad, _ organization: String? = nil) -> PeriodReport {
        PeriodReport(
            road.sheet,
            days: road.days(of: organization),
            // The first day stands for the month before.
            previous: road.days(of: organization).first?.figures,
            inventory: road.inventory,
            organization: organization
        )
    }

    @Test("a month that runs reads as it should, on the terminal, as JSON, as CSV and as a page")
    func month() throws {
        let report = self.report(try PeriodRoad())
        try Golden.expect(report.text, "period-month.txt")
        try Golden.expect(report.json.pretty + "\n", "period-month.json")
        try Golden.expect(report.devices.csv, "period-month.csv")
        try Golden.expect(report.document.html, "period-month.html")
    }

    @Test("a company's month holds only its own devices and units, and names it")
    func company() throws {
        let report = self.report(try PeriodRoad(), "EAST")
        try Golden.expect(report.text, "period-company.txt")
        #expect(report.document.facts.contains { $0.value == "东部高速公司" })
        #expect(report.devices.rows.count == 5)
    }

    @Test("what is published is the JSON without the days beside it")
    func published() throws {
        let road = try PeriodRoad()
        guard case .object(let all) = self.report(road).json,
            case .object(let promised) = PeriodReport.figures(of: road.sheet, organization: nil)
        else {
            Issue.record("no objects")
            return
        }
        #expect(all.map(\.name) == promised.map(\.name) + ["by_day", "previous"])
        #expect(!PeriodReport.figures(of: road.sheet, organization: nil).compact.contains("\n"))
    }

    @Test("a grade that another end of the error bar would change says so, and one that is sure does not")
    func doubt() throws {
        func grade(_ thousandths: Int64) throws -> String {
            let report = self.report(try PeriodRoad(goodAt: thousandths))
            return try #require(report.groups.rows.first?.last).text
        }
        let whole = try #require(self.report(try PeriodRoad()).whole)
        let (low, rate) = (
            try #require(whole.low.basisPoints), try #require(whole.assessed.basisPoints)
        )
        // The whole thousandth between the lower end and the rate, and one far below and far above.
        let between = rate / 10
        try #require(low < between * 10 && between * 10 <= rate, "\(low) \(rate)")
        #expect(try grade(between) == "good (误差内 within error)")
        #expect(try grade(low / 10 - 10) == "good")
        #expect(try grade(999) == "poor")
    }

    @Test(
        "a month in which every day that was is over has no end of its own, and compares with the one before"
    )
    func over() throws {
        let report = self.report(try PeriodRoad(isOver: true))
        #expect(!report.text.contains("截至 until"))
        #expect(report.text.contains("3 of 31 days are in the figures"))
        #expect(report.text.contains("on the period before"))
        let bare = PeriodReport(
            try PeriodRoad(isOver: true).sheet,
            days: [PeriodReport.DayFigures(day: PeriodRoad.period.first, figures: nil)],
            previous: nil,
            inventory: try PeriodRoad().inventory
        )
        #expect(!bare.text.contains("on the period before") && bare.text.contains("无数据 none"))
        #expect(bare.json.compact.contains("\"previous\":null"))
    }
}

@Suite struct ReportDocumentTests {
    @Test("a page escapes every text, leaves gaps in its lines, and needs nothing else")
    func page() throws {
        var document = ReportDocument(title: "<b>月报</b> & \"A\"", subtitle: "<i>")
        document.facts = [("口径 <rule>", "a&b")]
        document.paragraphs = ["1 < 2 > 0"]
        document.chart = ReportDocument.Chart(
            title: "<chart>",
            labels: ["03-01", "<03-02>", "03-03", "03-04"],
            series: [
                (name: "<考核>", values: [97.5, nil, 99.25, 100]), (name: "raw", values: [nil, nil, nil, nil]),
            ]
        )
        document.sections = [
            ReportDocument.Section(
                "<groups>",
                Table(
                    columns: [Table.Column("name", "<名称>"), Table.Column("rate", "率", isNumeric: true)],
                    rows: [
                        [.text("<script>alert(1)</script>"), .text("98.00 %")], [.empty, .integer(3)],
                        [.flag(true), .empty],
                    ]
                )
            ), ReportDocument.Section("empty", Table(columns: [Table.Column("x", "x")], rows: [])),
        ]
        let html = document.html
        for text in [
            "<script", "<b>", "<i>", "<rule>", "<chart>", "<03-02>", "<考核>", "<groups>", "<名称>", "http",
        ] {
            #expect(!html.contains(text), "\(text)")
        }
        try Golden.expect(html, "report-document.html")
    }

    @Test("a chart of one value, of equal values and of none is drawn all the same")
    func charts() {
        for values in [[Double?](), [nil], [98.5], [0, 0, 0], [100, 100], [0, 100]] {
            let chart = ReportDocument.Chart(
                title: "t",
                labels: values.map { _ in "d" },
                series: [(name: "s", values: values)]
            )
            let svg = ChartDrawing(chart).svg
            #expect(svg.hasSuffix("</svg>") && !svg.contains("nan") && !svg.contains("inf"), "\(values)")
        }
    }
}
