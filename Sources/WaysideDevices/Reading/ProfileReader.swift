internal import WaysideFiles

/// Makes a profile of its YAML; what cannot be read is noted, and the reading goes on.
struct ProfileReader {
    var file: YAMLFile
    let sha256: String

    private static let keys = [
        "id", "version", "evidence", "rank", "when", "identity", "uptime", "facts", "neighbours",
        "forwarding",
    ]

    /// The profile; `nil` when a part without which there is none could not be read.
    mutating func profile(_ root: YAMLNode) -> DeviceProfile? {
        guard let mapping = self.file.mapping(root, keys: Self.keys) else { return nil }
        let id = self.file.required(mapping, "id").flatMap { self.file.text($0) }
        let version = self.file.required(mapping, "version").flatMap { node in
            self.file.wholeNumber(node, in: 1...1_000_000, "a whole number, 1 or more")
        }
        let evidence = self.file.required(mapping, "evidence").flatMap { self.file.text($0) }
        let rank = mapping["rank"].flatMap { node in
            self.file.wholeNumber(node, in: 0...100, "a whole number from 0 to 100")
        }
        let ways = self.list(mapping["when"]) { $0.recognition($1) }
        let identity = mapping["identity"].map { self.identity($0) } ?? [:]
        let uptime = self.list(mapping["uptime"]) { $0.uptime($1) }
        let facts = self.list(mapping["facts"]) { $0.fact($1) }
        let neighbours = self.list(mapping["neighbours"]) { $0.neighbours($1) }
        let forwarding = mapping["forwarding"].flatMap { self.forwarding($0) }
        guard let id, let version, let evidence else { return nil }
        return DeviceProfile(
            id: id,
            version: Int(version),
            evidence: evidence,
            rank: Int(rank ?? 50),
            ways: ways,
            identity: identity,
            uptime: uptime,
            facts: facts,
            neighbours: neighbours,
            forwarding: forwarding,
            sha256: self.sha256
        )
    }

    // MARK: - Recognition and identity

    private mutating func recognition(_ node: YAMLNode) -> Recognition? {
        let keys = ["sys_object_id", "sys_descr", "answers", "holds", "except"]
        guard let mapping = self.file.mapping(node, keys: keys) else { return nil }
        let way = Recognition(
            systemObjects: self.oneOrMore(mapping["sys_object_id"]) { $0.path($1) },
            descriptions: self.oneOrMore(mapping["sys_descr"]) { $0.file.text($1) },
            answers: mapping["answers"].flatMap { self.path($0) },
            holds: mapping["holds"].flatMap { self.path($0) },
            exceptions: self.oneOrMore(mapping["except"]) { $0.path($1) }
        )
        if mapping.members.allSatisfy({ $0.key == "except" }) {
            self.file.complain(
                node,
                "nothing to recognise a device by",
                "name sys_object_id, sys_descr, answers or holds"
            )
        }
        return way
    }

    private mutating func identity(_ node: YAMLNode) -> [IdentityKey: [TextSource]] {
        guard let mapping = self.file.mapping(node, keys: IdentityKey.allCases.map(\.rawValue)) else {
            return [:]
        }
        var identity: [IdentityKey: [TextSource]] = [:]
        for (key, value) in mapping.members {
            guard let key = IdentityKey(rawValue: key), !value.isNull else { continue }
            identity[key] = self.oneOrMore(value) { $0.textSource($1) }
        }
        return identity
    }

    private mutating func textSource(_ node: YAMLNode) -> TextSource? {
        guard node.isMapping else {
            return self.file.text(node).map { TextSource(origin: .fixed($0), cuts: [], words: [:], keep: []) }
        }
        guard let mapping = self.file.mapping(node, keys: ["object", "column", "cut", "words", "keep"]) else {
            return nil
        }
        guard let source = self.source(mapping) else { return nil }
        let origin: TextSource.Origin =
            switch source {
            case .object(let path): .object(path)
            case .column(let path): .column(path)
            }
        return TextSource(
            origin: origin,
            cuts: self.oneOrMore(mapping["cut"]) { $0.cut($1) },
            words: mapping["words"].map { self.dictionary($0) } ?? [:],
            keep: self.list(mapping["keep"]) { $0.condition($1) }
        )
    }

    private mutating func cut(_ node: YAMLNode) -> TextCut? {
        let keys = ["after", "before", "field", "of", "printable", "first"]
        guard let mapping = self.file.mapping(node, keys: keys) else { return nil }
        if let after = mapping["after"] { return self.anyText(after).map { .after($0) } }
        if let before = mapping["before"] { return self.anyText(before).map { .before($0) } }
        if let field = mapping["field"] {
            let number = self.file.wholeNumber(field, in: 1...100, "a whole number from 1 to 100")
            let separator = self.file.required(mapping, "of").flatMap { self.anyText($0) }
            guard let number, let separator else { return nil }
            return .field(Int(number), of: separator)
        }
        if let first = mapping["first"] {
            return self.file.wholeNumber(first, in: 1...1_000, "a whole number from 1 to 1000").map {
                .first(Int($0))
            }
        }
        if let printable = mapping["printable"], self.file.bool(printable) == true { return .printable }
        self.file.complain(
            node,
            "it cuts nothing",
            "write after, before, field and of, first, or printable: true"
        )
        return nil
    }

    private mutating func uptime(_ node: YAMLNode) -> UptimeSource? {
        guard let mapping = self.file.mapping(node, keys: ["object", "ticks_per_second", "name"]) else {
            return nil
        }
        let object = self.file.required(mapping, "object").flatMap { self.path($0) }
        let name = self.file.required(mapping, "name").flatMap { self.file.text($0) }
        let ticks = mapping["ticks_per_second"].flatMap { self.number($0) } ?? 100
        guard let object, let name else { return nil }
        return UptimeSource(object: object, ticksPerSecond: ticks, name: name)
    }

    // MARK: - Neighbours and forwarding

    private mutating func neighbours(_ node: YAMLNode) -> NeighbourRule? {
        guard let mapping = self.file.mapping(node, keys: ["section", "index", "members", "local"]) else {
            return nil
        }
        let section = self.file.required(mapping, "section").flatMap {
            self.file.word($0, as: NeighbourRule.Section.self)
        }
        let index = self.list(mapping["index"]) { $1.scalar }
        let members = self.list(self.file.required(mapping, "members")) { $0.neighbourMember($1) }
        let local = mapping["local"].flatMap { self.localPort($0) }
        guard let section else { return nil }
        return NeighbourRule(section: section, index: index, members: members, local: local)
    }

    private mutating func neighbourMember(_ node: YAMLNode) -> NeighbourRule.Member? {
        guard let mapping = self.file.mapping(node, keys: ["name", "column", "read", "subtype", "mac"]) else {
            return nil
        }
        let name = self.file.required(mapping, "name").flatMap { self.file.text($0) }
        let column = self.file.required(mapping, "column").flatMap { self.path($0) }
        let kind = mapping["read"].flatMap { self.file.word($0, as: NeighbourRule.Kind.self) } ?? .text
        let subtype = mapping["subtype"].flatMap { self.path($0) }
        let macs = self.list(mapping["mac"]) { reader, node in
            reader.file.wholeNumber(node, in: 0...255, "a whole number from 0 to 255")
        }
        guard let name, let column else { return nil }
        return NeighbourRule.Member(
            name: name,
            column: column,
            kind: kind,
            subtype: subtype,
            macSubtypes: Set(macs)
        )
    }

    private mutating func localPort(_ node: YAMLNode) -> NeighbourRule.LocalPort? {
        guard let mapping = self.file.mapping(node, keys: ["part", "id", "subtype", "desc"]) else {
            return nil
        }
        let part = self.file.required(mapping, "part").flatMap { node in
            self.file.wholeNumber(node, in: 1...8, "a whole number from 1 to 8")
        }
        let id = self.file.required(mapping, "id").flatMap { self.path($0) }
        let subtype = self.file.required(mapping, "subtype").flatMap { self.path($0) }
        let desc = self.file.required(mapping, "desc").flatMap { self.path($0) }
        guard let part, let id, let subtype, let desc else { return nil }
        return NeighbourRule.LocalPort(part: Int(part), identifier: id, subtype: subtype, description: desc)
    }

    private mutating func forwarding(_ node: YAMLNode) -> ForwardingRule? {
        guard let mapping = self.file.mapping(node, keys: ["vlans", "front_panel"]) else { return nil }
        return ForwardingRule(
            vlans: mapping["vlans"].flatMap { self.path($0) },
            isFrontPanel: mapping["front_panel"].flatMap { self.file.bool($0) } ?? false
        )
    }
}
