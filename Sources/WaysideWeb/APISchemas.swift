internal import WaysideCore
internal import WaysideReports

/// The shapes of what is answered (数据结构), as JSON Schema 2020-12.
enum APISchemas {
    /// A schema by name.
    static func reference(_ name: String) -> JSONText {
        .object(["$ref": .string("#/components/schemas/\(name)")])
    }

    /// All of them.
    static let json = JSONText.object([
        "Problem": Self.object([
            ("type", Self.text), ("title", Self.text), ("status", Self.whole), ("detail", Self.text),
            ("parameter?", Self.text),
        ]),
        "Road": Self.object([
            ("at", Self.instant), ("day", Self.date), ("last_event_id", Self.whole),
            ("health", Self.reference("Health")),
            ("counts", Self.counts),
            (
                "roads",
                Self.list(Self.object([("road", Self.text), ("from_m", Self.whole), ("to_m", Self.whole)]))
            ),
            ("devices", Self.list(Self.reference("Device"))),
            ("tickets", Self.list(Self.reference("Ticket"))),
            ("changes", Self.list(Self.reference("Change"))),
        ]),
        "Health": Self.object([
            ("at", Self.instant), ("known_until", Self.maybe(Self.instant)), ("stale_after_ms", Self.whole),
            ("live", Self.flag),
            (
                "troubles",
                Self.list(
                    Self.object([
                        ("code", Self.words(ConsoleHealth.Trouble.Code.allCases.map(\.rawValue))),
                        ("detail", Self.text), ("since", Self.maybe(Self.instant)),
                    ])
                )
            ),
        ]),
        "HealthSeries": Self.object([
            ("device", Self.text),
            (
                "metrics",
                Self.list(
                    Self.object(
                        Self.metric + [
                            (
                                "last",
                                Self.maybe(
                                    Self.object([("at", Self.instant), ("value", Self.maybe(Self.number))])
                                )
                            )
                        ]
                    )
                )
            ),
        ]),
        "AgentDefects": Self.object([
            (
                "defects",
                Self.list(Self.object([("device", Self.maybe(Self.reference("Place")))] + Self.defect))
            )
        ]),
        "Disagreements": Self.disagreements,
        "HealthHistory": Self.object(
            [("device", Self.text)] + Self.metric + [
                ("every", Self.words(["raw", "5m", "1h"])), ("from", Self.instant), ("to", Self.instant),
                ("cut", Self.flag),
                (
                    "points",
                    Self.list(Self.object([("at", Self.instant), ("value", Self.maybe(Self.number))]))
                ),
                (
                    "buckets",
                    Self.list(
                        Self.object([
                            ("at", Self.instant), ("count", Self.whole), ("min", Self.maybe(Self.number)),
                            ("max", Self.maybe(Self.number)), ("avg", Self.maybe(Self.number)),
                            ("last", Self.maybe(Self.number)), ("increase", Self.maybe(Self.number)),
                            ("per_second", Self.maybe(Self.number)),
                        ])
                    )
                ),
            ]
        ),
        "Rules": Self.object([
            (
                "rules",
                Self.list(
                    Self.object([
                        ("id", Self.text), ("version", Self.whole), ("sha256", Self.text),
                        ("title", Self.object([("zh", Self.text), ("en", Self.text)])),
                        ("citation", Self.text), ("facet", Self.facet), ("method", Self.text),
                        ("text", Self.text),
                    ])
                )
            )
        ]),
        "Exemptions": Self.object([
            (
                "exemptions",
                Self.list(
                    Self.object([
                        ("id", Self.text),
                        ("stage", Self.words(ExemptionCase.Stage.allCases.map(\.rawValue))),
                        ("scope", .object(["type": .string("object")])),
                        ("facets", Self.maybe(Self.list(Self.facet))), ("class", Self.text),
                        ("from", Self.instant), ("to", Self.maybe(Self.instant)),
                        ("requested_at", Self.maybe(Self.instant)),
                        ("approved_at", Self.maybe(Self.instant)),
                        ("rejected_at", Self.maybe(Self.instant)),
                        ("revoked_at", Self.maybe(Self.instant)), ("late", Self.flag),
                        ("document", Self.maybe(Self.text)), ("reason", Self.maybe(Self.text)),
                    ])
                )
            )
        ]),
        "Reports": Self.object([
            (
                "reports",
                Self.list(
                    Self.object([
                        ("id", Self.text), ("revision", Self.whole),
                        ("period", Self.words(ServicePeriod.Kind.allCases.map(\.rawValue))),
                        ("name", Self.text), ("first_day", Self.date), ("last_day", Self.date),
                        ("organization", Self.maybe(Self.text)),
                        ("rule", Self.object([("id", Self.text), ("version", Self.whole)])),
                        ("assessed", Self.reference("Rate")), ("cut_off_at", Self.instant),
                        ("published_at", Self.instant), ("published_by", Self.text),
                        ("reason", Self.maybe(Self.text)), ("provisional", Self.flag),
                        ("inputs_sha256", Self.text), ("figures_sha256", Self.text),
                    ])
                )
            )
        ]),
        "PublishedFigures": .object(["type": .string("object")]),
        "Place": Self.object(Self.place),
        "Recipient": Self.object([("key", Self.text), ("name", Self.text)]),
        "Facet": Self.object([
            ("facet", Self.facet), ("status", Self.status), ("since", Self.maybe(Self.instant)),
            ("cause", Self.maybe(Self.cause)), ("faltering", Self.flag),
            ("known_at", Self.maybe(Self.instant)),
        ]),
        "Device": Self.object(Self.device),
        "DeviceDetail": Self.object(
            Self.device + [
                ("at", Self.instant), ("address", Self.maybe(Self.text)), ("area", Self.maybe(Self.text)),
                ("gb_id", Self.maybe(Self.text)), ("commissioned_on", Self.maybe(Self.date)),
                ("downstream", Self.list(Self.reference("Device"))),
                ("open_ticket", Self.maybe(Self.reference("Ticket"))),
                ("tickets", Self.list(Self.reference("Ticket"))),
                ("changes", Self.list(Self.reference("Change"))),
                ("observations", Self.list(Self.reference("Observation"))),
                ("hops", Self.maybe(Self.reference("HopTable"))),
                ("defects", Self.list(Self.object(Self.defect))),
            ]
        ),
        "HopTable": Self.hopTable,
        "Observation": Self.object([
            ("at", Self.instant), ("check", Self.words(Check.allCases.map(\.rawValue))),
            ("hop", Self.words(Hop.allCases.map(\.rawValue))),
            ("outcome", Self.words(Outcome.allCases.map(\.name))),
            ("cause", Self.maybe(Self.cause)), ("took_ms", Self.maybe(Self.whole)), ("collector", Self.text),
        ]),
        "Change": Self.object([
            ("id", Self.whole), ("known_at", Self.instant), ("device", Self.maybe(Self.reference("Place"))),
            ("kind", Self.words(["status", "ticket"])), ("facet?", Self.facet), ("status?", Self.status),
            ("before?", Self.maybe(Self.status)), ("since?", Self.instant),
            ("cause?", Self.maybe(Self.cause)),
            ("faltering?", Self.flag), ("ticket?", Self.whole), ("action?", Self.action),
        ]),
        "Tickets": Self.object([("at", Self.instant), ("tickets", Self.list(Self.reference("Ticket")))]),
        "Ticket": Self.object(Self.ticket),
        "TicketRecord": Self.object(
            Self.ticket + [
                (
                    "affected",
                    Self.list(
                        Self.object([
                            ("device", Self.maybe(Self.reference("Place"))), ("since", Self.instant),
                            ("until", Self.maybe(Self.instant)),
                        ])
                    )
                ),
                (
                    "moves",
                    Self.list(
                        Self.object([
                            ("serial", Self.whole), ("at", Self.instant), ("action", Self.action),
                            ("from", Self.maybe(Self.stage)), ("to", Self.stage), ("by", Self.text),
                            ("reason", Self.maybe(Self.text)),
                        ])
                    )
                ),
            ]
        ),
        "Rate": Self.object([
            ("num", Self.whole), ("den", Self.whole), ("unit", Self.words(["ms", "sample", "device"])),
            ("text", Self.text),
        ]),
        "Milliseconds": Self.object(TimeClass.allCases.map { ($0.name, Self.whole) }),
        "Rule": Self.object([
            ("id", Self.text), ("version", Self.whole), ("sha256", Self.text),
            ("title", Self.object([("zh", Self.text), ("en", Self.text)])), ("citation", Self.text),
            ("facet", Self.facet), ("method", Self.text),
        ]),
        "RateSheet": Self.object([
            ("day", Self.date), ("until", Self.maybe(Self.instant)), ("provisional", Self.flag),
            ("rule", Self.reference("Rule")),
            (
                "devices",
                Self.list(
                    Self.object(
                        [
                            ("device", Self.text), ("facet", Self.facet),
                            ("ms", Self.reference("Milliseconds")),
                        ]
                            + Self.figures
                    )
                )
            ),
            (
                "groups",
                Self.list(
                    Self.object(
                        [
                            ("kind", Self.words(RateSheet.GroupKind.allCases.map(\.rawValue))),
                            ("key", Self.text),
                            ("devices", Self.whole), ("not_assessable", Self.whole),
                        ] + Self.figures
                    )
                )
            ),
            ("names", .object(["type": .string("object"), "additionalProperties": Self.text])),
        ]),
        "Explanation": Self.object([
            ("device", Self.text), ("day", Self.date), ("until", Self.maybe(Self.instant)),
            ("provisional", Self.flag),
            ("rule", Self.reference("Rule")),
            (
                "intervals",
                Self.list(
                    Self.object([
                        ("from", Self.instant), ("to", Self.instant), ("ms", Self.whole),
                        ("class", Self.words(TimeClass.allCases.map(\.name))),
                        ("cause", Self.maybe(Self.cause)),
                        ("opened_by", Self.maybe(Self.reference("Observation"))),
                        ("closed_by", Self.maybe(Self.reference("Observation"))),
                        ("exemption", Self.maybe(Self.text)),
                        (
                            "exemptions",
                            Self.list(
                                Self.object([
                                    ("id", Self.text), ("class", Self.text),
                                    ("document", Self.maybe(Self.text)),
                                    ("approved_at", Self.maybe(Self.instant)),
                                ])
                            )
                        ),
                    ])
                )
            ),
            ("figures", Self.maybe(Self.object([("ms", Self.reference("Milliseconds"))] + Self.figures))),
        ]),
    ])

    typealias Members = [(name: String, schema: JSONText)]

    private static let place: Members = [
        ("key", Self.text), ("name", Self.text), ("kind", Self.words(Device.Kind.allCases.map(\.rawValue))),
        ("roads", Self.list(Self.text)), ("stake_mark", Self.maybe(Self.text)),
        ("stake_mark_m", Self.maybe(Self.whole)),
        ("direction", Self.maybe(Self.words(Direction.allCases.map(\.rawValue)))),
    ]

    private static let device: Members =
        Self.place + [
            ("position_class", Self.whole), ("camera_type", Self.maybe(Self.whole)),
            ("organization", Self.maybe(Self.reference("Recipient"))),
            ("maintainer", Self.maybe(Self.reference("Recipient"))), ("upstream", Self.list(Self.text)),
            ("checks", Self.list(Self.text)), ("shown", Self.words(RoadView.Shown.allCases.map(\.rawValue))),
            ("since", Self.maybe(Self.instant)), ("cause", Self.maybe(Self.cause)), ("faltering", Self.flag),
            ("facets", Self.list(Self.reference("Facet"))), ("ticket", Self.maybe(Self.whole)),
            ("root", Self.maybe(Self.reference("Place"))),
        ]

    private static let ticket: Members = [
        ("number", Self.whole), ("stage", Self.stage), ("root", Self.maybe(Self.reference("Place"))),
        (
            "facets",
            Self.list(
                Self.object([
                    ("facet", Self.facet), ("since", Self.instant), ("cause", Self.maybe(Self.cause)),
                ])
            )
        ),
        ("cause", Self.maybe(Self.cause)), ("since", Self.instant), ("opened_at", Self.instant),
        ("closed_at", Self.maybe(Self.instant)), ("repeat_count", Self.whole),
        ("maintainer", Self.maybe(Self.reference("Recipient"))),
        (
            "must_act",
            Self.object([
                ("role", Self.words(TicketView.Actor.allCases.map(\.rawValue))),
                ("key", Self.maybe(Self.text)),
                ("name", Self.maybe(Self.text)),
            ])
        ),
        ("repair_by", Self.maybe(Self.instant)),
        (
            "clock",
            Self.maybe(
                Self.object([
                    ("state", Self.words(["going", "paused", "stopped"])),
                    ("progress", Self.words(["running", "warned", "breached"])), ("started_at", Self.instant),
                    ("warn_at", Self.instant), ("repair_by", Self.instant),
                    ("paused_until", Self.maybe(Self.instant)),
                    ("reason", Self.maybe(Self.text)),
                ])
            )
        ),
        ("affected_now", Self.whole),
    ]

    private static let defect: Members = [
        ("kind", Self.words(AgentDefect.Kind.allCases.map(\.rawValue))), ("detail", Self.text),
        ("first_seen_at", Self.instant), ("last_seen_at", Self.instant), ("count", Self.whole),
    ]

    private static let metric: Members = [
        ("name", Self.text), ("instance", Self.text), ("unit", Self.text),
        ("kind", Self.words(Metric.Kind.allCases.map(\.rawValue))),
    ]

    private static let figures: Members = [
        ("raw", Self.reference("Rate")), ("assessed", Self.reference("Rate")),
        ("coverage", Self.reference("Rate")),
        ("assessable", Self.flag), ("grade?", Self.text),
        ("error", Self.object([("low", Self.reference("Rate")), ("high", Self.reference("Rate"))])),
    ]

    private static let counts = Self.object(
        (["devices"] + RoadView.Shown.allCases.map(\.rawValue) + ["faltering"]).map { ($0, Self.whole) }
    )
}
