/// What the journal could not do, with which file, and why.
public struct JournalError: Error, Hashable, Sendable {
    /// What we were doing.
    public enum Operation: String, Sendable {
        /// Opening the folder and looking at what is in it.
        case open
        /// Keeping a second instance out.
        case lock
        /// Noting a device's number and key.
        case register
        /// Making a batch safe.
        case append
        /// Reading a batch.
        case read
        /// Packing a sealed segment.
        case pack
        /// Removing old segments.
        case prune
    }

    /// What we were doing.
    public var operation: Operation
    /// The file or folder.
    public var path: String
    /// Why: the system's words or ours.
    public var reason: String
    /// Nothing more fits on the disk, or into our share of it.
    public var isDiskFull: Bool

    /// An error with words of our own.
    public init(_ operation: Operation, path: String, reason: String, isDiskFull: Bool = false) {
        (self.operation, self.path, self.reason) = (operation, path, reason)
        self.isDiskFull = isDiskFull
    }

    init(_ operation: Operation, _ error: SystemError) {
        let words = error.isDiskFull ? "the disk is full (\(error.words))" : error.words
        self.init(operation, path: error.path, reason: words, isDiskFull: error.isDiskFull)
    }
}

extension JournalError: CustomStringConvertible {
    /// One line.
    public var description: String { "journal, \(self.operation.rawValue) \(self.path): \(self.reason)" }
}

/// What the journal found to be wrong with its files, and went on from.
public enum JournalFinding: Hashable, Sendable {
    /// The last write before a crash was cut off: so many bytes were copied to the file named and removed.
    /// They were never promised to anybody.
    case tornTail(segment: String, at: Int64, bytes: Int64, keptAs: String)
    /// So many bytes inside a segment are no batch; what they held is lost, the rest is not.
    case damage(segment: String, at: Int64, bytes: Int64)
    /// The batch is whole by its checksum, but this version cannot read it.
    case unreadable(segment: String, position: UInt64)
    /// So many bytes at the end of the catalog of devices are no entry and were removed.
    case catalogCut(bytes: Int64)
}

extension JournalFinding: CustomStringConvertible {
    /// One line.
    public var description: String {
        switch self {
        case .tornTail(let segment, let offset, let bytes, let copy):
            "torn write: \(bytes) bytes at \(offset) of \(segment) were moved to \(copy)"
        case .damage(let segment, let offset, let bytes):
            "damage: \(bytes) bytes at \(offset) of \(segment) are no batch and were passed over"
        case .unreadable(let segment, let position):
            "batch \(position) of \(segment) cannot be read by this version and was passed over"
        case .catalogCut(let bytes):
            "torn write: \(bytes) bytes at the end of the catalog of devices were removed"
        }
    }
}
