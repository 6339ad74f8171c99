internal import WaysideCore

/// The entries of a batch as bytes: what is as in the entry before is not written again.
///
/// An observation is two bytes of flags, then the device's number and the two instants as differences from
/// the entry before, then what the flags announce. Texts that recur (collector, cause) are written once a
/// batch and numbered from there on.
struct BatchCoding {
    private enum Kind: UInt8 {
        case observation = 0
        case void = 1
        case clockStep = 2
    }

    private struct Flag {
        static let cause: UInt8 = 1 << 2
        static let took: UInt8 = 1 << 3
        static let values: UInt8 = 1 << 4
        static let evidence: UInt8 = 1 << 5
        static let sameCollector: UInt8 = 1 << 6
        static let receivedAtOnce: UInt8 = 1 << 7
    }

    private var previousDevice: Int64 = 0
    private var previousAt: Int64
    private var collector = Observation.centre
    private var texts: [String] = []

    private init(writtenAt: Timestamp) { self.previousAt = writtenAt.milliseconds }

    /// The entries of a batch that was written then.
    static func encode(_ entries: [JournalEntry], writtenAt: Timestamp) -> [UInt8] {
        var coding = BatchCoding(writtenAt: writtenAt)
        var writer = ByteWriter()
        writer.write(UInt64(entries.count))
        for entry in entries {
            switch entry {
            case .observation(let observation): coding.encode(observation, into: &writer)
            case .void(let void): Self.encode(void, into: &writer)
            case .clockStep(let step):
                writer.write(Kind.clockStep.rawValue)
                writer.write(step.at.milliseconds)
                writer.write(step.byMilliseconds)
            }
        }
        return writer.bytes
    }

    /// The entries again; `nil` when the bytes are not such, or hold what this version does not know.
    static func decode(_ bytes: some Sequence<UInt8>, writtenAt: Timestamp) -> [JournalEntry]? {
        var coding = BatchCoding(writtenAt: writtenAt)
        var reader = ByteReader(Array(bytes))
        guard let count = reader.unsigned(), count <= UInt64(reader.remaining) else { return nil }
        var entries: [JournalEntry] = []
        entries.reserveCapacity(Int(count))
        for _ in 0..<count {
            guard let flags = reader.byte(), let kind = Kind(rawValue: flags & 3) else { return nil }
            let entry: JournalEntry? =
                switch kind {
                case .observation: coding.observation(flags, from: &reader).map { .observation($0) }
                case .void: Self.void(from: &reader).map { .void($0) }
                case .clockStep: Self.clockStep(from: &reader).map { .clockStep($0) }
                }
            guard let entry else { return nil }
            entries.append(entry)
        }
        return reader.isAtEnd ? entries : nil
    }

    private mutating func encode(_ observation: Observation, into writer: inout ByteWriter) {
        var flags = Kind.observation.rawValue
        if observation.cause != nil { flags |= Flag.cause }
        if observation.tookMilliseconds != nil { flags |= Flag.took }
        if observation.values != nil { flags |= Flag.values }
        if observation.evidence != nil { flags |= Flag.evidence }
        if observation.collector == self.collector { flags |= Flag.sameCollector }
        if observation.receivedAt == observation.at { flags |= Flag.receivedAtOnce }
        writer.write(flags)
        writer.write(observation.check.order | observation.hop.order << 3 | observation.outcome.rawValue << 5)
        writer.write(observation.device.number &- self.previousDevice)
        writer.write(observation.at.milliseconds &- self.previousAt)
        if observation.receivedAt != observation.at { writer.write(observation.receivedAt - observation.at) }
        if observation.collector != self.collector { self.write(observation.collector, into: &writer) }
        if let cause = observation.cause { self.write(cause.rawValue, into: &writer) }
        if let took = observation.tookMilliseconds { writer.write(took) }
        if let values = observation.values { writer.write(values) }
        if let evidence = observation.evidence { writer.write(evidence) }
        self.previousDevice = observation.device.number
        self.previousAt = observation.at.milliseconds
        self.collector = observation.collector
    }

    private mutating func observation(_ flags: UInt8, from reader: inout ByteReader) -> Observation? {
        guard let what = reader.byte(), what < 0x80, let check = Check(order: what & 7),
            let hop = Hop(order: what >> 3 & 3), let outcome = Outcome(rawValue: what >> 5),
            let device = reader.integer(), let at = reader.integer()
        else { return nil }
        self.previousDevice &+= device
        self.previousAt &+= at
        var observation = Observation(
            device: DeviceID(self.previousDevice),
            check: check,
            hop: hop,
            at: Timestamp(milliseconds: self.previousAt),
            collector: self.collector,
            outcome: outcome
        )
        if flags & Flag.receivedAtOnce == 0 {
            guard let delay = reader.integer() else { return nil }
            observation.receivedAt = Timestamp(milliseconds: self.previousAt &+ delay)
        }
        if flags & Flag.sameCollector == 0 {
            guard let collector = self.text(from: &reader) else { return nil }
            self.collector = collector
            observation.collector = collector
        }
        if flags & Flag.cause != 0 {
            guard let cause = self.text(from: &reader).flatMap(Cause.init(rawValue:)) else { return nil }
            observation.cause = cause
        }
        if flags & Flag.took != 0 {
            guard let took = reader.integer() else { return nil }
            observation.tookMilliseconds = took
        }
        if flags & Flag.values != 0 {
            guard let values = reader.text() else { return nil }
            observation.values = values
        }
        if flags & Flag.evidence != 0 {
            guard let evidence = reader.text() else { return nil }
            observation.evidence = evidence
        }
        return observation
    }

    /// A text's number in the batch; the first time the number is one too great and the text follows.
    private mutating func write(_ text: String, into writer: inout ByteWriter) {
        if let number = self.texts.firstIndex(of: text) { return writer.write(UInt64(number)) }
        writer.write(UInt64(self.texts.count))
        writer.write(text)
        self.texts.append(text)
    }

    private mutating func text(from reader: inout ByteReader) -> String? {
        guard let number = reader.unsigned(), number <= UInt64(self.texts.count) else { return nil }
        if number < UInt64(self.texts.count) { return self.texts[Int(number)] }
        guard let text = reader.text() else { return nil }
        self.texts.append(text)
        return text
    }
}

// MARK: - Voids and clock steps

extension BatchCoding {
    private static func encode(_ void: VoidRecord, into writer: inout ByteWriter) {
        writer.write(Kind.void.rawValue)
        for instant in [void.span.start, void.span.end, void.at, void.receivedAt] {
            writer.write(instant.milliseconds)
        }
        writer.write(void.devices != nil)
        if let devices = void.devices {
            writer.write(UInt64(devices.count))
            for device in devices.sorted() { writer.write(device.number) }
        }
        writer.write(void.checks != nil)
        if let checks = void.checks {
            writer.write(UInt64(checks.count))
            for check in checks.sorted() { writer.write(check.order) }
        }
        writer.write(void.collector != nil)
        if let collector = void.collector { writer.write(collector) }
        writer.write(void.reason)
    }

    private static func void(from reader: inout ByteReader) -> VoidRecord? {
        var instants: [Timestamp] = []
        for _ in 0..<4 {
            guard let milliseconds = reader.integer() else { return nil }
            instants.append(Timestamp(milliseconds: milliseconds))
        }
        var void = VoidRecord(
            span: Span(instants[0], instants[1]),
            reason: "",
            at: instants[2],
            receivedAt: instants[3]
        )
        guard let hasDevices = reader.flag() else { return nil }
        if hasDevices {
            guard let count = reader.unsigned(), count <= UInt64(reader.remaining) else { return nil }
            var devices: Set<DeviceID> = []
            for _ in 0..<count {
                guard let number = reader.integer() else { return nil }
                devices.insert(DeviceID(number))
            }
            void.devices = devices
        }
        guard let hasChecks = reader.flag() else { return nil }
        if hasChecks {
            guard let count = reader.unsigned(), count <= UInt64(reader.remaining) else { return nil }
            var checks: Set<Check> = []
            for _ in 0..<count {
                guard let check = reader.byte().flatMap(Check.init(order:)) else { return nil }
                checks.insert(check)
            }
            void.checks = checks
        }
        guard let hasCollector = reader.flag() else { return nil }
        if hasCollector {
            guard let collector = reader.text() else { return nil }
            void.collector = collector
        }
        guard let reason = reader.text() else { return nil }
        void.reason = reason
        return void
    }

    private static func clockStep(from reader: inout ByteReader) -> ClockStep? {
        guard let at = reader.integer(), let by = reader.integer() else { return nil }
        return ClockStep(at: Timestamp(milliseconds: at), byMilliseconds: by)
    }
}
