internal import CLibSSL

/// Unguessable bytes from libcrypto's generator (seeded by the kernel).
public enum RandomBytes {
    /// `count` fresh bytes.
    ///
    /// - Throws: When the generator cannot be seeded, which a running Linux kernel does not let happen.
    public static func make(_ count: Int) throws(CryptographyError) -> [UInt8] {
        precondition((0...1 << 20).contains(count))
        var succeeded = false
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            succeeded = count == 0 || RAND_bytes(buffer.baseAddress, Int32(count)) == 1
            filled = succeeded ? count : 0
        }
        guard succeeded else { throw CryptographyError(.random) }
        return bytes
    }
}
