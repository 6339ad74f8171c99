/// Puts devices together into groups (分组汇总): pooled, or as the mean of their rates.
struct RateGroups {
    /// A device of the population with its day.
    struct Member {
        let device: Device
        let assignment: Assignment
        let row: RateSheet.DeviceRow
    }

    private let rule: RateRule
    private let inventory: Inventory

    init(rule: RateRule, inventory: Inventory) { (self.rule, self.inventory) = (rule, inventory) }

    /// Every group that has a device, and `all` in any case; by kind, then key.
    func rows(of members: [Member]) -> [RateSheet.GroupRow] {
        var groups: [RateSheet.GroupKind: [String: [RateSheet.DeviceRow]]] = [
            .all: ["all": members.map(\.row)]
        ]
        for member in members {
            func join(_ kind: RateSheet.GroupKind, _ key: String) {
                groups[kind, default: [:]][key, default: []].append(member.row)
            }
            if let own = member.assignment.organization {
                for key in self.inventory.ancestry(ofOrganization: own) { join(.organization, key) }
            }
            if let maintainer = member.assignment.maintainer { join(.maintainer, maintainer) }
            for road in Set(member.assignment.roads) { join(.road, road) }
            join(.positionClass, String(member.device.positionClass))
        }
        return groups.sorted { $0.key.rawValue.isBefore($1.key.rawValue) }.flatMap { kind, byKey in
            byKey.sorted { $0.key.isBefore($1.key) }.map { self.row(kind: kind, key: $0, of: $1) }
        }
    }

    private func row(kind: RateSheet.GroupKind, key: String, of rows: [RateSheet.DeviceRow])
        -> RateSheet.GroupRow
    {
        let figures = rows.map(\.figures)
        let unit = self.rule.method.unit
        let coverage = figures.map(\.coverage).reduce(OnlineRate.none(self.rule.coverageUnit), +)
        func together(_ rate: (RateSheet.Figures) -> OnlineRate) -> OnlineRate {
            switch self.rule.aggregate {
            case .pooled:
                return figures.map(rate).reduce(OnlineRate.none(unit), +)
            case .mean:
                let cut = figures.filter(\.isAssessable).compactMap { rate($0).billionths }
                return OnlineRate(
                    numerator: cut.reduce(0, +),
                    denominator: Int64(cut.count) * 1_000_000_000,
                    unit: unit
                )
            }
        }
        let assessed = together(\.assessed)
        let isAssessable = self.rule.isAssessable(assessed, coverage: coverage)
        return RateSheet.GroupRow(
            kind: kind,
            key: key,
            devices: rows.count,
            notAssessable: figures.count { !$0.isAssessable },
            figures: RateSheet.Figures(
                raw: together(\.raw),
                assessed: assessed,
                coverage: coverage,
                isAssessable: isAssessable,
                grade: isAssessable ? self.rule.grade(of: assessed)?.nameEN : nil,
                low: together(\.low),
                high: together(\.high)
            )
        )
    }
}
