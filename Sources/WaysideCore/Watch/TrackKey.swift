/// What is followed as one (观察对象): a check of a device at one place.
public struct TrackKey: Hashable, Comparable, Sendable {
    /// Whose.
    public let device: DeviceID
    /// Which check.
    public let check: Check
    /// Where it is asked.
    public let hop: Hop

    /// A track's key.
    public init(device: DeviceID, check: Check, hop: Hop) {
        (self.device, self.check, self.hop) = (device, check, hop)
    }

    /// By device, check and hop.
    public static func < (left: TrackKey, right: TrackKey) -> Bool {
        (left.device.number, left.check.order, left.hop.order)
            < (right.device.number, right.check.order, right.hop.order)
    }
}
