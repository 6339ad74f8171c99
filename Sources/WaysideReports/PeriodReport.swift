public import WaysideCore

/// A period's sheet as people read it (周报、月报): rates of all groups, every day's rate, and what changed on the period
/// before.
public struct PeriodReport: Sendable {
    /// One day's figures of the whole report.
    public struct DayFigures: Hashable, Sendable {
        /// Which day.
        public var day: ServiceDay
        /// What it came to; `nil` when it was never kept.
        public var figures: RateSheet.Figures?

        /// A day.
        public init(day: ServiceDay, figures: RateSheet.Figures?) {
            (self.day, self.figures) = (day, figures)
        }
    }

    private let sheet: PeriodSheet
    private let days: [DayFigures]
    private let previous: RateSheet.Figures?
    private let inventory: Inventory
    private let organization: String?

    /// A report of the whole sheet, or, with an organization, of its own part: with a point for each day, and what the
    /// period before came to.
    public init(
        _ sheet: PeriodSheet,
        days: [DayFigures],
        previous: RateSheet.Figures?,
        inventory: Inventory,
        organization: String? = nil
    ) {
        self.sheet = organization.map { sheet.narrowed(to: $0, in: inventory) } ?? sheet
        (self.days, self.previous) = (days, previous)
        (self.inventory, self.organization) = (inventory, organization)
    }

    /// The figures of the whole report.
    public var whole: RateSheet.Figures? { self.sheet.whole(of: self.organization)?.figures }

    /// The promised numbers, compact: what is hashed when a report is published.
    public static func figures(of sheet: PeriodSheet, organization: String?) -> JSONText {
        .object([
            "period": .string(sheet.period.kind.rawValue),
            "name": .string(sheet.period.description),
            "first_day": .string(sheet.period.first.description),
            "last_day": .string(sheet.period.last.description),
            "days": .array(sheet.days.map { .string($0.description) }),
            "until": sheet.until.map { .string($0.text) } ?? .null,
            "provisional": .bool(sheet.isProvisional),
            "rule": .object([
                "id": .string(sheet.rule.id), "version": .integer(Int64(sheet.rule.version)),
                "sha256": .string(sheet.rule.sha256),
            ]),
            "organization": organization.map(JSONText.string) ?? .null,
            "devices": .array(sheet.devices.map { RateSheetReport.json(of: $0, facet: sheet.rule.facet) }),
            "groups": .array(sheet.groups.map(RateSheetReport.json(of:))),
        ])
    }

    /// The numbers with every day's beside them.
    public var json: JSONText {
        guard case .object(let members) = Self.figures(of: self.sheet, organization: self.organization) else {
            return .null
        }
        let days = self.days.map { day in
            JSONText.object([
                "day": .string(day.day.description), "raw": day.figures?.raw.json,
                "assessed": day.figures?.assessed.json, "coverage": day.figures?.coverage.json,
                "assessable": day.figures.map { .bool($0.isAssessable) },
            ])
        }
        return .object(
            members + [
                JSONText.Member("by_day", .array(days)),
                JSONText.Member("previous", self.previous?.assessed.json ?? .null),
            ]
        )
    }

    /// A line for each device.
    public var devices: Table { RateSheetReport.table(of: self.sheet.devices, under: self.sheet.rule) }

    /// A line for each group, with the names people use.
    public var groups: Table {
        GroupNames(self.inventory).table(self.sheet.groups, under: self.sheet.rule)
    }

    /// A line for each day.
    public var byDay: Table {
        Table(
            columns: [
                Table.Column("day", "日期"), Table.Column("raw", "原始在线率", isNumeric: true),
                Table.Column("assessed", "考核在线率", isNumeric: true),
                Table.Column("coverage", "覆盖率", isNumeric: true),
            ],
            rows: self.days.map { day in
                [
                    .text(day.day.description), Table.Cell(day.figures?.raw.text),
                    .text(day.figures == nil ? "无数据 none" : DailyBriefWording.zh(day.figures)),
                    Table.Cell(day.figures?.coverage.text),
                ]
            }
        )
    }

    /// The whole report as headings, sentences, tables and a chart.
    public var document: ReportDocument {
        var document = ReportDocument(
            title: "\(self.sheet.period.kind.reportTitleZH) \(self.sheet.period)",
            subtitle: "\(self.sheet.rule.titleZH) · \(self.sheet.rule.titleEN)"
        )
        document.facts = [
            ("口径 rule", "\(self.sheet.rule.id) v\(self.sheet.rule.version)"),
            ("规则散列 sha256", self.sheet.rule.sha256),
            ("出处 citation", self.sheet.rule.citation),
            ("范围 scope", self.scopeName),
            ("周期 period", "\(self.sheet.period.first) – \(self.sheet.period.last)"),
        ]
        if let until = self.sheet.until { document.facts.append(("截至 until", until.text)) }
        if self.sheet.isProvisional { document.facts.append(("状态 state", "暂定 provisional")) }
        document.paragraphs = [self.sentenceZH, self.sentenceEN]
        document.sections = [
            ReportDocument.Section("分组 groups", self.groups), ReportDocument.Section("逐日 by day", self.byDay),
            ReportDocument.Section("设备 devices", self.devices),
        ]
        func percent(_ rate: (RateSheet.Figures) -> OnlineRate) -> [Double?] {
            self.days.map { day in
                day.figures.flatMap { rate($0).basisPoints }.map { Double($0) / 100 }
            }
        }
        document.chart = ReportDocument.Chart(
            title: "在线率逐日变化 online rate by day (%)",
            labels: self.days.map { String($0.day.description.suffix(5)) },
            series: [
                (name: "考核 assessed", values: percent(\.assessed)),
                (name: "原始 raw", values: percent(\.raw)),
            ]
        )
        return document
    }

    private var scopeName: String {
        self.organization.map { self.inventory.organization(key: $0)?.name ?? $0 } ?? "全部 all"
    }

    private var sentenceZH: String {
        let whole = self.sheet.whole(of: self.organization)
        var text =
            "\(self.sheet.period)，\(self.scopeName)共考核\(whole?.devices ?? 0)路，考核在线率\(DailyBriefWording.zh(whole?.figures))"
        if let change = DailyBriefWording.change(whole?.figures, since: self.previous) {
            text += "，较上期\(DailyBriefWording.zh(points: change))"
        }
        text += "；原始在线率\(whole?.figures.raw.text ?? "—")，覆盖率\(whole?.figures.coverage.text ?? "—")。"
        if self.sheet.days.count < self.sheet.period.dayCount {
            text += "本期\(self.sheet.period.dayCount)天中有\(self.sheet.days.count)天的数据。"
        }
        return text
    }

    private var sentenceEN: String {
        let whole = self.sheet.whole(of: self.organization)
        var text =
            "\(self.sheet.period): \(whole?.devices ?? 0) devices, assessed online rate \(DailyBriefWording.en(whole?.figures))"
        if let change = DailyBriefWording.change(whole?.figures, since: self.previous) {
            text += ", \(DailyBriefWording.en(points: change)) on the period before"
        }
        text += "; raw \(whole?.figures.raw.text ?? "—"), coverage \(whole?.figures.coverage.text ?? "—")."
        if self.sheet.days.count < self.sheet.period.dayCount {
            text += " \(self.sheet.days.count) of \(self.sheet.period.dayCount) days are in the figures."
        }
        return text
    }

    /// The report for the terminal.
    public var text: String {
        let document = self.document
        var text = "\(document.title)  \(document.subtitle)\n"
        text += document.facts.filter { $0.name != "出处 citation" && !$0.name.hasPrefix("规则") }
            .map { "\($0.name) \($0.value)\n" }.joined()
        text += "\n" + document.paragraphs.joined(separator: "\n") + "\n\n" + self.groups.text
        return text + "\n逐日 by day\n" + self.byDay.text
    }
}

extension PeriodSheet {
    /// Only the organization's devices, and the groups of it and of those below it.
    public func narrowed(to organization: String, in inventory: Inventory) -> PeriodSheet {
        var narrowed = self
        let members = Set(
            inventory.devices.filter { device in
                self.days.contains { day in
                    device.assignment(on: day).organization.map {
                        inventory.ancestry(ofOrganization: $0).contains(organization)
                    } ?? false
                }
            }.map(\.key)
        )
        narrowed.devices = self.devices.filter { members.contains($0.device) }
        narrowed.groups = self.groups.filter {
            $0.kind == .organization && inventory.ancestry(ofOrganization: $0.key).contains(organization)
        }
        return narrowed
    }

    /// The row of everything that is shown: of the organization, or of all.
    public func whole(of organization: String?) -> RateSheet.GroupRow? {
        self.groups.first {
            organization == nil ? $0.kind == .all : $0.kind == .organization && $0.key == organization
        }
    }
}

extension ServicePeriod.Kind {
    /// What a report of it is called.
    public var reportTitleZH: String {
        switch self {
        case .day: "在线率日报"
        case .week: "在线率周报"
        case .month: "在线率月报"
        case .quarter: "在线率季报"
        case .year: "在线率年报"
        }
    }
}

/// What groups are called (分组名称).
struct GroupNames {
    private let inventory: Inventory

    init(_ inventory: Inventory) { self.inventory = inventory }

    func name(_ kind: RateSheet.GroupKind, _ key: String) -> String {
        switch kind {
        case .all: "全部"
        case .organization, .maintainer: self.inventory.organization(key: key)?.name ?? key
        case .positionClass: Self.positionClasses[Int(key) ?? -1] ?? key
        case .road: key
        }
    }

    /// A line for each group.
    func table(_ rows: [RateSheet.GroupRow], under rule: RateRule) -> Table {
        var table = RateSheetReport.table(of: rows, under: rule)
        table.rows = zip(rows, table.rows).map { group, row in
            [.text(group.kind.titleZH), .text(self.name(group.kind, group.key))] + row.dropFirst(2)
        }
        return table
    }

    private static let positionClasses = [
        0: "0 默认", 1: "1 沿线", 2: "2 桥梁", 3: "3 隧道", 4: "4 收费广场", 5: "5 收费站", 6: "6 服务区", 7: "7 ETC门架",
        8: "8 移动视频",
    ]
}
