public import WaysideCore

/// The morning page (运维日报): one paragraph, and a table by unit.
public struct DailyBrief: Sendable {
    private let inventory: Inventory
    private let today: DailyBriefDay
    private let yesterday: DailyBriefDay?
    /// The units of the table, and of the best and the worst: by key.
    private let units: [Organization]

    /// How many units are named as best and as worst at most; none is named as both.
    private static let named = 3

    /// A page.
    ///
    /// - Parameters:
    ///   - today: The day.
    ///   - yesterday: The day before it by the same rule; `nil` leaves every change out.
    ///   - inventory: The devices and organizations.
    ///   - unitKind: What the table has a row for; `nil` takes road companies where there are several with devices, else
    ///     road sections, else sub-centres.
    public init(
        _ today: DailyBriefDay,
        yesterday: DailyBriefDay?,
        inventory: Inventory,
        unitKind: Organization.Kind? = nil
    ) {
        (self.inventory, self.today, self.yesterday) = (inventory, today, yesterday)
        func units(_ kind: Organization.Kind) -> [Organization] {
            inventory.organizations.filter { $0.kind == kind && today.units[$0.key] != nil }
        }
        let kinds: [Organization.Kind] = [.company, .section, .subcentre]
        let kind =
            unitKind ?? kinds.first { units($0).count > 1 } ?? kinds.first { !units($0).isEmpty } ?? .province
        self.units = units(kind)
    }

    // MARK: - The paragraph

    /// The paragraph in Chinese.
    public var paragraphZH: String {
        var text = DailyBriefWording.zh(self.today.sheet.day)
        if let until = self.today.sheet.until {
            text += "（暂定，截至\(until.text.dropFirst(11).prefix(5))）"
        } else if self.today.sheet.isProvisional {
            text += "（暂定）"
        }
        text += "，全省\(self.companyCount)家路公司、\(self.roadCount)条路线共接入视频\(self.today.all.devices)路"
        if self.today.all.newlyAccessed > 0 { text += "（当日新增\(self.today.all.newlyAccessed)路）" }
        text += "。考核在线率\(DailyBriefWording.zh(self.today.allFigures))"
        if let change = self.change { text += "，较前一日\(DailyBriefWording.zh(points: change))" }
        text += "；原始在线率\(self.today.allFigures?.raw.text ?? "—")。"
        let ranking = self.ranking
        let count = self.namedCount(ranking)
        if count > 0 {
            text += "在线率较高的单位：\(self.list(ranking.prefix(count), zh: true))；"
            text += "较低的单位：\(self.list(ranking.suffix(count).reversed(), zh: true))。"
        }
        let all = self.today.all
        text += "异常\(all.abnormal.occurred)起"
        if let before = self.yesterday?.all {
            text += "，较前一日\(DailyBriefWording.zh(count: all.abnormal.occurred - before.abnormal.occurred))"
        }
        text += "，修复\(all.abnormal.restored)起，尚余\(all.abnormal.current)路；离线\(all.offline.occurred)起"
        if let before = self.yesterday?.all {
            text += "，较前一日\(DailyBriefWording.zh(count: all.offline.occurred - before.offline.occurred))"
        }
        text += "，恢复\(all.offline.restored)起，尚余\(all.offline.current)路。"
        return text
    }

    /// The paragraph in English.
    public var paragraphEN: String {
        let all = self.today.all
        var text = "\(self.today.sheet.day)"
        if let until = self.today.sheet.until {
            text += " (provisional, until \(until.text.dropFirst(11).prefix(5)))"
        } else if self.today.sheet.isProvisional {
            text += " (provisional)"
        }
        let companies = DailyBriefWording.en(self.companyCount, "road company", "road companies")
        let roads = DailyBriefWording.en(self.roadCount, "road", "roads")
        text += ": \(companies), \(roads), \(DailyBriefWording.en(all.devices, "channel", "channels"))"
        if all.newlyAccessed > 0 { text += " (\(all.newlyAccessed) new)" }
        text += ". Assessed online rate \(DailyBriefWording.en(self.today.allFigures))"
        if let change = self.change { text += ", \(DailyBriefWording.en(points: change)) on the day before" }
        text += "; raw \(self.today.allFigures?.raw.text ?? "—")."
        let ranking = self.ranking
        let count = self.namedCount(ranking)
        if count > 0 {
            text += " Best: \(self.list(ranking.prefix(count), zh: false))."
            text += " Worst: \(self.list(ranking.suffix(count).reversed(), zh: false))."
        }
        text += " Abnormal: \(self.words(all.abnormal, self.yesterday?.all.abnormal, restored: "repaired"))."
        text += " Offline: \(self.words(all.offline, self.yesterday?.all.offline, restored: "restored"))."
        return text
    }

    private func words(
        _ today: DailyBriefFigures.Occurrences,
        _ before: DailyBriefFigures.Occurrences?,
        restored: String
    ) -> String {
        let change = before.map { " (\(DailyBriefWording.en(count: today.occurred - $0.occurred)))" } ?? ""
        return "\(today.occurred)\(change), \(today.restored) \(restored), \(today.current) left"
    }

    private var change: Int64? {
        DailyBriefWording.change(self.today.allFigures, since: self.yesterday?.allFigures)
    }

    private var companyCount: Int {
        self.inventory.organizations.count { $0.kind == .company && self.today.units[$0.key] != nil }
    }

    private var roadCount: Int { self.today.sheet.groups.count { $0.kind == .road } }

    /// The units with an assessable rate, best first; equal ones by key.
    private var ranking: [(unit: Organization, rate: OnlineRate)] {
        self.units.compactMap { unit in
            self.today.figures(of: unit.key).flatMap { $0.isAssessable ? (unit, $0.assessed) : nil }
        }.sorted { left, right in
            let (one, other) = (left.rate.billionths ?? 0, right.rate.billionths ?? 0)
            return one == other ? left.unit.key.isBefore(right.unit.key) : one > other
        }
    }

    /// Where all are equal none is better.
    private func namedCount(_ ranking: [(unit: Organization, rate: OnlineRate)]) -> Int {
        guard let best = ranking.first, let worst = ranking.last,
            best.rate.billionths != worst.rate.billionths
        else {
            return 0
        }
        return min(Self.named, ranking.count / 2)
    }

    private func list(_ units: some Sequence<(unit: Organization, rate: OnlineRate)>, zh: Bool) -> String {
        units.map { "\($0.unit.name)\(zh ? "" : " ")\($0.rate.text)" }.joined(separator: zh ? "、" : ", ")
    }

    // MARK: - The table

    /// A row for each unit, and one for all.
    public var table: Table {
        let rows = self.units.map { unit in
            self.row(
                unit.key,
                unit.name,
                self.today.units[unit.key] ?? DailyBriefFigures(),
                self.today.figures(of: unit.key),
                self.yesterday?.figures(of: unit.key),
                self.yesterday?.units[unit.key]
            )
        }
        return Table(
            columns: Self.columns,
            rows: rows + [
                self.row(
                    "all",
                    "合计",
                    self.today.all,
                    self.today.allFigures,
                    self.yesterday?.allFigures,
                    self.yesterday?.all
                )
            ]
        )
    }

    private static let columns = [
        Table.Column("unit", "单位代码"), Table.Column("name", "单位"), number("devices", "接入"),
        number("newly_accessed", "新增"), number("online", "在线"), number("online_rate", "在线率"),
        number("online_change", "在线较前日"), number("offline_occurred", "离线起数"),
        number("offline_restored", "恢复"),
        number("offline_current", "现离线"), number("offline_rate", "离线占比"), number("offline_change", "离线较前日"),
        number("abnormal_occurred", "异常起数"), number("abnormal_repaired", "修复"),
        number("abnormal_current", "现异常"),
        number("abnormal_rate", "异常占比"), number("abnormal_change", "异常较前日"), number("coverage", "覆盖率"),
    ]

    private static func number(_ key: String, _ heading: String) -> Table.Column {
        Table.Column(key, heading, isNumeric: true)
    }

    private func row(
        _ key: String,
        _ name: String,
        _ figures: DailyBriefFigures,
        _ rates: RateSheet.Figures?,
        _ ratesBefore: RateSheet.Figures?,
        _ before: DailyBriefFigures?
    ) -> [Table.Cell] {
        let change = DailyBriefWording.change(rates, since: ratesBefore)
        return [
            .text(key), .text(name), .integer(Int64(figures.devices)), .integer(Int64(figures.newlyAccessed)),
            .integer(Int64(figures.online)), .text(DailyBriefWording.zh(rates)),
            Table.Cell(change.map(DailyBriefWording.signed(points:))),
        ] + Self.cells(figures.offline, before?.offline, of: figures.devices)
            + Self.cells(figures.abnormal, before?.abnormal, of: figures.devices) + [
                Table.Cell(rates?.coverage.text)
            ]
    }

    /// Occurrences, restored, current, current of all devices, and the change of occurrences on the day before.
    private static func cells(
        _ today: DailyBriefFigures.Occurrences,
        _ before: DailyBriefFigures.Occurrences?,
        of devices: Int
    ) -> [Table.Cell] {
        let share = OnlineRate(
            numerator: Int64(today.current) * 1_000,
            denominator: Int64(devices) * 1_000,
            unit: .device
        )
        return [
            .integer(Int64(today.occurred)), .integer(Int64(today.restored)), .integer(Int64(today.current)),
            .text(share.text), Table.Cell(before.map { Int64(today.occurred - $0.occurred) }),
        ]
    }

    // MARK: - Whole

    /// Paragraphs, rule and table.
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
            "paragraph": .object(["zh": .string(self.paragraphZH), "en": .string(self.paragraphEN)]),
            "units": self.table.json,
        ])
    }

    /// For the terminal: heading, paragraphs and table.
    public var text: String {
        let rule = self.today.sheet.rule
        return
            "运维日报  \(self.today.sheet.day)  \(rule.titleZH) (\(rule.id) v\(rule.version))\n\n\(self.paragraphZH)\n"
            + "\(self.paragraphEN)\n\n\(self.table.text)"
    }
}
