internal import ArgumentParser
internal import Foundation
internal import WaysideCore
internal import WaysideFiles
internal import WaysideReports
internal import WaysideStore

/// Exemptions, from the request to the decision (报备).
struct ExemptionsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "exemptions",
        abstract: "报备 · Ask for exemptions, see what they would do to the rate, and decide on them.",
        discussion: """
              wayside exemptions request --device SW-2 --class works --document 〔2026〕12号 \\
                --from 2026-03-01T22:00:00+08:00 --to 2026-03-02T06:00:00+08:00
              wayside exemptions preview EX-7 --rule contractor      before it is approved: what it would move
              wayside exemptions approve EX-7 --as 王工
              wayside exemptions revoke EX-7 --reason 未按报备施工

            What was asked for is never changed afterwards; a revocation voids the whole window. Figures that were \
            published stay; the days it touches are worked out again beside them.
            """,
        subcommands: [
            ExemptionsList.self, ExemptionsShow.self, ExemptionsRequest.self, ExemptionsApprove.self,
            ExemptionsReject.self, ExemptionsRevoke.self, ExemptionsPreviewCommand.self,
            ExemptionsImport.self, ExemptionsExport.self, ExemptionsBudget.self,
        ],
        defaultSubcommand: ExemptionsList.self
    )
}

/// In whose name something is done, until there are accounts.
struct PersonOptions: ParsableArguments {
    @Option(
        name: .customLong("as"),
        help: ArgumentHelp("In whose name (default: the system user).", valueName: "name")
    )
    var person: String?

    var name: String { self.person.flatMap { $0.isEmpty ? nil : $0 } ?? NSUserName() }
}

/// Which stretch of time.
struct WindowOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Month, YYYY-MM (default: this month and all that lies ahead).",
            valueName: "month"
        )
    )
    var month: String?

    func span(now: Timestamp) throws -> Span {
        guard let month = self.month else {
            return Span(
                ServicePeriod(.month, containing: ServiceDay(containing: now)).span.start,
                .distantFuture
            )
        }
        guard let day = ServiceDay(month + "-01") else {
            throw Ending.asked("--month \(month): write YYYY-MM, such as 2026-03")
        }
        return ServicePeriod(.month, containing: day).span
    }
}

/// Lists exemptions.
struct ExemptionsList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Exemptions with where each stands; late approvals and overlaps are pointed out."
    )
    @OptionGroup var data: DataOptions
    @OptionGroup var window: WindowOptions
    @Option(help: "Only those that are requested, approved, rejected or revoked.") var stage: String?
    @Option(help: "table, json or csv.") var format: Format = .table

    func run() async throws {
        let stage = try self.stage.map { word in
            guard let stage = ExemptionCase.Stage(rawValue: word) else {
                throw Ending.asked("--stage \(word): write requested, approved, rejected or revoked")
            }
            return stage
        }
        let span = try self.window.span(now: WallClock.now())
        try await Answering.answer(self.data) { database in
            let inventory = try await InventoryStore(database.store).load()
            let cases = try await ExemptionStore(database.store).cases(touching: span)
            let listing = ExemptionListing(cases, inventory: inventory)
            Output.print(listing.table { stage == nil || $0.stage == stage }, as: self.format)
        }
    }
}

/// Shows one exemption.
struct ExemptionsShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "One exemption: what was asked for, who decided, and whom it covers."
    )
    @Argument(help: "Id.") var id: String
    @OptionGroup var data: DataOptions
    @Option(help: "table, json or csv (the steps).") var format: Format = .table

    func run() async throws {
        try await Answering.answer(self.data) { database in
            let store = ExemptionStore(database.store)
            guard let found = try await store.exemption(self.id) else {
                throw ExemptionStore.Refusal.unknown(self.id)
            }
            let inventory = try await InventoryStore(database.store).load()
            if self.format == .table {
                let same = try await store.cases(touching: found.exemption.span)
                Output.print(
                    ExemptionListing(same, inventory: inventory).table { $0.exemption.id == self.id }.text
                )
                let day = ServiceDay(containing: found.exemption.span.start)
                var scopes = ScopeMembers(inventory, on: day)
                let covered = scopes.devices(of: found.exemption.scope)
                Output.say(
                    "\n覆盖 covers \(covered.count) devices on \(day): "
                        + ExemptionListing.some(covered.map { inventory.devices[$0].key })
                )
            }
            let moves = try await store.moves(of: self.id)
            Output.print(ExemptionListing.table(moves), as: self.format)
        }
    }
}

/// Asks for one.
struct ExemptionsRequest: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "request",
        abstract: "报备申请 · Ask for an exemption; nothing follows from it before it is approved."
    )
    @Option(help: "Id (default: the next EX-number).") var id: String?
    @Option(help: ArgumentHelp("One device.", valueName: "key")) var device: String?
    @Option(help: ArgumentHelp("All devices of an organization, with those below it.", valueName: "key"))
    var organization: String?
    @Option(help: ArgumentHelp("Everything that hangs on this device alone.", valueName: "key"))
    var downstreamOf: String?
    @Option(
        name: .customLong("class"),
        help: "works, mains, carrier, force_majeure, inspection … as the rules accept."
    )
    var className: String
    @Option(help: "From, RFC 3339.") var from: Timestamp
    @Option(help: "To, RFC 3339.") var to: Timestamp
    @Option(help: "Facets, comma between (default: all): reachability, stream, picture, recording.")
    var facets: String?
    @Option(help: "Number or name of the document that justifies it.") var document: String
    @Option(help: "Why, in words.") var reason: String?
    @OptionGroup var person: PersonOptions
    @OptionGroup var data: DataOptions

    func run() async throws {
        let scopes: [Exemption.Scope] = [
            self.device.map { .device($0) }, self.organization.map { .organization($0) },
            self.downstreamOf.map { .downstream(of: $0) },
        ].compactMap { $0 }
        guard let scope = scopes.first, scopes.count == 1 else {
            throw Ending.asked("name one of --device, --organization and --downstream-of")
        }
        guard self.from < self.to else { throw Ending.asked("--to must be after --from") }
        guard !self.document.isEmpty, !self.className.isEmpty else {
            throw Ending.asked("--document and --class must not be empty: an exemption without paper is none")
        }
        let facets = try self.facets.map(Self.facets)
        let now = WallClock.now()
        try await Answering.answer(self.data) { database in
            let inventory = try await InventoryStore(database.store).load()
            try ExemptionListing.check(scope, in: inventory)
            let store = ExemptionStore(database.store)
            let id = if let id = self.id { id } else { try await store.nextID() }
            let exemption = Exemption(
                id: id,
                scope: scope,
                facets: facets,
                className: self.className,
                span: Span(self.from, self.to),
                requestedAt: now,
                approvedAt: nil,
                document: self.document,
                reason: self.reason
            )
            try await store.request(exemption, by: self.person.name, at: now)
            Output.say("\(exemption.id) requested 已申请")
            let others = try await store.cases(touching: exemption.span)
            let overlaps = ExemptionListing(others, inventory: inventory).overlaps(of: exemption.id)
            if !overlaps.isEmpty {
                Output.note(
                    "note: it overlaps with \(ExemptionListing.some(overlaps)); each minute is exempt only once"
                )
            }
        }
    }

    private static func facets(_ words: String) throws -> Set<Facet> {
        Set(
            try words.split(separator: ",").map { word in
                guard let facet = Facet(rawValue: String(word)) else {
                    throw Ending.asked("--facets \(word): write reachability, stream, picture or recording")
                }
                return facet
            }
        )
    }
}

/// What every decision needs.
struct DecisionOptions: ParsableArguments {
    @Argument(help: "Id.") var id: String
    @OptionGroup var person: PersonOptions
    @OptionGroup var data: DataOptions

    func decide(_ action: ExemptionCase.Action) async throws {
        if let reason = action.reason, reason.isEmpty { throw Ending.asked("--reason must not be empty") }
        try await Answering.answer(self.data) { database in
            let after = try await ExemptionStore(database.store).decide(
                self.id,
                action,
                by: self.person.name,
                inventory: try await InventoryStore(database.store).load(),
                at: WallClock.now()
            )
            Output.say("\(self.id): \(after.stage.titleZH) \(after.stage.rawValue)")
            if after.stage == .approved, after.isLate {
                Output.note(
                    "note: approved after its window began (迟报); a rule with a deadline may not accept it"
                )
            }
        }
    }
}

/// Grants one.
struct ExemptionsApprove: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "approve", abstract: "批准 · Grant it.")
    @OptionGroup var decision: DecisionOptions
    func run() async throws { try await self.decision.decide(.approve) }
}

/// Does not grant one.
struct ExemptionsReject: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "reject", abstract: "驳回 · Do not grant it.")
    @OptionGroup var decision: DecisionOptions
    @Option(help: "Why.") var reason: String
    func run() async throws { try await self.decision.decide(.reject(reason: self.reason)) }
}

/// Takes one back.
struct ExemptionsRevoke: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke",
        abstract: "撤销 · Take an approval back, which voids the whole window."
    )
    @OptionGroup var decision: DecisionOptions
    @Option(help: "Why.") var reason: String
    func run() async throws { try await self.decision.decide(.revoke(reason: self.reason)) }
}

/// Shows what one does to the rate.
struct ExemptionsPreviewCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "preview",
        abstract: "影响 · What an exemption does, or would do once approved, to each group's rate."
    )
    @Argument(help: "Id.") var id: String
    @OptionGroup var data: DataOptions
    @OptionGroup var rules: RuleOptions
    @Option(help: "Rule id or file.") var rule = Rules.usual
    @Option(help: "table, json or csv.") var format: Format = .table

    func run() async throws {
        let rule = try self.rules.read().rule(self.rule)
        try await Answering.answer(self.data) { database in
            guard let found = try await ExemptionStore(database.store).exemption(self.id) else {
                throw ExemptionStore.Refusal.unknown(self.id)
            }
            let assessing = Assessing(database.store, journalFolder: self.data.folder.journal)
            let preview = try await ExemptionPreview(
                found.exemption,
                rule: rule,
                assessing: assessing,
                now: WallClock.now()
            )
            if let remark = preview.remark { Output.note("note: \(remark)") }
            if preview.effects.isEmpty, self.format == .table {
                Output.say("对在线率无影响 · it moves no rate of \(rule.id)")
            } else {
                let inventory = try await assessing.inventories.current()
                Output.print(preview.table(inventory: inventory), as: self.format)
            }
        }
    }
}

/// Reads a file of them.
struct ExemptionsImport: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Take over exemptions and decisions from a file, one JSON a line; all of it or none."
    )
    @Argument(help: "File.") var file: String
    @OptionGroup var person: PersonOptions
    @OptionGroup var data: DataOptions

    func run() async throws {
        try await Answering.answer(self.data) { database in
            let inventory = try await InventoryStore(database.store).load()
            let read = try ExemptionFile.read(self.file, inventory: inventory)
            let count = try await ExemptionStore(database.store).put(
                read,
                inventory: inventory,
                by: self.person.name,
                at: WallClock.now()
            )
            Output.say("\(read.count) read, \(count) new or decided otherwise")
        }
    }
}

/// Writes them as a file.
struct ExemptionsExport: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write every exemption, one JSON a line, as `replay` reads them."
    )
    @OptionGroup var data: DataOptions

    func run() async throws {
        try await Answering.answer(self.data) { database in
            for exemption in try await ExemptionStore(database.store).exemptions(touching: .always) {
                Output.write(bytes: ExemptionFile.line(exemption), to: 1)
            }
        }
    }
}

/// What a maintainer may use and has used.
struct ExemptionsBudget: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "budget",
        abstract: "额度 · What each maintainer may use a month and class, and has used; with --hours, set it.",
        discussion: """
              wayside exemptions budget --month 2026-03
              wayside exemptions budget --maintainer M-TT --class works --hours 120

            The budget is of all devices of the maintainer together. It is shown and never applied to a figure; what a \
            rule caps is in the rule.
            """
    )
    @OptionGroup var data: DataOptions
    @OptionGroup var window: WindowOptions
    @OptionGroup var person: PersonOptions
    @Option(help: "Maintainer's key.") var maintainer: String?
    @Option(name: .customLong("class"), help: "Class.") var className: String?
    @Option(help: "Hours a month.") var hours: Int64?
    @Option(help: "table, json or csv.") var format: Format = .table

    func run() async throws {
        let now = WallClock.now()
        let month = ServicePeriod(
            .month,
            containing: ServiceDay(containing: try self.window.span(now: now).start)
        )
        try await Answering.answer(self.data) { database in
            let store = ExemptionStore(database.store)
            let inventory = try await InventoryStore(database.store).load()
            if let hours = self.hours {
                guard let maintainer = self.maintainer, let className = self.className,
                    (0...1_000_000).contains(hours)
                else { throw Ending.asked("--hours wants --maintainer and --class, and is 0 to 1000000") }
                guard inventory.organization(key: maintainer)?.kind == .maintainer else {
                    let known = inventory.organizations.filter { $0.kind == .maintainer }.map(\.key)
                    throw Ending.asked(
                        "no maintainer has the key \(maintainer); known are \(known.joined(separator: ", "))"
                    )
                }
                let budget = ExemptionBudget(
                    maintainer: maintainer,
                    className: className,
                    monthMilliseconds: hours * 3_600_000
                )
                try await store.set(budget, by: self.person.name, at: now)
            }
            let usage = ExemptionUsage(
                try await store.exemptions(touching: month.span),
                month: month,
                inventory: inventory,
                knownAt: now
            )
            Output.print(usage.table(budgets: try await store.budgets()), as: self.format)
        }
    }
}
