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
        /// Nothing was observed yet on that day.
        case beforeFirst(ServiceDay, first: ServiceDay)
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
            case .beforeFirst(let day, let first):
                "nothing was observed before \(first), so there is nothing to say of \(day); name a later day"
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
        /// Who hangs on whom that day, where it is worked out already.
        var topology: Topology?

        /// The whole sheet, two halves of the devices at once.
        func sheet() async throws -> RateSheet {
            let count = self.inventory.devices.count
            guard count >= Self.fewestForHalves else {
                var assessor = try self.assessor()
                return assessor.sheet()
            }
            async let second = self.part(count / 2..<count)
            var assessor = try self.assessor()
            let first = assessor.part(0..<count / 2)
            return assessor.sheet(of: [first, try await second])
        }

        /// Below so many devices a half is not worth a task.
        private static let fewestForHalves = 2_000

        @concurrent private func part(_ places: Range<Int>) async throws -> Assessor.Part {
            var assessor = try self.assessor()
            return assessor.part(places)
        }

        func assessor() throws -> Assessor {
            do throws(Assessor.NotBegun) {
                return try Assessor(
                    rule: self.rule,
                    inventory: self.inventory,
                    day: self.day,
                    knownAt: self.knownAt,
                    topology: self.topology,
                    exemptions: self.exemptions
                ) { [inventory, tracks] index, facet in
                    let device = inventory.devices[index]
                    // Only what the device is asked for was read; as a rule one check of one side.
                    guard let own = tracks[device.id] else { return [] }
                    if own.allSatisfy({ $0.check.facet == facet }) { return own }
                    return own.filter { $0.check.facet == facet }
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
    let inventories: InventoryCache

    init(
        _ store: Store,
        journalFolder: String,
        journal: String = Observation.centre,
        inventories: InventoryCache? = nil
    ) {
        (self.store, self.journalFolder, self.journal) = (store, journalFolder, journal)
        self.inventories = inventories ?? InventoryCache(store)
    }

    /// What is known of the day, now or as it was known then; of all devices, or of those at these places of the
    /// inventory.
    func ground(
        _ rule: RateRule,
        _ day: ServiceDay,
        asKnownAt: Timestamp? = nil,
        devices: Set<Int>? = nil,
        inventory: Inventory? = nil
    ) async throws -> Ground {
        let inventory = if let inventory { inventory } else { try await self.inventories.current() }
        let topology = Topology(inventory, on: day)
        let wanted = rule.neededTracks(of: inventory, on: day, topology: topology, devices: devices)
        let known = try await self.known(rule, day, wanted, asKnownAt: asKnownAt)
        guard known.knownUntil > day.start else { throw Refusal.notBegun(day, known.knownUntil) }
        var tracks: [DeviceID: [CheckTrack]] = [:]
        tracks.reserveCapacity(inventory.devices.count)
        let misses = await self.lastMisses(of: known.tracks, day: day, knownAt: known.knownUntil, rule: rule)
        for key in wanted {
            guard var track = known.tracks[key] else { continue }
            track.openLastMissAt = misses[key]
            tracks[key.device, default: []].append(track)
        }
        return Ground(
            inventory: inventory,
            exemptions: try await ExemptionStore(self.store).exemptions(
                touching: ServicePeriod(.month, containing: day).span
            ),
            tracks: tracks,
            knownAt: known.knownUntil,
            rule: rule,
            day: day,
            topology: topology
        )
    }

    private func known(
        _ rule: RateRule,
        _ day: ServiceDay,
        _ wanted: [TrackKey],
        asKnownAt: Timestamp?
    ) async throws -> DayTracks {
        let queries = TrackQueries(self.store)
        guard let asKnownAt else {
            guard
                let known = try await queries.current(
                    rule.status,
                    wanted,
                    touching: day.span,
                    journal: self.journal
                )
            else { throw Refusal.nothingKnown }
            return known
        }
        guard let knownUntil = try await PostgresLedger(self.store, journal: self.journal).knownUntil() else {
            throw Refusal.nothingKnown
        }
        if asKnownAt > knownUntil { throw Refusal.notKnownYet(knownUntil) }
        return DayTracks(
            knownUntil: asKnownAt,
            tracks: try await queries.tracks(
                rule.status,
                touching: day.span,
                devices: Set(wanted.map(\.device)),
                asKnownAt: asKnownAt
            )
        )
    }

    /// The last miss of each outage that has not ended: the ledger learns it only when the outage ends.
    ///
    /// An outage that is still open has a miss within so many validities before what is known ends as hits are needed
    /// to end it. Where that lies behind the day, the day's figures do not depend on which instant it was.
    private func lastMisses(
        of tracks: [TrackKey: CheckTrack],
        day: ServiceDay,
        knownAt: Timestamp,
        rule: RateRule
    ) async -> [TrackKey: Timestamp] {
        var (found, asked, lookBack): ([TrackKey: Timestamp], [TrackKey: Timestamp], Int64) = ([:], [:], 0)
        for (key, track) in tracks {
            guard let last = track.changes.last, last.status == .offline else { continue }
            let reach = Int64(rule.status.hitsToRecover) * rule.status.validity(of: key.check)
            if knownAt - reach >= day.end {
                found[key] = day.end
            } else {
                asked[key] = last.at
                lookBack = max(lookBack, reach)
            }
        }
        guard !asked.isEmpty else { return found }
        let misses = await JournalEvidence(folder: self.journalFolder).lastMisses(
            of: asked,
            knownAt: knownAt,
            lookBack: lookBack
        )
        return found.merging(misses) { first, _ in first }
    }

    /// What the rule says of days in a row, as known now, each handed out as soon as it is made; two halves at once, so the
    /// order is not that of the days. The days must be so long ago that no open outage's last miss matters to them.
    func forEachSheet(
        _ rule: RateRule,
        _ days: ClosedRange<ServiceDay>,
        _ body: @escaping @Sendable (RateSheet, _ knownAt: Timestamp) throws -> Swift.Void
    ) async throws {
        let inventory = try await self.inventories.current()
        let middle = days.lowerBound.number + (days.upperBound.number - days.lowerBound.number) / 2
        let halves = [
            days.lowerBound...ServiceDay(number: middle),
            ServiceDay(number: middle + 1)...max(days.upperBound, ServiceDay(number: middle + 1)),
        ].filter { $0.lowerBound <= days.upperBound }
        try await withThrowingTaskGroup(of: Swift.Void.self) { group in
            for half in halves {
                group.addTask { try await self.sheets(rule, half, inventory, body) }
            }
            try await group.waitForAll()
        }
    }

    private func sheets(
        _ rule: RateRule,
        _ days: ClosedRange<ServiceDay>,
        _ inventory: Inventory,
        _ body: @escaping @Sendable (RateSheet, _ knownAt: Timestamp) throws -> Swift.Void
    ) async throws {
        // Who is asked changes only where somebody moves, comes or goes; what is read too much does no harm.
        var wanted: Set<TrackKey> = []
        for day in [days.lowerBound, days.upperBound] + inventory.devices.flatMap({ $0.moves.map(\.from) })
        where days.contains(day) {
            let topology = Topology(inventory, on: day)
            wanted.formUnion(rule.neededTracks(of: inventory, on: day, topology: topology))
        }
        let keys = wanted.sorted()
        let exemptions = try await ExemptionStore(self.store).exemptions(
            touching: Span(
                ServicePeriod(.month, containing: days.lowerBound).span.start,
                days.upperBound.end
            )
        )
        try await TrackQueries(self.store).forEachDay(
            days,
            rule.status,
            keys,
            journal: self.journal
        ) { day, known in
            var tracks: [DeviceID: [CheckTrack]] = [:]
            tracks.reserveCapacity(inventory.devices.count)
            for key in keys {
                guard var track = known.tracks[key] else { continue }
                if track.changes.last?.status == .offline { track.openLastMissAt = day.end }
                tracks[key.device, default: []].append(track)
            }
            let ground = Ground(
                inventory: inventory,
                exemptions: exemptions,
                tracks: tracks,
                knownAt: known.knownUntil,
                rule: rule,
                day: day
            )
            var assessor = try ground.assessor()
            try body(assessor.sheet(), known.knownUntil)
        }
    }

    /// What the rule says of the day.
    func sheet(_ rule: RateRule, _ day: ServiceDay, asKnownAt: Timestamp? = nil) async throws -> RateSheet {
        try await self.ground(rule, day, asKnownAt: asKnownAt).sheet()
    }
}

/// The inventory as it is, read again only when it changed (台账缓存).
actor InventoryCache {
    private let store: Store
    private var kept: (revision: String, inventory: Inventory)?

    init(_ store: Store) { self.store = store }

    /// The inventory as it is now.
    func current() async throws -> Inventory {
        let inventories = InventoryStore(self.store)
        // Asked before it is read: what changes in between is read once more the next time.
        let revision = try await inventories.revision()
        if let kept, kept.revision == revision { return kept.inventory }
        let inventory = try await inventories.load()
        self.kept = (revision, inventory)
        return inventory
    }
}
