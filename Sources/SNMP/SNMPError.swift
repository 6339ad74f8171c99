/// A fault of our own: of this machine, its settings or the caller. An agent that does not answer is no
/// error but an `SNMPAnswer`.
public struct SNMPError: Error, Sendable, Hashable {
    /// What was being done.
    public enum Operation: String, Sendable, Hashable {
        /// Opening the sockets of an engine.
        case open
        /// Starting an engine's thread.
        case start
        /// Checking an engine's settings.
        case settings
        /// Encoding a question.
        case encode
        /// Turning a host name into an address.
        case resolve
        /// Making a credential.
        case credential
    }

    /// What was being done.
    public let operation: Operation
    /// With what: a host, a system call, a setting; never a secret.
    public let subject: String
    /// Why it failed, in the words of the system where it has some.
    public let reason: String

    init(_ operation: Operation, _ subject: String, _ reason: String) {
        self.operation = operation
        self.subject = subject
        self.reason = reason
    }
}

extension SNMPError: CustomStringConvertible {
    /// One line: what, with what, why.
    public var description: String { "\(self.operation.rawValue) \(self.subject): \(self.reason)" }
}
