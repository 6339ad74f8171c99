/// Why a private PostgreSQL cluster could not be made, started or stopped, and how to mend it.
public struct ClusterError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What we were doing.
    public enum Operation: String, Sendable {
        /// Looking for PostgreSQL's programs, or for the user to run them as.
        case find
        /// Taking hold of the data folder.
        case prepare
        /// Making the cluster.
        case initialize
        /// Starting the server.
        case start
        /// Entering the server.
        case connect
        /// Stopping the server.
        case stop
    }

    /// What we were doing.
    public var operation: Operation
    /// With which folder, program or user.
    public var subject: String
    /// What was wrong, with the other side's own words.
    public var message: String
    /// What to do about it; empty when nobody knows.
    public var mend: String

    init(_ operation: Operation, _ subject: String, _ message: String, mend: String = "") {
        self.operation = operation
        self.subject = subject
        self.message = message
        self.mend = mend
    }

    /// One line: operation, subject, message, mend.
    public var description: String {
        let mend = self.mend.isEmpty ? "" : " To mend it: \(self.mend)"
        return "private PostgreSQL, \(self.operation.rawValue) \(self.subject): \(self.message)\(mend)"
    }
}
