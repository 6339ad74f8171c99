internal import WaysideCore

/// Who is asked next, and what becomes of the answers: everything the patrol decides, as one value.
///
/// It sends nothing, waits for nothing and reads no clock; ``PatrolService`` does. Two times run through it: the *pace*
/// (the first wall time and what the monotonic clock has counted since; it orders schedules, deadlines and waits, and
/// never jumps) and *dates*, which ``ClockKeeper`` gives to what is seen.
struct PatrolDesk {
    let settings: PatrolSettings
    private let start: Timestamp
    private let startElapsed: Int64

    // Who is asked
    private var lines: [TrackKey: Line] = [:]
    private var turns = PatrolHeap<Turn>()
    private var waiting: [TrackKey: Turn] = [:]
    private var ready: [Check: PatrolHeap<Turn>] = [:]
    private var blocked: [ProbeSession: [Turn]] = [:]
    private var sessions: Set<ProbeSession> = []
    private var missesToConfirm = 1

    // Who is being asked
    private var flights: [UInt64: Flight] = [:]
    private var deadlines = PatrolHeap<Deadline>()
    private var inFlight: [Check: Int] = [:]
    private var lastNumber: UInt64 = 0
    private var nextCareElapsed: Int64

    // What was seen
    var keeper: ClockKeeper
    var doubt: SelfDoubt
    var outbox: PatrolOutbox

    // Our own control targets
    private var areControlsAsked = false
    private var controlsAskedElapsed: Int64?

    private var lostTurns: UInt64 = 0
    private var answers: UInt64 = 0
    private var overrunning = 0

    /// A desk with nobody to ask. `dated` is the latest date that was ever given.
    init(settings: PatrolSettings, reading: ClockKeeper.Reading, dated: Timestamp?) {
        self.settings = settings
        (self.start, self.startElapsed) = (reading.wall, reading.elapsedMilliseconds)
        self.nextCareElapsed = reading.elapsedMilliseconds
        self.keeper = ClockKeeper(
            reading,
            dated: dated,
            thresholdMilliseconds: settings.clockStepMilliseconds
        )
        self.doubt = SelfDoubt(settings: settings.selfDoubt)
        self.outbox = PatrolOutbox(settings: settings, elapsed: reading.elapsedMilliseconds, dated: dated)
    }

    private func pace(_ elapsed: Int64) -> Timestamp { self.start + (elapsed - self.startElapsed) }
    private func elapsed(_ pace: Timestamp) -> Int64 { pace - self.start + self.startElapsed }
}

// MARK: - Time passes

extension PatrolDesk {
    /// Takes in the clocks; answers the step if the wall clock was stepped. To be called before anything else is.
    mutating func look(_ reading: ClockKeeper.Reading) -> ClockStep? {
        let elapsed = reading.elapsedMilliseconds
        let step = self.keeper.read(reading)
        if let step { self.outbox.keep(.clockStep(step), elapsed: elapsed) }
        while let first = self.deadlines.first, first.elapsed <= elapsed {
            self.deadlines.removeFirst()
            self.giveUp(first.number, elapsed: elapsed)
        }
        if elapsed >= self.nextCareElapsed {
            self.nextCareElapsed = elapsed + 1_000
            self.loseTurns(elapsed: elapsed)
        }
        var written: [Observation] = []
        self.doubt.release(now: self.pace(elapsed), into: &written)
        self.keep(written, elapsed: elapsed)
        return step
    }

    /// When something is to be done next, by the monotonic clock; never more than a second after `now`, or after the
    /// last care that was taken.
    func nextWake(now: Int64) -> Int64 {
        var wake = min(self.nextCareElapsed, now + 1_000)
        if !self.isPaused, let turn = self.turns.first { wake = min(wake, self.elapsed(turn.due)) }
        if let deadline = self.deadlines.first { wake = min(wake, deadline.elapsed) }
        if let release = self.doubt.nextRelease { wake = min(wake, self.elapsed(release)) }
        if let append = self.outbox.nextAppendElapsed { wake = min(wake, append) }
        return wake
    }

    /// Nobody is asked while nothing more can be kept.
    var isPaused: Bool { self.outbox.isFull(besides: self.doubt.heldCount) }

    /// Whoever could not be asked for a whole interval has lost that turn: we were too busy.
    private mutating func loseTurns(elapsed: Int64) {
        let now = self.pace(elapsed)
        for (track, turn) in self.waiting {
            guard var line = self.lines[track] else { continue }
            guard turn.due + line.schedule.cadence.intervalMilliseconds <= now else { continue }
            self.waiting[track] = nil
            self.lostTurns += 1
            line.schedule.lose(now: now)
            self.lines[track] = line
            self.plan(track)
            guard !self.isPaused else { continue }
            let date = self.keeper.date(elapsedMilliseconds: elapsed)
            let lost = Observation(
                device: track.device,
                check: track.check,
                hop: track.hop,
                at: date,
                collector: self.settings.collector,
                outcome: .unknown,
                cause: .selfOverloaded
            )
            self.keep([lost], elapsed: elapsed)
        }
    }
}

// MARK: - Who is asked

extension PatrolDesk {
    /// Asks these from now on. Who stays keeps what was learned of it; probes under way are not recalled.
    mutating func adopt(_ targets: PatrolTargets, elapsed: Int64) {
        let now = self.pace(elapsed)
        let before = self.lines
        self.missesToConfirm = targets.missesToConfirm
        self.lines.removeAll(keepingCapacity: true)
        for line in targets.lines {
            var kept =
                before[line.track]
                ?? Line(
                    schedule: ProbeSchedule(
                        line.track,
                        cadence: line.cadence,
                        missesToConfirm: targets.missesToConfirm,
                        now: now
                    ),
                    root: line.root,
                    version: 0
                )
            kept.schedule.adopt(line.cadence, missesToConfirm: targets.missesToConfirm, now: now)
            kept.root = line.root
            self.lines[line.track] = kept
        }
        let lines = self.lines
        self.waiting = self.waiting.filter { lines[$0.key] != nil }
        self.doubt.keepOnly { lines[$0] != nil }
        for flight in self.flights.values where !flight.isOverrun {
            self.lines[flight.track]?.isInFlight = true
        }
        // Old turns are void by their version; making the heap anew keeps replaced inventories from piling up in it.
        self.turns = PatrolHeap()
        for (track, line) in lines where !line.isInFlight && self.waiting[track] == nil { self.plan(track) }
    }

    /// The probes that shall set out now. Answers to each come back by ``receive(_:of:elapsed:)``.
    mutating func departures(elapsed: Int64) -> [Departure] {
        guard !self.isPaused else { return [] }
        let now = self.pace(elapsed)
        while let turn = self.turns.first, turn.due <= now {
            self.turns.removeFirst()
            guard let line = self.lines[turn.track], line.version == turn.version, !line.isInFlight else {
                continue
            }
            self.waiting[turn.track] = turn
            self.ready[turn.track.check, default: PatrolHeap()].insert(turn)
        }
        var departures: [Departure] = []
        while let check = self.nextCheck, let turn = self.ready[check]?.removeFirst() {
            guard self.waiting[turn.track] == turn else { continue }
            let session = ProbeSession(of: turn.track)
            if self.sessions.contains(session) {
                self.blocked[session, default: []].append(turn)
            } else if let departure = self.setOut(turn.track, session, elapsed: elapsed) {
                departures.append(departure)
            }
        }
        return departures
    }

    /// Of the checks that have a place free, the one whose turn has waited longest: so that of those who share a
    /// camera's session none is always behind another.
    private var nextCheck: Check? {
        var longest: (check: Check, due: Timestamp)?
        for (check, turns) in self.ready {
            guard self.inFlight[check, default: 0] < self.settings.limit(of: check),
                let due = turns.first?.due,
                due < longest?.due ?? .distantFuture
            else { continue }
            longest = (check, due)
        }
        return longest?.check
    }

    private mutating func setOut(_ track: TrackKey, _ session: ProbeSession, elapsed: Int64) -> Departure? {
        self.waiting[track] = nil
        guard var line = self.lines[track] else { return nil }
        line.isInFlight = true
        self.lines[track] = line
        self.lastNumber += 1
        self.sessions.insert(session)
        self.inFlight[track.check, default: 0] += 1
        self.flights[self.lastNumber] = Flight(
            track: track,
            root: line.root,
            at: self.keeper.date(elapsedMilliseconds: elapsed),
            askedAt: self.pace(elapsed),
            askedElapsed: elapsed,
            isDoubtful: self.keeper.isDoubtful(elapsedMilliseconds: elapsed)
        )
        let cadence = line.schedule.cadence
        self.deadlines.insert(
            Deadline(
                elapsed: elapsed + cadence.deadlineMilliseconds + self.settings.overrunMilliseconds,
                number: self.lastNumber
            )
        )
        return Departure(
            number: self.lastNumber,
            order: ProbeOrder(
                device: track.device,
                check: track.check,
                hop: track.hop,
                deadline: cadence.deadline,
                intervalMilliseconds: cadence.intervalMilliseconds
            )
        )
    }

    /// Asks a device's reachability now instead of in its turn, because somebody hints that something has happened to it.
    /// Who is being asked, or waits for it, is let be.
    mutating func hasten(_ device: DeviceID, elapsed: Int64) {
        for check in [Check.reach, .snmp] {
            let track = TrackKey(device: device, check: check, hop: .direct)
            guard var line = self.lines[track], !line.isInFlight, self.waiting[track] == nil else { continue }
            line.version += 1
            self.lines[track] = line
            self.turns.insert(Turn(due: self.pace(elapsed), track: track, version: line.version))
        }
    }

    /// When a stream's outage is confirmed or over at one place, the same stream is looked at soon at the others: what
    /// they say together means something only when the looks stand close together. It costs a camera one more look at
    /// each such change; it is left out when much is asked already, and when we doubt ourselves.
    private mutating func hastenOtherPlaces(than track: TrackKey, now: Timestamp) {
        guard track.check == .stream, self.doubt.ground == nil,
            self.inFlight[.stream, default: 0] * 2 <= self.settings.limit(of: .stream)
        else { return }
        for hop in Hop.allCases where hop != track.hop {
            let other = TrackKey(device: track.device, check: track.check, hop: hop)
            guard var line = self.lines[other], !line.isInFlight, self.waiting[other] == nil,
                line.schedule.hasten(now: now)
            else { continue }
            self.lines[other] = line
            self.plan(other)
        }
    }

    private mutating func plan(_ track: TrackKey) {
        guard var line = self.lines[track] else { return }
        line.version += 1
        self.lines[track] = line
        self.turns.insert(Turn(due: line.schedule.nextDue, track: track, version: line.version))
    }
}

// MARK: - What they say

extension PatrolDesk {
    /// Takes in what a probe brought home.
    mutating func receive(_ verdict: ProbeVerdict, of number: UInt64, elapsed: Int64) {
        guard let flight = self.flights.removeValue(forKey: number) else { return }
        self.inFlight[flight.track.check, default: 1] -= 1
        let session = ProbeSession(of: flight.track)
        self.sessions.remove(session)
        for turn in self.blocked.removeValue(forKey: session) ?? [] where self.waiting[turn.track] == turn {
            self.ready[turn.track.check, default: PatrolHeap()].insert(turn)
        }
        guard !flight.isOverrun else {
            self.overrunning -= 1
            return
        }
        self.conclude(flight, verdict, elapsed: elapsed)
    }

    /// A prober must be back by its deadline; one that is not says nothing of the device. What it holds stays taken.
    private mutating func giveUp(_ number: UInt64, elapsed: Int64) {
        guard var flight = self.flights[number], !flight.isOverrun else { return }
        flight.isOverrun = true
        self.flights[number] = flight
        self.overrunning += 1
        let verdict = ProbeVerdict(outcome: .unknown, cause: .selfOverloaded, values: #"{"overrun":true}"#)
        self.conclude(flight, verdict, elapsed: elapsed)
    }

    private mutating func conclude(_ flight: Flight, _ verdict: ProbeVerdict, elapsed: Int64) {
        self.answers += 1
        let track = flight.track
        let now = self.pace(elapsed)
        if var line = self.lines[track] {
            line.isInFlight = false
            let wasOut = line.schedule.isOut
            line.schedule.receive(verdict.outcome, cause: verdict.cause, askedAt: flight.askedAt, now: now)
            self.lines[track] = line
            self.plan(track)
            if line.schedule.isOut != wasOut { self.hastenOtherPlaces(than: track, now: now) }
        }
        let observation = Observation(
            device: track.device,
            check: track.check,
            hop: track.hop,
            at: flight.at,
            receivedAt: self.keeper.date(elapsedMilliseconds: elapsed),
            collector: self.settings.collector,
            outcome: verdict.outcome,
            cause: verdict.cause,
            tookMilliseconds: verdict.took.map { max(0, $0.wholeMilliseconds) }
                ?? (elapsed - flight.askedElapsed),
            values: verdict.values,
            evidence: verdict.evidence
        )
        if flight.isDoubtful || self.keeper.isDoubtful(elapsedMilliseconds: elapsed) {
            let isOurs = observation.outcome == .unknown
            self.keep([isOurs ? observation : observation.disowned(.selfClock)], elapsed: elapsed)
            return
        }
        var written: [Observation] = []
        self.doubt.receive(observation, root: flight.root, now: now, into: &written)
        self.keep(written, elapsed: elapsed)
    }

    private mutating func keep(_ written: [Observation], elapsed: Int64) {
        for observation in written { self.outbox.keep(.observation(observation), elapsed: elapsed) }
    }

    /// Lets go of what is held, because we stop. What is still under way is lost: nobody waits for it.
    mutating func finish(elapsed: Int64) {
        var written: [Observation] = []
        self.doubt.releaseAll(into: &written)
        self.keep(written, elapsed: elapsed)
    }
}

// MARK: - What is made safe

extension PatrolDesk {
    /// What shall be appended now; `nil` while nothing shall be, or an append is under way.
    mutating func batch(elapsed: Int64, isLast: Bool = false) -> PatrolOutbox.Batch? {
        self.outbox.batch(
            date: self.keeper.date(elapsedMilliseconds: elapsed),
            elapsed: elapsed,
            isLast: isLast
        )
    }

    /// Whether our own control targets shall be asked now; who is told so asks them.
    mutating func wantsControls(elapsed: Int64) -> Bool {
        let since = self.controlsAskedElapsed.map { elapsed - $0 } ?? .max
        let isUrgent = self.doubt.heldCount > 0 && since >= 1_000
        guard !self.areControlsAsked, since >= self.settings.controlMilliseconds || isUrgent else {
            return false
        }
        self.areControlsAsked = true
        self.controlsAskedElapsed = elapsed
        return true
    }

    /// Takes in what the control targets did.
    mutating func controls(answered: Bool?) {
        self.areControlsAsked = false
        self.doubt.controls(answered: answered)
    }

    func health(elapsed: Int64) -> PatrolHealth {
        var health = PatrolHealth()
        health.at = self.keeper.date(elapsedMilliseconds: elapsed)
        health.tracks = self.lines.count
        health.inFlight = self.inFlight.filter { $0.value > 0 }
        health.waiting = self.waiting.count
        health.overrunning = self.overrunning
        health.lostTurns = self.lostTurns
        health.answers = self.answers
        health.selfDoubt = self.doubt.ground
        health.heldClockStepMilliseconds = self.keeper.heldMilliseconds
        health.isClockDoubtful = self.keeper.isDoubtful(elapsedMilliseconds: elapsed)
        health.isPaused = self.isPaused
        self.outbox.describe(in: &health, held: self.doubt.heldCount)
        return health
    }
}
