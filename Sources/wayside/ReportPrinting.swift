internal import Foundation
internal import WaysideCore
internal import WaysideFiles
internal import WaysideReports
internal import WaysideStore

/// Reports in every form (报表输出).
struct ReportPrinting: Sendable {
    let assessing: Assessing
    let organization: String?

    /// A report in its form.
    enum Printed {
        case text(String)
        case bytes([UInt8])

        /// Writes it there, or to standard output.
        func write(to path: String?) throws {
            let bytes =
                switch self {
                case .text(let text): Array(text.utf8)
                case .bytes(let bytes): bytes
                }
            guard let path else { return Output.write(bytes: bytes, to: 1) }
            do {
                // Renaming over a device or a link would put a plain file in its place.
                let kind =
                    try? FileManager.default.attributesOfItem(atPath: path)[.type] as? FileAttributeType
                let isPlain = kind == nil || kind == .typeRegular
                try Data(bytes).write(to: URL(filePath: path), options: isPlain ? .atomic : [])
            } catch {
                throw Ending.asked("\(path) cannot be written; name another file with --out")
            }
            Output.note("\(path): written")
        }
    }

    /// A day.
    func daily(
        _ rule: RateRule,
        _ day: ServiceDay,
        asKnownAt: Timestamp?,
        as format: ReportFormat
    ) async throws -> Printed {
        if let first = try await StatusQueries(self.assessing.store).firstDay(), day < first {
            throw Assessing.Refusal.beforeFirst(day, first: first)
        }
        let ground = try await self.assessing.ground(rule, day, asKnownAt: asKnownAt)
        let report = try DailyRateReport(ground, organization: self.organization)
        switch format {
        case .json: return .text(report.json.pretty + "\n")
        case .csv: return .text(report.devices.csv)
        case .table: return .text(report.text)
        case .html, .xlsx, .pdf:
            let brief = try await self.brief(rule, day, ground, asKnownAt: asKnownAt)
            return try self.printed(report.document(brief: brief), as: format, at: ground.knownAt)
        }
    }

    /// The morning page; the whole network's, so not for one organization.
    private func brief(
        _ rule: RateRule,
        _ day: ServiceDay,
        _ ground: Assessing.Ground,
        asKnownAt: Timestamp?
    ) async throws -> DailyBrief? {
        guard self.organization == nil else { return nil }
        var yesterday: DailyBriefDay?
        if let first = try await StatusQueries(self.assessing.store).firstDay(), first < day {
            yesterday = try await self.assessing.ground(rule, day.previous, asKnownAt: asKnownAt).briefDay()
        }
        return DailyBrief(try ground.briefDay(), yesterday: yesterday, inventory: ground.inventory)
    }

    /// A longer period.
    func period(
        _ rule: RateRule,
        _ period: ServicePeriod,
        asKnownAt: Timestamp?,
        as format: ReportFormat
    ) async throws -> Printed {
        let readings = PeriodReading(assessing: self.assessing)
        let reading = try await readings.read(
            rule,
            period,
            organization: self.organization,
            asKnownAt: asKnownAt,
            needsDevices: format != .table
        )
        let report = PeriodReport(
            reading.sheet,
            days: reading.days,
            previous: try await self.before(rule, period, readings, asKnownAt: asKnownAt),
            inventory: try await self.assessing.inventories.current(),
            organization: self.organization
        )
        switch format {
        case .table: return .text(report.text)
        case .json: return .text(report.json.pretty + "\n")
        case .csv: return .text(report.devices.csv)
        case .html, .xlsx, .pdf:
            let known = try await PostgresLedger(self.assessing.store, journal: self.assessing.journal)
                .knownUntil()
            return try self.printed(report.document, as: format, at: known ?? period.span.end)
        }
    }

    /// What the period before came to; `nil` when nothing is known of it.
    private func before(
        _ rule: RateRule,
        _ period: ServicePeriod,
        _ readings: PeriodReading,
        asKnownAt: Timestamp?
    ) async throws -> RateSheet.Figures? {
        do {
            return try await readings.read(
                rule,
                period.previous,
                organization: self.organization,
                asKnownAt: asKnownAt,
                needsDevices: false
            ).sheet.whole(of: self.organization)?.figures
        } catch is Assessing.Refusal {
            return nil
        }
    }

    private func printed(_ document: ReportDocument, as format: ReportFormat, at made: Timestamp) throws
        -> Printed
    {
        switch format {
        case .html: .text(document.html)
        case .xlsx: .bytes(try DocumentFiles.workbook(document, at: made))
        case .pdf: .bytes(try DocumentFiles.pdf(document, at: made))
        case .table, .json, .csv: .text("")
        }
    }

    // MARK: - What was published

    /// A line for each report, beside what is known now.
    func list(_ reports: [PublishedReport], rules: Rules) async throws -> Table {
        var rows: [[Table.Cell]] = []
        var seen: Set<String> = []
        for report in reports {
            let isLatest = seen.insert(report.id).inserted
            let now = isLatest ? try await self.now(report, rules: rules) : nil
            rows.append([
                .text(report.id), .integer(Int64(report.revision)), .text(report.assessed.text),
                Table.Cell(now?.text), Table.Cell(now.flatMap { report.assessed.points(to: $0) }),
                .flag(report.isProvisional), .text(report.cutOffAt.text), .text(report.publishedAt.text),
                .text(report.publishedBy), Table.Cell(report.reason),
            ])
        }
        return Table(
            columns: [
                Table.Column("id", "报表"), Table.Column("revision", "版", isNumeric: true),
                Table.Column("published", "已发布", isNumeric: true),
                Table.Column("known_now", "现知", isNumeric: true),
                Table.Column("points", "差(百分点)", isNumeric: true), Table.Column("provisional", "暂定"),
                Table.Column("cut_off_at", "截止"), Table.Column("published_at", "发布"),
                Table.Column("published_by", "发布人"), Table.Column("reason", "理由"),
            ],
            rows: rows
        )
    }

    /// The assessed rate as known now; `nil` when the rule is no longer in the folder.
    private func now(_ report: PublishedReport, rules: Rules) async throws -> OnlineRate? {
        let entry = rules.entries.first { $0.rule.id == report.rule && $0.rule.version == report.ruleVersion }
        guard let rule = entry?.rule else { return nil }
        let reading = try await PeriodReading(assessing: self.assessing).read(
            rule,
            report.period,
            organization: report.organization,
            needsDevices: false
        )
        return reading.sheet.whole(of: report.organization)?.figures.assessed
    }

    /// The heading of a published report.
    static func heading(of report: PublishedReport) -> String {
        var text = "\(report.id)  版 revision \(report.revision)\n"
        text += "口径 rule \(report.rule) v\(report.ruleVersion)  考核 assessed \(report.assessed.text)\n"
        text += "截止 cut-off \(report.cutOffAt)  发布 published \(report.publishedAt) by \(report.publishedBy)\n"
        if let reason = report.reason { text += "理由 reason: \(reason)\n" }
        if report.isProvisional { text += "暂定 provisional\n" }
        return text + "输入 inputs sha256 \(report.inputsSHA256)\n数字 figures sha256 \(report.figuresSHA256)\n"
    }

    /// What stands at the top of a report's evidence file.
    static func evidenceHeading(of report: PublishedReport, days: [ServiceDay]) -> EvidenceHeading {
        EvidenceHeading(
            report: report.id,
            revision: report.revision,
            period: report.period,
            days: days,
            organization: report.organization,
            cutOffAt: report.cutOffAt,
            publishedAt: report.publishedAt,
            publishedBy: report.publishedBy,
            reason: report.reason,
            inputsSHA256: report.inputsSHA256,
            figuresSHA256: report.figuresSHA256
        )
    }
}
