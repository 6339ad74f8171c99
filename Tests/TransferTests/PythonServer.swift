import Foundation
import Glibc
import Synchronization

/// A real server in a process of its own: a Python program that says its port, then one JSON object a line
/// for each thing it saw. It ends when its standard input does, so it cannot outlive the test that started
/// it.
final class PythonServer: Sendable {
    struct Trouble: Error { let words: String }

    let port: Int
    private let process: Process
    private let input: Pipe
    private let output: Pipe
    private let unread: Mutex<[UInt8]>

    /// Starts the program after `preamble`; what it must know comes by its environment, never by its
    /// arguments.
    init(_ program: String, environment: [String: String] = [:]) throws {
        self.process = Process()
        self.input = Pipe()
        self.output = Pipe()
        self.process.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
        self.process.arguments = ["-u", "-W", "ignore", "-c", Self.preamble + program]
        self.process.environment = environment
        self.process.standardInput = self.input
        self.process.standardOutput = self.output
        try self.process.run()
        var bytes: [UInt8] = []
        let line = try Self.line(from: self.output.fileHandleForReading.fileDescriptor, &bytes)
        let fact = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
        guard let port = fact?["port"] as? Int else { throw Trouble(words: "no port in \(line)") }
        self.port = port
        self.unread = Mutex(bytes)
    }

    deinit {
        try? self.input.fileHandleForWriting.close()  // closed already is closed
        self.process.waitUntilExit()
    }

    /// The next thing the server saw; waits for it, 20 s at most.
    func next() throws -> [String: Any] {
        let descriptor = self.output.fileHandleForReading.fileDescriptor
        let line = try self.unread.withLock { try Self.line(from: descriptor, &$0) }
        return try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any] ?? [:]
    }

    private static func line(from descriptor: Int32, _ bytes: inout [UInt8]) throws -> String {
        while true {
            if let end = bytes.firstIndex(of: 0x0A) {
                defer { bytes.removeSubrange(...end) }
                return String(decoding: bytes[..<end], as: UTF8.self)
            }
            var waited = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&waited, 1, 20_000) == 1 else {
                throw Trouble(words: "the server said nothing for 20 s")
            }
            var chunk = [UInt8](repeating: 0, count: 65_536)
            let count = read(descriptor, &chunk, chunk.count)
            guard count > 0 else { throw Trouble(words: "the server has ended") }
            bytes += chunk[..<count]
        }
    }

    private static let preamble = #"""
        import json, logging, os, sys, threading
        logging.disable()
        def _watch():
            while os.read(0, 1): pass
            os._exit(0)
        threading.Thread(target=_watch, daemon=True).start()
        _lock = threading.Lock()
        def say(**fact):
            with _lock:
                sys.stdout.write(json.dumps(fact) + "\n")
                sys.stdout.flush()

        """#
}

/// A certificate made for one test, signed by its own key, for `127.0.0.1` alone.
struct TestCertificate: ~Copyable {
    let folder: URL

    var certificate: String { self.folder.appendingPathComponent("certificate.pem").path }
    var key: String { self.folder.appendingPathComponent("key.pem").path }
    var environment: [String: String] { ["CERTIFICATE": self.certificate, "KEY": self.key] }

    init() throws {
        self.folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("transfer-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: self.folder, withIntermediateDirectories: true)
        let openssl = Process()
        openssl.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
        openssl.arguments = [
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
            "-subj", "/CN=transfer test", "-addext", "subjectAltName=IP:127.0.0.1",
            "-keyout", self.folder.appendingPathComponent("key.pem").path,
            "-out", self.folder.appendingPathComponent("certificate.pem").path,
        ]
        openssl.standardError = FileHandle.nullDevice
        try openssl.run()
        openssl.waitUntilExit()
        guard openssl.terminationStatus == 0 else {
            throw PythonServer.Trouble(words: "openssl made no certificate")
        }
    }

    deinit { try? FileManager.default.removeItem(at: self.folder) }  // a leftover in /tmp harms nobody
}

/// A TCP port of 127.0.0.1 that refuses every connection for as long as this lives: bound, but not listening.
struct RefusingPort: ~Copyable {
    let port: Int
    private let descriptor: Int32

    init() throws {
        self.descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = self.descriptor
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
            }
        }
        self.port = Int(UInt16(bigEndian: address.sin_port))
        guard bound else { throw PythonServer.Trouble(words: "no port") }
    }

    deinit { close(self.descriptor) }
}
