internal import WaysideCore
internal import Yams

/// A YAML file that is read strictly: collects what is wrong with it, each with line, column and mend.
package struct YAMLFile {
    let name: String
    package private(set) var problems: [FileProblem] = []
    /// What may be meant so, and may be not.
    private(set) var warnings: [FileProblem] = []

    package init(name: String) { self.name = name }

    /// The top of the file; `nil`, with a problem noted, when it is no YAML.
    package mutating func root(_ bytes: [UInt8]) -> YAMLNode? {
        guard bytes.count <= Self.longestFile else {
            self.problems.append(
                FileProblem(
                    file: self.name,
                    wrong: "it is longer than \(Self.longestFile >> 20) MiB",
                    mend: "split it"
                )
            )
            return nil
        }
        // Some editors begin a file with a byte order mark, which is none of its text.
        let text = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes[3...] : bytes[...]
        guard let text = String(validating: text, as: UTF8.self) else {
            self.problems.append(
                FileProblem(file: self.name, wrong: "it is not UTF-8", mend: "save it as UTF-8")
            )
            return nil
        }
        do {
            if let node = try Yams.compose(yaml: text, .default, .default, .utf8) {
                return YAMLNode(node, name: "the file")
            }
            self.problems.append(FileProblem(file: self.name, wrong: "it is empty", mend: "write it as YAML"))
        } catch {
            self.problems.append(Self.problem(of: error, file: self.name))
        }
        return nil
    }

    private static let longestFile = 64 << 20

    private static func problem(of error: any Error, file: String) -> FileProblem {
        func at(_ mark: Mark, _ wrong: String, _ mend: String) -> FileProblem {
            FileProblem(file: file, row: mark.line, column: "\(mark.column)", wrong: wrong, mend: mend)
        }
        switch error as? YamlError {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            return at(mark, "no valid YAML: \(problem)", "check indentation, quotes and brackets up to here")
        case .duplicatedKeysInMapping(let keys, let context):
            let key = quoted(keys.first ?? "")
            return at(context.mark, "the key \(key) stands twice", "keep one of the two")
        default:
            return FileProblem(
                file: file,
                wrong: "no valid YAML",
                mend: "check quotes, brackets and indentation"
            )
        }
    }

    /// Notes a problem at the place of a node.
    package mutating func complain(_ node: YAMLNode, _ wrong: String, _ mend: String) {
        self.problems.append(self.problem(node, wrong, mend))
    }

    /// Notes at the place of a node what may be meant so, and may be not.
    mutating func warn(_ node: YAMLNode, _ wrong: String, _ mend: String) {
        self.warnings.append(self.problem(node, wrong, mend))
    }

    private func problem(_ node: YAMLNode, _ wrong: String, _ mend: String) -> FileProblem {
        FileProblem(
            file: self.name,
            row: node.line,
            column: node.column.map { "\($0)" },
            wrong: wrong,
            mend: mend
        )
    }

    /// Takes over what another reader found in this file.
    mutating func take(_ problems: [FileProblem]) { self.problems += problems }

    // MARK: - Shapes

    /// The members of a mapping. Keys that are not known are noted with the nearest known one; `null` is absent.
    package mutating func mapping(_ node: YAMLNode, keys: [String]) -> YAMLMapping? {
        guard let mapping = self.openMapping(node) else { return nil }
        for (key, value) in mapping.members where !keys.contains(key) {
            let nearest = Spelling.nearest(to: key, among: keys) ?? ""
            self.complain(
                value.atKey,
                "unknown key \(quoted(key)) in \(node.name)",
                "the nearest known one is \(nearest) (of \(Spelling.list(keys)))"
            )
        }
        return mapping
    }

    /// The members of a mapping whose keys are names.
    package mutating func openMapping(_ node: YAMLNode) -> YAMLMapping? {
        guard case .mapping(let mapping) = node.node else {
            self.complain(node, "\(node.name) is no mapping", "write it as {key: value}")
            return nil
        }
        var members: [(String, YAMLNode)] = []
        for (key, value) in mapping {
            guard case .scalar(let scalar) = key else {
                self.complain(
                    YAMLNode(key, name: "a key"),
                    "a key of \(node.name) is no text",
                    "write it as text"
                )
                continue
            }
            let member = YAMLNode(value, name: scalar.string, key: key.mark)
            members.append((scalar.string, member))
        }
        return YAMLMapping(node: node, members: members)
    }

    /// The entries of a list.
    package mutating func list(_ node: YAMLNode) -> [YAMLNode]? {
        guard case .sequence(let sequence) = node.node else {
            self.complain(node, "\(node.name) is no list", "write it as [one, two]")
            return nil
        }
        return sequence.map { YAMLNode($0, name: "an entry of \(node.name)") }
    }

    /// The member that must be there.
    package mutating func required(_ mapping: YAMLMapping, _ key: String) -> YAMLNode? {
        if let node = mapping[key] { return node }
        self.complain(mapping.node, "\(mapping.node.name) lacks \(key)", "add it")
        return nil
    }

    // MARK: - Values

    package mutating func text(_ node: YAMLNode) -> String? {
        guard case .scalar(let scalar) = node.node, !trimmedText(scalar.string).isEmpty else {
            self.complain(node, "\(node.name) is no text", "write a word or a sentence")
            return nil
        }
        return scalar.string
    }

    package mutating func wholeNumber(_ node: YAMLNode, in range: ClosedRange<Int64>, _ mend: String)
        -> Int64?
    {
        if case .scalar(let scalar) = node.node, Self.isWhole(scalar.string),
            let number = Int64(scalar.string),
            range.contains(number)
        {
            return number
        }
        self.complain(node, "\(node.name) is \(node.shown)", "write \(mend)")
        return nil
    }

    private static func isWhole(_ text: String) -> Bool {
        let digits = text.utf8.first == UInt8(ascii: "-") ? text.utf8.dropFirst() : text.utf8[...]
        return !digits.isEmpty && digits.allSatisfy { (0x30...0x39).contains($0) }
    }

    /// Decimal text from 0 to 1 with at most three places, in thousandths.
    mutating func thousandths(_ node: YAMLNode) -> Int64? {
        if case .scalar(let scalar) = node.node, let value = Self.thousandths(scalar.string) { return value }
        self.complain(
            node,
            "\(node.name) is \(node.shown)",
            "write a decimal from 0 to 1 with at most three places, such as 0.980"
        )
        return nil
    }

    private static func thousandths(_ text: String) -> Int64? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), parts[0] == "0" || parts[0] == "1" else { return nil }
        var value: Int64 = parts[0] == "1" ? 1_000 : 0
        if parts.count == 2 {
            guard (1...3).contains(parts[1].utf8.count),
                parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) })
            else {
                return nil
            }
            var place: Int64 = 100
            for digit in parts[1].utf8 {
                value += Int64(digit - 0x30) * place
                place /= 10
            }
        }
        return value <= 1_000 ? value : nil
    }

    /// `HH:MM`, in milliseconds from 00:00; 24:00 only where an end may be.
    mutating func timeOfDay(_ node: YAMLNode, upTo24: Bool = false) -> Int64? {
        if case .scalar(let scalar) = node.node, let time = Self.timeOfDay(scalar.string),
            time < 24 * 60 || upTo24 && time == 24 * 60
        {
            return time * 60_000
        }
        self.complain(
            node,
            "\(node.name) is \(node.shown)",
            "write a time of day from \"00:00\" to \"\(upTo24 ? "24:00" : "23:59")\", two digits each, in quotes"
        )
        return nil
    }

    /// Minutes of `HH:MM`.
    private static func timeOfDay(_ text: String) -> Int64? {
        let bytes = Array(text.utf8)
        guard bytes.count == 5, bytes[2] == UInt8(ascii: ":"),
            [0, 1, 3, 4].allSatisfy({ (0x30...0x39).contains(bytes[$0]) })
        else { return nil }
        let digits = bytes.map { Int64($0) - 0x30 }
        let minutes = digits[3] * 10 + digits[4]
        return minutes < 60 ? (digits[0] * 10 + digits[1]) * 60 + minutes : nil
    }

    mutating func day(_ node: YAMLNode) -> ServiceDay? {
        if case .scalar(let scalar) = node.node, let day = ServiceDay(scalar.string) { return day }
        self.complain(node, "\(node.name) is \(node.shown)", "write a day as YYYY-MM-DD, such as 2026-03-01")
        return nil
    }

    mutating func timestamp(_ node: YAMLNode) -> Timestamp? {
        if case .scalar(let scalar) = node.node, let instant = Timestamp(scalar.string) { return instant }
        self.complain(
            node,
            "\(node.name) is \(node.shown)",
            "write RFC 3339 with an offset, such as \"2026-03-01T00:00:10.000+08:00\""
        )
        return nil
    }

    package mutating func bool(_ node: YAMLNode) -> Bool? {
        if case .scalar(let scalar) = node.node, let value = Bool(scalar.string) { return value }
        self.complain(node, "\(node.name) is \(node.shown)", "write true or false")
        return nil
    }

    /// One of a fixed list of words.
    package mutating func word<Word: RawRepresentable & CaseIterable>(
        _ node: YAMLNode,
        as: Word.Type = Word.self
    )
        -> Word?
    where Word.RawValue == String {
        if case .scalar(let scalar) = node.node, let word = Word(rawValue: scalar.string) { return word }
        self.complainOfWord(node, known: Word.allCases.map(\.rawValue))
        return nil
    }

    package mutating func complainOfWord(_ node: YAMLNode, known: [String]) {
        let nearest = node.scalar.flatMap { Spelling.nearest(to: $0, among: known) }
        self.complain(
            node,
            "\(node.name) is \(node.shown)",
            "write \(Spelling.list(known))" + (nearest.map { "; the nearest is \($0)" } ?? "")
        )
    }
}

/// A node with what it is called in messages.
package struct YAMLNode {
    let node: Node
    package let name: String
    private let key: Mark?

    init(_ node: Node, name: String, key: Mark? = nil) {
        (self.node, self.name, self.key) = (node, name, key)
    }

    var line: Int? { self.node.mark?.line ?? self.key?.line }
    var column: Int? { self.node.mark?.column ?? self.key?.column }

    /// The same, placed where its key stands.
    package var atKey: YAMLNode {
        guard let key = self.key else { return self }
        return YAMLNode(.scalar(.init("", .implicit, .any, key)), name: self.name)
    }

    /// The text of a scalar.
    package var scalar: String? {
        guard case .scalar(let scalar) = self.node else { return nil }
        return scalar.string
    }

    /// What stands there, as messages show it.
    package var shown: String {
        switch self.node {
        case .scalar(let scalar): quoted(scalar.string)
        case .mapping: "a mapping"
        case .sequence: "a list"
        case .alias: "an alias"
        }
    }

    /// Whether it is a mapping, for what may be written short or long.
    package var isMapping: Bool {
        if case .mapping = self.node { true } else { false }
    }

    /// Whether it is a list, for what may be one or several.
    package var isList: Bool {
        if case .sequence = self.node { true } else { false }
    }

    /// Whether it is `null`: nothing, `~` or `null`, without quotes.
    package var isNull: Bool {
        guard case .scalar(let scalar) = self.node, scalar.style == .plain || scalar.style == .any else {
            return false
        }
        return ["", "~", "null", "Null", "NULL"].contains(scalar.string)
    }
}

/// The members of a mapping, in their order.
package struct YAMLMapping {
    package let node: YAMLNode
    package let members: [(key: String, value: YAMLNode)]

    init(node: YAMLNode, members: [(String, YAMLNode)]) {
        self.node = node
        self.members = members.map { (key: $0.0, value: $0.1) }
    }

    /// The member; `nil` when it is absent or `null`.
    package subscript(_ key: String) -> YAMLNode? {
        self.members.first { $0.key == key }.flatMap { $0.value.isNull ? nil : $0.value }
    }
}
