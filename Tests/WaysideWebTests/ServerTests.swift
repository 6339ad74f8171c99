import Foundation
import ServiceLifecycle
import Testing
import WaysideCore

@testable import WaysideWeb

/// The server on a real socket, asked by a client that is not ours.
@Suite(.serialized, .timeLimit(.minutes(2))) struct ServerTests {
    private static func offline(_ key: String, on road: MadeUpRoad) {
        road.append(
            key,
            .status(
                .stream,
                .offline,
                before: .online,
                since: MadeUpRoad.now,
                cause: .timeout,
                isFaltering: false
            )
        )
    }

    /// Reads until the line comes; everything before it and itself.
    private static func read(_ curl: Curl, until found: (String) -> Bool) async -> [String] {
        var lines: [String] = []
        for await line in curl.lines {
            lines.append(line)
            if found(line) { break }
        }
        return lines
    }

    @Test("a screen that comes back goes on where it left off and then hears what is new")
    func resume() async throws {
        let road = MadeUpRoad(.cameraOff)
        try await RunningServer.with(road) { server in
            let last = road.lastSequence
            let curl = try Curl([
                "--header", "Last-Event-ID: \(last - 2)", server.address + "/api/v1/events?after=1",
            ])
            defer { curl.stop() }
            let first = await Self.read(curl) { $0 == "event: health" }
            #expect(first.filter { $0.hasPrefix("id:") } == ["id: \(last - 1)", "id: \(last)"])
            #expect(first.contains("event: ticket"))
            Self.offline("CAM-10-600", on: road)
            let second = await Self.read(curl) { $0.hasPrefix("data: {\"id\":\(last + 1)") }
            #expect(second.contains("id: \(last + 1)") && second.contains("event: status"))
            #expect(second.last?.contains("CAM-10-600") ?? false)
        }
    }

    @Test("without a number a screen hears only what is new, and a heartbeat while nothing is")
    func heartbeat() async throws {
        let road = MadeUpRoad()
        try await RunningServer.with(road) { server in
            let curl = try Curl([server.address + "/api/v1/events"])
            defer { curl.stop() }
            let quiet = await Self.read(curl) { $0 == ": heartbeat" }
            #expect(!quiet.contains { $0.hasPrefix("id:") })
            #expect(quiet.contains { $0.hasPrefix("data: {\"at\"") && $0.contains("\"live\":true") })
        }
    }

    @Test(
        "a screen whose place is forgotten, or not of this road, is told to begin anew",
        arguments: [1, 9_999]
    )
    func reset(after: Int) async throws {
        let road = MadeUpRoad(.switchDown)
        road.forget(before: 5)
        try await RunningServer.with(road) { server in
            let curl = try Curl([server.address + "/api/v1/events?after=\(after)"])
            defer { curl.stop() }
            let lines = await Self.read(curl) { $0 == "event: health" }
            #expect(lines.contains("event: reset") && lines.contains("id: \(road.lastSequence)"))
            #expect(!lines.contains("event: status"))
        }
    }

    @Test("the service can stop while screens follow")
    func stopWhileFollowed() async throws {
        let road = MadeUpRoad()
        try await RunningServer.with(road) { server in
            let curl = try Curl([server.address + "/api/v1/events"])
            _ = await Self.read(curl) { $0 == "event: health" }
            await server.stop()
            _ = await curl.text()
        }
    }

    @Test(
        "more screens than there are places are asked to come later, and a place that is left is free again"
    )
    func places() async throws {
        var settings = RunningServer.settings()
        settings.eventStreamLimit = 1
        let road = MadeUpRoad()
        try await RunningServer.with(road, settings: settings) { server in
            let first = try Curl([server.address + "/api/v1/events"])
            _ = await Self.read(first) { $0 == "event: health" }
            let head = await (try Curl(["--include", server.address + "/api/v1/events"]))
                .text()
            #expect(head.contains("503") && head.lowercased().contains("retry-after: 10"))
            first.stop()
            var isFree = false
            while !isFree {
                try Task.checkCancellation()
                let metrics = await (try Curl([server.address + "/metrics"])).text()
                isFree = metrics.contains("wayside_web_event_streams 0")
            }
            let second = try Curl([server.address + "/api/v1/events"])
            defer { second.stop() }
            #expect(await Self.read(second) { $0 == "event: health" }.last == "event: health")
        }
    }

    @Test(
        "a request that does not name this machine is refused",
        arguments: [
            ("evil.example", "421"), ("127.0.0.1.evil.example", "421"), ("localhost.evil.example:80", "421"),
            ("10.0.0.1", "421"), ("127.0.0.1:80:80", "421"), ("localhost", "200"), ("LOCALHOST:8080", "200"),
            ("127.0.0.1:1", "200"), ("127.1.2.3", "200"), ("[::1]:8080", "200"),
        ]
    )
    func rebinding(name: String, status: String) async throws {
        try await RunningServer.with(MadeUpRoad()) { server in
            let curl = try Curl([
                "--output", "/dev/null", "--write-out", "%{http_code}\\n", "--header", "Host: \(name)",
                server.address + "/",
            ])
            #expect(await curl.text() == status)
        }
    }

    @Test("a port in use is told with its mend and ends nothing else")
    func portInUse() async throws {
        try await RunningServer.with(MadeUpRoad()) { server in
            let second = try WebServer(
                data: MadeUpRoad().data,
                settings: RunningServer.settings(port: server.port),
                logger: RunningServer.logger
            )
            let error = await #expect(throws: WebError.self) { try await second.run() }
            #expect(error?.description.contains("127.0.0.1:\(server.port): the port is in use") ?? false)
            #expect(error?.mend.contains("web.listen") ?? false)
            #expect(await (try Curl([server.address + "/healthz"])).text().contains("alive"))
        }
    }

    @Test(
        "nothing but loopback is listened on",
        arguments: ["0.0.0.0", "::", "192.168.1.2", "example.com", "127.0.0.256", ""]
    )
    func loopbackOnly(host: String) {
        let error = #expect(throws: WebError.self) {
            try WebServer(
                data: MadeUpRoad().data,
                settings: WebSettings(host: host, port: 0, staticFolder: RunningServer.pages),
                logger: RunningServer.logger
            )
        }
        #expect(error?.reason == "until accounts exist the server listens on loopback only")
    }

    @Test("pages that are not there are missed before anything listens")
    func noPages() async throws {
        let server = try WebServer(
            data: MadeUpRoad().data,
            settings: WebSettings(host: "127.0.0.1", port: 0, staticFolder: "/nonexistent"),
            logger: RunningServer.logger
        )
        let error = await #expect(throws: WebError.self) { try await server.run() }
        #expect(error?.reason.contains("index.html") ?? false)
    }
}
