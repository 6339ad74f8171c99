import Testing
import WaysideCore
import WaysideReports

@Suite struct DailyBriefTests {
    @Test("the morning page of two companies reads as it should")
    func page() throws {
        let road = try DailyBriefRoad()
        let brief = DailyBrief(road.today, yesterday: road.yesterday, inventory: road.inventory)
        try Golden.expect(brief.text, "daily-brief.txt")
        try Golden.expect(brief.table.csv, "daily-brief.csv")
        try Golden.expect(brief.json.pretty + "\n", "daily-brief.json")
    }

    @Test("a page by road section, while the day runs and without the day before, says so")
    func provisional() throws {
        let road = try DailyBriefRoad(knownAt: DailyBriefRoad.day.start + 18 * 3_600_000)
        let brief = DailyBrief(road.today, yesterday: nil, inventory: road.inventory, unitKind: .section)
        try Golden.expect(brief.text, "daily-brief-provisional.txt")
    }

    @Test(
        "words follow the sign",
        arguments: [
            (12, "上升0.12个百分点", "up 0.12 points", "+0.12"), (-105, "下降1.05个百分点", "down 1.05 points", "-1.05"),
            (0, "持平", "unchanged", "0.00"), (-7, "下降0.07个百分点", "down 0.07 points", "-0.07"),
        ] as [(Int64, String, String, String)]
    )
    func sign(points: Int64, zh: String, en: String, signed: String) {
        #expect(DailyBriefWording.zh(points: points) == zh)
        #expect(DailyBriefWording.en(points: points) == en)
        #expect(DailyBriefWording.signed(points: points) == signed)
    }

    @Test("occurrences grow, shrink or stay")
    func counts() {
        #expect([3, -1, 0].map { DailyBriefWording.zh(count: $0) } == ["增加3起", "减少1起", "持平"])
        #expect([3, -1, 0].map { DailyBriefWording.en(count: $0) } == ["3 more", "1 fewer", "as many"])
    }

    @Test("a figure that is not assessable has no change and no number")
    func notAssessable() throws {
        let road = try DailyBriefRoad()
        let west = try #require(road.today.figures(of: "WEST"))
        var doubtful = west
        doubtful.isAssessable = false
        #expect(DailyBriefWording.change(west, since: doubtful) == nil)
        #expect(DailyBriefWording.zh(doubtful).hasPrefix("不可考核(覆盖率"))
        #expect(DailyBriefWording.zh(nil) == "不可考核")
    }

    @Test(
        "a day's line is counted as outages and abnormal stretches",
        arguments: [
            // letters of an hour: u online, a abnormal, d offline, p upstream, ? unknown, D exempt offline
            ("uuuu", 1, 0, 0, 0, 0, 0, 0), ("uddu", 1, 1, 1, 0, 0, 0, 0), ("dduu", 1, 1, 1, 0, 0, 0, 0),
            ("uudd", 0, 1, 0, 1, 0, 0, 0), ("udpD", 0, 1, 0, 1, 0, 0, 0), ("ud?d", 0, 1, 0, 1, 0, 0, 0),
            ("ud?u", 1, 1, 1, 0, 0, 0, 0), ("uda?", 0, 1, 1, 0, 1, 0, 1), ("uau?", 0, 0, 0, 0, 1, 1, 0),
            ("adua", 0, 1, 1, 0, 2, 0, 1), ("????", 0, 0, 0, 0, 0, 0, 0),
        ]
    )
    func occurrences(
        film: String,
        online: Int,
        outages: Int,
        restored: Int,
        out: Int,
        abnormal: Int,
        repaired: Int,
        wrong: Int
    ) {
        let figures = DailyBriefFigures(self.line(film), isNew: false)
        #expect(figures.online == online)
        #expect(figures.offline.occurred == outages && figures.offline.restored == restored)
        #expect(figures.offline.current == out)
        #expect(figures.abnormal.occurred == abnormal && figures.abnormal.restored == repaired)
        #expect(figures.abnormal.current == wrong)
        #expect(figures.offline.occurred == figures.offline.restored + figures.offline.current)
    }

    private func line(_ film: String) -> ClassLine {
        let start = DailyBriefRoad.day.start
        var status = StatusLine()
        var (upstream, exempt): ([Span], [Span]) = ([], [])
        for (index, letter) in film.enumerated() {
            let at = start + Int64(index) * 3_600_000
            switch letter {
            case "u": status.append(.online, from: at)
            case "a": status.append(.abnormal, from: at)
            case "?": status.append(.unknown, from: at)
            default: status.append(.offline, from: at)
            }
            if letter == "p" { upstream.append(Span(at, at + 3_600_000)) }
            if letter == "D" { exempt.append(Span(at, at + 3_600_000)) }
        }
        return ClassLine(
            window: Span(start, start + Int64(film.count) * 3_600_000),
            status: status,
            upstream: SpanSet(upstream),
            exempt: SpanSet(exempt),
            service: .always
        )
    }
}
