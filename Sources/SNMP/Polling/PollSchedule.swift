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
        let address: AgentAddress
        let questions: [PollTemplate]
        /// Nanoseconds; 0 for one round only.
        let interval: Int64
        /// Its place: rounds are due at whole intervals from here.
        fileprivate var place: MonotonicTime
        /// When the present or next round is due: its place, unless it was hastened.
        fileprivate(set) var dueAt: MonotonicTime
        fileprivate(set) var generation: UInt16
        /// Rounds in a row that found no agent.
        fileprivate(set) var misses: UInt8 = 0
        fileprivate(set) var isUnderWay = false

        func isSilent(after most: UInt8) -> Bool { self.misses >= most }
    }

    /// Which subject, and which of those that had its place.
    struct Reference: Equatable {
        let index: UInt32
        let generation: UInt16
    }

    private struct Place {
        var generation: UInt16 = 0
        var subject: Subject?
    }

    /// Rounds without an agent that put a subject into the lane of the silent.
    static let missesToSilence: UInt8 = 2

    private let mostBackOff: Int64
    private var places: ContiguousArray<Place> = []
    private var free: [UInt32] = []
    private var indexOfToken: [UInt32: UInt32] = [:]
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
        let place = self.places[Int(reference.index)]
        return place.generation == reference.generation ? place.subject : nil
    }

    /// Takes a subject in; one of the same token goes.
    mutating func add(_ subject: PollSubject, access: UInt32, now: MonotonicTime) {
        self.remove(subject.token)
        let index: UInt32
        if let last = self.free.popLast() {
            index = last
        } else {
            index = UInt32(self.places.count)
            self.places.append(Place())
        }
        let dueAt = now &+ min(subject.firstAfter.wholeNanoseconds, .max / 4)
        self.places[Int(index)].subject = Subject(
            token: subject.token,
            access: access,
            address: subject.agent.address,
            questions: subject.questions,
            interval: subject.interval?.wholeNanoseconds ?? 0,
            place: dueAt,
            dueAt: dueAt,
            generation: self.places[Int(index)].generation
        )
        self.indexOfToken[subject.token] = index
        if dueAt <= now { self.waiting.append(index) } else { self.wheel.add(index, dueAt: dueAt) }
    }

    /// Lets a subject go; a question of it that is under way ends unheard.
    mutating func remove(_ token: UInt32) {
        guard let index = self.indexOfToken.removeValue(forKey: token) else { return }
        self.places[Int(index)].subject = nil
        self.places[Int(index)].generation &+= 1
        self.free.append(index)
    }

    /// Makes a subject due now, unless a round of it is under way.
    mutating func hasten(_ token: UInt32, now: MonotonicTime) {
        guard let index = self.indexOfToken[token], let subject = self.places[Int(index)].subject,
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
