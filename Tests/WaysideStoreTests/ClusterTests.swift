import Glibc
import Logging
import Postgres
import StoreTestSupport
import Testing
import WaysideStore

@Suite("A private cluster", .serialized)
struct ClusterTests {
    private struct Facts: Statement {
        static let sql = """
            SELECT current_user, rolsuper, current_setting('listen_addresses'), current_setting('data_checksums'),
                   current_setting('jit')
              FROM pg_roles WHERE rolname = current_user
            """
        static func decode(_ row: borrowing RowReader) throws(PostgresError) -> [String] {
            [try row.text(0), try row.text(1), try row.text(2), try row.text(3), try row.text(4)]
        }
    }

    private struct CountThings: Statement {
        static let sql = "SELECT count(*) FROM thing"
        static func decode(_ row: borrowing RowReader) throws(PostgresError) -> Int { try row.int(0) }
    }

    private struct Sleep: Statement {
        static let sql = "SELECT pg_sleep(600)::text"
        static func decode(_ row: borrowing RowReader) throws(PostgresError) -> String { try row.text(0) }
    }

    private static func settings(_ folder: String) -> PrivateClusterSettings {
        TemporaryPostgres.settings(dataFolder: folder)
    }

    private static func start(_ settings: PrivateClusterSettings) throws -> PrivateCluster {
        try PrivateCluster.start(settings, logger: TemporaryPostgres.silence)
    }

    private static func error(_ body: () throws -> Void) -> ClusterError? {
        do {
            try body()
            return nil
        } catch {
            return error as? ClusterError
        }
    }

    /// The tries at making a cluster that lie about.
    private static func unfinished(in clusterFolder: String) -> [String] {
        SmallFile.names(in: clusterFolder).filter { $0.hasPrefix("data.unfinished") }
    }

    /// Waits for a process to end. The kernel tells by closing; here it is asked until it says so.
    private static func waitForEnd(of process: Int) {
        while SmallFile.exists("/proc/\(process)/cwd") { sched_yield() }
    }

    @Test("is made, keeps what is written over a stop and a start, and lets in no second service")
    func life() throws {
        let settings = ClusterTests.settings(try TemporaryFolder.make())
        let cluster = try ClusterTests.start(settings)
        let connection = try PostgresConnection(cluster.address)
        #expect(try connection.firstRow(Facts()) == ["wayside", "f", "", "on", "off"])
        try connection.runScript("CREATE TABLE thing (id bigint); INSERT INTO thing VALUES (1)")
        let refusal = ClusterTests.error { _ = try ClusterTests.start(settings) }
        #expect(refusal?.operation == .prepare)
        #expect(refusal?.message.contains("another Wayside (process \(getpid()))") == true)
        try cluster.stop()
        #expect(cluster.serverProcess == nil)
        try cluster.stop()
        #expect(try cluster.ensureRunning())
        #expect(try !cluster.ensureRunning())
        #expect(try PostgresConnection(cluster.address).firstRow(CountThings()) == 1)
        try cluster.stop()
    }

    @Test("a making that was cut short is begun anew, and nothing of it stays")
    func unfinished() throws {
        let settings = ClusterTests.settings(try TemporaryFolder.make())
        do {
            let cluster = try ClusterTests.start(settings)
            try cluster.stop()
            #expect(rename("\(cluster.folder)/data", "\(cluster.folder)/data.unfinished") == 0)
        }
        let cluster = try ClusterTests.start(settings)
        #expect(try PostgresConnection(cluster.address).firstRow(Facts())?.first == "wayside")
        #expect(ClusterTests.unfinished(in: cluster.folder).isEmpty)
        try cluster.stop()
    }

    @Test("a making that another try still writes into is left alone until it can be removed")
    func unfinishedAndBusy() throws {
        let settings = ClusterTests.settings(try TemporaryFolder.make())
        let busy = "\(settings.dataFolder)/postgres/data.unfinished"
        do {
            let cluster = try ClusterTests.start(settings)
            try cluster.stop()
            #expect(rename("\(cluster.folder)/data", busy) == 0)
        }
        // A folder that its user may not empty resists removal as one does that an orphaned initdb keeps filling.
        #expect(mkdir("\(busy)/kept", 0o755) == 0)
        SmallFile.write("1", "\(busy)/kept/file")
        #expect(chmod("\(busy)/kept", 0o555) == 0)
        defer { chmod("\(busy)/kept", 0o755) }
        do {
            let cluster = try ClusterTests.start(settings)
            #expect(try PostgresConnection(cluster.address).firstRow(Facts())?.first == "wayside")
            #expect(ClusterTests.unfinished(in: cluster.folder) == ["data.unfinished"])
            try cluster.stop()
        }
        #expect(rename("\(busy)/kept", "\(settings.dataFolder)/kept") == 0)
        let cluster = try ClusterTests.start(settings)
        #expect(ClusterTests.unfinished(in: cluster.folder).isEmpty)
        try cluster.stop()
    }

    @Test("a folder in the cluster's place that is no cluster is refused, and nothing is made")
    func occupied() throws {
        let settings = ClusterTests.settings(try TemporaryFolder.make())
        let folder = "\(settings.dataFolder)/postgres"
        mkdir(folder, 0o700)
        mkdir("\(folder)/data", 0o700)
        let error = ClusterTests.error { _ = try ClusterTests.start(settings) }
        #expect(error?.operation == .initialize)
        #expect(error?.mend.contains("move it away") == true)
        #expect(SmallFile.names(in: folder) == ["data"])
        #expect(SmallFile.names(in: "\(folder)/data").isEmpty)
    }

    @Test("root's server does not run as root", .enabled(if: geteuid() == 0))
    func dropsRoot() throws {
        let cluster = try ClusterTests.start(ClusterTests.settings(try TemporaryFolder.make()))
        var status = stat()
        let process = try #require(cluster.serverProcess)
        #expect(stat("/proc/\(process)", &status) == 0)
        #expect(status.st_uid != 0)
        try cluster.stop()
    }

    @Test("a server that was killed is started again with everything that was committed")
    func killedServer() throws {
        var settings = ClusterTests.settings(try TemporaryFolder.make())
        settings.isThrowaway = false
        let cluster = try ClusterTests.start(settings)
        let connection = try PostgresConnection(cluster.address)
        try connection.runScript("CREATE TABLE thing (id bigint); INSERT INTO thing VALUES (1)")
        let process = try #require(cluster.serverProcess)
        kill(pid_t(process), SIGKILL)
        ClusterTests.waitForEnd(of: process)
        #expect(cluster.serverProcess == nil)
        #expect(try cluster.ensureRunning())
        #expect(try PostgresConnection(cluster.address).firstRow(CountThings()) == 1)
        try cluster.stop()
    }

    @Test("what a killed service left running is taken over, and stopped at the end")
    func takenOver() throws {
        let settings = ClusterTests.settings(try TemporaryFolder.make())
        var process: Int?
        do { process = try ClusterTests.start(settings).serverProcess }
        let heir = try ClusterTests.start(settings)
        #expect(heir.serverProcess == process)
        try heir.stop()
        #expect(heir.serverProcess == nil)
    }

    @Test("a server whose service died as it had just started is that service's, and stopped at the end")
    func diedStarting() throws {
        var settings = ClusterTests.settings(try TemporaryFolder.make())
        do {
            let cluster = try ClusterTests.start(settings)
            try cluster.stop()
        }
        let programs = "\(settings.dataFolder)/programs"
        #expect(FakePrograms.make(programs) != nil)
        FakePrograms.failAfterWork(programs)
        var dying = settings
        dying.programFolder = programs
        #expect(ClusterTests.error { _ = try ClusterTests.start(dying) }?.operation == .start)
        settings.programFolder = nil
        let heir = try ClusterTests.start(settings)
        let process = try #require(heir.serverProcess)
        try heir.stop()
        #expect(heir.serverProcess == nil)
        #expect(!SmallFile.exists("/proc/\(process)/cwd"))
    }

    @Test("what somebody started by hand is used, and left running at the end")
    func startedByHand() throws {
        let settings = ClusterTests.settings(try TemporaryFolder.make())
        do {
            let cluster = try ClusterTests.start(settings)
            try cluster.stop()
        }
        #expect(FakePrograms.startByHand("\(settings.dataFolder)/postgres/data"))
        let guest = try ClusterTests.start(settings)
        let process = try #require(guest.serverProcess)
        #expect(try PostgresConnection(guest.address).firstRow(Facts())?.first == "wayside")
        try guest.stop()
        #expect(guest.serverProcess == process)
    }

    @Test("a postmaster.pid with the number of somebody else's process is no hindrance")
    func staleFile() throws {
        let settings = ClusterTests.settings(try TemporaryFolder.make())
        let cluster = try ClusterTests.start(settings)
        let path = "\(cluster.folder)/data/postmaster.pid"
        let text = try #require(SmallFile.text(path))
        try cluster.stop()
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).dropFirst()
        SmallFile.write(([String(getpid())] + lines.map(String.init)).joined(separator: "\n"), path)
        #expect(cluster.serverProcess == nil)
        #expect(try cluster.ensureRunning())
        try cluster.stop()
    }

    @Test("the log tells a process that has ended from one that is somebody else's by now")
    func lockFileWords() throws {
        let settings = ClusterTests.settings(try TemporaryFolder.make())
        let log = ClusterLog()
        let cluster = try PrivateCluster.start(settings, logger: log.logger)
        let path = "\(cluster.folder)/data/postmaster.pid"
        let text = try #require(SmallFile.text(path))
        let rest = text.split(separator: "\n", omittingEmptySubsequences: false).dropFirst().map(String.init)
        try cluster.stop()

        SmallFile.write(([String(getpid())] + rest).joined(separator: "\n"), path)
        #expect(try cluster.ensureRunning())
        #expect(log.messages.contains { $0.contains("somebody else's by now") })
        #expect(!log.messages.contains { $0.contains("has ended") })
        try cluster.stop()

        let before = log.messages.count
        var ended = pid_t()
        let words = [strdup("/bin/true"), nil]
        defer { words.forEach { free($0) } }
        #expect(posix_spawn(&ended, "/bin/true", nil, nil, words, environ) == 0)
        // It is seen to end and left unasked after: a zombie, whose number stays taken.
        var facts = siginfo_t()
        #expect(waitid(P_PID, id_t(ended), &facts, WEXITED | WNOWAIT) == 0)
        defer { waitpid(ended, nil, 0) }
        SmallFile.write(([String(ended)] + rest).joined(separator: "\n"), path)
        #expect(try cluster.ensureRunning())
        #expect(log.messages.dropFirst(before).contains { $0.contains("has ended") })
        #expect(!log.messages.dropFirst(before).contains { $0.contains("somebody else's") })
        try cluster.stop()
    }

    @Test("programs exchanged under the running server are noticed, at once and at the next start")
    func exchangedPrograms() throws {
        var settings = ClusterTests.settings(try TemporaryFolder.make())
        settings.programFolder = "\(settings.dataFolder)/programs"
        let real = try #require(FakePrograms.make(settings.programFolder ?? ""))
        let cluster = try ClusterTests.start(settings)
        #expect(try cluster.checkVersion() == .same(real))
        let process = cluster.serverProcess
        FakePrograms.claim("99.1 (exchanged)", settings.programFolder ?? "")
        #expect(try cluster.checkVersion() == .restarted(from: real, to: real))
        #expect(cluster.serverProcess != process)
        try cluster.stop()
    }

    @Test("a data folder of another major version is refused with a word on how to mend it")
    func otherMajor() throws {
        let settings = ClusterTests.settings(try TemporaryFolder.make())
        let folder: String
        do {
            let cluster = try ClusterTests.start(settings)
            try cluster.stop()
            folder = cluster.folder
        }
        SmallFile.write("9\n", "\(folder)/data/PG_VERSION")
        let error = ClusterTests.error { _ = try ClusterTests.start(settings) }
        #expect(error?.operation == .find)
        #expect(error?.message.contains("made by PostgreSQL 9") == true)
        #expect(error?.mend.contains("pg_upgrade") == true)
    }

    @Test("a folder that the server's user cannot pass through is named", .enabled(if: geteuid() == 0))
    func barred() throws {
        let folder = try TemporaryFolder.make()
        mkdir("\(folder)/mine", 0o700)
        let error = ClusterTests.error {
            _ = try ClusterTests.start(ClusterTests.settings("\(folder)/mine/data"))
        }
        #expect(error?.subject == "\(folder)/mine")
        #expect(error?.mend.contains("chmod o+x \(folder)/mine") == true)
    }

    @Test("a data folder with a path too long for a socket works, with its socket elsewhere")
    func longPath() throws {
        let folder = "\(try TemporaryFolder.make())/\(String(repeating: "long-", count: 20))"
        let cluster = try ClusterTests.start(ClusterTests.settings(folder))
        #expect(!"\(cluster.address)".contains(folder))
        #expect(try PostgresConnection(cluster.address).firstRow(Facts())?.first == "wayside")
        try cluster.stop()
    }

    @Test("a server pulled away under a statement is an error, and the pool works again when it is back")
    func pulledAway() async throws {
        let cluster = try ClusterTests.start(ClusterTests.settings(try TemporaryFolder.make()))
        var settings = PoolSettings()
        settings.connectionCount = 2
        settings.waitTimeLimit = .milliseconds(500)
        settings.firstRetryDelay = .milliseconds(10)
        settings.longestRetryDelay = .milliseconds(50)
        let pool = ConnectionPool(cluster.address, settings: settings)
        let watcher = try await Watcher(cluster.address, channel: "begun")
        let work = Task {
            try await pool.withConnection { connection in
                try connection.notify(channel: "begun")
                return try connection.rows(Sleep()).count
            }
        }
        #expect(try await watcher.wait() == 1)
        kill(pid_t(try #require(cluster.serverProcess)), SIGKILL)
        let lost = await #expect(throws: PostgresError.self) { try await work.value }
        #expect(lost?.isConnectionLost == true)
        // The session of the other connection may live a moment longer than its server.
        var away: PostgresError?
        for _ in 0..<10 where away?.operation != .connect {
            do { _ = try await pool.rows(Facts()) } catch { away = error as? PostgresError }
        }
        #expect(away?.operation == .connect)
        #expect(away?.isConnectionLost == true)
        #expect(try cluster.ensureRunning())
        #expect(try await pool.rows(Facts()).count == 1)
        // Idle connections that the server hung up are noticed before they are used.
        try cluster.stop()
        #expect(try cluster.ensureRunning())
        for _ in 0..<4 { #expect(try await pool.rows(Facts()).count == 1) }
        await pool.close()
        try cluster.stop()
    }

    @Test("a server that is held still is given up within our own limit")
    func heldStill() throws {
        let cluster = try ClusterTests.start(ClusterTests.settings(try TemporaryFolder.make()))
        var settings = ConnectionSettings()
        settings.statementTimeLimit = .milliseconds(100)
        settings.silenceLimit = .milliseconds(100)
        let connection = try PostgresConnection(cluster.address, settings: settings)
        let server = pid_t(connection.serverProcess)
        kill(server, SIGSTOP)
        defer { kill(server, SIGCONT) }
        var error: PostgresError?
        do { _ = try connection.rows(Facts()) } catch let failure { error = failure }
        #expect(error?.isConnectionLost == true)
        #expect(error?.message.contains("no answer in time") == true)
        let isUsable = connection.isUsable
        #expect(!isUsable)
        kill(server, SIGCONT)
        try cluster.stop()
    }
}
