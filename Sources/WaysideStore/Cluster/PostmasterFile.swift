internal import Glibc

/// The server that runs on a data folder, as PostgreSQL's own `postmaster.pid` tells it.
struct PostmasterFile: Sendable, Equatable {
    let process: pid_t
    /// Seconds since 1970 at its start; with the process number it names one server for ever.
    let startedAt: Int64
    let port: Int
    let socketFolder: String

    static func path(_ dataFolder: String) -> String { "\(dataFolder)/postmaster.pid" }

    /// Reads the file; `nil` when there is none, or while it is being written.
    init?(dataFolder: String) {
        guard let text = Folder.text(of: PostmasterFile.path(dataFolder)) else { return nil }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count >= 5, let process = pid_t(lines[0]), process > 0, let startedAt = Int64(lines[2]),
            let port = Int(lines[3])
        else { return nil }
        self.process = process
        self.startedAt = startedAt
        self.port = port
        self.socketFolder = String(lines[4])
    }

    /// The process number in the first line of one of the server's lock files.
    static func process(in path: String) -> pid_t? {
        Folder.text(of: path)?.split(separator: "\n").first.flatMap { pid_t($0) }.flatMap {
            $0 > 0 ? $0 : nil
        }
    }

    /// Whether the process of that number really is a server on this folder; after a crash it may be anyone's.
    func isAlive(on dataFolder: String) -> Bool { PostmasterFile.works(self.process, on: dataFolder) }

    /// Every server process that works in the folder: after the death of a postmaster, what it left behind.
    static func processes(on dataFolder: String) -> [pid_t] {
        Folder.names(in: "/proc").compactMap { pid_t($0) }.filter { self.works($0, on: dataFolder) }
    }

    /// A server's processes, and only they, have the data folder as their working folder and are called postgres.
    private static func works(_ process: pid_t, on dataFolder: String) -> Bool {
        guard let folder = Folder.destination(of: "/proc/\(process)/cwd"), folder == dataFolder else {
            return false
        }
        return Folder.text(of: "/proc/\(process)/comm").map { $0.hasPrefix("postgres") } ?? false
    }

    /// The setting by which we know again what a service started. PostgreSQL keeps it and gives it no meaning. It is
    /// given with the start itself, so that there is no moment at which the server runs and does not bear it.
    static let serviceMark = "wayside.started_by=service"

    /// A service started it. So it did when somebody then restarted it with `pg_ctl restart`, which keeps the words
    /// of the first start; what somebody started with words of his own does not bear the mark.
    var isStartedByService: Bool {
        let words = Folder.text(of: "/proc/\(self.process)/cmdline")?.split(separator: "\0") ?? []
        return words.contains { $0 == PostmasterFile.serviceMark }
    }

    /// Whether a process has ended and only its number is left, until its parent asks after it.
    static func isZombie(_ process: pid_t) -> Bool {
        guard let text = Folder.text(of: "/proc/\(process)/stat"), let nameEnd = text.lastIndex(of: ")")
        else {
            return false
        }
        // The state follows the name, which may hold anything (proc(5)).
        return text[nameEnd...].dropFirst().first { $0 != " " } == "Z"
    }
}
