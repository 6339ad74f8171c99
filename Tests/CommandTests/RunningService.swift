import Foundation
import Testing

/// A `wayside up` that is awake until it is let go, or until the test process is gone, however that ends.
///
/// A small shell holds it by a leash, the other end of a socket: when that closes, the service gets its SIGTERM.
struct RunningService: Sendable {
    private let leash: Int32
    private let keeper: pid_t
    private let port: UInt16

    /// Starts it, and waits until it says that it listens and `/readyz` agrees.
    ///
    /// The environment's `TZ` and all else is the test's own; where data, settings and pages lie is in the arguments.
    init(_ arguments: [String], port: UInt16) throws {
        let (leash, held) = try Self.pair()
        let (log, written) = try Self.pair()
        defer {
            close(held)
            close(written)
        }
        let script = #""$@" & service=$!; cat >/dev/null; kill -TERM $service; wait $service"#
        self.keeper = try Self.spawn(
            ["/bin/sh", "-c", script, "sh", Program.path, "up"] + arguments,
            input: held,
            output: written
        )
        (self.leash, self.port) = (leash, port)
        try Self.wait(for: "listening on 127.0.0.1:\(port)", in: log)
        Thread.detachNewThread {
            // What it says later is let through unread: a full pipe would stop it.
            var bytes = [UInt8](repeating: 0, count: 4_096)
            while read(log, &bytes, bytes.count) > 0 {}
            close(log)
        }
    }

    /// Lets it go, and waits until it has stopped in order.
    func end() {
        close(self.leash)
        var status: Int32 = 0
        while waitpid(self.keeper, &status, 0) < 0, errno == EINTR {}
    }

    /// What it says to a path; `nil` when it does not answer with 200.
    func get(_ path: String) -> String? {
        let connection = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        defer { close(connection) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = self.port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let isConnected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(connection, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        let question = Array("GET \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".utf8)
        guard isConnected, write(connection, question, question.count) == question.count else { return nil }
        var (answer, part) = ([UInt8](), [UInt8](repeating: 0, count: 65_536))
        while case let count = read(connection, &part, part.count), count > 0 { answer += part[..<count] }
        let text = String(decoding: answer, as: UTF8.self)
        guard text.hasPrefix("HTTP/1.1 200"), let body = text.firstRange(of: "\r\n\r\n") else { return nil }
        return String(text[body.upperBound...])
    }

    /// Up to when everything is known, as `/readyz` says; `nil` while it is not ready.
    var knownUntil: String? {
        guard let body = self.get("/readyz"),
            let answer = try? JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: Any],
            let health = answer["health"] as? [String: Any]
        else { return nil }
        return health["known_until"] as? String
    }

    // MARK: - Processes

    /// Two ends of a socket that no other child inherits.
    private static func pair() throws -> (Int32, Int32) {
        var ends: [Int32] = [-1, -1]
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        try #require(socketpair(AF_UNIX, kind, 0, &ends) == 0)
        return (ends[0], ends[1])
    }

    private static func spawn(_ words: [String], input: Int32, output: Int32) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawn_file_actions_adddup2(&actions, input, 0)
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        posix_spawn_file_actions_adddup2(&actions, output, 2)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        var noSignals = sigset_t()
        sigemptyset(&noSignals)
        posix_spawnattr_setsigmask(&attributes, &noSignals)
        posix_spawnattr_setflags(
            &attributes,
            Int16(POSIX_SPAWN_SETSIGMASK) | Int16(POSIX_SPAWN_SETPGROUP)
        )
        posix_spawnattr_setpgroup(&attributes, 0)
        var arguments = words.map { strdup($0) } + [nil]
        defer {
            for word in arguments { free(word) }
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        var child: pid_t = 0
        let failure = posix_spawn(&child, words[0], &actions, &attributes, &arguments, environ)
        try #require(failure == 0, "\(words[0]) cannot be run")
        return child
    }

    /// Reads until the words were said, for half a minute at most.
    private static func wait(for words: String, in log: Int32) throws {
        let end = ContinuousClock.now + .seconds(30)
        var (text, part) = ("", [UInt8](repeating: 0, count: 4_096))
        while !text.contains(words) {
            var entry = pollfd(fd: log, events: Int16(POLLIN), revents: 0)
            let left = (end - ContinuousClock.now).components.seconds
            try #require(left > 0 && poll(&entry, 1, Int32(left) * 1_000) > 0, "never said \(words): \(text)")
            let count = read(log, &part, part.count)
            try #require(count > 0, "it ended: \(text)")
            text += String(decoding: part[..<count], as: UTF8.self)
        }
    }
}

/// Tries until it is so, for a minute at most. Each try is a question to another process, which paces the tries.
func until(_ what: String, _ isSo: () async throws -> Bool) async throws {
    let end = ContinuousClock.now + .seconds(60)
    while try await !isSo() {
        try #require(ContinuousClock.now < end, "it never came to this: \(what)")
    }
}
