internal import Glibc
public import Logging
public import Postgres
internal import Synchronization

/// A PostgreSQL cluster of the service's own (私有数据库): made when there is none, started, watched, and stopped at
/// the end, without a word on the network and without touching any other cluster of the machine.
///
/// Everything here blocks, for seconds sometimes: call it on a lane. The folder belongs to one service at a time.
/// What an earlier service left running, because it was killed, is taken over.
public final class PrivateCluster: Sendable {
    /// How to enter it: the database `wayside` as the role `wayside`, which owns it and is no superuser.
    public let address: DatabaseAddress

    let server: ClusterServer
    private let lock: FolderLock
    private let logger: Logger
    private let state: Mutex<State>

    private struct State {
        /// We started what runs, or it was started by a service before us that died.
        var isOurs: Bool
    }

    /// What a comparison of versions found.
    public enum VersionCheck: Sendable, Equatable {
        /// The server that runs is the one installed.
        case same(String)
        /// The installed programs were exchanged under the running server; it was restarted with the new ones.
        case restarted(from: String, to: String)
    }

    /// Takes hold of the data folder, makes the cluster if there is none, and starts it or takes over what runs.
    public static func start(
        _ settings: PrivateClusterSettings,
        logger: Logger
    ) throws(ClusterError) -> PrivateCluster {
        try PrivateCluster(settings, logger)
    }

    private init(_ settings: PrivateClusterSettings, _ logger: Logger) throws(ClusterError) {
        precondition((1...65_535).contains(settings.port), "a port is 1...65535")
        precondition(settings.dataFolder.hasPrefix("/"), "the data folder is a full path")
        try Folder.make(settings.dataFolder, mode: 0o755, owner: nil)
        self.lock = try FolderLock("\(settings.dataFolder)/postgres.lock")
        self.logger = logger
        self.server = try ClusterServer(settings, logger)
        try self.server.clearUnfinished()
        if !self.server.isMade { try self.server.make() }
        self.state = Mutex(State(isOurs: try self.server.bringUp()))
        self.address = self.server.address(user: "wayside", database: "wayside")
        try self.server.provideDatabase()
    }

    /// The folder of the cluster: its data, its log, and usually its socket.
    public var folder: String { self.server.clusterFolder }

    /// The process of the running server; `nil` when none runs.
    public var serverProcess: Int? { self.server.running.map { Int($0.process) } }

    /// Starts the server again if it is gone; says whether it was. PostgreSQL recovers by itself what was committed.
    @discardableResult
    public func ensureRunning() throws(ClusterError) -> Bool {
        try self.changing { isOurs throws(ClusterError) in
            guard self.server.running == nil else { return false }
            self.logger.warning("the private PostgreSQL is gone; starting it again")
            isOurs = try self.server.bringUp()
            return true
        }
    }

    /// Compares the running server with the installed programs, which a system upgrade may have exchanged: an old
    /// server that loads a new library fails in odd ways. Restarts it when they differ; connections are lost then.
    public func checkVersion() throws(ClusterError) -> VersionCheck {
        try self.changing { isOurs throws(ClusterError) in
            let running = try self.server.runningVersion()
            let installed = try self.server.installedVersion()
            guard running != installed else { return .same(running) }
            self.logger.notice(
                "the installed PostgreSQL has changed; restarting the private cluster",
                metadata: ["running": "\(running)", "installed": "\(installed)"]
            )
            try self.server.stop()
            isOurs = try self.server.bringUp()
            return .restarted(from: running, to: try self.server.runningVersion())
        }
    }

    /// Stops the server if a service of ours started it; what somebody started by hand is left running.
    public func stop() throws(ClusterError) {
        try self.changing { isOurs throws(ClusterError) in
            guard isOurs else { return }
            try self.server.stop()
            isOurs = false
        }
    }

    private func changing<Result>(
        _ body: (inout Bool) throws(ClusterError) -> Result
    ) throws(ClusterError) -> Result {
        try self.state.withLock { state throws(ClusterError) in try body(&state.isOurs) }
    }
}
