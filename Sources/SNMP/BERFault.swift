/// What is wrong with bytes that should be an SNMP message in BER (ITU-T X.690, RFC 3417 §8).
public enum BERFault: Error, Sendable, Hashable {
    /// The bytes end inside an element.
    case truncated
    /// An element has another tag than the message has in that place.
    case unexpectedTag(found: UInt8, wanted: UInt8)
    /// A tag of several bytes, which SNMP does not use there.
    case longTag
    /// An indefinite length, or one written in more than four bytes (RFC 3417 §8 forbids the first).
    case badLength
    /// An INTEGER of no bytes or of more than eight.
    case badInteger
    /// An object name of no bytes, unfinished, too long, or with a sub-identifier above 32 bits.
    case badName
    /// Bytes after the last element of a list or a PDU.
    case leftOver
    /// More variable bindings than one message may hold here.
    case tooManyVarBinds
}

extension BERFault: CustomStringConvertible {
    /// The fault in words, for logs and evidence.
    public var description: String {
        switch self {
        case .truncated: "the datagram ends inside an element"
        case .unexpectedTag(let found, let wanted): "tag \(found) where \(wanted) belongs"
        case .longTag: "a tag of several bytes"
        case .badLength: "a length that BER or SNMP does not allow"
        case .badInteger: "an integer of no bytes or more than eight"
        case .badName: "an object name that is none"
        case .leftOver: "bytes after the last element"
        case .tooManyVarBinds: "more variable bindings than a message may hold"
        }
    }
}
