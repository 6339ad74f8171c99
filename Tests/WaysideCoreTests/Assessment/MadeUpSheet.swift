import TestSupport

@testable import WaysideCore

/// Sheets of made-up numbers on a small made-up road: figures as they add, without tracks.
struct MadeUpSheet {
    static let month = ServicePeriod(.month, containing: ServiceDay(number: 20_513))

    /// A province of two sections with two maintainers and three roads; some devices move inside the month.
    static func inventory(_ random: inout SplitMix) -> Inventory {
        let organizations = [
            Organization(key: "P", name: "P", kind: .province, parent: nil),
            Organization(key: "S1", name: "S1", kind: .section, parent: "P"),
            Organization(key: "S2", name: "S2", kind: .section, parent: "P"),
            Organization(key: "C1", name: "C1", kind: .subcentre, parent: "S1"),
            Organization(key: "M1", name: "M1", kind: .maintainer, parent: nil),
            Organization(key: "M2", name: "M2", kind: .maintainer, parent: nil),
        ]
        let devices = (1...12).map { number in
            var device = Device(
                id: DeviceID(Int64(number)),
                key: "CAM-\(number)",
                kind: .camera,
                name: "",
                assignment: Assignment(
                    organization: random.pick(["S1", "S2", "C1"]),
                    maintainer: random.pick(["M1", "M2", nil]),
                    roads: random.pick([["G42"], ["G42", "S38"], ["S38", "S38"], []])
                )
            )
            device.positionClass = Int.random(in: 0...2, using: &random)
            var from = Self.month.first.number - 3
            while random.percent(50) {
                from += Int32.random(in: 1...15, using: &random)
                device.moves.append(
                    Move(
                        from: ServiceDay(number: from),
                        organization: random.pick(["S1", "S2", "C1", nil]),
                        maintainer: random.pick(["M1", "M2", nil]),
                        roads: random.pick([["G40"], nil])
                    )
                )
            }
            return device
        }
        return Inventory(organizations: organizations, devices: devices)
    }

    static func rule(_ aggregate: RateRule.Aggregation, _ random: inout SplitMix) -> RateRule {
        RateRule(
            id: "made-up",
            version: 1,
            titleZH: "虚构",
            titleEN: "made up",
            citation: "our own",
            facet: .stream,
            method: random.pick([
                .timeWeighted, .sampled(at: [0, 3_600_000]), .presence(from: 0, to: 3_600_000),
            ]),
            status: StatusProfile(missesToConfirm: 3, hitsToRecover: 1),
            unknown: .excluded,
            minimumCoverage: random.pick([0, 300, 600]),
            upstream: .counted,
            aggregate: aggregate,
            grades: [
                RateRule.Grade(atLeastThousandths: 700, nameZH: "良", nameEN: "good"),
                RateRule.Grade(atLeastThousandths: 0, nameZH: "差", nameEN: "poor"),
            ]
        )
    }

    static func row(_ key: String, _ rule: RateRule, _ random: inout SplitMix) -> RateSheet.DeviceRow {
        var (tally, left) = (DayTally(), ServiceDay.lengthMilliseconds)
        for _ in 0..<3 {
            let some = Int64.random(in: 0...left, using: &random)
            tally[random.pick(TimeClass.allCases)] += some
            left -= some
        }
        tally[.online] += left
        let none = RateSums.none(rule)
        func rate(_ unit: OnlineRate.Unit) -> OnlineRate {
            if random.percent(8) { return .none(unit) }
            let most: Int64 = unit == .millisecond ? 86_400_000_000 : 24_000
            let denominator = Int64.random(in: 1...most, using: &random)
            let numerator =
                random.percent(20) ? denominator : Int64.random(in: 0...denominator, using: &random)
            return OnlineRate(numerator: numerator, denominator: denominator, unit: unit)
        }
        return RateSheet.DeviceRow(
            device: key,
            tally: tally,
            figures: rule.figures(
                raw: rate(none.raw.unit),
                assessed: rate(none.assessed.unit),
                coverage: rate(none.coverage.unit),
                low: rate(none.low.unit),
                high: rate(none.high.unit)
            )
        )
    }

    /// A day on which the population holds nine devices in ten.
    static func sheet(
        _ day: ServiceDay,
        _ rule: RateRule,
        _ inventory: Inventory,
        _ random: inout SplitMix
    ) -> RateSheet {
        var (rows, groups) = ([RateSheet.DeviceRow](), RateGroups(rule: rule, inventory: inventory))
        for device in inventory.devices where random.percent(90) {
            let row = self.row(device.key, rule, &random)
            rows.append(row)
            groups.add(row.figures, of: Membership(device, on: day))
        }
        return RateSheet(
            day: day,
            until: nil,
            isProvisional: false,
            rule: rule,
            devices: rows,
            groups: groups.rows
        )
    }
}

extension RateSums {
    /// The five rates, by name.
    static var rates: [KeyPath<RateSums, OnlineRate>] { [\.raw, \.assessed, \.coverage, \.low, \.high] }
}
