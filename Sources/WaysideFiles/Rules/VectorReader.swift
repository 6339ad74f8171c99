internal import WaysideCore
internal import Yams

/// Makes vectors of their YAML. Rows of devices and organizations go through the reader of the inventory, so that
/// what is refused there is refused here.
struct VectorReader {
    var file: YAMLFile

    private static let keys = [
        "name", "day", "as_known_at", "organizations", "devices", "assignments", "strips", "observations",
        "exemptions",
        "expect",
    ]
    private static let observationKeys = [
        "at", "received_at", "collector", "device", "check", "hop", "outcome", "cause", "took_ms", "values",
        "evidence",
    ]
    /// The organization of devices that name none.
    static let defaultOrganization = "S1"

    init(file: YAMLFile) { self.file = file }

    mutating func vectors(_ node: YAMLNode) -> [RateVector] {
        var (vectors, names): ([RateVector], Set<String>) = ([], [])
        for entry in self.file.list(node) ?? [] {
            guard let mapping = self.file.mapping(entry, keys: Self.keys) else { continue }
            guard let vector = self.vector(mapping) else { continue }
            if !names.insert(vector.name).inserted {
                self.file.complain(
                    entry,
                    "the name \(quoted(vector.name)) stands twice",
                    "give each vector a name of its own"
                )
            }
            vectors.append(vector)
        }
        return vectors
    }

    private struct Strip {
        let device: String
        let check: Check
        let observations: [(at: Timestamp, outcome: Outcome)]
        let hop: Hop
        let node: YAMLNode
    }

    private mutating func vector(_ mapping: YAMLMapping) -> RateVector? {
        let name = self.file.required(mapping, "name").flatMap { self.file.text($0) }
        let dayNode = self.file.required(mapping, "day")
        guard let day = dayNode.flatMap({ self.file.day($0) }) else { return nil }
        let strips = self.entries(mapping["strips"]).compactMap { self.strip($0, day: day) }
        let records = self.entries(mapping["observations"])
        var checks: [String: Set<Check>] = [:]
        for strip in strips { checks[strip.device, default: []].insert(strip.check) }
        // A device without any strip is asked what its single observations say.
        let stripped = Set(checks.keys)
        for record in records {
            guard case .mapping(let members) = record.node, let device = members["device"]?.scalar?.string,
                !stripped.contains(device),
                let check = (members["check"]?.scalar?.string).flatMap(Check.init(rawValue:))
            else { continue }
            checks[device, default: []].insert(check)
        }
        guard let inventory = self.inventory(mapping, checks: checks) else { return nil }
        let keys = DeviceKeys(inventory)
        var observations: [Observation] = []
        for strip in strips {
            guard let device = self.device(strip.device, in: keys, strip.node) else { continue }
            observations += strip.observations.map { frame in
                Observation(
                    device: device,
                    check: strip.check,
                    hop: strip.hop,
                    at: frame.at,
                    outcome: frame.outcome
                )
            }
        }
        var voids: [VoidRecord] = []
        for record in records {
            if case .mapping(let members) = record.node, members["void"] != nil {
                if let void = self.void(record, in: keys, day: day) { voids.append(void) }
            } else if let observation = self.observation(record, in: keys, day: day) {
                observations.append(observation)
            }
        }
        let exemptions = self.exemptions(mapping["exemptions"], inventory: inventory, day: day)
        let expectations = self.file.required(mapping, "expect").map {
            self.expectations($0, inventory: inventory)
        }
        let asKnownAt = mapping["as_known_at"].flatMap { self.time($0, day: day) }
        guard let name, let expectations else { return nil }
        return RateVector(
            name: name,
            line: mapping.node.line ?? 1,
            day: day,
            asKnownAt: asKnownAt,
            inventory: inventory,
            observations: observations,
            voids: voids,
            exemptions: exemptions,
            expectations: expectations
        )
    }

    private mutating func entries(_ node: YAMLNode?) -> [YAMLNode] {
        node.flatMap { self.file.list($0) } ?? []
    }

    private mutating func device(_ key: String, in keys: DeviceKeys, _ node: YAMLNode) -> DeviceID? {
        if let id = keys.id(ofKey: key) { return id }
        let mend = keys.likelyKey(for: key).map { "the nearest known one is \($0)" } ?? "add it to devices"
        self.file.complain(node, "there is no device \(quoted(key)) in the vector", mend)
        return nil
    }

    /// RFC 3339, or `HH:MM`, `HH:MM:SS` or `HH:MM:SS.mmm` of the vector's own day.
    private mutating func time(_ node: YAMLNode, day: ServiceDay) -> Timestamp? {
        if let text = node.scalar, let instant = Timestamp(Self.fullTime(text, day: day)) { return instant }
        return self.file.timestamp(node)
    }

    private static func fullTime(_ text: String, day: ServiceDay) -> String {
        guard (5...12).contains(text.utf8.count), text.utf8.dropFirst(2).first == UInt8(ascii: ":") else {
            return text
        }
        return "\(day)T\(text)\(text.utf8.count == 5 ? ":00" : "")+08:00"
    }

    private mutating func strip(_ node: YAMLNode, day: ServiceDay) -> Strip? {
        guard
            let mapping = self.file.mapping(
                node,
                keys: ["device", "check", "hop", "from", "every_ms", "film"]
            )
        else {
            return nil
        }
        let device = self.file.required(mapping, "device").flatMap { self.file.text($0) }
        let check = self.file.required(mapping, "check").flatMap { self.file.word($0, as: Check.self) }
        let hop = mapping["hop"].map { self.file.word($0, as: Hop.self) } ?? .direct
        let from = self.file.required(mapping, "from").flatMap { self.time($0, day: day) }
        let every = self.file.required(mapping, "every_ms").flatMap { node in
            self.file.wholeNumber(
                node,
                in: 1...ServiceDay.lengthMilliseconds,
                "whole milliseconds, 1 or more"
            )
        }
        let filmNode = self.file.required(mapping, "film")
        guard let device, let check, let hop, let from, let every, let filmNode, let text = filmNode.scalar
        else {
            return nil
        }
        guard let film = Film(text) else {
            self.file.complain(
                filmNode,
                "film is \(filmNode.shown)",
                "write u, a, d, ? and . with counts, such as \"u602 d72 u772\", at most \(Film.longest) in all"
            )
            return nil
        }
        let frames = film.frames.enumerated().compactMap { step, outcome in
            outcome.map { (at: from + Int64(step) * every, outcome: $0) }
        }
        return Strip(device: device, check: check, observations: frames, hop: hop, node: node)
    }

    private mutating func observation(_ node: YAMLNode, in keys: DeviceKeys, day: ServiceDay) -> Observation?
    {
        guard let mapping = self.file.mapping(node, keys: Self.observationKeys) else { return nil }
        let device = self.file.required(mapping, "device").flatMap { node in
            self.file.text(node).flatMap { self.device($0, in: keys, node) }
        }
        let at = self.file.required(mapping, "at").flatMap { self.time($0, day: day) }
        let check = self.file.required(mapping, "check").flatMap { self.file.word($0, as: Check.self) }
        let hop = mapping["hop"].map { self.file.word($0, as: Hop.self) } ?? .direct
        let cause = mapping["cause"].flatMap { self.file.word($0, as: Cause.self) }
        let outcomeNode = self.file.required(mapping, "outcome")
        let outcome = outcomeNode?.scalar.flatMap { Outcome(name: $0) }
        if let outcomeNode, outcome == nil {
            self.file.complainOfWord(outcomeNode, known: Outcome.allCases.map(\.name))
        }
        let received = mapping["received_at"].flatMap { self.time($0, day: day) }
        guard let device, let at, let check, let hop, let outcome else { return nil }
        return Observation(
            device: device,
            check: check,
            hop: hop,
            at: at,
            receivedAt: received,
            collector: mapping["collector"].flatMap { self.file.text($0) } ?? Observation.centre,
            outcome: outcome,
            cause: cause
        )
    }

    private mutating func void(_ node: YAMLNode, in keys: DeviceKeys, day: ServiceDay) -> VoidRecord? {
        guard let mapping = self.file.mapping(node, keys: ["void", "reason", "at", "received_at"]),
            let inside = mapping["void"],
            self.file.mapping(inside, keys: ["from", "to", "devices", "checks", "collector"]) != nil
        else { return nil }
        return self.record(node, name: "void", day: day) { record throws(JSONFault) in
            try ObservationScanner.void(record) {
                keys.id(ofKey: $0)
            } unknown: { key in
                JSONFault(wrong: "there is no device \(quoted(key)) in the vector", mend: "add it to devices")
            }
        }
    }

    private mutating func exemptions(_ node: YAMLNode?, inventory: Inventory, day: ServiceDay) -> [Exemption]
    {
        self.entries(node).compactMap { entry in
            guard self.file.mapping(entry, keys: ExemptionFile.keys) != nil else { return nil }
            return self.record(entry, name: "exemption", day: day) { record throws(JSONFault) in
                try ExemptionFile.exemption(record, inventory: inventory)
            }
        }
    }

    /// Reads what also stands in files of JSON by the rules of those files.
    private mutating func record<Value>(
        _ node: YAMLNode,
        name: String,
        day: ServiceDay,
        _ read: (JSONRecord) throws(JSONFault) -> Value
    ) -> Value? {
        guard case .object(let members) = Self.value(node, day: day) else { return nil }
        do throws(JSONFault) {
            return try read(JSONRecord(members, name: name))
        } catch {
            self.file.complain(node, error.wrong, error.mend)
            return nil
        }
    }

    private static let timeKeys: Set<String> = [
        "from", "to", "at", "received_at", "requested_at", "approved_at", "revoked_at",
    ]

    private static func value(_ node: YAMLNode, day: ServiceDay) -> JSONValue {
        switch node.node {
        case .scalar(let scalar):
            let text =
                self.timeKeys.contains(node.name) ? self.fullTime(scalar.string, day: day) : scalar.string
            return node.isNull ? .null : .text(text)
        case .sequence(let nodes): return .list(nodes.map { self.value(YAMLNode($0, name: ""), day: day) })
        case .mapping(let mapping):
            var members: [String: JSONValue] = [:]
            for (key, value) in mapping {
                guard let name = key.scalar?.string else { continue }
                members[name] = self.value(YAMLNode(value, name: name), day: day)
            }
            return .object(members)
        case .alias: return .null
        }
    }
}
