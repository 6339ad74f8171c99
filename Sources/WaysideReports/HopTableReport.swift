public import WaysideCore

/// One camera at every place where its stream is asked, for people and programs (环节对照表).
public struct HopTableReport {
    private let hops: HopTable

    /// A report of that table.
    public init(_ hops: HopTable) { self.hops = hops }

    /// A row a place that is asked, in the order of the chain.
    public var table: Table {
        Table(
            columns: [
                Table.Column("hop", "环节"), Table.Column("outcome", "结果"), Table.Column("cause", "原因"),
                Table.Column("at", "时间"), Table.Column("age_ms", "毫秒前", isNumeric: true),
                Table.Column("took_ms", "用时", isNumeric: true), Table.Column("latest", "最近一次"),
            ],
            rows: self.hops.rows.filter(\.isAsked).map { row in
                let shown = row.telling ?? row.latest
                return [
                    .text(Self.title(row)), .text(row.outcome.name),
                    Table.Cell(row.cause?.rawValue), Table.Cell(shown?.at.text),
                    Table.Cell(row.ageMilliseconds), Table.Cell(shown?.tookMilliseconds),
                    Table.Cell(row.latest.map { $0 == row.telling ? "=" : $0.outcome.name }),
                ]
            }
        )
    }

    /// What the places say together, a sentence a line; never empty.
    public var sentences: [String] {
        var sentences: [String] = []
        if let hop = self.hops.firstFailing {
            sentences.append("首个中断环节：\(hop.titleZH) · the first place that fails: \(hop.rawValue)")
        }
        sentences += self.hops.findings.map { "\($0.titleZH) · \($0.titleEN)" }
        if self.hops.isUnsettled {
            sentences.append("各环节不一致，尚待证实 · the places differ; what that means is not confirmed yet")
        }
        let isQuiet = sentences.isEmpty
        for server in self.hops.rows.compactMap(\.server) {
            sentences.append(
                "“摄像机”一行由 \(server.key) 提供 · what is asked as the camera's own stream is served by \(server.key) "
                    + "(\(server.kind.rawValue)): it is that one's word of the camera"
            )
        }
        if isQuiet {
            let speaks = self.hops.rows.contains { $0.telling != nil }
            sentences.append(
                speaks
                    ? "各环节一致，未见中断 · no place fails, and none contradicts another"
                    : "当前没有有效观测 · nothing speaks for it now"
            )
        }
        return sentences
    }

    private static func title(_ row: HopTable.Row) -> String {
        let server = row.server.map { " (\($0.kind.rawValue) \($0.key))" } ?? ""
        return "\(row.hop.titleZH) \(row.hop.rawValue)\(server)"
    }

    /// The same for programs.
    public var json: JSONText {
        .object([
            "first_failing": Self.word(self.hops.firstFailing?.rawValue),
            "findings": .array(self.hops.findings.map { JSONText.string($0.rawValue) }),
            "rows": .array(self.hops.rows.map(Self.json)),
        ])
    }

    private static func json(_ row: HopTable.Row) -> JSONText {
        let shown = row.telling ?? row.latest
        let age: JSONText = row.ageMilliseconds.map { JSONText.integer($0) } ?? .null
        return .object([
            JSONText.Member("hop", .string(row.hop.rawValue)),
            JSONText.Member("asked", .bool(row.isAsked)),
            JSONText.Member("outcome", .string(row.outcome.name)),
            JSONText.Member("cause", Self.word(row.cause?.rawValue)),
            JSONText.Member("at", Self.word(shown?.at.text)),
            JSONText.Member("age_ms", age),
            JSONText.Member("latest_outcome", Self.word(row.latest?.outcome.name)),
            JSONText.Member("latest_at", Self.word(row.latest?.at.text)),
            JSONText.Member("confirmed_at", Self.word(row.confirmedAt?.text)),
            JSONText.Member(
                "served_by",
                row.server.map { .object(["key": .string($0.key), "kind": .string($0.kind.rawValue)]) }
                    ?? .null
            ),
        ])
    }

    private static func word(_ text: String?) -> JSONText { text.map(JSONText.string) ?? .null }
}

extension Hop {
    /// The trade's word.
    public var titleZH: String {
        switch self {
        case .direct: "摄像机"
        case .recorder: "录像机"
        case .gateway: "上云网关"
        case .platform: "云平台"
        }
    }
}

extension HopTable.Finding {
    /// In Chinese.
    public var titleZH: String {
        switch self {
        case .cloudStale: "摄像机正常，云端画面停滞"
        case .notPushed: "摄像机正常，未推流上云"
        case .platformAway: "摄像机正常，云平台无法访问"
        case .cloudPlaysOn: "摄像机无视频，云端仍在播放：可能是录像、其他信号源，或仅本系统到摄像机不通"
        case .directMisaddressed: "云端正常播放，直连摄像机的地址、端口或路径有误"
        case .lostOnTheWay: "摄像机正常，中途环节无视频"
        }
    }

    /// In English.
    public var titleEN: String {
        switch self {
        case .cloudStale: "the camera plays, the platform's copy stands still"
        case .notPushed: "the camera plays, nobody pushes it to the platform"
        case .platformAway: "the camera plays, the platform cannot be reached or does not answer rightly"
        case .cloudPlaysOn:
            "the camera is dark, its copy plays on: a recording, another source, or it is dark to us only"
        case .directMisaddressed:
            "the copy plays; where we ask the camera itself is wrong: its name, port, path or TLS"
        case .lostOnTheWay: "the camera plays, and is lost on the way to the platform"
        }
    }
}
