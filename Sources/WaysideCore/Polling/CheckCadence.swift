/// How often a check is asked, how long one probe may take and for how long its answer speaks (节拍).
public struct CheckCadence: Hashable, Sendable {
    /// From one probe to the next while all is well, in milliseconds; `1...86_400_000`.
    public let intervalMilliseconds: Int64
    /// From a miss to the probe that confirms or refutes it, in milliseconds; more than 0 and at most the interval.
    public let recheckMilliseconds: Int64
    /// How long one probe may take, in milliseconds; more than 0.
    public let deadlineMilliseconds: Int64
    /// For how long an answer speaks, in milliseconds; at least twice the interval, or one lost probe would already
    /// make the time unknown.
    public let validForMilliseconds: Int64

    /// A cadence; `nil` when a value is out of its range. Validity is twice the interval and the deadline unless said.
    public init?(
        intervalMilliseconds: Int64,
        recheckMilliseconds: Int64,
        deadlineMilliseconds: Int64,
        validForMilliseconds: Int64? = nil
    ) {
        let validity = validForMilliseconds ?? 2 * intervalMilliseconds + deadlineMilliseconds
        guard (1...86_400_000).contains(intervalMilliseconds), recheckMilliseconds > 0,
            recheckMilliseconds <= intervalMilliseconds, (1...3_600_000).contains(deadlineMilliseconds),
            validity >= 2 * intervalMilliseconds
        else { return nil }
        self.init(intervalMilliseconds, recheckMilliseconds, deadlineMilliseconds, validity)
    }

    private init(_ interval: Int64, _ recheck: Int64, _ deadline: Int64, _ validity: Int64) {
        (self.intervalMilliseconds, self.recheckMilliseconds) = (interval, recheck)
        (self.deadlineMilliseconds, self.validForMilliseconds) = (deadline, validity)
    }

    /// The check's usual cadence.
    public static func usual(_ check: Check) -> CheckCadence {
        switch check {
        case .reach, .snmp: CheckCadence(60_000, 20_000, 5_000, 125_000)
        case .stream: CheckCadence(300_000, 30_000, 10_000, 610_000)
        case .picture: CheckCadence(1_800_000, 120_000, 20_000, 3_620_000)
        case .recording: CheckCadence(3_600_000, 600_000, 30_000, 7_230_000)
        }
    }

    /// The deadline as a span.
    public var deadline: Duration { .milliseconds(self.deadlineMilliseconds) }
}

/// Which cadence holds for whom (节拍表): the device's own, else its organization's or the nearest above it, else its
/// kind's, else the check's.
public struct CadenceTable: Hashable, Sendable {
    /// By check; a check not listed has its usual cadence.
    public var byCheck: [Check: CheckCadence]
    /// By kind of device.
    public var byKind: [Device.Kind: [Check: CheckCadence]]
    /// By the organization's key; holds for those below it too.
    public var byOrganization: [String: [Check: CheckCadence]]
    /// By the device's key.
    public var byDevice: [String: [Check: CheckCadence]]

    /// A table; with nothing in it every check has its usual cadence.
    public init(
        byCheck: [Check: CheckCadence] = [:],
        byKind: [Device.Kind: [Check: CheckCadence]] = [:],
        byOrganization: [String: [Check: CheckCadence]] = [:],
        byDevice: [String: [Check: CheckCadence]] = [:]
    ) {
        (self.byCheck, self.byKind) = (byCheck, byKind)
        (self.byOrganization, self.byDevice) = (byOrganization, byDevice)
    }

    /// The longest time that an answer to that check speaks for anybody, in milliseconds.
    public func longestValidity(of check: Check) -> Int64 {
        let own = [self.byCheck] + self.byKind.values + self.byOrganization.values + self.byDevice.values
        return own.compactMap { $0[check]?.validForMilliseconds }
            .reduce(CheckCadence.usual(check).validForMilliseconds, max)
    }

    /// The cadence of a device's check. `ancestry` is its organization and those above it, nearest first.
    public func cadence(of check: Check, for device: Device, ancestry: [String]) -> CheckCadence {
        if let cadence = self.byDevice[device.key]?[check] { return cadence }
        for organization in ancestry {
            if let cadence = self.byOrganization[organization]?[check] { return cadence }
        }
        return self.byKind[device.kind]?[check] ?? self.byCheck[check] ?? .usual(check)
    }
}
