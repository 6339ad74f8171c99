internal import SNMP

/// The columns of a device's ports (RFC 2863).
enum InterfaceColumns {
    static let count: OID = [1, 3, 6, 1, 2, 1, 2, 1, 0]
    static let description: OID = [1, 3, 6, 1, 2, 1, 2, 2, 1, 2]
    static let type: OID = [1, 3, 6, 1, 2, 1, 2, 2, 1, 3]
    static let speed: OID = [1, 3, 6, 1, 2, 1, 2, 2, 1, 5]
    static let address: OID = [1, 3, 6, 1, 2, 1, 2, 2, 1, 6]
    static let admin: OID = [1, 3, 6, 1, 2, 1, 2, 2, 1, 7]
    static let oper: OID = [1, 3, 6, 1, 2, 1, 2, 2, 1, 8]
    static let inOctets: OID = [1, 3, 6, 1, 2, 1, 2, 2, 1, 10]
    static let inPackets: OID = [1, 3, 6, 1, 2, 1, 2, 2, 1, 11]
    static let inDiscards: OID = [1, 3, 6, 1, 2, 1, 2, 2, 1, 13]
    static let inErrors: OID = [1, 3, 6, 1, 2, 1, 2, 2, 1, 14]
    static let outOctets: OID = [1, 3, 6, 1, 2, 1, 2, 2, 1, 16]
    static let outDiscards: OID = [1, 3, 6, 1, 2, 1, 2, 2, 1, 19]
    static let outErrors: OID = [1, 3, 6, 1, 2, 1, 2, 2, 1, 20]
    static let name: OID = [1, 3, 6, 1, 2, 1, 31, 1, 1, 1, 1]
    static let wideInOctets: OID = [1, 3, 6, 1, 2, 1, 31, 1, 1, 1, 6]
    static let wideOutOctets: OID = [1, 3, 6, 1, 2, 1, 31, 1, 1, 1, 10]
    static let highSpeed: OID = [1, 3, 6, 1, 2, 1, 31, 1, 1, 1, 15]
    static let alias: OID = [1, 3, 6, 1, 2, 1, 31, 1, 1, 1, 18]

    static let extended = [Self.name, Self.wideInOctets, Self.wideOutOctets, Self.highSpeed, Self.alias]
    static let all =
        [
            Self.description, Self.type, Self.speed, Self.address, Self.admin, Self.oper, Self.inOctets,
            Self.inPackets, Self.inDiscards, Self.inErrors, Self.outOctets, Self.outDiscards, Self.outErrors,
        ] + Self.extended
}

/// A device's ports (端口), by ifIndex, which is a sparse key and may exceed 10⁹.
public struct InterfaceTable: Sendable, Hashable {
    /// The ports, in the order of their ifIndex.
    public let ports: [Port]
    /// What the agent says their number is; it is wrong on some.
    public let statedCount: Int64?
    /// Whether the agent has any column of ifXTable.
    public let hasExtendedTable: Bool
    /// Whether the agent counts octets with 64 bits.
    public let hasWideCounters: Bool

    /// One port.
    public struct Port: Sendable, Hashable {
        /// Its number; survives restarts on most agents, not on all.
        public let ifIndex: UInt32
        /// ifName.
        public let name: String?
        /// ifDescr.
        public let description: String?
        /// ifAlias: what people wrote beside it.
        public let alias: String?
        /// ifType: 6 is Ethernet, 24 loopback, 161 an aggregate.
        public let type: Int64?
        /// ifAdminStatus in a word; `nil` where the number is none of the list.
        public let admin: String?
        /// ifOperStatus in a word; `nil` where the number is none of the list.
        public let oper: String?
        /// What it says of its speed.
        public let speed: Speed
        /// Its hardware address.
        public let hardwareAddress: String?
        /// ifSpeed as sent, bit/s.
        public let speedSent: UInt64?
        /// ifHighSpeed as sent, Mbit/s by the MIB, bit/s on some agents.
        public let highSpeedSent: UInt64?
        /// Octets in, 32 bits.
        public let inOctets: UInt64?
        /// Octets out, 32 bits.
        public let outOctets: UInt64?
        /// Octets in, 64 bits.
        public let wideInOctets: UInt64?
        /// Octets out, 64 bits.
        public let wideOutOctets: UInt64?
        /// Packets in that were faulty.
        public let inErrors: UInt64?
        /// Packets in that went to one receiver (ifInUcastPkts); `nil` where it counts none.
        public let inPackets: UInt64?
        /// Packets out that were faulty.
        public let outErrors: UInt64?
        /// Packets in that were dropped.
        public let inDiscards: UInt64?
        /// Packets out that were dropped.
        public let outDiscards: UInt64?
    }

    /// A port's speed.
    public enum Speed: Sendable, Hashable {
        /// In bit/s; more than 0.
        case bitsPerSecond(UInt64)
        /// The port states none: 0, no object for it, or more than ifSpeed can say without an ifHighSpeed.
        case notStated
    }

    /// The table of those rows; `nil` when there is not one port.
    init?(_ rows: DeviceRows) {
        let keys = [
            InterfaceColumns.description, InterfaceColumns.type, InterfaceColumns.oper,
            InterfaceColumns.admin,
        ]
        var indexes: Set<UInt32> = []
        for key in keys {
            for index in rows.columns[key]?.order ?? [] where index.count == 1 { indexes.insert(index[0]) }
        }
        guard !indexes.isEmpty else { return nil }
        self.ports = indexes.sorted().map { Port(rows, $0) }
        self.statedCount = rows.objects[InterfaceColumns.count]?.signed
        self.hasExtendedTable = InterfaceColumns.extended.contains {
            !(rows.columns[$0]?.order.isEmpty ?? true)
        }
        self.hasWideCounters = self.ports.contains { $0.wideInOctets != nil || $0.wideOutOctets != nil }
    }

    /// The port of that ifIndex.
    public subscript(ifIndex: UInt32) -> Port? {
        var (low, high) = (0, self.ports.count)
        while low < high {
            let middle = (low + high) / 2
            if self.ports[middle].ifIndex < ifIndex { low = middle + 1 } else { high = middle }
        }
        return low < self.ports.count && self.ports[low].ifIndex == ifIndex ? self.ports[low] : nil
    }
}

extension InterfaceTable.Port {
    private static let states: [Int64: String] = [
        1: "up", 2: "down", 3: "testing", 4: "unknown", 5: "dormant", 6: "notPresent", 7: "lowerLayerDown",
    ]

    init(_ rows: DeviceRows, _ ifIndex: UInt32) {
        func value(_ column: OID) -> SNMPValue? { rows.columns[column]?[[ifIndex]] }
        func count(_ column: OID) -> UInt64? { value(column).flatMap(Self.count) }
        func text(_ column: OID) -> String? { value(column).flatMap(AgentText.text) }
        self.ifIndex = ifIndex
        self.name = text(InterfaceColumns.name)
        self.description = text(InterfaceColumns.description)
        self.alias = text(InterfaceColumns.alias)
        self.type = value(InterfaceColumns.type)?.signed
        self.admin = value(InterfaceColumns.admin)?.signed.flatMap { $0 <= 3 ? Self.states[$0] : nil }
        self.oper = value(InterfaceColumns.oper)?.signed.flatMap { Self.states[$0] }
        self.hardwareAddress = value(InterfaceColumns.address).flatMap(AgentText.hardwareAddress)
        self.speedSent = count(InterfaceColumns.speed)
        self.highSpeedSent = count(InterfaceColumns.highSpeed)
        self.speed = Self.speed(self.speedSent, self.highSpeedSent)
        self.inOctets = count(InterfaceColumns.inOctets)
        self.outOctets = count(InterfaceColumns.outOctets)
        self.wideInOctets = count(InterfaceColumns.wideInOctets)
        self.wideOutOctets = count(InterfaceColumns.wideOutOctets)
        self.inErrors = count(InterfaceColumns.inErrors)
        self.inPackets = count(InterfaceColumns.inPackets)
        self.outErrors = count(InterfaceColumns.outErrors)
        self.inDiscards = count(InterfaceColumns.inDiscards)
        self.outDiscards = count(InterfaceColumns.outDiscards)
    }

    /// A count of whatever type the agent chose, text included.
    static func count(_ value: SNMPValue) -> UInt64? {
        value.unsigned ?? AgentText.text(value).flatMap { UInt64($0) }
    }

    /// ifHighSpeed is in Mbit/s (RFC 2863); some agents send bit/s, which no port reaches in Mbit/s. ifSpeed stops at
    /// 4 294 967 295.
    private static func speed(_ speed: UInt64?, _ high: UInt64?) -> InterfaceTable.Speed {
        if let high, high > 0 { return .bitsPerSecond(high < 1_000_000 ? high * 1_000_000 : high) }
        guard let speed, speed > 0, speed != 4_294_967_295 else { return .notStated }
        return .bitsPerSecond(speed)
    }

    /// What people call it: its name, else its description, else its number.
    public var label: String {
        [self.name, self.description].compactMap { $0 }.first { !$0.isEmpty } ?? "\(self.ifIndex)"
    }

    /// Whether a cable can be put into it, or it stands for several of those.
    public var isEthernet: Bool { [6, 62, 69, 117].contains(self.type) }
}
