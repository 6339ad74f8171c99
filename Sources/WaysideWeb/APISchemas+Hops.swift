internal import WaysideCore
internal import WaysideReports

// What is answered of a stream's places.
extension APISchemas {
    /// A camera at every place where its stream is asked.
    static let hopTable = Self.object([
        ("first_failing", Self.maybe(Self.words(Hop.allCases.map(\.rawValue)))),
        ("findings", Self.list(Self.finding)),
        (
            "rows",
            Self.list(
                Self.object([
                    ("hop", Self.words(Hop.allCases.map(\.rawValue))), ("asked", Self.flag),
                    ("outcome", Self.words(Outcome.allCases.map(\.name))),
                    ("cause", Self.maybe(Self.cause)), ("at", Self.maybe(Self.instant)),
                    ("age_ms", Self.maybe(Self.whole)),
                    ("latest_outcome", Self.maybe(Self.words(Outcome.allCases.map(\.name)))),
                    ("latest_at", Self.maybe(Self.instant)),
                    ("confirmed_at", Self.maybe(Self.instant)),
                    (
                        "served_by",
                        Self.maybe(
                            Self.object([
                                ("key", Self.text),
                                ("kind", Self.words(Device.Kind.allCases.map(\.rawValue))),
                            ])
                        )
                    ),
                ])
            )
        ),
    ])

    /// Cameras whose places contradict one another.
    static let disagreements = Self.object([
        ("at", Self.instant),
        ("counts", Self.object(HopTable.Finding.allCases.map { ($0.rawValue, Self.whole) })),
        ("left_off", Self.whole),
        (
            "disagreements",
            Self.list(
                Self.object([
                    ("device", Self.maybe(Self.reference("Place"))), ("finding", Self.finding),
                    ("first_failing", Self.maybe(Self.words(Hop.allCases.map(\.rawValue)))),
                    ("first_seen_at", Self.instant), ("last_seen_at", Self.instant),
                ])
            )
        ),
    ])

    private static let finding = Self.words(HopTable.Finding.allCases.map(\.rawValue))
}
