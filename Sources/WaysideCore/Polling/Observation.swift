/// What one probe said (探测结果).
public enum Outcome: UInt8, Hashable, Sendable, CaseIterable {
    /// Works.
    case up = 0
    /// Answers, but wrongly.
    case abnormal = 1
    /// Does not work.
    case down = 2
    /// We could not tell; never counts against the device.
    case unknown = 3

    /// The word in files.
    public var name: String {
        switch self {
        case .up: "up"
        case .abnormal: "abnormal"
        case .down: "down"
        case .unknown: "unknown"
        }
    }

    /// The outcome of that word.
    public init?(name: some StringProtocol) {
        guard let outcome = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = outcome
    }

    /// Whether it is a miss: `down`.
    public var isMiss: Bool { self == .down }
    /// Whether it is a hit: `up` or `abnormal`.
    public var isHit: Bool { self == .up || self == .abnormal }

    /// Of two that were made at one instant the greater one is kept: down, abnormal, up.
    var precedence: UInt8 {
        switch self {
        case .unknown: 0
        case .up: 1
        case .abnormal: 2
        case .down: 3
        }
    }
}

/// What one probe saw (观测).
public struct Observation: Hashable, Sendable {
    /// Who was asked.
    public var device: DeviceID
    /// What was asked.
    public var check: Check
    /// Where it was asked.
    public var hop: Hop
    /// When the probe set out.
    public var at: Timestamp
    /// When we knew.
    public var receivedAt: Timestamp
    /// Which collector asked; `centre` when there is only one.
    public var collector: String
    /// What it said.
    public var outcome: Outcome
    /// Why; `nil` when all is well.
    public var cause: Cause?
    /// How long it took, in milliseconds; 0 or more, `nil` when not measured.
    public var tookMilliseconds: Int64?
    /// What was measured besides, as the text of a JSON object; `nil` when nothing was.
    public var values: String?
    /// Where the proof is, such as the name of a frame; `nil` when there is none.
    public var evidence: String?

    /// An observation.
    public init(
        device: DeviceID,
        check: Check,
        hop: Hop = .direct,
        at: Timestamp,
        receivedAt: Timestamp? = nil,
        collector: String = Observation.centre,
        outcome: Outcome,
        cause: Cause? = nil,
        tookMilliseconds: Int64? = nil,
        values: String? = nil,
        evidence: String? = nil
    ) {
        (self.device, self.check, self.hop) = (device, check, hop)
        (self.at, self.receivedAt, self.collector) = (at, receivedAt ?? at, collector)
        (self.outcome, self.cause, self.tookMilliseconds) = (outcome, cause, tookMilliseconds)
        (self.values, self.evidence) = (values, evidence)
    }

    /// The collector that is meant when none is named.
    public static let centre = "centre"
}

/// A stretch of our own fault that was found out later (作废): observations made inside it count as unknown.
public struct VoidRecord: Hashable, Sendable {
    /// Observations with `at` inside count as unknown.
    public var span: Span
    /// Only of these devices; `nil` for all.
    public var devices: Set<DeviceID>?
    /// Only of these checks; `nil` for all.
    public var checks: Set<Check>?
    /// Only of this collector; `nil` for all.
    public var collector: String?
    /// Why, such as `self_network`.
    public var reason: String
    /// When it was written.
    public var at: Timestamp
    /// From when on it is known.
    public var receivedAt: Timestamp

    /// A void.
    public init(
        span: Span,
        devices: Set<DeviceID>? = nil,
        checks: Set<Check>? = nil,
        collector: String? = nil,
        reason: String,
        at: Timestamp,
        receivedAt: Timestamp? = nil
    ) {
        (self.span, self.devices, self.checks, self.collector) = (span, devices, checks, collector)
        (self.reason, self.at, self.receivedAt) = (reason, at, receivedAt ?? at)
    }

    /// Whether it may turn observations of that track into unknown ones.
    public func mayCover(_ key: TrackKey) -> Bool {
        self.devices?.contains(key.device) ?? true && self.checks?.contains(key.check) ?? true
    }

    /// Whether it turns the observation into an unknown one.
    public func covers(device: DeviceID, check: Check, at: Timestamp, collector: String) -> Bool {
        self.span.contains(at) && self.devices?.contains(device) ?? true
            && self.checks?.contains(check) ?? true
            && self.collector.map { $0 == collector } ?? true
    }
}
