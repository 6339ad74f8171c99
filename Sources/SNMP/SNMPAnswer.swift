/// How a question ended. Never an exception: a device that is silent is a finding, not a fault.
///
/// `response`, `agentError` and `malformed` come from the agent; `silent`, `refused` and `unreachable` are
/// the network's word on it; the rest is ours and says nothing about the device.
public enum SNMPAnswer: Sendable, Hashable {
    /// What the agent said. To a GET it names only objects that were asked for, though perhaps not all of
    /// them; `took` runs from the first sending, retries included.
    case response([VarBind], took: Duration)
    /// The agent refuses the question as a whole; `index` counts the objects from 1, 0 means none of them.
    case agentError(SNMPErrorStatus, index: Int, took: Duration)
    /// The agent answers, every time, what cannot be read or was not asked.
    case malformed(MalformedAnswer, took: Duration)
    /// The agent speaks v3 and will not answer, and this is why.
    case securityRefused(USMRefusal, took: Duration)
    /// No answer by the deadline. An agent that knows the community but not ours is silent too.
    case silent
    /// The host answers that nobody listens on the port (ICMP port unreachable).
    case refused(took: Duration)
    /// No answer by the deadline, and somebody on the way said why (ICMP, or nobody has the hardware
    /// address).
    case unreachable(String)
    /// This machine could not send the question, for want of a route for instance; the system's own words.
    case sendFailed(String)
    /// The question never left in time: the window was full or the pace too slow.
    case overloaded
    /// This engine cannot put that question to that agent, and says why.
    case unsupported(String)
    /// The caller's task was cancelled.
    case cancelled
    /// The engine was closed before an answer came.
    case engineClosed
}

/// What is wrong with an agent's answer.
public enum MalformedAnswer: Sendable, Hashable {
    /// It is not BER or not an SNMP response.
    case encoding(BERFault)
    /// It names an object that a GET did not ask for.
    case unasked(OID)
}

extension SNMPAnswer {
    /// The value of one object of a response; `nil` when it is not there.
    public func value(of name: OID) -> SNMPValue? {
        guard case .response(let varBinds, _) = self else { return nil }
        return varBinds.first { $0.name == name }?.value
    }
}
