/// A book put away and taken out again (观察簿快照), so that a restart need not read the whole journal.
extension WatchBook {
    private static let version: UInt64 = 3

    /// Everything the book remembers but its plan, which is given anew.
    public var snapshot: [UInt8] {
        var writer = ByteWriter()
        writer.write(Self.version)
        writer.write(UInt64(self.profiles.count))
        for profile in self.profiles { writer.write(profile.canonicalText) }
        writer.write(self.position != nil)
        writer.write(self.position?.index ?? 0)
        writer.write(self.writtenAt.milliseconds)
        writer.write(UInt64(self.voids.count))
        for void in self.voids { void.encode(into: &writer) }
        writer.write(UInt64(self.tracks.count))
        for key in self.tracks.keys.sorted() {
            guard let track = self.tracks[key] else { continue }
            writer.write(key.device.number)
            writer.write(key.check.order)
            writer.write(key.hop.order)
            for watch in track.watches { watch?.encode(into: &writer) }
            writer.write(track.live != nil)
            if let live = track.live {
                live.rule.encode(into: &writer)
                live.encode(into: &writer)
            }
            writer.write(track.cause?.rawValue ?? "")
            writer.write(track.foldedAt.milliseconds)
        }
        let live = self.live
        writer.write(UInt64(live.count))
        for status in live { status.encode(into: &writer) }
        writer.write(UInt64(self.recentHits.count))
        for device in self.recentHits.keys.sorted() {
            let hits = self.recentHits[device] ?? []
            writer.write(device.number)
            writer.write(UInt64(hits.count))
            for hit in hits { writer.write(hit.milliseconds) }
        }
        self.desk.encode(into: &writer)
        return writer.bytes
    }

    /// The book that was put away; `nil` when the bytes are not such or the profiles are others.
    public init?(snapshot: [UInt8], profiles: [StatusProfile], policy: TicketPolicy) {
        self.init(profiles: profiles, policy: policy)
        var reader = ByteReader(snapshot)
        guard reader.unsigned() == Self.version, reader.unsigned() == UInt64(profiles.count) else {
            return nil
        }
        for profile in profiles { guard reader.text() == profile.canonicalText else { return nil } }
        guard let hasPosition = reader.flag(), let index = reader.unsigned(),
            let writtenAt = reader.integer(),
            let voidCount = reader.unsigned()
        else { return nil }
        self.position = hasPosition ? JournalPosition(index: index) : nil
        self.writtenAt = Timestamp(milliseconds: writtenAt)
        for _ in 0..<voidCount {
            guard let void = VoidRecord(from: &reader) else { return nil }
            self.voids.append(void)
        }
        guard self.readTracks(from: &reader), let liveCount = reader.unsigned() else { return nil }
        for _ in 0..<liveCount {
            guard let status = LiveStatus(from: &reader) else { return nil }
            self.facets[status.device, default: []].append(status)
        }
        guard let hitCount = reader.unsigned() else { return nil }
        for _ in 0..<hitCount {
            guard let device = reader.integer(), let count = reader.unsigned(),
                count <= UInt64(Self.recentHitLimit)
            else {
                return nil
            }
            for _ in 0..<count {
                guard let at = reader.integer() else { return nil }
                self.recentHits[DeviceID(device), default: []].append(Timestamp(milliseconds: at))
            }
        }
        guard let desk = FaultDesk(decoding: &reader, policy: policy, topology: FaultTopology()),
            reader.isAtEnd
        else {
            return nil
        }
        self.desk = desk
        for key in self.tracks.keys { self.schedule(key) }
    }

    /// The profiles a book that was put away followed, as their canonical texts; `nil` when the bytes are not such.
    public static func profileTexts(ofSnapshot snapshot: [UInt8]) -> [String]? {
        var reader = ByteReader(snapshot)
        guard reader.unsigned() == Self.version, let count = reader.unsigned(), count <= 1_000 else {
            return nil
        }
        var texts: [String] = []
        for _ in 0..<count {
            guard let text = reader.text() else { return nil }
            texts.append(text)
        }
        return texts
    }

    private mutating func readTracks(from reader: inout ByteReader) -> Bool {
        guard let count = reader.unsigned() else { return false }
        for _ in 0..<count {
            guard let device = reader.integer(), let check = reader.byte().flatMap(Check.init(order:)),
                let hop = reader.byte().flatMap(Hop.init(order:))
            else { return false }
            let key = TrackKey(device: DeviceID(device), check: check, hop: hop)
            var track = self.newTrack(key)
            for index in track.watches.indices where track.watches[index] != nil {
                let rule = self.profiles[index].chainRule(of: check)
                guard let watch = CheckWatch(rule: rule, from: &reader) else { return false }
                track.watches[index] = watch
            }
            guard let hasLive = reader.flag() else { return false }
            if hasLive {
                guard let rule = ChainRule(from: &reader), let live = CheckWatch(rule: rule, from: &reader)
                else {
                    return false
                }
                track.live = live
            }
            guard let cause = reader.text(), let foldedAt = reader.integer() else { return false }
            track.foldedAt = Timestamp(milliseconds: foldedAt)
            track.cause = Cause(rawValue: cause)
            self.tracks[key] = track
        }
        return true
    }
}

extension ChainRule {
    func encode(into writer: inout ByteWriter) {
        writer.write(Int64(self.missesToConfirm))
        writer.write(Int64(self.hitsToRecover))
        writer.write(self.validForMilliseconds)
    }

    init?(from reader: inout ByteReader) {
        guard let misses = reader.integer(), let hits = reader.integer(), let validity = reader.integer(),
            misses >= 1, hits >= 1, validity > 0
        else { return nil }
        self.init(missesToConfirm: Int(misses), hitsToRecover: Int(hits), validForMilliseconds: validity)
    }
}

extension LiveStatus {
    func encode(into writer: inout ByteWriter) {
        writer.write(self.device.number)
        writer.write(self.facet.rawValue)
        writer.write(self.status.rawValue)
        writer.write(self.since.milliseconds)
        writer.write(self.cause?.rawValue ?? "")
        writer.write(self.isFaltering)
        writer.write(self.knownAt.milliseconds)
    }

    init?(from reader: inout ByteReader) {
        guard let device = reader.integer(), let facet = reader.text().flatMap(Facet.init(rawValue:)),
            let status = reader.byte().flatMap(Status.init(rawValue:)), let since = reader.integer(),
            let cause = reader.text(), let isFaltering = reader.flag(), let knownAt = reader.integer()
        else { return nil }
        self.init(
            device: DeviceID(device),
            facet: facet,
            status: status,
            since: Timestamp(milliseconds: since),
            cause: Cause(rawValue: cause),
            isFaltering: isFaltering,
            knownAt: Timestamp(milliseconds: knownAt)
        )
    }
}

extension VoidRecord {
    /// Appends the void.
    public func encode(into writer: inout ByteWriter) {
        writer.write(self.span.start.milliseconds)
        writer.write(self.span.end.milliseconds)
        writer.write(self.devices != nil)
        writer.write(UInt64(self.devices?.count ?? 0))
        for device in (self.devices ?? []).sorted() { writer.write(device.number) }
        writer.write(self.checks != nil)
        writer.write(UInt64(self.checks?.count ?? 0))
        for check in (self.checks ?? []).sorted() { writer.write(check.order) }
        writer.write(self.collector != nil)
        writer.write(self.collector ?? "")
        writer.write(self.reason)
        writer.write(self.at.milliseconds)
        writer.write(self.receivedAt.milliseconds)
    }

    /// Reads what `encode` wrote; `nil` when the bytes are not such.
    public init?(from reader: inout ByteReader) {
        guard let start = reader.integer(), let end = reader.integer(), let hasDevices = reader.flag(),
            let deviceCount = reader.unsigned()
        else { return nil }
        var devices: Set<DeviceID> = []
        for _ in 0..<deviceCount {
            guard let number = reader.integer() else { return nil }
            devices.insert(DeviceID(number))
        }
        guard let hasChecks = reader.flag(), let checkCount = reader.unsigned() else { return nil }
        var checks: Set<Check> = []
        for _ in 0..<checkCount {
            guard let check = reader.byte().flatMap(Check.init(order:)) else { return nil }
            checks.insert(check)
        }
        guard let hasCollector = reader.flag(), let collector = reader.text(), let reason = reader.text(),
            let at = reader.integer(), let receivedAt = reader.integer()
        else { return nil }
        self.init(
            span: Span(Timestamp(milliseconds: start), Timestamp(milliseconds: end)),
            devices: hasDevices ? devices : nil,
            checks: hasChecks ? checks : nil,
            collector: hasCollector ? collector : nil,
            reason: reason,
            at: Timestamp(milliseconds: at),
            receivedAt: Timestamp(milliseconds: receivedAt)
        )
    }
}
