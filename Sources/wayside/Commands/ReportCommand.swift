internal import ArgumentParser
internal import Foundation
internal import WaysideCore
internal import WaysideFiles
internal import WaysideReports
internal import WaysideStore

/// What goes out of the house (报表).
struct ReportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "报表 · Print reports of the online rate, publish them, and prove what was published.",
        discussion: """
              wayside report daily --day 2026-03-01
              wayside report monthly --day 2026-03-15 --rule contractor --format html --out march.html
              wayside report monthly --day 2026-03-15 --publish        freezes it with its evidence
              wayside report list                                      as published beside as known now
              wayside report evidence 2026-03.contractor.all --out march.evidence.ndjson
              wayside report verify march.evidence.ndjson              anywhere, without a database

            What was published never changes. When something becomes known later, the period is worked out again beside \
            it; publishing once more makes a new revision with its reason.
            """,
        subcommands: [
            ReportDaily.self, ReportWeekly.self, ReportMonthly.self, ReportQuarterly.self,
            ReportYearly.self, ReportList.self, ReportShow.self, ReportEvidence.self, ReportVerify.self,
        ]
    )
}

/// How a report is printed.
enum ReportFormat: String, ExpressibleByArgument, CaseIterable {
    case table
    case json
    case csv
    case html
    case xlsx
    case pdf
}

/// The options of every report.
struct ReportOptions: ParsableArguments {
    @OptionGroup var data: DataOptions
    @OptionGroup var rules: RuleOptions
    @OptionGroup var person: PersonOptions
    @Option(help: "A day of the period, YYYY-MM-DD (default: today).") var day: ServiceDay?
    @Option(help: "Rule id.") var rule = Rules.usual
    @Option(help: "Only this organization, with those below it.") var organization: String?
    @Option(help: ArgumentHelp("As it was known then, RFC 3339.", valueName: "instant")) var asKnownAt:
        Timestamp?
    @Option(help: "table, json, csv (the devices), html, xlsx or pdf.") var format: ReportFormat = .table
    @Option(help: ArgumentHelp("Write it there instead of the terminal.", valueName: "file")) var out: String?
    @Flag(help: "Publish it: freeze it with its evidence, as the next revision.") var publish = false
    @Option(help: "Why there is a new revision (default: what became known since).") var reason: String?

    func validate() throws {
        if self.publish, self.asKnownAt != nil {
            throw ValidationError("--publish freezes what is known now; leave --as-known-at away")
        }
        if self.format == .xlsx || self.format == .pdf, self.out == nil {
            throw ValidationError("--format \(self.format.rawValue) wants a file: --out FILE")
        }
    }

    func run(_ kind: ServicePeriod.Kind) async throws {
        let rules = try self.rules.read()
        let entry = try rules.entry(self.rule)
        let day = self.day ?? ServiceDay(containing: WallClock.now())
        let period = ServicePeriod(kind, containing: day)
        try await Answering.answer(self.data) { database in
            let assessing = Assessing(database.store, journalFolder: self.data.folder.journal)
            if let organization = self.organization {
                try ExemptionListing.check(
                    .organization(organization),
                    in: try await assessing.inventories.current()
                )
            }
            let printing = ReportPrinting(assessing: assessing, organization: self.organization)
            let printed =
                if kind == .day {
                    try await printing.daily(entry.rule, day, asKnownAt: self.asKnownAt, as: self.format)
                } else {
                    try await printing.period(entry.rule, period, asKnownAt: self.asKnownAt, as: self.format)
                }
            try printed.write(to: self.out)
            if self.publish { try await self.publish(entry, period, assessing) }
        }
    }

    private func publish(_ entry: Rules.Entry, _ period: ServicePeriod, _ assessing: Assessing) async throws {
        let now = WallClock.now()
        try await RateQueries(assessing.store).keep(entry.rule, text: entry.text, at: now)
        let made = try await Publishing(assessing: assessing).make(
            entry.rule,
            text: entry.text,
            period,
            organization: self.organization,
            by: self.person.name,
            reason: self.reason,
            now: now
        )
        var report = made.report
        let reports = ReportStore(assessing.store)
        if let last = try await reports.reports(in: period.first...period.first).first(where: {
            $0.id == report.id
        }) {
            if last.figuresSHA256 == report.figuresSHA256 {
                Output.note("unchanged since revision \(last.revision) of \(report.id): not published again")
                return
            }
            let since = try await reports.knownSince(last).words
            report.reason = self.reason ?? since ?? "more of the period is known 数据更全"
        }
        let published = try await reports.publish(report, made.parts)
        Output.note("已发布 published \(published.id) revision \(published.revision)")
        if let reason = published.reason { Output.note("  理由 reason: \(reason)") }
        Output.note("  截止 cut-off \(published.cutOffAt)")
        Output.note("  输入 inputs sha256 \(published.inputsSHA256)")
        Output.note("  数字 figures sha256 \(published.figuresSHA256)")
        if published.isProvisional {
            Output.note("  暂定 provisional: more may become known without coming late")
        }
    }
}

/// One day.
struct ReportDaily: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "daily",
        abstract:
            "日报 · A day's raw and assessed rate, its coverage and its outages, by organization and in all.",
        discussion: """
            While the day runs the figures reach up to what is known and are provisional:

              wayside report daily
              wayside report daily --day 2026-03-01 --rule contractor --format csv
            """
    )
    @OptionGroup var options: ReportOptions
    func run() async throws { try await self.options.run(.day) }
}

/// One week.
struct ReportWeekly: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "weekly",
        abstract: "周报 · The week (Monday to Sunday) that holds the day."
    )
    @OptionGroup var options: ReportOptions
    func run() async throws { try await self.options.run(.week) }
}

/// One month.
struct ReportMonthly: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "monthly",
        abstract: "月报 · The month that holds the day."
    )
    @OptionGroup var options: ReportOptions
    func run() async throws { try await self.options.run(.month) }
}

/// One quarter.
struct ReportQuarterly: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "quarterly",
        abstract: "季报 · The quarter that holds the day."
    )
    @OptionGroup var options: ReportOptions
    func run() async throws { try await self.options.run(.quarter) }
}

/// One year.
struct ReportYearly: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "yearly",
        abstract: "年报 · The year that holds the day."
    )
    @OptionGroup var options: ReportOptions
    func run() async throws { try await self.options.run(.year) }
}

/// What was published.
struct ReportList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "已发布 · What was published, beside what is known of it now."
    )
    @OptionGroup var data: DataOptions
    @OptionGroup var rules: RuleOptions
    @Option(help: ArgumentHelp("Only periods that begin in that month, YYYY-MM.", valueName: "month"))
    var month: String?
    @Option(help: "table, json or csv.") var format: Format = .table

    func run() async throws {
        let span = try self.month.map { month in
            guard let day = ServiceDay(month + "-01") else {
                throw Ending.asked("--month \(month): write YYYY-MM, such as 2026-03")
            }
            let period = ServicePeriod(.month, containing: day)
            return period.first...period.last
        }
        let rules = try self.rules.read()
        try await Answering.answer(self.data) { database in
            let assessing = Assessing(database.store, journalFolder: self.data.folder.journal)
            let printing = ReportPrinting(assessing: assessing, organization: nil)
            let published = try await ReportStore(database.store).reports(in: span)
            Output.print(try await printing.list(published, rules: rules), as: self.format)
        }
    }
}

/// One published report.
struct ReportShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract:
            "对照 · A report as published, group by group beside the revision before it, or beside what is known now.",
        discussion: """
              wayside report show 2026-03-01.province-time-weighted.all
              wayside report show 2026-03-01.province-time-weighted.all --revision 2 --beside before
              wayside report show 2026-03-01.province-time-weighted.all --format json     the numbers as they were hashed
            """
    )

    /// What it is put beside.
    enum Other: String, ExpressibleByArgument, CaseIterable {
        case now
        case before
    }

    @Argument(help: "Report id.") var id: String
    @OptionGroup var data: DataOptions
    @OptionGroup var rules: RuleOptions
    @Option(help: "Revision (default: the latest).") var revision: Int?
    @Option(help: "now, or before: the revision before it.") var beside: Other = .now
    @Option(help: "table, json (the published numbers) or csv.") var format: Format = .table

    func run() async throws {
        let rules = try self.rules.read()
        try await Answering.answer(self.data) { database in
            let store = ReportStore(database.store)
            let revisions = try await store.revisions(self.id)
            guard
                let report = self.revision == nil
                    ? revisions.first : revisions.first(where: { $0.revision == self.revision })
            else {
                throw Ending.asked("report \(self.id) has revisions 1 to \(revisions[0].revision)")
            }
            let bytes = try await store.figures(report)
            if self.format == .json { return Output.say(String(decoding: bytes, as: UTF8.self)) }
            let assessing = Assessing(database.store, journalFolder: self.data.folder.journal)
            let figures = try PublishedFigures(bytes)
            let (other, title): ([RateGroupKey: OnlineRate], (key: String, heading: String))
            switch self.beside {
            case .now:
                let rule = try rules.entry(report.rule).rule
                let reading = try await PeriodReading(assessing: assessing).read(
                    rule,
                    report.period,
                    organization: report.organization,
                    needsDevices: false
                )
                let groups = reading.sheet.groups.map { (RateGroupKey($0.kind, $0.key), $0.figures.assessed) }
                let all = Dictionary(groups) { first, _ in first }
                other = all.filter { figures.assessed[$0.key] != nil }
                title = ("known_now", "现知")
            case .before:
                guard let before = revisions.first(where: { $0.revision == report.revision - 1 }) else {
                    throw Ending.asked("revision \(report.revision) is the first; there is none before it")
                }
                other = try PublishedFigures(try await store.figures(before)).assessed
                title = ("revision_before", "前一版")
            }
            let table = figures.beside(
                other,
                title: title,
                inventory: try await assessing.inventories.current()
            )
            if self.format == .table {
                Output.print(ReportPrinting.heading(of: report))
                if let words = try await store.knownSince(report).words {
                    Output.say("其后得知 known since: \(words)")
                }
                Output.say("")
            }
            Output.print(table, as: self.format)
        }
    }
}

/// Writes what a report stands on.
struct ReportEvidence: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evidence",
        abstract: "证据 · Write what a published report was made from, for `report verify` on any machine."
    )
    @Argument(help: "Report id.") var id: String
    @OptionGroup var data: DataOptions
    @Option(help: "Revision (default: the latest).") var revision: Int?
    @Option(help: "File.") var out: String

    func run() async throws {
        try await Answering.answer(self.data) { database in
            let store = ReportStore(database.store)
            let revisions = try await store.revisions(self.id)
            guard
                let report = self.revision == nil
                    ? revisions.first : revisions.first(where: { $0.revision == self.revision })
            else { throw Ending.asked("report \(self.id) has revisions 1 to \(revisions[0].revision)") }
            _ = FileManager.default.createFile(atPath: self.out, contents: nil)
            guard let file = FileHandle(forWritingAtPath: self.out) else {
                throw Ending.asked("\(self.out) cannot be written; name another file with --out")
            }
            let days = report.period.days.filter { $0.start < report.cutOffAt }
            try file.write(contentsOf: Data(ReportPrinting.evidenceHeading(of: report, days: days).line))
            try await store.forEachPart(of: report) { try file.write(contentsOf: Data($0)) }
            try file.close()
            Output.note("\(self.out): evidence of \(report.id) revision \(report.revision)")
        }
    }
}

/// Makes a published report again.
struct ReportVerify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "核验 · Work a published report out again from its evidence file; no database is needed.",
        discussion: """
              wayside report verify march.evidence.ndjson

            Ends with 0 when the evidence and the figures come to the hashes that were published, and with 1 otherwise.
            """
    )
    @Argument(help: "Evidence file.") var file: String
    @Option(help: "table, json or csv.") var format: Format = .table

    func run() async throws {
        let verification: Verification
        do {
            verification = try Verification(self.file)
        } catch {
            throw Answering.ending(of: error)
        }
        let heading = verification.heading
        func row(_ what: String, _ published: String, _ made: String) -> [Table.Cell] {
            [.text(what), .text(published), .text(made), .flag(published == made)]
        }
        let table = Table(
            columns: [
                Table.Column("what", "核对"), Table.Column("published", "发布时"),
                Table.Column("made_again", "重算"),
                Table.Column("same", "一致"),
            ],
            rows: [
                row("证据 inputs sha256", heading.inputsSHA256, verification.inputsSHA256),
                row("数字 figures sha256", heading.figuresSHA256, verification.figuresSHA256),
            ]
        )
        if self.format == .table {
            let whole = verification.sheet.whole(of: heading.organization)?.figures
            Output.say("\(heading.report) revision \(heading.revision)  截止 cut-off \(heading.cutOffAt)")
            Output.say("考核 assessed \(whole?.assessed.text ?? "—")  原始 raw \(whole?.raw.text ?? "—")\n")
        }
        Output.print(table, as: self.format)
        guard verification.holds else {
            Output.note(
                "the file is not what was published: its evidence or its figures were changed, "
                    + "or another version of the program works them out differently"
            )
            throw Ending.no
        }
    }
}

extension Rules {
    /// The rule of that id with its text, in its highest version.
    func entry(_ id: String) throws -> Entry {
        let found = self.entries.filter { $0.rule.id == id }.max { $0.rule.version < $1.rule.version }
        guard let found else {
            let known = self.entries.map(\.rule.id).joined(separator: ", ")
            throw Ending.asked("there is no rule \(id) in the folder of rules; known are \(known)")
        }
        return found
    }
}
