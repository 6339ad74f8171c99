/// An object's name with the value the agent gave for it (variable binding, RFC 3416 §3).
public struct VarBind: Sendable, Hashable {
    /// Which object.
    public let name: OID
    /// What it holds.
    public let value: SNMPValue

    /// Binds a value to a name.
    public init(name: OID, value: SNMPValue) {
        self.name = name
        self.value = value
    }
}

extension VarBind: CustomStringConvertible {
    /// `name = value`, for logs and terminals.
    public var description: String { "\(self.name) = \(self.value)" }
}
