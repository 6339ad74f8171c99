internal import WaysideCore

/// The dear invariants (午夜检查): what the ledger says is held against what follows from the observations by the slow and
/// independent way, and every sheet against itself.
struct Inspection {
    let keeper: SimulatedBookkeeper
    let province: SimulatedProvince
    let settings: SimulationSettings
    var random: SplitMix

    private var inventory: Inventory { self.province.inventory }

    // MARK: - Two ways to a sheet

    /// What the rule says of the day by the ledger, as known at an instant, or with everything that is known.
    func sheet(_ rule: RateRule, _ day: ServiceDay, asKnownAt instant: Timestamp?) throws(Disagreement)
        -> RateSheet
    {
        let (keeper, inventory) = (self.keeper, self.inventory)
        let knownAt = instant ?? .distantFuture
        let tracks = keeper.ledger.tracks(rule.status, asKnownAt: instant) { key, since in
            keeper.sightings.number(of: key).flatMap {
                keeper.sightings.lastMiss(of: $0, since: since, knownAt: knownAt)
            }
        }
        do throws(Assessor.NotBegun) {
            var assessor = try Assessor(
                rule: rule,
                inventory: inventory,
                day: day,
                knownAt: knownAt,
                exemptions: self.province.exemptions
            ) { index, facet in
                let device = inventory.devices[index]
                return (tracks[device.id] ?? []).filter {
                    $0.check.facet == facet && device.checks.contains($0.check)
                }
            }
            return self.spoiled(assessor.sheet())
        } catch {
            throw Disagreement("\(error.day) cannot be assessed as known at \(error.knownAt)")
        }
    }

    /// The same by the observations alone.
    private func replayed(
        _ rule: RateRule,
        _ day: ServiceDay,
        _ fold: ObservationFold,
        knownAt: Timestamp
    ) throws(Disagreement) -> RateSheet {
        let replay = Replay(
            rule: rule,
            inventory: self.inventory,
            exemptions: self.province.exemptions,
            fold: fold,
            knownAt: knownAt
        )
        do throws(Assessor.NotBegun) {
            return try replay.sheet(of: day)
        } catch {
            throw Disagreement("\(error.day) cannot be assessed as known at \(error.knownAt)")
        }
    }

    private func spoiled(_ sheet: RateSheet) -> RateSheet {
        var sheet = sheet
        switch self.settings.flaw {
        case .tallyIsOffByOne where !sheet.devices.isEmpty:
            sheet.devices[sheet.devices.count / 2].tally[.online] += 1
        case .groupForgetsADevice where !sheet.groups.isEmpty:
            guard let last = sheet.devices.last?.figures,
                let all = sheet.groups.firstIndex(where: { $0.kind == .all })
            else { break }
            sheet.groups[all].figures.raw.numerator -= last.raw.numerator
            sheet.groups[all].figures.raw.denominator -= last.raw.denominator
        default: break
        }
        return sheet
    }

    // MARK: - What must hold

    /// The last day, as known now and at some instants.
    mutating func inspect(yesterday: ServiceDay, instants: Int) throws(Disagreement) {
        let now = self.keeper.book.writtenAt
        try self.expectLiveView()
        try self.expectCounts()
        let fold = self.keeper.sightings.fold(knownAt: now)
        for rule in self.settings.rules {
            try self.expectSame(rule, yesterday, fold, asKnownAt: now)
        }
        try self.expectHitsToShow(from: yesterday.start)
        for _ in 0..<instants {
            guard let instant = self.someInstant(from: yesterday.start + 1) else { continue }
            let fold = self.keeper.sightings.fold(knownAt: instant)
            let rule = self.random.pick(self.settings.rules)
            try self.expectSame(rule, ServiceDay(containing: instant - 1), fold, asKnownAt: instant)
        }
    }

    /// A day of which nothing can change any more; answers its sheets, a rule each.
    mutating func finish(_ day: ServiceDay) throws(Disagreement) -> [RateSheet] {
        let fold = self.keeper.sightings.fold(knownAt: .distantFuture)
        var sheets: [RateSheet] = []
        for rule in self.settings.rules {
            let sheet = try self.expectSame(rule, day, fold, asKnownAt: nil)
            try self.expectHalves(of: sheet)
            sheets.append(sheet)
        }
        try self.expectOrderNotToMatter(day, sheets)
        return sheets
    }

    @discardableResult
    private func expectSame(
        _ rule: RateRule,
        _ day: ServiceDay,
        _ fold: ObservationFold,
        asKnownAt instant: Timestamp?
    ) throws(Disagreement) -> RateSheet {
        let sheet = try self.sheet(rule, day, asKnownAt: instant)
        try SheetSums(sheet, of: self.inventory).expectWholes()
        let slow = try self.replayed(rule, day, fold, knownAt: instant ?? .distantFuture)
        guard sheet != slow else { return sheet }
        let known = instant.map { " as known at \($0)" } ?? ""
        for (row, wanted) in zip(sheet.devices, slow.devices) where row != wanted {
            let classes = TimeClass.allCases.filter { row.tally[$0] != wanted.tally[$0] }.map {
                "\($0.name) \(row.tally[$0]) and not \(wanted.tally[$0])"
            }
            let what =
                classes.isEmpty
                ? "figures \(row.figures) and not \(wanted.figures)" : classes.joined(separator: ", ")
            throw Disagreement(
                key: row.device,
                "on \(day)\(known) the ledger says (\(rule.id)) \(what), the observations folded whole"
            )
        }
        throw Disagreement(
            "on \(day)\(known) the groups of \(rule.id) are not those of the observations folded whole"
        )
    }

    /// An instant at which a batch was written, or one between two.
    private mutating func someInstant(from first: Timestamp) -> Timestamp? {
        let instants = self.keeper.writtenAt.filter { $0 >= first }
        guard !instants.isEmpty else { return nil }
        let place = self.random.place(in: instants.count)
        guard place + 1 < instants.count, self.random.percent(50) else { return instants[place] }
        let gap = Int(instants[place + 1] - instants[place])
        return gap > 0 ? instants[place] + Int64(self.random.place(in: gap)) : instants[place]
    }

    /// Everything that was given is held or was dropped as final, and the slow way takes it in.
    private func expectCounts() throws(Disagreement) {
        let sightings = self.keeper.sightings
        guard sightings.held + sightings.dropped == sightings.given else {
            throw Disagreement("\(sightings.given) observations were given and \(sightings.held) are held")
        }
    }

    /// What answered was not lost: at the instant of a hit nobody may say that nobody could tell.
    private func expectHitsToShow(from first: Timestamp) throws(Disagreement) {
        let sightings = self.keeper.sightings
        for (track, key) in sightings.keys.enumerated() {
            let seen = sightings[track].filter {
                $0.at >= first && !sightings.isVoided($0, of: key, knownAt: .distantFuture)
            }
            // Of two at one instant the miss counts.
            let misses = Set(seen.filter { $0.outcome.isMiss }.map(\.at))
            for profile in self.settings.profiles where profile.counts(key.check, at: key.hop) {
                let line = StatusLine(self.keeper.ledger.changes(profile, key))
                for sighting in seen
                where !misses.contains(sighting.at) && line.status(at: sighting.at) == .unknown {
                    throw Disagreement(
                        device: key.device,
                        "\(key.check) answered at \(sighting.at), and the ledger says that nobody could tell"
                    )
                }
            }
        }
    }

    /// The live view that pages told is the book's, and says what the ledger says where both judge alike.
    private func expectLiveView() throws(Disagreement) {
        let entries = self.keeper.plan.entries
        for live in self.keeper.book.live {
            let told = self.keeper.ledger.live[live.device]?[live.facet]
            if told != live {
                throw Disagreement(
                    device: live.device,
                    "the book's live \(live.facet) is \(live.status.name) since \(live.since), and the pages told "
                        + "\(told.map { "\($0.status.name) since \($0.since)" } ?? "nothing")"
                )
            }
            guard let entry = entries[live.device] else {
                throw Disagreement(device: live.device, "the live view has a device that is not in the plan")
            }
            try self.expectLedgerToAgree(live, entry)
        }
    }

    private func expectLedgerToAgree(_ live: LiveStatus, _ entry: WatchPlan.Entry) throws(Disagreement) {
        let checks = live.facet.checks.filter(entry.checks.contains)
        for profile in self.settings.profiles
        where checks.allSatisfy({ check in
            profile.chainRule(of: check) == entry.rules[check]
                && Hop.allCases.allSatisfy { hop in
                    profile.counts(check, at: hop) == entry.names(check, at: hop)
                        || self.isUnseen(live.device, check, hop)
                }
        }) {
            let now = self.keeper.book.writtenAt
            let lines = checks.map { check in
                StatusLine.best(
                    of: Hop.allCases.map { hop in
                        StatusLine(
                            self.keeper.ledger.changes(
                                profile,
                                TrackKey(device: live.device, check: check, hop: hop)
                            )
                        )
                    }
                )
            }
            // Where the places that both go by say nothing, the live view hears the others.
            let hearsOthers = zip(checks, lines).contains { check, line in
                line.status(at: now) == .unknown
                    && Hop.allCases.contains {
                        !profile.counts(check, at: $0) && !self.isUnseen(live.device, check, $0)
                    }
            }
            if hearsOthers { continue }
            let status = StatusLine.facet(of: lines).status(at: now)
            guard status != live.status else { continue }
            throw Disagreement(
                device: live.device,
                "its live \(live.facet) is \(live.status.name), and the ledger says \(status.name)"
            )
        }
    }

    private func isUnseen(_ device: DeviceID, _ check: Check, _ hop: Hop) -> Bool {
        self.keeper.sightings.number(of: TrackKey(device: device, check: check, hop: hop)) == nil
    }

    /// The sections are cut into two at random; the rates of both halves sum to the whole.
    private mutating func expectHalves(of sheet: RateSheet) throws(Disagreement) {
        guard sheet.rule.population.organizations == nil else { return }
        let organizations = Set(
            self.inventory.devices.compactMap { $0.assignment(on: sheet.day).organization }
        ).sorted { $0.isBefore($1) }
        let parents = Set(self.inventory.organizations.compactMap(\.parent))
        // Only those with nothing below them: of a company its sections would come along.
        let leaves = organizations.filter { !parents.contains($0) }
        guard
            sheet.devices.allSatisfy({ row in
                self.inventory.device(key: row.device)?.assignment(on: sheet.day).organization.map(
                    leaves.contains
                ) ?? false
            })
        else { return }
        let one = leaves.filter { _ in self.random.percent(50) }
        let (first, second) = (Set(one), Set(leaves).subtracting(one))
        var halves: [RateSheet] = []
        for half in [first, second] {
            var rule = sheet.rule
            rule.population.organizations = half
            halves.append(try self.sheet(rule, sheet.day, asKnownAt: nil))
        }
        try SheetSums.expectHalves(halves[0], halves[1], toMake: sheet)
    }
}
