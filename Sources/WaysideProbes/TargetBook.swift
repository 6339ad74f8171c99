internal import Synchronization
public import WaysideCore

/// Where devices are and what lets us in, for all probers; replaced as a whole when the inventory changes.
public final class TargetBook: Sendable {
    private struct Contents {
        var devices: [DeviceID: Device]
        var credentials: ProbeCredentials
        var passages: StreamPassages
    }

    private let contents: Mutex<Contents>

    /// A book of these devices.
    public init(
        _ devices: [DeviceID: Device] = [:],
        credentials: ProbeCredentials = ProbeCredentials(),
        passages: StreamPassages = .none
    ) {
        self.contents = Mutex(Contents(devices: devices, credentials: credentials, passages: passages))
    }

    /// Forgets all and knows these. Probes under way go on with what they began with.
    public func replace(
        _ devices: [DeviceID: Device],
        credentials: ProbeCredentials,
        passages: StreamPassages = .none
    ) {
        let contents = Contents(devices: devices, credentials: credentials, passages: passages)
        self.contents.withLock { $0 = contents }
    }

    /// The device with that number.
    func device(_ id: DeviceID) -> Device? { self.contents.withLock { $0.devices[id] } }

    /// All devices, in no order.
    var devices: [Device] { self.contents.withLock { Array($0.devices.values) } }

    /// What the device's own stream passes.
    func passages(of device: DeviceID) -> [StreamPassages.Passage] {
        self.contents.withLock { $0.passages.passages(of: device) }
    }

    /// What lets us in.
    public var credentials: ProbeCredentials { self.contents.withLock { $0.credentials } }
}
