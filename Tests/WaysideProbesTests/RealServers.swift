import Foundation

/// A child process that a test needs, ended with its owner.
final class ServerProcess: @unchecked Sendable {  // Process is not Sendable; only init and deinit touch it.
    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()
    /// The line by which it said that it was ready.
    let greeting: String

    struct Ended: Error {
        var printed: String
    }

    /// Starts a program, writes a line into it, and waits for a line that holds the word.
    init(_ path: String, _ arguments: [String], ready: String, line: String = "") throws {
        self.process.executableURL = URL(filePath: path)
        self.process.arguments = arguments
        self.process.environment = ["PATH": "/usr/bin:/bin", "MIBS": "", "SNMP_PERSISTENT_DIR": "/tmp"]
        self.process.standardInput = self.input
        self.process.standardOutput = self.output
        self.process.standardError = self.output
        try self.process.run()
        try self.input.fileHandleForWriting.write(contentsOf: Data("\(line)\n".utf8))
        var printed = ""
        while true {
            if let end = printed.lastIndex(of: "\n"),
                let line = printed[..<end].split(separator: "\n").first(where: { $0.contains(ready) })
            {
                self.greeting = String(line)
                break
            }
            let more = self.output.fileHandleForReading.availableData
            guard !more.isEmpty else { throw Ended(printed: printed) }
            printed += String(decoding: more, as: UTF8.self)
        }
        // What it prints later must not fill the pipe and stop it.
        self.output.fileHandleForReading.readabilityHandler = { _ = $0.availableData }
    }

    deinit {
        // Not asked but ended, and not waited for: a server that takes its time would hold one of the few threads that
        // all tests share.
        // Not SIGTERM: the child has inherited the signal mask of one of Swift's threads, which blocks it.
        self.output.fileHandleForReading.readabilityHandler = nil
        kill(self.process.processIdentifier, SIGKILL)
    }
}

/// A real RTSP camera on a port of its own.
struct RealCamera {
    private let process: ServerProcess
    let port: UInt16

    init(credential: String? = nil) throws {
        let script = URL(filePath: #filePath).deletingLastPathComponent().appending(
            path: "Fixtures/rtsp_camera.py"
        )
        self.process = try ServerProcess(
            "/usr/bin/python3",
            [script.path] + (credential == nil ? [] : ["--auth"]),
            ready: "ready ",
            line: credential ?? ""
        )
        guard let port = self.process.greeting.split(separator: " ").last.flatMap({ UInt16($0) }) else {
            throw ServerProcess.Ended(printed: self.process.greeting)
        }
        self.port = port
    }
}

/// A real `snmpd` with the community `right`.
struct RealAgent {
    private let process: ServerProcess
    let port: UInt16

    init() throws {
        self.port = try LoopbackSocket(.datagram).port
        let file = FileManager.default.temporaryDirectory.appending(path: "probes-\(UUID().uuidString).conf")
        try Data(
            "agentaddress udp:127.0.0.1:\(self.port)\nrocommunity right 127.0.0.1\nsysName K12+300\n".utf8
        ).write(to: file)
        // snmpd has read it by the time it says so; what cannot be removed is left to the system's own cleaning.
        defer { try? FileManager.default.removeItem(at: file) }
        self.process = try ServerProcess(
            "/usr/sbin/snmpd",
            ["-f", "-Lo", "-C", "-c", file.path],
            ready: "NET-SNMP version"
        )
    }
}
