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

        let salt = self.nextSalt(algorithm, boots: stamp.boots)
        datagram.removeAll(keepingCapacity: true)
        datagram.append(contentsOf: repeatElement(0, count: BERSize.element(messageCount)))
        var message = datagram.mutableSpan
        var place = 0
        message.open(BERTag.sequence, messageCount, at: &place)
        message.writeHeader(id: id, flags: flags, at: &place)
        message.open(BERTag.octets, BERSize.element(parametersCount), at: &place)
        message.open(BERTag.sequence, parametersCount, at: &place)
        message.write(stamp.keys.engine, at: &place)
        message.writeCounter(stamp.boots, at: &place)
        message.writeCounter(stamp.time, at: &place)
        message.write(user.name, tag: BERTag.octets, at: &place)
        message.open(BERTag.octets, codeCount, at: &place)
        // The code's place stays zero until the rest is there.
        let code = place..<place + codeCount
        place = code.upperBound
        message.open(BERTag.octets, algorithm == nil ? 0 : 8, at: &place)
        if algorithm != nil {
            for shift in 0..<8 {
                message[place + shift] = UInt8(truncatingIfNeeded: salt >> UInt64(56 - 8 * shift))
            }
            place += 8
            message.open(BERTag.octets, dataCount, at: &place)
        }
        let data = place..<place + dataCount
        message.open(BERTag.sequence, scopeCount, at: &place)
        message.write(contextEngine, at: &place)
        message.write(contextName, tag: BERTag.octets, at: &place)
        message.write(pdu, at: place)
        if let requestIDOffset { message.patch(id, at: place + requestIDOffset) }
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
        datagram.append(contentsOf: repeatElement(0, count: 64))
        var message = datagram.mutableSpan
        var place = 0
        message.open(BERTag.sequence, 3 + 19 + 18 + 22, at: &place)
        message.writeHeader(id: id, flags: .reportable, at: &place)
        message.open(BERTag.octets, 16, at: &place)
        message.open(BERTag.sequence, 14, at: &place)
        message.open(BERTag.octets, 0, at: &place)
        message.writeCounter(0, at: &place)
        message.writeCounter(0, at: &place)
        for _ in 0..<3 { message.open(BERTag.octets, 0, at: &place) }
        message.open(BERTag.sequence, 20, at: &place)
        message.open(BERTag.octets, 0, at: &place)
        message.open(BERTag.octets, 0, at: &place)
        message.open(RequestKind.get.rawValue, 14, at: &place)
        message.writeFixed(id, at: &place)
        message.writeCounter(0, at: &place)
        message.writeCounter(0, at: &place)
        message.open(BERTag.sequence, 0, at: &place)
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

extension MutableSpan<UInt8> {
    /// Writes a tag and a length below 65,536.
    @inline(__always)
    fileprivate mutating func open(_ tag: UInt8, _ length: Int, at place: inout Int) {
        self[place] = tag
        if length >= 0x100 {
            self[place + 1] = 0x82
            self[place + 2] = UInt8(truncatingIfNeeded: length >> 8)
            place += 2
        } else if length >= 0x80 {
            self[place + 1] = 0x81
            place += 1
        }
        self[place + 1] = UInt8(truncatingIfNeeded: length)
        place += 2
    }

    fileprivate mutating func writeCounter(_ value: UInt32, at place: inout Int) {
        let count = BERSize.counter(value)
        self.open(BERTag.integer, count, at: &place)
        for index in 0..<count {
            self[place + index] = UInt8(truncatingIfNeeded: value >> UInt32(8 * (count - 1 - index)))
        }
        place += count
    }

    fileprivate mutating func writeFixed(_ value: UInt32, at place: inout Int) {
        self.open(BERTag.integer, 4, at: &place)
        self.patch(value, at: place)
        place += 4
    }

    /// Puts four bytes where others were.
    @inline(__always)
    fileprivate mutating func patch(_ value: UInt32, at place: Int) {
        for index in 0..<4 {
            self[place + index] = UInt8(truncatingIfNeeded: value >> UInt32(24 - 8 * index))
        }
    }

    fileprivate mutating func write(_ bytes: [UInt8], at place: Int) {
        for (index, byte) in bytes.enumerated() { self[place + index] = byte }
    }

    fileprivate mutating func write(_ bytes: [UInt8], tag: UInt8, at place: inout Int) {
        self.open(tag, bytes.count, at: &place)
        self.write(bytes, at: place)
        place += bytes.count
    }

    fileprivate mutating func write(_ engine: EngineID, at place: inout Int) {
        self.open(BERTag.octets, engine.count, at: &place)
        engine.write(into: &self, at: place)
        place += engine.count
    }

    /// Version 3 and the header: msgID, the 65,507 bytes that we can take, flags, security model 3.
    fileprivate mutating func writeHeader(id: UInt32, flags: USMFlags, at place: inout Int) {
        precondition(id < 1 << 31, "a msgID is positive in 31 bits")
        self.writeCounter(3, at: &place)
        self.open(BERTag.sequence, 17, at: &place)
        self.writeFixed(id, at: &place)
        self.writeCounter(UInt32(UDPPort.mostBytes), at: &place)
        self.open(BERTag.octets, 1, at: &place)
        self[place] = flags.rawValue
        place += 1
        self.writeCounter(3, at: &place)
    }
}
