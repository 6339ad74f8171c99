/// Counts what arrives of one source, by RFC 3550: expected, lost, doubled, late, and the jitter (A.1, A.3,
/// A.8).
struct RTPReception {
    /// What a packet is, told by its sequence number.
    enum Arrival: Equatable {
        /// The highest so far; `gap` packets before it have not come (yet).
        case newest(gap: Int)
        /// One that was missing.
        case late
        case duplicate
        /// From before the first, or from nowhere near the others; not counted.
        case stranger
        /// So far from the others that the sender must have begun anew.
        case restart
    }

    /// How far back a late packet is still told from a doubled one.
    private static let memory = 1_024

    private let clockRate: Double
    private var first: Int?
    private var highest = 0
    private var seen = [Bool](repeating: false, count: Self.memory)
    private var received = 0
    private var strangers = 0
    private(set) var duplicated = 0
    private(set) var reordered = 0
    /// Counts of what came before the sender began anew.
    private var before = (expected: 0, received: 0)
    private var lastTransit: (arrival: Instant, timestamp: UInt32)?
    private var jitterTicks = 0.0

    init(clockRate: Int) {
        self.clockRate = Double(clockRate)
    }

    /// From the first packet to the highest.
    var expected: Int {
        guard let first = self.first else { return self.before.expected }
        return self.before.expected + self.highest - first + 1
    }

    /// The sequence number of the first packet counted since the sender last began.
    var firstSequence: UInt16? { self.first.map { UInt16(truncatingIfNeeded: $0) } }

    /// Those of them that never came.
    var lost: Int { max(0, self.expected - self.before.received - self.received) }

    var jitter: Duration { .seconds(self.jitterTicks / self.clockRate) }

    /// Takes note of a packet.
    mutating func receive(sequence: UInt16, timestamp: UInt32, at arrival: Instant) -> Arrival {
        let kind = self.place(sequence)
        switch kind {
        case .duplicate:
            self.duplicated += 1
            return kind
        case .stranger: return kind
        case .newest, .late, .restart: break
        }
        if let last = self.lastTransit, kind != .restart {
            let ticks = Double(Int32(bitPattern: timestamp &- last.timestamp))
            let difference = abs((arrival - last.arrival).inSeconds * self.clockRate - ticks)
            // A leap of the sender's clock is counted elsewhere and must not drown the jitter.
            if difference < self.clockRate * 10 { self.jitterTicks += (difference - self.jitterTicks) / 16 }
        }
        self.lastTransit = (arrival, timestamp)
        return kind
    }

    private mutating func place(_ sequence: UInt16) -> Arrival {
        guard self.first != nil else {
            self.begin(sequence)
            return .newest(gap: 0)
        }
        let step = Int(Int16(bitPattern: sequence &- UInt16(truncatingIfNeeded: self.highest)))
        guard step > -Self.memory, step < 3_000 else {
            // Two strangers in a row that follow each other are a sender that began anew (RFC 3550, A.1).
            self.strangers += 1
            guard self.strangers > 1 else { return .stranger }
            self.before = (self.expected, self.before.received + self.received)
            self.begin(sequence)
            return .restart
        }
        self.strangers = 0
        if step > 0 {
            for missing in 1..<max(step, 1) { self.seen[(self.highest + missing) % Self.memory] = false }
            self.highest += step
            self.seen[self.highest % Self.memory] = true
            self.received += 1
            return .newest(gap: step - 1)
        }
        let place = self.highest + step
        guard let first = self.first, place >= first else { return .stranger }
        guard !self.seen[place % Self.memory] else { return .duplicate }
        self.seen[place % Self.memory] = true
        self.received += 1
        self.reordered += 1
        return .late
    }

    private mutating func begin(_ sequence: UInt16) {
        // Far enough from zero that stepping back never becomes negative.
        self.first = Int(sequence) + 65_536
        self.highest = Int(sequence) + 65_536
        self.seen = [Bool](repeating: false, count: Self.memory)
        self.seen[self.highest % Self.memory] = true
        self.received = 1
        self.strangers = 0
    }
}
