internal import WaysideFiles

extension ProfileReader {
    private static let factKeys = [
        "section", "name", "object", "column", "label", "label_parts", "read", "unit", "scale", "plausible",
        "none",
        "range", "invert_from", "minus", "percent_of", "percent_with", "keep", "states", "print_meaning",
        "distrust",
        "members", "port", "mean", "metric",
    ]

    mutating func fact(_ node: YAMLNode) -> FactRule? {
        guard let mapping = self.file.mapping(node, keys: Self.factKeys) else { return nil }
        let section = self.file.required(mapping, "section").flatMap {
            self.file.word($0, as: FactSection.self)
        }
        let name = self.file.required(mapping, "name").flatMap { self.file.text($0) }
        let unit = self.file.required(mapping, "unit").flatMap { self.file.text($0) }
        let source = self.source(mapping)
        let labelParts = mapping["label_parts"].flatMap { node in
            self.file.wholeNumber(node, in: 1...16, "a whole number from 1 to 16")
        }
        let arithmetic = Arithmetic(
            invertFrom: mapping["invert_from"].flatMap { self.number($0) },
            minus: self.oneOrMore(mapping["minus"]) { $0.path($1) },
            percentOf: mapping["percent_of"].flatMap { self.path($0) },
            percentWith: mapping["percent_with"].flatMap { self.path($0) }
        )
        let reading = self.reading(mapping)
        let states = mapping["states"].map { self.dictionary($0) } ?? [:]
        let metric = mapping["metric"].flatMap { self.metric($0, unit: unit ?? "") }
        let port = mapping["port"].flatMap { self.file.word($0, as: PortRule.self) }
        guard let section, let name, let unit, let source else { return nil }
        return FactRule(
            section: section,
            name: name,
            source: source,
            label: mapping["label"].flatMap { self.path($0) },
            labelParts: labelParts.map { Int($0) },
            reading: reading,
            unit: unit,
            arithmetic: arithmetic,
            keep: self.list(mapping["keep"]) { $0.condition($1) },
            states: states,
            printsMeaning: mapping["print_meaning"].flatMap { self.file.bool($0) } ?? false,
            distrust: mapping["distrust"].flatMap { self.file.text($0) },
            members: self.list(mapping["members"]) { $0.member($1) },
            port: port,
            mean: mapping["mean"].flatMap { self.file.text($0) },
            metric: metric
        )
    }

    private mutating func member(_ node: YAMLNode) -> FactMember? {
        let keys = ["name", "at", "read", "scale", "plausible", "none", "range", "states"]
        guard let mapping = self.file.mapping(node, keys: keys) else { return nil }
        let name = self.file.required(mapping, "name").flatMap { self.file.text($0) }
        let path = self.file.required(mapping, "at").flatMap { self.path($0) }
        let reading = self.reading(mapping)
        let states = mapping["states"].map { self.dictionary($0) } ?? [:]
        guard let name, let path else { return nil }
        return FactMember(name: name, path: path, reading: reading, states: states)
    }

    private mutating func reading(_ mapping: YAMLMapping) -> ValueReading {
        var (numbers, texts): (Set<Double>, Set<String>) = ([], [])
        for text in self.oneOrMore(mapping["none"], { $1.scalar }) {
            if let number = Double(text) { numbers.insert(number) }
            texts.insert(text)
        }
        return ValueReading(
            kind: mapping["read"].flatMap { self.file.word($0, as: ValueReading.Kind.self) } ?? .number,
            scale: mapping["scale"].flatMap { self.number($0) } ?? 1,
            plausible: mapping["plausible"].flatMap { self.range($0) },
            sentinels: numbers,
            sentinelTexts: texts,
            range: mapping["range"].flatMap { self.range($0) }
        )
    }

    /// `{column: …, above: 0}`: exactly one test of one column or object.
    mutating func condition(_ node: YAMLNode) -> RowCondition? {
        let keys = ["at", "above", "at_most", "below", "equals", "not", "contains"]
        guard let mapping = self.file.mapping(node, keys: keys) else { return nil }
        guard let path = self.file.required(mapping, "at").flatMap({ self.path($0) }) else { return nil }
        var tests: [RowCondition.Test] = []
        if let node = mapping["above"], let number = self.number(node) { tests.append(.above(number)) }
        if let node = mapping["at_most"], let number = self.number(node) { tests.append(.atMost(number)) }
        if let node = mapping["below"], let path = self.path(node) { tests.append(.below(path)) }
        if let node = mapping["equals"] { tests.append(.equals(self.oneOrMore(node) { $1.scalar })) }
        if let node = mapping["not"] { tests.append(.not(self.oneOrMore(node) { $1.scalar })) }
        if let node = mapping["contains"] { tests.append(.contains(self.oneOrMore(node) { $1.scalar })) }
        guard let test = tests.first, tests.count == 1 else {
            self.file.complain(
                node,
                "a condition has \(tests.count) tests",
                "write one of above, at_most, below, equals, not, contains"
            )
            return nil
        }
        return RowCondition(path: path, test: test)
    }

    /// `cpu.load`, or a mapping with what is not as usual.
    private mutating func metric(_ node: YAMLNode, unit: String) -> MetricRule? {
        let usual = Self.metricUnits[unit] ?? unit
        guard node.isMapping else {
            return self.metricName(node).map {
                MetricRule(name: $0, unit: usual, isCounter: false, isEveryRound: true)
            }
        }
        guard let mapping = self.file.mapping(node, keys: ["name", "unit", "kind", "poll"]) else {
            return nil
        }
        let name = self.file.required(mapping, "name").flatMap { self.metricName($0) }
        let kind = mapping["kind"].flatMap { self.file.word($0, as: MetricKind.self) } ?? .gauge
        let poll = mapping["poll"].flatMap { self.file.word($0, as: Poll.self) } ?? .round
        guard let name else { return nil }
        return MetricRule(
            name: name,
            unit: mapping["unit"].flatMap { self.file.text($0) } ?? usual,
            isCounter: kind == .counter,
            isEveryRound: poll == .round
        )
    }

    private enum MetricKind: String, CaseIterable { case gauge, counter }

    private enum Poll: String, CaseIterable { case round, seldom }

    /// What the units of the facts are called in the history.
    private static let metricUnits = [
        "C": "celsius", "W": "watts", "V": "volts", "A": "amperes", "Hz": "hertz", "s": "seconds",
        "min": "minutes",
        "enum": "", "count": "", "%RH": "%",
    ]

    private mutating func metricName(_ node: YAMLNode) -> String? {
        let isAllowed: (UInt8) -> Bool = { byte in
            (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || byte == 0x5F || byte == 0x2E
        }
        if let text = node.scalar, (1...64).contains(text.utf8.count), text.utf8.allSatisfy(isAllowed) {
            return text
        }
        self.file.complain(
            node,
            "\(node.name) is \(node.shown)",
            "write 1 to 64 of a-z, 0-9, _ and ., such as cpu.load"
        )
        return nil
    }

    // MARK: - Small parts

    /// `object: OID` or `column: OID`, one of them.
    mutating func source(_ mapping: YAMLMapping) -> FactSource? {
        switch (mapping["object"], mapping["column"]) {
        case (let object?, nil): return self.path(object).map { .object($0) }
        case (nil, let column?): return self.path(column).map { .column($0) }
        case (nil, nil), (_?, _?):
            self.file.complain(
                mapping.node,
                "it needs object or column, one of them",
                "write object: OID for one value"
            )
            return nil
        }
    }

    mutating func path(_ node: YAMLNode) -> ObjectPath? {
        if let text = node.scalar, let path = ObjectPath(text) { return path }
        self.file.complain(
            node,
            "\(node.name) is \(node.shown)",
            "write an object's number such as E.39165.1.7.0 (E. is 1.3.6.1.4.1., M. is 1.3.6.1.2.1.)"
        )
        return nil
    }

    mutating func number(_ node: YAMLNode) -> Double? {
        if let text = node.scalar, let number = Double(text), number.isFinite { return number }
        self.file.complain(node, "\(node.name) is \(node.shown)", "write a number")
        return nil
    }

    private mutating func range(_ node: YAMLNode) -> ClosedRange<Double>? {
        guard let list = self.file.list(node) else { return nil }
        let numbers = list.compactMap { self.number($0) }
        guard numbers.count == 2, numbers[0] <= numbers[1] else {
            self.file.complain(node, "\(node.name) is no range", "write [lowest, highest]")
            return nil
        }
        return numbers[0]...numbers[1]
    }

    /// A text that may also be blank, such as a separator.
    mutating func anyText(_ node: YAMLNode) -> String? {
        if let text = node.scalar, !text.isEmpty { return text }
        self.file.complain(node, "\(node.name) is no text", "write a text in quotes")
        return nil
    }

    mutating func dictionary(_ node: YAMLNode) -> [String: String] {
        guard let mapping = self.file.openMapping(node) else { return [:] }
        var words: [String: String] = [:]
        for (key, value) in mapping.members {
            guard let text = self.file.text(value) else { continue }
            words[key] = text
        }
        return words
    }

    mutating func list<Element>(
        _ node: YAMLNode?,
        _ each: (inout ProfileReader, YAMLNode) -> Element?
    ) -> [Element] {
        guard let node, let nodes = self.file.list(node) else { return [] }
        return nodes.compactMap { each(&self, $0) }
    }

    /// A list, or one entry without its brackets.
    mutating func oneOrMore<Element>(
        _ node: YAMLNode?,
        _ each: (inout ProfileReader, YAMLNode) -> Element?
    ) -> [Element] {
        guard let node else { return [] }
        return node.isList ? self.list(node, each) : [each(&self, node)].compactMap { $0 }
    }
}
