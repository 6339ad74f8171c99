import Foundation
import Glibc
import Synchronization

/// A process of ours with its standard input and output in our hands; killed with the value that owns it.
///
/// Foundation's `Process` waits for an end by way of a run loop, which a test's thread does not have.
final class ChildProcess {
    private let identifier: pid_t
    private let input: Int32
    private let output: Int32
    private var unread: [UInt8] = []
    private(set) var lines: [String] = []

    struct StartError: Error {}

    /// One is started at a time: the ends of a pipe that another child inherits keep its owner from being heard
    /// out.
    private static let starting = Mutex(())

    init(_ arguments: [String]) throws {
        (self.identifier, self.input, self.output) = try Self.starting.withLock { _ in
            try Self.start(arguments)
        }
    }

    private static func start(_ arguments: [String]) throws -> (pid_t, input: Int32, output: Int32) {
        var inputEnds: [Int32] = [-1, -1]
        var outputEnds: [Int32] = [-1, -1]
        guard pipe(&inputEnds) == 0, pipe(&outputEnds) == 0 else { throw StartError() }
        for end in inputEnds + outputEnds { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        defer {
            close(inputEnds[0])
            close(outputEnds[1])
        }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, inputEnds[0], 0)
        posix_spawn_file_actions_adddup2(&actions, outputEnds[1], 1)
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        var words = arguments.map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var identifier: pid_t = 0
        guard posix_spawn(&identifier, arguments[0], &actions, nil, &words, environ) == 0 else {
            close(inputEnds[1])
            close(outputEnds[0])
            throw StartError()
        }
        return (identifier, inputEnds[1], outputEnds[0])
    }

    deinit {
        close(self.input)
        close(self.output)
        guard self.identifier > 0 else { return }
        Glibc.kill(self.identifier, SIGKILL)
        var status: Int32 = 0
        waitpid(self.identifier, &status, 0)
    }

    func say(_ line: String) {
        let bytes = Array((line + "\n").utf8)
        _ = write(self.input, bytes, bytes.count)
    }

    func stop() { Glibc.kill(self.identifier, SIGSTOP) }

    /// Waits for a line that begins so; nil when the process ended before.
    func wait(for beginning: String) -> String? {
        if let line = self.lines.first(where: { $0.hasPrefix(beginning) }) { return line }
        while let line = self.line() {
            self.lines.append(line)
            if line.hasPrefix(beginning) { return line }
        }
        return nil
    }

    /// Waits for a line that holds this; nil when the process ended before.
    func wait(containing words: String) -> String? {
        if let line = self.lines.first(where: { $0.contains(words) }) { return line }
        while let line = self.line() {
            self.lines.append(line)
            if line.contains(words) { return line }
        }
        return nil
    }

    /// Waits until the process ended by itself, its output taken in.
    func waitUntilEnd() { while let line = self.line() { self.lines.append(line) } }

    /// Waits until so many lines like this have come; false when the process ended before.
    func wait(for count: Int, of line: String) -> Bool {
        while self.lines.count(where: { $0 == line }) < count {
            guard let next = self.line() else { return false }
            self.lines.append(next)
        }
        return true
    }

    private func line() -> String? {
        while true {
            if let end = self.unread.firstIndex(of: 10) {
                let line = String(decoding: self.unread[..<end], as: UTF8.self)
                self.unread.removeSubrange(...end)
                return line
            }
            var buffer = [UInt8](repeating: 0, count: 4_096)
            let count = read(self.output, &buffer, buffer.count)
            guard count > 0 else { return nil }
            self.unread += buffer[..<count]
        }
    }
}

/// A GStreamer RTSP server in a process of its own.
final class RealCamera {
    let process: ChildProcess
    let port: UInt16

    static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures")

    struct CameraError: Error {}

    /// Starts it and waits until it listens.
    convenience init(_ arguments: String..., credential: String? = nil) throws {
        try self.init(arguments, credential: credential)
    }

    init(_ arguments: [String], credential: String? = nil) throws {
        let script = Self.folder.appending(path: "rtsp_camera.py").path
        self.process = try ChildProcess(["/usr/bin/python3", script] + arguments)
        if let credential { self.process.say(credential) }
        guard let line = self.process.wait(for: "ready "), let port = UInt16(line.dropFirst(6)) else {
            throw CameraError()
        }
        self.port = port
    }

    func address(_ path: String = "/camera", user: String? = nil, scheme: String = "rtsp") -> String {
        "\(scheme)://\(user.map { $0 + "@" } ?? "")127.0.0.1:\(self.port)\(path)"
    }
}
