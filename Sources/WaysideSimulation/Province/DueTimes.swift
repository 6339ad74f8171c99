internal import WaysideCore

/// What comes when (到期队列): the earliest first, and of several at one instant the one that was put in first.
struct DueTimes<Element: Sendable>: Sendable {
    private struct Entry: Sendable {
        var at: Timestamp
        var serial: UInt64
        var element: Element

        func isBefore(_ other: Entry) -> Bool { (self.at, self.serial) < (other.at, other.serial) }
    }

    private var heap: [Entry] = []
    private var nextSerial: UInt64 = 0

    /// The earliest instant; `nil` when nothing is in it.
    var earliest: Timestamp? { self.heap.first?.at }
    var count: Int { self.heap.count }

    mutating func insert(_ element: Element, at instant: Timestamp) {
        self.heap.append(Entry(at: instant, serial: self.nextSerial, element: element))
        self.nextSerial += 1
        var place = self.heap.count - 1
        while place > 0 {
            let above = (place - 1) / 2
            guard self.heap[place].isBefore(self.heap[above]) else { return }
            self.heap.swapAt(place, above)
            place = above
        }
    }

    /// Takes the earliest out, if it is before the instant.
    mutating func popFirst(before instant: Timestamp) -> (at: Timestamp, element: Element)? {
        guard let first = self.heap.first, first.at < instant else { return nil }
        let last = self.heap.removeLast()
        if !self.heap.isEmpty {
            self.heap[0] = last
            self.sink()
        }
        return (first.at, first.element)
    }

    private mutating func sink() {
        var place = 0
        while true {
            var least = place
            for below in [2 * place + 1, 2 * place + 2]
            where below < self.heap.count && self.heap[below].isBefore(self.heap[least]) {
                least = below
            }
            guard least != place else { return }
            self.heap.swapAt(place, least)
            place = least
        }
    }
}
