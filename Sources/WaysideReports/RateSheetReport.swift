public import WaysideCore

/// A sheet as JSON, in the shape that is a promise, and as tables (考核表).
public struct RateSheetReport: Sendable {
    private let sheet: RateSheet

    /// The report of a sheet.
    public init(_ sheet: RateSheet) { self.sheet = sheet }

    /// The whole sheet.
    public var json: JSONText {
        .object([
            "day": .string(self.sheet.day.description),
            "until": self.sheet.until.map { .string($0.text) } ?? .null,
            "provisional": .bool(self.sheet.isProvisional),
            "rule": .object([
                "id": .string(self.sheet.rule.id),
                "version": .integer(Int64(self.sheet.rule.version)),
                "sha256": .string(self.sheet.rule.sha256),
            ]),
            "devices": .array(self.sheet.devices.map { Self.json(of: $0, facet: self.sheet.rule.facet) }),
            "groups": .array(self.sheet.groups.map(Self.json(of:))),
        ])
    }

    /// A device's figures.
    public static func json(of row: RateSheet.DeviceRow, facet: Facet) -> JSONText {
        .object(
            [
                JSONText.Member("device", .string(row.device)),
                JSONText.Member("facet", .string(facet.rawValue)),
                JSONText.Member("ms", Self.json(of: row.tally)),
            ] + Self.members(of: row.figures)
        )
    }

    /// A group's figures.
    public static func json(of row: RateSheet.GroupRow) -> JSONText {
        .object(
            [
                JSONText.Member("kind", .string(row.kind.rawValue)),
                JSONText.Member("key", .string(row.key)),
                JSONText.Member("devices", .integer(Int64(row.devices))),
                JSONText.Member("not_assessable", .integer(Int64(row.notAssessable))),
            ] + Self.members(of: row.figures)
        )
    }

    private static func members(of figures: RateSheet.Figures) -> [JSONText.Member] {
        var members = [
            JSONText.Member("raw", figures.raw.json),
            JSONText.Member("assessed", figures.assessed.json),
            JSONText.Member("coverage", figures.coverage.json),
            JSONText.Member("assessable", .bool(figures.isAssessable)),
        ]
        if let grade = figures.grade { members.append(JSONText.Member("grade", .string(grade))) }
        members.append(
            JSONText.Member("error", .object(["low": figures.low.json, "high": figures.high.json]))
        )
        return members
    }

    /// The eleven numbers by name.
    public static func json(of tally: DayTally) -> JSONText {
        .object(TimeClass.allCases.map { JSONText.Member($0.name, .integer(tally[$0])) })
    }

    /// A line for each group.
    public var groups: Table { Self.table(of: self.sheet.groups, under: self.sheet.rule) }

    /// A line for each of these groups.
    static func table(of rows: [RateSheet.GroupRow], under rule: RateRule) -> Table {
        Table(
            columns: [
                Table.Column("kind", "分组"), Table.Column("key", "名称"),
                Table.Column("devices", "设备数", isNumeric: true),
                Table.Column("not_assessable", "不可考核", isNumeric: true),
                Table.Column("raw", "原始在线率", isNumeric: true),
                Table.Column("assessed", "考核在线率", isNumeric: true),
                Table.Column("coverage", "覆盖率", isNumeric: true),
                Table.Column("error_low", "误差下限", isNumeric: true),
                Table.Column("error_high", "误差上限", isNumeric: true),
                Table.Column("grade", "等级"),
            ],
            rows: rows.map { row in
                [
                    .text(row.kind.rawValue), .text(row.key), .integer(Int64(row.devices)),
                    .integer(Int64(row.notAssessable)),
                ] + Self.cells(of: row.figures, under: rule)
            }
        )
    }

    /// A line for each device.
    public var devices: Table { Self.table(of: self.sheet.devices, under: self.sheet.rule) }

    /// A line for each of these devices.
    static func table(of rows: [RateSheet.DeviceRow], under rule: RateRule) -> Table {
        Table(
            columns: [Table.Column("device", "设备")]
                + TimeClass.allCases.map { Table.Column("\($0.name)_ms", $0.titleZH, isNumeric: true) }
                + [
                    Table.Column("raw", "原始在线率", isNumeric: true),
                    Table.Column("assessed", "考核在线率", isNumeric: true),
                    Table.Column("coverage", "覆盖率", isNumeric: true),
                    Table.Column("error_low", "误差下限", isNumeric: true),
                    Table.Column("error_high", "误差上限", isNumeric: true),
                    Table.Column("grade", "等级"),
                ],
            rows: rows.map { row in
                [.text(row.device)] + TimeClass.allCases.map { .integer(row.tally[$0]) }
                    + Self.cells(of: row.figures, under: rule)
            }
        )
    }

    /// Raw, assessed, coverage, the error bar and the grade, which says so when it lies within the error bar.
    public static func cells(of figures: RateSheet.Figures, under rule: RateRule) -> [Table.Cell] {
        let doubt = rule.isGradeCertain(figures) ? "" : " (误差内 within error)"
        return [
            .text(figures.raw.text),
            .text(figures.isAssessable ? figures.assessed.text : "不可考核 (\(figures.assessed.text))"),
            .text(figures.coverage.text), .text(figures.low.text), .text(figures.high.text),
            Table.Cell((figures.grade ?? (doubt.isEmpty ? nil : "—")).map { $0 + doubt }),
        ]
    }
}

extension OnlineRate {
    /// The two whole numbers, their unit and the cut text.
    public var json: JSONText {
        .object([
            "num": .integer(self.numerator), "den": .integer(self.denominator),
            "unit": .string(self.unit.rawValue),
            "text": .string(self.text),
        ])
    }
}

extension TimeClass {
    /// The class in Chinese.
    public var titleZH: String {
        switch self {
        case .online: "在线"
        case .abnormal: "异常"
        case .offline: "离线"
        case .upstream: "上级中断"
        case .unknown: "未知"
        case .exemptOnline: "报备·在线"
        case .exemptAbnormal: "报备·异常"
        case .exemptOffline: "报备·离线"
        case .exemptUpstream: "报备·上级中断"
        case .exemptUnknown: "报备·未知"
        case .uncommissioned: "未投用"
        }
    }
}
