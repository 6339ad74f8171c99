/// Finds the places of an array by keys that lie in the array itself: 10 to 20 bytes a key, where a dictionary that holds
/// keys of 24 bytes takes 70 (open addressing, Knuth, The Art of Computer Programming 3, §6.4, algorithm L).
///
/// It knows hashes only; whoever asks compares the keys.
struct IndexTable {
    /// Where a search stands.
    struct Probe {
        fileprivate let tag: UInt32
        fileprivate var place: Int
    }

    private struct Slot {
        /// What is kept of the hash.
        let tag: UInt32
        let index: UInt32

        static let free = Slot(tag: 0, index: .max)
        var isFree: Bool { self.index == .max }
    }

    /// A power of two, and at most four in five taken.
    private var slots: ContiguousArray<Slot> = []
    /// How many are entered.
    private(set) var count = 0

    /// Begins a search for a key of this hash.
    func probe(_ hash: Int) -> Probe {
        let tag = UInt32(truncatingIfNeeded: hash)
        return Probe(tag: tag, place: Int(tag))
    }

    /// The next index whose key may be the one that is searched for; `nil` when there is none.
    func next(_ probe: inout Probe) -> UInt32? {
        guard !self.slots.isEmpty else { return nil }
        while true {
            let slot = self.slots[probe.place & (self.slots.count - 1)]
            if slot.isFree { return nil }
            probe.place += 1
            if slot.tag == probe.tag { return slot.index }
        }
    }

    /// Enters an index, below `UInt32.max`, whose key has this hash.
    mutating func insert(_ index: UInt32, hash: Int) {
        precondition(index != .max, "no index")
        self.count += 1
        if self.count * 5 > self.slots.count * 4 {
            let slots = self.slots
            self.slots = ContiguousArray(repeating: .free, count: max(16, slots.count * 2))
            for slot in slots where !slot.isFree { self.put(slot) }
        }
        self.put(Slot(tag: UInt32(truncatingIfNeeded: hash), index: index))
    }

    /// Takes an index out that was entered with this hash, and moves what stood behind it for want of its place (algorithm
    /// R).
    mutating func remove(_ index: UInt32, hash: Int) {
        guard !self.slots.isEmpty else { return }
        let mask = self.slots.count - 1
        let tag = UInt32(truncatingIfNeeded: hash)
        var hole = Int(tag) & mask
        while self.slots[hole].index != index || self.slots[hole].tag != tag {
            guard !self.slots[hole].isFree else { return }
            hole = (hole + 1) & mask
        }
        var place = (hole + 1) & mask
        while !self.slots[place].isFree {
            // It may fill the hole when its own place does not lie behind that.
            if (place - Int(self.slots[place].tag)) & mask >= (place - hole) & mask {
                self.slots[hole] = self.slots[place]
                hole = place
            }
            place = (place + 1) & mask
        }
        self.slots[hole] = .free
        self.count -= 1
    }

    private mutating func put(_ slot: Slot) {
        var place = Int(slot.tag)
        while !self.slots[place & (self.slots.count - 1)].isFree { place += 1 }
        self.slots[place & (self.slots.count - 1)] = slot
    }
}
