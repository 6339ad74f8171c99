internal import CLibSSL

/// What a hash carries from one block to the next, after exactly one block: 64 bytes, of which the function uses
/// as many as its words need.
struct HashChain: Sendable {
    private let words: InlineArray<8, UInt64>

    /// Hashes one whole block.
    init(_ digest: Digest, afterBlock block: [UInt8]) {
        precondition(block.count == digest.blockByteCount)
        self.words =
            switch digest {
            case .md5: Self.words(MD5_CTX(fresh: digest), block)
            case .sha1: Self.words(SHA_CTX(fresh: digest), block)
            case .sha224, .sha256: Self.words(SHA256_CTX(fresh: digest), block)
            case .sha384, .sha512: Self.words(SHA512_CTX(fresh: digest), block)
            }
    }

    private static func words<Context: HashContext>(
        _ context: Context,
        _ block: [UInt8]
    ) -> InlineArray<8, UInt64> {
        var context = context
        block.withUnsafeBytes { context.update($0) }
        var words = InlineArray<8, UInt64>(repeating: 0)
        withUnsafeMutableBytes(of: &words) { words in
            withUnsafeBytes(of: &context) {
                words.copyMemory(from: .init(rebasing: $0[..<Context.chainByteCount]))
            }
        }
        return words
    }

    /// Puts the chain where the running states of libcrypto have it: first.
    fileprivate func copy(into context: UnsafeMutableRawBufferPointer, count: Int) {
        withUnsafeBytes(of: self.words) { words in
            context.copyMemory(from: UnsafeRawBufferPointer(rebasing: words[..<count]))
        }
    }
}

/// A running state of libcrypto. Each of the four begins with its chaining words, followed by the count of bits.
protocol HashContext {
    /// Bytes of chaining words at the beginning.
    static var chainByteCount: Int { get }
    /// All zero, which is no state yet.
    init()
    /// The state before the first byte.
    init(fresh digest: Digest)
    /// Says that exactly one block has been taken in.
    mutating func countOneBlock(_ digest: Digest)
    mutating func update(_ bytes: UnsafeRawBufferPointer)
    /// Writes the digest's `byteCount` bytes; the state is spent.
    mutating func finish(into output: UnsafeMutablePointer<UInt8>?)
}

extension HashContext {
    /// The state after the block that `chain` was made of.
    @inline(__always)
    init(_ chain: HashChain, _ digest: Digest) {
        self.init()
        withUnsafeMutableBytes(of: &self) { chain.copy(into: $0, count: Self.chainByteCount) }
        self.countOneBlock(digest)
    }
}

extension MD5_CTX: HashContext {
    static var chainByteCount: Int { 16 }
    init(fresh digest: Digest) {
        self.init()
        MD5_Init(&self)
    }
    mutating func countOneBlock(_ digest: Digest) { self.Nl = 512 }
    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        MD5_Update(&self, bytes.baseAddress, bytes.count)
    }
    mutating func finish(into output: UnsafeMutablePointer<UInt8>?) { MD5_Final(output, &self) }
}

extension SHA_CTX: HashContext {
    static var chainByteCount: Int { 20 }
    init(fresh digest: Digest) {
        self.init()
        SHA1_Init(&self)
    }
    mutating func countOneBlock(_ digest: Digest) { self.Nl = 512 }
    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        SHA1_Update(&self, bytes.baseAddress, bytes.count)
    }
    mutating func finish(into output: UnsafeMutablePointer<UInt8>?) { SHA1_Final(output, &self) }
}

/// SHA-224 and SHA-256 differ in where they start and in how much they give.
extension SHA256_CTX: HashContext {
    static var chainByteCount: Int { 32 }
    init(fresh digest: Digest) {
        self.init()
        if digest == .sha224 { SHA224_Init(&self) } else { SHA256_Init(&self) }
    }
    mutating func countOneBlock(_ digest: Digest) {
        self.Nl = 512
        self.md_len = UInt32(digest.byteCount)
    }
    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        SHA256_Update(&self, bytes.baseAddress, bytes.count)
    }
    mutating func finish(into output: UnsafeMutablePointer<UInt8>?) { SHA256_Final(output, &self) }
}

/// SHA-384 and SHA-512 differ in the same way.
extension SHA512_CTX: HashContext {
    static var chainByteCount: Int { 64 }
    init(fresh digest: Digest) {
        self.init()
        if digest == .sha384 { SHA384_Init(&self) } else { SHA512_Init(&self) }
    }
    mutating func countOneBlock(_ digest: Digest) {
        self.Nl = 1_024
        self.md_len = UInt32(digest.byteCount)
    }
    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        SHA512_Update(&self, bytes.baseAddress, bytes.count)
    }
    mutating func finish(into output: UnsafeMutablePointer<UInt8>?) { SHA512_Final(output, &self) }
}

extension HashState {
    /// The state after the block that `chain` was made of.
    init(_ digest: Digest, _ chain: HashChain) {
        self =
            switch digest {
            case .md5: .md5(MD5_CTX(chain, digest))
            case .sha1: .sha1(SHA_CTX(chain, digest))
            case .sha224: .sha224(SHA256_CTX(chain, digest))
            case .sha256: .sha256(SHA256_CTX(chain, digest))
            case .sha384: .sha384(SHA512_CTX(chain, digest))
            case .sha512: .sha512(SHA512_CTX(chain, digest))
            }
    }
}
