import Foundation

/// A child process that a test needs: started, waited for by a word it prints, ended with its owner.
///
/// Spawned by hand: Foundation's `Process` hands the test runner's blocked signals down, and a server that
/// never hears SIGTERM would be waited for without end.
final class ServerProcess: Sendable {
    private let identifier: pid_t
    private let output: Int32

    /// Starts a program and waits until it prints `ready`. Throws when it ends before.
    convenience init(
        _ path: String,
        _ arguments: [String],
        environment: [String: String] = [:],
        ready: String
    ) throws {
        try self.init(path, arguments, environment)
        var printed: [UInt8] = []
        while !String(decoding: printed, as: UTF8.self).contains(ready) {
            let more = Self.read(self.output)
            guard !more.isEmpty else {
                close(self.output)
                throw CocoaError(
                    .executableLoad,
                    userInfo: ["printed": String(decoding: printed, as: UTF8.self)]
                )
            }
            printed += more
        }
        // What it prints later must not fill the way out and stop it. Ends with the process.
        let output = self.output
        Thread {
            while !Self.read(output).isEmpty {}
            close(output)
        }.start()
    }

    private init(_ path: String, _ arguments: [String], _ environment: [String: String]) throws {
        var ends: [Int32] = [-1, -1]
        // Closed on exec from the first: another test's child must not hold our end of it open.
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else { throw POSIXError(.EMFILE) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
        posix_spawn_file_actions_adddup2(&actions, ends[1], 2)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        var noSignals = sigset_t()
        sigemptyset(&noSignals)
        posix_spawnattr_setsigmask(&attributes, &noSignals)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
            close(ends[1])
        }
        let variables = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        var words = ([path] + arguments).map { strdup($0) } + [nil]
        var pairs = variables.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in words + pairs { free(text) } }
        var identifier: pid_t = 0
        guard posix_spawn(&identifier, path, &actions, &attributes, &words, &pairs) == 0 else {
            close(ends[0])
            throw CocoaError(.executableNotLoadable, userInfo: ["path": path])
        }
        self.identifier = identifier
        self.output = ends[0]
    }

    /// What it prints next; nothing once it has ended.
    private static func read(_ output: Int32) -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = Glibc.read(output, &buffer, buffer.count)
        return Array(buffer.prefix(max(0, count)))
    }

    deinit {
        kill(self.identifier, SIGKILL)
        var status: Int32 = 0
        waitpid(self.identifier, &status, 0)
    }

    /// Runs a program to its end and returns what it printed.
    static func output(
        of path: String,
        _ arguments: [String],
        environment: [String: String] = [:]
    ) throws -> String {
        let process = try ServerProcess(path, arguments, environment)
        var printed: [UInt8] = []
        while true {
            let more = Self.read(process.output)
            guard !more.isEmpty else {
                close(process.output)
                return String(decoding: printed, as: UTF8.self)
            }
            printed += more
        }
    }
}

/// A folder that is gone with its owner.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        self.path = FileManager.default.temporaryDirectory.path + "/snmp-tests-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: self.path, withIntermediateDirectories: true)
    }

    func write(_ text: String, to name: String) throws {
        try text.write(toFile: "\(self.path)/\(name)", atomically: true, encoding: .utf8)
    }

    // A folder that cannot be removed is left to the system's own cleaning.
    deinit { try? FileManager.default.removeItem(atPath: self.path) }
}
