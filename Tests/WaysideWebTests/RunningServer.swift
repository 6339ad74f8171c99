import Foundation
import Logging
import ServiceLifecycle
import Synchronization

@testable import WaysideWeb

/// A console that really listens, on a free port, for as long as a test needs it.
struct RunningServer: Sendable {
    /// The port it has.
    let port: Int
    /// Asks it to stop, as the end of the service does.
    let stop: @Sendable () async -> Void

    /// Its address.
    var address: String { "http://127.0.0.1:\(self.port)" }

    static var pages: String {
        URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
            .appending(path: "Dashboards/web").path
    }

    static func settings(port: Int = 0) -> WebSettings {
        var settings = WebSettings(host: "127.0.0.1", port: port, staticFolder: self.pages)
        settings.heartbeatSeconds = 1
        return settings
    }

    static var logger: Logger { Logger(label: "test") { _ in SwiftLogNoOpLogHandler() } }

    /// Runs a test beside a server, and stops the server.
    static func with<Value: Sendable>(
        _ road: MadeUpRoad,
        settings: WebSettings = RunningServer.settings(),
        test: @Sendable (RunningServer) async throws -> Value
    ) async throws -> Value {
        let (ports, continuation) = AsyncStream.makeStream(of: Int.self)
        let server = try WebServer(data: road.data, settings: settings, logger: self.logger) { port in
            continuation.yield(port)
            continuation.finish()
        }
        let group = ServiceGroup(configuration: .init(services: [server], logger: self.logger))
        return try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                defer { continuation.finish() }
                try await group.run()
            }
            let port = await ports.first { _ in true }
            guard let port else {
                try await tasks.waitForAll()
                throw Browser.Failure(description: "the server ended before it listened")
            }
            let value: Value
            do {
                value = try await test(
                    RunningServer(port: port, stop: { await group.triggerGracefulShutdown() })
                )
            } catch {
                await group.triggerGracefulShutdown()
                throw error
            }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
            return value
        }
    }
}

/// An HTTP client that is not ours (curl), line by line.
final class Curl: Sendable {
    let lines: AsyncStream<String>
    private let process: Process

    /// Starts with these arguments.
    init(_ arguments: [String]) throws {
        let (process, output) = (Process(), Pipe())
        process.executableURL = URL(filePath: "/usr/bin/curl")
        process.arguments = ["--silent", "--no-buffer", "--max-time", "30"] + arguments
        process.standardOutput = output
        let (lines, continuation) = AsyncStream.makeStream(of: String.self)
        let rest = LineRest(output.fileHandleForReading)
        output.fileHandleForReading.readabilityHandler = { handle in
            if !rest.drain(into: continuation) { handle.readabilityHandler = nil }
        }
        // Not the end of the pipe: another child that was started just then may hold our end of it open.
        process.terminationHandler = { _ in
            _ = rest.drain(into: continuation)
            continuation.finish()
        }
        (self.process, self.lines) = (process, lines)
        try process.run()
    }

    deinit { self.stop() }

    /// Everything, to the end.
    func text() async -> String {
        var all: [String] = []
        for await line in self.lines { all.append(line) }
        return all.joined(separator: "\n")
    }

    /// Ends it at once; a gentler signal may be blocked in a child, which inherits our mask.
    func stop() { if self.process.isRunning { kill(self.process.processIdentifier, SIGKILL) } }
}

/// Cuts what comes through a pipe into lines.
private final class LineRest: Sendable {
    private let handle: FileHandle
    private let bytes = Mutex(Data())

    init(_ handle: FileHandle) {
        self.handle = handle
        let descriptor = handle.fileDescriptor
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
    }

    /// Takes what is there now; answers false at the end of the pipe.
    func drain(into lines: AsyncStream<String>.Continuation) -> Bool {
        self.bytes.withLock { bytes in
            var buffer = [UInt8](repeating: 0, count: 65_536)
            while true {
                let count = read(self.handle.fileDescriptor, &buffer, buffer.count)
                if count > 0 { bytes += buffer[..<count] }
                while let end = bytes.firstIndex(of: 10) {
                    let line = String(decoding: bytes[bytes.startIndex..<end], as: UTF8.self)
                    lines.yield(line.replacing("\r", with: ""))
                    bytes = Data(bytes[bytes.index(after: end)...])
                }
                if count <= 0 { return count < 0 }
            }
        }
    }
}
