internal import MediaProbe
internal import SNMP
internal import WaysideCore

/// What an answer says of the device: the table of causes and outcomes, and nothing else.
enum VerdictRules {
    /// An outcome and its cause; by the table one follows from the other.
    struct Ruling: Hashable {
        var outcome: Outcome
        var cause: Cause?

        static let up = Ruling(outcome: .up, cause: nil)

        /// What the cause means for that check; ours to explain where the table has no such row.
        init(_ cause: Cause, _ check: Check) {
            guard let outcome = cause.outcome(of: check) else {
                self.init(outcome: .unknown, cause: .collectorGap)
                return
            }
            self.init(outcome: outcome, cause: cause)
        }

        init(outcome: Outcome, cause: Cause?) { (self.outcome, self.cause) = (outcome, cause) }
    }

    /// Whether the host answers: whoever refuses a connection is there.
    static func reach(_ answer: ReachAnswer) -> Ruling {
        switch answer {
        case .answered: .up
        case .refused: Ruling(.refused, .reach)
        case .silent: Ruling(.timeout, .reach)
        case .unreachable: Ruling(.unreachable, .reach)
        case .noRoute: Ruling(.selfNetwork, .reach)
        case .exhausted: Ruling(.selfOverloaded, .reach)
        case .closed: Ruling(.collectorGap, .reach)
        }
    }

    /// Whether the agent answers. That an object does not exist is an answer too; fewer objects than were asked for
    /// is half of one.
    static func snmp(_ answer: SNMPAnswer, asked: [OID]) -> Ruling {
        switch answer {
        case .response(let varBinds, _):
            let isWhole = asked.allSatisfy { name in varBinds.contains { $0.name == name } }
            return isWhole ? .up : Ruling(.partialAnswer, .snmp)
        case .agentError(.authorizationError, _, _), .agentError(.noAccess, _, _):
            return Ruling(.authFailed, .snmp)
        case .agentError: return .up
        case .malformed: return Ruling(.partialAnswer, .snmp)
        case .securityRefused(let refusal, _):
            return Ruling(refusal.isAboutCredential ? .authFailed : .partialAnswer, .snmp)
        case .silent: return Ruling(.timeout, .snmp)
        case .refused: return Ruling(.refused, .snmp)
        case .unreachable: return Ruling(.unreachable, .snmp)
        case .sendFailed: return Ruling(.selfNetwork, .snmp)
        case .overloaded: return Ruling(.selfOverloaded, .snmp)
        case .unsupported, .cancelled, .engineClosed: return Ruling(.collectorGap, .snmp)
        }
    }

    /// Whether media arrives. The stream's causes have the journal's names; what it has none for is ours.
    static func stream(_ verdict: MediaVerdict) -> Ruling {
        guard let media = verdict.cause else { return .up }
        guard let cause = Cause(rawValue: media.rawValue) else { return Ruling(.collectorGap, .stream) }
        return Ruling(cause, .stream)
    }

    /// Why a name has no address. A name server that says nothing may well be our own trouble.
    static func name(_ failure: NameCache.Failure, _ check: Check) -> Ruling {
        switch failure {
        case .noSuchHost: Ruling(.dns, check)
        case .nobodySaid: Ruling(.selfNetwork, check)
        case .tooMany: Ruling(.selfOverloaded, check)
        }
    }
}
