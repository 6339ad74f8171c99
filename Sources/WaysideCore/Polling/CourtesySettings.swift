/// How gently streams are asked (礼让设置).
public struct CourtesySettings: Hashable, Sendable {
    /// How much of each gateway, link and recorder we may use at once.
    public var budgets = StreamBudgetTable()
    /// Sessions of ours under way at once in all; `1...1_024`, default 512. Each takes a thread while it lasts: 50 000
    /// cameras with two addresses each are 333 visits a second of about a second.
    public var sessions = 512
    /// Sessions of ours at once at one platform's server; `1...1_024`, default 128.
    public var platformSessions = 128
    /// What a stream is taken to carry until it was measured, in 1 000 bit/s; at least 1, default 4 096, which
    /// gateways send on demand.
    public var usualKilobitsPerSecond: Int64 = 4_096
    /// How long a camera that said *busy* is left alone while its pushed copy plays, in milliseconds;
    /// `60_000...86_400_000`, default 900 000.
    public var busyPauseMilliseconds: Int64 = 900_000
    /// How long other channels of a server do not try a credential that it refused, in milliseconds; doubled up to
    /// twice where the account is locked; `60_000...86_400_000`, default 900 000.
    public var credentialPauseMilliseconds: Int64 = 900_000
    /// After how long without a refusal a learned session limit is raised by one, and a camera that was busy is asked
    /// in each of its turns again, in milliseconds; `600_000...604_800_000`, default 14 400 000.
    public var raiseMilliseconds: Int64 = 14_400_000
    /// How long quality is measured, in milliseconds; `2_000...60_000`, default 2 000.
    public var windowMilliseconds: Int64 = 2_000
    /// From one window of a track to its next, in milliseconds; `60_000...86_400_000`, default 1 800 000.
    public var windowIntervalMilliseconds: Int64 = 1_800_000
    /// Above this share of any budget, and of our own sessions, no window is measured, in thousandths; `1...1_000`,
    /// default 750.
    public var windowRoomThousandths: Int64 = 750
    /// What of a window is not in order.
    public var thresholds = QualityThresholds()

    /// Beside the window a probe needs this long, in milliseconds: a probe with less in all measures nothing.
    public static let windowLeewayMilliseconds: Int64 = 3_000

    /// The defaults.
    public init() {}

    /// What is out of its range, in words; empty when all is well.
    public var problems: [String] {
        var problems: [String] = []
        func demand(_ holds: Bool, _ problem: String) { if !holds { problems.append(problem) } }
        let budgets = Array(self.budgets.byKind.values) + Array(self.budgets.byDevice.values)
        demand(
            budgets.allSatisfy { $0.sessions >= 1 && $0.kilobitsPerSecond >= 1 },
            "a budget must allow at least 1 session and 1 kbit/s"
        )
        demand((1...1_024).contains(self.sessions), "we may have 1 to 1024 sessions at once")
        demand((1...1_024).contains(self.platformSessions), "a platform may have 1 to 1024 sessions of ours")
        demand(self.usualKilobitsPerSecond >= 1, "the usual rate of a stream must be at least 1 kbit/s")
        demand(
            (60_000...86_400_000).contains(self.busyPauseMilliseconds),
            "the pause after busy must be 1 minute to 1 day"
        )
        demand(
            (60_000...86_400_000).contains(self.credentialPauseMilliseconds),
            "the pause after a refused credential must be 1 minute to 1 day"
        )
        demand(
            (600_000...604_800_000).contains(self.raiseMilliseconds),
            "a learned session limit may be raised after 10 minutes to 7 days"
        )
        demand((2_000...60_000).contains(self.windowMilliseconds), "a window must be 2 to 60 s")
        demand(
            (60_000...86_400_000).contains(self.windowIntervalMilliseconds),
            "a window must come every 1 minute to 1 day"
        )
        demand((1...1_000).contains(self.windowRoomThousandths), "a share must be more than 0 and at most 1")
        demand(
            (0...1_000).contains(self.thresholds.lossThousandths) && self.thresholds.leastLost >= 1
                && self.thresholds.leastKilobitsPerSecond >= 0 && self.thresholds.mostTimestampJumps >= 1,
            "a threshold is out of its range"
        )
        return problems
    }
}
