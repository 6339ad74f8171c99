import TestSupport
import Testing

@testable import WaysideCore

@Suite("Sums over a period")
struct PeriodSumsTests {
    /// A made-up month.
    private struct Month {
        let inventory: Inventory
        let rule: RateRule
        let sheets: [RateSheet]

        init(_ aggregate: RateRule.Aggregation, seed: UInt64) {
            var random = SplitMix(seed: seed)
            let inventory = MadeUpSheet.inventory(&random)
            let rule = MadeUpSheet.rule(aggregate, &random)
            (self.inventory, self.rule) = (inventory, rule)
            self.sheets = MadeUpSheet.month.days.map {
                MadeUpSheet.sheet($0, rule, inventory, &random)
            }
        }

        var sums: PeriodSums {
            var sums = PeriodSums(rule: self.rule, inventory: self.inventory)
            for sheet in self.sheets { sums.add(sheet) }
            return sums
        }

        /// Of each device the sum of the days on which `holds` says so.
        func figures(_ key: String, where holds: (ServiceDay) -> Bool) -> RateSheet.Figures? {
            var found: RateSheet.Figures?
            for sheet in self.sheets where holds(sheet.day) {
                guard let row = sheet.devices.first(where: { $0.device == key }) else { continue }
                let (day, before) = (row.figures, found)
                func both(_ rate: KeyPath<RateSheet.Figures, OnlineRate>) -> OnlineRate {
                    before.map { $0[keyPath: rate] + day[keyPath: rate] } ?? day[keyPath: rate]
                }
                found = self.rule.figures(
                    raw: both(\.raw),
                    assessed: both(\.assessed),
                    coverage: both(\.coverage),
                    low: both(\.low),
                    high: both(\.high)
                )
            }
            return found
        }
    }

    @Test(
        "in each group a device counts with the days on which it belonged to it",
        arguments: RateRule.Aggregation.allCases,
        UInt64(0)..<20
    )
    func hindsight(aggregate: RateRule.Aggregation, seed: UInt64) throws {
        let month = Month(aggregate, seed: seed)
        let found = month.sums.sumsByGroup
        var wanted: [RateGroupKey: RateSums] = [:]
        for device in month.inventory.devices {
            var daysByGroup: [RateGroupKey: Set<ServiceDay>] = [:]
            for day in MadeUpSheet.month.days {
                for group in Membership(device, on: day).groups(in: month.inventory) {
                    daysByGroup[group, default: []].insert(day)
                }
            }
            for (group, days) in daysByGroup {
                guard let figures = month.figures(device.key, where: days.contains) else { continue }
                wanted[group, default: .none(month.rule)] += RateSums(figures, under: month.rule)
            }
        }
        #expect(found == wanted, "seed \(seed)")
        #expect(month.sums.groups == RateGroups.rows(of: wanted, under: month.rule))
    }

    @Test(
        "a device has one line with all its days",
        arguments: RateRule.Aggregation.allCases,
        UInt64(0)..<10
    )
    func devices(aggregate: RateRule.Aggregation, seed: UInt64) throws {
        let month = Month(aggregate, seed: seed)
        let rows = month.sums.devices
        let seen = Set(month.sheets.flatMap { $0.devices.map(\.device) })
        #expect(rows.map(\.device) == seen.sorted { $0.isBefore($1) })
        for row in rows {
            #expect(row.figures == month.figures(row.device) { _ in true })
            let tallies = month.sheets.flatMap(\.devices).filter { $0.device == row.device }.map(\.tally)
            #expect(row.tally == tallies.reduce(DayTally(), +))
        }
        let all = try #require(month.sums.sumsByGroup[.all])
        #expect(all.devices == seen.count)
        #expect(all.notAssessable == rows.count { !$0.figures.isAssessable })
    }

    @Test("sections add up to the province, and the province is everybody", arguments: UInt64(0)..<20)
    func parts(seed: UInt64) throws {
        let month = Month(.pooled, seed: seed)
        let groups = month.sums.sumsByGroup
        func sums(_ key: String) -> RateSums {
            groups[RateGroupKey(.organization, key)] ?? .none(month.rule)
        }
        let all = try #require(groups[.all])
        for rate in RateSums.rates {
            #expect(sums("S1")[keyPath: rate] + sums("S2")[keyPath: rate] == all[keyPath: rate])
            #expect(sums("P")[keyPath: rate] == all[keyPath: rate])
            let classes = groups.filter { $0.key.kind == .positionClass }.map { $0.value[keyPath: rate] }
            #expect(classes.reduce(.none(all[keyPath: rate].unit), +) == all[keyPath: rate])
        }
    }

    @Test(
        "the order of the days changes nothing, and days summed before count as if added one by one",
        arguments: RateRule.Aggregation.allCases,
        UInt64(0)..<10
    )
    func order(aggregate: RateRule.Aggregation, seed: UInt64) throws {
        let month = Month(aggregate, seed: seed)
        var random = SplitMix(seed: ~seed)
        var shuffled = PeriodSums(rule: month.rule, inventory: month.inventory)
        for sheet in month.sheets.shuffled(using: &random) {
            for row in sheet.devices.shuffled(using: &random) {
                let device = try #require(month.inventory.device(key: row.device))
                shuffled.add(DeviceSums(row, membership: Membership(device, on: sheet.day)))
            }
        }
        #expect(shuffled.sumsByGroup == month.sums.sumsByGroup)
        #expect(shuffled.devices == month.sums.devices)
    }

    @Test("a camera that changes sections on the eleventh has ten days in one and the rest in the other")
    func moved() throws {
        let month = MadeUpSheet.month
        var camera = Device(
            id: DeviceID(1),
            key: "CAM-1",
            kind: .camera,
            name: "",
            assignment: Assignment(organization: "S1", maintainer: "M1")
        )
        camera.moves = [Move(from: month.days[10], organization: "S2")]
        var random = SplitMix(seed: 3)
        let organizations = MadeUpSheet.inventory(&random).organizations
        let inventory = Inventory(organizations: organizations, devices: [camera])
        var rule = MadeUpSheet.rule(.pooled, &random)
        rule.method = .timeWeighted
        rule.minimumCoverage = 0
        var sums = PeriodSums(rule: rule, inventory: inventory)
        let day = OnlineRate(numerator: 1, denominator: 2, unit: .millisecond)
        for place in month.days {
            let figures = rule.figures(raw: day, assessed: day, coverage: day, low: day, high: day)
            let row = RateSheet.DeviceRow(device: "CAM-1", tally: DayTally(), figures: figures)
            sums.add(DeviceSums(row, membership: Membership(camera, on: place)))
        }
        let groups = sums.sumsByGroup
        func days(_ kind: RateSheet.GroupKind, _ key: String) -> Int64? {
            groups[RateGroupKey(kind, key)]?.assessed.numerator
        }
        let count = Int64(month.dayCount)
        #expect(days(.organization, "S1") == 10)
        #expect(days(.organization, "S2") == count - 10)
        #expect(days(.organization, "P") == count)
        #expect(days(.maintainer, "M1") == count)
        #expect(days(.all, "all") == count)
        #expect(groups.values.allSatisfy { $0.devices == 1 })
        #expect(sums.devices.count == 1)
    }

    @Test("a day as a period says what the day says", arguments: RateRule.Aggregation.allCases)
    func oneDay(aggregate: RateRule.Aggregation) {
        let month = Month(aggregate, seed: 11)
        for sheet in month.sheets {
            let period = PeriodSheet(sheet)
            #expect(period.period.days == [sheet.day] && period.days == [sheet.day])
            #expect(period.devices == sheet.devices && period.groups == sheet.groups)
            var sums = PeriodSums(rule: month.rule, inventory: month.inventory)
            sums.add(sheet)
            #expect(sums.devices == sheet.devices && sums.groups == sheet.groups)
        }
    }
}
