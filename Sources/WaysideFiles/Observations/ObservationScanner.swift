internal import WaysideCore

/// An observation whose lesser parts still lie in the line it was read from.
struct ScannedObservation {
    var essence: ObservationLine
    var cause: JSONText?
    var evidence: JSONText?
    var values: Range<Int>?
    var tookMilliseconds: Range<Int>?

    /// The whole of it.
    func observation(_ scanner: JSONScanner) throws(JSONFault) -> Observation {
        Observation(
            device: self.essence.device,
            check: self.essence.check,
            hop: self.essence.hop,
            at: self.essence.at,
            receivedAt: self.essence.receivedAt,
            collector: self.essence.collector,
            outcome: self.essence.outcome,
            cause: try self.cause(scanner),
            tookMilliseconds: try self.took(scanner),
            values: self.values.map { String(decoding: scanner.bytes($0), as: UTF8.self) },
            evidence: self.evidence.map { scanner.string($0) }
        )
    }

    private func cause(_ scanner: JSONScanner) throws(JSONFault) -> Cause? {
        guard let text = self.cause else { return nil }
        let word = scanner.string(text)
        if let cause = Cause(rawValue: word) { return cause }
        throw ObservationScanner.unknown("cause", word, Cause.allCases.map(\.rawValue))
    }

    /// Whole milliseconds; what is finer is cut.
    private func took(_ scanner: JSONScanner) throws(JSONFault) -> Int64? {
        guard let range = self.tookMilliseconds else { return nil }
        let text = String(decoding: scanner.bytes(range), as: UTF8.self)
        if let number = Int64(text), number >= 0 { return number }
        guard let number = Double(text), number >= 0, number < 1e15 else {
            throw JSONFault(
                wrong: "took_ms is \(quoted(text))",
                mend: "write whole milliseconds, 0 or more, or null"
            )
        }
        return Int64(number)
    }
}

/// Makes observations and voids of the lines of one file.
struct ObservationScanner {
    private let devices: DeviceKeys
    /// The collectors met so far.
    private var collectors = [Observation.centre]
    private var times = TimestampScanner()
    /// Keys that are none of ours and no slip of one; no more than a file needs are kept.
    private var foreignKeys: Set<String> = []
    private static let mostForeignKeys = 64

    init(devices: DeviceKeys) { self.devices = devices }

    /// What stood in a line, as far as it was met.
    private struct Parts {
        var (at, received, device, check): (Timestamp?, Timestamp?, DeviceID?, Check?)
        var (hop, outcome, collector): (Hop, Outcome?, String) = (.direct, nil, Observation.centre)
        var (cause, evidence): (JSONText?, JSONText?)
        var (values, took): (Range<Int>?, Range<Int>?)
        var isVoid = false
    }

    /// The observation of a line; `nil` when it holds a void.
    mutating func observation(_ scanner: inout JSONScanner) throws(JSONFault) -> ScannedObservation? {
        var parts = Parts()
        try scanner.expect("{")
        if !scanner.take("}") {
            repeat {
                let key = try scanner.text()
                try scanner.expect(":")
                try self.readMember(key, &scanner, into: &parts)
            } while scanner.take(",")
            try scanner.expect("}")
        }
        try scanner.expectEnd()
        if parts.isVoid { return nil }
        guard let at = parts.at else { throw self.missing("at", "2026-03-01T00:00:10.000+08:00") }
        guard let device = parts.device else {
            throw self.missing("device", "the key of the device that was asked")
        }
        guard let check = parts.check else { throw self.missing("check", "stream") }
        guard let outcome = parts.outcome else {
            throw self.missing("outcome", "up, abnormal, down or unknown")
        }
        return ScannedObservation(
            essence: ObservationLine(
                device: device,
                at: at,
                receivedAt: parts.received ?? at,
                collector: parts.collector,
                check: check,
                hop: parts.hop,
                outcome: outcome
            ),
            cause: parts.cause,
            evidence: parts.evidence,
            values: parts.values,
            tookMilliseconds: parts.took
        )
    }

    private func missing(_ key: String, _ example: String) -> JSONFault {
        JSONFault(wrong: "the observation has no \(key)", mend: "add \"\(key)\": \(example)")
    }

    private mutating func readMember(
        _ key: JSONText,
        _ scanner: inout JSONScanner,
        into parts: inout Parts
    ) throws(JSONFault) {
        switch self.member(key, scanner) {
        case .at: parts.at = try self.time("at", &scanner)
        case .receivedAt: parts.received = try self.time("received_at", &scanner)
        case .device: parts.device = try self.device(&scanner)
        case .check: parts.check = try self.check(&scanner)
        case .hop: parts.hop = try self.hop(&scanner) ?? .direct
        case .outcome: parts.outcome = try self.outcome(&scanner)
        case .collector: parts.collector = try self.collector(&scanner)
        case .cause: parts.cause = try self.text("cause", &scanner)
        case .evidence: parts.evidence = try self.text("evidence", &scanner)
        case .values: parts.values = try self.values(&scanner)
        case .tookMilliseconds:
            parts.took = try scanner.takeNull() ? nil : try self.number("took_ms", &scanner)
        case .void:
            parts.isVoid = try !scanner.takeNull()
            if parts.isVoid { try scanner.skipValue() }
        case nil:
            try self.checkSpelling(scanner.string(key))
            try scanner.skipValue()
        }
    }

    /// A key that is not ours is passed over, unless it is so near to one of ours that it must be a slip: a misspelt
    /// `received_at` would otherwise count an observation before it was known.
    private mutating func checkSpelling(_ key: String) throws(JSONFault) {
        guard !self.foreignKeys.contains(key) else { return }
        try Self.checkSpelling(key, among: Member.allCases.map(\.rawValue) + ["reason"])
        if self.foreignKeys.count < Self.mostForeignKeys { self.foreignKeys.insert(key) }
    }

    static func checkSpelling(_ key: String, among known: [String]) throws(JSONFault) {
        guard !known.contains(key), let meant = Spelling.likely(key, among: known) else { return }
        throw JSONFault(wrong: "unknown key \(quoted(key))", mend: "the nearest known one is \(meant)")
    }

    private enum Member: String, CaseIterable {
        case at, device, check, hop, outcome, collector, cause, evidence, values, void
        case receivedAt = "received_at"
        case tookMilliseconds = "took_ms"
    }

    /// Which of our keys it is; `nil` when it is none. Its length tells nearly all.
    private func member(_ key: JSONText, _ scanner: JSONScanner) -> Member? {
        guard !key.isEscaped else { return Member(rawValue: scanner.string(key)) }
        switch key.count {
        case 2: return scanner.matches(key, "at") ? .at : nil
        case 3: return scanner.matches(key, "hop") ? .hop : nil
        case 4: return scanner.matches(key, "void") ? .void : nil
        case 5: return scanner.matches(key, "check") ? .check : scanner.matches(key, "cause") ? .cause : nil
        case 6:
            return scanner.matches(key, "device") ? .device : scanner.matches(key, "values") ? .values : nil
        case 7:
            return scanner.matches(key, "outcome")
                ? .outcome : scanner.matches(key, "took_ms") ? .tookMilliseconds : nil
        case 8: return scanner.matches(key, "evidence") ? .evidence : nil
        case 9: return scanner.matches(key, "collector") ? .collector : nil
        case 11: return scanner.matches(key, "received_at") ? .receivedAt : nil
        default: return nil
        }
    }

    // MARK: - Members

    private func text(_ key: StaticString, _ scanner: inout JSONScanner) throws(JSONFault) -> JSONText? {
        if try scanner.takeNull() { return nil }
        guard scanner.byte == UInt8(ascii: "\"") else {
            throw JSONFault(wrong: "\(key) is no string", mend: "write it in quotes, or null")
        }
        return try scanner.text()
    }

    private func number(_ key: StaticString, _ scanner: inout JSONScanner) throws(JSONFault) -> Range<Int> {
        guard scanner.byte == UInt8(ascii: "-") || scanner.byte &- 0x30 <= 9 else {
            throw JSONFault(
                wrong: "\(key) is no number",
                mend: "write whole milliseconds, 0 or more, or null"
            )
        }
        return try scanner.number()
    }

    private mutating func time(_ key: StaticString, _ scanner: inout JSONScanner) throws(JSONFault)
        -> Timestamp?
    {
        guard let text = try self.text(key, &scanner) else { return nil }
        let bytes = scanner.bytes(text.start..<(text.start + text.count))
        if let instant = self.times.instant(bytes) { return instant }
        throw JSONFault(
            wrong: "\(key) is \(quoted(scanner.string(text))), which is no time",
            mend: "write RFC 3339 with an offset, such as 2026-03-01T00:00:10.000+08:00"
        )
    }

    private func device(_ scanner: inout JSONScanner) throws(JSONFault) -> DeviceID? {
        guard let text = try self.text("device", &scanner) else { return nil }
        let found =
            text.isEscaped
            ? self.devices.id(ofKey: scanner.string(text))
            : self.devices.id(ofKey: scanner.bytes(text.start..<(text.start + text.count)))
        guard let found else { throw self.unknownDevice(scanner.string(text)) }
        return found
    }

    private func unknownDevice(_ key: String) -> JSONFault {
        let nearest = self.devices.likelyKey(for: key)
        return JSONFault(
            wrong: "there is no device \(quoted(key)) in the inventory",
            mend: nearest.map { "the nearest known one is \($0)" }
                ?? "add it to devices, or leave the line out"
        )
    }

    private func check(_ scanner: inout JSONScanner) throws(JSONFault) -> Check? {
        guard let text = try self.text("check", &scanner) else { return nil }
        if scanner.matches(text, "reach") { return .reach }
        if scanner.matches(text, "stream") { return .stream }
        if scanner.matches(text, "snmp") { return .snmp }
        if let check = Check(rawValue: scanner.string(text)) { return check }
        throw Self.unknown("check", scanner.string(text), Check.allCases.map(\.rawValue))
    }

    private func hop(_ scanner: inout JSONScanner) throws(JSONFault) -> Hop? {
        guard let text = try self.text("hop", &scanner) else { return nil }
        if scanner.matches(text, "direct") { return .direct }
        if let hop = Hop(rawValue: scanner.string(text)) { return hop }
        throw Self.unknown("hop", scanner.string(text), Hop.allCases.map(\.rawValue))
    }

    private func outcome(_ scanner: inout JSONScanner) throws(JSONFault) -> Outcome? {
        guard let text = try self.text("outcome", &scanner) else { return nil }
        if scanner.matches(text, "up") { return .up }
        if scanner.matches(text, "down") { return .down }
        if let outcome = Outcome(name: scanner.string(text)) { return outcome }
        throw Self.unknown("outcome", scanner.string(text), Outcome.allCases.map(\.name))
    }

    private mutating func collector(_ scanner: inout JSONScanner) throws(JSONFault) -> String {
        guard let text = try self.text("collector", &scanner) else { return Observation.centre }
        if scanner.matches(text, "centre") { return Observation.centre }
        let name = scanner.string(text)
        if let known = self.collectors.first(where: { $0 == name }) { return known }
        if self.collectors.count < Self.mostCollectors { self.collectors.append(name) }
        return name
    }

    /// So many names are shared; nobody runs more collectors.
    private static let mostCollectors = 256

    private func values(_ scanner: inout JSONScanner) throws(JSONFault) -> Range<Int>? {
        if try scanner.takeNull() { return nil }
        guard scanner.byte == UInt8(ascii: "{") else {
            throw JSONFault(wrong: "values is no object", mend: "write it as {\"name\": value}, or null")
        }
        let start = scanner.index
        try scanner.skipValue()
        return start..<scanner.index
    }

    static func unknown(_ what: String, _ word: String, _ known: [String]) -> JSONFault {
        let nearest = Spelling.nearest(to: word, among: known) ?? ""
        return JSONFault(
            wrong: "unknown \(what) \(quoted(word))",
            mend: "the nearest known one is \(nearest)"
                + (known.count <= 8 ? " (of \(Spelling.list(known)))" : "")
        )
    }

    // MARK: - Voids

    /// The void of a line.
    mutating func void(_ scanner: inout JSONScanner) throws(JSONFault) -> VoidRecord {
        guard case .object(let members) = try JSONValue(&scanner) else { throw scanner.fault("no object") }
        return try Self.void(JSONRecord(members, name: "void")) {
            self.devices.id(ofKey: $0)
        } unknown: {
            self.unknownDevice($0)
        }
    }

    /// The void that the members say.
    static func void(
        _ record: JSONRecord,
        device: (String) -> DeviceID?,
        unknown: (String) -> JSONFault
    ) throws(JSONFault) -> VoidRecord {
        guard let void = try record.record("void") else {
            throw JSONFault(wrong: "void is empty", mend: "add from and to")
        }
        for key in void.keys {
            try Self.checkSpelling(key, among: ["from", "to", "devices", "checks", "collector"])
        }
        let (from, to) = (try void.time("from"), try void.time("to"))
        guard let from, let to, from <= to else {
            throw JSONFault(
                wrong: "the void has no from, or no to after it",
                mend: "write both as RFC 3339 times"
            )
        }
        var devices: Set<DeviceID>?
        if let keys = try void.texts("devices") {
            var ids: Set<DeviceID> = []
            for key in keys {
                guard let id = device(key) else { throw unknown(key) }
                ids.insert(id)
            }
            devices = ids
        }
        var checks: Set<Check>?
        if let words = try void.texts("checks") {
            var set: Set<Check> = []
            for word in words {
                guard let check = Check(rawValue: word) else {
                    throw Self.unknown("check", word, Check.allCases.map(\.rawValue))
                }
                set.insert(check)
            }
            checks = set
        }
        let (at, received) = (try record.time("at"), try record.time("received_at"))
        guard let written = at ?? received else {
            throw JSONFault(wrong: "the void has no at", mend: "add \"at\": the time at which it was written")
        }
        return VoidRecord(
            span: Span(from, to),
            devices: devices,
            checks: checks,
            collector: try void.text("collector"),
            reason: try record.text("reason") ?? "",
            at: written,
            receivedAt: received
        )
    }
}

extension JSONRecord {
    func time(_ key: String) throws(JSONFault) -> Timestamp? {
        guard let text = try self.text(key) else { return nil }
        if let instant = Timestamp(text) { return instant }
        throw JSONFault(
            wrong: "\(key) is \(quoted(text)), which is no time",
            mend: "write RFC 3339 with an offset, such as 2026-03-01T00:00:10.000+08:00"
        )
    }
}
