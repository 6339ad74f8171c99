internal import CLibSSL

/// What a keyed hash carries over from its two key blocks, the inner and the outer: 32 bytes of chaining words each, and
/// for SHA-384 and SHA-512 32 more each in an object of their own. A large province keeps these for 50,000 engines, nearly
/// all of them of the shorter hashes.
struct HashChains: Sendable {
    /// Which of the two hashes of RFC 2104.
    enum Side {
        case inner
        case outer
    }

    private typealias Words = InlineArray<4, UInt64>

    private final class Rest: Sendable {
        let inner: Words
        let outer: Words

        init(inner: Words, outer: Words) { (self.inner, self.outer) = (inner, outer) }
    }

    private let inner: Words
    private let outer: Words
    private let rest: Rest?

    /// Hashes one whole block for each.
    init(_ digest: Digest, innerBlock: [UInt8], outerBlock: [UInt8]) {
        let (inner, innerRest) = Self.words(digest, innerBlock)
        let (outer, outerRest) = Self.words(digest, outerBlock)
        (self.inner, self.outer) = (inner, outer)
        self.rest =
            switch digest {
            case .md5, .sha1, .sha224, .sha256: nil
            case .sha384, .sha512: Rest(inner: innerRest, outer: outerRest)
            }
    }

    private static func words(_ digest: Digest, _ block: [UInt8]) -> (Words, Words) {
        precondition(block.count == digest.blockByteCount)
        return switch digest {
        case .md5: self.words(MD5_CTX(fresh: digest), block)
        case .sha1: self.words(SHA_CTX(fresh: digest), block)
        case .sha224, .sha256: self.words(SHA256_CTX(fresh: digest), block)
        case .sha384, .sha512: self.words(SHA512_CTX(fresh: digest), block)
        }
    }

    private static func words<Context: HashContext>(_ context: Context, _ block: [UInt8]) -> (Words, Words) {
        var context = context
        block.withUnsafeBytes { context.update($0) }
        var whole = InlineArray<8, UInt64>(repeating: 0)
        withUnsafeMutableBytes(of: &whole) { whole in
            withUnsafeBytes(of: &context) {
                whole.copyMemory(from: .init(rebasing: $0[..<Context.chainByteCount]))
            }
        }
        return ([whole[0], whole[1], whole[2], whole[3]], [whole[4], whole[5], whole[6], whole[7]])
    }

    /// Puts a chain where the running states of libcrypto have it: first.
    fileprivate func copy(_ side: Side, into context: UnsafeMutableRawBufferPointer, count: Int) {
        withUnsafeBytes(of: side == .inner ? self.inner : self.outer) { words in
            context.copyMemory(from: UnsafeRawBufferPointer(rebasing: words[..<min(count, words.count)]))
        }
        guard let rest = self.rest else { return }
        withUnsafeBytes(of: side == .inner ? rest.inner : rest.outer) { words in
            UnsafeMutableRawBufferPointer(rebasing: context[words.count...]).copyMemory(from: words)
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
    /// The state after the block of that side.
    @inline(__always)
    init(_ chains: HashChains, _ side: HashChains.Side, _ digest: Digest) {
        self.init()
        withUnsafeMutableBytes(of: &self) { chains.copy(side, into: $0, count: Self.chainByteCount) }
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
    /// The state after the block of that side.
    init(_ digest: Digest, _ chains: HashChains, _ side: HashChains.Side) {
        self =
            switch digest {
            case .md5: .md5(MD5_CTX(chains, side, digest))
            case .sha1: .sha1(SHA_CTX(chains, side, digest))
            case .sha224: .sha224(SHA256_CTX(chains, side, digest))
            case .sha256: .sha256(SHA256_CTX(chains, side, digest))
            case .sha384: .sha384(SHA512_CTX(chains, side, digest))
            case .sha512: .sha512(SHA512_CTX(chains, side, digest))
            }
    }
}
