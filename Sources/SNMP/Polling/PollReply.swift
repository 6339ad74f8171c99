/// How one question of a round ended. What the agent said lies in the datagram that comes with it.
public struct PollReply: Sendable {
    /// The subject's token.
    public let token: UInt32
    /// Which of its questions, from 0.
    public let question: Int
    /// How it ended.
    public let outcome: PollOutcome
    /// From when the round was due to its first sending; 0 where nothing was sent.
    public let lateness: Duration
    /// From the first sending of the question to its end, retries included.
    public let took: Duration
    /// Whether the round ends with it.
    public let isLast: Bool
}

/// How a question of a round ended. The words of `SNMPAnswer`, without what costs an allocation.
public enum PollOutcome: Sendable {
    /// What the agent said; read it from the bytes that come along.
    case values(VarBindList)
    /// The agent refuses the question as a whole; `index` counts the objects from 1, 0 means none of them.
    case agentError(SNMPErrorStatus, index: Int)
    /// The agent answers, every time, what cannot be read or was not asked.
    case malformed(MalformedAnswer)
    /// No answer by the deadline.
    case silent
    /// The host answers that nobody listens on the port.
    case refused
    /// No answer by the deadline, and somebody on the way said why: the system's error number.
    case unreachable(Int32)
    /// This machine could not send the question: the system's error number.
    case sendFailed(Int32)
    /// The question never left in time.
    case overloaded
    /// This engine cannot put that question to that agent.
    case unsupported(String)
}

/// Takes replies, on the engine's own thread: it must not block, and what it needs of the bytes it must read at once.
public typealias PollSink = @Sendable (PollReply, RawSpan) -> Void
