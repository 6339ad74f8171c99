public import SNMP
public import WaysideCore

/// Asks a device's SNMP agent for a few objects that every agent has (RFC 3418): any answer is a sign of life.
public struct SNMPProber: Prober {
    private static let upTime: OID = [1, 3, 6, 1, 2, 1, 1, 3, 0]
    private static let description: OID = [1, 3, 6, 1, 2, 1, 1, 1, 0]
    private static let objectID: OID = [1, 3, 6, 1, 2, 1, 1, 2, 0]
    private static let name: OID = [1, 3, 6, 1, 2, 1, 1, 5, 0]
    private static let asked = [Self.upTime, Self.objectID, Self.name, Self.description]

    private let engine: SNMPEngine
    private let finder: AgentFinder
    private let thresholds: ThresholdDesk?
    private let template: PollTemplate

    /// A prober that asks over that engine. A device on which one of `thresholds` is passed is abnormal, however well it
    /// answers.
    ///
    /// - Throws: Never in practice: the question is always the same.
    public init(
        engine: SNMPEngine,
        book: TargetBook,
        names: NameCache,
        thresholds: ThresholdDesk? = nil
    ) throws(SNMPError) {
        (self.engine, self.thresholds) = (engine, thresholds)
        self.finder = AgentFinder(book: book, names: names)
        self.template = try .get(Self.asked)
    }

    /// Asks once, retries included.
    public func probe(_ order: ProbeOrder) async -> ProbeVerdict {
        let began = ContinuousClock.now
        let agent: SNMPAgent
        switch await self.finder.agent(of: self.finder.book.device(order.device), within: order.deadline / 2)
        {
        case .success(let found): agent = found
        case .failure(.misconfigured(let problem)): return .misconfigured(problem)
        case .failure(.name(let failure)):
            return ProbeVerdict(VerdictRules.name(failure, .snmp), took: .now - began, values: ProbeValues())
        }
        let answer = await self.engine.send(
            self.template,
            to: agent,
            deadline: max(order.deadline - (.now - began) - .milliseconds(50), .milliseconds(10))
        )
        var ruling = VerdictRules.snmp(answer, asked: Self.asked)
        var values = Self.values(answer)
        // What answers well may still be unwell: its thresholds say so.
        if ruling.outcome == .up, let reasons = self.thresholds?.reasons(order.device),
            let first = reasons.first
        {
            ruling = VerdictRules.Ruling(.threshold, .snmp)
            values.add("threshold", first.rule)
            values.add("detail", reasons.map(\.textEN).joined(separator: "; "))
            values.add("detail_zh", reasons.map(\.textZH).joined(separator: "；"))
        }
        return ProbeVerdict(ruling, took: .now - began, values: values)
    }

    private static func values(_ answer: SNMPAnswer) -> ProbeValues {
        var values = ProbeValues()
        switch answer {
        case .response(_, let took):
            values.add(milliseconds: "round_trip_ms", took)
            values.add("uptime_ticks", answer.value(of: self.upTime)?.unsigned)
            if case .oid(let name) = answer.value(of: self.objectID) {
                values.add("object_id", name.description)
            }
            values.add("name", answer.value(of: self.name)?.text)
            values.add("description", answer.value(of: self.description)?.text)
        case .agentError(let status, _, let took):
            values.add(milliseconds: "round_trip_ms", took)
            values.add("error_status", status.description)
        case .securityRefused(let refusal, let took):
            values.add(milliseconds: "round_trip_ms", took)
            values.add("detail", refusal.description)
        case .unreachable(let words), .sendFailed(let words), .unsupported(let words):
            values.add("detail", words)
        case .malformed: values.add("detail", "the answer cannot be read")
        case .silent, .refused, .overloaded, .cancelled, .engineClosed: break
        }
        return values
    }
}

extension ProbeVerdict {
    init(_ ruling: VerdictRules.Ruling, took: Duration, values: ProbeValues) {
        self.init(outcome: ruling.outcome, cause: ruling.cause, took: took, values: values.text)
    }

    /// We were told to ask and not how: ours, and nothing that asking again would mend.
    static func misconfigured(_ problem: String) -> ProbeVerdict {
        var values = ProbeValues()
        values.add("detail", problem)
        return ProbeVerdict(outcome: .unknown, cause: .collectorGap, values: values.text)
    }
}
