internal import Glibc

/// One run of another program, waited for, with a deadline that we keep.
///
/// The child gets a process group of its own, so that a Ctrl-C at our terminal is ours alone, nothing on its standard
/// input, and only the environment it is given. Our descriptors are all closed to children.
struct ChildProcess {
    /// The program's full path.
    var program: String
    /// Its arguments, without its own name. Anyone on the machine can read them.
    var arguments: [String]
    /// Its whole environment.
    var environment: [String: String] = ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C", "TZ": "UTC"]

    /// How it ended.
    struct Ending {
        /// The exit status; `nil` when a signal ended it or we did.
        var status: Int32?
        /// We ended it because its time was up.
        var isLate: Bool
        /// What it wrote, on both channels; the last 64 KiB.
        var output: String

        var isSuccess: Bool { self.status == 0 }

        /// For an error: how it ended and its last words.
        var words: String {
            let end =
                self.isLate ? "took too long" : self.status.map { "exit status \($0)" } ?? "ended by a signal"
            let lines = self.output.split(whereSeparator: \.isNewline).suffix(6).joined(separator: " | ")
            return lines.isEmpty ? end : "\(end): \(lines)"
        }
    }

    /// Starts the program and waits for it to end.
    func run(timeLimit: Duration, operation: ClusterError.Operation) throws(ClusterError) -> Ending {
        var ends: [Int32] = [-1, -1]
        // A pair of sockets is closed to other children from its first moment; a plain pipe is not.
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else { throw self.error(operation, errno) }
        defer { close(ends[0]) }
        _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
        let child: pid_t
        do {
            defer { close(ends[1]) }
            child = try self.spawn(output: ends[1], operation)
        }
        return ChildProcess.collect(child, output: ends[0], until: .now + timeLimit)
    }

    private func spawn(output: Int32, _ operation: ClusterError.Operation) throws(ClusterError) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        posix_spawn_file_actions_adddup2(&actions, output, 2)

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(
            &attributes,
            Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP)
        )

        let arguments = ([self.program] + self.arguments).map { strdup($0) }
        let environment = self.environment.map { strdup("\($0.key)=\($0.value)") }
        defer { (arguments + environment).forEach { free($0) } }
        var child = pid_t()
        let status = posix_spawn(
            &child,
            self.program,
            &actions,
            &attributes,
            arguments + [nil],
            environment + [nil]
        )
        guard status == 0 else { throw self.error(operation, status) }
        return child
    }

    /// Reads until the child has ended. Not until its output is closed: a server it left behind may hold that.
    private static func collect(
        _ child: pid_t,
        output: Int32,
        until deadline: ContinuousClock.Instant
    ) -> Ending {
        var collected: [UInt8] = []
        var status: Int32 = 0
        var isLate = false
        var isOpen = true
        while true {
            // The look at the child comes before the reading, so that its last words are read after its end.
            let hasEnded = waitpid(child, &status, WNOHANG) != 0
            if isOpen { isOpen = self.readAll(output, into: &collected) }
            if hasEnded { break }
            if !isLate, ContinuousClock.now >= deadline {
                isLate = true
                kill(-child, SIGKILL)
            }
            var polled = [pollfd(fd: isOpen ? output : -1, events: Int16(POLLIN), revents: 0)]
            poll(&polled, 1, 20)
        }
        // WIFEXITED and WEXITSTATUS, which are macros.
        let exit: Int32? = status & 0x7F == 0 && !isLate ? (status >> 8) & 0xFF : nil
        return Ending(status: exit, isLate: isLate, output: String(decoding: collected, as: UTF8.self))
    }

    private static func readAll(_ descriptor: Int32, into collected: inout [UInt8]) -> Bool {
        var chunk = [UInt8](repeating: 0, count: 4_096)
        while true {
            let count = read(descriptor, &chunk, chunk.count)
            if count == 0 { return false }
            if count < 0 { return errno == EAGAIN || errno == EINTR }
            collected += chunk.prefix(count)
            if collected.count > 65_536 { collected.removeFirst(collected.count - 65_536) }
        }
    }

    private func error(_ operation: ClusterError.Operation, _ number: Int32) -> ClusterError {
        ClusterError(operation, self.program, String(cString: strerror(number)))
    }
}
