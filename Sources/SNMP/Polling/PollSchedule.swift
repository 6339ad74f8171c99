/// Who is asked when: the subjects, their places in their intervals, and the two lanes.
///
/// A subject whose rounds find no agent goes to the lane of the silent: asked with one try, at intervals that double up
/// to a limit, and out of a window of its own, so that the dead never take the places of the living. The first answer
/// brings it back to its old place in its interval.
struct PollSchedule {
    /// A subject with its place.
    struct Subject {
        let token: UInt32
        /// The subject's access, as an index of the loop's.
        let access: UInt32
        /// The subject's engine, as an index of the loop's book; `USMBook.noIndex` where it speaks no v3.
        let engine: UInt32
        fileprivate let address: KeptAddresses.Kept
        let questions: [PollTemplate]
        /// Nanoseconds; 0 for one round only.
        let interval: Int64
        /// Its place: rounds are due at whole intervals from here.
        fileprivate var place: MonotonicTime
        /// When the present or next round is due: its place, unless it was hastened.
        fileprivate(set) var dueAt: MonotonicTime
        /// Rounds in a row that found no agent.
        fileprivate(set) var misses: UInt8 = 0
        fileprivate(set) var isUnderWay = false

        func isSilent(after most: UInt8) -> Bool { self.misses >= most }
    }

    /// Which subject, and which of those that had its place.
    struct Reference: Equatable {
        let index: UInt32
        let generation: UInt16

        /// No subject's.
        static let nobody = Reference(index: .max, generation: 0)
    }

    /// 64 bytes, because the generation comes last.
    private struct Place {
        var subject: Subject?
        var generation: UInt16 = 0
    }

    /// Rounds without an agent that put a subject into the lane of the silent.
    static let missesToSilence: UInt8 = 2

    /// The furthest that a first round may lie ahead, 100 days in nanoseconds: within what the wheel can count.
    private static let mostAhead: Int64 = 100 * 86_400 * 1_000_000_000

    private let mostBackOff: Int64
    private var places: ContiguousArray<Place> = []
    private var free: [UInt32] = []
    private var indexOfToken = IndexTable()
    private var addresses = KeptAddresses()
    private var wheel: DeadlineWheel
    private var expired: [UInt32] = []
    /// Due, waiting for a place in the window: those that answer, and those that do not.
    private var waiting = IDQueue()
    private var waitingSilent = IDQueue()

    init(mostBackOff: Duration, now: MonotonicTime) {
        self.mostBackOff = mostBackOff.wholeNanoseconds
        self.wheel = DeadlineWheel(now: now)
    }

    /// How many subjects there are.
    var count: Int { self.places.count - self.free.count }
    /// Whether somebody's turn has come.
    func hasWaiting(silent: Bool) -> Bool { silent ? !self.waitingSilent.isEmpty : !self.waiting.isEmpty }
    /// How many wait for their turn.
    var waitingCount: Int { self.waiting.count + self.waitingSilent.count }

    subscript(reference: Reference) -> Subject? {
        guard Int(reference.index) < self.places.count else { return nil }
        let place = self.places[Int(reference.index)]
        return place.generation == reference.generation ? place.subject : nil
    }

    /// Makes room for so many more at once, where they are many: doubling would take up to twice as much.
    mutating func reserve(_ more: Int) {
        let missing = more - self.free.count
        guard missing >= max(1_024, self.places.count / 4) else { return }
        self.places.reserveCapacity(self.places.count + missing)
    }

    /// Where a subject's agent is.
    func address(of subject: Subject) -> AgentAddress { self.addresses[subject.address] }

    private func index(of token: UInt32) -> UInt32? {
        var probe = self.indexOfToken.probe(Self.hash(token))
        while let index = self.indexOfToken.next(&probe) {
            if self.places[Int(index)].subject?.token == token { return index }
        }
        return nil
    }

    /// Spreads tokens, which callers count in steps (Knuth, The Art of Computer Programming 3, §6.4).
    private static func hash(_ token: UInt32) -> Int { Int(token &* 0x9E37_79B1) }

    /// Takes a subject in; one of the same token goes.
    mutating func add(
        _ subject: PollSubject,
        access: UInt32,
        engine: UInt32 = USMBook.noIndex,
        now: MonotonicTime
    ) {
        self.remove(subject.token)
        let index: UInt32
        if let last = self.free.popLast() {
            index = last
        } else {
            index = UInt32(self.places.count)
            self.places.append(Place())
        }
        let dueAt = now &+ min(subject.firstAfter.wholeNanoseconds, Self.mostAhead)
        self.places[Int(index)].subject = Subject(
            token: subject.token,
            access: access,
            engine: engine,
            address: self.addresses.keep(subject.agent.address),
            questions: subject.questions,
            interval: subject.interval?.wholeNanoseconds ?? 0,
            place: dueAt,
            dueAt: dueAt
        )
        self.indexOfToken.insert(index, hash: Self.hash(subject.token))
        if dueAt <= now { self.waiting.append(index) } else { self.wheel.add(index, dueAt: dueAt) }
    }

    /// Lets a subject go; a question of it that is under way ends unheard.
    mutating func remove(_ token: UInt32) {
        guard let index = self.index(of: token) else { return }
        self.indexOfToken.remove(index, hash: Self.hash(token))
        self.places[Int(index)].subject = nil
        self.places[Int(index)].generation &+= 1
        self.free.append(index)
    }

    /// Makes a subject due now, unless a round of it is under way.
    mutating func hasten(_ token: UInt32, now: MonotonicTime) {
        guard let index = self.index(of: token), let subject = self.places[Int(index)].subject,
            !subject.isUnderWay, subject.dueAt > now
        else { return }
        self.places[Int(index)].subject?.dueAt = now
        self.waiting.append(index)
    }

    /// Moves those whose time has come to their lanes.
    mutating func expire(now: MonotonicTime) {
        self.wheel.expire(at: now, into: &self.expired)
        for index in self.expired {
            guard let subject = self.places[Int(index)].subject, !subject.isUnderWay, subject.dueAt <= now
            else { continue }
            if subject.isSilent(after: Self.missesToSilence) {
                self.waitingSilent.append(index)
            } else {
                self.waiting.append(index)
            }
        }
        self.expired.removeAll(keepingCapacity: true)
    }

    /// The next whose turn it is, now under way.
    mutating func begin(silent: Bool, now: MonotonicTime) -> Reference? {
        while let index = silent ? self.waitingSilent.popFirst() : self.waiting.popFirst() {
            // A subject may wait more than once, after a hastened round or under a new subject.
            guard let subject = self.places[Int(index)].subject, !subject.isUnderWay, subject.dueAt <= now
            else { continue }
            self.places[Int(index)].subject?.isUnderWay = true
            return Reference(index: index, generation: self.places[Int(index)].generation)
        }
        return nil
    }

    /// Ends a round: the next is due at the subject's place in its interval, later where nobody answers. A subject of one
    /// round goes.
    mutating func end(_ reference: Reference, isAlive: Bool, now: MonotonicTime) {
        guard var subject = self[reference] else { return }
        guard subject.interval > 0 else { return self.remove(subject.token) }
        subject.isUnderWay = false
        subject.misses = isAlive ? 0 : subject.misses &+ (subject.misses < .max ? 1 : 0)
        var step = subject.interval
        if subject.isSilent(after: Self.missesToSilence) {
            let doublings = min(subject.misses - Self.missesToSilence + 1, 16)
            step = max(step, min(self.mostBackOff, step << Int64(doublings)))
            // Whole intervals, so that the place in it is kept.
            step -= step % subject.interval
        }
        let next = subject.dueAt == subject.place ? subject.place + step : subject.place
        // Rounds that were slept through are not made up for.
        let behind = now - next
        subject.place = behind <= 0 ? next : next + (behind / subject.interval + 1) * subject.interval
        subject.dueAt = subject.place
        self.places[Int(reference.index)].subject = subject
        self.wheel.add(reference.index, dueAt: subject.dueAt)
    }

    /// When to look again at the latest; `nil` when nobody is due.
    func nextDue() -> MonotonicTime? { self.wheel.nextDue() }
}
