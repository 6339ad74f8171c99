/// A keyed hash by RFC 2104, its key worked in once.
///
/// The two key blocks are hashed when it is made; a message then costs only its own blocks and one more. Make
/// one a key and keep it.
public struct HMAC: Sendable {
    /// The hash function at work.
    public let digest: Digest
    private let inner: HashState
    private let outer: HashState

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
        var inner = HashState(digest)
        var outer = HashState(digest)
        for index in block.indices { block[index] ^= 0x36 }
        inner.update(block.span.bytes)
        for index in block.indices { block[index] ^= 0x36 ^ 0x5c }
        outer.update(block.span.bytes)
        self.digest = digest
        self.inner = inner
        self.outer = outer
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

extension HMAC {
    /// A code under way, for a message that comes in pieces.
    public struct Running: Sendable {
        private let digest: Digest
        private var inner: HashState
        private let outer: HashState

        /// Starts a message under the key.
        public init(_ key: HMAC) {
            self.digest = key.digest
            self.inner = key.inner
            self.outer = key.outer
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
