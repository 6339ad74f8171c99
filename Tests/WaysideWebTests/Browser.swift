import Foundation
import Synchronization
import Testing

/// A real browser without a window (Chromium), spoken to over two pipes (Chrome DevTools Protocol 1.3).
final class Browser: Sendable {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    private struct State {
        var nextID = 1
        var waiting: [Int: CheckedContinuation<Data, any Error>] = [:]
        var complaints: [String] = []
        var rest = Data()
        var isOver = false
    }

    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()
    private let folder: URL
    private let state = Mutex(State())
    private let session = Mutex<String?>(nil)

    /// Starts it; fails loudly when it is not installed.
    init(width: Int, height: Int) throws {
        let path = "/usr/bin/chromium"
        guard FileManager.default.isExecutableFile(atPath: path) else {
            throw Failure(description: "\(path) is missing: apt-get install chromium fonts-noto-cjk")
        }
        self.folder = FileManager.default.temporaryDirectory.appending(path: "browser-\(UUID().uuidString)")
        self.process.executableURL = URL(filePath: "/bin/sh")
        // The protocol's pipes are descriptors 3 and 4; the shell puts ours there.
        self.process.arguments = [
            "-c", "exec \"$0\" \"$@\" 3<&0 4>&1 </dev/null >/dev/null 2>&1", path, "--headless=new",
            "--no-sandbox",
            "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--remote-debugging-pipe",
            "--user-data-dir=\(self.folder.path)", "--window-size=\(width),\(height)",
        ]
        self.process.standardInput = self.input
        self.process.standardOutput = self.output
        self.output.fileHandleForReading.readabilityHandler = { [weak self] handle in
            let data = handle.availableData
            if data.isEmpty { handle.readabilityHandler = nil }
            self?.receive(data)
        }
        try self.process.run()
    }

    deinit { self.stop() }

    /// What the page complained of: exceptions, errors and warnings on the console, refused or failed requests.
    var complaints: [String] { self.state.withLock { $0.complaints } }

    /// Ends it.
    func stop() {
        self.output.fileHandleForReading.readabilityHandler = nil
        if self.process.isRunning {
            self.process.terminate()
            self.process.waitUntilExit()
        }
        try? FileManager.default.removeItem(at: self.folder)  // a profile left behind harms nobody
    }

    /// Opens a page in a tab of its own.
    func open(_ address: String) async throws {
        let target = try await self.call("Target.createTarget", ["url": "about:blank"])
        let attached = try await self.call(
            "Target.attachToTarget",
            ["targetId": target["targetId"] ?? "", "flatten": true]
        )
        self.session.withLock { $0 = attached["sessionId"] as? String }
        for domain in ["Page", "Runtime", "Log", "Network"] { try await self.call(domain + ".enable", [:]) }
        try await self.call("Page.navigate", ["url": address])
    }

    /// Evaluates an expression of JavaScript to text.
    @discardableResult
    func evaluate(_ expression: String) async throws -> String {
        let answer = try await self.call(
            "Runtime.evaluate",
            [
                "expression": "(async () => String(await (\(expression))))()", "returnByValue": true,
                "awaitPromise": true,
            ]
        )
        if let details = answer["exceptionDetails"] {
            throw Failure(description: "\(expression): \(details)")
        }
        return (answer["result"] as? [String: Any])?["value"] as? String ?? ""
    }

    /// Waits in the page until a condition holds, looking with every frame; throws after so many seconds.
    func wait(for condition: String, seconds: Int = 30) async throws {
        let script = """
            new Promise((resolve, reject) => {
              const end = performance.now() + \(seconds * 1000);
              const look = () => {
                let holds = false;
                try { holds = Boolean(\(condition)); } catch { /* not there yet */ }
                if (holds) resolve("yes");
                else if (performance.now() > end) reject(new Error("still not: " + document.body?.innerText));
                else setTimeout(look, 20);
              };
              look();
            })
            """
        // A page that is just being left takes its promise along; ask the next one.
        for _ in 0..<3 {
            do {
                if try await self.evaluate(script) == "yes" { return }
            } catch let failure as Failure
                where failure.description.contains("context")
                || failure.description.contains("navigated")
            {
                continue
            }
        }
        throw Failure(description: "the page never stood still for \(condition)")
    }

    /// Presses a key.
    func press(_ key: String, code: Int) async throws {
        for type in ["keyDown", "keyUp"] {
            try await self.call(
                "Input.dispatchKeyEvent",
                ["type": type, "key": key, "windowsVirtualKeyCode": code]
            )
        }
    }

    /// Lets the screen be that large.
    func resize(width: Int, height: Int) async throws {
        try await self.call(
            "Emulation.setDeviceMetricsOverride",
            ["width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600]
        )
    }

    @discardableResult
    private func call(_ method: String, _ parameters: [String: Any]) async throws -> [String: Any] {
        var message: [String: Any] = ["method": method, "params": parameters]
        if let session = self.session.withLock({ $0 }) { message["sessionId"] = session }
        let id = self.state.withLock { state in
            defer { state.nextID += 1 }
            return state.nextID
        }
        message["id"] = id
        let bytes = try JSONSerialization.data(withJSONObject: message) + [0]
        let answer = try await withCheckedThrowingContinuation { continuation in
            let isOver = self.state.withLock { state in
                if !state.isOver { state.waiting[id] = continuation }
                return state.isOver
            }
            if isOver {
                continuation.resume(throwing: Failure(description: "the browser is gone"))
            } else {
                self.input.fileHandleForWriting.write(bytes)
            }
        }
        let object = try JSONSerialization.jsonObject(with: answer) as? [String: Any] ?? [:]
        if let error = object["error"] { throw Failure(description: "\(method): \(error)") }
        return object["result"] as? [String: Any] ?? [:]
    }

    private func receive(_ data: Data) {
        let messages: [Data] = self.state.withLock { state in
            state.rest += data
            var messages: [Data] = []
            while let end = state.rest.firstIndex(of: 0) {
                messages.append(Data(state.rest[state.rest.startIndex..<end]))
                state.rest = Data(state.rest[state.rest.index(after: end)...])
            }
            return messages
        }
        for message in messages { self.take(message) }
        guard data.isEmpty else { return }
        let left = self.state.withLock { state in
            state.isOver = true
            defer { state.waiting = [:] }
            return state.waiting
        }
        for continuation in left.values {
            continuation.resume(throwing: Failure(description: "the browser ended"))
        }
    }

    private func take(_ message: Data) {
        guard let object = try? JSONSerialization.jsonObject(with: message) as? [String: Any] else { return }
        if let id = object["id"] as? Int {
            self.state.withLock { $0.waiting.removeValue(forKey: id) }?.resume(returning: message)
            return
        }
        let parameters = object["params"] as? [String: Any] ?? [:]
        let isComplaint =
            switch object["method"] as? String {
            case "Runtime.exceptionThrown": true
            case "Runtime.consoleAPICalled": ["error", "warning"].contains(parameters["type"] as? String)
            case "Log.entryAdded":
                ["error", "warning"].contains((parameters["entry"] as? [String: Any])?["level"] as? String)
            default: false
            }
        if isComplaint {
            self.state.withLock { $0.complaints.append(String(decoding: message, as: UTF8.self)) }
        }
    }
}
