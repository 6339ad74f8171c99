internal import WaysideCore

/// Something that breaks and is repaired, over and over (故障过程). It is asked with rising instants only.
struct FaultProcess: Sendable {
    private var random: SplitMix
    private let upMean: Int64
    private let down: ClosedRange<Int64>
    /// Whether it is broken, at the last instant asked.
    private(set) var isDown = false
    /// Since when it is as it is.
    private(set) var since: Timestamp
    /// Until when it stays so.
    private(set) var until: Timestamp
    /// How many faults are over.
    private(set) var count = 0
    /// The last of them.
    private(set) var last: Span?

    /// Works at the start; all in milliseconds.
    init(from start: Timestamp, upMean: Int64, down: ClosedRange<Int64>, random: SplitMix) {
        (self.random, self.upMean, self.down, self.since) = (random, max(1_000, upMean), down, start)
        self.until = start
        self.until = start + 1_000 + self.random.below(2 * self.upMean)
    }

    /// Whether it is broken at the instant.
    mutating func isDown(at instant: Timestamp) -> Bool {
        while instant >= self.until {
            if self.isDown {
                self.count += 1
                self.last = Span(self.since, self.until)
            }
            self.isDown.toggle()
            self.since = self.until
            let wait = self.isDown ? self.random.duration(self.down) : self.random.wait(mean: self.upMean)
            self.until = self.until + max(1, wait)
        }
        return self.isDown
    }
}

/// Spans of time as people say them, in milliseconds.
enum Milliseconds {
    static let minute: Int64 = 60_000
    static let hour: Int64 = 3_600_000
    static let day: Int64 = 86_400_000
}
