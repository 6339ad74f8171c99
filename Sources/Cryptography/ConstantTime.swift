internal import CLibSSL

/// Comparison that takes the same time wherever the first difference lies, so that it tells nobody where.
public enum ConstantTime {
    /// Whether both hold the same bytes. Different lengths are told at once: a length is no secret.
    public static func areEqual(_ one: RawSpan, _ other: RawSpan) -> Bool {
        guard one.byteCount == other.byteCount else { return false }
        return one.withUnsafeBytes { first in
            other.withUnsafeBytes { second in
                CRYPTO_memcmp(first.baseAddress, second.baseAddress, first.count) == 0
            }
        }
    }

    /// Whether both hold the same bytes.
    public static func areEqual(_ one: [UInt8], _ other: [UInt8]) -> Bool {
        self.areEqual(one.span.bytes, other.span.bytes)
    }
}
