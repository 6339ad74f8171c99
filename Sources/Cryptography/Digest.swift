internal import CLibSSL

/// A hash function by FIPS 180-4 or, for what old equipment still asks of us, RFC 1321 (MD5).
public enum Digest: String, Sendable, CaseIterable {
    /// RFC 1321; broken for signatures, still what cameras ask for in HTTP Digest.
    case md5
    /// FIPS 180-4; broken for signatures, still common in SNMPv3.
    case sha1
    /// FIPS 180-4.
    case sha224
    /// FIPS 180-4.
    case sha256
    /// FIPS 180-4.
    case sha384
    /// FIPS 180-4.
    case sha512

    /// The length of the result in bytes: 16 to 64.
    public var byteCount: Int {
        switch self {
        case .md5: 16
        case .sha1: 20
        case .sha224: 28
        case .sha256: 32
        case .sha384: 48
        case .sha512: 64
        }
    }

    /// The length in bytes of the block that the function works on: 64 or 128.
    public var blockByteCount: Int {
        switch self {
        case .md5, .sha1, .sha224, .sha256: 64
        case .sha384, .sha512: 128
        }
    }

    /// Hashes the bytes in one go.
    public func hash(_ bytes: RawSpan) -> [UInt8] {
        var hasher = Hasher(self)
        hasher.update(bytes)
        return hasher.finish()
    }

    /// Hashes the bytes in one go.
    public func hash(_ bytes: [UInt8]) -> [UInt8] {
        self.hash(bytes.span.bytes)
    }

    /// Hashes the UTF-8 form of the text and prints it as lower-case hexadecimal, as HTTP Digest wants it.
    public func hexadecimal(of text: String) -> String {
        Hexadecimal.string(self.hash(Array(text.utf8)))
    }
}

extension Digest {
    /// A hash under way. A value: a copy goes on by itself from the same bytes.
    public struct Hasher: Sendable {
        /// The function at work.
        public let digest: Digest
        private var state: HashState

        /// Starts with nothing hashed yet.
        public init(_ digest: Digest) {
            self.digest = digest
            self.state = HashState(digest)
        }

        /// Takes in more bytes.
        public mutating func update(_ bytes: RawSpan) {
            self.state.update(bytes)
        }

        /// Takes in more bytes.
        public mutating func update(_ bytes: [UInt8]) {
            self.state.update(bytes.span.bytes)
        }

        /// The hash of all bytes so far; more may be taken in afterwards.
        public func finish() -> [UInt8] {
            var state = self.state
            return [UInt8](unsafeUninitializedCapacity: self.digest.byteCount) { buffer, count in
                state.finish(into: buffer.baseAddress)
                count = self.digest.byteCount
            }
        }
    }
}

/// libcrypto's running state, by value.
enum HashState: Sendable {
    case md5(MD5_CTX)
    case sha1(SHA_CTX)
    case sha224(SHA256_CTX)
    case sha256(SHA256_CTX)
    case sha384(SHA512_CTX)
    case sha512(SHA512_CTX)

    init(_ digest: Digest) {
        switch digest {
        case .md5:
            var context = MD5_CTX()
            MD5_Init(&context)
            self = .md5(context)
        case .sha1:
            var context = SHA_CTX()
            SHA1_Init(&context)
            self = .sha1(context)
        case .sha224:
            var context = SHA256_CTX()
            SHA224_Init(&context)
            self = .sha224(context)
        case .sha256:
            var context = SHA256_CTX()
            SHA256_Init(&context)
            self = .sha256(context)
        case .sha384:
            var context = SHA512_CTX()
            SHA384_Init(&context)
            self = .sha384(context)
        case .sha512:
            var context = SHA512_CTX()
            SHA512_Init(&context)
            self = .sha512(context)
        }
    }

    mutating func update(_ bytes: RawSpan) {
        bytes.withUnsafeBytes { self.update($0) }
    }

    mutating func update(_ buffer: UnsafeRawBufferPointer) {
        switch self {
        case .md5(var context):
            MD5_Update(&context, buffer.baseAddress, buffer.count)
            self = .md5(context)
        case .sha1(var context):
            SHA1_Update(&context, buffer.baseAddress, buffer.count)
            self = .sha1(context)
        case .sha224(var context):
            SHA224_Update(&context, buffer.baseAddress, buffer.count)
            self = .sha224(context)
        case .sha256(var context):
            SHA256_Update(&context, buffer.baseAddress, buffer.count)
            self = .sha256(context)
        case .sha384(var context):
            SHA384_Update(&context, buffer.baseAddress, buffer.count)
            self = .sha384(context)
        case .sha512(var context):
            SHA512_Update(&context, buffer.baseAddress, buffer.count)
            self = .sha512(context)
        }
    }

    /// Writes the hash; the state is spent. `output` has room for the digest's `byteCount`.
    mutating func finish(into output: UnsafeMutablePointer<UInt8>?) {
        switch self {
        case .md5(var context): MD5_Final(output, &context)
        case .sha1(var context): SHA1_Final(output, &context)
        case .sha224(var context): SHA224_Final(output, &context)
        case .sha256(var context): SHA256_Final(output, &context)
        case .sha384(var context): SHA384_Final(output, &context)
        case .sha512(var context): SHA512_Final(output, &context)
        }
    }
}
