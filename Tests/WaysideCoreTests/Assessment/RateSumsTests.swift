import TestSupport
import Testing
import WaysideCore

@Suite("Sums of a group")
struct RateSumsTests {
    private static func contributions(_ rule: RateRule, _ random: inout SplitMix) -> [RateSums] {
        (0..<30).map { RateSums(MadeUpSheet.row("CAM-\($0)", rule, &random).figures, under: rule) }
    }

    private static func sum(_ parts: some Sequence<RateSums>, _ rule: RateRule) -> RateSums {
        parts.reduce(into: .none(rule)) { $0 += $1 }
    }

    @Test(
        "any partition of the devices gives the whole's sums exactly",
        arguments: RateRule.Aggregation.allCases,
        UInt64(0)..<40
    )
    func partition(aggregate: RateRule.Aggregation, seed: UInt64) {
        var random = SplitMix(seed: seed)
        let rule = MadeUpSheet.rule(aggregate, &random)
        let devices = Self.contributions(rule, &random)
        let whole = Self.sum(devices, rule)
        #expect(whole.devices == devices.count)
        for count in [1, 2, 7, 30] {
            var parts = [[RateSums]](repeating: [], count: count)
            for device in devices.shuffled(using: &random) {
                parts[Int.random(in: 0..<count, using: &random)].append(device)
            }
            let sums = parts.map { Self.sum($0, rule) }
            #expect(Self.sum(sums, rule) == whole)
            #expect(Self.sum(sums, rule).figures(under: rule) == whole.figures(under: rule))
        }
    }

    @Test(
        "what was added is taken out again without a trace",
        arguments: RateRule.Aggregation.allCases,
        UInt64(0)..<40
    )
    func undone(aggregate: RateRule.Aggregation, seed: UInt64) {
        var random = SplitMix(seed: seed ^ 0xF00D)
        let rule = MadeUpSheet.rule(aggregate, &random)
        let devices = Self.contributions(rule, &random)
        var sums = Self.sum(devices, rule)
        for (left, device) in devices.enumerated().shuffled(using: &random) {
            let before = sums
            sums += devices[(left + 1) % devices.count]
            sums -= devices[(left + 1) % devices.count]
            #expect(sums == before)
            sums -= device
            #expect(sums.devices == before.devices - 1)
        }
        #expect(sums == .none(rule))
    }

    @Test("a pooled device gives its rates, a device of a mean its rate in 10⁻⁹ if it may be assessed")
    func contribution() throws {
        var random = SplitMix(seed: 5)
        let pooled = MadeUpSheet.rule(.pooled, &random)
        var mean = pooled
        mean.aggregate = .mean
        for _ in 0..<200 {
            let figures = MadeUpSheet.row("CAM", pooled, &random).figures
            let (whole, part) = (RateSums(figures, under: pooled), RateSums(figures, under: mean))
            #expect(whole.raw == figures.raw && whole.assessed == figures.assessed)
            #expect(whole.low == figures.low && whole.high == figures.high)
            #expect(whole.coverage == figures.coverage && part.coverage == figures.coverage)
            #expect(whole.devices == 1 && part.devices == 1)
            #expect(whole.notAssessable == (figures.isAssessable ? 0 : 1))
            #expect(part.notAssessable == whole.notAssessable)
            let pairs = [
                (part.raw, figures.raw), (part.assessed, figures.assessed), (part.low, figures.low),
                (part.high, figures.high),
            ]
            for (found, rate) in pairs {
                guard figures.isAssessable, rate.denominator > 0 else {
                    #expect(found == .none(rate.unit))
                    continue
                }
                #expect(found.denominator == 1_000_000_000)
                let exact = Int128(rate.numerator) * 1_000_000_000
                let cut = Int128(found.numerator) * Int128(rate.denominator)
                #expect(cut <= exact && exact < cut + Int128(rate.denominator))
            }
        }
    }

    @Test(
        "each group's sums are those of its members, and its row says the same",
        arguments: RateRule.Aggregation.allCases,
        UInt64(0)..<40
    )
    func groups(aggregate: RateRule.Aggregation, seed: UInt64) throws {
        var random = SplitMix(seed: seed ^ 0xBEEF)
        let inventory = MadeUpSheet.inventory(&random)
        let rule = MadeUpSheet.rule(aggregate, &random)
        let day = random.pick(MadeUpSheet.month.days)
        let sheet = MadeUpSheet.sheet(day, rule, inventory, &random)
        var groups = RateGroups(rule: rule, inventory: inventory)
        var wanted: [RateGroupKey: RateSums] = [:]
        for row in sheet.devices.shuffled(using: &random) {
            let device = try #require(inventory.device(key: row.device))
            let assignment = device.assignment(on: day)
            groups.add(row.figures, of: Membership(device, on: day))
            var keys: Set<RateGroupKey> = [.all, RateGroupKey(.positionClass, "\(device.positionClass)")]
            var organization = assignment.organization
            while let key = organization {
                keys.insert(RateGroupKey(.organization, key))
                organization = inventory.organization(key: key)?.parent
            }
            if let maintainer = assignment.maintainer { keys.insert(RateGroupKey(.maintainer, maintainer)) }
            for road in assignment.roads { keys.insert(RateGroupKey(.road, road)) }
            for key in keys { wanted[key, default: .none(rule)] += RateSums(row.figures, under: rule) }
        }
        #expect(groups.sumsByGroup == wanted)
        #expect(groups.rows == sheet.groups)
        for row in groups.rows {
            let sums = try #require(wanted[RateGroupKey(row.kind, row.key)])
            #expect(row.devices == sums.devices && row.notAssessable == sums.notAssessable)
            #expect(row.figures == sums.figures(under: rule))
        }
        let keys = groups.rows.map { RateGroupKey($0.kind, $0.key) }
        #expect(zip(keys, keys.dropFirst()).allSatisfy { $0.isBefore($1) })
    }

    @Test("without a device there is the group of everybody, empty")
    func empty() {
        var random = SplitMix(seed: 1)
        let rule = MadeUpSheet.rule(.pooled, &random)
        let rows = RateGroups(rule: rule, inventory: MadeUpSheet.inventory(&random)).rows
        #expect(rows.map(\.kind) == [.all])
        #expect(rows.map(\.devices) == [0])
        #expect(rows.map(\.figures.isAssessable) == [false])
    }

    @Test("a grade is certain when both ends of the error bar have it")
    func certainty() {
        var random = SplitMix(seed: 2)
        var rule = MadeUpSheet.rule(.pooled, &random)
        rule.minimumCoverage = 0
        func isCertain(_ low: Int64, _ assessed: Int64, _ high: Int64) -> Bool {
            func rate(_ thousandths: Int64) -> OnlineRate {
                OnlineRate(numerator: thousandths, denominator: 1_000, unit: .millisecond)
            }
            return rule.isGradeCertain(
                rule.figures(
                    raw: rate(assessed),
                    assessed: rate(assessed),
                    coverage: rate(1_000),
                    low: rate(low),
                    high: rate(high)
                )
            )
        }
        #expect(isCertain(700, 800, 1_000) && isCertain(0, 100, 699))
        #expect(!isCertain(699, 700, 700) && !isCertain(600, 650, 700))
        rule.grades = []
        #expect(isCertain(0, 500, 1_000))
    }
}
