/// One column of a document's table.
public struct DocumentColumn: Hashable, Sendable {
    /// Its heading.
    public let heading: String
    /// Whether its cells stand at the right.
    public let isNumeric: Bool
    /// On paper: lines that a cell may take, 1...12, before it ends in "…".
    public let lineLimit: Int

    /// A column.
    public init(_ heading: String, isNumeric: Bool = false, lineLimit: Int = 3) {
        precondition((1...12).contains(lineLimit), "a cell has 1...12 lines")
        (self.heading, self.isNumeric, self.lineLimit) = (heading, isNumeric, lineLimit)
    }
}
