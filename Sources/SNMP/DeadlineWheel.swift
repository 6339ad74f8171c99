/// The times at which ids are due, in buckets of one tick: adding and expiring cost the same for 10 as for
/// 60,000. Nothing is ever taken out early: who expires an id asks whether it is still live.
struct DeadlineWheel {
    /// The fineness of a deadline: it is never early, and late by at most this and the loop's own delay.
    static let tick: MonotonicTime = 10_000_000
    /// One turn of the wheel takes 10.24 s; what is due later stays in its bucket for more turns.
    private static let bucketCount: Int64 = 1_024
    /// The furthest tick, 124 days ahead: what is due later expires then, and is found not to be due.
    private static let mostTicks: Int64 = 1 << 30
    /// Entries for which an empty bucket keeps its memory.
    private static let keptEntries = 64

    /// 8 bytes: of the tick, its lower half.
    private struct Entry {
        let dueTick: UInt32
        let id: UInt32

        /// Whether its tick is that one or before; they are never further apart than `mostTicks`.
        func isDue(at tick: UInt32) -> Bool { Int32(bitPattern: tick &- self.dueTick) >= 0 }
    }

    private var buckets: [ContiguousArray<Entry>]
    /// A bit for each bucket that holds something, so that the next one is found without a look into all.
    private var isFilled = ContiguousArray<UInt64>(repeating: 0, count: Int(Self.bucketCount) / 64)
    /// Every tick up to this one has expired.
    private var lastTick: Int64
    /// How many entries wait, live or not.
    private(set) var count = 0

    init(now: MonotonicTime) {
        self.buckets = Array(repeating: [], count: Int(Self.bucketCount))
        self.lastTick = now / Self.tick
    }

    /// Makes `id` due at `time`, or at the next tick when that has passed.
    mutating func add(_ id: UInt32, dueAt time: MonotonicTime) {
        let wanted = time.addingReportingOverflow(Self.tick - 1)
        let tick = min(
            max(wanted.overflow ? time / Self.tick : wanted.partialValue / Self.tick, self.lastTick + 1),
            self.lastTick + Self.mostTicks
        )
        let bucket = Int(tick % Self.bucketCount)
        self.buckets[bucket].append(Entry(dueTick: UInt32(truncatingIfNeeded: tick), id: id))
        self.isFilled[bucket >> 6] |= 1 << UInt64(bucket & 63)
        self.count += 1
    }

    /// Moves what is due at `now` to the end of `due`.
    mutating func expire(at now: MonotonicTime, into due: inout [UInt32]) {
        let nowTick = now / Self.tick
        guard nowTick > self.lastTick else { return }
        defer { self.lastTick = nowTick }
        guard self.count > 0 else { return }
        let before = due.count
        let nowEnd = UInt32(truncatingIfNeeded: nowTick)
        // After a long pause one whole turn meets every bucket.
        var tick = max(self.lastTick + 1, nowTick - Self.bucketCount + 1)
        while let next = self.filled(from: tick, through: nowTick) {
            let bucket = Int(next % Self.bucketCount)
            self.buckets[bucket].removeAll { entry in
                guard entry.isDue(at: nowEnd) else { return false }
                due.append(entry.id)
                return true
            }
            if self.buckets[bucket].isEmpty {
                self.isFilled[bucket >> 6] &= ~(1 << UInt64(bucket & 63))
                // A burst comes once; its memory would stay for good.
                if self.buckets[bucket].capacity > Self.keptEntries { self.buckets[bucket] = [] }
            }
            tick = next + 1
        }
        self.count -= due.count - before
    }

    /// When to look again at the latest; `nil` when nothing waits.
    func nextDue() -> MonotonicTime? {
        guard self.count > 0 else { return nil }
        return self.filled(from: self.lastTick + 1, through: self.lastTick + Self.bucketCount).map {
            $0 * Self.tick
        }
    }

    /// The first tick of these whose bucket holds something.
    private func filled(from first: Int64, through last: Int64) -> Int64? {
        var tick = first
        while tick <= last {
            let bucket = Int(tick % Self.bucketCount)
            let rest = self.isFilled[bucket >> 6] >> UInt64(bucket & 63)
            if rest != 0 {
                let found = tick + Int64(rest.trailingZeroBitCount)
                return found <= last ? found : nil
            }
            tick += Int64(64 - (bucket & 63))
        }
        return nil
    }
}
