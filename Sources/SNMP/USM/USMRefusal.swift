/// Why an agent of SNMPv3 does not answer a question, by its own Report or by what its messages prove.
///
/// A Report that nobody can have signed is believed only where no answer comes: it explains silence, and stops
/// nothing.
public enum USMRefusal: Sendable, Hashable {
    /// The agent does not know the user (usmStatsUnknownUserNames).
    case unknownUser
    /// The agent says that our messages are signed with another key: another password or another hash
    /// (usmStatsWrongDigests).
    case wrongDigest
    /// The agent cannot decipher our messages: another password or another cipher (usmStatsDecryptionErrors).
    case decryptionError
    /// The agent does not let the user ask at this level: signed, hidden or neither (usmStatsUnsupportedSecLevels).
    case unsupportedLevel
    /// The agent holds our messages to be of another time, whatever its own time is (usmStatsNotInTimeWindows).
    case notInTimeWindow
    /// The agent has restarted 2^31 − 1 times and must be given a new engine ID by hand (RFC 3414 §2.2.2).
    case bootsExhausted
    /// The agent does not know its own engine ID (usmStatsUnknownEngineIDs for the name it gave).
    case engineUnknown
    /// The agent has no such context (snmpUnknownContexts, snmpUnavailableContexts).
    case unknownContext
    /// The agent speaks v3, but not with users and passwords (snmpUnknownSecurityModels).
    case unknownSecurityModel
    /// Answers come that are not signed with the user's key.
    case answersNotAuthentic
    /// Answers come that are signed, and whose ciphertext nobody can read.
    case answersNotDecipherable
    /// Another Report, with the object it names; `nil` for one that names none.
    case report(OID?)
    /// The agent asked for more rounds of engine and time than any good one needs.
    case tooManyRounds
}

extension USMRefusal: CustomStringConvertible {
    /// The refusal in words, with what to look at.
    public var description: String {
        switch self {
        case .unknownUser: "the agent does not know the user: check its name"
        case .wrongDigest: "the agent takes our signature for wrong: check password and hash"
        case .decryptionError: "the agent cannot decipher our question: check privacy password and cipher"
        case .unsupportedLevel: "the agent does not let the user ask at this security level"
        case .notInTimeWindow: "the agent takes our question for one of another time"
        case .bootsExhausted: "the agent has used up its restarts: give it a new engine ID"
        case .engineUnknown: "the agent does not know its own engine ID"
        case .unknownContext: "the agent has no such context"
        case .unknownSecurityModel: "the agent does not know the User-based Security Model"
        case .answersNotAuthentic: "answers come with a wrong signature: check password and hash"
        case .answersNotDecipherable:
            "answers come that cannot be deciphered: check privacy password and cipher"
        case .report(let name?): "the agent reports \(name)"
        case .report(nil): "the agent sends a report that names nothing"
        case .tooManyRounds: "the agent wants its engine and time asked without end"
        }
    }
}

/// What a Report says (RFC 3414 §5, RFC 3412 §5, RFC 3413 §4.1.2): the counter that it names.
enum USMReport: Equatable {
    case unsupportedLevel
    case notInTimeWindow
    case unknownUser
    case unknownEngine
    case wrongDigest
    case decryptionError
    case unknownContext
    case unknownSecurityModel
    case other(OID?)

    private static let usmStats: [UInt32] = [1, 3, 6, 1, 6, 3, 15, 1, 1]

    /// Reads a Report's body; one that cannot be read names nothing.
    init(_ pdu: ScopedPDU, in bytes: RawSpan) {
        guard let body = try? ResponsePDU(pdu.body, in: bytes), let name = body.varBinds.first?.name else {
            self = .other(nil)
            return
        }
        let numbers = name.subidentifiers
        if numbers.starts(with: Self.usmStats), numbers.count > Self.usmStats.count {
            switch numbers[Self.usmStats.count] {
            case 1: self = .unsupportedLevel
            case 2: self = .notInTimeWindow
            case 3: self = .unknownUser
            case 4: self = .unknownEngine
            case 5: self = .wrongDigest
            case 6: self = .decryptionError
            default: self = .other(name)
            }
        } else if numbers.starts(with: [1, 3, 6, 1, 6, 3, 12, 1, 4])
            || numbers.starts(with: [1, 3, 6, 1, 6, 3, 12, 1, 5])
        {
            self = .unknownContext
        } else if numbers.starts(with: [1, 3, 6, 1, 6, 3, 11, 2, 1, 1]) {
            self = .unknownSecurityModel
        } else {
            self = .other(name)
        }
    }

    /// The refusal that the Report amounts to.
    var refusal: USMRefusal {
        switch self {
        case .unsupportedLevel: .unsupportedLevel
        case .notInTimeWindow: .notInTimeWindow
        case .unknownUser: .unknownUser
        case .unknownEngine: .engineUnknown
        case .wrongDigest: .wrongDigest
        case .decryptionError: .decryptionError
        case .unknownContext: .unknownContext
        case .unknownSecurityModel: .unknownSecurityModel
        case .other(let name): .report(name)
        }
    }
}
