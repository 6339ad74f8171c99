public import WaysideCore

/// What is simulated (模拟设置). Everything else follows from it: the same settings give the same months on every machine.
public struct SimulationSettings: Hashable, Sendable {
    /// Something that is wrong on purpose (变异), to prove that the invariants would find it.
    public enum Flaw: String, Hashable, Sendable, CaseIterable {
        /// The ledger does not take back ends of validity that were none.
        case ledgerForgetsWithdrawals
        /// The ledger does not supersede what was folded again.
        case ledgerForgetsRefolds
        /// The ledger does not keep what had ceased to speak between two pages and was heard again with the second.
        case ledgerForgetsPassingSilences
        /// The bookkeeper does not fold again what came late.
        case bookIgnoresLateness
        /// One observation in some hundreds never reaches the book.
        case bookLosesObservations
        /// A day's online time is a millisecond too long.
        case tallyIsOffByOne
        /// The ticket desk forgets which tickets are live.
        case deskForgetsTickets
        /// A group's sum leaves its last device out.
        case groupForgetsADevice
    }

    /// From which everything random follows.
    public var seed: UInt64
    /// How many service days are watched; 1 or more.
    public var days: Int
    /// How many cameras there are; 1 or more. Switches, gateways, links and power supplies follow.
    public var cameras: Int
    /// The first day.
    public var from: ServiceDay
    /// The rules whose figures are worked out; at least one.
    public var rules: [RateRule]
    /// From one reach probe of a device to the next, in milliseconds; at least 1000.
    public var reachIntervalMilliseconds: Int64 = 60_000
    /// From one stream probe of a camera to the next, in milliseconds; at least 1000.
    public var streamIntervalMilliseconds: Int64 = 300_000
    /// From one batch of the journal to the next, in milliseconds; at least 1000.
    public var stepMilliseconds: Int64 = 60_000
    /// By how much faults are more frequent than usual; 1 or more.
    public var trouble: Int64 = 1
    /// How many of a million observations come alone and late; those that wait for a link are not counted.
    public var stragglersInAMillion: Int64 = 500
    /// How many of a hundred observations are given twice; most of them at once.
    public var doubledInAHundred: Int64 = 3
    /// Whether the whole journal is folded again at the end, which costs as much time as the first fold.
    public var refoldsEverything = true
    /// When tickets open and close.
    public var policy = TicketPolicy()
    /// What is wrong on purpose; `nil` for nothing.
    public var flaw: Flaw?

    /// Settings with the usual cadences and faults.
    public init(seed: UInt64, days: Int, cameras: Int, from: ServiceDay, rules: [RateRule]) {
        (self.seed, self.days, self.cameras, self.from, self.rules) = (seed, days, cameras, from, rules)
    }

    /// Nothing that is observed arrives later than this after it was, in milliseconds; no void is known later either.
    public static let longestDelayMilliseconds: Int64 = 2 * ServiceDay.lengthMilliseconds

    /// The first instant and the first after the last.
    public var period: Span {
        Span(self.from.start, self.from.start + Int64(self.days) * ServiceDay.lengthMilliseconds)
    }

    /// Every status profile of the rules, each once.
    public var profiles: [StatusProfile] {
        var seen: Set<StatusProfile> = []
        return self.rules.map(\.status).filter { seen.insert($0).inserted }
    }

    /// How often each check is asked.
    public var cadences: CadenceTable {
        CadenceTable(byCheck: [
            .reach: Self.cadence(.reach, every: self.reachIntervalMilliseconds),
            .snmp: Self.cadence(.snmp, every: self.reachIntervalMilliseconds),
            .stream: Self.cadence(.stream, every: self.streamIntervalMilliseconds),
        ])
    }

    private static func cadence(_ check: Check, every interval: Int64) -> CheckCadence {
        let usual = CheckCadence.usual(check)
        return CheckCadence(
            intervalMilliseconds: interval,
            recheckMilliseconds: min(usual.recheckMilliseconds, interval),
            deadlineMilliseconds: usual.deadlineMilliseconds
        ) ?? usual
    }

    /// What of it cannot be simulated, one sentence each; empty when all of it can.
    public var complaints: [String] {
        var complaints: [String] = []
        func expect(_ holds: Bool, _ words: String) { if !holds { complaints.append(words) } }
        expect((1...3_660).contains(self.days), "days is \(self.days), and must be from 1 to 3660")
        expect(
            (1...100_000).contains(self.cameras),
            "cameras is \(self.cameras), and must be from 1 to 100000"
        )
        expect(!self.rules.isEmpty, "there is no rule")
        for (name, value) in [
            ("reach interval", self.reachIntervalMilliseconds),
            ("stream interval", self.streamIntervalMilliseconds), ("step", self.stepMilliseconds),
        ] {
            expect(
                (1_000...21_600_000).contains(value),
                "\(name) is \(value) ms, and must be from 1000 to 21600000"
            )
        }
        expect((1...1_000).contains(self.trouble), "trouble is \(self.trouble), and must be from 1 to 1000")
        return complaints
    }

    /// The rule with the validities of its profile as long as the intervals in use ask for: twice the interval and the
    /// deadline at least. Unchanged when they are that long already.
    public static func widened(_ rule: RateRule, to cadences: CadenceTable) -> RateRule {
        var validities = rule.status.validForMilliseconds
        for (check, cadence) in cadences.byCheck {
            validities[check] = max(rule.status.validity(of: check), cadence.validForMilliseconds)
        }
        guard validities != rule.status.validForMilliseconds else { return rule }
        var widened = rule
        widened.status = StatusProfile(
            missesToConfirm: rule.status.missesToConfirm,
            hitsToRecover: rule.status.hitsToRecover,
            validForMilliseconds: validities,
            hops: rule.status.hops
        )
        return widened
    }
}
