internal import Glibc

/// A file beside the one that is wanted: takes its name when it is whole, and is removed when it never becomes so.
struct PartialFile: ~Copyable {
    let path: String
    private let wanted: String
    private var isCommitted = false

    /// Makes sure that the folder can be written to, before any work is spent.
    init(for wanted: String) throws(DocumentError) {
        self.wanted = wanted
        self.path = "\(wanted).\(getpid()).partial"
        let descriptor = open(self.path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw Self.error(wanted, errno) }
        close(descriptor)
    }

    deinit {
        if !self.isCommitted { unlink(self.path) }
    }

    /// Gives the file its name, in place of what had that name before.
    mutating func commit() throws(DocumentError) {
        guard rename(self.path, self.wanted) == 0 else { throw Self.error(self.wanted, errno) }
        self.isCommitted = true
    }

    static func error(_ path: String, _ code: Int32) -> DocumentError {
        let folder = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let mend =
            switch code {
            case ENOENT, ENOTDIR: "make the folder \(folder) first"
            case EACCES, EPERM, EROFS: "give this user the right to write in \(folder), or choose another"
            case ENOSPC, EDQUOT: "free space where \(folder) lies"
            case EISDIR: "name a file, not a folder"
            default: ""
            }
        return DocumentError(.write, path, String(cString: strerror(code)), mend: mend)
    }
}
