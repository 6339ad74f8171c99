/// Why the console could not be served: what, whom, why and how to mend it.
public struct WebError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was tried.
    public enum Operation: String, Hashable, Sendable {
        /// Reading the settings.
        case configure
        /// Taking the address.
        case listen
    }

    /// What was tried.
    public let operation: Operation
    /// The setting or address.
    public let subject: String
    /// Why it failed.
    public let reason: String
    /// What to do about it.
    public let mend: String

    init(operation: Operation, subject: String, reason: String, mend: String) {
        (self.operation, self.subject, self.reason, self.mend) = (operation, subject, reason, mend)
    }

    /// One line.
    public var description: String {
        switch self.operation {
        case .configure: "console: \(self.subject): \(self.reason); \(self.mend)"
        case .listen: "console: cannot listen on \(self.subject): \(self.reason); \(self.mend)"
        }
    }
}
