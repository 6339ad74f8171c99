/// The outer layers of a community message (RFC 1157 §4, RFC 1901): all that must be right before a
/// datagram counts as somebody's answer, and the place where the answer itself begins.
///
/// The lengths of the outermost two elements may point past the end of the datagram: a cut answer can still
/// be told from noise by its request-id, and so be asked again at once.
struct MessageEnvelope {
    /// 0 is v1, 1 is v2c, 3 is v3.
    let version: Int64
    let community: BERReader
    let pduTag: UInt8
    let requestID: Int64
    /// The rest of the PDU, after the request-id.
    let body: BERReader
    /// The datagram ends before its own lengths say.
    let isCut: Bool

    init(_ bytes: RawSpan) throws(BERFault) {
        var datagram = BERReader(bytes)
        let (tag, message, isMessageCut) = try datagram.clampedElement(in: bytes)
        guard tag == BERTag.sequence else { throw .unexpectedTag(found: tag, wanted: BERTag.sequence) }
        var reader = message
        self.version = try reader.integer(in: bytes)
        self.community = try reader.element(BERTag.octets, in: bytes)
        let (pduTag, pdu, isPDUCut) = try reader.clampedElement(in: bytes)
        guard reader.isAtEnd else { throw .leftOver }
        var content = pdu
        self.pduTag = pduTag
        self.requestID = try content.integer(in: bytes)
        self.body = content
        self.isCut = isMessageCut || isPDUCut
    }
}

extension BERReader {
    /// Whether a datagram says that it is a message of SNMPv3 (RFC 3412 §6).
    static func isVersion3(_ bytes: RawSpan) -> Bool {
        var datagram = BERReader(bytes)
        guard var message = try? datagram.clampedElement(in: bytes).content else { return false }
        return (try? message.integer(in: bytes)) == 3
    }
}

/// The version and community that open every message to one agent, encoded once.
struct CommunityHead: Sendable, Hashable {
    let version: UInt8
    let community: [UInt8]
    /// The encoded version and community.
    private let bytes: [UInt8]

    init(version: UInt8, community: String) {
        self.version = version
        self.community = Array(community.utf8)
        var writer = BERWriter()
        writer.octets(self.community)
        writer.integer(Int64(version))
        self.bytes = writer.bytes
    }

    /// Says whether an envelope speaks the same version to the same community.
    func matches(_ envelope: MessageEnvelope, in bytes: RawSpan) -> Bool {
        envelope.version == Int64(self.version) && envelope.community.equals(self.community, in: bytes)
    }

    /// Says whether a message of this head and that template fits into one datagram.
    func room(for template: PollTemplate) -> Bool {
        self.bytes.count + template.pdu.count + 4 <= UDPPort.mostBytes
    }

    /// Replaces `datagram` by the message that puts `template` under this head with a request-id.
    func write(_ template: PollTemplate, requestID: UInt32, into datagram: inout [UInt8]) {
        datagram.removeAll(keepingCapacity: true)
        let length = self.bytes.count + template.pdu.count
        datagram.append(BERTag.sequence)
        switch length {
        case ..<0x80: datagram.append(UInt8(length))
        case ..<0x100: datagram += [0x81, UInt8(length)]
        default: datagram += [0x82, UInt8(length >> 8), UInt8(length & 0xFF)]
        }
        datagram += self.bytes
        let place = datagram.count + template.requestIDOffset
        datagram += template.pdu
        for index in 0..<4 {
            datagram[place + index] = UInt8(truncatingIfNeeded: requestID >> UInt32(24 - 8 * index))
        }
    }
}

extension CommunityHead: CustomStringConvertible, CustomReflectable {
    var description: String { "<secret>" }

    /// An agent carries its head, and a dump of the agent must not show it.
    var customMirror: Mirror { Mirror(self, children: []) }
}
