internal import SNMP

/// The questions of one look, one after another, and what came of them.
struct DeviceTalk {
    let engine: SNMPEngine
    let agent: SNMPAgent
    let settings: FactsSettings
    private(set) var memory: CapabilityMemory
    private let now: Int64
    private(set) var rows = DeviceRows()
    /// The first answer, as long as there was none that can be used.
    private(set) var silence: SNMPAnswer?
    private var hasAnswered = false
    /// Objects a GET may name with this agent; only falls.
    private var objectsPerQuestion: Int
    /// Rows a walk may ask for at once with this agent.
    private var repetitions = WalkLimits().repetitions
    private let clock = ContinuousClock()
    private let end: ContinuousClock.Instant

    init(engine: SNMPEngine, agent: SNMPAgent, settings: FactsSettings, memory: CapabilityMemory, now: Int64)
    {
        self.engine = engine
        self.agent = agent
        self.settings = settings
        self.memory = memory
        self.now = now
        self.objectsPerQuestion = settings.objectsPerQuestion
        self.end = self.clock.now + settings.duration
    }

    private var left: Duration { self.clock.now.duration(to: self.end) }

    private var deadline: Duration { min(self.settings.deadline, max(.milliseconds(1), self.left)) }

    // MARK: - Objects

    /// Asks for single objects. An object for which a v1 agent refuses the whole question is left out and the rest
    /// asked again; a question that is too much is halved.
    mutating func get(_ objects: [OID], remembers: Bool) async {
        var waiting = Self.groups(of: objects, self.objectsPerQuestion)
        while let group = waiting.popLast() {
            guard self.left > .zero else { return self.giveUp(group[0]) }
            let answer = await self.engine.get(group, from: self.agent, deadline: self.deadline)
            switch answer {
            case .response(let varBinds, _):
                self.hasAnswered = true
                self.silence = nil
                self.rows.take(varBinds)
                if remembers { self.note(group, varBinds) }
            case .agentError(.noSuchName, let index, _) where (1...group.count).contains(index):
                self.hasAnswered = true
                self.silence = nil
                if remembers { self.memory.note(group[index - 1], .notSupported, at: self.now) }
                let rest = Array(group[..<(index - 1)] + group[index...])
                if !rest.isEmpty { waiting.append(rest) }
            default:
                if !self.hasAnswered, group.count == 1 || !Self.mayBeTooMuch(answer) {
                    self.silence = answer
                    return
                }
                if group.count > 1 {
                    // One object that an agent stumbles over must not cost the others.
                    self.objectsPerQuestion = max(1, group.count / 2)
                    waiting += Self.groups(of: group, self.objectsPerQuestion)
                    if !self.hasAnswered { waiting = [[group[0]]] + [waiting.last ?? group] }
                } else {
                    self.rows.noteCut(group[0], .unanswered(answer))
                    if remembers { self.memory.note(group[0], .failed, at: self.now) }
                }
            }
        }
    }

    private mutating func note(_ group: [OID], _ varBinds: [VarBind]) {
        let answered = Set(varBinds.lazy.filter { !$0.value.isMissing }.map(\.name))
        for name in group {
            self.memory.note(name, answered.contains(name) ? .supported : .notSupported, at: self.now)
        }
    }

    private static func mayBeTooMuch(_ answer: SNMPAnswer) -> Bool {
        switch answer {
        case .agentError, .malformed, .silent: true
        default: false
        }
    }

    /// Groups in the order asked, the first last, as `popLast` takes them.
    private static func groups(of objects: [OID], _ size: Int) -> [[OID]] {
        stride(from: 0, to: objects.count, by: size).map {
            Array(objects[$0..<min($0 + size, objects.count)])
        }
        .reversed()
    }

    /// The time is over; what was to be asked next stays unasked.
    private mutating func giveUp(_ root: OID, vlan: UInt32? = nil) {
        self.rows.noteCut(root, vlan: vlan, .timeLimit)
    }

    // MARK: - Columns

    /// Which of these subtrees hold an object, by asking for the first in each; those of which no answer tells count
    /// as holding one.
    mutating func subtreesThatHold(_ roots: [OID]) async -> Set<OID> {
        var held: Set<OID> = []
        var waiting = Self.groups(of: roots, self.objectsPerQuestion)
        while let group = waiting.popLast() {
            guard self.left > .zero, let template = try? PollTemplate.getNext(group) else {
                // A group is never empty nor too long, so that only the time can be over.
                held.formUnion(group)
                self.giveUp(group[0])
                continue
            }
            let answer = await self.engine.send(template, to: self.agent, deadline: self.deadline)
            switch answer {
            case .response(let varBinds, _) where varBinds.count == group.count:
                for (root, varBind) in zip(group, varBinds) {
                    let isThere = varBind.name.isWithin(root) && !varBind.value.isMissing
                    // A root that is an object itself, as some agents have it, is not after itself.
                    if isThere || self.rows.objects[root] != nil { held.insert(root) }
                }
            case .agentError(.noSuchName, let index, _) where (1...group.count).contains(index):
                let rest = Array(group[..<(index - 1)] + group[index...])
                if !rest.isEmpty { waiting.append(rest) }
            default:
                if group.count > 1 {
                    waiting += Self.groups(of: group, max(1, group.count / 2))
                } else {
                    held.insert(group[0])
                }
            }
        }
        return held
    }

    /// Walks the columns that hold a row.
    mutating func walk(_ columns: [OID]) async {
        let held = await self.subtreesThatHold(columns)
        // A column without an instance, as some agents have it, is an object by its own name. SNMPv1 would refuse
        // them one by one; a walk finds them too, but costs a question a column.
        if case .v1 = self.agent.credential {
        } else {
            await self.get(columns.filter { !held.contains($0) }, remembers: false)
        }
        for column in columns {
            if let value = self.rows.objects[column] {
                self.rows.take(
                    DeviceRows.Column([VarBind(name: column, value: value)], under: column),
                    under: column
                )
                self.memory.note(column, .supported, at: self.now)
                continue
            }
            guard held.contains(column) else {
                self.memory.note(column, .notSupported, at: self.now)
                continue
            }
            guard let walk = await self.walk(column, self.agent) else { return self.giveUp(column) }
            if let cut = walk.cut { self.rows.noteCut(column, cut) }
            self.rows.take(
                DeviceRows.Column(walk.rows, under: column, isPartial: walk.isPartial),
                under: column
            )
            let outcome: CapabilityMemory.Outcome =
                walk.rows.isEmpty ? (walk.isPartial ? .failed : .notSupported) : .supported
            self.memory.note(column, outcome, at: self.now)
        }
    }

    private mutating func walk(_ column: OID, _ agent: SNMPAgent) async -> SNMPWalk? {
        guard self.left > .zero else { return nil }
        var limits = WalkLimits(rows: self.settings.rowsPerColumn)
        limits.duration = self.left
        limits.deadline = self.settings.deadline
        limits.repetitions = self.repetitions
        let walk = await self.engine.walk(column, on: agent, limits: limits)
        self.repetitions = max(1, min(self.repetitions, walk.repetitions))
        return walk
    }

    /// Walks the forwarding table VLAN by VLAN, as Cisco's switches want it: the VLAN's number is part of the
    /// community, or in v3 the context `vlan-N`.
    mutating func walkVLANs(of column: OID) async {
        let numbers = (self.rows.columns[column]?.order ?? []).compactMap(\.last)
        // 1002 to 1005 stand for FDDI and Token Ring, which no port has.
        let vlans = numbers.filter { !(1_002...1_005).contains($0) }
        if vlans.count > self.settings.vlans { self.rows.noteCut(column, .rowLimit) }
        var silences = 0
        for vlan in vlans.prefix(self.settings.vlans) where silences < Self.mostSilentVLANs {
            guard let agent = self.agent.inVLAN(vlan), let first = ForwardingColumns.perVLAN.first else {
                return
            }
            guard self.left > .zero else { return self.giveUp(first, vlan: vlan) }
            // A VLAN that the switch does not know is met with silence, in v3 with a report, and must not cost long.
            var limits = WalkLimits(rows: self.settings.rowsPerColumn)
            limits.deadline = min(self.deadline, .seconds(1))
            limits.duration = self.left
            let joined = await self.engine.walk(first, on: agent, limits: limits)
            if joined.rows.isEmpty, case .unanswered = joined.cut {
                silences += 1
                continue
            }
            silences = 0
            self.take(joined, vlan)
            for column in ForwardingColumns.perVLAN.dropFirst() {
                guard let walk = await self.walk(column, agent) else {
                    return self.giveUp(column, vlan: vlan)
                }
                self.take(walk, vlan)
            }
        }
    }

    /// After so many VLANs in a row without an answer the switch is taken to know none by community or context.
    private static let mostSilentVLANs = 3

    private mutating func take(_ walk: SNMPWalk, _ vlan: UInt32) {
        if let cut = walk.cut { self.rows.noteCut(walk.root, vlan: vlan, cut) }
        let column = DeviceRows.Column(walk.rows, under: walk.root, isPartial: walk.isPartial)
        self.rows.take(column, under: walk.root, vlan: vlan)
    }
}

extension SNMPAgent {
    /// The same agent as it answers for one VLAN; `nil` where a credential cannot say that.
    func inVLAN(_ vlan: UInt32) -> SNMPAgent? {
        switch self.credential {
        case .v1(let community):
            SNMPAgent(address: self.address, credential: .v1(community: "\(community)@\(vlan)"))
        case .v2c(let community):
            SNMPAgent(address: self.address, credential: .v2c(community: "\(community)@\(vlan)"))
        case .v3(let user) where user.context.isEmpty:
            (try? user.inContext("vlan-\(vlan)")).map {
                SNMPAgent(address: self.address, credential: .v3($0))
            }
        case .v3: nil
        }
    }
}
