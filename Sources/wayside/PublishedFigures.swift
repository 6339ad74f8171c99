internal import Foundation
internal import WaysideCore
internal import WaysideReports
internal import WaysideStore

/// The figures of a published report, read back from its own JSON (已发布数字).
struct PublishedFigures: Decodable {
    struct Rate: Decodable {
        let num: Int64
        let den: Int64
        let unit: String

        var rate: OnlineRate {
            OnlineRate(
                numerator: self.num,
                denominator: self.den,
                unit: OnlineRate.Unit(rawValue: self.unit) ?? .millisecond
            )
        }
    }

    struct Group: Decodable {
        let kind: String
        let key: String
        let devices: Int
        let raw: Rate
        let assessed: Rate
        let coverage: Rate
        let assessable: Bool
        let grade: String?
    }

    let groups: [Group]

    init(_ bytes: [UInt8]) throws {
        self = try JSONDecoder().decode(PublishedFigures.self, from: Data(bytes))
    }

    private var byGroup: [RateGroupKey: Group] {
        Dictionary(
            self.groups.compactMap { group in
                RateSheet.GroupKind(rawValue: group.kind).map { (RateGroupKey($0, group.key), group) }
            }
        ) { first, _ in first }
    }

    /// A line for each group: what was published, and what another revision, or today's knowledge, says.
    func beside(
        _ other: [RateGroupKey: OnlineRate],
        title: (key: String, heading: String),
        inventory: Inventory
    ) -> Table {
        let own = self.byGroup
        let keys = Set(own.keys).union(other.keys).sorted { $0.isBefore($1) }
        return Table(
            columns: [
                Table.Column("kind", "分组"), Table.Column("key", "代码"), Table.Column("name", "名称"),
                Table.Column("devices", "设备数", isNumeric: true),
                Table.Column("published", "已发布", isNumeric: true),
                Table.Column("coverage", "覆盖率", isNumeric: true), Table.Column("grade", "等级"),
                Table.Column(title.key, title.heading, isNumeric: true),
                Table.Column("points", "差(百分点)", isNumeric: true),
            ],
            rows: keys.map { key in
                let group = own[key]
                return [
                    .text(key.kind.titleZH), .text(key.key),
                    .text(inventory.organization(key: key.key)?.name ?? key.key),
                    Table.Cell(group.map { Int64($0.devices) }), Table.Cell(group?.assessed.rate.text),
                    Table.Cell(group?.coverage.rate.text), Table.Cell(group?.grade),
                    Table.Cell(other[key]?.text),
                    Table.Cell(
                        group.flatMap { found in other[key].flatMap { found.assessed.rate.points(to: $0) } }
                    ),
                ]
            }
        )
    }

    /// The assessed rate of each group.
    var assessed: [RateGroupKey: OnlineRate] { self.byGroup.mapValues { $0.assessed.rate } }
}
