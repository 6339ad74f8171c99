internal import Glibc
public import Logging
public import Postgres
internal import Synchronization
public import WaysideStore

/// One throwaway PostgreSQL a test process, and a database of its own for each test that asks.
///
/// It lives in a folder of its own under `/tmp`, listens on a socket only, and syncs nothing. It is removed when the
/// process ends, however it ends: a small shell holds the other end of a socket and cleans up when that closes.
public enum TemporaryPostgres {
    private struct State {
        var cluster: PrivateCluster?
        var databaseCount = 0
    }

    private static let state = Mutex(State())

    /// Where a new, empty database is, and how to enter it as its owner. Blocks for about two seconds the first
    /// time.
    public static func newDatabase() throws -> DatabaseAddress {
        try self.state.withLock { state in
            let cluster = try state.cluster ?? self.start()
            state.cluster = cluster
            state.databaseCount += 1
            let name = "test_\(state.databaseCount)"
            let connection = try PostgresConnection(cluster.address)
            try connection.runScript("CREATE DATABASE \(name)")
            return cluster.address.withDatabase(name)
        }
    }

    private static func start() throws -> PrivateCluster {
        try PrivateCluster.start(self.settings(dataFolder: try TemporaryFolder.make()), logger: self.silence)
    }

    /// For a test that needs a cluster of its own, to stop it and to do worse.
    public static func settings(dataFolder: String) -> PrivateClusterSettings {
        var settings = PrivateClusterSettings(dataFolder: dataFolder)
        settings.isThrowaway = true
        settings.connectionLimit = 300
        settings.sharedBuffersMegabytes = 32
        return settings
    }

    /// A logger that says nothing.
    public static var silence: Logger { Logger(label: "test") { _ in SwiftLogNoOpLogHandler() } }
}

/// A folder under `/tmp` that is gone when the test process is, with the PostgreSQL servers that run in it.
public enum TemporaryFolder {
    /// Makes one that other users may pass through; its path is short enough for a socket.
    public static func make() throws -> String {
        var template = Array("/tmp/wayside-test-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Failure(words: String(cString: strerror(errno))) }
        let folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        chmod(folder, 0o755)
        try self.removeAtEnd(folder)
        return folder
    }

    /// What the system said when there was no folder to be had.
    public struct Failure: Error {
        /// The system's words.
        public let words: String
    }

    /// The write end is never closed by us: the kernel does it, when this process is gone.
    private static func removeAtEnd(_ folder: String) throws {
        var ends: [Int32] = [-1, -1]
        // A pair of sockets is closed to other children from its first moment; a plain pipe is not.
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else {
            throw Failure(words: String(cString: strerror(errno)))
        }
        defer { close(ends[0]) }
        let script = """
            cat >/dev/null
            for file in "$1"/postgres/data/postmaster.pid; do
                [ -f "$file" ] && kill -QUIT "$(head -n 1 "$file")"
            done
            sleep 1
            rm -rf -- "$1"
            """
        try TestChild.launch("/bin/sh", ["-c", script, "sh", folder], input: ends[0])
    }
}
