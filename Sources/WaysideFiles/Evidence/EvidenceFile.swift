internal import Cryptography
public import WaysideCore

/// Reads an evidence file (证据文件) line by line, a day at a time, and hashes it on the way.
public struct EvidenceFile: ~Copyable {
    /// One day's tracks.
    public struct Day: Sendable {
        /// Which.
        public var day: ServiceDay
        /// By the devices' numbers in ``EvidenceFile/inventory``.
        public var tracks: [DeviceID: [CheckTrack]] = [:]
    }

    /// What stands at the top.
    public let heading: EvidenceHeading
    /// The rule, of the text inside.
    public let rule: RateRule
    /// The devices and organizations inside; devices are numbered by their place in the file.
    public let inventory: Inventory
    /// The exemptions inside.
    public let exemptions: [Exemption]

    private let path: String
    private var lines: LineReader
    private var hasher = Digest.Hasher(.sha256)
    /// The day whose heading line was read already.
    private var next: ServiceDay?

    /// Opens the file and reads what stands before its first day.
    ///
    /// - Throws: ``FilesError`` that names the line.
    public init(_ path: String) throws(FilesError) {
        var lines = try LineReader(path)
        guard let first = try Self.record(&lines, path, hasher: nil) else {
            throw FilesError(
                .parse,
                file: path,
                wrong: "the file is empty",
                mend: "export the evidence again"
            )
        }
        let heading = try Self.located(path, 1) { () throws(JSONFault) in try EvidenceHeading(first) }
        var parts = EvidenceHead()
        var hasher = Digest.Hasher(.sha256)
        var next: ServiceDay?
        while next == nil, let record = try Self.record(&lines, path, hasher: &hasher) {
            if let text = try Self.located(
                path,
                lines.number,
                { () throws(JSONFault) in try record.text("day") }
            ) {
                next = ServiceDay(text)
                continue
            }
            try Self.located(path, lines.number) { () throws(JSONFault) in try parts.take(record) }
        }
        guard let ruleText = parts.ruleText else {
            throw FilesError(
                .parse,
                file: path,
                wrong: "the file holds no rule",
                mend: "export the evidence again"
            )
        }
        self.rule = try RuleFile.readRule(bytes: Array(ruleText.utf8), name: path)
        self.inventory = Inventory(organizations: parts.organizations, devices: parts.devices)
        self.exemptions = parts.exemptions
        (self.heading, self.path, self.next, self.hasher) = (heading, path, next, hasher)
        self.lines = lines
    }

    /// The next day; `nil` after the last.
    ///
    /// - Throws: ``FilesError`` that names the line.
    public mutating func nextDay() throws(FilesError) -> Day? {
        guard let day = self.next else { return nil }
        self.next = nil
        var result = Day(day: day)
        while let record = try Self.record(&self.lines, self.path, hasher: &self.hasher) {
            let inventory = self.inventory
            let (path, number) = (self.path, self.lines.number)
            if let text = try Self.located(path, number, { () throws(JSONFault) in try record.text("day") }) {
                self.next = ServiceDay(text)
                return result
            }
            guard
                let track = try Self.located(
                    path,
                    number,
                    { () throws(JSONFault) in try record.record("track") }
                )
            else { continue }
            let (device, read) = try Self.located(path, number) { () throws(JSONFault) in
                try Self.track(track, inventory)
            }
            result.tracks[device, default: []].append(read)
        }
        return result
    }

    /// SHA-256 of every line after the first, in hexadecimal; complete once every day was read.
    public var inputsSHA256: String { Hexadecimal.string(self.hasher.finish()) }

    private static func record(
        _ lines: inout LineReader,
        _ path: String,
        hasher: UnsafeMutablePointer<Digest.Hasher>?
    ) throws(FilesError) -> JSONRecord? {
        guard let (bytes, count) = try lines.next() else { return nil }
        hasher?.pointee.update(RawSpan(_unsafeStart: bytes, byteCount: count + 1))
        return try self.located(path, lines.number) { () throws(JSONFault) in
            var scanner = JSONScanner(base: bytes, end: count)
            guard case .object(let members) = try JSONValue(&scanner) else {
                throw scanner.fault("no object")
            }
            try scanner.expectEnd()
            return JSONRecord(members, name: "record")
        }
    }

    private static func located<Value>(
        _ path: String,
        _ row: Int,
        _ work: () throws(JSONFault) -> Value
    ) throws(FilesError) -> Value {
        do throws(JSONFault) {
            return try work()
        } catch {
            throw FilesError(
                .parse,
                file: path,
                problems: [FileProblem(file: path, row: row, wrong: error.wrong, mend: error.mend)]
            )
        }
    }

    private static func track(
        _ record: JSONRecord,
        _ inventory: Inventory
    ) throws(JSONFault) -> (DeviceID, CheckTrack) {
        let mend = "take the file as `wayside report evidence` wrote it"
        guard let check = try record.text("check").flatMap(Check.init(rawValue:)),
            let hop = try record.text("hop").flatMap(Hop.init(rawValue:)),
            let device = try record.text("device").flatMap({ inventory.device(key: $0) })
        else { throw JSONFault(wrong: "the track is of no known device, check or hop", mend: mend) }
        var changes: [StatusChange] = []
        for text in try record.texts("changes") ?? [] {
            let words = text.split(separator: " ")
            guard words.count == 4, let at = Timestamp(words[0]), let status = Status(name: words[1]),
                words[2] == "-" || Timestamp(words[2]) != nil, words[3] == "-" || Timestamp(words[3]) != nil
            else { throw JSONFault(wrong: "\(quoted(text)) is no change", mend: mend) }
            changes.append(
                StatusChange(
                    at: at,
                    status: status,
                    precedingAt: Timestamp(words[2]),
                    lastMissAt: Timestamp(words[3])
                )
            )
        }
        let track = CheckTrack(
            check: check,
            hop: hop,
            changes: changes,
            openLastMissAt: try record.time("open_last_miss")
        )
        return (device.id, track)
    }
}

/// What stands before the first day of an evidence file.
struct EvidenceHead {
    var ruleText: String?
    var organizations: [Organization] = []
    var devices: [Device] = []
    var exemptions: [Exemption] = []

    private static let mend = "take the file as `wayside report evidence` wrote it"

    mutating func take(_ record: JSONRecord) throws(JSONFault) {
        if let text = try record.text("rule") {
            self.ruleText = text
        } else if let unit = try record.record("organization") {
            guard let kind = try unit.text("kind").flatMap(Organization.Kind.init(rawValue:)) else {
                throw JSONFault(wrong: "the organization is of no known kind", mend: Self.mend)
            }
            self.organizations.append(
                Organization(
                    key: try unit.required("key", Self.mend),
                    name: try unit.text("name") ?? "",
                    kind: kind,
                    parent: try unit.text("parent")
                )
            )
        } else if let device = try record.record("device") {
            self.devices.append(try Self.device(device, number: self.devices.count + 1))
        } else if let exemption = try record.record("exemption") {
            self.exemptions.append(try ExemptionFile.exemption(exemption, inventory: nil))
        } else {
            throw JSONFault(wrong: "the record is of no known kind", mend: Self.mend)
        }
    }

    private static func device(_ record: JSONRecord, number: Int) throws(JSONFault) -> Device {
        guard let kind = try record.text("kind").flatMap(Device.Kind.init(rawValue:)),
            case .number(let positionClass)? = record.value("position_class")
        else { throw JSONFault(wrong: "the device is not whole", mend: self.mend) }
        var device = Device(
            id: DeviceID(Int64(number)),
            key: try record.required("key", self.mend),
            kind: kind,
            name: try record.text("name") ?? "",
            assignment: Assignment(
                organization: try record.text("organization"),
                maintainer: try record.text("maintainer"),
                roads: try record.texts("roads") ?? [],
                upstreams: try record.texts("upstreams") ?? []
            )
        )
        device.positionClass = Int(positionClass) ?? 0
        device.checks = Set(try record.texts("checks")?.compactMap(Check.init(rawValue:)) ?? [])
        device.commissionedOn = try record.text("commissioned_on").flatMap { ServiceDay($0) }
        device.retiredOn = try record.text("retired_on").flatMap { ServiceDay($0) }
        device.moves = try self.moves(record)
        return device
    }

    private static func moves(_ record: JSONRecord) throws(JSONFault) -> [Move] {
        guard case .list(let values)? = record.value("moves") else { return [] }
        var moves: [Move] = []
        for value in values {
            guard case .object(let members) = value else {
                throw JSONFault(wrong: "a move is no object", mend: self.mend)
            }
            let move = JSONRecord(members, name: "move")
            guard let from = try move.text("from_day").flatMap({ ServiceDay($0) }) else {
                throw JSONFault(wrong: "a move has no day", mend: self.mend)
            }
            moves.append(
                Move(
                    from: from,
                    organization: try move.text("organization"),
                    maintainer: try move.text("maintainer"),
                    roads: try move.texts("roads"),
                    upstreams: try move.texts("upstreams")
                )
            )
        }
        return moves
    }
}

extension EvidenceLines {
    /// What is still known of a device's observations, out of a day's evidence.
    ///
    /// Lines that cannot be read are left out: they explain, and decide nothing.
    public static func seen(in bytes: [UInt8], of device: Device) -> [Observation] {
        var observations: [Observation] = []
        let opening = Array("{\"seen\":".utf8)
        var key = Array("\"device\":".utf8)
        JSONValue.quoted(device.key, into: &key)
        for line in bytes.split(separator: UInt8(ascii: "\n")) where line.starts(with: opening) {
            guard line.firstRange(of: key) != nil else { continue }
            var text = Array(line.dropFirst(opening.count).dropLast())
            text.append(UInt8(ascii: "\n"))
            if let observation = Self.observation(text, of: device) { observations.append(observation) }
        }
        return observations
    }

    private static func observation(_ line: [UInt8], of device: Device) -> Observation? {
        line.withUnsafeBufferPointer { buffer -> Observation? in
            guard let base = buffer.baseAddress else { return nil }
            var scanner = JSONScanner(base: base, end: buffer.count - 1)
            guard case .object(let members)? = try? JSONValue(&scanner) else { return nil }
            let record = JSONRecord(members, name: "observation")
            guard (try? record.text("device")) == device.key,
                let check = (try? record.text("check")).flatMap({ $0 }).flatMap(Check.init(rawValue:)),
                let hop = (try? record.text("hop")).flatMap({ $0 }).flatMap(Hop.init(rawValue:)),
                let at = try? record.time("at"),
                let outcome = (try? record.text("outcome")).flatMap({ $0 }).flatMap({ Outcome(name: $0) })
            else { return nil }
            let took: Int64? =
                if case .number(let text)? = record.value("took_ms") { Int64(text) } else { nil }
            return Observation(
                device: device.id,
                check: check,
                hop: hop,
                at: at,
                receivedAt: (try? record.time("received_at")).flatMap { $0 },
                outcome: outcome,
                cause: (try? record.text("cause")).flatMap { $0 }.flatMap(Cause.init(rawValue:)),
                tookMilliseconds: took,
                evidence: (try? record.text("evidence")).flatMap { $0 }
            )
        }
    }
}
