import WaysideCore

/// Notices of a made-up fault on a made-up road.
enum SampleNotice {
    static let maintainer = Recipient(key: "M-1", name: "甲养护公司")

    static func instant(_ text: String) -> Timestamp { Timestamp(text) ?? .distantPast }

    static func facts(name: String = "K12+300 上行枪机") -> NoticeFacts {
        NoticeFacts(
            device: DeviceFacts(
                key: "CAM-0001",
                name: name,
                kind: .camera,
                roads: ["G42", "S38"],
                stakeMark: StakeMark("K12+300"),
                direction: .ascending,
                positionClass: 3,
                organizationName: "示范路段",
                maintainer: Self.maintainer
            ),
            facets: [.reachability, .stream],
            cause: .timeout,
            since: Self.instant("2026-03-01T08:00:05.250+08:00"),
            affectedCount: 7,
            affectedNames: ["甲", "乙"],
            repairBy: Self.instant("2026-03-01T10:05:00.000+08:00")
        )
    }

    static func notice(
        _ kind: Notice.Kind = .opened,
        channel: Notice.Channel = .webhook,
        facts: NoticeFacts = SampleNotice.facts(),
        createdAt: String = "2026-03-01T08:02:00.000+08:00",
        recipient: Recipient = SampleNotice.maintainer
    ) -> Notice {
        Notice(
            kind: kind,
            ticketNumber: 17,
            occasion: 1,
            recipient: recipient,
            channel: channel,
            facts: facts,
            createdAt: Self.instant(createdAt)
        )
    }
}
