internal import WaysideCore
internal import WaysideReports

/// What can be asked of the console by program (接口说明), as OpenAPI 3.1.
enum APIDescription {
    /// One route.
    private struct Route {
        let path: String
        let id: String
        let summary: String
        var parameters: [JSONText] = []
        var answer = "Anything"
        var mediaType = "application/json"
        /// Status codes besides 200, 421 and 500.
        var problems: [Int] = []
    }

    /// The whole description.
    static let json = JSONText.object([
        "openapi": .string("3.1.0"),
        "info": .object([
            "title": .string("Wayside"),
            "version": .string("1"),
            "summary": .string(
                "The road as it is watched: status, tickets, rates, and what stands behind them."
            ),
            "description": .string(
                "Keys are in snake_case, times RFC 3339, spans whole milliseconds (`_ms`). Every value is present; one "
                    + "that is not known is null. Errors are application/problem+json (RFC 9457). The server answers "
                    + "on loopback, to requests that name it 127.0.0.1, [::1] or localhost. Programs must accept "
                    + "members that they do not know."
            ),
        ]),
        "servers": .array([.object(["url": .string("/")])]),
        "paths": .object(
            Self.routes.map { JSONText.Member($0.path, .object(["get": Self.operation($0)])) }
        ),
        "components": .object([
            "schemas": APISchemas.json,
            "responses": .object([
                "Problem": .object([
                    "description": .string("What is wrong and how to mend it."),
                    "content": .object([
                        "application/problem+json": .object(["schema": APISchemas.reference("Problem")])
                    ]),
                ])
            ]),
        ]),
    ])

    private static let routes: [Route] = [
        Route(path: "/api/v1/status", id: "status", summary: "The road as it is.", answer: "Road"),
        Route(
            path: "/api/v1/events",
            id: "events",
            summary:
                "What changes, as it changes: server-sent events `status`, `ticket`, `reset` and `health`. "
                + "`reset` means that events were missed: ask for the road again.",
            parameters: [
                Self.parameter("after", "The number of the last event that is known.", Self.whole(from: 0)),
                Self.parameter(
                    "Last-Event-ID",
                    "The same, as an event source sends it; goes before `after`.",
                    Self.whole(from: 0),
                    place: "header"
                ),
            ],
            answer: "EventStream",
            mediaType: "text/event-stream",
            problems: [400, 503]
        ),
        Route(
            path: "/api/v1/devices/{key}",
            id: "device",
            summary: "One device: why, since when, who must act, until when.",
            parameters: [Self.key],
            answer: "DeviceDetail",
            problems: [400, 404]
        ),
        Route(
            path: "/api/v1/devices/{key}/explain",
            id: "explain",
            summary: "What stands behind a device's figure of a day.",
            parameters: [Self.key, Self.day, Self.rule],
            answer: "Explanation",
            problems: [400, 404]
        ),
        Route(
            path: "/api/v1/devices/{key}/metrics",
            id: "metricsOfDevice",
            summary: "The series of health that a device has or had, with their last values.",
            parameters: [Self.key],
            answer: "HealthSeries",
            problems: [400, 404]
        ),
        Route(
            path: "/api/v1/devices/{key}/metrics/{name}",
            id: "health",
            summary: "A series of health over time: single values, or sums of five minutes or an hour.",
            parameters: [
                Self.key,
                Self.parameter(
                    "name",
                    "The metric's name, such as cpu.load.",
                    .object(["type": .string("string"), "pattern": .string("^[a-z0-9_.]{1,64}$")]),
                    place: "path"
                ),
                Self.parameter(
                    "instance",
                    "The part that is measured, such as a port; empty when the device has one of it.",
                    .object(["type": .string("string"), "maxLength": .integer(255)])
                ),
                Self.parameter("from", "Where it begins; 24 hours before `to` when not given.", Self.time),
                Self.parameter("to", "Where it ends, itself outside; now when not given.", Self.time),
                Self.parameter(
                    "every",
                    "Single values, or sums.",
                    .object(["type": .string("string"), "enum": .words(["raw", "5m", "1h"])])
                ),
            ],
            answer: "HealthHistory",
            problems: [400, 404]
        ),
        Route(
            path: "/api/v1/defects",
            id: "defects",
            summary:
                "What SNMP agents do against their standard and is worked round, by device; of the last 30 days.",
            answer: "AgentDefects"
        ),
        Route(
            path: "/api/v1/disagreements",
            id: "disagreements",
            summary:
                "Cameras of which one place contradicts another, as when the cloud's copy stands still and the camera "
                + "is fine; by device.",
            answer: "Disagreements"
        ),
        Route(
            path: "/api/v1/tickets",
            id: "tickets",
            summary: "Open tickets, the latest first.",
            answer: "Tickets"
        ),
        Route(
            path: "/api/v1/tickets/{number}",
            id: "ticket",
            summary: "A ticket with its steps.",
            parameters: [Self.parameter("number", "Its number.", Self.whole(from: 1), place: "path")],
            answer: "TicketRecord",
            problems: [400, 404]
        ),
        Route(
            path: "/api/v1/rates",
            id: "rates",
            summary: "The online rates of a day by a rule.",
            parameters: [
                Self.day, Self.rule,
                Self.parameter(
                    "detail",
                    "Whether every device is listed or the groups only.",
                    .object(["type": .string("string"), "enum": .words(["devices", "groups"])])
                ),
            ],
            answer: "RateSheet",
            problems: [400, 404]
        ),
        Route(
            path: "/api/v1/rules",
            id: "rules",
            summary: "Every rate rule with its text, and the hash of the text.",
            answer: "Rules"
        ),
        Route(
            path: "/api/v1/exemptions",
            id: "exemptions",
            summary: "The exemptions of a month, whatever was decided on them.",
            parameters: [Self.day],
            answer: "Exemptions",
            problems: [400]
        ),
        Route(
            path: "/api/v1/reports",
            id: "reports",
            summary: "What was published of periods that begin in the month of the day; all without a day.",
            parameters: [Self.day],
            answer: "Reports",
            problems: [400]
        ),
        Route(
            path: "/api/v1/reports/{key}",
            id: "report",
            summary: "The figures of a published report, exactly as they were hashed.",
            parameters: [
                Self.parameter(
                    "key",
                    "The report's id.",
                    .object(["type": .string("string"), "minLength": .integer(1), "maxLength": .integer(200)]
                    ),
                    place: "path"
                ),
                Self.parameter("revision", "Which revision; the latest when not given.", Self.whole(from: 1)),
            ],
            answer: "PublishedFigures",
            problems: [400, 404]
        ),
        Route(path: "/api/v1/openapi.json", id: "openapi", summary: "This description."),
        Route(
            path: "/metrics",
            id: "metrics",
            summary: "Metrics in the text format of Prometheus.",
            answer: "Text",
            mediaType: "text/plain"
        ),
        Route(path: "/healthz", id: "healthz", summary: "Whether the process answers."),
        Route(
            path: "/readyz",
            id: "readyz",
            summary: "Whether what is shown is the road as it is.",
            problems: [503]
        ),
    ]

    /// Every path that is described.
    static var paths: [String] { self.routes.map(\.path) }

    private static func operation(_ route: Route) -> JSONText {
        let schema =
            switch route.answer {
            case "Anything": JSONText.object(["type": .string("object")])
            case "Text", "EventStream": JSONText.object(["type": .string("string")])
            default: APISchemas.reference(route.answer)
            }
        let problem = JSONText.object(["$ref": .string("#/components/responses/Problem")])
        let problems = (route.problems + [421, 500]).sorted().map { JSONText.Member(String($0), problem) }
        let good = JSONText.object([
            "description": .string(route.summary),
            "content": .object([JSONText.Member(route.mediaType, .object(["schema": schema]))]),
        ])
        return .object([
            "operationId": .string(route.id),
            "summary": .string(route.summary),
            "parameters": route.parameters.isEmpty ? nil : .array(route.parameters),
            "responses": .object([JSONText.Member("200", good)] + problems),
        ])
    }

    private static let key = Self.parameter(
        "key",
        "The device's key.",
        .object(["type": .string("string"), "minLength": .integer(1), "maxLength": .integer(200)]),
        place: "path"
    )
    private static let day = Self.parameter(
        "day",
        "The local day, UTC+8; today when not given.",
        .object(["type": .string("string"), "format": .string("date")])
    )
    private static let rule = Self.parameter(
        "rule",
        "The rate rule's id; the one in use when not given.",
        .object(["type": .string("string"), "pattern": .string("^[A-Za-z0-9._-]{1,100}$")])
    )

    private static let time = JSONText.object([
        "type": .string("string"), "format": .string("date-time"),
    ])

    private static func whole(from least: Int64) -> JSONText {
        .object(["type": .string("integer"), "format": .string("int64"), "minimum": .integer(least)])
    }

    private static func parameter(_ name: String, _ text: String, _ schema: JSONText, place: String = "query")
        -> JSONText
    {
        .object([
            "name": .string(name),
            "in": .string(place),
            "required": place == "path" ? .bool(true) : nil,
            "description": .string(text),
            "schema": schema,
        ])
    }
}
