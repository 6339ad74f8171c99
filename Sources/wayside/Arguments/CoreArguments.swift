public import ArgumentParser
public import WaysideCore

extension ServiceDay: ExpressibleByArgument {
    /// `YYYY-MM-DD`.
    public init?(argument: String) { self.init(argument) }
}

extension Timestamp: ExpressibleByArgument {
    /// RFC 3339 with an offset.
    public init?(argument: String) { self.init(argument) }
}
