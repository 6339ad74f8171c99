internal import WaysideCore
internal import WaysideReports

/// A sheet and its reasons as the page shows them: the promised shape, with the rule's name and source beside it.
struct RateView {
    private let sheet: RateSheet
    private let inventory: Inventory

    init(_ sheet: RateSheet, inventory: Inventory) { (self.sheet, self.inventory) = (sheet, inventory) }

    /// The sheet; without device rows where only the groups were asked for.
    func json(groupsOnly: Bool) -> JSONText {
        var sheet = self.sheet
        if groupsOnly { sheet.devices = [] }
        guard case .object(let members) = RateSheetReport(sheet).json else { return .null }
        let named = members.map { member in
            member.name == "rule" ? JSONText.Member("rule", Self.json(of: sheet.rule)) : member
        }
        return .object(named + [JSONText.Member("names", self.names)])
    }

    /// The rule: what identifies it, what it is called and where it is from.
    static func json(of rule: RateRule) -> JSONText {
        .object([
            "id": .string(rule.id),
            "version": .integer(Int64(rule.version)),
            "sha256": .string(rule.sha256),
            "title": .object(["zh": .string(rule.titleZH), "en": .string(rule.titleEN)]),
            "citation": .string(rule.citation),
            "facet": .string(rule.facet.rawValue),
            "method": .string(rule.method.name),
        ])
    }

    /// The names of the organizations that the sheet's groups are about, by key.
    private var names: JSONText {
        let keys = self.sheet.groups.filter { $0.kind == .organization || $0.kind == .maintainer }.map(\.key)
        return .object(
            Set(keys).sorted { $0.isBefore($1) }.compactMap { key in
                self.inventory.organization(key: key).map { JSONText.Member(key, .string($0.name)) }
            }
        )
    }
}

extension DayExplanation {
    /// The intervals, what opened and closed each, and the sums.
    var json: JSONText {
        let row = self.row.map { row in
            JSONText.object([
                "ms": RateSheetReport.json(of: row.tally),
                "raw": row.figures.raw.json,
                "assessed": row.figures.assessed.json,
                "coverage": row.figures.coverage.json,
                "assessable": .bool(row.figures.isAssessable),
                "grade": row.figures.grade.map(JSONText.string),
                "error": .object(["low": row.figures.low.json, "high": row.figures.high.json]),
            ])
        }
        return .object([
            "device": .string(self.device),
            "day": .string(self.day.description),
            "until": .instant(self.until),
            "provisional": .bool(self.isProvisional),
            "rule": RateView.json(of: self.rule),
            "intervals": .array(self.intervals.map(Self.json(of:))),
            "figures": row ?? .null,
        ])
    }

    private static func json(of interval: Interval) -> JSONText {
        .object([
            "from": .instant(interval.interval.span.start),
            "to": .instant(interval.interval.span.end),
            "ms": .integer(interval.interval.span.milliseconds),
            "class": .string(interval.interval.timeClass.name),
            "cause": .text(interval.cause?.rawValue),
            "opened_by": .observation(interval.openedBy),
            "closed_by": .observation(interval.closedBy),
            "exemption": .text(interval.exemptions.first?.id),
            "exemptions": .array(
                interval.exemptions.map { exemption in
                    .object([
                        "id": .string(exemption.id), "class": .string(exemption.className),
                        "document": .text(exemption.document), "approved_at": .instant(exemption.approvedAt),
                    ])
                }
            ),
        ])
    }
}
