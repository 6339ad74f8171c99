internal import SNMP

/// Reads what a profile knows from the rows of a device.
struct FactDecoder {
    let rows: DeviceRows
    let applied: AppliedProfile
    let ports: PortFinder

    /// Where one value of a rule stands.
    struct Place {
        let oid: OID
        let index: [UInt32]
        let value: SNMPValue
    }

    /// The facts of a rule, in the agent's order.
    func facts(_ rule: FactRule) -> [Fact] {
        let places = self.places(rule)
        let isDistrusted = rule.distrust.map { word in
            !places.isEmpty && places.allSatisfy { $0.value.comparable == word }
        }
        var facts = places.map { self.fact(rule, $0, isUnknown: isDistrusted ?? false, of: places.count) }
        if let mean = rule.mean, facts.count > 1, let column = self.applied.resolved(rule.source.path) {
            let numbers = facts.compactMap(\.value.number)
            if !numbers.isEmpty {
                let value = Self.rounded(numbers.reduce(0, +) / Double(numbers.count))
                facts.append(
                    Fact(
                        name: mean,
                        value: .number(value),
                        unit: rule.unit,
                        oid: column,
                        raw: nil,
                        state: nil,
                        ifIndex: nil,
                        members: [],
                        series: rule.metric.map { Fact.Series(rule: $0, instance: "") }
                    )
                )
            }
        }
        return facts
    }

    /// Where the values of a rule stand: the rows that count.
    func places(_ rule: FactRule) -> [Place] {
        guard let name = self.applied.resolved(rule.source.path) else { return [] }
        switch rule.source {
        case .object:
            guard let value = self.rows.objects[name], self.holds(rule.keep, []) else { return [] }
            return [Place(oid: name, index: [], value: value)]
        case .column:
            guard let column = self.rows.columns[name] else { return [] }
            return column.order.compactMap { index in
                guard let value = column[index], self.holds(rule.keep, index),
                    let oid = OID(name.subidentifiers + index)
                else { return nil }
                return Place(oid: oid, index: index, value: value)
            }
        }
    }

    /// What a part of the device is called in the history: its port, its own name, its index.
    func instance(_ rule: FactRule, _ index: [UInt32], of count: Int) -> String {
        if case .object = rule.source { return "" }
        if rule.mean != nil, count == 1 { return "" }
        if let port = rule.port.flatMap({ self.ports.port(index, by: $0) }),
            let name = self.ports.interfaces?[port]?.label
        {
            return name
        }
        if let label = self.label(rule, index), !label.isEmpty { return label }
        return Self.dotted(index)
    }

    // MARK: - One fact

    private func fact(_ rule: FactRule, _ place: Place, isUnknown: Bool, of count: Int) -> Fact {
        let sent = rule.reading.value(place.value)
        let value = isUnknown ? .unknown : self.computed(rule, sent, place.index)
        let state = rule.states[place.value.comparable]
        let shown: FactValue =
            if rule.printsMeaning, !isUnknown, value != .unknown, let state { .text(state) } else { value }
        let asSent = Self.asSent(place.value)
        let series = rule.metric.flatMap { metric -> Fact.Series? in
            // Where the mean is kept, single rows are not.
            if rule.mean != nil, count > 1 { return nil }
            return Fact.Series(rule: metric, instance: self.instance(rule, place.index, of: count))
        }
        return Fact(
            name: self.name(rule, place.index),
            value: shown,
            unit: rule.unit,
            oid: place.oid,
            raw: asSent == shown ? nil : asSent,
            state: rule.printsMeaning ? nil : state,
            ifIndex: rule.port.flatMap { self.ports.port(place.index, by: $0) },
            members: rule.members.compactMap { self.member($0, place.index) },
            series: series
        )
    }

    private func computed(_ rule: FactRule, _ value: FactValue, _ index: [UInt32]) -> FactValue {
        guard !rule.arithmetic.isEmpty, let number = value.number else { return value }
        return Self.computed(rule, number) { path in self.number(rule, path, index) }
    }

    /// The value after the profile's arithmetic; `unknown` where another number is missing or a whole is 0.
    static func computed(_ rule: FactRule, _ number: Double, _ other: (ObjectPath) -> Double?) -> FactValue {
        let arithmetic = rule.arithmetic
        var number = number
        for path in arithmetic.minus {
            guard let subtracted = other(path) else { return .unknown }
            number -= subtracted
        }
        if let whole = arithmetic.invertFrom { number = whole - number }
        if let path = arithmetic.percentOf {
            guard let whole = other(path), whole > 0 else { return .unknown }
            number = self.rounded(100 * number / whole)
        }
        if let path = arithmetic.percentWith {
            guard let rest = other(path), number + rest > 0 else { return .unknown }
            number = self.rounded(100 * number / (number + rest))
        }
        return .number(number)
    }

    private func number(_ rule: FactRule, _ path: ObjectPath, _ index: [UInt32]) -> Double? {
        guard let value = self.value(path, index), let number = rule.reading.value(value).number else {
            return nil
        }
        return number
    }

    private func value(_ path: ObjectPath, _ index: [UInt32]) -> SNMPValue? {
        self.applied.resolved(path).flatMap { self.rows.value($0, index: index) }
    }

    private func member(_ member: FactMember, _ index: [UInt32]) -> Fact.Member? {
        guard let value = self.value(member.path, index) else { return nil }
        if let state = member.states[value.comparable] {
            return Fact.Member(name: member.name, value: .text(state))
        }
        return Fact.Member(name: member.name, value: member.reading.value(value))
    }

    // MARK: - Conditions and names

    func holds(_ conditions: [RowCondition], _ index: [UInt32]) -> Bool {
        conditions.allSatisfy { self.holds($0, index) }
    }

    private func holds(_ condition: RowCondition, _ index: [UInt32]) -> Bool {
        let value = self.value(condition.path, index)
        let number = value.flatMap {
            AgentText.text($0).map(ValueReading.firstNumber) ?? ValueReading.number($0)
        }
        switch condition.test {
        case .above(let bound): return number.map { $0 > bound } ?? false
        case .atMost(let bound): return number.map { $0 <= bound } ?? false
        case .below(let other):
            let bound = self.value(other, index).flatMap {
                AgentText.text($0).map(ValueReading.firstNumber) ?? ValueReading.number($0)
            }
            guard let number, let bound else { return false }
            return number < bound
        case .equals(let words): return value.map { words.contains($0.comparable) } ?? false
        case .not(let words): return value.map { !words.contains($0.comparable) } ?? true
        case .contains(let words):
            guard let text = value?.comparable.lowercased() else { return false }
            return words.contains { text.contains($0.lowercased()) }
        }
    }

    private func label(_ rule: FactRule, _ index: [UInt32]) -> String? {
        guard let path = rule.label else { return nil }
        let key = rule.labelParts.map { Array(index.prefix($0)) } ?? index
        return self.value(path, key).map(\.comparable)
    }

    private func name(_ rule: FactRule, _ index: [UInt32]) -> String {
        guard rule.name.contains("{") else { return rule.name }
        var name = rule.name.replacing("{index}", with: Self.dotted(index))
        for (place, number) in index.enumerated() {
            name = name.replacing("{\(place + 1)}", with: "\(number)")
        }
        guard name.contains("{label}") else { return name }
        let label = self.label(rule, index).flatMap { $0.isEmpty ? nil : $0 } ?? Self.dotted(index)
        return name.replacing("{label}", with: label)
    }

    static func dotted(_ index: [UInt32]) -> String { index.map(String.init).joined(separator: ".") }

    /// Shares are told in hundredths of a per cent, halves away from zero.
    static func rounded(_ number: Double) -> Double { (number * 100).rounded() / 100 }

    private static func asSent(_ value: SNMPValue) -> FactValue {
        if let text = AgentText.text(value) { return .text(text) }
        return ValueReading.number(value).map { .number($0) } ?? .unknown
    }
}
