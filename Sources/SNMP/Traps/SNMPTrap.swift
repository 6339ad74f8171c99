/// What an agent says unasked (a trap or an inform of v1, v2c or v3): a hint that something may have happened, to
/// be looked into by asking. Never proof of anything: source addresses are easily forged.
public struct SNMPTrap: Sendable, Hashable {
    /// The version it came in.
    public enum Version: String, Sendable, Hashable {
        /// SNMPv1 (RFC 1157 §4.1.6).
        case v1
        /// SNMPv2c (RFC 1901, RFC 3416 §4.2.6).
        case v2c
        /// SNMPv3 (RFC 3412).
        case v3
    }

    /// Where the datagram came from: an address with the port it was sent from.
    public let source: AgentAddress
    /// The address that a v1 trap gives for its agent, in host order (behind a proxy not the source); `nil` in other
    /// versions.
    public let agentAddress: UInt32?
    /// The version it came in.
    public let version: Version
    /// Whether the sender wants to hear that it came.
    public let isInform: Bool
    /// Whether a signature proves which user sent it; never in v1 and v2c.
    public let isAuthentic: Bool
    /// The v3 user; `nil` in other versions.
    public let user: String?
    /// What happened (snmpTrapOID); for v1 as RFC 3584 §3.1 translates it. `nil` when the sender does not say.
    public let event: OID?
    /// The enterprise of a v1 trap; `nil` in other versions.
    public let enterprise: OID?
    /// The sender's up-time in hundredths of a second; `nil` when it does not say.
    public let upTime: UInt32?
    /// What else it says, without up-time and event.
    public let varBinds: [VarBind]
}

extension SNMPTrap {
    /// sysUpTime.0.
    static let upTimeName: OID = [1, 3, 6, 1, 2, 1, 1, 3, 0]
    /// snmpTrapOID.0.
    static let eventName: OID = [1, 3, 6, 1, 6, 3, 1, 1, 4, 1, 0]
    /// snmpTraps, under which the generic traps of v1 have their names.
    private static let genericRoot: [UInt32] = [1, 3, 6, 1, 6, 3, 1, 1, 5]

    /// The name of a v1 trap (RFC 3584 §3.1); `nil` for numbers that there are not.
    static func event(enterprise: OID, generic: Int64, specific: Int64) -> OID? {
        switch generic {
        case 0...5: return OID(Self.genericRoot + [UInt32(generic + 1)])
        case 6:
            guard let specific = UInt32(exactly: specific) else { return nil }
            return enterprise.appending(0, specific)
        default: return nil
        }
    }
}

/// The tags of what agents send unasked (RFC 1157 §4.1.6, RFC 3416 §3).
enum TrapTag {
    static let v1Trap: UInt8 = 0xA4
    static let inform: UInt8 = 0xA6
    static let trap: UInt8 = 0xA7
}

/// The content of a trap or inform, before anybody is believed.
struct TrapContent {
    let agentAddress: UInt32?
    let event: OID?
    let enterprise: OID?
    let upTime: UInt32?
    let varBinds: [VarBind]
    /// The sender's own number of an inform.
    let requestID: Int64
    /// An inform whose error fields are zero, so that it can be answered by its own bytes.
    let isPlain: Bool

    /// Reads what follows the tag of a Trap-PDU of v1.
    init(v1 pdu: BERReader, in bytes: RawSpan) throws(BERFault) {
        var pdu = pdu
        let enterprise = try pdu.name(in: bytes)
        let (tag, address) = try pdu.element(in: bytes)
        let generic = try pdu.integer(in: bytes)
        let specific = try pdu.integer(in: bytes)
        let (timeTag, time) = try pdu.element(in: bytes)
        self.varBinds = try Self.varBinds(&pdu, in: bytes)
        if case .ipAddress(let bits) = SNMPValue(tag: tag, content: address, in: bytes) {
            self.agentAddress = bits
        } else {
            self.agentAddress = nil
        }
        self.enterprise = enterprise
        self.event = SNMPTrap.event(enterprise: enterprise, generic: generic, specific: specific)
        self.upTime = SNMPValue(tag: timeTag, content: time, in: bytes).unsigned.flatMap(
            UInt32.init(exactly:)
        )
        self.requestID = 0
        self.isPlain = false
    }

    /// Reads what follows the request-id of a Trap-PDU of v2 or an InformRequest-PDU.
    init(v2 body: BERReader, requestID: Int64, in bytes: RawSpan) throws(BERFault) {
        var body = body
        let status = try body.integer(in: bytes)
        let index = try body.integer(in: bytes)
        var upTime: UInt32?
        var event: OID?
        var others: [VarBind] = []
        for varBind in try Self.varBinds(&body, in: bytes) {
            if upTime == nil, varBind.name == SNMPTrap.upTimeName {
                upTime = varBind.value.unsigned.flatMap(UInt32.init(exactly:))
            } else if event == nil, varBind.name == SNMPTrap.eventName, case .oid(let name) = varBind.value {
                event = name
            } else {
                others.append(varBind)
            }
        }
        self.agentAddress = nil
        self.enterprise = nil
        self.event = event
        self.upTime = upTime
        self.varBinds = others
        self.requestID = requestID
        self.isPlain = status == 0 && index == 0
    }

    private static func varBinds(_ pdu: inout BERReader, in bytes: RawSpan) throws(BERFault) -> [VarBind] {
        var list = try pdu.element(BERTag.sequence, in: bytes)
        guard pdu.isAtEnd else { throw .leftOver }
        var varBinds: [VarBind] = []
        while !list.isAtEnd {
            guard varBinds.count < ResponsePDU.mostVarBinds else { throw .tooManyVarBinds }
            var pair = try list.element(BERTag.sequence, in: bytes)
            let name = try pair.name(in: bytes)
            let (tag, content) = try pair.element(in: bytes)
            guard pair.isAtEnd else { throw .leftOver }
            varBinds.append(VarBind(name: name, value: SNMPValue(tag: tag, content: content, in: bytes)))
        }
        return varBinds
    }
}
