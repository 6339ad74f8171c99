public import Logging
public import ServiceLifecycle
public import WaysideCore

/// Asks every device in its turn and writes what it saw in the journal (轮巡).
///
/// One loop owns everything that changes; probes and appends run beside it and send it what became of them. It never
/// waits for a database, a device or a disk: an append that hangs or fails leaves it asking until
/// `PatrolSettings.unsafeEntriesLimit` entries wait, and then it asks nobody until the journal takes them. What could
/// not be kept becomes unknown by the validity of what was seen before, never a guess.
public struct PatrolService<C: Clock & Sendable>: Service where C.Duration == Duration {
    private enum Event: Sendable {
        case verdict(UInt64, ProbeVerdict)
        case appended
        case appendFailed(String)
        case controls(Bool?)
        case targets(PatrolTargets)
        case hint(DeviceID)
        case woken
        case stop

        var isOfJournal: Bool {
            switch self {
            case .appended, .appendFailed: true
            case .verdict, .controls, .targets, .hint, .woken, .stop: false
            }
        }
    }

    private let settings: PatrolSettings
    private let targets: AsyncStream<PatrolTargets>
    private let hints: AsyncStream<DeviceID>
    private let prober: any Prober
    private let controls: @Sendable () async -> Bool?
    private let journal: any Journal
    private let dated: Timestamp?
    private let clock: C
    private let wall: PatrolWallClock
    private let board: PatrolHealthBoard
    private let logger: Logger

    /// A patrol that has not set out yet.
    ///
    /// - Parameters:
    ///   - settings: How it works; without problems.
    ///   - targets: Whom it asks, as a whole; each value replaces the one before. Nobody is asked until the first.
    ///   - hints: Devices of which somebody says that something has happened: their reachability is asked at once.
    ///   - prober: Asks them.
    ///   - controls: Asks our own control targets: false when they were there and are no longer, `nil` when nobody
    ///     can tell.
    ///   - journal: Keeps what was seen.
    ///   - dated: The latest date in the journal; nothing will be dated before it.
    ///   - clock: Paces and measures; monotonic, counting on while the machine sleeps.
    ///   - wall: Dates, together with `clock`.
    ///   - board: Gets the patrol's health after everything that happens.
    ///   - logger: One line for each thing that changes; of a flood one a second.
    public init(
        settings: PatrolSettings = PatrolSettings(),
        targets: AsyncStream<PatrolTargets>,
        hints: AsyncStream<DeviceID> = AsyncStream { $0.finish() },
        prober: any Prober,
        controls: @escaping @Sendable () async -> Bool? = { nil },
        journal: any Journal,
        dated: Timestamp? = nil,
        clock: C,
        wall: PatrolWallClock = .system,
        board: PatrolHealthBoard = PatrolHealthBoard(),
        logger: Logger
    ) {
        precondition(settings.problems.isEmpty, settings.problems.joined(separator: "; "))
        (self.settings, self.targets, self.prober, self.controls) = (settings, targets, prober, controls)
        self.hints = hints
        (self.journal, self.dated, self.clock, self.wall) = (journal, dated, clock, wall)
        (self.board, self.logger) = (board, logger)
    }

    /// Patrols until told to stop, or its task is cancelled; then makes safe what it has and leaves probes under way
    /// alone. Waits for the journal's answer to an append under way.
    public func run() async throws {
        let (events, sender) = AsyncStream.makeStream(of: Event.self)
        // A task of its own, which nobody cancels: what was seen must still be made safe after we are told to stop.
        let patrol = Task { await self.patrol(events, sender) }
        await withTaskCancellationHandler {
            await withGracefulShutdownHandler {
                await patrol.value
            } onGracefulShutdown: {
                sender.yield(.stop)
            }
        } onCancel: {
            sender.yield(.stop)
        }
    }

    private func patrol(_ events: AsyncStream<Event>, _ sender: AsyncStream<Event>.Continuation) async {
        let start = self.clock.now
        var desk = PatrolDesk(settings: self.settings, reading: self.reading(since: start), dated: self.dated)
        var digest = PatrolDigest()
        var appending: Task<Void, Never>?
        await withDiscardingTaskGroup { group in
            group.addTask { [targets] in
                for await value in targets { sender.yield(.targets(value)) }
            }
            group.addTask { [hints] in
                for await device in hints { sender.yield(.hint(device)) }
            }
            var armed: Int64 = .max
            sender.yield(.woken)
            loop: for await event in events {
                let reading = self.reading(since: start)
                let now = reading.elapsedMilliseconds
                if let step = desk.look(reading) { self.report(step) }
                switch event {
                case .stop: break loop
                case .woken: armed = .max
                default: self.handle(event, &desk, &digest, now)
                }
                for departure in desk.departures(elapsed: now) {
                    group.addTask { [prober] in
                        sender.yield(.verdict(departure.number, await prober.probe(departure.order)))
                    }
                }
                if desk.wantsControls(elapsed: now) {
                    group.addTask { [controls] in sender.yield(.controls(await controls())) }
                }
                if let batch = desk.batch(elapsed: now) {
                    appending = Task { [journal] in sender.yield(await Self.append(batch, to: journal)) }
                }
                self.board.post(desk.health(elapsed: now))
                let wake = desk.nextWake(now: now)
                guard wake < armed else { continue }
                armed = wake
                group.addTask { [clock] in
                    // Ends early only when we stop, and then there is nobody to wake.
                    try? await clock.sleep(until: start.advanced(by: .milliseconds(wake)), tolerance: nil)
                    sender.yield(.woken)
                }
            }
            group.cancelAll()
        }
        await appending?.value
        sender.finish()
        for await event in events where event.isOfJournal {
            self.handle(event, &desk, &digest, self.reading(since: start).elapsedMilliseconds)
        }
        await self.finish(&desk, since: start)
    }

    private func handle(_ event: Event, _ desk: inout PatrolDesk, _ digest: inout PatrolDigest, _ now: Int64)
    {
        switch event {
        case .verdict(let number, let verdict):
            desk.receive(verdict, of: number, elapsed: now)
        case .appended:
            if let failure = desk.outbox.succeeded() {
                self.logger.notice(
                    "the journal takes entries again",
                    metadata: ["since": "\(failure.since)", "dropped": "\(desk.outbox.dropped)"]
                )
            }
        case .appendFailed(let reason):
            desk.outbox.failed(reason, date: desk.keeper.date(elapsedMilliseconds: now), elapsed: now)
            guard let count = digest.note("append", elapsedMilliseconds: now) else { return }
            self.logger.critical(
                "the journal takes nothing: what is seen now may be lost",
                metadata: ["reason": "\(reason)", "tries": "\(count)", "dropped": "\(desk.outbox.dropped)"]
            )
        case .controls(let answered):
            let before = desk.doubt.ground
            desk.controls(answered: answered)
            guard desk.doubt.ground != before else { return }
            self.logger.warning(
                "control targets",
                metadata: ["self_doubt": "\(desk.doubt.ground?.rawValue ?? "none")"]
            )
        case .targets(let targets):
            desk.adopt(targets, elapsed: now)
            self.logger.info("targets taken over", metadata: ["tracks": "\(targets.lines.count)"])
        case .hint(let device):
            desk.hasten(device, elapsed: now)
        case .woken, .stop:
            break
        }
    }

    /// Everything that was seen and is not safe yet, in one last batch.
    private func finish(_ desk: inout PatrolDesk, since start: C.Instant) async {
        let now = self.reading(since: start).elapsedMilliseconds
        desk.finish(elapsed: now)
        guard let batch = desk.batch(elapsed: now, isLast: true) else { return }
        guard case .appendFailed(let reason) = await Self.append(batch, to: self.journal) else { return }
        self.logger.critical(
            "the last entries could not be made safe",
            metadata: ["reason": "\(reason)", "entries": "\(batch.entries.count)"]
        )
    }

    private static func append(_ batch: PatrolOutbox.Batch, to journal: any Journal) async -> Event {
        do {
            _ = try await journal.append(batch.entries, writtenAt: batch.writtenAt)
            return .appended
        } catch {
            return .appendFailed(String(describing: error))
        }
    }

    private func reading(since start: C.Instant) -> ClockKeeper.Reading {
        let (wall, isSynchronised) = self.wall.read()
        let elapsed = start.duration(to: self.clock.now).wholeMilliseconds
        return ClockKeeper.Reading(wall: wall, elapsedMilliseconds: elapsed, isSynchronised: isSynchronised)
    }

    private func report(_ step: ClockStep) {
        self.logger.warning(
            "the wall clock was stepped",
            metadata: ["at": "\(step.at)", "by_ms": "\(step.byMilliseconds)"]
        )
    }
}
