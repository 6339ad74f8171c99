internal import CLibSSL

/// The ciphers by which SNMPv3 hides a packet: AES in CFB-128 mode (RFC 3826) and DES in CBC mode (RFC 3414).
///
/// Owns one context that it uses again and again, so a packet costs no allocation; one thread uses it at a
/// time.
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

    private let context: CipherContext

    /// Makes one for packets of any algorithm.
    public init() throws(CryptographyError) {
        self.context = try CipherContext(.cipher)
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
        try self.run(plaintext, algorithm: algorithm, key: key, vector: vector, encrypts: true)
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
        try self.run(ciphertext, algorithm: algorithm, key: key, vector: vector, encrypts: false)
    }

    private mutating func run(
        _ input: RawSpan,
        algorithm: Algorithm,
        key: RawSpan,
        vector: RawSpan,
        encrypts: Bool
    ) throws(CryptographyError) -> [UInt8] {
        guard key.byteCount == algorithm.keyByteCount, vector.byteCount == algorithm.vectorByteCount else {
            throw CryptographyError(.cipher, reason: "key or vector has the wrong length")
        }
        guard algorithm != .des || input.byteCount.isMultiple(of: 8) else {
            throw CryptographyError(.cipher, reason: "DES takes whole blocks of 8 bytes")
        }
        guard input.byteCount <= 1 << 24 else {
            throw CryptographyError(.cipher, reason: "more than 16 MiB")
        }
        let pointer = self.context.pointer
        var succeeded = true
        let output = [UInt8](unsafeUninitializedCapacity: input.byteCount) { output, filled in
            input.withUnsafeBytes { source in
                key.withUnsafeBytes { key in
                    vector.withUnsafeBytes { vector in
                        let source = source.baseAddress?.assumingMemoryBound(to: UInt8.self)
                        let key = key.baseAddress?.assumingMemoryBound(to: UInt8.self)
                        let vector = vector.baseAddress?.assumingMemoryBound(to: UInt8.self)
                        let cipher: OpaquePointer?
                        switch algorithm {
                        case .aes128: cipher = EVP_aes_128_cfb128()
                        case .aes192: cipher = EVP_aes_192_cfb128()
                        case .aes256: cipher = EVP_aes_256_cfb128()
                        case .des:
                            wayside_des_cbc(
                                source,
                                output.baseAddress,
                                output.count,
                                key,
                                vector,
                                encrypts ? 1 : 0
                            )
                            return
                        }
                        var count: Int32 = 0
                        succeeded =
                            EVP_CipherInit_ex(pointer, cipher, nil, key, vector, encrypts ? 1 : 0) == 1
                            && EVP_CipherUpdate(
                                pointer,
                                output.baseAddress,
                                &count,
                                source,
                                Int32(output.count)
                            ) == 1
                    }
                }
            }
            filled = input.byteCount
        }
        guard succeeded else { throw CryptographyError(.cipher) }
        return output
    }
}
