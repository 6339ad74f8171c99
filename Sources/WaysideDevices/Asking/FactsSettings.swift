/// How far one look at a device may go (采集上限). Whatever limit it meets, it keeps what it has and says so.
public struct FactsSettings: Sendable, Hashable {
    /// The time of the whole look at most; default 120 s, 1 s to 1 h.
    public var duration: Duration = .seconds(120)
    /// The time of one question at most, retries included; default 5 s.
    public var deadline: Duration = .seconds(5)
    /// Objects in one GET at most; default 20, 1 to 128. Halved for an agent that finds it too much.
    public var objectsPerQuestion: Int = 20
    /// Rows of one column at most; default 50 000.
    public var rowsPerColumn: Int = 50_000
    /// VLANs that are asked one by one at most; default 64.
    public var vlans: Int = 64

    /// The defaults.
    public init() {}
}
