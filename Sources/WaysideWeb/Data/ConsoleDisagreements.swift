public import WaysideCore

/// Cameras whose places contradict one another (环节矛盾): a list that has an end, and counts that have none.
public struct ConsoleDisagreements: Sendable {
    /// Those that are listed, by device and finding; may be fewer than are counted.
    public var listed: [HopDisagreement]
    /// How many there are of each kind.
    public var counts: [HopTable.Finding: Int]

    /// A list with its counts.
    public init(listed: [HopDisagreement], counts: [HopTable.Finding: Int]) {
        (self.listed, self.counts) = (listed, counts)
    }
}
