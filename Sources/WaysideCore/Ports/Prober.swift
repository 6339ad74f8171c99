/// One question to one device (探测任务).
public struct ProbeOrder: Hashable, Sendable {
    /// Whom to ask.
    public let device: DeviceID
    /// What to ask.
    public let check: Check
    /// Where to ask.
    public let hop: Hop
    /// How long it may take at most.
    public let deadline: Duration
    /// From one turn to the next while all is well, in milliseconds.
    public let intervalMilliseconds: Int64

    /// An order; without an interval that of the check's usual cadence.
    public init(
        device: DeviceID,
        check: Check,
        hop: Hop = .direct,
        deadline: Duration,
        intervalMilliseconds: Int64? = nil
    ) {
        (self.device, self.check, self.hop, self.deadline) = (device, check, hop, deadline)
        self.intervalMilliseconds = intervalMilliseconds ?? CheckCadence.usual(check).intervalMilliseconds
    }
}

/// What a probe brings home, before it is dated (探测结论).
public struct ProbeVerdict: Hashable, Sendable {
    /// What it said.
    public var outcome: Outcome
    /// Why; `nil` when all is well.
    public var cause: Cause?
    /// How long it took; `nil` when not measured.
    public var took: Duration?
    /// What was measured besides, as the text of a JSON object.
    public var values: String?
    /// Where the proof is.
    public var evidence: String?

    /// A verdict.
    public init(
        outcome: Outcome,
        cause: Cause? = nil,
        took: Duration? = nil,
        values: String? = nil,
        evidence: String? = nil
    ) {
        (self.outcome, self.cause, self.took) = (outcome, cause, took)
        (self.values, self.evidence) = (values, evidence)
    }
}

/// Asks devices (探测器). A dead device is a verdict, never an error; our own trouble is `unknown` with its cause.
public protocol Prober: Sendable {
    /// Asks once and comes back by the order's deadline.
    func probe(_ order: ProbeOrder) async -> ProbeVerdict
}
