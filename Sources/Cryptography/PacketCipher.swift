internal import CLibSSL

/// The ciphers by which SNMPv3 hides a packet: AES in CFB-128 mode (RFC 3826) and DES in CBC mode (RFC 3414).
///
/// Owns a context a cipher that it uses again and again, so that a packet costs neither an allocation nor a
/// look-up; one thread uses it at a time.
public struct PacketCipher: ~Copyable {
    /// Which cipher.
    public enum Algorithm: Sendable, CaseIterable {
        /// CFB-128; any number of bytes.
        case aes128
        /// CFB-128; any number of bytes.
        case aes192
        /// CFB-128; any number of bytes.
        case aes256
        /// CBC; whole blocks of 8 bytes only. Weak: for equipment that knows nothing else.
        case des

        /// The key's length in bytes.
        public var keyByteCount: Int {
            switch self {
            case .aes128: 16
            case .aes192: 24
            case .aes256: 32
            case .des: 8
            }
        }

        /// The initialization vector's length in bytes.
        public var vectorByteCount: Int { self == .des ? 8 : 16 }
    }

    /// A context a key length, for enciphering: feedback goes from block to block.
    private let feedback: CipherContexts
    /// A context a key length, for deciphering: in CFB all blocks of the key stream are known at once.
    private let blocks: CipherContexts
    private var stream: [UInt8] = []

    /// Makes one for packets of any algorithm.
    ///
    /// - Throws: When libcrypto has no memory for it or was built without AES.
    public init() throws(CryptographyError) {
        let feedback = try CipherContexts(
            EVP_aes_128_cfb128(),
            EVP_aes_192_cfb128(),
            EVP_aes_256_cfb128()
        )
        let blocks = try CipherContexts(EVP_aes_128_ecb(), EVP_aes_192_ecb(), EVP_aes_256_ecb())
        self.feedback = feedback
        self.blocks = blocks
    }

    /// The ciphertext, as long as the plaintext.
    ///
    /// - Throws: When a length is not the algorithm's.
    public mutating func encrypt(
        _ plaintext: RawSpan,
        algorithm: Algorithm,
        key: RawSpan,
        vector: RawSpan
    ) throws(CryptographyError) -> [UInt8] {
        var bytes = plaintext.withUnsafeBytes { Array($0) }
        try self.encrypt(&bytes, in: 0..<bytes.count, algorithm: algorithm, key: key, vector: vector)
        return bytes
    }

    /// The plaintext, as long as the ciphertext.
    ///
    /// - Throws: When a length is not the algorithm's. A wrong key is not seen here: it yields noise.
    public mutating func decrypt(
        _ ciphertext: RawSpan,
        algorithm: Algorithm,
        key: RawSpan,
        vector: RawSpan
    ) throws(CryptographyError) -> [UInt8] {
        var bytes: [UInt8] = []
        try self.decrypt(ciphertext, into: &bytes, algorithm: algorithm, key: key, vector: vector)
        return bytes
    }

    /// Enciphers a part of the bytes in place.
    ///
    /// - Throws: When a length is not the algorithm's; the bytes are then unchanged.
    public mutating func encrypt(
        _ bytes: inout [UInt8],
        in range: Range<Int>,
        algorithm: Algorithm,
        key: RawSpan,
        vector: RawSpan
    ) throws(CryptographyError) {
        try Self.check(range.count, algorithm, key, vector)
        precondition(range.lowerBound >= 0 && range.upperBound <= bytes.count)
        let context = self.feedback.context(for: algorithm)
        let succeeded = bytes.withUnsafeMutableBufferPointer { bytes in
            key.withUnsafeBytes { key in
                vector.withUnsafeBytes { vector in
                    let place = bytes.baseAddress?.advanced(by: range.lowerBound)
                    let key = key.baseAddress?.assumingMemoryBound(to: UInt8.self)
                    let vector = vector.baseAddress?.assumingMemoryBound(to: UInt8.self)
                    guard let context else {
                        wayside_des_cbc(place, place, range.count, key, vector, 1)
                        return true
                    }
                    var count: Int32 = 0
                    return EVP_EncryptInit_ex2(context, nil, key, vector, nil) == 1
                        && EVP_EncryptUpdate(context, place, &count, place, Int32(range.count)) == 1
                }
            }
        }
        guard succeeded else { throw CryptographyError(.cipher) }
    }

    /// Deciphers into `plaintext`, whose memory is used again; it will be as long as the ciphertext.
    ///
    /// - Throws: When a length is not the algorithm's. A wrong key is not seen here: it yields noise.
    public mutating func decrypt(
        _ ciphertext: RawSpan,
        into plaintext: inout [UInt8],
        algorithm: Algorithm,
        key: RawSpan,
        vector: RawSpan
    ) throws(CryptographyError) {
        let count = ciphertext.byteCount
        try Self.check(count, algorithm, key, vector)
        plaintext.removeAll(keepingCapacity: true)
        ciphertext.withUnsafeBytes { plaintext.append(contentsOf: $0) }
        guard count > 0 else { return }
        guard let context = self.blocks.context(for: algorithm) else {
            plaintext.withUnsafeMutableBufferPointer { bytes in
                key.withUnsafeBytes { key in
                    vector.withUnsafeBytes { vector in
                        let key = key.baseAddress?.assumingMemoryBound(to: UInt8.self)
                        let vector = vector.baseAddress?.assumingMemoryBound(to: UInt8.self)
                        wayside_des_cbc(bytes.baseAddress, bytes.baseAddress, count, key, vector, 0)
                    }
                }
            }
            return
        }
        // The key stream of CFB is the cipher of the vector and of every block of ciphertext but the last.
        let blockCount = (count + 15) / 16
        self.stream.removeAll(keepingCapacity: true)
        vector.withUnsafeBytes { self.stream.append(contentsOf: $0) }
        ciphertext.extracting(first: (blockCount - 1) * 16).withUnsafeBytes {
            self.stream.append(contentsOf: $0)
        }
        let succeeded = self.stream.withUnsafeMutableBufferPointer { stream in
            plaintext.withUnsafeMutableBufferPointer { plaintext in
                key.withUnsafeBytes { key in
                    let key = key.baseAddress?.assumingMemoryBound(to: UInt8.self)
                    var done: Int32 = 0
                    guard EVP_EncryptInit_ex2(context, nil, key, nil, nil) == 1,
                        EVP_EncryptUpdate(
                            context,
                            stream.baseAddress,
                            &done,
                            stream.baseAddress,
                            Int32(stream.count)
                        ) == 1
                    else { return false }
                    for index in 0..<count { plaintext[index] ^= stream[index] }
                    return true
                }
            }
        }
        guard succeeded else { throw CryptographyError(.cipher) }
    }

    private static func check(
        _ count: Int,
        _ algorithm: Algorithm,
        _ key: RawSpan,
        _ vector: RawSpan
    ) throws(CryptographyError) {
        guard key.byteCount == algorithm.keyByteCount, vector.byteCount == algorithm.vectorByteCount else {
            throw CryptographyError(.cipher, reason: "key or vector has the wrong length")
        }
        guard algorithm != .des || count.isMultiple(of: 8) else {
            throw CryptographyError(.cipher, reason: "DES takes whole blocks of 8 bytes")
        }
        guard count <= 1 << 24 else {
            throw CryptographyError(.cipher, reason: "more than 16 MiB")
        }
    }
}

/// Three contexts that have their cipher already, so that a packet brings only its key: looking a cipher up costs
/// libcrypto 3 more than enciphering a packet does.
private final class CipherContexts {
    private let of128: CipherContext
    private let of192: CipherContext
    private let of256: CipherContext

    init(
        _ cipher128: OpaquePointer?,
        _ cipher192: OpaquePointer?,
        _ cipher256: OpaquePointer?
    ) throws(CryptographyError) {
        let of128 = try Self.context(cipher128)
        let of192 = try Self.context(cipher192)
        let of256 = try Self.context(cipher256)
        self.of128 = of128
        self.of192 = of192
        self.of256 = of256
    }

    private static func context(_ cipher: OpaquePointer?) throws(CryptographyError) -> CipherContext {
        let context = try CipherContext(.cipher)
        let key = [UInt8](repeating: 0, count: 32)
        let vector = [UInt8](repeating: 0, count: 16)
        // Padding stays on: CFB has none, of ECB only whole blocks are asked and never the last one, and a context
        // without would tell its cipher so again with every key.
        guard EVP_EncryptInit_ex2(context.pointer, cipher, key, vector, nil) == 1 else {
            throw CryptographyError(.cipher)
        }
        return context
    }

    /// The context for keys of that length; `nil` for DES, which needs none.
    func context(for algorithm: PacketCipher.Algorithm) -> OpaquePointer? {
        switch algorithm {
        case .aes128: self.of128.pointer
        case .aes192: self.of192.pointer
        case .aes256: self.of256.pointer
        case .des: nil
        }
    }
}
