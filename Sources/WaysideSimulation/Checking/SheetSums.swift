internal import WaysideCore

/// Whether a sheet is one whole (合计校验): days of eleven classes, and groups that are the sums of their parts.
struct SheetSums {
    private let sheet: RateSheet
    private let inventory: Inventory

    init(_ sheet: RateSheet, of inventory: Inventory) { (self.sheet, self.inventory) = (sheet, inventory) }

    /// Says what is no whole.
    func expectWholes() throws(Disagreement) {
        let whole = (self.sheet.until ?? self.sheet.day.end) - self.sheet.day.start
        for row in self.sheet.devices where row.tally.total != whole {
            throw Disagreement(
                key: row.device,
                "the eleven classes of \(self.sheet.day) sum to \(row.tally.total) ms and not to \(whole) "
                    + "(\(self.sheet.rule.id))"
            )
        }
        if Set(self.sheet.devices.map(\.device)).count != self.sheet.devices.count {
            throw Disagreement("a device stands twice in the sheet of \(self.sheet.day)")
        }
        try self.expectGroups(.maintainer) { [$0.maintainer].compactMap { $0 } }
        try self.expectGroups(.organization) { assignment in
            assignment.organization.map(self.inventory.ancestry(ofOrganization:)) ?? []
        }
        try self.expectGroups(.road) { Array(Set($0.roads)) }
        try self.expectSum(of: self.sheet.devices, is: "all", self.sheet.groups.first { $0.kind == .all })
        // Each camera has one maintainer, so that the maintainers make a partition.
        if self.sheet.devices.allSatisfy({ self.assignment(of: $0)?.maintainer != nil }) {
            try self.expectSame(
                self.sheet.groups.filter { $0.kind == .maintainer },
                as: self.sheet.groups.first { $0.kind == .all },
                "the maintainers together"
            )
        }
    }

    /// Says in which figure two sheets of halves of the population do not sum to the whole.
    static func expectHalves(_ one: RateSheet, _ other: RateSheet, toMake whole: RateSheet)
        throws(Disagreement)
    {
        let (halves, all) = ([one, other].compactMap(Self.all), Self.all(whole))
        guard halves.reduce(0, { $0 + $1.devices }) == all?.devices else {
            throw Disagreement(
                "two halves of the population of \(whole.day) have other devices than the whole"
            )
        }
        try SheetSums(whole, of: Inventory(organizations: [], devices: []))
            .expectSame(halves, as: all, "two halves of the population")
    }

    private static func all(_ sheet: RateSheet) -> RateSheet.GroupRow? {
        sheet.groups.first { $0.kind == .all }
    }

    private func assignment(of row: RateSheet.DeviceRow) -> Assignment? {
        self.inventory.device(key: row.device)?.assignment(on: self.sheet.day)
    }

    private func expectGroups(
        _ kind: RateSheet.GroupKind,
        of keys: (Assignment) -> [String]
    ) throws(Disagreement) {
        var members: [String: [RateSheet.DeviceRow]] = [:]
        for row in self.sheet.devices {
            for key in self.assignment(of: row).map(keys) ?? [] { members[key, default: []].append(row) }
        }
        for group in self.sheet.groups where group.kind == kind {
            try self.expectSum(of: members.removeValue(forKey: group.key) ?? [], is: group.key, group)
        }
        if let key = members.keys.sorted().first {
            throw Disagreement("the sheet of \(self.sheet.day) has no group \(kind.rawValue) \(key)")
        }
    }

    private func expectSum(
        of rows: [RateSheet.DeviceRow],
        is name: String,
        _ group: RateSheet.GroupRow?
    ) throws(Disagreement) {
        guard let group else { throw Disagreement("the sheet of \(self.sheet.day) has no group \(name)") }
        let kept = self.sheet.rule.aggregate == .mean ? rows.filter(\.figures.isAssessable) : rows
        func sum(_ rate: @Sendable (RateSheet.Figures) -> OnlineRate) -> (Int64, Int64) {
            guard self.sheet.rule.aggregate == .mean else {
                return kept.reduce((0, 0)) {
                    ($0.0 + rate($1.figures).numerator, $0.1 + rate($1.figures).denominator)
                }
            }
            let cut = kept.compactMap { rate($0.figures).billionths }
            return (cut.reduce(0, +), Int64(cut.count) * 1_000_000_000)
        }
        for (word, rate) in Self.rates
        where sum(rate) != (rate(group.figures).numerator, rate(group.figures).denominator) {
            throw Disagreement(
                "\(word) of \(group.kind.rawValue) \(name) on \(self.sheet.day) is \(rate(group.figures)) and the sum of its "
                    + "devices \(sum(rate)) (\(self.sheet.rule.id))"
            )
        }
        guard group.devices == rows.count else {
            throw Disagreement(
                "\(group.kind.rawValue) \(name) on \(self.sheet.day) has other devices than its sum"
            )
        }
    }

    private func expectSame(
        _ parts: [RateSheet.GroupRow],
        as whole: RateSheet.GroupRow?,
        _ words: String
    ) throws(Disagreement) {
        for (word, rate) in Self.rates + Self.coverages {
            let sum = parts.map { rate($0.figures) }
            let (numerator, denominator) = (
                sum.reduce(0) { $0 + $1.numerator }, sum.reduce(0) { $0 + $1.denominator }
            )
            guard let found = whole.map({ rate($0.figures) }), found.numerator == numerator,
                found.denominator == denominator
            else {
                throw Disagreement(
                    "\(word) of \(words) on \(self.sheet.day) sums to \(numerator)/\(denominator), and the whole is "
                        + "\(whole.map { "\(rate($0.figures))" } ?? "missing") (\(self.sheet.rule.id))"
                )
            }
        }
    }

    private static let rates: [(String, @Sendable (RateSheet.Figures) -> OnlineRate)] = [
        ("raw", { $0.raw }), ("assessed", { $0.assessed }), ("low", { $0.low }), ("high", { $0.high }),
    ]
    private static let coverages: [(String, @Sendable (RateSheet.Figures) -> OnlineRate)] = [
        ("coverage", { $0.coverage })
    ]
}
