public import WaysideCore

/// A device's outage inside a day (中断): a stretch of one class that is not online.
public struct DayOutage: Hashable, Sendable {
    /// The device's key.
    public let device: String
    /// The device's name.
    public let name: String
    /// When, inside the day.
    public let span: Span
    /// Of which class.
    public let timeClass: TimeClass
    /// Whether it was still going on where the figures end.
    public let isOpen: Bool

    /// An outage.
    public init(device: String, name: String, span: Span, timeClass: TimeClass, isOpen: Bool) {
        (self.device, self.name, self.span, self.timeClass, self.isOpen) = (
            device, name, span, timeClass, isOpen
        )
    }
}

/// A day's sheet with its outages (在线率日报), for the terminal, CSV and JSON.
public struct DailyRateReport: Sendable {
    private let sheet: RateSheet
    private let outages: [DayOutage]
    private let inventory: Inventory
    private let organization: String?

    /// A report of the sheet; with an organization only of its devices.
    public init(_ sheet: RateSheet, outages: [DayOutage], inventory: Inventory, organization: String? = nil) {
        self.organization = organization
        self.inventory = inventory
        guard let organization else {
            (self.sheet, self.outages) = (sheet, outages)
            return
        }
        let members = Set(
            inventory.devices.filter { device in
                device.assignment(on: sheet.day).organization.map {
                    inventory.ancestry(ofOrganization: $0).contains(organization)
                } ?? false
            }.map(\.key)
        )
        var narrowed = sheet
        narrowed.devices = sheet.devices.filter { members.contains($0.device) }
        narrowed.groups = sheet.groups.filter {
            $0.kind == .organization && inventory.ancestry(ofOrganization: $0.key).contains(organization)
        }
        self.sheet = narrowed
        self.outages = outages.filter { members.contains($0.device) }
    }

    /// The sheet's JSON with the outages beside it.
    public var json: JSONText {
        guard case .object(let members) = RateSheetReport(self.sheet).json else { return .null }
        return .object(members + [JSONText.Member("outages", .array(self.outages.map(self.json(of:))))])
    }

    private func json(of outage: DayOutage) -> JSONText {
        .object([
            "device": .string(outage.device), "name": .string(outage.name),
            "from": .string(outage.span.start.text),
            "to": outage.isOpen ? .null : .string(outage.span.end.text),
            "duration_ms": .integer(outage.span.milliseconds), "class": .string(outage.timeClass.name),
        ])
    }

    /// A line for each device.
    public var devices: Table { RateSheetReport(self.sheet).devices }

    /// A line for each outage.
    public var outageTable: Table {
        Table(
            columns: [
                Table.Column("name", "设备"), Table.Column("class", "类别"), Table.Column("from", "自"),
                Table.Column("to", "至"), Table.Column("duration", "时长", isNumeric: true),
            ],
            rows: self.outages.map { outage in
                [
                    .text(outage.name), .text(outage.timeClass.titleZH), .text(outage.span.start.timeOfDay),
                    .text(outage.isOpen ? "持续中" : outage.span.end.timeOfDay),
                    .text(Self.words(outage.span.milliseconds)),
                ]
            }
        )
    }

    /// The whole report for the terminal.
    public var text: String {
        let rule = self.sheet.rule
        var text = "\(self.sheet.day)  \(rule.titleZH) · \(rule.titleEN)\n"
        text += "口径 rule \(rule.id) v\(rule.version)  sha256 \(rule.sha256.prefix(12))\n"
        if let until = self.sheet.until { text += "截至 until \(until)\n" }
        if self.sheet.isProvisional { text += "暂定，日结后可能变化 · provisional\n" }
        text += "\n" + self.groupTable.text
        if self.outages.isEmpty {
            text += "\n无中断 · no outages\n"
        } else {
            text += "\n中断 outages (\(self.outages.count))\n" + self.outageTable.text
        }
        return text
    }

    /// The groups with the names people use.
    private var groupTable: Table {
        GroupNames(self.inventory).table(self.sheet.groups, under: self.sheet.rule)
    }

    /// The whole report as headings and tables. The sentences and the table by unit of the same day's morning page stand
    /// first, if it is given.
    public func document(brief: DailyBrief?) -> ReportDocument {
        let rule = self.sheet.rule
        var document = ReportDocument(
            title: "在线率日报 \(self.sheet.day)",
            subtitle: "\(rule.titleZH) · \(rule.titleEN)"
        )
        document.facts = [
            ("口径 rule", "\(rule.id) v\(rule.version)"), ("规则散列 sha256", rule.sha256),
            ("出处 citation", rule.citation),
        ]
        if let until = self.sheet.until { document.facts.append(("截至 until", until.text)) }
        if self.sheet.isProvisional { document.facts.append(("状态 state", "暂定 provisional")) }
        if let brief {
            document.paragraphs = [brief.paragraphZH, brief.paragraphEN]
            document.sections.append(ReportDocument.Section("单位 units", brief.table))
        }
        document.sections += [
            ReportDocument.Section("分组 groups", self.groupTable),
            ReportDocument.Section("中断 outages", self.outageTable),
            ReportDocument.Section("设备 devices", self.devices),
        ]
        return document
    }

    /// `1:02:03.456`, without hours where there are none.
    public static func words(_ milliseconds: Int64) -> String {
        func two(_ number: Int64) -> String { (number < 10 ? "0" : "") + String(number) }
        let (hours, minutes) = (milliseconds / 3_600_000, milliseconds / 60_000 % 60)
        let seconds = milliseconds / 1_000 % 60
        let thousandths = String(1_000 + milliseconds % 1_000).dropFirst()
        return (hours > 0 ? "\(hours):\(two(minutes))" : "\(minutes)") + ":\(two(seconds)).\(thousandths)"
    }
}

extension Timestamp {
    /// `HH:MM:SS.mmm` of the local day; the day's end is `24:00:00.000` only by its date, so it prints as `00:00:00.000`.
    public var timeOfDay: String { String(self.text.dropFirst(11).prefix(12)) }
}

extension RateSheet.GroupKind {
    /// The kind in Chinese.
    public var titleZH: String {
        switch self {
        case .all: "全部"
        case .organization: "单位"
        case .maintainer: "运维单位"
        case .road: "路线"
        case .positionClass: "点位类别"
        }
    }
}
