public import SNMP

/// A neighbour that a device hears on one of its ports (邻居).
public struct Neighbour: Sendable, Hashable {
    /// What it tells, in the order of the profile: the numbers of the row's index, then its columns.
    public let members: [Fact.Member]
    /// The local port, where it could be found.
    public let localIfIndex: UInt32?
    /// The object by which the row is known.
    public let oid: OID

    /// The value of a member.
    public subscript(name: String) -> FactValue? { self.members.first { $0.name == name }?.value }
}

extension NeighbourRule {
    /// The neighbours among those rows.
    func neighbours(_ rows: DeviceRows, _ applied: AppliedProfile, _ ports: PortFinder) -> [Neighbour] {
        var seen: Set<[UInt32]> = []
        var indexes: [[UInt32]] = []
        for member in self.members {
            guard let column = applied.resolved(member.column).flatMap({ rows.columns[$0] }) else { continue }
            for index in column.order where index.count == self.index.count && seen.insert(index).inserted {
                indexes.append(index)
            }
        }
        indexes.sort { $0.lexicographicallyPrecedes($1) }
        return indexes.compactMap { self.neighbour($0, rows, applied, ports) }
    }

    private func neighbour(
        _ index: [UInt32],
        _ rows: DeviceRows,
        _ applied: AppliedProfile,
        _ ports: PortFinder
    ) -> Neighbour? {
        var members: [Fact.Member] = []
        for (name, number) in zip(self.index, index) where !name.isEmpty {
            members.append(Fact.Member(name: name, value: .number(Double(number))))
        }
        var localIfIndex: UInt32?
        if let local = self.local {
            localIfIndex = Self.join(local, index, rows, applied, ports, &members)
        } else if let first = index.first {
            localIfIndex = ports.interfaces?[first]?.ifIndex
        }
        var oid: OID?
        for member in self.members {
            guard let column = applied.resolved(member.column), let value = rows.columns[column]?[index]
            else {
                continue
            }
            let subtype = member.subtype.flatMap(applied.resolved).flatMap {
                rows.columns[$0]?[index]?.signed
            }
            members.append(Fact.Member(name: member.name, value: member.value(value, subtype)))
            oid = column.subidentifiers.isEmpty ? nil : OID(column.subidentifiers + index)
        }
        return oid.map { Neighbour(members: members, localIfIndex: localIfIndex, oid: $0) }
    }

    /// The local port's own words, and its ifIndex: by name or address where it names itself, else by bridge port.
    private static func join(
        _ local: LocalPort,
        _ index: [UInt32],
        _ rows: DeviceRows,
        _ applied: AppliedProfile,
        _ ports: PortFinder,
        _ members: inout [Fact.Member]
    ) -> UInt32? {
        guard index.count >= local.part else { return nil }
        let number = index[local.part - 1]
        func value(_ path: ObjectPath) -> SNMPValue? {
            applied.resolved(path).flatMap { rows.columns[$0]?[[number]] }
        }
        var found: UInt32?
        if let identifier = value(local.identifier) {
            let address = value(local.subtype)?.signed == 3 ? AgentText.hardwareAddress(identifier) : nil
            let text = address ?? AgentText.text(identifier) ?? ""
            members.append(Fact.Member(name: "localPortId", value: .text(text)))
            found = address.flatMap { ports.port(hardwareAddress: $0) } ?? ports.port(named: text)
        }
        if let description = value(local.description).flatMap(AgentText.text) {
            members.append(Fact.Member(name: "localPortDesc", value: .text(description)))
            found = found ?? ports.port(named: description)
        }
        // The standard leaves the numbering to the agent; many use the bridge port's or the ifIndex.
        return found ?? ports.bridgePorts[number] ?? ports.interfaces?[number]?.ifIndex
    }
}

extension NeighbourRule.Member {
    fileprivate func value(_ value: SNMPValue, _ subtype: Int64?) -> FactValue {
        switch self.kind {
        case .number: return value.signed.map { .number(Double($0)) } ?? .unknown
        case .text: return AgentText.text(value).map { .text($0) } ?? .unknown
        case .identifier:
            if let subtype, self.macSubtypes.contains(subtype), let address = AgentText.hardwareAddress(value)
            {
                return .text(address)
            }
            guard let bytes = value.octets else { return .text(value.description) }
            // An identifier without a readable text is a number of some kind: its bytes are shown.
            let isText = String(validating: bytes, as: UTF8.self)?.unicodeScalars.allSatisfy {
                $0.value >= 0x20
            }
            return .text(isText ?? false ? AgentText.decoded(bytes) : AgentText.colons(bytes))
        }
    }
}
