internal import SNMP

extension DeviceFacts {
    /// What those rows say, read by those profiles, the most special first.
    public init(_ rows: DeviceRows, by profiles: [AppliedProfile]) {
        self.init()
        self.profiles = profiles.map { "\($0.profile.id) \($0.profile.version)" }
        self.isPartial = rows.isPartial
        self.cuts = rows.cuts
        self.system = SystemGroup(rows)
        self.uptimeTicks = rows.objects[DeviceRecognition.System.uptime]?.unsigned.flatMap(
            UInt32.init(exactly:)
        )
        self.interfaces = InterfaceTable(rows)
        let ports = PortFinder(rows, self.interfaces)
        for applied in profiles {
            let decoder = FactDecoder(rows: rows, applied: applied, ports: ports)
            self.identify(applied, decoder)
            self.add(applied.profile.facts, decoder)
            for rule in applied.profile.neighbours {
                let found = rule.neighbours(rows, applied, ports)
                if !found.isEmpty { self.neighbours[rule.section, default: []] += found }
            }
            if self.uptime == nil { self.uptime = Self.uptime(applied, rows) }
        }
        self.forwarding = ForwardingTable(
            rows,
            ports: self.interfaces,
            isFrontPanel: profiles.contains { $0.profile.forwarding?.isFrontPanel ?? false }
        )
    }

    /// One object is one fact, also where two profiles know it; a profile may say several things of one.
    private mutating func add(_ rules: [FactRule], _ decoder: FactDecoder) {
        let known = self.sections.mapValues { facts in Set(facts.map { Place(oid: $0.oid, unit: $0.unit) }) }
        for rule in rules {
            let facts = decoder.facts(rule).filter {
                known[rule.section]?.contains(Place(oid: $0.oid, unit: $0.unit)) != true
            }
            if !facts.isEmpty { self.sections[rule.section, default: []] += facts }
        }
    }

    private struct Place: Hashable {
        let oid: OID
        let unit: String
    }

    private mutating func identify(_ applied: AppliedProfile, _ decoder: FactDecoder) {
        for (key, sources) in applied.profile.identity where self.identity[key] == nil {
            for source in sources {
                guard let text = decoder.text(source) else { continue }
                self.identity[key] = text
                break
            }
        }
    }

    private static func uptime(_ applied: AppliedProfile, _ rows: DeviceRows) -> Uptime? {
        for source in applied.profile.uptime {
            guard let value = applied.resolved(source.object).flatMap({ rows.objects[$0] }),
                let ticks = ValueReading.number(value)
                    ?? AgentText.text(value).flatMap(ValueReading.firstNumber),
                ticks >= 0
            else { continue }
            return Uptime(seconds: ticks / source.ticksPerSecond, source: source.name)
        }
        return nil
    }
}

extension DeviceFacts.SystemGroup {
    init(_ rows: DeviceRows) {
        self.init()
        func text(_ name: OID) -> String? { rows.objects[name].flatMap(AgentText.text) }
        self.description = text(DeviceRecognition.System.description)
        self.objectID = rows.objects[DeviceRecognition.System.objectID].flatMap(
            DeviceRecognition.objectIdentifier
        )
        self.contact = text(DeviceRecognition.System.contact)
        self.name = text(DeviceRecognition.System.name)
        self.location = text(DeviceRecognition.System.location)
    }
}

extension FactDecoder {
    /// The text of a source; `nil` when the device does not have it.
    func text(_ source: TextSource) -> String? {
        switch source.origin {
        case .fixed(let text):
            return text
        case .object(let path):
            guard let name = self.applied.resolved(path), let value = self.rows.objects[name],
                self.holds(source.keep, [])
            else { return nil }
            return Self.text(value, source)
        case .column(let path):
            guard let name = self.applied.resolved(path), let column = self.rows.columns[name] else {
                return nil
            }
            for index in column.order where self.holds(source.keep, index) {
                if let value = column[index], let text = Self.text(value, source) { return text }
            }
            return nil
        }
    }

    private static func text(_ value: SNMPValue, _ source: TextSource) -> String? {
        // Six bytes that are no text are a hardware address.
        let address = value.octets.flatMap { bytes in
            bytes.count == 6 && bytes.contains { !(0x20...0x7E).contains($0) }
                ? AgentText.hardwareAddress(value) : nil
        }
        let text = address ?? value.comparable
        guard value != .null, let cut = TextCut.apply(source.cuts, to: text) else { return nil }
        return source.words.isEmpty ? cut : source.words[cut]
    }
}
