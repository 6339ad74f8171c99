internal import SNMP
internal import WaysideDevices
internal import WaysideReports

/// A device's facts as they are printed: the shape of the contracts in JSON, rows for people in a table.
struct FactsPage {
    private let facts: DeviceFacts

    init(_ facts: DeviceFacts) { self.facts = facts }

    /// The facts as JSON. What the device does not have is absent.
    var json: JSONText {
        var members: [JSONText.Member] = [
            .init("identity", self.identity),
            .init("system", self.system),
            .init("uptime_ticks", self.facts.uptimeTicks.map { .integer(Int64($0)) } ?? .null),
        ]
        if let uptime = self.facts.uptime {
            let seconds = JSONText.object([
                "seconds": Self.number(uptime.seconds), "source": .string(uptime.source),
            ])
            members.append(.init("uptime", seconds))
        }
        if let table = self.facts.interfaces { members.append(.init("interfaces", Self.interfaces(table))) }
        for section in FactSection.allCases {
            guard let facts = self.facts.sections[section] else { continue }
            members.append(.init(section.rawValue, .array(facts.map(Self.fact))))
        }
        for section in NeighbourRule.Section.allCases {
            guard let neighbours = self.facts.neighbours[section] else { continue }
            members.append(.init(section.rawValue, .array(neighbours.map(Self.neighbour))))
        }
        if let table = self.facts.forwarding { members.append(.init("fdb", Self.forwarding(table))) }
        members.append(.init("profiles", .array(self.facts.profiles.map { .string($0) })))
        if self.facts.isPartial { members.append(.init("partial", .bool(true))) }
        if !self.facts.cuts.isEmpty { members.append(.init("cuts", .array(self.facts.cuts.map(Self.cut)))) }
        return .object(members)
    }

    private var identity: JSONText {
        .object(
            IdentityKey.allCases.compactMap { key in
                self.facts.identity[key].map { .init(key.rawValue, .string($0)) }
            }
        )
    }

    private static func cut(_ cut: DeviceRows.Cut) -> JSONText {
        .object([
            "oid": .string("\(cut.root)"), "vlan": cut.vlan.map { .integer(Int64($0)) },
            "why": .string(SNMPCommandRows.words(cut.why)),
        ])
    }

    private var system: JSONText {
        let system = self.facts.system
        return .object([
            "sysDescr": system.description.map { .string($0) },
            "sysObjectID": system.objectID.map { .string("\($0)") },
            "sysContact": system.contact.map { .string($0) },
            "sysName": system.name.map { .string($0) },
            "sysLocation": system.location.map { .string($0) },
        ])
    }

    // MARK: - Parts

    private static func interfaces(_ table: InterfaceTable) -> JSONText {
        .object([
            "count": .integer(Int64(table.ports.count)),
            "oper_up": .integer(Int64(table.ports.count { $0.oper == "up" })),
            "oper_down": .integer(Int64(table.ports.count { $0.oper == "down" })),
            "admin_down": .integer(Int64(table.ports.count { $0.admin == "down" })),
            "physical_ethernet": .integer(Int64(table.ports.count(where: \.isEthernet))),
            "has_ifXTable": .bool(table.hasExtendedTable),
            "has_HC_counters": .bool(table.hasWideCounters),
            "ifNumber": table.statedCount.map { .integer($0) },
            "ports": .array(table.ports.map(Self.port)),
        ])
    }

    private static func port(_ port: InterfaceTable.Port) -> JSONText {
        .object([
            "ifIndex": .integer(Int64(port.ifIndex)),
            "ifName": port.name.map { .string($0) },
            "ifDescr": port.description.map { .string($0) },
            "ifAlias": port.alias.map { .string($0) },
            "ifType": port.type.map { .integer($0) },
            "admin": port.admin.map { .string($0) } ?? .null,
            "oper": port.oper.map { .string($0) } ?? .null,
            "ifSpeed": port.speedSent.map(Self.count),
            "ifHighSpeed": port.highSpeedSent.map(Self.count),
            "speed_bps": Self.speed(port.speed),
            "mac": port.hardwareAddress.map { .string($0) },
            "ifInOctets": port.inOctets.map(Self.count),
            "ifOutOctets": port.outOctets.map(Self.count),
            "ifHCInOctets": port.wideInOctets.map(Self.count),
            "ifHCOutOctets": port.wideOutOctets.map(Self.count),
            "ifInErrors": port.inErrors.map(Self.count),
            "ifOutErrors": port.outErrors.map(Self.count),
            "ifInDiscards": port.inDiscards.map(Self.count),
            "ifOutDiscards": port.outDiscards.map(Self.count),
        ])
    }

    /// 0 is the MIB's own word for a port that states no speed (RFC 2863, ifHighSpeed).
    private static func speed(_ speed: InterfaceTable.Speed) -> JSONText {
        switch speed {
        case .bitsPerSecond(let bits): self.count(bits)
        case .notStated: .integer(0)
        }
    }

    private static func fact(_ fact: Fact) -> JSONText {
        var members: [JSONText.Member] = [
            .init("name", .string(fact.name)), .init("value", self.value(fact.value)),
            .init("unit", .string(fact.unit)), .init("oid", .string("\(fact.oid)")),
        ]
        if let raw = fact.raw { members.append(.init("raw", self.value(raw))) }
        if let state = fact.state { members.append(.init("state", .string(state))) }
        if let port = fact.ifIndex { members.append(.init("ifIndex", .integer(Int64(port)))) }
        members += fact.members.map { .init($0.name, self.value($0.value)) }
        return .object(members)
    }

    private static func neighbour(_ neighbour: Neighbour) -> JSONText {
        var members = neighbour.members.map { JSONText.Member($0.name, self.value($0.value)) }
        if let port = neighbour.localIfIndex, neighbour["local_ifIndex"] == nil {
            members.append(.init("local_ifIndex", .integer(Int64(port))))
        }
        return .object(members + [.init("oid", .string("\(neighbour.oid)"))])
    }

    /// Rows of the forwarding table that are printed; the counts are of all of them.
    private static let mostEntries = 400

    private static func forwarding(_ table: ForwardingTable) -> JSONText {
        .object([
            "entries": .integer(Int64(table.entries.count)),
            "bridge_ports_mapped": .integer(Int64(table.mappedPorts)),
            "resolved_to_ifIndex": .integer(Int64(table.joinedCount)),
            "joined_by": .string(table.join.rawValue),
            "sample": .array(
                table.entries.prefix(Self.mostEntries).map { entry in
                    .object([
                        "mib": .string(entry.isOfVLANTable ? "Q-BRIDGE" : "BRIDGE"),
                        "vlan_or_fid": entry.vlan.map { .integer(Int64($0)) },
                        "mac": .string(entry.address),
                        "bridgePort": .integer(entry.bridgePort),
                        "ifIndex": entry.ifIndex.map { .integer(Int64($0)) } ?? .null,
                        "status": entry.status.map { .integer($0) },
                    ])
                }
            ),
        ])
    }

    private static func value(_ value: FactValue) -> JSONText {
        switch value {
        case .number(let number): self.number(number)
        case .text(let text): .string(text)
        case .unknown: .null
        }
    }

    /// Whole numbers without a fraction.
    private static func number(_ number: Double) -> JSONText {
        if let whole = Int64(exactly: number) { .integer(whole) } else { .number(number) }
    }

    private static func count(_ number: UInt64) -> JSONText {
        if let whole = Int64(exactly: number) { .integer(whole) } else { .verbatim("\(number)") }
    }
}

extension FactsPage {
    /// The facts as rows: what, its value and unit, what more is told, where it was read.
    var table: Table {
        var rows: [[Table.Cell]] = []
        func row(
            _ section: String,
            _ name: String,
            _ value: Table.Cell,
            _ unit: String,
            _ more: String,
            _ oid: String
        ) {
            rows.append([.text(section), .text(name), value, .text(unit), .text(more), .text(oid)])
        }
        for key in IdentityKey.allCases {
            if let text = self.facts.identity[key] { row("identity", key.rawValue, .text(text), "", "", "") }
        }
        let system = self.facts.system
        let words = [
            ("sysDescr", system.description), ("sysObjectID", system.objectID.map { "\($0)" }),
            ("sysName", system.name), ("sysLocation", system.location),
        ]
        for case (let name, let text?) in words { row("system", name, .text(Self.oneLine(text)), "", "", "") }
        if let uptime = self.facts.uptime {
            row("uptime", uptime.source, .integer(Int64(uptime.seconds)), "s", "", "")
        }
        for port in self.facts.interfaces?.ports ?? [] {
            let speed: Table.Cell =
                if case .bitsPerSecond(let bits) = port.speed, let bits = Int64(exactly: bits) {
                    .integer(bits / 1_000_000)
                } else { .empty }
            let states = "\(port.admin ?? "?")/\(port.oper ?? "?")"
            row("port", "\(port.ifIndex) \(port.label)", speed, "Mbit/s", "\(states) \(port.alias ?? "")", "")
        }
        for section in FactSection.allCases {
            for fact in self.facts.sections[section] ?? [] {
                var more = fact.state.map { [$0] } ?? []
                if let port = fact.ifIndex {
                    more.append("port \(self.facts.interfaces?[port]?.label ?? "\(port)")")
                }
                more += fact.members.map { "\($0.name) \(Self.words($0.value))" }
                let cell = Self.cell(fact.value)
                row(section.rawValue, fact.name, cell, fact.unit, more.joined(separator: ", "), "\(fact.oid)")
            }
        }
        for section in NeighbourRule.Section.allCases {
            for neighbour in self.facts.neighbours[section] ?? [] {
                let port = neighbour.localIfIndex.map { self.facts.interfaces?[$0]?.label ?? "\($0)" } ?? "?"
                let more = neighbour.members.map { "\($0.name) \(Self.words($0.value))" }.joined(
                    separator: ", "
                )
                row(section.rawValue, "port \(port)", .empty, "", more, "\(neighbour.oid)")
            }
        }
        if let table = self.facts.forwarding {
            let more = "\(table.joinedCount) joined to ports"
            row("fdb", "learned addresses", .integer(Int64(table.entries.count)), "count", more, "")
        }
        return Table(
            columns: [
                Table.Column("section", "类别"), Table.Column("name", "名称"), Table.Column("value", "值"),
                Table.Column("unit", "单位"), Table.Column("more", "说明"), Table.Column("oid", "对象"),
            ],
            rows: rows
        )
    }

    private static func oneLine(_ text: String) -> String {
        String(text.map { $0.isNewline ? " " : $0 })
    }

    private static func words(_ value: FactValue) -> String {
        switch value {
        case .number(let number): Int64(exactly: number).map { "\($0)" } ?? "\(number)"
        case .text(let text): self.oneLine(text)
        case .unknown: "unknown"
        }
    }

    private static func cell(_ value: FactValue) -> Table.Cell {
        switch value {
        case .number(let number): Int64(exactly: number).map { .integer($0) } ?? .text("\(number)")
        case .text(let text): .text(self.oneLine(text))
        case .unknown: .text("unknown")
        }
    }
}
