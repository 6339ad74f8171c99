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

    /// One number instead of three texts: a province's day asks for hundreds of thousands of hashes.
    public func hash(into hasher: inout Hasher) {
        let place = Int64(self.check.order) << 4 | Int64(self.hop.order)
        hasher.combine(self.device.number &<< 8 | place)
    }

    /// By device, check and hop.
    public static func < (left: TrackKey, right: TrackKey) -> Bool {
        (left.device.number, left.check.order, left.hop.order)
            < (right.device.number, right.check.order, right.hop.order)
    }
}
