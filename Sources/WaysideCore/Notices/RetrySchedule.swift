/// How long to wait before a notice is tried again (退避): each wait twice the one before, up to a limit, and spread
/// by the notice's key so that an outage of the receiver does not end in all notices at once.
public struct RetrySchedule: Hashable, Sendable {
    /// The wait after the first failed try, in milliseconds; more than 0.
    public let firstMilliseconds: Int64
    /// No wait is longer, in milliseconds; at least the first.
    public let longestMilliseconds: Int64
    /// Tries in all, the first included; at least 1.
    public let mostTries: Int

    /// A schedule; by default 5 s, doubling up to 15 min, 100 tries, which is about a day.
    public init(firstMilliseconds: Int64 = 5_000, longestMilliseconds: Int64 = 900_000, mostTries: Int = 100)
    {
        precondition(firstMilliseconds > 0 && longestMilliseconds >= firstMilliseconds && mostTries >= 1)
        self.firstMilliseconds = firstMilliseconds
        self.longestMilliseconds = longestMilliseconds
        self.mostTries = mostTries
    }

    /// The wait in milliseconds after so many failed tries (1 or more) of the notice with that key; `nil` when it
    /// is to be given up.
    ///
    /// The other side may ask for a longer wait, which is kept up to the limit. The same arguments give the same wait.
    public func delay(afterTries tries: Int, key: String, askedMilliseconds: Int64? = nil) -> Int64? {
        guard tries < self.mostTries else { return nil }
        var wait = self.firstMilliseconds
        for _ in 1..<max(1, tries) where wait < self.longestMilliseconds {
            wait = min(wait * 2, self.longestMilliseconds)
        }
        // From half of the wait to all of it: never past the limit, never at once.
        let spread = wait / 2
        let spreadWait = wait - (spread > 0 ? Int64(Self.hash(key, tries) % UInt64(spread)) : 0)
        return max(spreadWait, min(askedMilliseconds ?? 0, self.longestMilliseconds))
    }

    /// FNV-1a, 64 bits: the standard library's hashing differs from run to run.
    private static func hash(_ key: String, _ tries: Int) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in Array(key.utf8) + [UInt8(truncatingIfNeeded: tries)] {
            hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3
        }
        return hash
    }
}
