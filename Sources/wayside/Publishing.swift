internal import Cryptography
internal import WaysideCore
internal import WaysideFiles
internal import WaysideReports
internal import WaysideStore

/// Makes a report together with all it stands on, so that it can be made again elsewhere (发布).
struct Publishing: Sendable {
    let assessing: Assessing

    /// A report ready to be published.
    struct Made: Sendable {
        let report: PublishedReport
        let parts: PublishedParts
        let sheet: PeriodSheet
    }

    /// Assesses every day of the period as it is known now, with the evidence of each.
    func make(
        _ rule: RateRule,
        text: String,
        _ period: ServicePeriod,
        organization: String?,
        by person: String,
        reason: String?,
        now: Timestamp
    ) async throws -> Made {
        let store = self.assessing.store
        let ledger = PostgresLedger(store, journal: self.assessing.journal)
        guard let cutOffAt = try await ledger.knownUntil(),
            let first = try await StatusQueries(store).firstDay()
        else { throw Assessing.Refusal.nothingKnown }
        let days = period.days.filter { $0 >= first && $0.start < cutOffAt }
        guard !days.isEmpty else { throw Assessing.Refusal.notBegun(max(period.first, first), cutOffAt) }
        let inventory = Self.scope(
            try await self.assessing.inventories.current(),
            organization: organization,
            days: days
        )
        var exemptions: [String: Exemption] = [:]
        var sums = PublishedSums(rule: rule, inventory: inventory)
        var parts: [(day: ServiceDay, bytes: [UInt8])] = []
        for day in days {
            let ground = try await self.assessing.ground(rule, day, asKnownAt: cutOffAt, inventory: inventory)
            var assessor = try ground.assessor()
            sums.add(assessor.sheet())
            for exemption in ground.exemptions { exemptions[exemption.id] = exemption }
            let seen = await JournalEvidence(folder: self.assessing.journalFolder).observations(
                at: Explanation.places(of: ground.tracks, on: day)
            )
            parts.append(
                (
                    day,
                    EvidenceLines.day(
                        day,
                        tracks: ground.tracks,
                        seen: Array(seen.values),
                        inventory: inventory
                    )
                )
            )
        }
        let head = EvidenceLines.head(
            ruleText: text,
            inventory: inventory,
            exemptions: Array(exemptions.values)
        )
        let sheet = sums.sheet(of: period, knownAt: cutOffAt, organization: organization)
        let figures = Array(PeriodReport.figures(of: sheet, organization: organization).compact.utf8)
        var hasher = Digest.Hasher(.sha256)
        hasher.update(head)
        for part in parts { hasher.update(part.bytes) }
        let report = PublishedReport(
            id: "\(period).\(rule.id).\(organization ?? "all")",
            revision: 1,
            period: period,
            organization: organization,
            rule: rule.id,
            ruleVersion: rule.version,
            cutOffAt: cutOffAt,
            publishedAt: now,
            publishedBy: person,
            reason: reason,
            isProvisional: sheet.isProvisional,
            inputsSHA256: Hexadecimal.string(hasher.finish()),
            figuresSHA256: Hexadecimal.string(Digest.sha256.hash(figures)),
            assessed: sheet.whole(of: organization)?.figures.assessed ?? .none(rule.method.unit)
        )
        return Made(
            report: report,
            parts: PublishedParts(head: head, days: parts, figures: figures),
            sheet: sheet
        )
    }

    /// The organization's devices with all they hang on, on any of the days; everything for `nil`.
    static func scope(_ inventory: Inventory, organization: String?, days: [ServiceDay]) -> Inventory {
        guard let organization else { return inventory }
        var wanted: Set<Int> = []
        var waiting = inventory.devices.indices.filter { index in
            days.contains { day in
                inventory.devices[index].assignment(on: day).organization.map {
                    inventory.ancestry(ofOrganization: $0).contains(organization)
                } ?? false
            }
        }
        while let index = waiting.popLast() {
            guard wanted.insert(index).inserted else { continue }
            let device = inventory.devices[index]
            let above = device.assignment.upstreams + device.moves.flatMap { $0.upstreams ?? [] }
            waiting += above.compactMap { inventory.index(ofKey: $0) }
        }
        return Inventory(
            organizations: inventory.organizations,
            devices: wanted.sorted().map { inventory.devices[$0] }
        )
    }
}

/// The days of a published report put together, the same way when it is made and when it is verified (发布合计).
struct PublishedSums {
    private let rule: RateRule
    private let inventory: Inventory
    private var sums: PeriodSums
    private var days: [ServiceDay] = []

    init(rule: RateRule, inventory: Inventory) {
        (self.rule, self.inventory) = (rule, inventory)
        self.sums = PeriodSums(rule: rule, inventory: inventory)
    }

    /// Takes in a day.
    mutating func add(_ sheet: RateSheet) {
        self.sums.add(sheet)
        self.days.append(sheet.day)
    }

    /// The period's sheet; with an organization only its part.
    func sheet(of period: ServicePeriod, knownAt: Timestamp, organization: String?) -> PeriodSheet {
        let last = self.days.last ?? period.first
        let sheet = PeriodSheet(
            period: period,
            days: self.days,
            until: knownAt < last.end ? knownAt : nil,
            isProvisional: self.days.count < period.dayCount
                || self.days.contains { self.rule.isProvisional($0, knownAt: knownAt) },
            rule: self.rule,
            devices: self.sums.devices,
            groups: self.sums.groups
        )
        return organization.map { sheet.narrowed(to: $0, in: self.inventory) } ?? sheet
    }
}

/// Makes a published report again from its evidence file, without a database (核验).
struct Verification {
    let heading: EvidenceHeading
    let inputsSHA256: String
    let figuresSHA256: String
    let sheet: PeriodSheet

    /// Whether both hashes come out as the file says.
    var holds: Bool {
        self.inputsSHA256 == self.heading.inputsSHA256 && self.figuresSHA256 == self.heading.figuresSHA256
    }

    init(_ path: String) throws {
        var file = try EvidenceFile(path)
        let (rule, inventory) = (file.rule, file.inventory)
        var sums = PublishedSums(rule: rule, inventory: inventory)
        while let part = try file.nextDay() {
            guard file.heading.days.contains(part.day) else {
                throw Ending.asked(
                    "\(path): it holds evidence of \(part.day), which is none of the report's days; "
                        + "take the file as `wayside report evidence` wrote it"
                )
            }
            var assessor = try Assessor(
                rule: rule,
                inventory: inventory,
                day: part.day,
                knownAt: file.heading.cutOffAt,
                exemptions: file.exemptions
            ) { index, facet in
                let device = inventory.devices[index]
                return (part.tracks[device.id] ?? []).filter {
                    $0.check.facet == facet && device.checks.contains($0.check)
                }
            }
            sums.add(assessor.sheet())
        }
        self.heading = file.heading
        self.inputsSHA256 = file.inputsSHA256
        self.sheet = sums.sheet(
            of: file.heading.period,
            knownAt: file.heading.cutOffAt,
            organization: file.heading.organization
        )
        let figures = PeriodReport.figures(of: self.sheet, organization: file.heading.organization)
        self.figuresSHA256 = Hexadecimal.string(Digest.sha256.hash(Array(figures.compact.utf8)))
    }
}
