internal import Synchronization
public import WaysideCore

/// Where devices are and what lets us in, for all probers; replaced as a whole when the inventory changes.
public final class TargetBook: Sendable {
    private struct Contents {
        var devices: [DeviceID: Device]
        var credentials: ProbeCredentials
    }

    private let contents: Mutex<Contents>

    /// A book of these devices.
    public init(_ devices: [DeviceID: Device] = [:], credentials: ProbeCredentials = ProbeCredentials()) {
        self.contents = Mutex(Contents(devices: devices, credentials: credentials))
    }

    /// Forgets all and knows these. Probes under way go on with what they began with.
    public func replace(_ devices: [DeviceID: Device], credentials: ProbeCredentials) {
        self.contents.withLock { $0 = Contents(devices: devices, credentials: credentials) }
    }

    /// The device with that number.
    func device(_ id: DeviceID) -> Device? { self.contents.withLock { $0.devices[id] } }

    /// All devices, in no order.
    var devices: [Device] { self.contents.withLock { Array($0.devices.values) } }

    /// What lets us in.
    var credentials: ProbeCredentials { self.contents.withLock { $0.credentials } }
}
