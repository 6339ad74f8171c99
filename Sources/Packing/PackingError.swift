/// Why bytes could not be packed or unpacked.
public struct PackingError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What we were doing.
    public enum Operation: String, Sendable {
        /// Making bytes shorter.
        case pack
        /// Making packed bytes what they were.
        case unpack
        /// Reading a ZIP archive.
        case archive
    }

    /// What is wrong with the bytes.
    public enum Fault: String, Sendable {
        /// They are not in the format.
        case malformed
        /// They end too early.
        case truncated
        /// Something follows where nothing should.
        case trailing
        /// A checksum does not agree.
        case checksum
        /// They are, or would become, more than the limit.
        case tooLarge
        /// A part of the format that we do not read.
        case unsupported
        /// There is no entry of that name.
        case missing
    }

    /// What we were doing.
    public var operation: Operation
    /// What is wrong with the bytes.
    public var fault: Fault
    /// With which entry, or at which place; the library's words.
    public var detail: String

    init(_ operation: Operation, _ fault: Fault, _ detail: String) {
        self.operation = operation
        self.fault = fault
        self.detail = detail
    }

    /// One line: operation, fault, detail.
    public var description: String { "\(self.operation.rawValue): \(self.fault.rawValue): \(self.detail)" }
}
