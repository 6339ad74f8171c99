/// A device's number inside this installation (设备编号); its `Device.key` is what the outside world calls it.
public struct DeviceID: Hashable, Comparable, Sendable {
    /// Given once by the inventory, never used again for another device; 1 or more.
    public let number: Int64

    /// The device with that number.
    public init(_ number: Int64) { self.number = number }

    /// By number.
    public static func < (left: DeviceID, right: DeviceID) -> Bool { left.number < right.number }
}

extension DeviceID: CustomStringConvertible {
    /// `#17`.
    public var description: String { "#\(self.number)" }
}
