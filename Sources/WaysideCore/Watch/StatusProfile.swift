/// What the ledger says of a facet or a check at an instant (状态).
public enum Status: UInt8, Hashable, Sendable, CaseIterable {
    /// Observed working (在线).
    case online = 0
    /// Answers, but wrongly (异常).
    case abnormal = 1
    /// Observed not working (离线).
    case offline = 2
    /// Nobody could tell (未知).
    case unknown = 3

    /// The word in files and tables.
    public var name: String {
        switch self {
        case .online: "online"
        case .abnormal: "abnormal"
        case .offline: "offline"
        case .unknown: "unknown"
        }
    }

    /// The status of that word.
    public init?(name: some StringProtocol) {
        guard let status = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = status
    }
}

/// By which rules observations become a status (状态口径). Rate rules with an equal profile share their changes.
public struct StatusProfile: Hashable, Sendable {
    /// Misses in a row that confirm an outage; at least 1.
    public let missesToConfirm: Int
    /// Hits in a row that end an outage; at least 1.
    public let hitsToRecover: Int
    /// For how long an observation speaks, in milliseconds, by check; a check not listed has its default.
    public let validForMilliseconds: [Check: Int64]
    /// The places whose verdict counts for stream, picture and recording; reach and SNMP are always direct.
    public let hops: Set<Hop>

    /// A profile. Counts are at least 1, validities more than 0, hops not empty.
    public init(
        missesToConfirm: Int,
        hitsToRecover: Int,
        validForMilliseconds: [Check: Int64] = [:],
        hops: Set<Hop> = [.direct]
    ) {
        precondition(missesToConfirm >= 1 && hitsToRecover >= 1 && !hops.isEmpty)
        precondition(validForMilliseconds.values.allSatisfy { $0 > 0 })
        self.missesToConfirm = missesToConfirm
        self.hitsToRecover = hitsToRecover
        self.validForMilliseconds = Self.defaultValidity.merging(validForMilliseconds) { $1 }
        self.hops = hops
    }

    /// Twice the default interval and the deadline, in milliseconds, by check.
    public static let defaultValidity: [Check: Int64] = [
        .reach: 125_000, .snmp: 125_000, .stream: 610_000, .picture: 3_620_000, .recording: 7_230_000,
    ]

    /// For how long an observation of that check speaks, in milliseconds.
    public func validity(of check: Check) -> Int64 {
        self.validForMilliseconds[check] ?? Self.defaultValidity[check] ?? 0
    }

    /// How the machine of one check judges.
    public func chainRule(of check: Check) -> ChainRule {
        ChainRule(
            missesToConfirm: self.missesToConfirm,
            hitsToRecover: self.hitsToRecover,
            validForMilliseconds: self.validity(of: check)
        )
    }

    /// Whether verdicts of that check at that place count.
    public func counts(_ check: Check, at hop: Hop) -> Bool {
        check.hasHops ? self.hops.contains(hop) : hop == .direct
    }

    /// Everything up to a day's end plus this, in milliseconds, decides the day: no later observation can
    /// change it, unless it comes late.
    public var horizonMilliseconds: Int64 {
        Int64(max(self.missesToConfirm, self.hitsToRecover) - 1) * self.longestValidity
    }

    /// The longest time that an observation of any check speaks, in milliseconds.
    public var longestValidity: Int64 { Check.allCases.map { self.validity(of: $0) }.max() ?? 0 }
}

/// How one check's observations at one place become its status.
public struct ChainRule: Hashable, Sendable {
    /// Misses in a row that confirm an outage; at least 1.
    public let missesToConfirm: Int
    /// Hits in a row that end an outage; at least 1.
    public let hitsToRecover: Int
    /// For how long an observation speaks, in milliseconds; more than 0.
    public let validForMilliseconds: Int64

    /// A rule.
    public init(missesToConfirm: Int, hitsToRecover: Int, validForMilliseconds: Int64) {
        precondition(missesToConfirm >= 1 && hitsToRecover >= 1 && validForMilliseconds > 0)
        self.missesToConfirm = missesToConfirm
        self.hitsToRecover = hitsToRecover
        self.validForMilliseconds = validForMilliseconds
    }
}
