public import SNMP

/// What a device is asked, once its profiles are known (采集计划): objects by GET, columns by walk.
public struct DevicePlan: Sendable, Hashable {
    /// The objects, each once.
    public let objects: [OID]
    /// The columns, each once, in the order in which a walk would meet them.
    public let columns: [OID]
    /// The column that lists the VLANs by which forwarding tables must be asked one by one; `nil` when not needed.
    public let vlans: OID?

    /// The plan for these profiles.
    public init(_ profiles: [AppliedProfile]) {
        var (objects, columns): (Set<OID>, Set<OID>) = ([], [])
        for applied in profiles {
            Self.collect(applied, &objects, &columns)
        }
        columns.formUnion(InterfaceColumns.all)
        columns.formUnion(ForwardingColumns.all)
        let vlans = profiles.compactMap { applied in
            applied.profile.forwarding?.vlans.flatMap(applied.resolved)
        }
        if let vlans = vlans.first { columns.insert(vlans) }
        objects.insert(InterfaceColumns.count)
        self.vlans = vlans.first
        self.objects = objects.sorted()
        self.columns = columns.sorted()
    }

    /// The plan without what the device is known not to support at this instant.
    public func pruned(by memory: CapabilityMemory, at instant: Int64) -> DevicePlan {
        DevicePlan(
            objects: self.objects.filter { memory.isWorthAsking($0, at: instant) },
            columns: self.columns.filter { memory.isWorthAsking($0, at: instant) },
            vlans: self.vlans
        )
    }

    private init(objects: [OID], columns: [OID], vlans: OID?) {
        (self.objects, self.columns, self.vlans) = (objects, columns, vlans)
    }

    private static func collect(
        _ applied: AppliedProfile,
        _ objects: inout Set<OID>,
        _ columns: inout Set<OID>
    ) {
        func add(_ path: ObjectPath?, _ isColumn: Bool) {
            guard let name = path.flatMap(applied.resolved) else { return }
            if isColumn { columns.insert(name) } else { objects.insert(name) }
        }
        func add(_ conditions: [RowCondition], _ isColumn: Bool) {
            for condition in conditions {
                add(condition.path, isColumn)
                if case .below(let other) = condition.test { add(other, isColumn) }
            }
        }
        for source in applied.profile.identity.values.joined() {
            switch source.origin {
            case .fixed: break
            case .object(let path):
                add(path, false)
                add(source.keep, false)
            case .column(let path):
                add(path, true)
                add(source.keep, true)
            }
        }
        for source in applied.profile.uptime { add(source.object, false) }
        for fact in applied.profile.facts {
            let isColumn = if case .column = fact.source { true } else { false }
            for path in fact.paths { add(path, isColumn) }
        }
        for rule in applied.profile.neighbours {
            for member in rule.members {
                add(member.column, true)
                add(member.subtype, true)
            }
            if let local = rule.local {
                for path in [local.identifier, local.subtype, local.description] { add(path, true) }
            }
        }
    }
}

extension FactRule {
    /// Every object or column that the fact needs.
    var paths: [ObjectPath] {
        var paths = [self.source.path] + self.arithmetic.minus + self.members.map(\.path)
        paths += [self.label, self.arithmetic.percentOf, self.arithmetic.percentWith].compactMap { $0 }
        for condition in self.keep {
            paths.append(condition.path)
            if case .below(let other) = condition.test { paths.append(other) }
        }
        return paths
    }
}
