/// Holds back what came too early, for as short as it can: datagrams may overtake each other.
struct ReorderBuffer {
    /// One packet in hand.
    struct Packet {
        var header: RTPHeader
        var bytes: [UInt8]
        var arrival: Instant
    }

    /// Packets held at most; a gap that outlives them is a loss.
    private static let depth = 32
    /// How long a packet is held at most: datagrams overtake each other by far less, and on a slow camera the packets
    /// that would fill the buffer do not come.
    private static let patience = Duration.milliseconds(200)

    private var next: UInt16?
    private var held: [Packet] = []

    /// Whether a packet may go straight on: nothing is held back, and it is the one awaited.
    func isInOrder(_ sequence: UInt16) -> Bool {
        self.held.isEmpty && (self.next == nil || self.next == sequence)
    }

    /// Notes a packet that went straight on.
    mutating func pass(_ sequence: UInt16) {
        self.next = sequence &+ 1
    }

    /// Takes a packet out of order and gives those that may now go on, each with whether something is missing
    /// before it.
    mutating func insert(_ packet: Packet) -> [(packet: Packet, isAfterGap: Bool)] {
        guard let next = self.next else { return [] }
        let distance = Int16(bitPattern: packet.header.sequence &- next)
        guard distance >= 0 else { return [] }  // Its place has been given up.
        let index =
            self.held.firstIndex {
                Int16(bitPattern: $0.header.sequence &- packet.header.sequence) > 0
            } ?? self.held.endIndex
        self.held.insert(packet, at: index)
        var ready: [(packet: Packet, isAfterGap: Bool)] = []
        self.release(into: &ready)
        while self.held.count > Self.depth { self.giveUpGap(into: &ready) }
        return ready
    }

    /// When the next gap is to be given up; nil when nothing is held.
    var due: Instant? {
        guard var earliest = self.held.first?.arrival else { return nil }
        for index in self.held.indices { earliest = min(earliest, self.held[index].arrival) }
        return earliest + Self.patience
    }

    /// Gives up gaps that have lasted too long by then, and gives what was held back behind them.
    mutating func release(at now: Instant) -> [(packet: Packet, isAfterGap: Bool)] {
        var ready: [(packet: Packet, isAfterGap: Bool)] = []
        while let due = self.due, due <= now { self.giveUpGap(into: &ready) }
        return ready
    }

    /// Gives all that is held: nothing more will come.
    mutating func flush() -> [(packet: Packet, isAfterGap: Bool)] {
        var ready: [(packet: Packet, isAfterGap: Bool)] = []
        while !self.held.isEmpty { self.giveUpGap(into: &ready) }
        return ready
    }

    private mutating func giveUpGap(into ready: inout [(packet: Packet, isAfterGap: Bool)]) {
        let first = self.held.removeFirst()
        self.next = first.header.sequence &+ 1
        ready.append((first, true))
        self.release(into: &ready)
    }

    private mutating func release(into ready: inout [(packet: Packet, isAfterGap: Bool)]) {
        while let first = self.held.first, first.header.sequence == self.next {
            self.held.removeFirst()
            self.next = first.header.sequence &+ 1
            ready.append((first, false))
        }
    }

    /// Forgets everything: the sender began anew.
    mutating func reset() {
        self.next = nil
        self.held = []
    }
}
