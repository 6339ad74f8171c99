/// Where a private cluster lives and how it is run.
public struct PrivateClusterSettings: Sendable, Equatable {
    /// The service's data folder, a full path; the cluster lives in `postgres` inside.
    public var dataFolder: String
    /// Names the socket; nothing listens on the network. 1...65535.
    public var port = 5433
    /// The folder of `initdb`, `pg_ctl` and `postgres`; `nil` takes the newest installed that fits the data.
    public var programFolder: String?
    /// As whom root runs the server; an ordinary user runs it as itself.
    public var accountLentByRoot = "postgres"
    /// Connections the server takes; 10...500.
    public var connectionLimit = 50
    /// The server's own cache, in MiB; 16...65536. A province's day of changes and what stood before it fit into this.
    public var sharedBuffersMegabytes = 512
    /// From starting to answering, the recovery after a crash included.
    public var startTimeLimit: Duration = .seconds(120)
    /// From asking the server to stop to its end; past it, it is stopped as by a crash, which loses nothing.
    public var stopTimeLimit: Duration = .seconds(30)
    /// For tests: nothing survives a loss of power, and everything is faster.
    public var isThrowaway = false

    /// A cluster in `dataFolder/postgres` with the defaults.
    public init(dataFolder: String) { self.dataFolder = dataFolder }
}

extension PrivateClusterSettings {
    /// The server's settings file, written anew at every start.
    func serverSettings(socketFolder: String, programs: ServerPrograms) -> String {
        let hasLZ4 = programs.hasLZ4
        var lines = [
            "# Written by Wayside at every start. Your own settings belong into local.conf beside this file.",
            "listen_addresses = ''",
            "port = \(self.port)",
            "unix_socket_directories = '\(Self.quoted(socketFolder))'",
            "unix_socket_permissions = 0700",
            "cluster_name = 'wayside'",
            "max_connections = \(self.connectionLimit)",
            "shared_buffers = \(self.sharedBuffersMegabytes)MB",
            "dynamic_shared_memory_type = posix",
            "timezone = 'UTC'",
            "datestyle = 'ISO, YMD'",
            "lc_messages = 'C'",
            "jit = off",
            "wal_compression = \(hasLZ4 && programs.major >= 15 ? "lz4" : "on")",
            "log_timezone = 'UTC'",
            "log_line_prefix = '%m [%p] %a '",
        ]
        if hasLZ4, programs.major >= 14 { lines.append("default_toast_compression = lz4") }
        if self.isThrowaway {
            lines += [
                "fsync = off", "synchronous_commit = off", "full_page_writes = off", "autovacuum = off",
            ]
        } else {
            // A week of logs, one file a day, each overwritten when its day comes round.
            lines += [
                "logging_collector = on", "log_directory = 'log'", "log_filename = 'postgres-%a.log'",
                "log_rotation_age = 1d", "log_rotation_size = 0", "log_truncate_on_rotation = on",
            ]
        }
        lines.append("include_if_exists = 'local.conf'")
        return lines.joined(separator: "\n") + "\n"
    }

    private static func quoted(_ text: String) -> String {
        text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''")
    }
}
