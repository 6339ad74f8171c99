internal import Glibc
internal import Logging
internal import Postgres

/// The server's programs, folders and processes; knows how to make, start and stop, and decides nothing.
struct ClusterServer: Sendable {
    let settings: PrivateClusterSettings
    let programs: ServerPrograms
    let account: ServerAccount
    /// `…/postgres`: belongs to the server's user, without links in its path.
    let clusterFolder: String
    let socketFolder: SocketFolder
    private let logger: Logger

    var dataFolder: String { "\(self.clusterFolder)/data" }
    private var startLog: String { "\(self.clusterFolder)/start.log" }
    private static let unfinishedPrefix = "data.unfinished"

    init(_ settings: PrivateClusterSettings, _ logger: Logger) throws(ClusterError) {
        self.settings = settings
        self.logger = logger
        self.account = try ServerAccount(lentByRoot: settings.accountLentByRoot)
        let folder = "\(settings.dataFolder)/postgres"
        try Folder.make(folder, mode: 0o700, owner: self.account)
        self.clusterFolder = Folder.resolved(folder) ?? folder
        try self.account.checkReach(self.clusterFolder)
        let dataFolder = "\(self.clusterFolder)/data"
        self.programs = try ServerPrograms.find(
            for: Folder.text(of: "\(dataFolder)/PG_VERSION").flatMap { Int($0.prefix { $0.isNumber }) },
            in: settings.programFolder,
            dataFolder: dataFolder
        )
        self.socketFolder = SocketFolder(clusterFolder: self.clusterFolder, port: settings.port)
        if self.socketFolder.isElsewhere {
            logger.notice(
                "the data folder's path is too long for a socket; the socket lies elsewhere",
                metadata: ["folder": "\(self.socketFolder.path)"]
            )
        }
    }

    func address(user: String, database: String) -> DatabaseAddress {
        DatabaseAddress(
            socketFolder: self.socketFolder.path,
            port: self.settings.port,
            user: user,
            database: database
        )
    }

    private func run(
        _ program: String,
        _ arguments: [String],
        _ operation: ClusterError.Operation,
        timeLimit: Duration
    ) throws(ClusterError) -> ChildProcess.Ending {
        let child = try self.account.child(self.programs.path(program), arguments)
        return try child.run(timeLimit: timeLimit, operation: operation)
    }
}

// MARK: - Making

extension ClusterServer {
    var isMade: Bool { Folder.exists("\(self.dataFolder)/PG_VERSION") }

    /// Makes the cluster beside its place and moves it there when it is whole, so that a try which was cut short is
    /// never mistaken for a cluster. Each try has a folder of its own: the `initdb` of a service that was killed lives
    /// on and still writes into the last one.
    func make() throws(ClusterError) {
        guard Folder.facts(self.dataFolder) == nil else { throw self.occupied(EEXIST) }
        self.logger.info("making a private PostgreSQL cluster", metadata: ["folder": "\(self.dataFolder)"])
        let mark = String(UInt64.random(in: .min ... .max), radix: 36)
        let unfinished = "\(self.clusterFolder)/\(ClusterServer.unfinishedPrefix).\(mark)"
        var arguments = [
            "-D", unfinished, "-U", "postgres", "-A", "peer", "-E", "UTF8", "--locale=C.UTF-8",
            "--lc-messages=C", "--data-checksums",
        ]
        if self.settings.isThrowaway { arguments.append("--no-sync") }
        let ending = try self.run("initdb", arguments, .initialize, timeLimit: .seconds(120))
        guard ending.isSuccess else { throw ClusterError(.initialize, unfinished, "initdb: \(ending.words)") }
        // Between the look and the move only an empty folder could be lost: rename(2) replaces nothing else.
        let isFree = Folder.facts(self.dataFolder) == nil
        let status = isFree ? (rename(unfinished, self.dataFolder) == 0 ? 0 : errno) : EEXIST
        guard status == 0 else {
            try self.clearUnfinished()
            throw self.occupied(status)
        }
    }

    private func occupied(_ status: Int32) -> ClusterError {
        ClusterError(
            .initialize,
            self.dataFolder,
            String(cString: strerror(status)),
            mend: [EEXIST, ENOTEMPTY, ENOTDIR].contains(status)
                ? "something that is no cluster lies there; move it away" : ""
        )
    }

    /// Removes what tries that were cut short have left. What resists, because an `initdb` still writes into it, is
    /// left to the next start.
    func clearUnfinished() throws(ClusterError) {
        let left = Folder.names(in: self.clusterFolder)
            .filter { $0.hasPrefix(ClusterServer.unfinishedPrefix) }
            .map { "\(self.clusterFolder)/\($0)" }
        guard !left.isEmpty else { return }
        let removal = try self.account.child("/bin/rm", ["-rf", "--"] + left)
        let ending = try removal.run(timeLimit: .seconds(60), operation: .initialize)
        guard !ending.isSuccess else { return }
        self.logger.notice(
            "an unfinished cluster cannot be removed yet; the next start tries again",
            metadata: ["folder": "\(self.clusterFolder)", "rm": "\(ending.words)"]
        )
    }

    /// Who may enter: the service's user and the server's, each as either role, over the socket only.
    private func writeSettings() throws(ClusterError) {
        let guests = Set([self.account.name, self.account.serviceName]).sorted()
        let map = guests.flatMap { guest in ["wayside", "postgres"].map { "wayside \"\(guest)\" \($0)\n" } }
            .joined()
        let files = [
            "postgresql.conf": self.settings.serverSettings(
                socketFolder: self.socketFolder.path,
                programs: self.programs
            ),
            "pg_hba.conf": "# Written by Wayside at every start.\nlocal all all peer map=wayside\n",
            "pg_ident.conf": "# Written by Wayside at every start.\n\(map)",
        ]
        for (name, text) in files {
            try Folder.write(text, to: "\(self.dataFolder)/\(name)", owner: self.account)
        }
    }

    /// Gives the service a role that is no superuser, and a database of its own; once.
    func provideDatabase() throws(ClusterError) {
        do {
            let connection = try PostgresConnection(self.address(user: "postgres", database: "postgres"))
            if try connection.firstRow(SelectServiceRole()) == nil {
                try connection.runScript(
                    "CREATE ROLE wayside LOGIN\(self.settings.isThrowaway ? " CREATEDB" : "")"
                )
            }
            if try connection.firstRow(SelectServiceDatabase()) == nil {
                try connection.runScript("CREATE DATABASE wayside OWNER wayside")
            }
        } catch {
            throw ClusterError(.connect, self.socketFolder.path, "\(error)")
        }
    }
}

// MARK: - Starting

extension ClusterServer {
    /// The server that runs on the folder, if one does.
    var running: PostmasterFile? {
        PostmasterFile(dataFolder: self.dataFolder).flatMap { $0.isAlive(on: self.dataFolder) ? $0 : nil }
    }

    /// Starts the server, or takes over the one that runs; says whether it is for us to stop.
    func bringUp() throws(ClusterError) -> Bool {
        try self.awaitOrphans()
        if let left = self.running {
            let isOurs = left.isStartedByService
            if try self.isUsable(left) {
                self.logger.notice(
                    "taking over the private PostgreSQL that still runs",
                    metadata: ["process": "\(left.process)", "started_by_a_service": "\(isOurs)"]
                )
                return isOurs
            }
            self.logger.notice(
                "stopping a private PostgreSQL that cannot be taken over",
                metadata: ["process": "\(left.process)"]
            )
            try self.stop()
        }
        try self.start()
        return true
    }

    /// It lies where we look, answers, and is what is installed.
    private func isUsable(_ left: PostmasterFile) throws(ClusterError) -> Bool {
        guard left.port == self.settings.port, left.socketFolder == self.socketFolder.path else {
            return false
        }
        let deadline = ContinuousClock.now + self.settings.startTimeLimit
        while ContinuousClock.now < deadline {
            do {
                let connection = try self.superuserConnection()
                return try connection.firstRow(ShowServerVersion()) == self.installedVersion()
            } catch let error as PostgresError where error.message.contains("the database system is") {
                // Starting up, recovering or shutting down (57P03): it will be one or the other soon.
                guard self.running == left else { return false }
                ClusterServer.pause()
            } catch let error as ClusterError {
                throw error
            } catch {
                return false
            }
        }
        return false
    }

    private func superuserConnection() throws(PostgresError) -> PostgresConnection {
        try PostgresConnection(self.address(user: "postgres", database: "postgres"))
    }

    private func start() throws(ClusterError) {
        try self.socketFolder.make(for: self.account)
        try self.clearAfterCrash()
        try self.writeSettings()
        let limit = self.settings.startTimeLimit
        // The first log is for the time before the server keeps its own; each start begins it anew.
        try Folder.write("", to: self.startLog, owner: self.account)
        let ending = try self.run(
            "pg_ctl",
            [
                "-D", self.dataFolder, "-l", self.startLog, "-s", "-w", "-t", "\(limit.components.seconds)",
                "-o", "-c \(PostmasterFile.serviceMark)", "start",
            ],
            .start,
            timeLimit: limit + .seconds(10)
        )
        guard ending.isSuccess, let started = self.running else {
            let log = (Folder.text(of: self.startLog) ?? "").split(whereSeparator: \.isNewline).suffix(5)
            throw ClusterError(
                .start,
                self.dataFolder,
                "pg_ctl: \(ending.words) | \(log.joined(separator: " | "))",
                mend: "read \(self.startLog) and \(self.dataFolder)/log"
            )
        }
        self.logger.info(
            "the private PostgreSQL runs",
            metadata: [
                "process": "\(started.process)", "version": "\(self.programs.version)",
                "socket": "\(self.socketFolder.path)",
            ]
        )
    }

    /// Waits until a postmaster runs or no process of a server works in the folder. Children of a killed postmaster
    /// end by themselves as soon as they look up from their work, and until then no other may start. A process
    /// without a postmaster may also be one that is just starting.
    private func awaitOrphans() throws(ClusterError) {
        let asked = ContinuousClock.now + .seconds(5)
        let killed = asked + .seconds(5)
        let given = killed + .seconds(5)
        while self.running == nil {
            let orphans = PostmasterFile.processes(on: self.dataFolder)
            if orphans.isEmpty { break }
            let now = ContinuousClock.now
            guard now < given else {
                throw ClusterError(
                    .start,
                    self.dataFolder,
                    "processes \(orphans) of a server that died do not end",
                    mend: "end them, then start again"
                )
            }
            // SIGQUIT is the server's own word for "at once"; after a crash nothing is lost by SIGKILL either.
            if now > asked { orphans.forEach { kill($0, now > killed ? SIGKILL : SIGQUIT) } }
            ClusterServer.pause()
        }
    }

    /// No server runs. The lock files of a killed one may name a process that is somebody else's by now, or that has
    /// ended and that nobody has asked after; PostgreSQL only sees that the number is in use.
    private func clearAfterCrash() throws(ClusterError) {
        try self.awaitOrphans()
        for path in [
            PostmasterFile.path(self.dataFolder), self.socketFolder.lockFile(port: self.settings.port),
        ] {
            guard let process = PostmasterFile.process(in: path), kill(process, 0) == 0 || errno == EPERM
            else {
                continue
            }
            self.logger.notice(
                PostmasterFile.isZombie(process)
                    ? "removing a lock file whose process has ended and was not asked after by its parent"
                    : "removing a lock file whose process is somebody else's by now",
                metadata: ["file": "\(path)", "process": "\(process)"]
            )
            unlink(path)
        }
    }

    private static func pause() {
        var nothing = pollfd(fd: -1, events: 0, revents: 0)
        poll(&nothing, 1, 50)
    }
}

// MARK: - Stopping, and the version

extension ClusterServer {
    /// Stops the server: sessions are ended, everything is written. Past its time it is stopped as by a crash.
    func stop() throws(ClusterError) {
        guard self.running != nil else { return }
        let seconds = self.settings.stopTimeLimit.components.seconds
        var ending = try self.stop("fast", seconds: seconds)
        if !ending.isSuccess, self.running != nil { ending = try self.stop("immediate", seconds: 10) }
        guard self.running == nil else {
            throw ClusterError(.stop, self.dataFolder, "pg_ctl: \(ending.words)")
        }
        self.socketFolder.clear()
    }

    private func stop(_ mode: String, seconds: Int64) throws(ClusterError) -> ChildProcess.Ending {
        try self.run(
            "pg_ctl",
            ["-D", self.dataFolder, "-s", "-w", "-t", "\(seconds)", "-m", mode, "stop"],
            .stop,
            timeLimit: .seconds(seconds + 10)
        )
    }

    /// What the running server says it is.
    func runningVersion() throws(ClusterError) -> String {
        do {
            let connection = try self.superuserConnection()
            return try connection.firstRow(ShowServerVersion()) ?? ""
        } catch {
            throw ClusterError(.connect, self.socketFolder.path, "\(error)")
        }
    }

    /// What the programs on disk say they are, now.
    func installedVersion() throws(ClusterError) -> String {
        guard let version = ServerPrograms.version(in: self.programs.folder) else {
            throw ClusterError(
                .find,
                self.programs.folder,
                "its programs are gone or do not run",
                mend: "apt-get install postgresql-\(self.programs.major)"
            )
        }
        return version
    }
}
