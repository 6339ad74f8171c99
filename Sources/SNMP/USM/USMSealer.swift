internal import Cryptography

/// Where a message goes and as of when: the security parameters of its sending (RFC 3414 §2.4).
struct USMStamp {
    let keys: EngineKeys
    let boots: UInt32
    let time: UInt32
}

/// Writes v3 messages and opens them: signs and hides, checks and reveals (RFC 3414 §3.1, §3.2).
///
/// Decides nothing about engines, times or users. Owns the ciphers, so one thread uses it at a time.
struct USMSealer: ~Copyable {
    /// What keeps a message from being opened.
    enum Fault: Error, Hashable {
        /// Its bytes are not what they should be.
        case encoding(BERFault)
        /// It is not signed by who knows the key, or was changed.
        case notAuthentic
        /// It is signed, and its ciphertext is not what the key and the salt make of any scoped PDU.
        case notDecipherable
    }

    private var cipher: PacketCipher
    private var salt: UInt64
    /// What the last message opened held, when it was hidden.
    private(set) var plaintext: [UInt8] = []

    /// Takes a salt to count from; it should be random, so that none is used twice with a key (RFC 3826 §3.1.2.1).
    init(firstSalt: UInt64) throws(CryptographyError) {
        self.cipher = try PacketCipher()
        self.salt = firstSalt
    }
}

// MARK: - Sealing

extension USMSealer {
    /// Replaces `datagram` by the message that puts `pdu` under a stamp, signed and hidden as its user's level says.
    /// `pdu` is whole; its four bytes from `requestIDOffset` on are set to `id`, unless that is `nil`. Throws when the
    /// cipher does.
    mutating func seal(
        _ pdu: [UInt8],
        requestIDOffset: Int?,
        id: UInt32,
        stamp: USMStamp,
        flags: USMFlags,
        contextEngine: EngineID,
        contextName: [UInt8],
        into datagram: inout [UInt8]
    ) throws(CryptographyError) {
        let user = stamp.keys.user
        let codeCount = flags.contains(.authentic) ? user.codeByteCount : 0
        let algorithm = flags.contains(.secret) ? user.privacy?.cipher : nil
        let scopeCount = BERSize.element(contextEngine.count) + BERSize.element(contextName.count) + pdu.count
        var dataCount = BERSize.element(scopeCount)
        if algorithm == .des { dataCount = (dataCount + 7) & ~7 }
        let boots = BERSize.element(BERSize.counter(stamp.boots))
        let parametersCount =
            BERSize.element(stamp.keys.engine.count) + boots + BERSize.element(BERSize.counter(stamp.time))
            + BERSize.element(user.name.count) + BERSize.element(codeCount)
            + BERSize.element(algorithm == nil ? 0 : 8)
        let messageCount =
            3 + 19 + BERSize.element(BERSize.element(parametersCount))
            + (algorithm == nil ? dataCount : BERSize.element(dataCount))

        datagram.removeAll(keepingCapacity: true)
        datagram.open(BERTag.sequence, messageCount)
        datagram.writeHeader(id: id, flags: flags)
        datagram.open(BERTag.octets, BERSize.element(parametersCount))
        datagram.open(BERTag.sequence, parametersCount)
        datagram.open(BERTag.octets, stamp.keys.engine.count)
        stamp.keys.engine.append(to: &datagram)
        datagram.writeCounter(stamp.boots)
        datagram.writeCounter(stamp.time)
        datagram.open(BERTag.octets, user.name.count)
        datagram += user.name
        datagram.open(BERTag.octets, codeCount)
        let code = datagram.count..<datagram.count + codeCount
        for _ in code { datagram.append(0) }
        let salt = self.nextSalt(algorithm, boots: stamp.boots)
        datagram.open(BERTag.octets, algorithm == nil ? 0 : 8)
        if algorithm != nil {
            for shift in 0..<8 { datagram.append(UInt8(truncatingIfNeeded: salt >> UInt64(56 - 8 * shift))) }
            datagram.open(BERTag.octets, dataCount)
        }
        let data = datagram.count..<datagram.count + dataCount
        datagram.open(BERTag.sequence, scopeCount)
        datagram.open(BERTag.octets, contextEngine.count)
        contextEngine.append(to: &datagram)
        datagram.open(BERTag.octets, contextName.count)
        datagram += contextName
        if let requestIDOffset {
            let place = datagram.count + requestIDOffset
            datagram += pdu
            for index in 0..<4 {
                datagram[place + index] = UInt8(truncatingIfNeeded: id >> UInt32(24 - 8 * index))
            }
        } else {
            datagram += pdu
        }
        while datagram.count < data.upperBound { datagram.append(0) }
        if let algorithm {
            let vector = stamp.keys.vector(algorithm, boots: stamp.boots, time: stamp.time, salt: salt)
            try stamp.keys.withCipherKey(algorithm) { key throws(CryptographyError) in
                try self.cipher.encrypt(
                    &datagram,
                    in: data,
                    algorithm: algorithm,
                    key: key,
                    vector: vector.span.bytes.extracting(first: algorithm.vectorByteCount)
                )
            }
        }
        if codeCount > 0 { stamp.keys.code?.sign(&datagram, from: 0, hole: code) }
    }

    /// Replaces `datagram` by the question by which an engine's name is found out (RFC 3414 §4): nobody asks
    /// nothing.
    static func writeDiscovery(id: UInt32, into datagram: inout [UInt8]) {
        datagram.removeAll(keepingCapacity: true)
        datagram.open(BERTag.sequence, 3 + 19 + 18 + 20)
        datagram.writeHeader(id: id, flags: .reportable)
        datagram.open(BERTag.octets, 16)
        datagram.open(BERTag.sequence, 14)
        datagram.open(BERTag.octets, 0)
        datagram.writeCounter(0)
        datagram.writeCounter(0)
        for _ in 0..<3 { datagram.open(BERTag.octets, 0) }
        datagram.open(BERTag.sequence, 18)
        datagram.open(BERTag.octets, 0)
        datagram.open(BERTag.octets, 0)
        datagram.open(RequestKind.get.rawValue, 14)
        datagram.writeFixed(id)
        datagram.writeCounter(0)
        datagram.writeCounter(0)
        datagram.open(BERTag.sequence, 0)
    }

    private mutating func nextSalt(_ algorithm: PacketCipher.Algorithm?, boots: UInt32) -> UInt64 {
        self.salt &+= 1
        // DES: boots, then a number of our own (RFC 3414 §8.1.1.1); AES: 64 bits of our own.
        return algorithm == .des ? UInt64(boots) << 32 | self.salt & 0xFFFF_FFFF : self.salt
    }
}

// MARK: - Opening

extension USMSealer {
    /// Checks a message's code and reveals its scoped PDU. What is returned lies in `plaintext` when the message
    /// was hidden, and in `bytes` otherwise.
    ///
    /// Nothing is read but what the code covers, and nothing is deciphered before the code is right. A message
    /// that is not signed is read as it stands: the caller knows from its flags.
    mutating func open(
        _ envelope: USMEnvelope,
        in bytes: RawSpan,
        with keys: EngineKeys
    ) throws(Fault) -> ScopedPDU {
        if envelope.flags.contains(.authentic) {
            guard let code = keys.code, envelope.isSigned(in: bytes, by: code, of: keys.user) else {
                throw .notAuthentic
            }
        } else if envelope.flags.contains(.secret) {
            // There is no such level (RFC 3412 §6.4).
            throw .notAuthentic
        }
        guard envelope.flags.contains(.secret) else {
            do throws(BERFault) {
                return try ScopedPDU(envelope.data, in: bytes)
            } catch { throw .encoding(error) }
        }
        try self.decipher(envelope, in: bytes, with: keys)
        let plaintext = self.plaintext.span.bytes
        do throws(BERFault) {
            return try ScopedPDU(BERReader(plaintext), in: plaintext)
        } catch { throw .notDecipherable }
    }

    /// Reveals ciphertext whose code was right.
    private mutating func decipher(
        _ envelope: USMEnvelope,
        in bytes: RawSpan,
        with keys: EngineKeys
    ) throws(Fault) {
        guard let algorithm = keys.user.privacy?.cipher, envelope.salt.rest == 8 else {
            throw .notDecipherable
        }
        var salt: UInt64 = 0
        for offset in envelope.salt.position..<envelope.salt.end {
            salt = salt << 8 | UInt64(BERReader.byte(bytes, at: offset))
        }
        let vector = keys.vector(algorithm, boots: envelope.boots, time: envelope.time, salt: salt)
        do throws(CryptographyError) {
            try keys.withCipherKey(algorithm) { key throws(CryptographyError) in
                try self.cipher.decrypt(
                    bytes.extracting(envelope.data.position..<envelope.data.end),
                    into: &self.plaintext,
                    algorithm: algorithm,
                    key: key,
                    vector: vector.span.bytes.extracting(first: algorithm.vectorByteCount)
                )
            }
        } catch { throw .notDecipherable }
    }
}

extension USMEnvelope {
    /// Whether the message carries the code that a user's key gives it.
    func isSigned(in bytes: RawSpan, by code: HMAC, of user: USMUser) -> Bool {
        self.code.rest == user.codeByteCount
            && code.isSigned(bytes.extracting(first: self.end), hole: self.code.position..<self.code.end)
    }
}

// MARK: - Writing forwards, where every length is known before

/// How many bytes elements take.
private enum BERSize {
    @inline(__always)
    static func element(_ content: Int) -> Int {
        content + (content < 0x80 ? 2 : content < 0x100 ? 3 : 4)
    }

    /// The content of a number below 2^31.
    @inline(__always)
    static func counter(_ value: UInt32) -> Int {
        value < 0x80 ? 1 : value < 0x8000 ? 2 : value < 0x80_0000 ? 3 : 4
    }
}

extension [UInt8] {
    /// Writes a tag and a length below 65,536.
    fileprivate mutating func open(_ tag: UInt8, _ length: Int) {
        self.append(tag)
        if length >= 0x100 {
            self.append(0x82)
            self.append(UInt8(truncatingIfNeeded: length >> 8))
        } else if length >= 0x80 {
            self.append(0x81)
        }
        self.append(UInt8(truncatingIfNeeded: length))
    }

    fileprivate mutating func writeCounter(_ value: UInt32) {
        let count = BERSize.counter(value)
        self.open(BERTag.integer, count)
        for index in (0..<count).reversed() {
            self.append(UInt8(truncatingIfNeeded: value >> UInt32(8 * index)))
        }
    }

    fileprivate mutating func writeFixed(_ value: UInt32) {
        self.open(BERTag.integer, 4)
        for index in (0..<4).reversed() { self.append(UInt8(truncatingIfNeeded: value >> UInt32(8 * index))) }
    }

    /// Version 3 and the header: msgID, the 65,507 bytes that we can take, flags, security model 3.
    fileprivate mutating func writeHeader(id: UInt32, flags: USMFlags) {
        precondition(id < 1 << 31, "a msgID is positive in 31 bits")
        self.writeCounter(3)
        self.open(BERTag.sequence, 17)
        self.writeFixed(id)
        self.writeCounter(UInt32(UDPPort.mostBytes))
        self.open(BERTag.octets, 1)
        self.append(flags.rawValue)
        self.writeCounter(3)
    }
}
