public import MediaProbe
public import SNMP

/// What lets probers in, by the names that the inventory uses. Prints nothing of what is inside.
public struct ProbeCredentials: Sendable {
    /// For SNMP agents, by `Device.snmpCredential`.
    public var snmp: [String: SNMPCredential]
    /// For streams, by the device's key, else by the user part of the stream's address.
    public var stream: [String: MediaCredential]

    /// Credentials.
    public init(snmp: [String: SNMPCredential] = [:], stream: [String: MediaCredential] = [:]) {
        (self.snmp, self.stream) = (snmp, stream)
    }
}

extension ProbeCredentials: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// How many there are.
    public var description: String {
        "\(self.snmp.count) SNMP and \(self.stream.count) stream credentials <secret>"
    }

    /// The same as `description`.
    public var debugDescription: String { self.description }

    /// Shows nothing of what is inside.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
