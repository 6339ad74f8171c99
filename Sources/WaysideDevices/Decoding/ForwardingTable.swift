internal import SNMP

/// The columns of a switch's forwarding table (RFC 4188, RFC 4363).
enum ForwardingColumns {
    static let portOfBridge: OID = [1, 3, 6, 1, 2, 1, 17, 1, 4, 1, 2]
    static let bridgePort: OID = [1, 3, 6, 1, 2, 1, 17, 4, 3, 1, 2]
    static let bridgeStatus: OID = [1, 3, 6, 1, 2, 1, 17, 4, 3, 1, 3]
    static let vlanPort: OID = [1, 3, 6, 1, 2, 1, 17, 7, 1, 2, 2, 1, 2]
    static let vlanStatus: OID = [1, 3, 6, 1, 2, 1, 17, 7, 1, 2, 2, 1, 3]

    static let all = [
        Self.portOfBridge, Self.bridgePort, Self.bridgeStatus, Self.vlanPort, Self.vlanStatus,
    ]
    /// What is asked VLAN by VLAN.
    static let perVLAN = [Self.portOfBridge, Self.bridgePort, Self.bridgeStatus]
}

/// Which hardware address a switch has learned on which port (转发表).
public struct ForwardingTable: Sendable, Hashable {
    /// One learned address.
    public struct Entry: Sendable, Hashable {
        /// The address.
        public let address: String
        /// The VLAN or the filtering database it was learned in; `nil` where the table has none.
        public let vlan: UInt32?
        /// The port as the table has it; 0, -1 and the like stand for the switch itself.
        public let bridgePort: Int64
        /// The port it means; `nil` where that cannot be told.
        public let ifIndex: UInt32?
        /// 3 learned, 4 the switch itself, 5 set by hand.
        public let status: Int64?
        /// True for an entry of the table that knows VLANs.
        public let isOfVLANTable: Bool
    }

    /// How entries found their ports.
    public enum Join: String, Sendable, Hashable {
        /// Through dot1dBasePortIfIndex.
        case bridgePort = "bridge_port"
        /// The number at the end of the port's name: the table holds numbers of the front panel.
        case nameEnd = "name_end"
    }

    /// The entries, in the agent's order.
    public let entries: [Entry]
    /// How many bridge ports the switch joins to ports.
    public let mappedPorts: Int
    /// How the entries found their ports.
    public let join: Join

    /// Of how many entries the port is known.
    public var joinedCount: Int { self.entries.count { $0.ifIndex != nil } }

    /// The table of those rows; `nil` when the device has none.
    init?(_ rows: DeviceRows, ports: InterfaceTable?, isFrontPanel: Bool) {
        var map: [Int64: UInt32] = [:]
        var entries = Self.entries(rows.columns, vlan: nil, &map)
        // What is answered without a VLAN is one VLAN's, and comes again with it.
        var seen = Set(entries.map { [$0.address, "\($0.bridgePort)"] })
        for (vlan, columns) in rows.vlanColumns.sorted(by: { $0.key < $1.key }) {
            let more = Self.entries(columns, vlan: vlan, &map)
            entries +=
                rows.columns[ForwardingColumns.bridgePort]?.order.isEmpty ?? true
                ? more : more.filter { seen.insert([$0.address, "\($0.bridgePort)"]).inserted }
        }
        guard !entries.isEmpty else { return nil }
        let panel = Self.panel(ports)
        let joins = entries.contains { map[$0.bridgePort] != nil }
        // Some agents put the front panel's number where the bridge port belongs; then not one entry joins.
        let isByName =
            isFrontPanel || (!joins && !map.isEmpty && entries.contains { panel[$0.bridgePort] != nil })
        self.join = isByName ? .nameEnd : .bridgePort
        self.mappedPorts = map.count
        self.entries = entries.map { entry in
            Entry(
                address: entry.address,
                vlan: entry.vlan,
                bridgePort: entry.bridgePort,
                ifIndex: isByName ? panel[entry.bridgePort] : map[entry.bridgePort],
                status: entry.status,
                isOfVLANTable: entry.isOfVLANTable
            )
        }
    }

    private static func entries(
        _ columns: [OID: DeviceRows.Column],
        vlan: UInt32?,
        _ map: inout [Int64: UInt32]
    ) -> [Entry] {
        if let column = columns[ForwardingColumns.portOfBridge] {
            for index in column.order where index.count == 1 {
                guard let ifIndex = column[index]?.unsigned.flatMap(UInt32.init(exactly:)), ifIndex > 0 else {
                    continue
                }
                map[Int64(index[0])] = ifIndex
            }
        }
        var entries: [Entry] = []
        let tables = [
            (ForwardingColumns.vlanPort, ForwardingColumns.vlanStatus, 7),
            (ForwardingColumns.bridgePort, ForwardingColumns.bridgeStatus, 6),
        ]
        for (portColumn, statusColumn, length) in tables {
            guard let column = columns[portColumn] else { continue }
            for index in column.order where index.count == length {
                let bytes = index.suffix(6).compactMap(UInt8.init(exactly:))
                guard bytes.count == 6, let port = column[index]?.signed else { continue }
                entries.append(
                    Entry(
                        address: AgentText.colons(bytes),
                        vlan: length == 7 ? index[0] : vlan,
                        bridgePort: port,
                        ifIndex: nil,
                        status: columns[statusColumn]?[index]?.signed,
                        isOfVLANTable: length == 7
                    )
                )
            }
        }
        return entries
    }

    /// Ports by the number at the end of their name; a number that two Ethernet ports end in means neither.
    private static func panel(_ ports: InterfaceTable?) -> [Int64: UInt32] {
        var panel: [Int64: UInt32?] = [:]
        for port in ports?.ports ?? [] where port.isEthernet {
            // `Vlan-interface1` ends in a number too, but not in a port's.
            guard let number = PortFinder.numbers(atEndOf: port.label).last, port.label.contains("/") else {
                continue
            }
            panel[Int64(number)] = panel[Int64(number)] == nil ? port.ifIndex : .some(nil)
        }
        return panel.compactMapValues { $0 }
    }
}
