/// The carriageway a device watches (方向).
public enum Direction: String, Hashable, Sendable, CaseIterable {
    /// By rising stake marks (上行).
    case ascending = "up"
    /// By falling stake marks (下行).
    case descending = "down"
    /// Both carriageways (双向).
    case both
}
