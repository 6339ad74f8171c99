/// Something that a device's SNMP agent does against its standard, and that is worked round (代理缺陷).
///
/// It costs no figures, because it is worked round; it is listed so that somebody mends the device: one that was cloned
/// with its configuration, or that forgets how often it started.
public struct AgentDefect: Sendable, Hashable {
    /// What it does; RFC 3411 and RFC 3414 say what it should.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// Another device answers under the same engine ID with another clock.
        case duplicateEngineID = "duplicate_engine_id"
        /// The count of its starts went down.
        case bootsLowered = "boots_lowered"
        /// Its engine's time went back without a start.
        case timeWentBack = "engine_time_back"
        /// Its engine's time sprang ahead.
        case timeWentAhead = "engine_time_ahead"
        /// It has another engine ID than before.
        case engineIDChanged = "engine_id_changed"
        /// Its reports about time are not signed.
        case reportsUnsigned = "reports_unsigned"
        /// The count of its starts is at its end.
        case bootsExhausted = "boots_exhausted"
    }

    /// The device's key.
    public let device: String
    /// What it does.
    public let kind: Kind
    /// The same with the figures of the last time, in English.
    public var detail: String
    /// When it was first seen.
    public var firstSeenAt: Timestamp
    /// When it was last seen.
    public var lastSeenAt: Timestamp
    /// How often it was seen; 1 or more.
    public var count: Int

    /// A defect.
    public init(
        device: String,
        kind: Kind,
        detail: String,
        firstSeenAt: Timestamp,
        lastSeenAt: Timestamp,
        count: Int
    ) {
        (self.device, self.kind, self.detail) = (device, kind, detail)
        (self.firstSeenAt, self.lastSeenAt, self.count) = (firstSeenAt, lastSeenAt, count)
    }
}

/// The defects of all devices, over restarts of ours (代理缺陷簿).
///
/// What looks at agents counts from its own start; the book adds that to what it knew. A pure machine: it is told what
/// is seen now, and says what is known.
public struct AgentDefectBook: Sendable, Hashable {
    /// A defect is listed for so long after it was last seen: 30 days, in milliseconds.
    public static let keptMilliseconds: Int64 = 30 * 86_400_000
    /// Defects in the book at the most; the ones seen last stay.
    public static let limit = 10_000

    private struct Place: Sendable, Hashable {
        let device: String
        let kind: AgentDefect.Kind
    }

    private struct Entry: Sendable, Hashable {
        /// All that is known.
        var whole: AgentDefect
        /// How often the looker that counts now has seen it.
        var counted: Int
    }

    private var entries: [Place: Entry] = [:]

    /// A book that knows these.
    public init(_ kept: [AgentDefect] = []) {
        for defect in kept {
            let place = Place(device: defect.device, kind: defect.kind)
            self.entries[place] = Entry(whole: defect, counted: 0)
        }
    }

    /// Takes what is seen now, each device and kind at most once, and forgets what was seen too long ago.
    public mutating func receive(_ seen: [AgentDefect], now: Timestamp) {
        for defect in seen {
            let place = Place(device: defect.device, kind: defect.kind)
            guard var entry = self.entries[place] else {
                self.entries[place] = Entry(whole: defect, counted: defect.count)
                continue
            }
            // A looker that counts fewer than before has begun anew.
            entry.whole.count += defect.count >= entry.counted ? defect.count - entry.counted : defect.count
            entry.counted = defect.count
            entry.whole.firstSeenAt = min(entry.whole.firstSeenAt, defect.firstSeenAt)
            if defect.lastSeenAt >= entry.whole.lastSeenAt {
                (entry.whole.lastSeenAt, entry.whole.detail) = (defect.lastSeenAt, defect.detail)
            }
            self.entries[place] = entry
        }
        self.entries = self.entries.filter { now - $0.value.whole.lastSeenAt <= Self.keptMilliseconds }
        guard self.entries.count > Self.limit else { return }
        let latest = self.entries.sorted { $0.value.whole.lastSeenAt > $1.value.whole.lastSeenAt }
        self.entries = Dictionary(uniqueKeysWithValues: latest.prefix(Self.limit).map { ($0.key, $0.value) })
    }

    /// All of them, by device and kind.
    public var defects: [AgentDefect] {
        self.entries.values.map(\.whole).sorted {
            ($0.device, $0.kind.rawValue) < ($1.device, $1.kind.rawValue)
        }
    }

    /// Those of one device, by kind.
    public func defects(of device: String) -> [AgentDefect] {
        AgentDefect.Kind.allCases.compactMap { self.entries[Place(device: device, kind: $0)]?.whole }
    }
}
