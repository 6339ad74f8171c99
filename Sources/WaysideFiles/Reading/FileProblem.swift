/// One thing that is wrong in a file, with its place and its mend (问题行).
public struct FileProblem: Hashable, Sendable {
    /// The file's name, for a sheet of a workbook with the sheet in brackets: `estate.xlsx[devices]`.
    public let file: String
    /// The line or row as a person counts, from 1; `nil` when the whole file is meant.
    public let row: Int?
    /// The heading of a table, the column number of a YAML file; `nil` when the whole row is meant.
    public let column: String?
    /// What is wrong.
    public let wrong: String
    /// What would be right.
    public let mend: String

    /// A problem.
    public init(file: String, row: Int? = nil, column: String? = nil, wrong: String, mend: String) {
        (self.file, self.row, self.column) = (file, row, column)
        (self.wrong, self.mend) = (wrong, mend)
    }
}

extension FileProblem: CustomStringConvertible {
    /// `file:row:column: what is wrong, what would be right`.
    public var description: String { "\(self.place): \(self.wrong), \(self.mend)" }

    /// `file:row:column`, as far as they are known.
    public var place: String {
        var place = self.file
        if let row = self.row { place += ":\(row)" }
        if let column = self.column { place += ":\(column)" }
        return place
    }
}

/// Why a file could not be taken: what we did, with which file, and every problem found in it.
public struct FilesError: Error, Hashable, Sendable {
    /// What we were doing.
    public enum Operation: String, Sendable {
        /// Opening a file or a folder.
        case open
        /// Reading its bytes.
        case read
        /// Making sense of its bytes.
        case parse
        /// Writing a file.
        case write
    }

    /// What we were doing.
    public let operation: Operation
    /// With which file.
    public let file: String
    /// The problems, in the order of the file; at least one.
    public let problems: [FileProblem]
    /// How many further problems were found or must be feared, beyond those listed; 0 or more.
    public let unlisted: Int

    /// A file that holds these problems.
    public init(_ operation: Operation, file: String, problems: [FileProblem], unlisted: Int = 0) {
        (self.operation, self.file) = (operation, file)
        (self.problems, self.unlisted) = (problems, unlisted)
    }

    /// A file that has one problem as a whole.
    init(_ operation: Operation, file: String, wrong: String, mend: String) {
        self.init(operation, file: file, problems: [FileProblem(file: file, wrong: wrong, mend: mend)])
    }
}

extension FilesError: CustomStringConvertible {
    /// The problems, one a line.
    public var description: String {
        var lines = self.problems.map(\.description)
        if self.unlisted > 0 { lines.append("\(self.file): and more of the kind, mend these first") }
        return lines.joined(separator: "\n")
    }
}

/// The text as it is shown inside a message: in quotes, on one line, cut where it grows long.
func quoted(_ text: some StringProtocol, limit: Int = 60) -> String {
    var result = "\""
    for scalar in text.unicodeScalars.prefix(limit) {
        result.unicodeScalars.append(scalar.properties.generalCategory == .control ? "\u{FFFD}" : scalar)
    }
    return result + (text.unicodeScalars.count > limit ? "…\"" : "\"")
}
