/// Numbers that follow from a seed (种子随机数): SplitMix64 of Steele, Lea and Flood, the same on every machine and with
/// every library of Swift.
public struct SplitMix: Hashable, Sendable {
    private var state: UInt64

    /// The numbers of that seed.
    public init(seed: UInt64) { self.state = seed }

    /// The next 64 bits.
    public mutating func next() -> UInt64 {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = self.state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// A generator of its own, so that what one part draws does not move what another draws.
    mutating func branch() -> SplitMix { SplitMix(seed: self.next()) }

    /// From 0 up to, and without, the bound; 0 when the bound is not above 0.
    public mutating func below(_ bound: Int64) -> Int64 {
        guard bound > 0 else { return 0 }
        return Int64(self.next().multipliedFullWidth(by: UInt64(bound)).high)
    }

    /// A place in a list of that length.
    mutating func place(in count: Int) -> Int { Int(self.below(Int64(count))) }

    /// From the lower bound up to the upper one.
    mutating func within(_ range: ClosedRange<Int64>) -> Int64 {
        range.lowerBound + self.below(range.upperBound - range.lowerBound + 1)
    }

    /// True so many times in a million.
    mutating func millionths(_ share: Int64) -> Bool { self.below(1_000_000) < share }

    /// True so many times in a hundred.
    mutating func percent(_ share: Int64) -> Bool { self.below(100) < share }

    /// One of the elements; the list is not empty.
    mutating func pick<Element>(_ elements: [Element]) -> Element { elements[self.place(in: elements.count)] }

    /// A waiting time with that mean and a long tail, at least a second; all in milliseconds.
    mutating func wait(mean: Int64) -> Int64 { max(1_000, self.skewed(mean * 4)) }

    /// A duration inside the range, the short ones more often than the long ones.
    mutating func duration(_ range: ClosedRange<Int64>) -> Int64 {
        range.lowerBound + self.skewed(range.upperBound - range.lowerBound)
    }

    /// A quarter of the bound in the mean: the product of two fractions of it.
    private mutating func skewed(_ bound: Int64) -> Int64 {
        let (one, other) = (self.below(65_536), self.below(65_536))
        return Int64((Int128(bound) * Int128(one) * Int128(other)) >> 32)
    }

    /// The elements in another order.
    mutating func shuffled<Element>(_ elements: [Element]) -> [Element] {
        var result = elements
        guard result.count > 1 else { return result }
        for index in (1..<result.count).reversed() { result.swapAt(index, self.place(in: index + 1)) }
        return result
    }
}
