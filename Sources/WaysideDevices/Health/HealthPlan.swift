public import SNMP
public import WaysideCore

/// What a device is asked every round, and which series its answers feed (健康采集): a few GETs of single objects, made
/// once from what a look at the device found.
public struct HealthPlan: Sendable, Hashable {
    /// The questions, encoded once. Devices with the same objects may share them.
    public let templates: [PollTemplate]
    /// The series that the answers feed.
    public var metrics: [Metric] { self.items.map(\.metric) }
    private let items: [Item]

    /// How a series comes about.
    private struct Item: Sendable, Hashable {
        let metric: Metric
        /// The objects it is read from; several where it is their mean.
        let places: [Place]
        let recipe: Recipe
    }

    /// An object, and the objects that enter its value, by the names the profile has for them.
    private struct Place: Sendable, Hashable {
        let oid: OID
        let others: [ObjectPath: OID]
    }

    private enum Recipe: Sendable, Hashable {
        case rule(FactRule)
        case count
        case level
    }

    /// Objects in one question: with 64-bit counters of long names their answers fit into 1 472 bytes.
    private static let objectsPerQuestion = 40

    /// The plan for a device, from the rows of a look at it. `everyRound` says whether the series of each round are
    /// meant, or those that are seldom asked.
    public init(_ rows: DeviceRows, by profiles: [AppliedProfile], everyRound: Bool = true) {
        let interfaces = InterfaceTable(rows)
        let ports = PortFinder(rows, interfaces)
        var items: [Item] = []
        var known: Set<Metric> = []
        for applied in profiles {
            let decoder = FactDecoder(rows: rows, applied: applied, ports: ports)
            for rule in applied.profile.facts {
                guard let metric = rule.metric, metric.isEveryRound == everyRound else { continue }
                for item in Self.items(rule, metric, decoder) where known.insert(item.metric).inserted {
                    items.append(item)
                }
            }
        }
        if everyRound {
            for item in Self.items(interfaces) where known.insert(item.metric).inserted { items.append(item) }
        }
        self.items = items
        self.templates = Self.templates(items)
    }

    /// What the answers say: a reading for each series that has a value. What is missing, unknown or implausible is
    /// absent, never 0.
    public func readings(_ answers: some Sequence<VarBind>) -> [HealthPoll.Reading] {
        var values: [OID: SNMPValue] = [:]
        for answer in answers where !answer.value.isMissing { values[answer.name] = answer.value }
        return self.items.compactMap { item in
            Self.value(item, values).map { HealthPoll.Reading(item.metric, $0) }
        }
    }

    private static func value(_ item: Item, _ values: [OID: SNMPValue]) -> HealthPoll.Value? {
        switch item.recipe {
        case .count:
            return item.places.first.flatMap { values[$0.oid] }.flatMap(InterfaceTable.Port.count).map {
                .count($0)
            }
        case .level:
            return item.places.first.flatMap { values[$0.oid] }.flatMap(ValueReading.number).map {
                .level($0)
            }
        case .rule(let rule):
            let numbers = item.places.compactMap { place -> Double? in
                guard let value = values[place.oid] else { return nil }
                let number = rule.reading.value(value).number
                guard let number, !rule.arithmetic.isEmpty else { return number }
                return FactDecoder.computed(rule, number) { path in
                    place.others[path].flatMap { values[$0] }.flatMap { rule.reading.value($0).number }
                }.number
            }
            guard !numbers.isEmpty else { return nil }
            if item.metric.kind == .counter {
                return numbers.first.flatMap(UInt64.init(exactly:)).map { .count($0) }
            }
            return .level(numbers.reduce(0, +) / Double(numbers.count))
        }
    }

    // MARK: - Making the plan

    private static func items(_ rule: FactRule, _ metric: MetricRule, _ decoder: FactDecoder) -> [Item] {
        // Words are no series.
        guard rule.reading.kind != .text, rule.reading.kind != .mac else { return [] }
        let found = decoder.places(rule)
        let places = found.map { place in
            var others: [ObjectPath: OID] = [:]
            let arithmetic = rule.arithmetic
            for path in arithmetic.minus + [arithmetic.percentOf, arithmetic.percentWith].compactMap({ $0 }) {
                others[path] = decoder.applied.resolved(path).flatMap { OID($0.subidentifiers + place.index) }
            }
            return Place(oid: place.oid, others: others)
        }
        let kind: Metric.Kind = metric.isCounter ? .counter : .gauge
        if rule.mean != nil {
            guard !places.isEmpty else { return [] }
            let series = Metric(name: metric.name, unit: metric.unit, kind: kind)
            return [Item(metric: series, places: places, recipe: .rule(rule))]
        }
        return zip(found, places).map { place, inputs in
            let instance = decoder.instance(rule, place.index, of: found.count)
            let series = Metric(name: metric.name, instance: instance, unit: metric.unit, kind: kind)
            return Item(metric: series, places: [inputs], recipe: .rule(rule))
        }
    }

    /// The series of the ports that take a cable: state, octets (64 bits where the port has them and they move),
    /// faulty and dropped packets. A port goes by its name, which outlives a change of numbers.
    private static func items(_ table: InterfaceTable?) -> [Item] {
        var items: [Item] = []
        var names: [String: Int] = [:]
        let ports = (table?.ports ?? []).filter {
            ($0.isEthernet || $0.type == 161) && $0.oper != "notPresent"
        }
        for port in ports { names[port.label, default: 0] += 1 }
        for port in ports {
            // Of two ports with one name each gets its number too.
            let name = names[port.label] == 1 ? port.label : "\(port.label) #\(port.ifIndex)"
            func add(_ series: String, _ column: OID, _ unit: String, _ kind: Metric.Kind) {
                guard let oid = OID(column.subidentifiers + [port.ifIndex]) else { return }
                let metric = Metric(name: "interface.\(series)", instance: name, unit: unit, kind: kind)
                let recipe: Recipe = kind == .counter ? .count : .level
                items.append(Item(metric: metric, places: [Place(oid: oid, others: [:])], recipe: recipe))
            }
            if port.oper != nil { add("oper_state", InterfaceColumns.oper, "", .gauge) }
            if let column = port.octetsIn { add("in_octets", column, "octets", .counter) }
            if let column = port.octetsOut { add("out_octets", column, "octets", .counter) }
            // What errors are a share of.
            if port.inPackets != nil { add("in_packets", InterfaceColumns.inPackets, "packets", .counter) }
            if port.inErrors != nil { add("in_errors", InterfaceColumns.inErrors, "packets", .counter) }
            if port.outErrors != nil { add("out_errors", InterfaceColumns.outErrors, "packets", .counter) }
            if port.inDiscards != nil { add("in_discards", InterfaceColumns.inDiscards, "packets", .counter) }
            if port.outDiscards != nil {
                add("out_discards", InterfaceColumns.outDiscards, "packets", .counter)
            }
        }
        return items
    }

    private static func templates(_ items: [Item]) -> [PollTemplate] {
        var seen: Set<OID> = []
        var objects: [OID] = []
        for place in items.flatMap(\.places) {
            for oid in [place.oid] + place.others.values where seen.insert(oid).inserted {
                objects.append(oid)
            }
        }
        objects.sort()
        return stride(from: 0, to: objects.count, by: Self.objectsPerQuestion).compactMap { start in
            // 1 to 40 objects are always a question.
            try? PollTemplate.get(Array(objects[start..<min(start + Self.objectsPerQuestion, objects.count)]))
        }
    }
}

extension InterfaceTable.Port {
    /// Where its octets in are counted: with 64 bits, unless these stand still while the 32-bit ones move.
    var octetsIn: OID? {
        Self.column(
            self.wideInOctets,
            InterfaceColumns.wideInOctets,
            self.inOctets,
            InterfaceColumns.inOctets
        )
    }

    /// Where its octets out are counted.
    var octetsOut: OID? {
        Self.column(
            self.wideOutOctets,
            InterfaceColumns.wideOutOctets,
            self.outOctets,
            InterfaceColumns.outOctets
        )
    }

    private static func column(_ wide: UInt64?, _ wideColumn: OID, _ narrow: UInt64?, _ narrowColumn: OID)
        -> OID?
    {
        if let wide, wide > 0 || (narrow ?? 0) == 0 { return wideColumn }
        return narrow == nil ? nil : narrowColumn
    }
}
