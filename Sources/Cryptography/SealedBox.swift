internal import CLibSSL

/// A 256-bit key for secrets at rest. Prints as `<secret>`.
public struct SecretKey: Sendable, CustomStringConvertible, CustomDebugStringConvertible {
    /// Its length.
    public static let byteCount = 32

    let bytes: [UInt8]

    /// Takes a raw key; nil unless it is 32 bytes long.
    public init?(_ bytes: [UInt8]) {
        guard bytes.count == Self.byteCount else { return nil }
        self.bytes = bytes
    }

    /// Draws a fresh key.
    ///
    /// - Throws: When the system's generator gives nothing.
    public init() throws(CryptographyError) {
        self.bytes = try RandomBytes.make(Self.byteCount)
    }

    /// Derives the key from a passphrase by scrypt (RFC 7914), N = 2^15, r = 8, p = 1: about 32 MB and 0.1 s.
    ///
    /// - Parameters:
    ///   - passphrase: UTF-8, any length but empty.
    ///   - salt: At least 16 random bytes, kept beside what is sealed.
    /// - Throws: For an empty passphrase or a short salt.
    public init(passphrase: String, salt: [UInt8]) throws(CryptographyError) {
        guard !passphrase.isEmpty, salt.count >= 16 else {
            throw CryptographyError(.deriveKey, reason: "a passphrase and 16 bytes of salt are needed")
        }
        self.bytes = try scrypt(
            passphrase: Array(passphrase.utf8),
            salt: salt,
            cost: 1 << 15,
            blockSize: 8,
            parallelism: 1,
            byteCount: Self.byteCount
        )
    }

    /// For keeping the key in a file of its own, which only its owner may read.
    public func withRawBytes<Result>(_ body: (RawSpan) throws -> Result) rethrows -> Result {
        try body(self.bytes.span.bytes)
    }

    /// `<secret>`.
    public var description: String { "<secret>" }
    /// `<secret>`.
    public var debugDescription: String { "<secret>" }
}

/// Bytes sealed by AES-256-GCM (NIST SP 800-38D): unreadable without the key, and changed by nobody.
public struct SealedBox: Sendable, Hashable {
    private static let nonceByteCount = 12
    private static let tagByteCount = 16

    /// Nonce (12 bytes), ciphertext, tag (16 bytes).
    public let bytes: [UInt8]

    /// Takes what was sealed before; nil when it is too short to be a box.
    public init?(_ bytes: [UInt8]) {
        guard bytes.count >= Self.nonceByteCount + Self.tagByteCount else { return nil }
        self.bytes = bytes
    }

    /// Seals the plaintext under a fresh random nonce.
    ///
    /// - Parameters:
    ///   - plaintext: At most 16 MiB.
    ///   - key: At most 2^32 boxes may be sealed under one.
    ///   - context: What must be the same when it is opened (a device's name, say), so that a box cannot be
    ///     moved to another place. It is not kept in the box.
    /// - Throws: For a plaintext that is too long.
    public init(
        sealing plaintext: [UInt8],
        key: SecretKey,
        context: [UInt8] = []
    ) throws(CryptographyError) {
        guard plaintext.count <= 1 << 24 else {
            throw CryptographyError(.seal, reason: "more than 16 MiB")
        }
        let nonce = try RandomBytes.make(Self.nonceByteCount)
        self.bytes = try Self.seal(plaintext, key: key, nonce: nonce, context: context)
    }

    /// The plaintext.
    ///
    /// - Throws: `.open` for a wrong key, another context or changed bytes; which of them cannot be told.
    public func open(key: SecretKey, context: [UInt8] = []) throws(CryptographyError) -> [UInt8] {
        let cipher = try CipherContext(.open)
        let nonce = Array(self.bytes.prefix(Self.nonceByteCount))
        let body = Array(self.bytes.dropFirst(Self.nonceByteCount).dropLast(Self.tagByteCount))
        var tag = Array(self.bytes.suffix(Self.tagByteCount))
        var plaintext = [UInt8](repeating: 0, count: body.count + 16)
        var count: Int32 = 0
        guard
            EVP_DecryptInit_ex(cipher.pointer, EVP_aes_256_gcm(), nil, key.bytes, nonce) == 1,
            context.isEmpty
                || EVP_DecryptUpdate(cipher.pointer, nil, &count, context, Int32(context.count)) == 1,
            EVP_DecryptUpdate(cipher.pointer, &plaintext, &count, body, Int32(body.count)) == 1,
            wayside_gcm_set_tag(cipher.pointer, Int32(Self.tagByteCount), &tag) == 1,
            EVP_DecryptFinal_ex(cipher.pointer, nil, &count) == 1
        else {
            ERR_clear_error()
            throw CryptographyError(.open, reason: "wrong key, wrong context, or changed bytes")
        }
        plaintext.removeLast(16)
        return plaintext
    }

    static func seal(
        _ plaintext: [UInt8],
        key: SecretKey,
        nonce: [UInt8],
        context: [UInt8]
    ) throws(CryptographyError) -> [UInt8] {
        let cipher = try CipherContext(.seal)
        var body = [UInt8](repeating: 0, count: plaintext.count + 16)
        var tag = [UInt8](repeating: 0, count: self.tagByteCount)
        var count: Int32 = 0
        guard
            EVP_EncryptInit_ex(cipher.pointer, EVP_aes_256_gcm(), nil, key.bytes, nonce) == 1,
            context.isEmpty
                || EVP_EncryptUpdate(cipher.pointer, nil, &count, context, Int32(context.count)) == 1,
            EVP_EncryptUpdate(cipher.pointer, &body, &count, plaintext, Int32(plaintext.count)) == 1,
            EVP_EncryptFinal_ex(cipher.pointer, nil, &count) == 1,
            wayside_gcm_get_tag(cipher.pointer, Int32(self.tagByteCount), &tag) == 1
        else { throw CryptographyError(.seal) }
        return nonce + body.dropLast(16) + tag
    }
}

/// scrypt by RFC 7914.
func scrypt(
    passphrase: [UInt8],
    salt: [UInt8],
    cost: UInt64,
    blockSize: UInt64,
    parallelism: UInt64,
    byteCount: Int
) throws(CryptographyError) -> [UInt8] {
    let memoryLimit: UInt64 = 1 << 30
    var key = [UInt8](repeating: 0, count: byteCount)
    let status = passphrase.withUnsafeBytes { secret in
        EVP_PBE_scrypt(
            secret.baseAddress?.assumingMemoryBound(to: CChar.self),
            secret.count,
            salt,
            salt.count,
            cost,
            blockSize,
            parallelism,
            memoryLimit,
            &key,
            key.count
        )
    }
    guard status == 1 else { throw CryptographyError(.deriveKey) }
    return key
}

/// The owner of one cipher context of libcrypto.
struct CipherContext: ~Copyable {
    let pointer: OpaquePointer

    init(_ operation: CryptographyError.Operation) throws(CryptographyError) {
        guard let pointer = EVP_CIPHER_CTX_new() else { throw CryptographyError(operation) }
        self.pointer = pointer
    }

    deinit { EVP_CIPHER_CTX_free(self.pointer) }
}
