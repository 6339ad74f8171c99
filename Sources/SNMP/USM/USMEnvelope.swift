/// The flags of a v3 message (msgFlags, RFC 3412 §6.4).
struct USMFlags: OptionSet, Sendable, Hashable {
    let rawValue: UInt8
    /// Signed.
    static let authentic = USMFlags(rawValue: 1)
    /// Hidden.
    static let secret = USMFlags(rawValue: 2)
    /// A fault may be answered by a Report.
    static let reportable = USMFlags(rawValue: 4)
    /// What makes a security level.
    static let level: USMFlags = [.authentic, .secret]
}

/// The outer layers of a v3 message (RFC 3412 §6, RFC 3414 §2.4): everything before the scoped PDU, in the clear.
///
/// Nothing in it is proved: it says whose question this may answer and which keys to try.
struct USMEnvelope {
    /// Links an answer to its question.
    let messageID: Int64
    let flags: USMFlags
    /// The content of msgAuthoritativeEngineID.
    let engine: BERReader
    let boots: UInt32
    let time: UInt32
    /// The content of msgUserName.
    let user: BERReader
    /// The content of msgAuthenticationParameters.
    let code: BERReader
    /// The content of msgPrivacyParameters.
    let salt: BERReader
    /// What follows: a scoped PDU, whole, or the content of its ciphertext.
    let data: BERReader
    /// Where the message ends; a datagram may go on after it.
    let end: Int

    /// Reads the layers. Throws for what is no v3 message of the User-based Security Model.
    init(_ bytes: RawSpan) throws(BERFault) {
        var datagram = BERReader(bytes)
        var message = try datagram.element(BERTag.sequence, in: bytes)
        self.end = datagram.position
        guard try message.integer(in: bytes) == 3 else { throw .badInteger }

        var header = try message.element(BERTag.sequence, in: bytes)
        self.messageID = try header.integer(in: bytes)
        _ = try header.integer(in: bytes)
        let flags = try header.element(BERTag.octets, in: bytes)
        guard flags.rest == 1, try header.integer(in: bytes) == 3, header.isAtEnd else { throw .badInteger }
        self.flags = USMFlags(rawValue: BERReader.byte(bytes, at: flags.position))

        var wrapped = try message.element(BERTag.octets, in: bytes)
        var parameters = try wrapped.element(BERTag.sequence, in: bytes)
        guard wrapped.isAtEnd else { throw .leftOver }
        self.engine = try parameters.element(BERTag.octets, in: bytes)
        self.boots = try Self.counter(&parameters, in: bytes)
        self.time = try Self.counter(&parameters, in: bytes)
        self.user = try parameters.element(BERTag.octets, in: bytes)
        self.code = try parameters.element(BERTag.octets, in: bytes)
        self.salt = try parameters.element(BERTag.octets, in: bytes)
        guard parameters.isAtEnd else { throw .leftOver }

        if self.flags.contains(.secret) {
            self.data = try message.element(BERTag.octets, in: bytes)
            guard message.isAtEnd else { throw .leftOver }
        } else {
            self.data = message
        }
    }

    /// The msgID of a v3 datagram that may be cut short, as one quoted in a report of the network is; `nil` when
    /// it is not v3 or cut before that.
    static func messageID(of bytes: RawSpan) -> Int64? {
        var datagram = BERReader(bytes)
        guard let outer = try? datagram.clampedElement(in: bytes), outer.tag == BERTag.sequence else {
            return nil
        }
        var message = outer.content
        guard (try? message.integer(in: bytes)) == 3,
            let inner = try? message.clampedElement(in: bytes), inner.tag == BERTag.sequence
        else { return nil }
        var header = inner.content
        return try? header.integer(in: bytes)
    }

    /// A number of 31 bits, as boots and time are (RFC 3414 §2.2).
    private static func counter(_ reader: inout BERReader, in bytes: RawSpan) throws(BERFault) -> UInt32 {
        let number = try reader.integer(in: bytes)
        guard (0...Int64(Int32.max)).contains(number) else { throw .badInteger }
        return UInt32(number)
    }
}

/// A PDU in its scope (RFC 3412 §6.8), as far as its request-id.
struct ScopedPDU {
    /// The content of contextEngineID.
    let contextEngine: BERReader
    /// The content of contextName.
    let contextName: BERReader
    /// Where the PDU's tag stands.
    let pduStart: Int
    let tag: UInt8
    let requestID: Int64
    /// The rest of the PDU, after the request-id.
    let body: BERReader

    /// Reads what an envelope's data holds; what may follow it is padding (RFC 3414 §8.1.1.2).
    init(_ data: BERReader, in bytes: RawSpan) throws(BERFault) {
        var data = data
        var scope = try data.element(BERTag.sequence, in: bytes)
        self.contextEngine = try scope.element(BERTag.octets, in: bytes)
        self.contextName = try scope.element(BERTag.octets, in: bytes)
        self.pduStart = scope.position
        var (tag, pdu) = try scope.element(in: bytes)
        guard scope.isAtEnd else { throw .leftOver }
        self.tag = tag
        self.requestID = try pdu.integer(in: bytes)
        self.body = pdu
    }

    /// The tag of a Report (RFC 3416 §3), by which an engine says what is wrong with a message.
    static let report: UInt8 = 0xA8
}
