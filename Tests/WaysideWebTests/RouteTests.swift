import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Testing
import WaysideCore
import WaysideReports

@testable import WaysideWeb

/// Every route, asked without a socket.
@Suite struct RouteTests {
    static func ask(
        _ path: String,
        _ scene: MadeUpRoad.Scene = .mixed,
        method: HTTPRequest.Method = .get,
        headers: HTTPFields = [:]
    ) async throws -> TestResponse {
        let server = try WebServer(
            data: MadeUpRoad(scene).data,
            settings: RunningServer.settings(),
            logger: RunningServer.logger
        )
        return try await Application(router: server.router()).test(.router) { client in
            try await client.execute(uri: path, method: method, headers: headers)
        }
    }

    static func object(_ response: TestResponse) throws -> [String: Any] {
        try #require(
            JSONSerialization.jsonObject(with: Data(response.body.readableBytesView)) as? [String: Any]
        )
    }

    private static func device(_ key: String, in road: [String: Any]) throws -> [String: Any] {
        let devices = try #require(road["devices"] as? [[String: Any]])
        return try #require(devices.first { $0["key"] as? String == key })
    }

    @Test("the road tells each device's status, and offline behind a dead switch is upstream, not offline")
    func road() async throws {
        let road = try Self.object(try await Self.ask("/api/v1/status"))
        let counts = try #require(road["counts"] as? [String: Int])
        #expect(
            counts == [
                "devices": 31, "online": 21, "abnormal": 1, "offline": 2, "upstream": 6, "unknown": 1,
                "unmonitored": 0,
                "faltering": 1,
            ]
        )
        let camera = try Self.device("CAM-22-500", in: road)
        #expect(camera["shown"] as? String == "upstream" && camera["ticket"] as? Int == 15)
        #expect((camera["root"] as? [String: Any])?["key"] as? String == "SW-3")
        #expect(try Self.device("CAM-12-300", in: road)["shown"] as? String == "offline")
        #expect(try Self.device("CAM-16-250", in: road)["cause"] as? String == "loss_high")
        #expect(try Self.device("CAM-29-850", in: road)["faltering"] as? Bool == true)
        #expect((road["health"] as? [String: Any])?["live"] as? Bool == true)
    }

    @Test("a device behind a dead switch is upstream before any ticket says so")
    func upstreamWithoutTicket() throws {
        let road = MadeUpRoad()
        func dark(_ key: String, _ facet: Facet) throws -> LiveStatus {
            let device = try #require(road.inventory.device(key: key))
            return LiveStatus(
                device: device.id,
                facet: facet,
                status: .offline,
                since: MadeUpRoad.now,
                cause: .timeout,
                isFaltering: false,
                knownAt: MadeUpRoad.now
            )
        }
        let status = RoadStatus(
            at: MadeUpRoad.now,
            statuses: [try dark("SW-2", .reachability), try dark("CAM-17-820", .stream)],
            tickets: [],
            explanations: [:],
            lastEvents: [],
            lastSequence: 0
        )
        let view = RoadView(status, inventory: road.inventory)
        #expect(view.device(key: "CAM-17-820")?.shown == .upstream)
        #expect(view.device(key: "CAM-17-820")?.root?.key == "SW-2")
        #expect(view.device(key: "SW-2")?.shown == .offline)
        #expect(view.device(key: "SW-1")?.shown == .unknown)
    }

    @Test("a device answers why, since when, who must act and until when")
    func device() async throws {
        let device = try Self.object(try await Self.ask("/api/v1/devices/CAM-12-300"))
        #expect(device["cause"] as? String == "timeout")
        #expect(device["since"] as? String == "2026-03-01T16:58:25.000+08:00")
        let ticket = try #require(device["open_ticket"] as? [String: Any])
        #expect((ticket["must_act"] as? [String: Any])?["name"] as? String == "通途养护工程有限公司")
        #expect(ticket["repair_by"] as? String == "2026-03-01T17:28:40.000+08:00")
        #expect((device["upstream"] as? [String]) == ["SW-1"])
    }

    @Test("a device's health: its series, single values without rounding, and sums without negative rates")
    func health() async throws {
        let list = try Self.object(try await Self.ask("/api/v1/devices/SW-1/metrics"))
        let metrics = try #require(list["metrics"] as? [[String: Any]])
        #expect(metrics.compactMap { $0["name"] as? String } == ["cpu.load", "interface.in_octets"])
        let port = "/api/v1/devices/SW-1/metrics/interface.in_octets?instance=GE0%2F0%2F1"
        let body = String(buffer: try await Self.ask(port).body)
        #expect(body.contains("18446744073709551615"))
        let sums = try Self.object(try await Self.ask(port + "&every=1h"))
        let buckets = try #require(sums["buckets"] as? [[String: Any]])
        #expect(buckets.compactMap { $0["per_second"] as? Double } == [100])
        #expect((sums["points"] as? [Any])?.isEmpty == true)
        let wrong = try Self.object(try await Self.ask("/api/v1/devices/SW-1/metrics/cpu.lod"))
        #expect((wrong["detail"] as? String)?.contains("cpu.load") == true)
    }

    @Test(
        "what an agent does against its standard is told of its device, and in a list of devices that are there"
    )
    func defects() async throws {
        let device = try Self.object(try await Self.ask("/api/v1/devices/SW-1"))
        let own = try #require(device["defects"] as? [[String: Any]])
        #expect(own.compactMap { $0["kind"] as? String } == ["duplicate_engine_id"])
        #expect(
            own.first?["count"] as? Int == 3 && (own.first?["detail"] as? String)?.contains("SW-2") == true
        )
        let other = try Self.object(try await Self.ask("/api/v1/devices/SW-2"))
        #expect((other["defects"] as? [Any])?.isEmpty == true)
        let list = try Self.object(try await Self.ask("/api/v1/defects"))
        let rows = try #require(list["defects"] as? [[String: Any]])
        #expect(rows.compactMap { ($0["device"] as? [String: Any])?["key"] as? String } == ["SW-1"])
    }

    @Test("what stands behind a figure sums to the part of the day that is over")
    func explain() async throws {
        let path = "/api/v1/devices/CAM-14-700/explain?day=2026-03-01&rule=province-time-weighted"
        let explanation = try Self.object(try await Self.ask(path))
        let intervals = try #require(explanation["intervals"] as? [[String: Any]])
        #expect(intervals.compactMap { $0["ms"] as? Int }.reduce(0, +) == 17 * 3_600_000)
        #expect(intervals.map { $0["class"] as? String } == ["online", "offline", "online"])
        let figures = try #require(explanation["figures"] as? [String: Any])
        let sums = try #require(figures["ms"] as? [String: Int])
        #expect(sums.count == 11 && sums.values.reduce(0, +) == 17 * 3_600_000 && sums["offline"] == 900_000)
        #expect(explanation["provisional"] as? Bool == true)
    }

    @Test("rates keep their promised shape, with the rule's name beside it")
    func rates() async throws {
        let sheet = try Self.object(try await Self.ask("/api/v1/rates?detail=groups"))
        let groups = try #require(sheet["groups"] as? [[String: Any]])
        let all = try #require(groups.first { $0["kind"] as? String == "all" })
        let assessed = try #require(all["assessed"] as? [String: Any])
        #expect(Set(assessed.keys) == ["num", "den", "unit", "text"])
        #expect((sheet["devices"] as? [Any])?.isEmpty == true)
        #expect(((sheet["rule"] as? [String: Any])?["title"] as? [String: String])?["zh"] == "省级考核在线率（时长）")
        #expect(sheet["until"] as? String == "2026-03-01T17:00:00.000+08:00")
        #expect((sheet["names"] as? [String: String])?["TY"] == "桃源路段")
    }

    @Test("tickets and their steps")
    func tickets() async throws {
        let list = try Self.object(try await Self.ask("/api/v1/tickets"))
        #expect((list["tickets"] as? [[String: Any]])?.compactMap { $0["number"] as? Int } == [15, 12])
        let ticket = try Self.object(try await Self.ask("/api/v1/tickets/15"))
        #expect((ticket["affected"] as? [Any])?.count == 6 && ticket["affected_now"] as? Int == 6)
        #expect(
            (ticket["moves"] as? [[String: Any]])?.compactMap { $0["action"] as? String } == [
                "open", "dispatch",
            ]
        )
    }

    @Test(
        "whatever is asked wrongly is refused by name, as RFC 9457 says",
        arguments: [
            ("/api/v1/status?x=1", 400, "x"), ("/api/v1/tickets/0", 400, "number"),
            ("/api/v1/tickets/-1", 400, "number"),
            ("/api/v1/tickets/99999999999999999999", 400, "number"), ("/api/v1/tickets/77", 404, nil),
            ("/api/v1/devices/nobody", 404, nil), ("/api/v1/devices/%FF", 400, nil),
            ("/api/v1/devices/a%00b", 400, nil),
            ("/api/v1/devices/nobody/metrics", 404, nil),
            ("/api/v1/devices/nobody/metrics/cpu.load", 404, nil),
            ("/api/v1/devices/SW-1/metrics/cpu.lod", 404, nil),
            ("/api/v1/devices/SW-1/metrics/CPU", 400, "name"),
            ("/api/v1/devices/SW-1/metrics/cpu.load?from=yesterday", 400, "from"),
            ("/api/v1/devices/SW-1/metrics/cpu.load?every=2m", 400, "every"),
            (
                "/api/v1/devices/SW-1/metrics/cpu.load?from=2026-03-02T00:00:00Z&to=2026-03-01T00:00:00Z",
                400, "to"
            ),
            ("/api/v1/devices/nobody/explain", 404, nil), ("/api/v1/rates?day=2026-02-30", 400, "day"),
            ("/api/v1/rates?day=2026-03-02", 400, "day"), ("/api/v1/rates?rule=a/b", 400, "rule"),
            ("/api/v1/rates?rule=other", 404, nil),
            ("/api/v1/rates?day=2026-03-01&day=2026-03-01", 400, "day"),
            ("/api/v1/rates?detail=all", 400, "detail"), ("/api/v1/events?after=-1", 400, "after"),
            ("/api/v1/events?after=x", 400, "after"), ("/nothing", 404, nil),
            ("/..%2f..%2fetc/passwd", 400, nil),
            ("/../../etc/passwd", 400, nil), ("/%00", 400, nil), ("/%2e%2e/%2e%2e/Package.swift", 400, nil),
        ] as [(String, Int, String?)]
    )
    func refusals(path: String, status: Int, parameter: String?) async throws {
        let response = try await Self.ask(path)
        #expect(response.status.code == status)
        #expect(response.headers[.contentType] == "application/problem+json")
        let problem = try Self.object(response)
        #expect(problem["status"] as? Int == status && (problem["detail"] as? String)?.isEmpty == false)
        #expect(problem["parameter"] as? String == parameter)
    }

    @Test(
        "nothing is written by HTTP",
        arguments: [HTTPRequest.Method.post, .put, .delete, .patch, .options]
    )
    func readOnly(method: HTTPRequest.Method) async throws {
        let response = try await Self.ask("/api/v1/status", method: method)
        #expect(response.status == .methodNotAllowed && response.headers[.allow] == "GET, HEAD")
    }

    @Test(
        "every answer forbids framing, guessing and foreign content",
        arguments: ["/", "/style.css", "/api/v1/status", "/nothing", "/metrics"]
    )
    func securityHeaders(path: String) async throws {
        let headers = try await Self.ask(path).headers
        let policy = try #require(headers[HTTPField.Name("Content-Security-Policy")!])
        #expect(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"))
        #expect(!policy.contains("unsafe"))
        #expect(headers[.xContentTypeOptions] == "nosniff")
    }

    @Test("a page that has not changed is not sent again")
    func entityTags() async throws {
        let first = try await Self.ask("/road.js")
        let tag = try #require(first.headers[.eTag])
        #expect(first.headers[.cacheControl] == "no-cache")
        let second = try await Self.ask("/road.js", headers: [.ifNoneMatch: tag])
        #expect(second.status == .notModified && second.body.readableBytes == 0)
    }

    @Test("the pages load nothing from elsewhere and hold no script or style inside")
    func pagesStandAlone() throws {
        let folder = URL(filePath: RunningServer.pages)
        let walk = try #require(FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil))
        let files = walk.compactMap { $0 as? URL }.filter {
            ["html", "js", "css"].contains($0.pathExtension)
        }
        #expect(files.count > 10)
        for file in files {
            let text = try String(contentsOf: file, encoding: .utf8).replacing(
                "http://www.w3.org/2000/svg",
                with: ""
            )
            #expect(!text.contains("http://") && !text.contains("https://"), "\(file.lastPathComponent)")
            #expect(!text.contains("innerHTML") && !text.contains(" style=\""), "\(file.lastPathComponent)")
        }
    }

    @Test("ready means that what is shown is the road as it is")
    func ready() async throws {
        #expect(try await Self.ask("/readyz").status == .ok)
        let stale = try await Self.ask("/readyz", .stale)
        #expect(stale.status == .serviceUnavailable && String(buffer: stale.body).contains("16:56:56"))
        #expect(try await Self.ask("/healthz", .stale).status == .ok)
    }

    @Test("metrics hold the road's and the console's own")
    func metrics() async throws {
        let text = String(buffer: try await Self.ask("/metrics").body)
        #expect(text.contains("wayside_devices 31") && text.contains("wayside_web_event_streams 0"))
        for line in text.split(separator: "\n") where !line.hasPrefix("#") {
            #expect(line.wholeMatch(of: /[a-z_]+(\{[^}]*\})? [0-9.]+/) != nil, "\(line)")
        }
    }

    @Test("a fault of ours is told without its words")
    func ourFault() async throws {
        struct Leak: Error { let secret = "password=hunter2" }
        var data = MadeUpRoad().data
        data.status = { throw Leak() }
        let server = try WebServer(
            data: data,
            settings: RunningServer.settings(),
            logger: RunningServer.logger
        )
        let response = try await Application(router: server.router()).test(.router) { client in
            try await client.execute(uri: "/api/v1/status", method: .get)
        }
        #expect(response.status == .internalServerError && !String(buffer: response.body).contains("hunter2"))
    }

    @Test(
        "a published report is answered exactly as it was hashed, and one that was not published is not there"
    )
    func publishedReport() async throws {
        let listed = try Self.object(try await Self.ask("/api/v1/reports"))
        let first = try #require((listed["reports"] as? [[String: Any]])?.first)
        let id = try #require(first["id"] as? String)
        let figures = try await Self.ask("/api/v1/reports/\(id)")
        #expect(String(buffer: figures.body) == #"{"period":"day","groups":[]}"# + "\n")
        #expect(try await Self.ask("/api/v1/reports/\(id)?revision=2").status == .notFound)
        #expect(try await Self.ask("/api/v1/reports/\(id)?revision=x").status == .badRequest)
        #expect(try await Self.ask("/api/v1/reports?day=yesterday").status == .badRequest)
    }

    @Test("the description of the interface is the golden file, and describes every route and no other")
    func description() async throws {
        let body = String(buffer: try await Self.ask("/api/v1/openapi.json").body)
        let pretty = APIDescription.json.pretty + "\n"
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden/openapi.json")
        if ProcessInfo.processInfo.environment["WAYSIDE_UPDATE_GOLDEN"] == "1" {
            try pretty.write(to: file, atomically: true, encoding: .utf8)
        }
        #expect(try pretty == String(contentsOf: file, encoding: .utf8))
        #expect(body == APIDescription.json.compact + "\n")
        let server = try WebServer(
            data: MadeUpRoad().data,
            settings: RunningServer.settings(),
            logger: RunningServer.logger
        )
        let routes = server.router().routes.filter { $0.method == .get }.map { route in
            "/"
                + route.path.description.split(separator: "/").map { part in
                    part.hasPrefix(":") ? "{\(part.dropFirst())}" : String(part)
                }.joined(separator: "/")
        }
        #expect(Set(routes) == Set(APIDescription.paths))
    }

    @Test("answers have exactly the members that the description promises")
    func answersKeepTheirPromise() async throws {
        let description = try Self.object(try await Self.ask("/api/v1/openapi.json"))
        let components = try #require(description["components"] as? [String: Any])
        let schemas = try #require(components["schemas"] as? [String: Any])
        let checker = SchemaChecker(schemas: schemas)
        for (path, schema) in [
            ("/api/v1/status", "Road"), ("/api/v1/devices/CAM-12-300", "DeviceDetail"),
            ("/api/v1/devices/CAM-12-300/explain", "Explanation"), ("/api/v1/tickets", "Tickets"),
            ("/api/v1/tickets/15", "TicketRecord"), ("/api/v1/rates", "RateSheet"),
            ("/api/v1/tickets/77", "Problem"), ("/api/v1/rules", "Rules"),
            ("/api/v1/exemptions?day=2026-03-01", "Exemptions"), ("/api/v1/reports", "Reports"),
            ("/api/v1/reports/nothing", "Problem"), ("/api/v1/devices/SW-1/metrics", "HealthSeries"),
            ("/api/v1/devices/SW-1/metrics/cpu.load?every=5m", "HealthHistory"),
            ("/api/v1/devices/SW-1/metrics/cpu.load", "HealthHistory"),
        ] {
            let answer = try Self.object(try await Self.ask(path))
            #expect(
                checker.faults(of: answer, against: ["$ref": "#/components/schemas/\(schema)"], at: path)
                    == []
            )
        }
    }
}

/// Compares JSON with the part of JSON Schema that the description uses; members that it does not name are faults.
struct SchemaChecker {
    let schemas: [String: Any]

    func faults(of value: Any, against schema: [String: Any], at path: String) -> [String] {
        if let reference = schema["$ref"] as? String {
            let name = reference.split(separator: "/").last.map(String.init) ?? ""
            guard let found = self.schemas[name] as? [String: Any] else {
                return ["\(path): no schema \(name)"]
            }
            return self.faults(of: value, against: found, at: path)
        }
        if let choices = schema["anyOf"] as? [[String: Any]] {
            let all = choices.map { self.faults(of: value, against: $0, at: path) }
            return all.contains([]) ? [] : all.first ?? []
        }
        switch schema["type"] as? String {
        case "null": return value is NSNull ? [] : ["\(path) is not null"]
        case "boolean": return value is Bool ? [] : ["\(path) is no boolean"]
        case "number": return value is Double || value is Int ? [] : ["\(path) is no number"]
        case "integer": return value is Int ? [] : ["\(path) is no whole number"]
        case "string":
            guard let text = value as? String else { return ["\(path) is no string"] }
            if let words = schema["enum"] as? [String], !words.contains(text) { return ["\(path): \(text)"] }
            let isTime = schema["format"] as? String == "date-time"
            return isTime && Timestamp(text) == nil ? ["\(path) is no time: \(text)"] : []
        case "array":
            guard let items = value as? [Any], let schema = schema["items"] as? [String: Any] else {
                return ["\(path) is no array"]
            }
            return items.enumerated().flatMap { self.faults(of: $1, against: schema, at: "\(path)[\($0)]") }
        case "object":
            guard let members = value as? [String: Any] else { return ["\(path) is no object"] }
            guard let properties = schema["properties"] as? [String: [String: Any]] else { return [] }
            let missing = (schema["required"] as? [String] ?? []).filter { members[$0] == nil }
            return missing.map { "\(path).\($0) is missing" }
                + members.flatMap { name, value in
                    properties[name].map { self.faults(of: value, against: $0, at: "\(path).\(name)") }
                        ?? ["\(path).\(name) is not described"]
                }
        default: return ["\(path): unknown schema \(schema)"]
        }
    }
}
