import WaysideCore
import WaysideReports

/// Four days of March on the road of the daily brief, of which the last still runs, under a rule with grades.
struct PeriodRoad {
    static let period = ServicePeriod(.month, containing: DailyBriefRoad.day)

    let inventory: Inventory
    let sheet: PeriodSheet
    private let daySheets: [RateSheet]

    /// One letter is an hour of the four days: online, abnormal, offline, nothing known.
    private static let films = [
        "uuuuuuuuuuuuuuuuuuuuuuuu" + "uuuuuuuuuuuuuuuuuuuuuuuu" + "uuuuuuuuuuuuuuuuuuuuuuuu" + "uuuuuuuuu",
        "uuuuuuuuuuuuudduuuuuuuuu" + "uuuudduuuuuuuuuuuuuuuuuu" + "uuuuuuuuuuuuuuuuuuuuuuuu" + "uuuudddddd",
        "dduuuuuuuuuuuuuuuuuuuuuu" + "uuuuuuuuuuuuuuuudddddddd" + "dddddddddddduuuuuuuuuuuu" + "uuuuuuuuuu",
        "uuuuaaaauuuuuuuuuuuuuuuu" + "uuuuaaaauuuuuuuuaauuuuaa" + "uuuuuuuuuuuuuuuuuuuuuuuu" + "uuuuuuuuuu",
        "uuuuuuuuuuuu..uuuuuuuuuu" + "........................" + "........................" + "..........",
        "uuuuuuuuuuuuuuuuuuuuuuuu" + "uuuuuuuuuuuuuuuuuuuuuuuu" + "uuuuuuuuuuuuuuuuuuuuuuuu" + "uuuuuuuuuu",
    ]

    /// With a grade that begins at so many thousandths.
    init(goodAt thousandths: Int64 = 900, isOver: Bool = false) throws {
        var inventory = try DailyBriefRoad().inventory
        inventory = Inventory(
            organizations: inventory.organizations.map { unit in
                unit.key == "TY"
                    ? Organization(key: "TY", name: "桃源<路段>&\"甲\"", kind: unit.kind, parent: unit.parent)
                    : unit
            },
            devices: inventory.devices
        )
        var rule = RateRule(
            id: "province-time-weighted",
            version: 1,
            titleZH: "省级考核在线率(时长)",
            titleEN: "Provincial online rate, time-weighted",
            citation: "our own <draft>",
            facet: .stream,
            population: RateRule.Population(kinds: [.camera]),
            method: .timeWeighted,
            status: StatusProfile(missesToConfirm: 3, hitsToRecover: 1),
            unknown: .excluded,
            minimumCoverage: 500,
            upstream: .counted,
            aggregate: .pooled,
            sha256: String(repeating: "0", count: 64)
        )
        rule.grades = [
            RateRule.Grade(atLeastThousandths: thousandths, nameZH: "优", nameEN: "good"),
            RateRule.Grade(atLeastThousandths: 0, nameZH: "差", nameEN: "poor"),
        ]
        let first = Self.period.first
        let until = isOver ? Timestamp.distantFuture : first.start + (3 * 24 + 10) * 3_600_000
        let replay = Replay(
            rule: rule,
            inventory: inventory,
            exemptions: [],
            fold: Self.fold(inventory, knownAt: until),
            knownAt: until
        )
        let days = (0..<(isOver ? 3 : 4)).map { ServiceDay(number: first.number + $0) }
        var sums = PeriodSums(rule: rule, inventory: inventory)
        self.daySheets = try days.map { day in
            var assessor = try replay.assessor(of: day)
            let sheet = assessor.sheet()
            sums.add(sheet)
            return sheet
        }
        self.sheet = PeriodSheet(
            period: Self.period,
            days: days,
            until: isOver ? nil : until,
            isProvisional: true,
            rule: rule,
            devices: sums.devices,
            groups: sums.groups
        )
        self.inventory = inventory
    }

    /// A point for each day, of all or of an organization.
    func days(of organization: String?) -> [PeriodReport.DayFigures] {
        self.daySheets.map { sheet in
            let row = sheet.groups.first { group in
                organization.map { group.kind == .organization && group.key == $0 } ?? (group.kind == .all)
            }
            return PeriodReport.DayFigures(day: sheet.day, figures: row?.figures)
        }
    }

    /// Twelve observations an hour.
    private static func fold(_ inventory: Inventory, knownAt: Timestamp) -> ObservationFold {
        var fold = ObservationFold(knownAt: knownAt)
        for (device, film) in zip(inventory.devices, self.films) {
            for (hour, letter) in film.enumerated() where letter != "." {
                for part in 0..<12 {
                    let at = self.period.first.start + Int64(hour * 3_600_000 + part * 300_000)
                    let outcome: Outcome = letter == "u" ? .up : letter == "a" ? .abnormal : .down
                    fold.receive(Observation(device: device.id, check: .stream, at: at, outcome: outcome))
                }
            }
        }
        return fold
    }
}
