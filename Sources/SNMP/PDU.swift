/// What this engine can ask (RFC 3416 §4.2.1–4.2.3). There are only questions: a request that changes a
/// device has no case here, so no code path can encode one.
enum RequestKind: UInt8, CaseIterable, Sendable {
    case get = 0xA0
    case getNext = 0xA1
    case getBulk = 0xA5
}

/// The tag of the only PDU that answers a question of v1 or v2c.
let responseTag: UInt8 = 0xA2

/// Why an agent refused a question as a whole (RFC 3416 §3, error-status).
public struct SNMPErrorStatus: RawRepresentable, Sendable, Hashable {
    /// The number on the wire; unknown ones are kept.
    public let rawValue: Int

    /// Takes the number on the wire.
    public init(rawValue: Int) {
        self.rawValue = rawValue
    }

    /// No error.
    public static let noError = SNMPErrorStatus(rawValue: 0)
    /// The answer does not fit into one message.
    public static let tooBig = SNMPErrorStatus(rawValue: 1)
    /// v1: one of the objects does not exist; nothing of the question is answered.
    public static let noSuchName = SNMPErrorStatus(rawValue: 2)
    /// Some failure of the agent's own.
    public static let generalError = SNMPErrorStatus(rawValue: 5)
    /// The credential may not see the object.
    public static let noAccess = SNMPErrorStatus(rawValue: 6)
    /// The agent is out of resources for now.
    public static let resourceUnavailable = SNMPErrorStatus(rawValue: 13)
    /// The credential may not ask this at all.
    public static let authorizationError = SNMPErrorStatus(rawValue: 16)

    private static let names = [
        "noError", "tooBig", "noSuchName", "badValue", "readOnly", "genErr", "noAccess", "wrongType",
        "wrongLength", "wrongEncoding", "wrongValue", "noCreation", "inconsistentValue",
        "resourceUnavailable", "commitFailed", "undoFailed", "authorizationError", "notWritable",
        "inconsistentName",
    ]
}

extension SNMPErrorStatus: CustomStringConvertible {
    /// The name of RFC 3416, or the number.
    public var description: String {
        Self.names.indices.contains(self.rawValue) ? Self.names[self.rawValue] : "error \(self.rawValue)"
    }
}

/// What stands before the bindings of a response.
struct ResponseHead: Equatable {
    let errorStatus: SNMPErrorStatus
    let errorIndex: Int
    /// The content of the list of bindings.
    let list: BERReader

    /// Reads what follows the request-id: error-status, error-index, and the list's tag and length.
    init(_ reader: BERReader, in bytes: RawSpan) throws(BERFault) {
        var reader = reader
        self.errorStatus = SNMPErrorStatus(rawValue: Int(try reader.integer(in: bytes)))
        self.errorIndex = Int(try reader.integer(in: bytes))
        self.list = try reader.element(BERTag.sequence, in: bytes)
        guard reader.isAtEnd else { throw .leftOver }
    }
}

/// The content of a response, read whole: what the agent says, or which byte rule it breaks.
struct ResponsePDU: Equatable {
    /// No message of 65 507 bytes can hold more bindings than this and still name objects.
    static let mostVarBinds = 8_192

    let errorStatus: SNMPErrorStatus
    let errorIndex: Int
    let varBinds: [VarBind]

    /// Reads what follows the request-id: error-status, error-index, variable bindings.
    init(_ reader: BERReader, in bytes: RawSpan) throws(BERFault) {
        let head = try ResponseHead(reader, in: bytes)
        var list = VarBindList()
        try list.read(head.list, in: bytes)
        self.errorStatus = head.errorStatus
        self.errorIndex = head.errorIndex
        self.varBinds = list.varBinds(in: bytes)
    }
}

extension SNMPValue {
    /// Reads a value's content. Cannot fail: content that does not fit its tag is `undecodable`, so that one
    /// broken object does not cost the others of the same answer.
    init(tag: UInt8, content: BERReader, in bytes: RawSpan) {
        self =
            Self.value(tag: tag, content: content, in: bytes)
            ?? .undecodable(tag: tag, content: content.octets(in: bytes))
    }

    private static func value(tag: UInt8, content: BERReader, in bytes: RawSpan) -> SNMPValue? {
        switch tag {
        case BERTag.integer: content.signedContent(in: bytes).map { .integer($0) }
        case BERTag.octets: .octets(content.octets(in: bytes))
        case BERTag.null where content.isAtEnd: .null
        case BERTag.oid where content.isAtEnd: .oid([0, 0])
        case BERTag.oid: content.nameContent(in: bytes).map { .oid($0) }
        case BERTag.ipAddress where content.rest == 4: .ipAddress(Self.word(content, in: bytes))
        case BERTag.counter32: Self.number(content, in: bytes).map { .counter32($0) }
        case BERTag.gauge32, BERTag.unsigned32: Self.number(content, in: bytes).map { .gauge32($0) }
        case BERTag.timeTicks: Self.number(content, in: bytes).map { .timeTicks($0) }
        case BERTag.counter64: content.unsignedContent(width: 8, in: bytes).map { .counter64($0) }
        case BERTag.opaque: Self.opaqueContent(content, in: bytes)
        case BERTag.noSuchObject where content.isAtEnd: .noSuchObject
        case BERTag.noSuchInstance where content.isAtEnd: .noSuchInstance
        case BERTag.endOfMibView where content.isAtEnd: .endOfMibView
        default: nil
        }
    }

    private static func number(_ content: BERReader, in bytes: RawSpan) -> UInt32? {
        content.unsignedContent(width: 4, in: bytes).map { UInt32($0) }
    }

    /// Four bytes as they stand, whatever their first bit.
    private static func word(_ content: BERReader, in bytes: RawSpan) -> UInt32 {
        (content.position..<content.end).reduce(0) { bits, offset in
            bits << 8 | UInt32(BERReader.byte(bytes, at: offset))
        }
    }

    /// Opaque, with the two floats that net-snmp wraps in it: `9F 78 04` + 4 bytes, `9F 79 08` + 8 bytes.
    private static func opaqueContent(_ content: BERReader, in bytes: RawSpan) -> SNMPValue {
        let octets = content.octets(in: bytes)
        let bits = octets.dropFirst(3).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return switch (octets.count, octets.prefix(3)) {
        case (7, [0x9F, 0x78, 4]): .opaqueFloat(Float(bitPattern: UInt32(bits)))
        case (11, [0x9F, 0x79, 8]): .opaqueDouble(Double(bitPattern: bits))
        default: .opaque(octets)
        }
    }
}
