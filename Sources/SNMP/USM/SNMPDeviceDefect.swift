/// Something that an agent of SNMPv3 does against its standard, and that is worked round.
public struct SNMPDeviceDefect: Sendable, Hashable {
    /// What it does.
    public enum Kind: Sendable, Hashable {
        /// Another address answers under the same engine ID with another clock: a device cloned with its
        /// configuration, as many cameras are. RFC 3411 §3.1.1.1 wants the names unique.
        case duplicateEngineID(with: AgentAddress)
        /// Its boots went down (RFC 3414 §2.2.2): it forgets them, or starts them anew.
        case bootsLowered(from: UInt32, to: UInt32)
        /// Its time went back under the same boots, by so many seconds: it restarts without counting.
        case timeWentBack(seconds: Int64)
        /// Its time sprang ahead under the same boots, by so many seconds.
        case timeWentAhead(seconds: Int64)
        /// Another engine ID than before: replaced, reset, or an agent that makes a new one at every start.
        case engineIDChanged(from: EngineID, to: EngineID)
        /// It does not sign the Reports by which time is agreed upon (RFC 3414 §3.2 step 7a).
        case reportsUnauthenticated
        /// Its boots are at their end (RFC 3414 §2.2.2).
        case bootsExhausted
    }

    /// What it does, with the figures of the last time.
    public let kind: Kind
    /// When it was first seen, in milliseconds since 1970 by our wall clock.
    public let firstSeenMilliseconds: Int64
    /// When it was last seen, in milliseconds since 1970.
    public let lastSeenMilliseconds: Int64
    /// How often it was seen.
    public let count: Int
}

extension SNMPDeviceDefect.Kind: CustomStringConvertible {
    /// The defect in words.
    public var description: String {
        switch self {
        case .duplicateEngineID(let other): "has the same engine ID as \(other)"
        case .bootsLowered(let from, let to): "lowered its boots from \(from) to \(to)"
        case .timeWentBack(let seconds): "set its engine time back by \(seconds) s without a restart"
        case .timeWentAhead(let seconds): "set its engine time ahead by \(seconds) s"
        case .engineIDChanged(let from, let to): "changed its engine ID from \(from) to \(to)"
        case .reportsUnauthenticated: "does not sign its reports about time"
        case .bootsExhausted: "has used up its boots"
        }
    }

    /// Defects of one form are counted together.
    fileprivate var form: Int {
        switch self {
        case .duplicateEngineID: 0
        case .bootsLowered: 1
        case .timeWentBack: 2
        case .timeWentAhead: 3
        case .engineIDChanged: 4
        case .reportsUnauthenticated: 5
        case .bootsExhausted: 6
        }
    }
}

/// The defects of one agent, one entry a form, by the monotonic clock. Takes no memory while there is none.
struct DefectList {
    private struct Entry {
        var kind: SNMPDeviceDefect.Kind
        let firstSeen: MonotonicTime
        var lastSeen: MonotonicTime
        var count: Int
    }

    private var entries: ContiguousArray<Entry> = []

    var isEmpty: Bool { self.entries.isEmpty }

    mutating func note(_ kind: SNMPDeviceDefect.Kind, at now: MonotonicTime) {
        if let index = self.entries.firstIndex(where: { $0.kind.form == kind.form }) {
            self.entries[index].kind = kind
            self.entries[index].lastSeen = now
            self.entries[index].count += 1
        } else {
            self.entries.append(Entry(kind: kind, firstSeen: now, lastSeen: now, count: 1))
        }
    }

    /// The defects, dated by a wall clock that showed `wallMilliseconds` at `now`.
    func dated(wallMilliseconds: Int64, at now: MonotonicTime) -> [SNMPDeviceDefect] {
        self.entries.map { entry in
            SNMPDeviceDefect(
                kind: entry.kind,
                firstSeenMilliseconds: wallMilliseconds - (now - entry.firstSeen) / 1_000_000,
                lastSeenMilliseconds: wallMilliseconds - (now - entry.lastSeen) / 1_000_000,
                count: entry.count
            )
        }
    }
}
