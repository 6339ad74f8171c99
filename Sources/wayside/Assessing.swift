internal import WaysideCore
internal import WaysideStore

/// Works out what a rule says of a day from what the ledger holds (考核).
struct Assessing: Sendable {
    /// Why a day cannot be assessed.
    enum Refusal: Error, CustomStringConvertible {
        /// The ledger is empty.
        case nothingKnown
        /// The day lies behind what is known.
        case notBegun(ServiceDay, Timestamp)
        /// The device is not in the inventory.
        case noSuchDevice(String)
        /// What is asked for is known only up to there.
        case notKnownYet(Timestamp)

        var description: String {
            switch self {
            case .nothingKnown:
                "the ledger is empty: nothing has been observed yet; start the service with `wayside up`"
            case .notBegun(let day, let known):
                "what is known ends at \(known), which is not after 00:00 of \(day); name an earlier day"
            case .noSuchDevice(let key):
                "no device has the key \(key); the console and `wayside report daily --format csv` list them"
            case .notKnownYet(let known): "what is known ends at \(known); name an instant up to that"
            }
        }
    }

    /// All that an assessment stands on, for one rule and day.
    struct Ground: Sendable {
        let inventory: Inventory
        let exemptions: [Exemption]
        let tracks: [DeviceID: [CheckTrack]]
        let knownAt: Timestamp
        let rule: RateRule
        let day: ServiceDay

        func assessor() throws -> Assessor {
            do throws(Assessor.NotBegun) {
                return try Assessor(
                    rule: self.rule,
                    inventory: self.inventory,
                    day: self.day,
                    knownAt: self.knownAt,
                    exemptions: self.exemptions
                ) { [inventory, tracks] index, facet in
                    let device = inventory.devices[index]
                    return (tracks[device.id] ?? []).filter {
                        $0.check.facet == facet && device.checks.contains($0.check)
                    }
                }
            } catch {
                throw Refusal.notBegun(error.day, error.knownAt)
            }
        }
    }

    let store: Store
    let journal: String
    /// Where the journal lies, for what only it knows: the last miss of an outage that has not ended.
    let journalFolder: String

    init(_ store: Store, journalFolder: String, journal: String = Observation.centre) {
        (self.store, self.journalFolder, self.journal) = (store, journalFolder, journal)
    }

    /// What is known of the day, now or as it was known then.
    func ground(_ rule: RateRule, _ day: ServiceDay, asKnownAt: Timestamp? = nil) async throws -> Ground {
        guard let knownUntil = try await PostgresLedger(self.store, journal: self.journal).knownUntil() else {
            throw Refusal.nothingKnown
        }
        if let asKnownAt, asKnownAt > knownUntil { throw Refusal.notKnownYet(knownUntil) }
        let knownAt = asKnownAt ?? knownUntil
        guard knownAt > day.start else { throw Refusal.notBegun(day, knownAt) }
        // What is written while we read is not what is asked for: always as known at one instant.
        let rows = try await TrackQueries(self.store).tracks(
            rule.status,
            touching: day.span,
            asKnownAt: knownAt
        )
        let misses = await self.lastMisses(
            of: rows,
            knownAt: knownAt,
            longestValidity: rule.status.longestValidity
        )
        var tracks: [DeviceID: [CheckTrack]] = [:]
        for key in rows.keys.sorted() where rule.status.counts(key.check, at: key.hop) {
            guard var track = rows[key] else { continue }
            track.openLastMissAt = misses[key]
            tracks[key.device, default: []].append(track)
        }
        let month = Span(day.firstOfMonth.start, day.end)
        return Ground(
            inventory: try await InventoryStore(self.store).load(),
            exemptions: try await ExemptionStore(self.store).exemptions(touching: month),
            tracks: tracks,
            knownAt: knownAt,
            rule: rule,
            day: day
        )
    }

    /// The last miss of each outage that has not ended: the ledger learns it only when the outage ends.
    private func lastMisses(
        of rows: [TrackKey: CheckTrack],
        knownAt: Timestamp,
        longestValidity: Int64
    ) async -> [TrackKey: Timestamp] {
        let open = rows.compactMapValues { track in
            track.changes.last.flatMap { $0.status == .offline ? $0.at : nil }
        }
        guard !open.isEmpty else { return [:] }
        return await JournalEvidence(folder: self.journalFolder).lastMisses(
            of: open,
            knownAt: knownAt,
            lookBack: longestValidity
        )
    }

    /// What the rule says of the day.
    func sheet(_ rule: RateRule, _ day: ServiceDay, asKnownAt: Timestamp? = nil) async throws -> RateSheet {
        var assessor = try await self.ground(rule, day, asKnownAt: asKnownAt).assessor()
        return assessor.sheet()
    }

    /// Brings the kept day rows up to date: dirty days, and yesterday once it is over. A background job.
    func keepUp(_ rules: [(rule: RateRule, text: String)], now: Timestamp) async throws {
        let rates = RateQueries(self.store)
        guard let knownUntil = try await PostgresLedger(self.store, journal: self.journal).knownUntil() else {
            return
        }
        let yesterday = ServiceDay(containing: knownUntil).previous
        let dirty = try await rates.dirtyDays()
        for (rule, text) in rules {
            try await rates.keep(rule, text: text, at: now)
            let kept = try await rates.days(
                rule: rule.id,
                version: rule.version,
                from: yesterday,
                to: yesterday
            )
            if kept.isEmpty, !dirty.contains(where: { $0.day == yesterday }) {
                try await rates.write(try await self.sheet(rule, yesterday), at: now)
            }
            for marked in dirty where marked.day.end <= knownUntil {
                try await rates.write(try await self.sheet(rule, marked.day), at: now)
            }
        }
        for marked in dirty where marked.day.end <= knownUntil { try await rates.clear(marked) }
    }
}
