/// A question under way. Flat, because it is copied at every step of one: a reference that is `nil` costs nothing.
struct Outstanding {
    /// The task that waits for the answer; `nil` for a question of a round.
    let ask: Ask?
    /// The subject of the round.
    let subject: PollSchedule.Reference
    /// Which of its questions.
    let question: UInt8
    /// The round is one of the lane of the silent.
    let isSilent: Bool
    /// It waits for the pacer.
    var isQueued = true
    /// It was sent once at least.
    private(set) var isSent = false
    let address: AgentAddress
    /// The agent's engine, as an index of the loop's book; `USMBook.noIndex` where it speaks no v3.
    let engine: UInt32
    /// When the round was due; when the question was asked, where somebody waits.
    let dueAt: MonotonicTime
    private var firstSentAt: MonotonicTime = 0
    var plan: RetryPlan
    /// What v3 has cost beyond the question itself.
    var rounds = USMRounds()
    /// What has come so far in place of an answer.
    var evidence: Evidence?

    /// What may be said of a question in the end if no answer comes.
    final class Evidence: Sendable {
        enum What: Sendable {
            case malformed(MalformedAnswer)
            case unreachable(Int32)
            case doubt(USMRefusal)
        }

        let what: What

        init(_ what: What) { self.what = what }
    }

    /// A question that somebody waits for.
    init(_ ask: Ask, engine: UInt32, plan: RetryPlan) {
        self.ask = ask
        self.subject = .nobody
        self.question = 0
        self.isSilent = false
        self.address = ask.question.address
        self.engine = engine
        self.dueAt = ask.askedAt
        self.plan = plan
    }

    /// A question of a round.
    init(
        of subject: PollSchedule.Reference,
        question: UInt8,
        address: AgentAddress,
        engine: UInt32,
        dueAt: MonotonicTime,
        isSilent: Bool,
        plan: RetryPlan
    ) {
        self.ask = nil
        self.subject = subject
        self.question = question
        self.isSilent = isSilent
        self.address = address
        self.engine = engine
        self.dueAt = dueAt
        self.plan = plan
    }

    /// Counts a sending. Says when to look at the question again; `nil` when that is arranged.
    mutating func noteSent(at now: MonotonicTime) -> MonotonicTime? {
        self.isQueued = false
        if !self.isSent {
            self.isSent = true
            self.firstSentAt = now
        }
        // Whoever waits for an answer has the end of the question in the wheel since it was asked.
        return self.plan.sent(at: now) ?? (self.ask == nil ? self.plan.deadline : nil)
    }

    /// From the first sending until now; 0 before.
    func took(until now: MonotonicTime) -> Duration { .nanoseconds(self.isSent ? now - self.firstSentAt : 0) }

    /// From when it was due to the first sending; 0 before.
    var lateness: Duration { .nanoseconds(self.isSent ? self.firstSentAt - self.dueAt : 0) }
}
