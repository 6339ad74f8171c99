import TestSupport
import Testing
import WaysideCore

@Suite("The way from one rule to another")
struct RuleBridgeTests {
    private typealias Change = @Sendable (inout RateRule) -> Void

    /// Every field that a rate or a group may depend on, with the choice that takes it over.
    private static let bearing: [(field: String, choice: RuleBridge.Choice, change: Change)] = [
        ("facet", .facet, { $0.facet = $0.facet == .stream ? .reachability : .stream }),
        ("status", .status, { $0.status = StatusProfile(missesToConfirm: 9, hitsToRecover: 9) }),
        ("exemptions", .exemptions, { $0.exemptions = RateRule.Exemptions(accept: ["flood"]) }),
        ("upstream", .upstream, { $0.upstream = $0.upstream == .counted ? .excluded : .counted }),
        ("unknown", .unknown, { $0.unknown = $0.unknown == .online ? .offline : .online }),
        ("abnormalWeight", .abnormalWeight, { $0.abnormalWeight = 123 }),
        ("method", .method, { $0.method = .presence(from: 1, to: 2) }),
        ("aggregate", .aggregate, { $0.aggregate = $0.aggregate == .mean ? .pooled : .mean }),
        ("minimumCoverage", .aggregate, { $0.minimumCoverage = 777 }),
        ("population", .population, { $0.population = RateRule.Population(positionClasses: [8]) }),
        (
            "grades", .grades,
            { $0.grades = [RateRule.Grade(atLeastThousandths: 321, nameZH: "甲", nameEN: "first")] }
        ),
    ]

    /// Fields that no rate depends on: what names a rule, when its figures are final, and how they are called.
    private static let naming = [
        "id", "version", "titleZH", "titleEN", "citation", "latenessMilliseconds", "sha256",
    ]

    private static func sheet(_ road: SeededRoad, _ rule: RateRule) throws -> RateSheet {
        var fold = ObservationFold()
        for observation in road.observations { fold.receive(observation) }
        for void in road.voids { fold.receive(void) }
        return try Replay(
            rule: rule,
            inventory: road.inventory,
            exemptions: road.exemptions,
            fold: fold
        ).sheet(of: road.day)
    }

    /// Two rules that differ in a few choices or in many.
    private static func rules(_ seed: UInt64) -> (RateRule, RateRule) {
        var random = SplitMix(seed: seed)
        let first = SeededRoad(seed: seed).rule
        var second = random.percent(40) ? SeededRoad(seed: seed + 1_000).rule : first
        for (_, _, change) in Self.bearing where random.percent(30) { change(&second) }
        if random.percent(50) { second.population = RateRule.Population(organizations: ["S1"]) }
        if random.percent(30) { second.method = .sampled(at: [0, 28_800_000, 72_000_000]) }
        (second.id, second.version, second.sha256) = ("other", 2, "ab")
        return (first, second)
    }

    @Test("every field of a rule is taken over by a choice or bears no rate")
    func fields() {
        let labels = Mirror(reflecting: SeededRoad(seed: 0).rule).children.compactMap(\.label)
        #expect(Set(labels) == Set(Self.bearing.map(\.field) + Self.naming))
        #expect(Set(Self.bearing.map(\.choice)) == Set(RuleBridge.Choice.allCases))
    }

    @Test("two rules that differ in one field are one step apart")
    func single() {
        for seed in UInt64(0)..<20 {
            let first = SeededRoad(seed: seed).rule
            for (field, choice, change) in Self.bearing {
                var second = first
                change(&second)
                let steps = RuleBridge(from: first, to: second).steps
                #expect(steps.map(\.choice) == [choice] && steps.map(\.rule) == [second], "\(field)")
            }
        }
    }

    @Test("equal rules have no steps, whatever they are called")
    func equal() {
        let first = SeededRoad(seed: 4).rule
        var second = first
        (second.id, second.version, second.titleZH, second.titleEN) = ("other", 3, "另", "other")
        (second.citation, second.latenessMilliseconds, second.sha256) = ("elsewhere", 9, "cd")
        #expect(RuleBridge(from: first, to: first).steps.isEmpty)
        #expect(RuleBridge(from: first, to: second).steps.isEmpty)
    }

    @Test(
        "each step makes one choice as the second rule makes it, and keeps those made before",
        arguments: UInt64(0)..<60
    )
    func steps(seed: UInt64) {
        let (first, second) = Self.rules(seed)
        let bridge = RuleBridge(from: first, to: second)
        #expect(bridge.first == first)
        let choices = bridge.steps.map(\.choice)
        #expect(choices == RuleBridge.Choice.allCases.filter(choices.contains))
        var before = first
        for step in bridge.steps {
            let onward = RuleBridge(from: before, to: step.rule).steps.map(\.choice)
            #expect(onward == [step.choice], "one choice a step")
            #expect(!RuleBridge(from: step.rule, to: second).steps.map(\.choice).contains(step.choice))
            #expect(step.rule.id == first.id && step.rule.version == first.version)
            before = step.rule
        }
        #expect(RuleBridge(from: before, to: second).steps.isEmpty)
    }

    @Test("the last step gives the second rule's figures", arguments: UInt64(0)..<60)
    func lastStep(seed: UInt64) throws {
        let road = SeededRoad(seed: seed)
        let (first, second) = Self.rules(seed)
        let last = RuleBridge(from: first, to: second).steps.last?.rule ?? first
        let (found, wanted) = (try Self.sheet(road, last), try Self.sheet(road, second))
        #expect(found.devices == wanted.devices)
        #expect(found.groups == wanted.groups)
    }
}
