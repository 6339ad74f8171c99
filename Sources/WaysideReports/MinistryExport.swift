public import WaysideCore

/// What goes to the ministry (部级上报): the camera sheet, the day's statistics, and the status list.
public struct MinistryExport: Sendable {
    private let inventory: Inventory
    private let today: DailyBriefDay
    private let yesterday: DailyBriefDay?
    private let statuses: [LiveStatus]
    private let records: [MinistryExportRecord]

    /// The day's export.
    ///
    /// - Parameters:
    ///   - inventory: The devices and organizations.
    ///   - today: The day.
    ///   - yesterday: The day before it by the same rule; `nil` leaves every change out.
    ///   - statuses: The live view as it is now.
    public init(
        inventory: Inventory,
        today: DailyBriefDay,
        yesterday: DailyBriefDay? = nil,
        statuses: [LiveStatus]
    ) {
        (self.inventory, self.today, self.yesterday, self.statuses) = (inventory, today, yesterday, statuses)
        self.records = inventory.devices.filter { $0.kind == .camera && $0.isInService(on: today.sheet.day) }
            .map {
                MinistryExportRecord($0, on: today.sheet.day, inventory: inventory)
            }
    }

    /// The cameras in service that day whose record is whole: the ministry's thirteen fields.
    public var cameras: Table {
        Table(
            columns: MinistryExportRecord.columns,
            rows: self.records.filter(\.problems.isEmpty).map(\.cells)
        )
    }

    /// The cameras in service that day that cannot be filed, and what is missing or wrong.
    public var incompleteCameras: Table {
        Table(
            columns: [
                Table.Column("device", "设备"), Table.Column("name", "名称"), Table.Column("organization", "单位"),
                Table.Column("missing", "缺失或有误的字段"),
            ],
            rows: self.records.filter { !$0.problems.isEmpty }.map { record in
                [
                    .text(record.device.key), .text(record.device.name),
                    Table.Cell(record.device.assignment(on: self.today.sheet.day).organization),
                    .text(record.problems.joined(separator: "; ")),
                ]
            }
        )
    }

    /// A row for each organization with devices of the sheet, and one for all.
    public var statistics: Table {
        let rows = self.inventory.organizations.compactMap { organization -> [Table.Cell]? in
            self.today.units[organization.key].map { figures in
                self.row(
                    organization.key,
                    organization.name,
                    figures,
                    self.today.figures(of: organization.key),
                    self.yesterday?.figures(of: organization.key)
                )
            }
        }
        return Table(
            columns: Self.statisticsColumns,
            rows: rows + [
                self.row("all", "合计", self.today.all, self.today.allFigures, self.yesterday?.allFigures)
            ]
        )
    }

    private static let statisticsColumns = [
        Table.Column("organization", "单位代码"), Table.Column("name", "单位"), Table.Column("day", "日期"),
        Table.Column("rule", "口径"), Table.Column("provisional", "暂定"),
        Table.Column("cameras", "接入", isNumeric: true),
        Table.Column("newly_accessed", "新增", isNumeric: true), Table.Column("online", "在线", isNumeric: true),
        Table.Column("online_rate", "考核在线率", isNumeric: true),
        Table.Column("online_rate_raw", "原始在线率", isNumeric: true),
        Table.Column("assessable", "可考核"), Table.Column("coverage", "覆盖率", isNumeric: true),
        Table.Column("online_rate_change", "较前日", isNumeric: true),
        Table.Column("offline_occurred", "离线起数", isNumeric: true),
        Table.Column("offline_restored", "恢复", isNumeric: true),
        Table.Column("offline_current", "现离线", isNumeric: true),
        Table.Column("abnormal_occurred", "异常起数", isNumeric: true),
        Table.Column("abnormal_repaired", "修复", isNumeric: true),
        Table.Column("abnormal_current", "现异常", isNumeric: true),
    ]

    private func row(
        _ key: String,
        _ name: String,
        _ figures: DailyBriefFigures,
        _ rates: RateSheet.Figures?,
        _ before: RateSheet.Figures?
    ) -> [Table.Cell] {
        let change = DailyBriefWording.change(rates, since: before)
        let rule = self.today.sheet.rule
        return [
            .text(key), .text(name), .text(self.today.sheet.day.description),
            .text("\(rule.id) v\(rule.version)"),
            .flag(self.today.sheet.isProvisional), .integer(Int64(figures.devices)),
            .integer(Int64(figures.newlyAccessed)), .integer(Int64(figures.online)),
            Table.Cell(rates?.assessed.text), Table.Cell(rates?.raw.text),
            .flag(rates?.isAssessable ?? false), Table.Cell(rates?.coverage.text),
            Table.Cell(change.map(DailyBriefWording.signed(points:))),
            .integer(Int64(figures.offline.occurred)),
            .integer(Int64(figures.offline.restored)), .integer(Int64(figures.offline.current)),
            .integer(Int64(figures.abnormal.occurred)), .integer(Int64(figures.abnormal.restored)),
            .integer(Int64(figures.abnormal.current)),
        ]
    }

    /// A row for each camera in service that day: what it is now by the facet of the rule; unknown where nobody has
    /// looked yet.
    public var statusList: Table {
        let facet = self.today.sheet.rule.facet
        let byDevice = Dictionary(
            self.statuses.filter { $0.facet == facet }.map { ($0.device, $0) },
            uniquingKeysWith: { first, _ in first }
        )
        return Table(
            columns: [
                Table.Column("cameraNum", "编号"), Table.Column("cameraName", "名称"),
                Table.Column("facet", "方面"),
                Table.Column("status", "状态"), Table.Column("since", "始于"), Table.Column("cause", "原因"),
                Table.Column("known_at", "获知于"),
            ],
            rows: self.records.map { record in
                let status = byDevice[record.device.id]
                return [
                    .text(record.device.key), .text(record.device.name), .text(facet.rawValue),
                    .text((status?.status ?? .unknown).name), Table.Cell(status?.since.text),
                    Table.Cell(status?.cause?.rawValue), Table.Cell(status?.knownAt.text),
                ]
            }
        )
    }

    /// All four tables.
    public var json: JSONText {
        .object([
            "day": .string(self.today.sheet.day.description),
            "until": self.today.sheet.until.map { .string($0.text) },
            "provisional": .bool(self.today.sheet.isProvisional),
            "rule": .object([
                "id": .string(self.today.sheet.rule.id),
                "version": .integer(Int64(self.today.sheet.rule.version)),
                "sha256": .string(self.today.sheet.rule.sha256),
            ]),
            "cameras": self.cameras.json, "incomplete_cameras": self.incompleteCameras.json,
            "statistics": self.statistics.json, "statuses": self.statusList.json,
        ])
    }
}
