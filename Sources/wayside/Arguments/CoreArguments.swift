public import ArgumentParser
public import WaysideCore
public import WaysideStore

extension ServiceDay: ExpressibleByArgument {
    /// `YYYY-MM-DD`.
    public init?(argument: String) { self.init(argument) }
}

extension Timestamp: ExpressibleByArgument {
    /// RFC 3339 with an offset.
    public init?(argument: String) { self.init(argument) }
}

/// `raw`, `5m` or `1h`.
extension HealthHistory.Grain: ExpressibleByArgument {}
