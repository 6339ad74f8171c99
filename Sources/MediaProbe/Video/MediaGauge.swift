/// Measures a stream by its pictures: rate, size, key-frame interval, steadiness, leaps of its clock. Knows
/// no protocol: what brings pictures with a time stamp can be measured.
struct MediaGauge {
    /// Sizes of one kind of picture.
    private struct Sizes {
        var count = 0
        var sum = 0
        var largest = 0

        mutating func add(_ size: Int) {
            self.count += 1
            self.sum += size
            self.largest = max(self.largest, size)
        }

        /// (max − mean) ÷ mean.
        var fluctuation: Double? {
            guard self.count >= 2, self.sum > 0 else { return nil }
            let mean = Double(self.sum) / Double(self.count)
            return (Double(self.largest) - mean) / mean
        }
    }

    private let clockRate: Double
    /// Whether pictures come when they are taken; those of a file or a segment come in one burst.
    private let isPaced: Bool
    private var lastStep = 0.0
    /// Ticks since the first picture, unwrapped; leaps are taken out.
    private var ticks: Int64 = 0
    private var lowest: Int64 = 0
    private var highest: Int64 = 0
    private var last: (timestamp: UInt32, arrivedAt: Instant)?
    private var firstArrival: Instant?
    private var byteCount = 0
    private var lastByteCount = 0
    private var keys = Sizes()
    private var others = Sizes()
    private var keyTicks: (first: Int64, last: Int64)?
    private var keyArrivals: (first: Instant, last: Instant)?
    /// Whether any picture had another time stamp than the one before.
    private var hasMoved = false
    /// Pictures so far, whole or not.
    private(set) var pictureCount = 0
    private(set) var keyCount = 0
    private(set) var jumps = 0

    init(clockRate: Int, isPaced: Bool = true) {
        self.clockRate = Double(clockRate)
        self.isPaced = isPaced
    }

    mutating func receive(_ unit: AccessUnit) {
        if let last = self.last {
            let step = Int64(Int32(bitPattern: unit.timestamp &- last.timestamp))
            let inTicks = Double(step) / self.clockRate
            let passed = (unit.arrivedAt - last.arrivedAt).inSeconds
            if step != 0 { self.hasMoved = true }
            // Pictures shown in another order than sent step back a little; a stall of the network makes time
            // pass without a step. Neither is a leap of the stream's clock.
            if abs(inTicks) > 1, self.isLeap(inTicks, passed: passed) {
                self.jumps += 1
                // The next may be as long: then it is the pace of a slow camera.
                if self.isPaced { self.lastStep = max(inTicks, 0) }
            } else {
                self.ticks += step
                self.lastStep = max(inTicks, 0)
            }
        }
        self.last = (unit.timestamp, unit.arrivedAt)
        self.firstArrival = self.firstArrival ?? unit.arrivedAt
        self.lowest = min(self.lowest, self.ticks)
        self.highest = max(self.highest, self.ticks)
        self.pictureCount += 1
        self.byteCount += unit.byteCount
        self.lastByteCount = unit.byteCount
        if unit.isKey {
            self.keyCount += 1
            self.keyTicks = (self.keyTicks?.first ?? self.ticks, self.ticks)
            self.keyArrivals = (self.keyArrivals?.first ?? unit.arrivedAt, unit.arrivedAt)
        }
        guard unit.isWhole else { return }
        if unit.isKey { self.keys.add(unit.byteCount) } else { self.others.add(unit.byteCount) }
    }

    /// Whether a step of more than a second, in seconds, is a leap. Pictures of a camera that is slower than one a second
    /// may come several at once; they step as the one before did, whatever time passed between them. Where arrival says
    /// nothing at all, a step is only compared with the one before it.
    private func isLeap(_ step: Double, passed: Double) -> Bool {
        guard self.isPaced else { return self.lastStep > 0 && abs(step - self.lastStep * 3) > 1 }
        return abs(step - passed) > 1 && abs(step - self.lastStep) > 1
    }

    /// Whether all pictures bear the same time stamp; told from the third on, and only where arrival measures instead.
    var isStandingStill: Bool { self.isPaced && self.pictureCount >= 3 && !self.hasMoved }

    /// The stream said that its clock begins anew: the next step is no leap.
    mutating func discontinue() { self.last = nil }

    /// From the earliest picture to the latest by the stream's own clock, in seconds.
    var streamSpan: Double { Double(self.highest - self.lowest) / self.clockRate }

    /// From the first picture to the last by the stream's clock, or by ours where that one stands still.
    private var span: Double? {
        guard self.pictureCount >= 2, let first = self.firstArrival, let last = self.last else { return nil }
        let own = self.streamSpan
        let ours = (last.arrivedAt - first).inSeconds
        let span = own > 0 ? own : ours
        return span > 0 ? span : nil
    }

    var framesPerSecond: Double? {
        self.span.map { Double(self.pictureCount - 1) / $0 }
    }

    /// The last picture's bytes are left out: its time lies after the span.
    var kilobitsPerSecond: Double? {
        self.span.map { Double(self.byteCount - self.lastByteCount) * 8 / 1_000 / $0 }
    }

    var keyFrameInterval: Duration? {
        guard self.keyCount >= 2, let ticks = self.keyTicks, let arrivals = self.keyArrivals else {
            return nil
        }
        let own = Double(ticks.last - ticks.first) / self.clockRate
        // By our clock where the stream's own stands still, and pictures come as they are made.
        let span = own > 0 || !self.isPaced ? own : (arrivals.last - arrivals.first).inSeconds
        return span > 0 ? .seconds(span / Double(self.keyCount - 1)) : nil
    }

    var frameSpacing: Duration? {
        self.framesPerSecond.flatMap { $0 > 0 ? .seconds(1 / $0) : nil }
    }

    var fluctuation: MediaReport.Fluctuation? {
        guard self.keys.fluctuation != nil || self.others.fluctuation != nil else { return nil }
        return MediaReport.Fluctuation(key: self.keys.fluctuation, predicted: self.others.fluctuation)
    }
}
