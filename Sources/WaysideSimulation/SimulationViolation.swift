public import WaysideCore

/// An invariant that did not hold (违反不变量), with all that is needed to see it again.
public struct SimulationViolation: Error, Hashable, Sendable, CustomStringConvertible {
    /// The seed.
    public let seed: UInt64
    /// Which step, counted from 1.
    public let step: Int
    /// The simulated instant: when the step's batch was written.
    public let at: Timestamp
    /// The key of the device in question; `nil` when it is no single one.
    public let device: String?
    /// What differed.
    public let what: String

    /// The whole of it in a sentence.
    public var description: String {
        "seed \(self.seed), step \(self.step), at \(self.at)"
            + (self.device.map { ", device \($0)" } ?? "") + ": \(self.what)"
    }
}

/// What does not agree (不一致), before it is known at which step.
struct Disagreement: Error {
    /// Which device.
    var device: DeviceID?
    /// The same by its key, where only that is at hand.
    var key: String?
    /// What differed.
    var what: String

    init(device: DeviceID? = nil, key: String? = nil, _ what: String) {
        (self.device, self.key, self.what) = (device, key, what)
    }
}
