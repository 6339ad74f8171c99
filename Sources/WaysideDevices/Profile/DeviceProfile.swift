/// What Wayside knows of one maker's agents (设备型号档案), as data: how to recognise them, which objects to ask, and
/// what the answers mean. Several apply to a device: the standard MIBs, and its maker's own.
public struct DeviceProfile: Sendable, Hashable {
    /// Its name, unique among the profiles.
    public let id: String
    /// Counted up with every change of meaning; at least 1.
    public let version: Int
    /// Where the knowledge comes from: a MIB, a recording, a field report.
    public let evidence: String
    /// Who wins where two profiles say the same thing, 0 to 100: the higher. Standard MIBs have 0.
    public let rank: Int
    /// Ways to recognise the device, of which one suffices; empty for what applies to every device.
    public let ways: [Recognition]
    /// Who it is.
    public let identity: [IdentityKey: [TextSource]]
    /// Where it says how long it has been running, the best first.
    public let uptime: [UptimeSource]
    /// What it measures.
    public let facts: [FactRule]
    /// Its lists of neighbours.
    public let neighbours: [NeighbourRule]
    /// How its forwarding table is joined to ports.
    public let forwarding: ForwardingRule?
    /// SHA-256 of the file it was read from, in hexadecimal.
    public let sha256: String
}

/// What tells who a device is.
public enum IdentityKey: String, Sendable, Hashable, CaseIterable {
    /// The maker.
    case vendor
    /// What the maker calls it.
    case model
    /// `camera`, `nvr`, `encoder`, `switch`, `switch-industrial`, `ups`, `pdu`, `env-sensor`, `server` and the like.
    case `class`
    /// The number on its plate.
    case serial
    /// The software's version.
    case firmware
    /// The hardware's version.
    case hardware
    /// Its hardware address.
    case mac
    /// What its clock shows.
    case clock
    /// Its own name for itself beyond `sysName`.
    case name
}

/// One way to recognise a device. All that it names must hold; it names at least one.
public struct Recognition: Sendable, Hashable {
    /// Beginnings of `sysObjectID`, of which one must be it.
    public let systemObjects: [ObjectPath]
    /// Words of `sysDescr`, whatever their case, of which one must be in it.
    public let descriptions: [String]
    /// An object that must answer with a value (for agents without a system group).
    public let answers: ObjectPath?
    /// A subtree that must hold at least one object.
    public let holds: ObjectPath?
    /// Beginnings of `sysObjectID` of which none may be it.
    public let exceptions: [ObjectPath]
}

/// Where a text of the identity comes from.
public struct TextSource: Sendable, Hashable {
    /// The text itself, an object, or the first row of a column.
    public enum Origin: Sendable, Hashable {
        /// A text of the profile.
        case fixed(String)
        /// One object.
        case object(ObjectPath)
        /// The first row of a column that holds text.
        case column(ObjectPath)
    }

    /// Where from.
    public let origin: Origin
    /// What is cut out of it, step by step.
    public let cuts: [TextCut]
    /// What the text is called with us, where it is one of few words; others then do not count.
    public let words: [String: String]
    /// Which rows count.
    public let keep: [RowCondition]
}

/// One step in cutting a text: what cannot be cut gives nothing.
public enum TextCut: Sendable, Hashable {
    /// What follows the first such text.
    case after(String)
    /// What comes before the first such text; all of it where there is none.
    case before(String)
    /// The part of that number, from 1, between separators.
    case field(Int, of: String)
    /// What comes before the first byte outside 0x20...0x7E.
    case printable
    /// The first so many characters.
    case first(Int)
}

/// Where a device says how long it has been running.
public struct UptimeSource: Sendable, Hashable {
    /// The object.
    public let object: ObjectPath
    /// Its units in a second: 100 for TimeTicks.
    public let ticksPerSecond: Double
    /// What it times, in a word for people, such as `hrSystemUptime`.
    public let name: String
}

/// How forwarding entries (转发表) find their ports.
public struct ForwardingRule: Sendable, Hashable {
    /// The column that lists the VLANs for which the agent must be asked with `community@vlan`; `nil` for agents that
    /// answer all at once.
    public let vlans: ObjectPath?
    /// The agent gives the number on the front panel, not the bridge port.
    public let isFrontPanel: Bool
}
