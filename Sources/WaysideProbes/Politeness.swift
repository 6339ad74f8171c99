internal import MediaProbe
internal import Synchronization
internal import WaysideCore

/// Counts a track's refusals: a camera that is busy or keeps us out is unknown, but one that has done nothing else
/// three times in a row is not in order.
struct RefusalCount: Hashable {
    /// Refusals in a row that are more than bad luck.
    static let most = 3
    private var count = 0

    /// What the ruling becomes. What is our own fault neither counts nor breaks the row.
    mutating func judge(_ ruling: VerdictRules.Ruling) -> VerdictRules.Ruling {
        switch ruling.cause {
        case .busy, .lockedOut:
            self.count = min(self.count + 1, Self.most)
            guard self.count >= Self.most else { return ruling }
            return VerdictRules.Ruling(outcome: .abnormal, cause: ruling.cause)
        case .selfOverloaded, .selfNetwork, .selfClock, .collectorGap:
            return ruling
        default:
            self.count = 0
            return ruling
        }
    }
}

/// What probers remember of tracks from one probe to the next, to spare the devices (礼让).
final class Politeness: Sendable {
    private struct Memory {
        var refusals = RefusalCount()
        var hints = MediaHints()
    }

    /// Tracks remembered at most; more than any estate has, so only tracks that are no longer asked fill it.
    private static let limit = 200_000
    private let memories = Mutex<[TrackKey: Memory]>([:])

    func judge(_ ruling: VerdictRules.Ruling, of track: TrackKey) -> VerdictRules.Ruling {
        self.memories.withLock { memories in
            if memories.count > Self.limit { memories.removeAll() }
            return memories[track, default: Memory()].refusals.judge(ruling)
        }
    }

    /// What the last probe taught: a camera that wants UDP is not asked for TCP again.
    func hints(of track: TrackKey) -> MediaHints {
        self.memories.withLock { $0[track]?.hints ?? MediaHints() }
    }

    /// A probe that got less far teaches less: what it did not learn stays as it was known.
    func learn(_ hints: MediaHints, of track: TrackKey) {
        self.memories.withLock { $0[track, default: Memory()].hints.learn(hints) }
    }
}
