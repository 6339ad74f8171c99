/// Why a walk ended before the subtree did.
public enum WalkCut: Sendable, Hashable {
    /// There are more rows than were to be read.
    case rowLimit
    /// There are more bytes than were to be read.
    case byteLimit
    /// The walk took too long.
    case timeLimit
    /// After `last` the agent gave `next`, which does not come after it: an agent that cannot sort, or a
    /// loop.
    case notIncreasing(last: OID, next: OID)
    /// The agent answered, but not what a walk can go on from.
    case pointless(at: OID)
    /// A question found no answer that can be used, the smallest of them included.
    case unanswered(SNMPAnswer)
}

/// What a walk has found. Rows are strictly increasing and lie in the subtree, also in a partial walk.
public struct SNMPWalk: Sendable, Hashable {
    /// The root asked for.
    public let root: OID
    /// The rows, in the order of their names.
    public let rows: [VarBind]
    /// Why it ended early; `nil` when the whole subtree was read.
    public let cut: WalkCut?
    /// How many questions it took, without retries.
    public let questions: Int
    /// Rows a question that the agent could stand in the end: a good `WalkLimits.repetitions` for the next
    /// walk on it. 1 for an agent that knows GETNEXT only.
    public let repetitions: Int
    /// How long it took.
    public let took: Duration

    /// True when rows may be missing: such a walk says nothing about what it does not hold.
    public var isPartial: Bool { self.cut != nil }
}
