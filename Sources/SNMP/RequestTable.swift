/// The questions outstanding, each under a request-id that is used once in 32 767 generations of its slot.
///
/// A request-id is `generation (15 bits) << 16 | slot (16 bits)`: positive in 31 bits, as RFC 3416 asks and
/// as agents that sign-extend can stand. A retry takes the next generation, so that a late answer to the
/// first sending is known for what it is. Slots are handed out oldest first, and none before `resting` others
/// have rested: an id comes again after some 130 million questions. There are no more slots than that takes, so that
/// they stay in a cache.
struct RequestTable<Request> {
    private struct Slot {
        var generation: UInt32
        var request: Request?
    }

    /// What an id in an answer points at.
    enum Finding: Equatable {
        /// A question that waits for an answer to exactly this sending.
        case live
        /// A question that is over, or an earlier sending of one.
        case late
        /// An id that was never given out.
        case unknown
    }

    /// Slots that rest at least before one is used again, as long as the window has more of them.
    private static var resting: Int { 4_096 }

    private var slots: ContiguousArray<Slot> = []
    private var free = IDQueue()
    private let window: Int
    private var source: SystemRandomNumberGenerator
    private(set) var count = 0

    init(window: Int) {
        precondition((1...RequestTable<Never>.mostSlots).contains(window))
        self.window = window
        self.source = SystemRandomNumberGenerator()
    }

    var isFull: Bool { self.count == self.window }

    /// Takes a question in and gives it an id; `nil` when the window is full.
    mutating func insert(_ request: Request) -> UInt32? {
        guard !self.isFull else { return nil }
        let slot: UInt32
        if self.slots.count < self.window, self.free.count < Self.resting {
            slot = UInt32(self.slots.count)
            // A random start, so that ids cannot be foretold from those of an earlier run.
            self.slots.append(Slot(generation: .random(in: 0..<0x8000, using: &self.source), request: nil))
        } else if let oldest = self.free.popFirst() {
            slot = oldest
        } else {
            return nil
        }
        self.count += 1
        self.slots[Int(slot)].request = request
        return self.nextID(of: slot)
    }

    /// Gives a live question its next id; the old one is late from now on.
    mutating func renew(_ id: UInt32) -> UInt32 {
        precondition(self.find(id) == .live)
        return self.nextID(of: id & 0xFFFF)
    }

    /// Takes a question out; `nil` when it is over already.
    mutating func remove(_ id: UInt32) -> Request? {
        guard self.find(id) == .live else { return nil }
        let slot = Int(id & 0xFFFF)
        self.count -= 1
        self.free.append(UInt32(slot))
        defer { self.slots[slot].request = nil }
        return self.slots[slot].request
    }

    /// Says what an id points at.
    func find(_ id: UInt32) -> Finding {
        let slot = Int(id & 0xFFFF)
        guard id >> 31 == 0, slot < self.slots.count else { return .unknown }
        return self.slots[slot].request != nil && self.slots[slot].generation == id >> 16 ? .live : .late
    }

    /// The question under a live id; `nil` when it is over.
    subscript(id: UInt32) -> Request? {
        self.find(id) == .live ? self.slots[Int(id & 0xFFFF)].request : nil
    }

    /// Changes the question under a live id in place; `nil` when it is over.
    mutating func update<Result>(_ id: UInt32, _ change: (inout Request) -> Result) -> Result? {
        let slot = Int(id & 0xFFFF)
        guard self.find(id) == .live else { return nil }
        return self.slots[slot].request.mutate(change)
    }

    /// Takes every question out.
    mutating func removeAll() -> [Request] {
        let requests = self.slots.compactMap(\.request)
        self.slots = []
        self.free = IDQueue()
        self.count = 0
        return requests
    }

    private mutating func nextID(of slot: UInt32) -> UInt32 {
        let generation = (self.slots[Int(slot)].generation + 1) & 0x7FFF
        self.slots[Int(slot)].generation = generation
        return generation << 16 | slot
    }
}

extension Optional {
    /// Changes what is inside without taking it out.
    fileprivate mutating func mutate<Result>(_ change: (inout Wrapped) -> Result) -> Result? {
        switch consume self {
        case .some(var wrapped):
            let result = change(&wrapped)
            self = .some(wrapped)
            return result
        case .none:
            self = .none
            return nil
        }
    }
}

extension RequestTable where Request == Never {
    /// As many as 16 bits can tell apart.
    static var mostSlots: Int { 65_536 }
}

/// Ids in the order they came, in one piece of memory.
struct IDQueue {
    /// Ids that an empty queue keeps memory for.
    private static let keptIDs = 8_192

    private var ids: ContiguousArray<UInt32> = []
    private var head = 0

    var count: Int { self.ids.count - self.head }
    var isEmpty: Bool { self.count == 0 }
    var first: UInt32? { self.isEmpty ? nil : self.ids[self.head] }

    mutating func append(_ id: UInt32) {
        self.ids.append(id)
    }

    mutating func popFirst() -> UInt32? {
        guard let id = self.first else { return nil }
        self.head += 1
        // What has been taken is dropped once it is the larger part: amortized, one move an id.
        if self.head > 1_024 && self.head * 2 > self.ids.count || self.isEmpty {
            if self.isEmpty, self.head > Self.keptIDs {
                self.ids = []
            } else {
                self.ids.removeFirst(self.head)
            }
            self.head = 0
        }
        return id
    }
}
