/// How long we wait for a database, and by what name it knows us.
public struct ConnectionSettings: Sendable, Equatable {
    /// The name in `pg_stat_activity`.
    public var applicationName = "wayside"
    /// From the first packet to a usable session. Looking a host name up happens inside the system and is not
    /// counted.
    public var connectTimeLimit: Duration = .seconds(5)
    /// One statement, kept by the server (`statement_timeout`); zero is for ever.
    public var statementTimeLimit: Duration = .seconds(30)
    /// One wait for a lock, kept by the server (`lock_timeout`); zero is for ever.
    public var lockTimeLimit: Duration = .seconds(10)
    /// A transaction that does nothing, kept by the server; zero is for ever.
    public var idleInTransactionTimeLimit: Duration = .seconds(60)
    /// How long past ``statementTimeLimit``, or after asking for a stop, a silent server is waited for before the
    /// connection is given up.
    public var silenceLimit: Duration = .seconds(5)

    /// The defaults.
    public init() {}
}

extension Duration {
    /// Whole milliseconds, cut.
    var milliseconds: Int64 {
        let (seconds, attoseconds) = self.components
        return seconds * 1_000 + attoseconds / 1_000_000_000_000_000
    }
}
