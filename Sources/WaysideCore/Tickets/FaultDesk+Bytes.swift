/// What the desk remembers, as bytes, so that a restart goes on where it stopped; rules and topology are given anew.
extension FaultDesk {
    private static var version: UInt8 { 2 }

    /// Writes the memory; the same memory gives the same bytes.
    public func encode(into writer: inout ByteWriter) {
        writer.write(Self.version)
        writer.write(UInt64(self.outages.count))
        for device in self.outages.keys.sorted() { self.outages[device]?.encode(into: &writer) }
    }

    /// Reads a memory; `nil` where the bytes are not one.
    public init?(decoding reader: inout ByteReader, policy: TicketPolicy, topology: FaultTopology) {
        guard reader.byte() == Self.version, let count = reader.unsigned() else { return nil }
        var outages: [DeviceID: Outage] = [:]
        for _ in 0..<count {
            guard let outage = Outage(decoding: &reader), outages[outage.device] == nil else { return nil }
            outages[outage.device] = outage
        }
        self.init(policy: policy, topology: topology, outages: outages)
    }
}

extension Outage {
    fileprivate func encode(into writer: inout ByteWriter) {
        writer.write(self.device.number)
        switch self.stage {
        case .waiting(let until):
            writer.write(UInt8(0))
            writer.write(until.milliseconds)
        case .live(let at):
            writer.write(UInt8(1))
            writer.write(at.milliseconds)
        case .suppressed(let suppression):
            writer.write(UInt8(2))
            suppression.encode(into: &writer)
        case .reproving(let suppression, let from):
            writer.write(UInt8(3))
            suppression.encode(into: &writer)
            writer.write(from.milliseconds)
        }
        writer.write(UInt64(self.freshHits.count))
        for (upstream, hit) in self.freshHits.sorted(by: { $0.key < $1.key }) {
            writer.write(upstream.number)
            writer.write(hit.milliseconds)
        }
        writer.write(self.mustProve)
        writer.write(UInt64(self.facets.count))
        for side in self.facets { side.encode(into: &writer) }
    }

    fileprivate init?(decoding reader: inout ByteReader) {
        guard let number = reader.integer(), let stage = Self.stage(decoding: &reader),
            let freshHits = Self.freshHits(decoding: &reader), let mustProve = reader.flag(),
            let count = reader.unsigned(), (1...UInt64(Facet.allCases.count)).contains(count)
        else { return nil }
        var facets: [Side] = []
        for _ in 0..<count {
            guard let side = Side(decoding: &reader) else { return nil }
            facets.append(side)
        }
        self.init(
            device: DeviceID(number),
            facets: facets,
            stage: stage,
            freshHits: freshHits,
            mustProve: mustProve
        )
    }

    private static func freshHits(decoding reader: inout ByteReader) -> [DeviceID: Timestamp]? {
        guard let count = reader.unsigned() else { return nil }
        var hits: [DeviceID: Timestamp] = [:]
        for _ in 0..<count {
            guard let number = reader.integer(), let hit = reader.timestamp(),
                hits.updateValue(hit, forKey: DeviceID(number)) == nil
            else { return nil }
        }
        return hits
    }

    private static func stage(decoding reader: inout ByteReader) -> Stage? {
        switch reader.byte() {
        case 0: reader.timestamp().map { .waiting(until: $0) }
        case 1: reader.timestamp().map { .live(at: $0) }
        case 2: Suppression(decoding: &reader).map { .suppressed($0) }
        case 3:
            Suppression(decoding: &reader).flatMap { suppression in
                reader.timestamp().map { .reproving(suppression, from: $0) }
            }
        default: nil
        }
    }
}

extension Outage.Side {
    fileprivate func encode(into writer: inout ByteWriter) {
        writer.write(self.facet.rawValue)
        writer.write(self.failing.map { $0.rawValue + 1 } ?? 0)
        writer.write(self.before.rawValue)
        writer.write(self.since.milliseconds)
        writer.write(self.cause)
        writer.write(Int64(self.goodProbes))
        writer.write(self.wellSince.milliseconds)
        writer.write(Int64(self.freshMisses))
        writer.write(self.firstFreshMiss)
        writer.write(self.lastMiss.milliseconds)
        writer.write(self.lastProbeAt.milliseconds)
    }

    fileprivate init?(decoding reader: inout ByteReader) {
        guard let facet = reader.text().flatMap(Facet.init(rawValue:)), let failing = reader.byte(),
            failing == 0 || Outage.Failing(rawValue: failing - 1) != nil,
            let before = reader.byte().flatMap(Status.init(rawValue:)), let since = reader.timestamp(),
            let cause = reader.cause(), let goodProbes = reader.count(), let wellSince = reader.timestamp(),
            let freshMisses = reader.count(), let firstFreshMiss = reader.optionalTimestamp(),
            let lastMiss = reader.timestamp(), let lastProbeAt = reader.timestamp()
        else { return nil }
        self.init(facet: facet, failing: .offline, before: before, since: since, cause: cause)
        self.failing = failing == 0 ? nil : Outage.Failing(rawValue: failing - 1)
        (self.goodProbes, self.wellSince) = (goodProbes, wellSince)
        (self.freshMisses, self.firstFreshMiss) = (freshMisses, firstFreshMiss)
        (self.lastMiss, self.lastProbeAt) = (lastMiss, lastProbeAt)
    }
}

extension Suppression {
    fileprivate func encode(into writer: inout ByteWriter) {
        writer.write(self.root.number)
        writer.write(self.at.milliseconds)
    }

    fileprivate init?(decoding reader: inout ByteReader) {
        guard let root = reader.integer(), let at = reader.timestamp() else { return nil }
        self.init(root: DeviceID(root), at: at)
    }
}

extension ByteWriter {
    /// The cause's word, empty for none.
    mutating func write(_ cause: Cause?) { self.write(cause?.rawValue ?? "") }
}

extension ByteReader {
    /// An instant.
    mutating func timestamp() -> Timestamp? { self.integer().map(Timestamp.init(milliseconds:)) }

    /// A count; 0 or more.
    mutating func count() -> Int? { self.integer().flatMap { $0 >= 0 ? Int(exactly: $0) : nil } }

    /// A cause or its absence; the outer optional tells of bytes that are not such.
    mutating func cause() -> Cause?? {
        guard let word = self.text() else { return nil }
        guard !word.isEmpty else { return .some(nil) }
        return Cause(rawValue: word).map { .some($0) }
    }
}
