/// How far a walk may go. Whatever limit it meets, it stops, keeps what it has, and says so.
public struct WalkLimits: Sendable, Hashable {
    /// Rows at most; default 50 000, at least 1.
    public var rows: Int = 50_000
    /// Bytes of names and values at most; default 16 MiB, at least 1.
    public var bytes: Int = 16 << 20
    /// The time of the whole walk at most; default 60 s.
    public var duration: Duration = .seconds(60)
    /// The time of one question of it at most, retries included; default 5 s.
    public var deadline: Duration = .seconds(5)
    /// Rows asked for at once with GETBULK; default 24, range 1...1 000. Halved when the agent says that it
    /// is too much, by a word, by silence or by an answer that is cut; 1 means GETNEXT from the start.
    public var repetitions: Int = 24

    /// The defaults.
    public init() {}

    /// A limit for a walk that may take this many rows, the rest as by default.
    public init(rows: Int) {
        self.rows = rows
    }
}
