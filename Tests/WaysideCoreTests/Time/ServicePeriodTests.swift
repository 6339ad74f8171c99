import Testing
import WaysideCore

@Suite("A period of days")
struct ServicePeriodTests {
    /// A kind, a day of it, its first and its last day, and its name.
    private static let known: [(ServicePeriod.Kind, [String])] = [
        (.day, ["2026-03-01", "2026-03-01", "2026-03-01", "2026-03-01"]),
        (.day, ["2024-02-29", "2024-02-29", "2024-02-29", "2024-02-29"]),
        (.week, ["2026-12-27", "2026-12-21", "2026-12-27", "2026-W52"]),
        (.week, ["2026-12-28", "2026-12-28", "2027-01-03", "2026-W53"]),
        (.week, ["2026-12-31", "2026-12-28", "2027-01-03", "2026-W53"]),
        (.week, ["2027-01-01", "2026-12-28", "2027-01-03", "2026-W53"]),
        (.week, ["2027-01-03", "2026-12-28", "2027-01-03", "2026-W53"]),
        (.week, ["2027-01-04", "2027-01-04", "2027-01-10", "2027-W01"]),
        (.week, ["2025-12-28", "2025-12-22", "2025-12-28", "2025-W52"]),
        (.week, ["2025-12-29", "2025-12-29", "2026-01-04", "2026-W01"]),
        (.week, ["2026-01-01", "2025-12-29", "2026-01-04", "2026-W01"]),
        (.week, ["2024-12-30", "2024-12-30", "2025-01-05", "2025-W01"]),
        (.week, ["2021-01-03", "2020-12-28", "2021-01-03", "2020-W53"]),
        (.week, ["2016-01-01", "2015-12-28", "2016-01-03", "2015-W53"]),
        (.week, ["1970-01-01", "1969-12-29", "1970-01-04", "1970-W01"]),
        (.month, ["2024-02-29", "2024-02-01", "2024-02-29", "2024-02"]),
        (.month, ["2026-02-01", "2026-02-01", "2026-02-28", "2026-02"]),
        (.month, ["2000-02-10", "2000-02-01", "2000-02-29", "2000-02"]),
        (.month, ["2100-02-28", "2100-02-01", "2100-02-28", "2100-02"]),
        (.month, ["2026-12-31", "2026-12-01", "2026-12-31", "2026-12"]),
        (.quarter, ["2024-02-29", "2024-01-01", "2024-03-31", "2024-Q1"]),
        (.quarter, ["2026-03-31", "2026-01-01", "2026-03-31", "2026-Q1"]),
        (.quarter, ["2026-04-01", "2026-04-01", "2026-06-30", "2026-Q2"]),
        (.quarter, ["2026-09-30", "2026-07-01", "2026-09-30", "2026-Q3"]),
        (.quarter, ["2026-12-31", "2026-10-01", "2026-12-31", "2026-Q4"]),
        (.year, ["2026-01-01", "2026-01-01", "2026-12-31", "2026"]),
        (.year, ["2024-12-31", "2024-01-01", "2024-12-31", "2024"]),
    ]

    @Test("the period that holds a day has these borders and this name", arguments: known)
    func borders(kind: ServicePeriod.Kind, texts: [String]) throws {
        let period = ServicePeriod(kind, containing: try #require(ServiceDay(texts[0])))
        #expect(period.kind == kind)
        #expect([period.first, period.last].map(\.description) == [texts[1], texts[2]])
        #expect(period.description == texts[3])
    }

    @Test(
        "the period before is this one",
        arguments: [
            (.day, "2024-03-01", "2024-02-29"), (.week, "2027-01-04", "2026-W53"),
            (.week, "2027-01-01", "2026-W52"), (.week, "2026-01-01", "2025-W52"),
            (.month, "2026-01-31", "2025-12"), (.month, "2024-03-31", "2024-02"),
            (.quarter, "2026-02-01", "2025-Q4"), (.quarter, "2026-05-31", "2026-Q1"),
            (.year, "2024-02-29", "2023"),
        ] as [(ServicePeriod.Kind, String, String)]
    )
    func before(kind: ServicePeriod.Kind, day: String, name: String) throws {
        let period = ServicePeriod(kind, containing: try #require(ServiceDay(day)))
        #expect(period.previous.description == name)
    }

    @Test("every day of twelve years is in one period of each kind", arguments: ServicePeriod.Kind.allCases)
    func partition(kind: ServicePeriod.Kind) throws {
        let (first, last) = (try #require(ServiceDay("2019-06-15")), try #require(ServiceDay("2031-06-15")))
        var period = ServicePeriod(kind, containing: first)
        var names: Set<String> = [period.description]
        for day in (first.number...last.number).map(ServiceDay.init(number:)) {
            if day > period.last {
                let next = ServicePeriod(kind, containing: day)
                #expect(next.first == period.last.next && next.previous == period)
                #expect(names.insert(next.description).inserted)
                period = next
            }
            #expect(ServicePeriod(kind, containing: day) == period)
            #expect(period.contains(day))
        }
        #expect(!period.contains(period.last.next) && !period.contains(period.first.previous))
    }

    @Test("days, count and span say the same", arguments: ServicePeriod.Kind.allCases)
    func days(kind: ServicePeriod.Kind) throws {
        for text in ["2024-02-29", "2026-12-31", "2027-01-01"] {
            let period = ServicePeriod(kind, containing: try #require(ServiceDay(text)))
            #expect(period.days.first == period.first && period.days.last == period.last)
            #expect(period.days.count == period.dayCount)
            #expect(period.days == period.days.sorted())
            #expect(period.span == Span(period.first.start, period.last.end))
            #expect(period.span.milliseconds == Int64(period.dayCount) * ServiceDay.lengthMilliseconds)
        }
    }

    @Test("a year is its quarters, a quarter its months, and a week seven days", arguments: 2019...2031)
    func nesting(year: Int) throws {
        let whole = ServicePeriod(.year, containing: try #require(ServiceDay("\(year)-07-04")))
        for (kind, count) in [(ServicePeriod.Kind.quarter, 4), (.month, 12)] {
            let parts = Set(whole.days.map { ServicePeriod(kind, containing: $0) })
            #expect(parts.count == count)
            #expect(parts.flatMap(\.days).sorted() == whole.days)
        }
        #expect(whole.days.allSatisfy { ServicePeriod(.week, containing: $0).dayCount == 7 })
        let thursdays = Set(whole.days.map { ServicePeriod(.week, containing: $0) }).filter {
            whole.contains(ServiceDay(number: $0.first.number + 3))
        }
        #expect(Set(thursdays.map(\.description)).count == thursdays.count)
        #expect(thursdays.allSatisfy { $0.description.hasPrefix("\(year)-W") })
    }
}
