/// An agent that is asked the same questions again and again.
public struct PollSubject: Sendable {
    /// The most questions of one round.
    public static let mostQuestions = 255

    /// The caller's number for it; comes back with every reply.
    public let token: UInt32
    /// Whom to ask.
    public let agent: SNMPAgent
    /// What to ask in a round, one after another. The array may be shared by many subjects; its storage then is, too.
    public let questions: [PollTemplate]
    /// From one round to the next; `nil` for one round only.
    public let interval: Duration?
    /// From now to the first round, at most 100 days. Rounds keep this place in the interval for good.
    public let firstAfter: Duration

    /// A subject. Throws unless there are 1 to `mostQuestions` questions and the interval, if any, lies in 100 ms...1 d.
    public init(
        token: UInt32,
        agent: SNMPAgent,
        questions: [PollTemplate],
        interval: Duration?,
        firstAfter: Duration = .zero
    ) throws(SNMPError) {
        guard (1...Self.mostQuestions).contains(questions.count) else {
            throw SNMPError(
                .encode,
                "round",
                "\(questions.count) questions, allowed are 1 to \(Self.mostQuestions)"
            )
        }
        if let interval, interval < .milliseconds(100) || interval > .seconds(86_400) {
            throw SNMPError(.encode, "round", "an interval of \(interval), allowed are 100 ms to 1 day")
        }
        self.token = token
        self.agent = agent
        self.questions = questions
        self.interval = interval
        self.firstAfter = max(.zero, firstAfter)
    }
}
