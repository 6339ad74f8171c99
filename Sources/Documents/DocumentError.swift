/// Why a document could not be made: what was tried, with what, in the library's or the system's own words, and what
/// mends it.
public struct DocumentError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What was being done.
    public enum Operation: String, Sendable, Hashable {
        /// Bringing up the library, its fonts or its temporary files.
        case begin
        /// Adding a sheet.
        case sheet
        /// Adding a row.
        case row
        /// Writing the finished document.
        case write
    }

    /// What was being done.
    public let operation: Operation
    /// With what: a path, a font, a sheet, a cell.
    public let subject: String
    /// Why: the library's or the system's own words, or ours where neither speaks.
    public let words: String
    /// What a person can do about it; empty when nothing but another try.
    public let mend: String

    init(_ operation: Operation, _ subject: String, _ words: String, mend: String = "") {
        (self.operation, self.subject, self.words, self.mend) = (operation, subject, words, mend)
    }

    /// One line: operation, subject, words, mend.
    public var description: String {
        let fault = "\(self.operation.rawValue): \(self.subject): \(self.words)"
        return self.mend.isEmpty ? fault : "\(fault); \(self.mend)"
    }
}
