/// What the ledger holds that this program cannot read, or was asked that cannot be.
public struct LedgerError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What we were doing.
    public enum Operation: String, Sendable {
        /// Writing a page.
        case commit
        /// Reading what was written.
        case read
    }

    /// What we were doing.
    public var operation: Operation
    /// With what.
    public var subject: String
    /// Why not.
    public var reason: String

    /// An error.
    public init(_ operation: Operation, _ subject: String, _ reason: String) {
        (self.operation, self.subject, self.reason) = (operation, subject, reason)
    }

    /// One line.
    public var description: String { "ledger, \(self.operation.rawValue) \(self.subject): \(self.reason)" }
}
