internal import Glibc

/// A child that outlives the test process, in a group of its own so that a Ctrl-C does not reach it.
enum TestChild {
    static func launch(_ program: String, _ arguments: [String], input: Int32) throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, input, 0)
        posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
        let words = ([program] + arguments).map { strdup($0) }
        defer { words.forEach { free($0) } }
        var child = pid_t()
        let status = posix_spawn(&child, program, &actions, &attributes, words + [nil], environ)
        guard status == 0 else { throw TemporaryFolder.Failure(words: String(cString: strerror(status))) }
    }
}
