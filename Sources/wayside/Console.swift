internal import Logging
internal import Postgres
internal import Synchronization
internal import WaysideCore
internal import WaysideFiles
internal import WaysideProbes
internal import WaysideService
internal import WaysideStore
internal import WaysideWeb

/// Fills the console's questions with answers from the ledger (控制台数据).
struct Console: Sendable {
    let store: Store
    let rules: Rules
    let settings: Settings
    let pages: String
    let journalFolder: String
    let board: PatrolHealthBoard
    let streams: @Sendable () -> StreamLoad
    let sights: LatestSights
    let book: BookBoard
    let nudge: Nudge
    let history: HealthHistory
    let healthBoard: HealthBoard
    let patrolLoad: @Sendable () -> HealthPatrol.Load
    let defects: DefectKeeping
    let disagreements: DisagreementKeeping
    let logger: Logger

    /// The server.
    func service() throws -> WebServer {
        let settings = WebSettings(
            host: self.settings.webHost,
            port: self.settings.webPort,
            staticFolder: self.pages
        )
        return try WebServer(data: self.data, settings: settings, logger: self.logger)
    }

    private var data: ConsoleData {
        let status = StatusQueries(self.store)
        let tickets = TicketQueries(self.store)
        let inventories = InventoryStore(self.store)
        return ConsoleData(
            inventory: { try await inventories.load() },
            status: { try await self.status() },
            device: { key in
                let inventory = try await inventories.load()
                guard let device = inventory.device(key: key) else { return nil }
                return self.history(
                    device,
                    in: inventory,
                    tickets: try await tickets.tickets(of: device.id, atMost: 20)
                )
            },
            explain: { try await self.explain($0, $1, $2) },
            tickets: { try await tickets.live() },
            ticket: { number in
                try await tickets.record(number).map {
                    TicketHistory(ticket: $0.ticket, moves: $0.moves, affected: $0.affected)
                }
            },
            rates: { day, rule in try await self.sheet(day, rule) },
            rules: { self.rules.entries.map { RuleText(rule: $0.rule, text: $0.text) } },
            reports: { day in
                let month = day.map { ServicePeriod(.month, containing: $0) }
                return try await ReportStore(self.store).reports(in: month.map { $0.first...$0.last })
            },
            reportFigures: { try await self.reportFigures($0, revision: $1) },
            exemptions: { day in
                let month = ServicePeriod(.month, containing: day ?? ServiceDay(containing: WallClock.now()))
                return try await ExemptionStore(self.store).cases(touching: month.span)
            },
            healthSeries: { key in
                guard let device = try await inventories.load().device(key: key) else { return nil }
                return try await self.history.series(of: device.id, now: WallClock.now())
            },
            healthHistory: { try await self.healthHistory($0) },
            defects: { self.defects.current.defects },
            disagreements: {
                let book = self.disagreements.current
                return ConsoleDisagreements(listed: book.standing, counts: book.counts)
            },
            events: { after, limit in
                ConsoleEventPage(
                    events: try await status.events(after: after, atMost: limit).map(ConsoleEvent.init),
                    kept: try await status.eventRange()
                )
            },
            waitForEvents: { after in try await self.waitForEvents(after: after) },
            health: { self.health },
            metrics: { self.metrics }
        )
    }

    private func healthHistory(_ question: HealthQuestion) async throws -> HealthAnswer? {
        guard let device = try await InventoryStore(self.store).load().device(key: question.device) else {
            return nil
        }
        let to = question.to ?? WallClock.now()
        let from = question.from ?? to - ServiceDay.lengthMilliseconds
        let asking = HealthAsking(history: self.history, device: device, now: WallClock.now())
        do {
            return try await asking.answer(
                question.name,
                question.instance,
                from: from,
                to: to,
                every: question.everyMilliseconds
            )
        } catch let refusal as HealthAsking.Refusal {
            throw ConsoleProblem(.noSuchThing, "\(refusal)")
        }
    }

    private func history(
        _ device: Device,
        in inventory: Inventory,
        tickets: [FaultTicket]
    ) -> DeviceHistory {
        let seen = self.sights.observations(of: device.id)
        let now = WallClock.now()
        let day = ServiceDay(containing: now)
        let hops = HopTable(
            device,
            sights: self.sights.sights(of: device.id),
            server: inventory.streamServer(of: device, on: day),
            now: now,
            validForMilliseconds: {
                self.settings.chainRule(of: $0, for: device, in: inventory, on: day).validForMilliseconds
            }
        )
        return DeviceHistory(
            tickets: tickets,
            lastObservations: seen,
            hops: device.checks.contains(.stream) ? hops : nil,
            defects: self.defects.current.defects(of: device.key)
        )
    }

    private func status() async throws -> RoadStatus {
        let status = StatusQueries(self.store)
        let tickets = TicketQueries(self.store)
        // The sequence first: what comes after it arrives as an event too, and twice is the same as once.
        let last = try await status.eventRange()?.upperBound ?? 0
        return RoadStatus(
            at: WallClock.now(),
            statuses: try await status.live(),
            tickets: try await tickets.live(),
            explanations: try await tickets.explanations(),
            lastEvents: try await status.lastEvents(atMost: 100).map(ConsoleEvent.init),
            lastSequence: last
        )
    }

    private func reportFigures(_ id: String, revision: Int?) async throws -> String? {
        let reports = ReportStore(self.store)
        let revisions: [PublishedReport]
        do {
            revisions = try await reports.revisions(id)
        } catch is ReportStore.Refusal {
            return nil
        }
        guard let report = revisions.first(where: { revision == nil || $0.revision == revision }) else {
            return nil
        }
        return String(decoding: try await reports.figures(report), as: UTF8.self)
    }

    private func rule(_ name: String?) throws -> RateRule {
        let wanted = name ?? Rules.usual
        guard let entry = self.rules.entries.first(where: { $0.rule.id == wanted }) else {
            let known = self.rules.entries.map(\.rule.id).joined(separator: ", ")
            throw ConsoleProblem(.noSuchThing, "there is no rule \(wanted); known are \(known)")
        }
        return entry.rule
    }

    private func sheet(_ day: ServiceDay?, _ rule: String?) async throws -> RateSheet {
        let rule = try self.rule(rule)
        do {
            return try await Assessing(self.store, journalFolder: self.journalFolder).sheet(
                rule,
                day ?? ServiceDay(containing: WallClock.now())
            )
        } catch let refusal as Assessing.Refusal {
            throw ConsoleProblem(.notNow, "\(refusal)")
        }
    }

    private func explain(_ key: String, _ day: ServiceDay?, _ rule: String?) async throws -> DayExplanation? {
        let rule = try self.rule(rule)
        let day = day ?? ServiceDay(containing: WallClock.now())
        let ground: Assessing.Ground
        do {
            ground = try await Assessing(self.store, journalFolder: self.journalFolder).ground(rule, day)
        } catch let refusal as Assessing.Refusal {
            throw ConsoleProblem(.notNow, "\(refusal)")
        }
        guard let index = ground.inventory.index(ofKey: key) else { return nil }
        let explanation = try await Explanation(
            ground,
            device: index,
            journal: JournalEvidence(folder: self.journalFolder),
            reports: ReportStore(self.store)
        )
        return explanation.forConsole
    }

    /// Rung by the bookkeeper; looked at anew after a while, because another process may have written.
    private func waitForEvents(after sequence: Int64) async throws {
        if let last = try await StatusQueries(self.store).eventRange()?.upperBound, last > sequence { return }
        await withTaskGroup(of: Swift.Void.self) { group in
            group.addTask { await self.nudge.wait() }
            // Ends early only when the task is cancelled, and then nobody waits any more.
            group.addTask { try? await Task.sleep(for: .seconds(2)) }
            await group.next()
            group.cancelAll()
        }
        try Task.checkCancellation()
    }

    private var health: ConsoleHealth {
        let now = WallClock.now()
        let patrol = self.board.health
        var troubles: [ConsoleHealth.Trouble] = []
        if let failure = patrol.journalFailure {
            troubles.append(.init(.journalRefuses, detail: failure.reason, since: failure.since))
        }
        if patrol.isPaused {
            troubles.append(.init(.patrolPaused, detail: "nobody is asked until the journal takes more"))
        }
        if let ground = patrol.selfDoubt {
            troubles.append(
                .init(.selfDoubt, detail: "what is seen now is taken for our own fault: \(ground.rawValue)")
            )
        }
        if patrol.isClockDoubtful || patrol.heldClockStepMilliseconds != 0 {
            troubles.append(
                .init(
                    .clockDoubtful,
                    detail: "the wall clock was moved by \(patrol.heldClockStepMilliseconds) ms"
                )
            )
        }
        troubles += self.healthBoard.troubles(at: now).map { .init(.historyBehind, detail: $0) }
        if let failure = self.store.pool.load.lastFailure {
            troubles.append(.init(.databaseAway, detail: failure.message))
        }
        return ConsoleHealth(
            at: now,
            knownUntil: self.book.knownUntil,
            staleAfterMilliseconds: Self.staleAfterMilliseconds,
            troubles: troubles
        )
    }

    /// The patrol writes at least once a second; ten times that is long.
    private static let staleAfterMilliseconds: Int64 = 10_000

    private var metrics: String {
        let patrol = self.board.health
        let known = self.book.knownUntil?.milliseconds ?? 0
        let rows: [(String, String, String, String)] = [
            ("wayside_patrol_tracks", "gauge", "Tracks that are asked.", "\(patrol.tracks)"),
            ("wayside_patrol_answers_total", "counter", "Probes that came back.", "\(patrol.answers)"),
            (
                "wayside_patrol_lost_turns_total", "counter", "Turns skipped because a probe was under way.",
                "\(patrol.lostTurns)"
            ),
            (
                "wayside_patrol_unsafe_entries", "gauge", "Entries that are not yet safe in the journal.",
                "\(patrol.unsafeEntries)"
            ),
            (
                "wayside_patrol_dropped_entries_total", "counter", "Entries that could not be kept.",
                "\(patrol.droppedEntries)"
            ),
            (
                "wayside_known_until_seconds", "gauge", "Up to where the ledger knows, Unix time.",
                "\(Double(known) / 1_000)"
            ),
            (
                "wayside_database_connections_open", "gauge", "Connections to the database.",
                "\(self.store.pool.load.open)"
            ),
            (
                "wayside_health_devices_polled", "gauge", "Devices whose health is read round after round.",
                "\(self.patrolLoad().polled)"
            ),
            (
                "wayside_snmp_defects", "gauge",
                "What SNMP agents do against their standard, in the last 30 days.",
                "\(self.defects.current.defects.count)"
            ),
        ]
        var text = self.healthBoard.metrics
        text += rows.map { "# HELP \($0.0) \($0.2)\n# TYPE \($0.0) \($0.1)\n\($0.0) \($0.3)\n" }.joined()
        text += "# HELP wayside_patrol_in_flight Probes under way.\n# TYPE wayside_patrol_in_flight gauge\n"
        for (check, count) in patrol.inFlight.sorted(by: { $0.key < $1.key }) {
            text += "wayside_patrol_in_flight{check=\"\(check.rawValue)\"} \(count)\n"
        }
        text += "# HELP wayside_stream_disagreements Cameras whose places contradict one another.\n"
        text += "# TYPE wayside_stream_disagreements gauge\n"
        let counts = self.disagreements.current.counts
        for (finding, count) in counts.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            text += "wayside_stream_disagreements{finding=\"\(finding.rawValue)\"} \(count)\n"
        }
        return text + StreamMetrics(self.streams()).text
    }
}

/// Up to where the ledger knows, without asking the database (记账进度).
final class BookBoard: Sendable {
    private let instant = Mutex<Timestamp?>(nil)

    /// `nil` before the first page of this run.
    var knownUntil: Timestamp? { self.instant.withLock { $0 } }

    func post(_ instant: Timestamp) { self.instant.withLock { $0 = instant } }
}

extension ConsoleEvent {
    init(_ event: LiveEvent) {
        let content: Content =
            switch event.content {
            case .status(let facet, let status, let before, let since, let cause, let isFaltering):
                .status(facet, status, before: before, since: since, cause: cause, isFaltering: isFaltering)
            case .ticket(let number, let action): .ticket(number: number, action: action)
            }
        self.init(sequence: event.sequence, device: event.device, content: content, knownAt: event.knownAt)
    }
}

extension Explanation {
    /// The same for the console.
    var forConsole: DayExplanation {
        let end = min(self.ground.knownAt, self.ground.day.end)
        return DayExplanation(
            device: self.device.key,
            day: self.ground.day,
            until: end < self.ground.day.end ? end : nil,
            isProvisional: self.ground.knownAt < self.ground.day.end
                + self.ground.rule.status.horizonMilliseconds
                + self.ground.rule.latenessMilliseconds,
            rule: self.ground.rule,
            intervals: self.line.intervals.map { interval in
                let opened = self.observation(at: interval.span.start)
                return DayExplanation.Interval(
                    interval,
                    cause: opened?.cause,
                    openedBy: opened,
                    closedBy: self.observation(at: interval.span.end),
                    exemptions: self.exemptions(over: interval)
                )
            },
            row: self.row
        )
    }

    private func observation(at instant: Timestamp) -> Observation? {
        for track in self.tracks {
            let key = TrackKey(device: self.device.id, check: track.check, hop: track.hop)
            if let seen = self.evidence[JournalEvidence.Place(key: key, at: instant)] { return seen }
        }
        return nil
    }
}
