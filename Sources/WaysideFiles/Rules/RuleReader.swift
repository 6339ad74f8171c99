internal import WaysideCore

/// Makes a rule of its YAML; what cannot be read is noted, and the reading goes on.
struct RuleReader {
    var file: YAMLFile

    static let keys = [
        "id", "version", "title", "citation", "facet", "population", "method", "status", "abnormal_weight",
        "unknown",
        "upstream", "exemptions", "aggregate", "lateness_ms", "grades", "vectors",
    ]

    /// Milliseconds of any stretch: far more than a century.
    private static let spans: ClosedRange<Int64> = 0...10_000_000_000_000

    /// The rule; `nil` when a part without which there is none could not be read.
    mutating func rule(_ mapping: YAMLMapping) -> RateRule? {
        let id = self.file.required(mapping, "id").flatMap { self.file.text($0) }
        let version = self.file.required(mapping, "version").flatMap { node in
            self.file.wholeNumber(node, in: 1...1_000_000, "a whole number from 1 to 1000000")
        }
        let title = self.file.required(mapping, "title").flatMap { self.name($0) }
        let citation = self.file.required(mapping, "citation").flatMap { self.file.text($0) }
        let facet = self.file.required(mapping, "facet").flatMap { self.file.word($0, as: Facet.self) }
        let method = self.file.required(mapping, "method").flatMap { self.method($0) }
        let status = self.file.required(mapping, "status").flatMap { self.status($0) }
        let unknown = self.file.required(mapping, "unknown").flatMap { self.unknown($0) }
        let upstream = self.file.required(mapping, "upstream").flatMap { node in
            self.file.word(node, as: RateRule.UpstreamTreatment.self)
        }
        let aggregate = self.file.required(mapping, "aggregate").flatMap { node in
            self.file.word(node, as: RateRule.Aggregation.self)
        }
        let population = mapping["population"].map { self.population($0) } ?? RateRule.Population()
        let weight = mapping["abnormal_weight"].flatMap { self.file.thousandths($0) } ?? 1_000
        let exemptions = mapping["exemptions"].map { self.exemptions($0) } ?? RateRule.Exemptions()
        let lateness = mapping["lateness_ms"].flatMap { self.span($0) } ?? 0
        let grades = mapping["grades"].map { self.grades($0) } ?? []
        guard let id, let version, let title, let citation, let facet, let method, let status, let unknown,
            let upstream,
            let aggregate
        else { return nil }
        return RateRule(
            id: id,
            version: Int(version),
            titleZH: title.zh,
            titleEN: title.en,
            citation: citation,
            facet: facet,
            population: population,
            method: method,
            status: status,
            abnormalWeight: weight,
            unknown: unknown.treatment,
            minimumCoverage: unknown.coverage,
            upstream: upstream,
            exemptions: exemptions,
            aggregate: aggregate,
            latenessMilliseconds: lateness,
            grades: grades
        )
    }

    private mutating func span(_ node: YAMLNode) -> Int64? {
        self.file.wholeNumber(node, in: Self.spans, "whole milliseconds from 0 to 10000000000000")
    }

    /// A name in two languages; one alone serves for both.
    private mutating func name(_ node: YAMLNode) -> (zh: String, en: String)? {
        guard let mapping = self.file.mapping(node, keys: ["zh", "en"]) else { return nil }
        let zh = mapping["zh"].flatMap { self.file.text($0) }
        let en = mapping["en"].flatMap { self.file.text($0) }
        guard let first = en ?? zh else {
            self.file.complain(node, "\(node.name) is empty", "write {zh: …, en: …}")
            return nil
        }
        return (zh ?? first, en ?? first)
    }

    private mutating func population(_ node: YAMLNode) -> RateRule.Population {
        var population = RateRule.Population()
        let keys = ["kinds", "position_classes", "organizations", "from_day"]
        guard let mapping = self.file.mapping(node, keys: keys) else { return population }
        if let node = mapping["kinds"], let list = self.file.list(node) {
            population.kinds = Set(list.compactMap { self.file.word($0, as: Device.Kind.self) })
        }
        if let node = mapping["position_classes"], let list = self.file.list(node) {
            let classes = list.compactMap {
                self.file.wholeNumber($0, in: 0...8, "a whole number from 0 to 8")
            }
            population.positionClasses = Set(classes.map { Int($0) })
        }
        if let node = mapping["organizations"], let list = self.file.list(node) {
            population.organizations = Set(list.compactMap { self.file.text($0) })
        }
        population.fromDay = mapping["from_day"].flatMap { self.file.day($0) }
        return population
    }

    private enum MethodKind: String, CaseIterable {
        case timeWeighted = "time_weighted"
        case sampled, instantaneous, presence

        /// The keys that belong to the method.
        var keys: [String] {
            switch self {
            case .timeWeighted: ["kind"]
            case .sampled, .instantaneous: ["kind", "at"]
            case .presence: ["kind", "from", "to"]
            }
        }
    }

    private mutating func method(_ node: YAMLNode) -> RateRule.Method? {
        guard let open = self.file.openMapping(node),
            let kind = self.file.required(open, "kind").flatMap({ self.file.word($0, as: MethodKind.self) }),
            let mapping = self.file.mapping(node, keys: kind.keys)
        else { return nil }
        switch kind {
        case .timeWeighted: return .timeWeighted
        case .instantaneous:
            return self.file.required(mapping, "at").flatMap { self.file.timeOfDay($0) }.map {
                .instantaneous(at: $0)
            }
        case .sampled:
            return self.file.required(mapping, "at").flatMap { self.samplingTimes($0) }.map {
                .sampled(at: $0)
            }
        case .presence:
            let from = self.file.required(mapping, "from").flatMap { self.file.timeOfDay($0) }
            let to = self.file.required(mapping, "to")
            guard let from, let to, let end = self.file.timeOfDay(to, upTo24: true) else { return nil }
            guard from < end else {
                self.file.complain(
                    to,
                    "the window ends at or before its beginning",
                    "write from < to; a window stays inside its day"
                )
                return nil
            }
            return .presence(from: from, to: end)
        }
    }

    private mutating func samplingTimes(_ node: YAMLNode) -> [Int64]? {
        guard let list = self.file.list(node) else { return nil }
        guard !list.isEmpty else {
            self.file.complain(node, "at is empty", "write at least one time, such as [\"08:00\"]")
            return nil
        }
        var times: [Int64] = []
        for entry in list {
            guard let time = self.file.timeOfDay(entry) else { continue }
            if let last = times.last, time <= last {
                self.file.complain(
                    entry,
                    "\(entry.shown) does not come after the time before it",
                    "write the times strictly rising"
                )
            }
            times.append(time)
        }
        return times
    }

    private mutating func status(_ node: YAMLNode) -> StatusProfile? {
        let keys = ["misses_to_confirm", "hits_to_recover", "valid_for_ms", "hops"]
        guard let mapping = self.file.mapping(node, keys: keys) else { return nil }
        let misses = self.file.required(mapping, "misses_to_confirm").flatMap { self.count($0) }
        let hits = self.file.required(mapping, "hits_to_recover").flatMap { self.count($0) }
        var validities: [Check: Int64] = [:]
        if let node = mapping["valid_for_ms"],
            let checks = self.file.mapping(node, keys: Check.allCases.map(\.rawValue))
        {
            for check in Check.allCases {
                guard let value = checks[check.rawValue] else { continue }
                let range = 1...Self.spans.upperBound
                validities[check] = self.file.wholeNumber(
                    value,
                    in: range,
                    "whole milliseconds from 1 to 10000000000000"
                )
            }
        }
        var hops: Set<Hop> = [.direct]
        if let node = mapping["hops"], let list = self.file.list(node) {
            hops = Set(list.compactMap { self.file.word($0, as: Hop.self) })
            if list.isEmpty {
                self.file.complain(node, "hops is empty", "name at least one, such as [direct]")
            }
        }
        guard let misses, let hits, !hops.isEmpty else { return nil }
        return StatusProfile(
            missesToConfirm: Int(misses),
            hitsToRecover: Int(hits),
            validForMilliseconds: validities,
            hops: hops
        )
    }

    private mutating func count(_ node: YAMLNode) -> Int64? {
        self.file.wholeNumber(node, in: 1...1_000, "a whole number from 1 to 1000")
    }

    private mutating func unknown(_ node: YAMLNode) -> (
        treatment: RateRule.UnknownTreatment, coverage: Int64
    )? {
        guard let mapping = self.file.mapping(node, keys: ["as", "minimum_coverage"]) else { return nil }
        let treatment = self.file.required(mapping, "as").flatMap { node in
            self.file.word(node, as: RateRule.UnknownTreatment.self)
        }
        let coverage = mapping["minimum_coverage"].flatMap { self.file.thousandths($0) } ?? 0
        return treatment.map { ($0, coverage) }
    }

    private mutating func exemptions(_ node: YAMLNode) -> RateRule.Exemptions {
        var exemptions = RateRule.Exemptions()
        let keys = ["accept", "approved_within_ms", "monthly_cap_ms"]
        guard let mapping = self.file.mapping(node, keys: keys) else { return exemptions }
        if let node = mapping["accept"], let list = self.file.list(node) {
            exemptions.accept = Set(list.compactMap { self.file.text($0) })
        }
        exemptions.approvedWithinMilliseconds = mapping["approved_within_ms"].flatMap { node in
            self.file.wholeNumber(
                node,
                in: -Self.spans.upperBound...Self.spans.upperBound,
                "whole milliseconds from -10000000000000 to 10000000000000, or null"
            )
        }
        exemptions.monthlyCapMilliseconds = mapping["monthly_cap_ms"].flatMap { self.span($0) }
        return exemptions
    }

    /// A grade's name; the English one must be there, because figures carry it in every language.
    private mutating func gradeName(_ node: YAMLNode) -> (zh: String, en: String)? {
        guard let mapping = self.file.mapping(node, keys: ["zh", "en"]) else { return nil }
        guard let en = mapping["en"].flatMap({ self.file.text($0) }) else {
            self.file.complain(
                node,
                "a grade's name lacks en, by which figures call the grade",
                "write {zh: 优, en: good}"
            )
            return nil
        }
        return (mapping["zh"].flatMap { self.file.text($0) } ?? en, en)
    }

    private mutating func grades(_ node: YAMLNode) -> [RateRule.Grade] {
        var (grades, thresholds): ([RateRule.Grade], Set<Int64>) = ([], [])
        for entry in self.file.list(node) ?? [] {
            guard let mapping = self.file.mapping(entry, keys: ["at_least", "name"]) else { continue }
            let threshold = self.file.required(mapping, "at_least")
            let value = threshold.flatMap { self.file.thousandths($0) }
            let name = self.file.required(mapping, "name").flatMap { self.gradeName($0) }
            guard let threshold, let value, let name else { continue }
            if !thresholds.insert(value).inserted {
                self.file.complain(
                    threshold,
                    "another grade begins at the same rate",
                    "give each grade a threshold of its own"
                )
            }
            grades.append(RateRule.Grade(atLeastThousandths: value, nameZH: name.zh, nameEN: name.en))
        }
        return grades
    }
}
