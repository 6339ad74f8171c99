public import SNMP

/// What one look at a device found (设备信息). What the device does not have is absent; what it has and does not know
/// is ``FactValue/unknown``; neither is ever 0.
public struct DeviceFacts: Sendable {
    /// Who it is, as far as it says.
    public var identity: [IdentityKey: String] = [:]
    /// The profiles by which it was read, the most special first, as `id version`.
    public var profiles: [String] = []
    /// The system group, as text.
    public var system: SystemGroup = SystemGroup()
    /// sysUpTime in hundredths of a second; it wraps after 497 days and times the agent, not the device.
    public var uptimeTicks: UInt32?
    /// How long the device has been running by the best of its sources.
    public var uptime: Uptime?
    /// Its ports; `nil` when it has no table of them.
    public var interfaces: InterfaceTable?
    /// What it measures, by section.
    public var sections: [FactSection: [Fact]] = [:]
    /// Its neighbours, by list.
    public var neighbours: [NeighbourRule.Section: [Neighbour]] = [:]
    /// Which hardware addresses it has learned on which port; `nil` when it keeps no such table.
    public var forwarding: ForwardingTable?
    /// True when an answer was cut or missing: what is absent may be there after all.
    public var isPartial = false
    /// Where, and why, as far as that is known.
    public var cuts: [DeviceRows.Cut] = []

    /// Nothing found yet.
    public init() {}

    /// The system group.
    public struct SystemGroup: Sendable, Hashable {
        /// sysDescr.
        public var description: String?
        /// sysObjectID; `nil` also for `0.0`.
        public var objectID: OID?
        /// sysContact.
        public var contact: String?
        /// sysName.
        public var name: String?
        /// sysLocation.
        public var location: String?

        /// Nothing.
        public init() {}
    }

    /// How long something has been running.
    public struct Uptime: Sendable, Hashable {
        /// In seconds.
        public let seconds: Double
        /// By which source, such as `hrSystemUptime`.
        public let source: String
    }
}

/// One thing a device measured.
public struct Fact: Sendable, Hashable {
    /// What it is called.
    public let name: String
    /// Its value.
    public let value: FactValue
    /// The value's unit.
    public let unit: String
    /// The object it was read from.
    public let oid: OID
    /// What the agent sent, where that is not the value itself.
    public let raw: FactValue?
    /// The meaning of the number, in a word.
    public let state: String?
    /// The port it belongs to.
    public let ifIndex: UInt32?
    /// What else of the row is told.
    public let members: [Member]
    /// Its series in the history: the rule, and the part of the device.
    public let series: Series?

    /// One more value of the row.
    public struct Member: Sendable, Hashable {
        /// Its name.
        public let name: String
        /// Its value.
        public let value: FactValue
    }

    /// A series of the health history.
    public struct Series: Sendable, Hashable {
        /// Which series of the profile.
        public let rule: MetricRule
        /// On which part; empty when the device has one of it.
        public let instance: String
    }
}

/// A value, or the agent's word that it does not know it.
public enum FactValue: Sendable, Hashable {
    /// A number.
    case number(Double)
    /// A text.
    case text(String)
    /// The agent has the object and says by it that there is no value.
    case unknown

    /// The number; `nil` for the others.
    public var number: Double? {
        if case .number(let number) = self { number } else { nil }
    }
}
