/// Elements of which only the smallest is wanted: a binary heap.
struct PatrolHeap<Element: Comparable> {
    private var elements: [Element] = []

    var first: Element? { self.elements.first }
    var count: Int { self.elements.count }

    mutating func insert(_ element: Element) {
        self.elements.append(element)
        var child = self.elements.count - 1
        while child > 0, self.elements[child] < self.elements[(child - 1) / 2] {
            self.elements.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    @discardableResult
    mutating func removeFirst() -> Element? {
        guard let first = self.elements.first, let last = self.elements.popLast() else { return nil }
        guard !self.elements.isEmpty else { return first }
        self.elements[0] = last
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2]
            where child < self.elements.count && self.elements[child] < self.elements[least] {
                least = child
            }
            guard least != parent else { return first }
            self.elements.swapAt(least, parent)
            parent = least
        }
    }
}
