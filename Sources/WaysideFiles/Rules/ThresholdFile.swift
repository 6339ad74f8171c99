public import WaysideCore

/// A file of threshold rules (阈值规则文件): strict YAML, every rule with its citation.
public enum ThresholdFile {
    private static let keys = [
        "id", "reason", "citation", "metric", "instance", "kinds", "profiles", "devices", "measure",
        "share_of", "at_least",
        "above", "below", "clear", "states", "polls_to_raise", "polls_to_clear", "raise_after_ms",
    ]

    private enum Measure: String, CaseIterable {
        case value
        case perSecond = "per_second"
        case share
    }

    /// Reads the rules of a file.
    ///
    /// - Throws: ``FilesError`` with every problem of the file.
    public static func read(_ path: String) throws(FilesError) -> [ThresholdRule] {
        try self.read(bytes: try InputFile.bytes(of: path, limit: 1 << 20), name: path)
    }

    /// The same of those bytes; `name` stands in messages.
    public static func read(bytes: [UInt8], name: String) throws(FilesError) -> [ThresholdRule] {
        var reader = Reader(file: YAMLFile(name: name))
        let rules = reader.rules(bytes)
        guard reader.file.problems.isEmpty else {
            throw FilesError(.parse, file: name, problems: reader.file.problems)
        }
        return rules
    }

    private struct Reader {
        var file: YAMLFile

        mutating func rules(_ bytes: [UInt8]) -> [ThresholdRule] {
            guard let root = self.file.root(bytes), let top = self.file.mapping(root, keys: ["rules"]),
                let node = self.file.required(top, "rules"), let list = self.file.list(node)
            else { return [] }
            var (rules, ids): ([ThresholdRule], Set<String>) = ([], [])
            for entry in list {
                guard let mapping = self.file.mapping(entry, keys: ThresholdFile.keys),
                    let rule = self.rule(mapping)
                else { continue }
                if !ids.insert(rule.id).inserted {
                    self.file.complain(
                        entry,
                        "the id \(quoted(rule.id)) stands twice",
                        "give one of them another"
                    )
                }
                rules.append(rule)
            }
            return rules
        }

        private mutating func rule(_ mapping: YAMLMapping) -> ThresholdRule? {
            let id = self.file.required(mapping, "id").flatMap { self.file.text($0) }
            let citation = self.file.required(mapping, "citation").flatMap { self.file.text($0) }
            let metric = self.file.required(mapping, "metric").flatMap { self.pattern($0) }
            let reason = self.file.required(mapping, "reason").flatMap { self.reason($0) }
            let condition = self.condition(mapping)
            let measure = self.measure(mapping)
            guard let id, let citation, let metric, let reason, let condition, let measure else { return nil }
            var rule = ThresholdRule(
                id: id,
                reasonZH: reason.zh,
                reasonEN: reason.en,
                citation: citation,
                metric: metric,
                condition: condition
            )
            rule.measure = measure
            if let node = mapping["instance"], let text = self.file.text(node) { rule.instance = text }
            if let node = mapping["kinds"], let list = self.file.list(node) {
                rule.kinds = Set(list.compactMap { self.file.word($0, as: Device.Kind.self) })
            }
            rule.profiles = self.names(mapping, "profiles")
            rule.devices = self.names(mapping, "devices")
            rule.pollsToRaise = self.polls(mapping, "polls_to_raise")
            rule.pollsToClear = self.polls(mapping, "polls_to_clear")
            if let node = mapping["raise_after_ms"] {
                rule.raisingMilliseconds =
                    self.file.wholeNumber(node, in: 0...86_400_000, "whole milliseconds, 0 to 86400000") ?? 0
            }
            return rule
        }

        private mutating func names(_ mapping: YAMLMapping, _ key: String) -> Set<String>? {
            guard let node = mapping[key], let list = self.file.list(node) else { return nil }
            return Set(list.compactMap { self.file.text($0) })
        }

        private mutating func polls(_ mapping: YAMLMapping, _ key: String) -> Int {
            guard let node = mapping[key] else { return 1 }
            return Int(self.file.wholeNumber(node, in: 1...1_000, "a whole number from 1 to 1000") ?? 1)
        }

        /// A metric's name, in which `*` stands for any letters.
        private mutating func pattern(_ node: YAMLNode) -> String? {
            guard let text = self.file.text(node) else { return nil }
            let isName = text.utf8.allSatisfy { byte in
                (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte)
                    || [0x5F, 0x2E, 0x2A].contains(byte)
            }
            guard isName, text.utf8.count <= 64 else {
                self.file.complain(
                    node,
                    "metric is \(node.shown)",
                    "write a metric's name such as cpu.load: a-z 0-9 _ . and * for any letters"
                )
                return nil
            }
            return text
        }

        private mutating func reason(_ node: YAMLNode) -> (zh: String, en: String)? {
            guard let mapping = self.file.mapping(node, keys: ["zh", "en"]) else { return nil }
            let zh = self.file.required(mapping, "zh").flatMap { self.file.text($0) }
            let en = self.file.required(mapping, "en").flatMap { self.file.text($0) }
            guard let zh, let en else { return nil }
            return (zh, en)
        }

        private mutating func number(_ node: YAMLNode) -> Double? {
            if let text = node.scalar, let number = Double(text), number.isFinite,
                text.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == 0x2E || $0 == 0x2D })
            {
                return number
            }
            self.file.complain(
                node,
                "\(node.name) is \(node.shown)",
                "write a decimal number such as 75 or 0.1"
            )
            return nil
        }

        private mutating func measure(_ mapping: YAMLMapping) -> ThresholdRule.Measure? {
            var measure = Measure.value
            if let node = mapping["measure"] {
                guard let word = self.file.word(node, as: Measure.self) else { return nil }
                measure = word
            }
            if measure != .share {
                for key in ["share_of", "at_least"] {
                    guard let node = mapping[key] else { continue }
                    self.file.complain(
                        node,
                        "\(key) belongs to measure: share",
                        "write measure: share, or leave it out"
                    )
                }
            }
            switch measure {
            case .value: return .value
            case .perSecond: return .perSecond
            case .share:
                guard let node = self.file.required(mapping, "share_of"), let list = self.file.list(node)
                else {
                    return nil
                }
                let names = list.compactMap { self.file.text($0) }
                guard !names.isEmpty else {
                    self.file.complain(node, "share_of is empty", "name the metrics that are the whole")
                    return nil
                }
                let least = mapping["at_least"].flatMap { self.number($0) } ?? 0
                return .share(of: names, atLeast: least)
            }
        }

        private mutating func condition(_ mapping: YAMLMapping) -> ThresholdRule.Condition? {
            let given = ["above", "below", "states"].filter { mapping[$0] != nil }
            guard given.count == 1, let node = mapping[given[0]] else {
                self.file.complain(
                    mapping.node,
                    given.isEmpty
                        ? "the rule has no limit" : "the rule has \(given.joined(separator: " and "))",
                    "write one of above, below or states"
                )
                return nil
            }
            if given[0] == "states" {
                if let clear = mapping["clear"] {
                    self.file.complain(clear, "clear belongs to above and below", "leave it out")
                }
                guard let list = self.file.list(node) else { return nil }
                let states = list.compactMap {
                    self.file.wholeNumber($0, in: -1_000_000...1_000_000, "a state's whole number")
                }
                guard !states.isEmpty else {
                    self.file.complain(node, "states is empty", "write at least one state's number")
                    return nil
                }
                return .states(Set(states))
            }
            guard let raise = self.number(node) else { return nil }
            let clearNode = mapping["clear"]
            let clear = clearNode.flatMap { self.number($0) } ?? raise
            if let clearNode, given[0] == "above" ? clear > raise : clear < raise {
                self.file.complain(
                    clearNode,
                    "clear \(clear) is on the bad side of \(given[0]) \(raise)",
                    "write a value that is good again"
                )
                return nil
            }
            return given[0] == "above"
                ? .above(raise: raise, clear: clear) : .below(raise: raise, clear: clear)
        }
    }
}
