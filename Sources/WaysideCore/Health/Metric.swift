/// One measured series of a device (指标): what is measured, on which part of it, in which unit.
///
/// Names are dotted words of the trade, such as `cpu.load` or `interface.in_octets`; the same name means the same on
/// every vendor's device.
public struct Metric: Sendable, Hashable {
    /// How values follow each other.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// A level: may rise and fall (a temperature, a share, a state's number).
        case gauge
        /// A count since some start: rises, wraps or begins anew (octets of a port).
        case counter
    }

    /// What is measured: `[a-z0-9_.]`, 1 to 64 bytes.
    public let name: String
    /// On which part: a port's name, a disk's label; empty when the device has one of it.
    public let instance: String
    /// The unit of its values, such as `%`, `celsius`, `octets`; empty for a state's number.
    public let unit: String
    /// How values follow each other.
    public let kind: Kind

    /// A series.
    public init(name: String, instance: String = "", unit: String, kind: Kind) {
        (self.name, self.instance, self.unit, self.kind) = (name, instance, unit, kind)
    }
}

extension Metric: CustomStringConvertible {
    /// `cpu.load`, or with its part `interface.in_octets[GigabitEthernet0/0/1]`.
    public var description: String { self.instance.isEmpty ? self.name : "\(self.name)[\(self.instance)]" }
}
