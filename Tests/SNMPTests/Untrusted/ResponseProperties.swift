@testable import SNMP

/// A community message read as the engine reads it, with what must hold of whatever it can read. Used by the tests that
/// replay the corpus, and by the fuzzer, which makes the messages up.
struct ReadMessage {
    let version: Int64
    let community: [UInt8]
    let tag: UInt8
    let requestID: Int64
    /// `nil` when the datagram ends early.
    let pdu: ResponsePDU?

    init(_ bytes: RawSpan) throws(BERFault) {
        let envelope = try MessageEnvelope(bytes)
        self.version = envelope.version
        self.community = envelope.community.octets(in: bytes)
        self.tag = envelope.pduTag
        self.requestID = envelope.requestID
        self.pdu = envelope.isCut ? nil : try ResponsePDU(envelope.body, in: bytes)
    }

    /// The most that reading a datagram of so many bytes may make us hold: a constant for the message, and so much a byte.
    ///
    /// The smallest binding takes 7 bytes of the datagram, and in memory its place in a list that may have twice as many
    /// places, and the list of the numbers of its name.
    static func mostBytesHeld(for count: Int) -> Int { 4_096 + 24 * count }

    /// What does not hold; `nil` when all does.
    func brokenProperty() -> String? {
        guard let pdu = self.pdu else { return nil }
        for varBind in pdu.varBinds {
            if let broken = Self.brokenProperty(of: varBind.name) { return broken }
            if case .oid(let name) = varBind.value, let broken = Self.brokenProperty(of: name) {
                return broken
            }
        }
        return self.brokenRoundTrip(of: pdu)
    }

    /// A name can be made of its own numbers, prints as text that reads as the same name, and keeps to RFC 2578 §3.5.
    private static func brokenProperty(of name: OID) -> String? {
        guard OID(name.subidentifiers) == name, OID(name.description) == name else {
            return "\(name) is no name"
        }
        return name.subidentifiers.count <= OID.longest ? nil : "\(name) is too long"
    }

    /// Written as a correct agent would, the message is read as the same message.
    private func brokenRoundTrip(of pdu: ResponsePDU) -> String? {
        let written = self.bytes(of: pdu)
        guard let again = try? ReadMessage(written.span.bytes), let second = again.pdu else {
            return "a message written anew cannot be read"
        }
        guard again.version == self.version, again.community == self.community, again.tag == self.tag,
            again.requestID == self.requestID, second.errorStatus == pdu.errorStatus,
            second.errorIndex == pdu.errorIndex, second.varBinds.count == pdu.varBinds.count
        else { return "a message written anew is another message" }
        for (first, second) in zip(pdu.varBinds, second.varBinds) {
            guard first.name == second.name, first.value.isSame(as: second.value) else {
                return "\(first) written anew is \(second)"
            }
        }
        return nil
    }

    private func bytes(of pdu: ResponsePDU) -> [UInt8] {
        var writer = BERWriter()
        writer.element(BERTag.sequence) { message in
            message.element(self.tag) { body in
                body.element(BERTag.sequence) { list in
                    for varBind in pdu.varBinds.reversed() {
                        list.element(BERTag.sequence) { pair in
                            pair.value(varBind.value)
                            pair.name(varBind.name)
                        }
                    }
                }
                body.integer(Int64(pdu.errorIndex))
                body.integer(Int64(pdu.errorStatus.rawValue))
                body.integer(self.requestID)
            }
            message.octets(self.community)
            message.integer(self.version)
        }
        return writer.bytes
    }
}

extension SNMPValue {
    /// Equal, where a float that is no number equals the one with the same bits.
    func isSame(as other: SNMPValue) -> Bool {
        switch (self, other) {
        case (.opaqueFloat(let left), .opaqueFloat(let right)): left.bitPattern == right.bitPattern
        case (.opaqueDouble(let left), .opaqueDouble(let right)): left.bitPattern == right.bitPattern
        default: self == other
        }
    }
}
