internal import Foundation
internal import Logging
internal import MediaProbe
internal import SNMP
internal import ServiceLifecycle
internal import Synchronization
internal import Transfer
internal import WaysideCore
internal import WaysideFiles
internal import WaysideNotices
internal import WaysideProbes
internal import WaysideService
internal import WaysideStore
internal import WaysideWeb

/// Puts the service together (组装): the only place that knows every part. It decides nothing.
struct Composition {
    let folder: DataFolder
    let settings: Settings
    /// The folder that relative paths in the settings are meant from.
    let settingsFolder: String
    let rules: Rules
    let database: Database
    /// The folder of the console's pages.
    let pages: String
    let logger: Logger

    /// The rules of tickets, with a wait for verdicts that fits the cadences.
    var ticketPolicy: TicketPolicy {
        var policy = self.settings.tickets
        policy.verdictWaitMilliseconds = self.settings.verdictWaitMilliseconds
        return policy
    }

    /// Only ways that are set are taken.
    var noticePolicy: NoticePolicy {
        var policy = NoticePolicy()
        policy.channels = Notice.Channel.allCases.filter { channel in
            switch channel {
            case .webhook: self.settings.webhook != nil
            case .mail: self.settings.mail != nil
            }
        }
        return policy
    }

    /// Every service, in the order in which they start; they stop in reverse. The journal is to be closed when all have
    /// stopped: until then the patrol makes safe what it saw.
    func services() async throws -> (services: [any Service], journal: FileJournal) {
        let store = self.database.store
        let ledger = PostgresLedger(
            store,
            ticketPolicy: self.ticketPolicy,
            noticePolicy: self.noticePolicy
        )
        let journal = try FileJournal.open(
            folder: self.folder.journal,
            after: try await ledger.position(),
            report: { [logger] in logger.warning("journal: \($0)") }
        )
        let shelf = try FileBookShelf(
            folder: self.folder.books,
            retentionDays: self.settings.journalRetentionDays + 1
        )
        let names = BlockingLane(name: "names", threadCount: 4)
        DescriptorLimit.raise(to: DescriptorLimit.service)
        // As many threads as sessions may be under way: one that has leave must not wait for a thread.
        let streams = BlockingLane(
            name: "stream",
            threadCount: self.settings.courtesy.sessions,
            stackBytes: 256 << 10
        )
        let transfers = BlockingLane(name: "transfer", threadCount: 4)
        let cache = NameCache(lane: names)
        let targets = TargetBook()
        let healthRules = try HealthRules.read()
        let thresholds = ThresholdDesk(rules: healthRules.thresholds)
        let rounds = HealthRounds()
        let engine = try SNMPEngine { rounds.take($0, $1) }
        let engines = EngineKeeping(engine: engine, path: self.folder.engines, logger: self.logger)
        engines.restore()
        let defects = DefectKeeping(path: self.folder.defects, logger: self.logger)
        let reach = try ReachProber(book: targets, names: cache)
        let stream = StreamProber(
            media: try self.mediaProber(),
            book: targets,
            lane: streams,
            courtesy: self.settings.courtesy,
            certificates: self.settings.certificates
        )
        let prober = ProberTable([
            .reach: reach,
            .snmp: try SNMPProber(engine: engine, book: targets, names: cache, thresholds: thresholds),
            .stream: stream,
        ])
        let (patrolTargets, targetsSender) = AsyncStream.makeStream(
            of: PatrolTargets.self,
            bufferingPolicy: .bufferingNewest(1)
        )
        let plan = LatestPlan(.empty)
        let road = RoadKeeper(
            store: store,
            journal: journal,
            folder: self.folder,
            settings: self.settings,
            checks: prober.checks,
            targets: targets,
            sender: targetsSender,
            plan: plan,
            logger: self.logger
        )
        try await road.turn()

        var patrolSettings = PatrolSettings()
        patrolSettings.selfDoubt.share = self.settings.selfDoubtThousandths
        patrolSettings.selfDoubt.windowMilliseconds = self.settings.verdictWaitMilliseconds
        let board = PatrolHealthBoard()
        let controls = ControlTargets(
            self.settings.controlTargets.isEmpty ? nil : self.settings.controlTargets,
            reach: reach
        )
        let clock = ContinuousClock()
        let sights = LatestSights(journal) { [settings] in settings.chainRule(of: $0) }
        let disagreements = DisagreementKeeping(
            path: self.folder.disagreements,
            settings: self.settings,
            sights: sights,
            store: store,
            logger: self.logger
        )
        let (hints, hinting) = AsyncStream.makeStream(
            of: DeviceID.self,
            bufferingPolicy: .bufferingNewest(1_024)
        )
        let patrol = PatrolService(
            settings: patrolSettings,
            targets: patrolTargets,
            hints: hints,
            prober: prober,
            controls: { await controls.answered() },
            journal: sights,
            dated: journal.lastWrittenAt,
            clock: clock,
            board: board,
            logger: self.logger
        )
        let nudge = Nudge()
        let book = BookBoard()
        let bookkeeper = BookkeeperService(
            profiles: self.rules.profiles,
            policy: self.ticketPolicy,
            plan: plan,
            journal: journal,
            ledger: ledger,
            shelf: shelf,
            settings: BookkeeperSettings(),
            clock: clock,
            committed: { page in
                book.post(page.writtenAt)
                if !page.live.isEmpty || !page.faults.isEmpty { nudge.ring() }
            },
            logger: self.logger
        )
        let history = HealthHistory(store, retention: self.settings.healthRetention)
        let healthBoard = HealthBoard(startedAt: WallClock.now())
        let health = HealthWriter { polls in
            let appended = try await history.append(polls, now: WallClock.now())
            return appended.refused
        }
        healthBoard.watch(health)
        healthBoard.recall(try await history.jobs())
        let reading = HealthReading(
            patrol: HealthPatrol(
                engine: engine,
                rounds: rounds,
                profiles: healthRules.profiles,
                book: targets,
                names: cache,
                thresholds: thresholds,
                take: { health.take($0) },
                now: { WallClock.now() },
                logger: self.logger
            )
        )
        let console = try Console(
            store: store,
            rules: self.rules,
            settings: self.settings,
            pages: self.pages,
            journalFolder: self.folder.journal,
            board: board,
            streams: { stream.load },
            sights: sights,
            book: book,
            nudge: nudge,
            history: history,
            healthBoard: healthBoard,
            patrolLoad: { reading.patrol.load },
            defects: defects,
            disagreements: disagreements,
            logger: self.logger
        ).service()
        let keeping = HealthKeeping(history: history, writer: health, board: healthBoard)
        let jobs =
            try self.jobs(store, journal, ledger, road, transfers)
            + keeping.jobs(clock: clock, logger: self.logger)
            + [
                engines.service(clock: clock),
                disagreements.service(clock: clock),
                defects.service(
                    AgentDefectLook(engine: engine, book: targets, names: cache),
                    clock: clock
                ),
            ]
        let traps = self.settings.trapPort.map { port in
            TrapHearing(
                port: port,
                folder: self.folder,
                credentials: targets.credentials,
                patrol: reading.patrol,
                hints: hinting,
                logger: self.logger
            )
        }
        return ([bookkeeper] + jobs + [console, reading] + (traps.map { [$0] } ?? []) + [patrol], journal)
    }

    /// The background jobs.
    private func jobs(
        _ store: Store,
        _ journal: FileJournal,
        _ ledger: PostgresLedger,
        _ road: RoadKeeper,
        _ lane: BlockingLane
    ) throws -> [any Service] {
        let clock = ContinuousClock()
        func job(
            _ name: String,
            _ interval: Duration,
            _ work: @escaping @Sendable () async throws -> Swift.Void
        ) -> any Service {
            RecurringService(name, every: interval, clock: clock, logger: self.logger, job: work)
        }
        let tickets = TicketStore(store, policy: self.ticketPolicy, noticePolicy: self.noticePolicy)
        let restating = Restating(
            assessing: Assessing(store, journalFolder: self.folder.journal),
            rules: self.rules.entries.map { (rule: $0.rule, text: $0.text) }
        )
        let retention = self.settings.journalRetentionDays * ServiceDay.lengthMilliseconds
        var jobs = [
            job("inventory", .seconds(2)) { try await road.turn() },
            job("deadlines", .seconds(1)) { try await tickets.tick(WallClock.now()) },
            job("day rows", .seconds(1)) { try await restating.turn(now: WallClock.now()) },
            job("housekeeping", .seconds(60)) {
                try await journal.packSealedSegments()
                if let read = try await ledger.position() {
                    try await journal.prune(before: WallClock.now() - retention, keepingFrom: read.next)
                }
                try await StatusQueries(store).pruneEvents(
                    before: WallClock.now() - 7 * ServiceDay.lengthMilliseconds
                )
            },
        ]
        if let sender = try self.noticeSender(lane) {
            let notices = NoticeService(
                outbox: OutboxStore(store).outbox,
                sender: sender,
                schedule: RetrySchedule(),
                logger: self.logger
            )
            jobs.append(job("notices", .milliseconds(500)) { try await notices.turn() })
        }
        if let cluster = self.database.cluster {
            jobs.append(
                job("private PostgreSQL", .seconds(10)) {
                    try cluster.ensureRunning()
                    _ = try cluster.checkVersion()
                }
            )
        }
        return jobs
    }
}

/// Wakes whoever waits for the live view to change (唤醒): carries no data.
final class Nudge: Sendable {
    private let waiting = Mutex<[UUID: CheckedContinuation<Swift.Void, Never>]>([:])

    /// Wakes everybody.
    func ring() {
        let all = self.waiting.withLock { waiting in
            defer { waiting = [:] }
            return Array(waiting.values)
        }
        for continuation in all { continuation.resume() }
    }

    /// Waits for the next ring, or until the task is cancelled.
    func wait() async {
        let id = UUID()
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isCancelled = self.waiting.withLock { waiting in
                    if Task.isCancelled { return true }
                    waiting[id] = continuation
                    return false
                }
                if isCancelled { continuation.resume() }
            }
        } onCancel: {
            self.waiting.withLock { $0.removeValue(forKey: id) }?.resume()
        }
    }
}
