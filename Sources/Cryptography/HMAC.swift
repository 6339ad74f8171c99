internal import CLibSSL

/// A keyed hash by RFC 2104, its key worked in once.
///
/// The two key blocks are hashed when it is made, and only what a hash carries from block to block is kept: 73
/// bytes, and 80 more for SHA-384 and SHA-512. A message then costs its own blocks and one more, and no allocation. Make one a
/// key and keep it.
public struct HMAC: Sendable {
    /// The hash function at work.
    public let digest: Digest
    private let chains: HashChains

    /// Works the key in. Any length is allowed; one longer than a block is hashed first, as RFC 2104 says.
    public init(_ digest: Digest, key: RawSpan) {
        var block = [UInt8](repeating: 0, count: digest.blockByteCount)
        if key.byteCount > block.count {
            let short = digest.hash(key)
            for (index, byte) in short.enumerated() { block[index] = byte }
        } else {
            for index in 0..<key.byteCount {
                block[index] = key.unsafeLoad(fromByteOffset: index, as: UInt8.self)
            }
        }
        self.chains = HashChains(
            digest,
            innerBlock: block.map { $0 ^ 0x36 },
            outerBlock: block.map { $0 ^ 0x5c }
        )
        self.digest = digest
    }

    /// Works the key in.
    public init(_ digest: Digest, key: [UInt8]) {
        self.init(digest, key: key.span.bytes)
    }

    /// The code of a message, `digest.byteCount` bytes long.
    public func code(for message: RawSpan) -> [UInt8] {
        var running = Running(self)
        running.update(message)
        return running.finish()
    }

    /// The code of a message, `digest.byteCount` bytes long.
    public func code(for message: [UInt8]) -> [UInt8] {
        self.code(for: message.span.bytes)
    }

    /// Whether `code` is the message's code or the beginning of it, compared in constant time.
    ///
    /// Truncation is how SNMPv3 (RFC 3414, RFC 7860) carries it; an empty code is never right.
    public func isAuthentic(_ message: RawSpan, code: RawSpan) -> Bool {
        let whole = self.code(for: message)
        guard code.byteCount > 0, code.byteCount <= whole.count else { return false }
        return ConstantTime.areEqual(whole.span.bytes.extracting(first: code.byteCount), code)
    }

    /// The code of one message under one key, when neither will be seen again.
    public static func code(_ digest: Digest, key: [UInt8], message: [UInt8]) -> [UInt8] {
        HMAC(digest, key: key).code(for: message)
    }
}

// MARK: - Codes inside the message they are of, as SNMPv3 carries them

extension HMAC {
    /// Writes the beginning of the code of `message[start...]` into the place `hole` of the same bytes.
    ///
    /// The bytes in the hole must be zero, as RFC 3414 §6.3.1 asks. Costs no allocation.
    public func sign(_ message: inout [UInt8], from start: Int, hole: Range<Int>) {
        precondition(start <= hole.lowerBound && hole.upperBound <= message.count)
        precondition(hole.count <= self.digest.byteCount)
        message.withUnsafeMutableBytes { bytes in
            let whole = UnsafeRawBufferPointer(rebasing: bytes[start...])
            self.withCode(of: whole, hole: 0..<0) { code in
                for index in 0..<hole.count { bytes[hole.lowerBound + index] = code[index] }
            }
        }
    }

    /// Whether the bytes in `hole` are the beginning of the message's code, computed as if they were zero;
    /// compared in constant time. An empty hole is never right. Costs no allocation.
    public func isSigned(_ message: RawSpan, hole: Range<Int>) -> Bool {
        guard !hole.isEmpty, hole.count <= self.digest.byteCount, hole.lowerBound >= 0,
            hole.upperBound <= message.byteCount
        else { return false }
        return message.withUnsafeBytes { bytes in
            self.withCode(of: bytes, hole: hole) { code in
                CRYPTO_memcmp(code.baseAddress, bytes.baseAddress?.advanced(by: hole.lowerBound), hole.count)
                    == 0
            }
        }
    }

    /// The code of bytes of which those in `hole` count as zero.
    private func withCode<Result>(
        of bytes: UnsafeRawBufferPointer,
        hole: Range<Int>,
        _ body: (UnsafeRawBufferPointer) -> Result
    ) -> Result {
        switch self.digest {
        case .md5: self.withCode(MD5_CTX.self, of: bytes, hole: hole, body)
        case .sha1: self.withCode(SHA_CTX.self, of: bytes, hole: hole, body)
        case .sha224, .sha256: self.withCode(SHA256_CTX.self, of: bytes, hole: hole, body)
        case .sha384, .sha512: self.withCode(SHA512_CTX.self, of: bytes, hole: hole, body)
        }
    }

    private func withCode<Context: HashContext, Result>(
        _: Context.Type,
        of bytes: UnsafeRawBufferPointer,
        hole: Range<Int>,
        _ body: (UnsafeRawBufferPointer) -> Result
    ) -> Result {
        var code: (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0, 0, 0, 0, 0)
        var inner = Context(self.chains, .inner, self.digest)
        var outer = Context(self.chains, .outer, self.digest)
        return withUnsafeMutableBytes(of: &code) { code in
            if hole.isEmpty {
                inner.update(bytes)
            } else {
                inner.update(UnsafeRawBufferPointer(rebasing: bytes[..<hole.lowerBound]))
                inner.update(UnsafeRawBufferPointer(rebasing: code[..<hole.count]))
                inner.update(UnsafeRawBufferPointer(rebasing: bytes[hole.upperBound...]))
            }
            let place = code.baseAddress?.assumingMemoryBound(to: UInt8.self)
            inner.finish(into: place)
            outer.update(UnsafeRawBufferPointer(rebasing: code[..<self.digest.byteCount]))
            outer.finish(into: place)
            return body(UnsafeRawBufferPointer(code))
        }
    }
}

extension HMAC {
    /// A code under way, for a message that comes in pieces.
    public struct Running: Sendable {
        private let digest: Digest
        private var inner: HashState
        private let outer: HashState

        /// Starts a message under the key.
        public init(_ key: HMAC) {
            self.digest = key.digest
            self.inner = HashState(key.digest, key.chains, .inner)
            self.outer = HashState(key.digest, key.chains, .outer)
        }

        /// Takes in more of the message.
        public mutating func update(_ bytes: RawSpan) {
            self.inner.update(bytes)
        }

        /// The code of all bytes so far; more may be taken in afterwards.
        public func finish() -> [UInt8] {
            var inner = self.inner
            var outer = self.outer
            return [UInt8](unsafeUninitializedCapacity: self.digest.byteCount) { buffer, count in
                inner.finish(into: buffer.baseAddress)
                outer.update(UnsafeRawBufferPointer(start: buffer.baseAddress, count: self.digest.byteCount))
                outer.finish(into: buffer.baseAddress)
                count = self.digest.byteCount
            }
        }
    }
}
