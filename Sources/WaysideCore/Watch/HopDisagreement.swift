/// Places that contradict one another about a camera (环节矛盾): who, what it means, and since when it was seen.
public struct HopDisagreement: Hashable, Sendable {
    /// The device's key.
    public var device: String
    /// What it means.
    public var finding: HopTable.Finding
    /// The place nearest to the camera at which media does not arrive; `nil` when it arrives everywhere, and stands
    /// still.
    public var firstFailing: Hop?
    /// When it was seen first.
    public var firstSeenAt: Timestamp
    /// When it was seen last.
    public var lastSeenAt: Timestamp

    /// A disagreement.
    public init(
        device: String,
        finding: HopTable.Finding,
        firstFailing: Hop?,
        firstSeenAt: Timestamp,
        lastSeenAt: Timestamp
    ) {
        (self.device, self.finding, self.firstFailing) = (device, finding, firstFailing)
        (self.firstSeenAt, self.lastSeenAt) = (firstSeenAt, lastSeenAt)
    }
}

/// The disagreements of all cameras, over restarts of ours (环节矛盾簿).
///
/// A pure machine: it is told what every camera's places say now, and says what stands. A disagreement ends as soon as
/// all places agree for certain. While some place does not tell, or is not confirmed (after a restart, by a single lost
/// probe, while a camera is left to its viewers), it does not stand, but is remembered for a while, so that it goes on
/// from when it was first seen.
public struct HopDisagreementBook: Hashable, Sendable {
    /// For so long one is remembered that does not stand: 30 minutes, in milliseconds.
    public static let keptMilliseconds: Int64 = 1_800_000
    /// So many are listed at the most, those that have stood longest; all are counted.
    public static let limit = 10_000

    private var entries: [String: [HopDisagreement]] = [:]
    private var lookedAt: Timestamp?

    /// A book that remembers these; none of them stands before the first look.
    public init(_ kept: [HopDisagreement] = []) { self.entries = Dictionary(grouping: kept, by: \.device) }

    /// Takes what the places of every camera say now, each camera once. Who is not among them is forgotten in time.
    public mutating func receive(_ tables: [(device: String, hops: HopTable)], now: Timestamp) {
        self.lookedAt = now
        for (key, hops) in tables {
            let known = self.entries[key] ?? []
            var entries = hops.findings.map { finding in
                HopDisagreement(
                    device: key,
                    finding: finding,
                    firstFailing: hops.firstFailing,
                    firstSeenAt: known.first { $0.finding == finding }?.firstSeenAt ?? now,
                    lastSeenAt: now
                )
            }
            if !hops.isSettled { entries += known.filter { !hops.findings.contains($0.finding) } }
            self.entries[key] = entries.isEmpty ? nil : entries
        }
        for (key, entries) in self.entries {
            let kept = entries.filter { now - $0.lastSeenAt <= Self.keptMilliseconds }
            if kept.count < entries.count { self.entries[key] = kept.isEmpty ? nil : kept }
        }
    }

    /// Those that were there at the last look, at most ``limit``; by device and finding.
    public var standing: [HopDisagreement] { Self.listed(self.entries.values.joined().filter(self.stands)) }

    /// All that is remembered, standing or not, at most ``limit``; by device and finding.
    public var remembered: [HopDisagreement] { Self.listed(Array(self.entries.values.joined())) }

    /// Those of one device that stand.
    public func standing(of device: String) -> [HopDisagreement] {
        (self.entries[device] ?? []).filter(self.stands)
    }

    /// How many of each kind stand; every kind is named.
    public var counts: [HopTable.Finding: Int] {
        var counts = Dictionary(uniqueKeysWithValues: HopTable.Finding.allCases.map { ($0, 0) })
        for entry in self.entries.values.joined() where self.stands(entry) {
            counts[entry.finding, default: 0] += 1
        }
        return counts
    }

    private func stands(_ entry: HopDisagreement) -> Bool { entry.lastSeenAt == self.lookedAt }

    private static func listed(_ entries: [HopDisagreement]) -> [HopDisagreement] {
        entries.sorted { ($0.firstSeenAt, $0.device) < ($1.firstSeenAt, $1.device) }
            .prefix(Self.limit)
            .sorted { ($0.device, $0.finding.rawValue) < ($1.device, $1.finding.rawValue) }
    }
}
